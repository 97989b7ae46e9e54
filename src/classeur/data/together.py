"""What no split separates, beside equal files and named groups: every split, written or made by a training."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from classeur.data.bursts import bursts_of
from classeur.data.chains import Chains, length_check, long_finding, sorted_by_length
from classeur.data.findings import Finding
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
    joined still, the most alike first: frames make the chain long, not copies. No such group is more than a fifth of a
    class either.
    """
    chains = sorted_by_length(folder, _groups(folder, pairs))
    if not chains.long:
        return chains
    in_long = {row for chain in chains.long for row in chain}
    same = [pair for pair in pairs if pair.kind in SAME_CONTENT and pair.first in in_long]
    return Chains([*chains.joined, *_short_groups(folder, same)], chains.long)


def _short_groups(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> list[list[int]]:
    """Return the groups that pairs make, the most alike first; a pair that would make too large a group makes none."""
    rows: defaultdict[str, list[int]] = defaultdict(list)  # of each content
    for row in np.flatnonzero(folder.usable).tolist():
        rows[folder.hashes[row]].append(row)
    labels = folder.labels.tolist()
    counts = {hash_: Counter(labels[row] for row in its) for hash_, its in rows.items()}  # of each leader, by class
    leaders = {hash_: hash_ for hash_ in rows}
    is_long = length_check(folder)

    def leader(hash_: str) -> str:
        while leaders[hash_] != hash_:
            leaders[hash_] = hash_ = leaders[leaders[hash_]]
        return hash_

    def order(pair: NearDuplicate) -> tuple[float, list[str]]:
        return -pair.likeness, sorted((folder.hashes[pair.first], folder.hashes[pair.second]))

    for pair in sorted(pairs, key=order):
        one, other = sorted((leader(folder.hashes[pair.first]), leader(folder.hashes[pair.second])))
        if one != other and not is_long(both := counts[one] + counts[other]):
            leaders[other], counts[one] = one, both
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for hash_, its in rows.items():
        groups[leader(hash_)] += its
    return sorted(sorted(group) for hash_, group in groups.items() if len(group) > len(rows[hash_]))


def _groups(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> list[list[int]]:
    """Return what pairs join; equal files alone are no chain, however many."""
    return [group for group in joined(folder, pairs) if len({folder.hashes[row] for row in group}) > 1]


def find_long_chains(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> list[Finding]:
    """Return a finding for each chain of near-duplicates that is more than a fifth of a class."""
    findings = []
    chains = alike_of(folder, pairs)
    part_of = {row: number for number, part in enumerate(chains.joined) for row in part}
    num_apart = Counter(
        pair.first
        for pair in pairs
        if pair.kind in SAME_CONTENT and part_of.get(pair.first, -1) != part_of.get(pair.second, -2)
    )
    leader_of = {row: chain[0] for chain in chains.long for row in chain}
    pairs_of: defaultdict[int, list[list[Any]]] = defaultdict(list)
    for pair in pairs:
        if pair.first in leader_of:
            ends = [folder.paths[row] for row in pair[:2]]
            pairs_of[leader_of[pair.first]].append([*ends, pair.kind, round(pair.likeness, 4)])
    for chain in chains.long:
        # Of the same content, which would make too large a group.
        apart = sum(num_apart[row] for row in chain)
        shown = pairs_of[chain[0]]
        findings.append(long_finding("long-chain", folder, chain, num_pairs_apart=apart, pairs=shown))
    return findings
