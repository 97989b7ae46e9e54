"""Bursts: images that one camera took seconds apart, which show nearly the same."""

from collections.abc import Iterator

from classeur.data.chains import Chains, long_finding, sorted_by_length
from classeur.data.findings import DROPPING, Finding
from classeur.data.folder import ImageFolder
from classeur.data.splitting import anew

# Seconds from one image of a burst to the next. A person takes longer to walk to the next thing.
MOST_SECONDS = 3.0


def bursts_of(folder: ImageFolder) -> Chains:
    """Return the usable images of one camera that are each at most three seconds after the one before, as taken."""
    return sorted_by_length(folder, _chains(folder))


def find_bursts(folder: ImageFolder) -> list[Finding]:
    """Return a finding for each chain that is too long for a burst, and for the bursts that a split separates."""
    bursts = bursts_of(folder)
    findings = []
    for chain in bursts.long:
        besides = {"camera": folder.cameras[chain[0]], "most_seconds": MOST_SECONDS}
        findings.append(long_finding("long-burst", folder, chain, **besides))
    across = [chain for chain in bursts.joined if len({folder.splits[row] for row in chain}) > 1]
    if across:
        values = {
            "num_bursts": len(across),
            "num_images": sum(map(len, across)),
            "paths": [folder.paths[row] for row in across[0]],
            "most_seconds": MOST_SECONDS,
        }
        with_training = [row for chain in across if "train" in {folder.splits[row] for row in chain} for row in chain]
        can_drop = "validation" in {folder.splits[row] for row in with_training}
        changes = (*(DROPPING if can_drop else ()), anew("keep-groups-whole", folder.data))
        findings.append(
            Finding(code="burst-leak", severity="error", subject=folder.data, values=values, changes=changes)
        )
    return findings


def _chains(folder: ImageFolder) -> Iterator[list[int]]:
    shots = sorted(
        (folder.cameras[row], float(folder.taken[row]), folder.paths[row], row)
        for row, reason in enumerate(folder.reasons)
        if not reason and folder.cameras[row] and folder.taken[row]
    )
    chain: list[int] = []
    before: tuple[str, float] | None = None
    for camera, taken, _, row in shots:
        if before is None or camera != before[0] or taken - before[1] > MOST_SECONDS:
            if len(chain) > 1:
                yield chain
            chain = []
        chain.append(row)
        before = camera, taken
    if len(chain) > 1:
        yield chain
