"""What near-duplicates mean for a folder: contradictory labels, leaks between splits, photographs that count twice."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from classeur.data.chains import sorted_by_length
from classeur.data.duplicates import share_finding
from classeur.data.findings import Change, Finding, Severity, Values
from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import SAME_CONTENT, NearDuplicate, joined
from classeur.data.splitting import dividing_command
from classeur.data.together import alike_of, find_long_chains


def find_near_duplicates(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> list[Finding]:
    """Return what is found about pairs of near-duplicates, the worst first.

    How many there are of each kind; which share of validation and test is in training; then each group:
    `near-contradiction` if a pair is in two classes, `near-leak` if in two splits, both if both apply; else
    `near-duplicate`. A contradiction is sure, an error, only between copies, and not in a chain that is more than a
    fifth of a class, which has a finding of its own: before a fixed camera other things look the same. Of such a chain
    a leak is what `split` would keep together, as for a training.

    Args:
        folder: as scanned.
        pairs: as `near_duplicates.near_duplicates` returns them.
    """
    if not pairs:
        return []
    by_hash: defaultdict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(folder.usable).tolist():
        by_hash[folder.hashes[row]].append(row)
    groups = joined(folder, pairs)
    group_of = {row: number for number, group in enumerate(groups) for row in group}
    pairs_of: defaultdict[int, list[NearDuplicate]] = defaultdict(list)
    for pair in pairs:  # so the groups with the most alike come first
        pairs_of[group_of[pair.first]].append(pair)
    in_long = in_long_chains(folder, pairs)
    chains = alike_of(folder, pairs)
    in_chains = {row for chain in chains.long for row in chain}
    part_of = {row: number for number, part in enumerate(chains.joined) for row in part}
    kept = [pair for pair in pairs if part_of.get(pair.first, -1) == part_of.get(pair.second, -2)]
    kept_pairs = set(kept)
    found: dict[str, list[Finding]] = {"near-contradiction": [], "near-leak": [], "near-duplicate": []}
    for number, its_pairs in pairs_of.items():
        is_long = groups[number][0] in in_long
        has_own = groups[number][0] in in_chains
        leaking = [pair for pair in its_pairs if pair in kept_pairs]
        for finding in _of_group(
            folder, groups[number], its_pairs, by_hash, leaking=leaking, is_long=is_long, has_own=has_own
        ):
            found[finding.code].append(finding)
    of_groups = [finding for findings in found.values() for finding in findings]
    kinds = dict(Counter(pair.kind for pair in pairs).most_common())
    counts = Finding(
        code="near-duplicates",
        severity="warning",  # each group has its own
        subject=folder.data,
        values={
            "num_pairs": len(pairs),
            "num_images": sum(len(groups[number]) for number in pairs_of),
            "kinds": kinds,
            "num_contradictions": len(found["near-contradiction"]),
            "num_leaks": len(found["near-leak"]),
        },
    )
    return [counts, *_shares(folder, kept, by_hash), *find_long_chains(folder, pairs), *of_groups]


def in_long_chains(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> set[int]:
    """Return the rows of chains of near-duplicates that are more than a fifth of a class, equal files counted once.

    That so much of a class is one photograph is less likely than that one camera took different things alike.
    """
    groups = {group[0]: group for group in joined(folder, pairs)}
    contents = [
        list({(folder.hashes[row], int(folder.labels[row])): row for row in reversed(group)}.values())[::-1]
        for group in groups.values()
    ]
    return {row for chain in sorted_by_length(folder, contents).long for row in groups[min(chain)]}


def _shares(folder: ImageFolder, pairs: Sequence[NearDuplicate], by_hash: dict[str, list[int]]) -> list[Finding]:
    """Return for validation and test how many images have a near-duplicate in training, and no equal file."""
    trained_on = {folder.hashes[row] for row, split in enumerate(folder.splits) if split == "train"}
    seen = {
        row
        for pair in pairs
        for one, other in (pair[:2], pair[1::-1])
        if folder.hashes[other] in trained_on and folder.hashes[one] not in trained_on
        for row in by_hash[folder.hashes[one]]
    }
    findings = []
    for split in ("validation", "test"):
        num_images = sum(folder.splits[row] == split for row in np.flatnonzero(folder.usable))
        num_seen = sum(folder.splits[row] == split for row in seen)
        if num_seen:
            findings.append(share_finding("near-leak-share", folder, split, num_seen=num_seen, num_images=num_images))
    return findings


def _of_group(
    folder: ImageFolder,
    rows: list[int],
    pairs: list[NearDuplicate],
    by_hash: dict[str, list[int]],
    *,
    leaking: list[NearDuplicate],
    is_long: bool,
    has_own: bool,
) -> list[Finding]:
    """Return the findings about one group, whose rows and pairs are given, and whether it takes much of a class.

    Nothing is told again of one that has a finding of its own, unless it is in several classes, or pairs of it leak.
    """
    values: Values = {
        "paths": [folder.paths[row] for row in rows],
        "classes": sorted({folder.class_names[folder.labels[row]] for row in rows if folder.labels[row] >= 0}),
        "splits": list(dict.fromkeys(folder.splits[row] for row in rows if folder.splits[row])),
        "likeness": max(pair.likeness for pair in pairs),
    }

    def ends(pair: NearDuplicate) -> list[tuple[int, int]]:
        """Return the pair, and those that files with the same bytes make."""
        first, second = (by_hash[folder.hashes[row]] for row in pair[:2])
        return list(itertools.product(first, second))

    def in_two_splits(pair: NearDuplicate) -> bool:
        return len({folder.splits[row] for rows in ends(pair) for row in rows}) > 1

    def finding(code: str, severity: Severity, change: str, its: list[NearDuplicate]) -> Finding:
        shown = []
        for pair in its:
            # Those of two splits, if that is what is found.
            apart = [rows for rows in ends(pair) if folder.splits[rows[0]] != folder.splits[rows[1]]]
            first, second = apart[0] if code == "near-leak" and apart else pair[:2]
            shown.append([folder.paths[first], folder.paths[second], pair.kind, round(pair.likeness, 4)])
        return Finding(
            code=code,
            severity=severity,
            subject=values["paths"][0],
            values={**values, "kinds": dict(Counter(pair.kind for pair in its).most_common()), "pairs": shown},
            changes=(Change(code=change),),
        )

    findings = []
    if of_two_classes := [pair for pair in pairs if folder.labels[pair.first] != folder.labels[pair.second]]:
        is_sure = not is_long and any(pair.kind in SAME_CONTENT for pair in of_two_classes)
        change = "choose-label" if is_sure else "look-at-labels"
        findings.append(finding("near-contradiction", "error" if is_sure else "warning", change, of_two_classes))
    if of_two_splits := list(filter(in_two_splits, leaking)):
        findings.append(finding("near-leak", "error", "keep-in-one-split", of_two_splits))
    if findings or has_own:
        return findings
    if values["splits"] or not folder.class_names:
        return [finding("near-duplicate", "warning", "keep-one-of-these", pairs)]
    together = finding("near-duplicate", "warning", "keep-on-one-side", pairs)
    command = dividing_command(folder.data)
    return [together.model_copy(update={"changes": (Change(code="keep-on-one-side", command=command),)})]
