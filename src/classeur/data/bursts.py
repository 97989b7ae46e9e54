"""Bursts: images that one camera took seconds apart, which show nearly the same."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from classeur.data.findings import Change, Command, Finding
from classeur.data.folder import ImageFolder

# Seconds from one image of a burst to the next. A person takes longer to walk to the next thing.
MOST_SECONDS = 3.0
# A longer chain is no burst: a microscope that takes a frame every few seconds would make a class one group.
_MOST_SHARE = 0.2  # of a class
_FEWEST = 5  # images that are a burst in a small class, too


class Bursts(NamedTuple):
    """Rows of images that are seconds apart, groups of two or more, each in the order in which they were taken."""

    joined: list[list[int]]
    long: list[list[int]]  # with more than a fifth of a class


def bursts_of(folder: ImageFolder) -> Bursts:
    """Return the usable images of one camera that are each at most three seconds after the one before."""
    images = Counter(label for label, reason in zip(folder.labels.tolist(), folder.reasons, strict=True) if not reason)
    bursts = Bursts([], [])
    for chain in _chains(folder):
        counts = Counter(int(folder.labels[row]) for row in chain)
        is_long = any(count > max(_MOST_SHARE * images[label], _FEWEST) for label, count in counts.items())
        (bursts.long if is_long else bursts.joined).append(chain)
    return bursts


def find_bursts(folder: ImageFolder) -> list[Finding]:
    """Return a finding for each chain that is too long for a burst, and for the bursts that a split separates."""
    bursts = bursts_of(folder)
    findings = []
    for chain in bursts.long:
        counts = Counter(int(folder.labels[row]) for row in chain)
        label, count = counts.most_common(1)[0]
        options = {"long_bursts": True}
        command = Command(verb="split", arguments=(folder.data,), options=options)
        findings.append(
            Finding(
                code="long-burst",
                severity="note",
                subject=folder.paths[chain[0]],
                values={
                    "num_images": len(chain),
                    "camera": folder.cameras[chain[0]],
                    "class_name": folder.class_names[label] if label >= 0 else "",
                    "num_of_class": count,
                    "last": folder.paths[chain[-1]],
                    "most_seconds": MOST_SECONDS,
                },
                changes=() if any(folder.splits) else (Change(code="join-long-burst", command=command),),
            )
        )
    across = [chain for chain in bursts.joined if len({folder.splits[row] for row in chain}) > 1]
    if across:
        values = {
            "num_bursts": len(across),
            "num_images": sum(map(len, across)),
            "paths": [folder.paths[row] for row in across[0]],
            "most_seconds": MOST_SECONDS,
        }
        change = Change(code="keep-groups-whole")
        findings.append(
            Finding(code="burst-leak", severity="error", subject=folder.data, values=values, changes=(change,))
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
