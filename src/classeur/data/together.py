"""What no split separates, beside equal files and named groups: every split, written or made by a training."""

from collections.abc import Sequence

from classeur.data.bursts import bursts_of
from classeur.data.chains import Chains, largest_class, sorted_by_length
from classeur.data.findings import Change, Command, Finding
from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import SAME_CONTENT, NearDuplicate, joined


def kept_together(
    folder: ImageFolder, pairs: Sequence[NearDuplicate] = (), *, long_bursts: bool = False
) -> list[list[int]]:
    """Return groups of rows that show nearly the same.

    Args:
        folder: scanned.
        pairs: its near-duplicates.
        long_bursts: whether chains that are more than a fifth of a class, of bursts or near-duplicates, are among them.
    """
    chains = (bursts_of(folder), alike_of(folder, pairs))
    return [group for each in chains for group in (*each.joined, *(each.long if long_bursts else ()))]


def alike_of(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> Chains:
    """Return the groups that near-duplicates make, with the files that have their bytes.

    Of one that is more than a fifth of a class, what shows the same content (copies, mirrored and turned ones) is
    joined still: frames make the chain long, not copies.
    """
    chains = sorted_by_length(folder, _groups(folder, pairs))
    if not chains.long:
        return chains
    in_long = {row for chain in chains.long for row in chain}
    same = [pair for pair in pairs if pair.kind in SAME_CONTENT and pair.first in in_long]
    parts = sorted_by_length(folder, _groups(folder, same)).joined
    return Chains([*chains.joined, *(part for part in parts if part[0] in in_long)], chains.long)


def _groups(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> list[list[int]]:
    """Return what pairs join; equal files alone are no chain, however many."""
    return [group for group in joined(folder, pairs) if len({folder.hashes[row] for row in group}) > 1]


def find_long_chains(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> list[Finding]:
    """Return a finding for each chain of near-duplicates that is more than a fifth of a class."""
    findings = []
    for chain in alike_of(folder, pairs).long:
        class_name, count = largest_class(folder, chain)
        options = {"long_bursts": True}
        command = Command(verb="split", arguments=(folder.data,), options=options)
        findings.append(
            Finding(
                code="long-chain",
                severity="note",
                subject=folder.paths[chain[0]],
                values={
                    "num_images": len(chain),
                    "class_name": class_name,
                    "num_of_class": count,
                    "last": folder.paths[chain[-1]],
                },
                changes=() if any(folder.splits) else (Change(code="join-long-burst", command=command),),
            )
        )
    return findings
