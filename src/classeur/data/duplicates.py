"""Files that are equal byte for byte: within a class, across classes, across splits."""

from collections import defaultdict

from classeur.data.findings import Finding
from classeur.data.folder import ImageFolder


def equal_groups(folder: ImageFolder) -> list[list[int]]:
    """Return the rows of usable images with equal bytes, groups of two or more, in the order of their first row."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, (hash_, reason) in enumerate(zip(folder.hashes, folder.reasons, strict=True)):
        if not reason:
            rows[hash_].append(row)
    return [group for group in rows.values() if len(group) > 1]


def find_duplicates(folder: ImageFolder) -> list[Finding]:
    """Return one finding a group of equal files: `leak`, `contradiction` or `duplicate`; the worst that holds."""
    return [_finding(folder, group) for group in equal_groups(folder)]


def _finding(folder: ImageFolder, group: list[int]) -> Finding:
    paths = [folder.paths[row] for row in group]
    labels = sorted({folder.class_names[folder.labels[row]] for row in group if folder.labels[row] >= 0})
    splits = sorted({folder.splits[row] for row in group if folder.splits[row]})
    evidence = f"same bytes as {', '.join(paths[1:])}"
    if len(labels) > 1:
        return Finding(
            code="contradiction",
            severity="error",
            subject=paths[0],
            evidence=f"{evidence}, in the classes {' and '.join(labels)}",
            advice="decide which label is right and remove the others",
        )
    if len(splits) > 1:
        return Finding(
            code="leak",
            severity="error",
            subject=paths[0],
            evidence=f"{evidence}, in {' and '.join(splits)}",
            advice="remove it from one of them: what was trained on cannot test",
        )
    return Finding(
        code="duplicate",
        severity="warning",
        subject=paths[0],
        evidence=evidence,
        advice="remove all but one: copies weigh double",
    )
