"""Identical files, byte for byte: within a class, across classes, across splits."""

from collections import defaultdict

from classeur.data.findings import Change, Finding, Severity, Values
from classeur.data.folder import ImageFolder

# Leaks that could move the accuracy by less than a point change no decision.
SERIOUS_SHARE = 0.01


def equal_groups(folder: ImageFolder) -> list[list[int]]:
    """Return the rows of usable images with equal bytes, groups of two or more, in the order of their first row."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, (hash_, reason) in enumerate(zip(folder.hashes, folder.reasons, strict=True)):
        if not reason:
            rows[hash_].append(row)
    return [group for group in rows.values() if len(group) > 1]


def find_duplicates(folder: ImageFolder) -> list[Finding]:
    """Return the findings about each group of identical files, the largest groups first.

    `contradiction` if they are in two classes, `leak` if in two splits, both if both apply; else `duplicate`.
    """
    groups = sorted(equal_groups(folder), key=len, reverse=True)
    return [finding for group in groups for finding in _findings(folder, group)]


def find_leak_shares(folder: ImageFolder) -> list[Finding]:
    """Return for validation and test how many of their images have an identical file in training, if any.

    At most all of these get another prediction than if they were new, so their share bounds the accuracy's error.
    """
    hashes: defaultdict[str, list[str]] = defaultdict(list)
    for split, hash_, reason in zip(folder.splits, folder.hashes, folder.reasons, strict=True):
        if not reason:
            hashes[split].append(hash_)
    trained_on = set(hashes["train"])
    findings = []
    for split in ("validation", "test"):
        num_images, num_seen = len(hashes[split]), sum(hash_ in trained_on for hash_ in hashes[split])
        if num_seen:
            findings.append(share_finding("leak-share", folder, split, num_seen=num_seen, num_images=num_images))
    return findings


def share_finding(code: str, folder: ImageFolder, split: str, *, num_seen: int, num_images: int) -> Finding:
    """Return the finding that so many images of a split are in training too."""
    share = num_seen / num_images
    return Finding(
        code=code,
        severity="error" if share >= SERIOUS_SHARE else "warning",
        subject=folder.data,
        values={
            "split": split,
            "num_images": num_images,
            "num_seen": num_seen,
            "share": share,
            "most_points": 100 * share,
        },
        changes=(Change(code="remove-copies"),),
    )


def _findings(folder: ImageFolder, group: list[int]) -> list[Finding]:
    values: Values = {
        "paths": [folder.paths[row] for row in group],
        "classes": sorted({folder.class_names[folder.labels[row]] for row in group if folder.labels[row] >= 0}),
        "splits": list(dict.fromkeys(folder.splits[row] for row in group if folder.splits[row])),
    }
    codes: list[tuple[str, Severity, str]] = []
    if len(values["classes"]) > 1:
        codes.append(("contradiction", "error", "choose-label"))
    if len(values["splits"]) > 1:
        codes.append(("leak", "error", "keep-in-one-split"))
    if not codes:
        codes.append(("duplicate", "warning", "keep-one"))
    return [
        Finding(code=code, severity=severity, subject=values["paths"][0], values=values, changes=(Change(code=change),))
        for code, severity, change in codes
    ]
