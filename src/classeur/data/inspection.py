"""What a person should know of a folder before training on it: facts once, rendered by others."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.data.duplicates import find_duplicates
from classeur.data.findings import Finding
from classeur.data.folder import ImageFolder

# Beyond 3 to 1, accuracy says little of the small class; a common rule of thumb for "slight" imbalance.
_IMBALANCE_RATIO = 3.0
# Share of the value range below which a picture is all but one shade.
_USED_RANGE = 0.05
# A squashed picture whose sides' ratio is off by more than this looks wrong to people; see docs/decisions.md.
_SQUASH_FACTOR = 1.5
_SQUASHED_SHARE = 0.1


class SideRange(BaseModel):
    """Least, median and greatest of a side, in pixels."""

    model_config = ConfigDict(frozen=True)

    least: int
    median: float
    greatest: int


class Inspection(BaseModel):
    """Counts and findings of a data set; JSON-ready."""

    model_config = ConfigDict(frozen=True)

    data: str
    num_found: int
    num_usable: int
    num_set_aside: int
    num_left_out: int
    left_out: dict[str, int]  # reason → files
    class_names: tuple[str, ...]
    counts: dict[str, dict[str, int]]  # split ("all" where there is none) → class → usable images
    totals: dict[str, int]  # split → usable images
    formats: dict[str, int]
    modes: dict[str, int]
    widths: SideRange | None  # upright; None without a usable image
    heights: SideRange | None
    total_num_bytes: int
    findings: tuple[Finding, ...]


def inspect(folder: ImageFolder) -> Inspection:
    """Return the counts of a scanned folder and everything wrong with it."""
    usable = folder.usable
    counts = {
        name or "all": dict(zip(folder.class_names, folder.counts[name].tolist(), strict=True))
        for name in ("", "train", "validation", "test")
        if name in folder.counts
    }
    return Inspection(
        data=folder.data,
        num_found=folder.num_found,
        num_usable=int(usable.sum()),
        num_set_aside=int((~usable).sum()),
        num_left_out=sum(map(len, folder.left_out.values())),
        left_out={reason: len(paths) for reason, paths in folder.left_out.items()},
        class_names=folder.class_names,
        counts=counts,
        totals={name: sum(by_class.values()) for name, by_class in counts.items()},
        formats=_counted(folder.formats, usable),
        modes=_counted(folder.modes, usable),
        widths=_side_range(folder.widths[usable]),
        heights=_side_range(folder.heights[usable]),
        total_num_bytes=int(folder.num_bytes.sum()),
        findings=tuple(finding for check in CHECKS for finding in check(folder)),
    )


def find_unusable(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every file that is set aside."""
    return [
        Finding(code="unusable", severity="warning", subject=path, evidence=reason, advice="mend or remove it")
        for path, reason in folder.set_aside()
    ]


def find_empty_classes(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every class without usable images, or with some in one split and none in another."""
    return [
        Finding(
            code="empty-class",
            severity="error" if name in ("", "train") else "warning",
            subject=class_name,
            evidence=f"no usable image {'for ' + name if name else 'in its folder'}",
            advice="add images, or remove the class",
        )
        for name, counts in sorted(folder.counts.items())
        for class_name, count in zip(folder.class_names, counts, strict=True)
        if count == 0
    ]


def find_imbalance(folder: ImageFolder) -> list[Finding]:
    """Return a finding where the largest class has more than three times the images of the smallest."""
    in_training = folder.counts.get("train", folder.counts.get("", np.zeros(0, np.int64))).tolist()
    counts = {name: count for name, count in zip(folder.class_names, in_training, strict=False) if count}
    if len(counts) < 2 or max(counts.values()) <= _IMBALANCE_RATIO * min(counts.values()):
        return []
    large, small = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    return [
        Finding(
            code="imbalance",
            severity="note",
            subject=small,
            evidence=f"{counts[small]} images, against {counts[large]} of {large}",
            advice=f"read the recall of {small}, not the accuracy alone; more of its images help most",
        )
    ]


def find_flat(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every image that uses less than 5 % of its value range."""
    rows = np.flatnonzero(folder.usable & (folder.used_ranges < _USED_RANGE))
    return [
        Finding(
            code="low-range",
            severity="warning",
            subject=folder.paths[row],
            evidence=f"uses {folder.used_ranges[row]:.1%} of its value range ({folder.modes[row]})",
            advice="train with --stretch"
            if folder.modes[row].startswith("I;16")
            else "look at it: it is all but one shade",
        )
        for row in rows
    ]


def find_squashed(folder: ImageFolder) -> list[Finding]:
    """Return a finding where squashing to one shape would distort many images differently from the rest."""
    usable = folder.usable
    if not usable.any():
        return []
    ratios = folder.widths[usable] / folder.heights[usable]
    middle = float(np.median(ratios))
    off = np.maximum(ratios / middle, middle / ratios) > _SQUASH_FACTOR
    if off.mean() <= _SQUASHED_SHARE:
        return []
    return [
        Finding(
            code="aspect-ratios",
            severity="note",
            subject=folder.data,
            evidence=f"width : height runs from {ratios.min():.2f} to {ratios.max():.2f}; {off.mean():.0%} of the"
            f" images are more than {_SQUASH_FACTOR} times off the median of {middle:.2f}",
            advice="squashing distorts these differently; try --fit crop, or --fit pad where the edges matter",
        )
    ]


# A new check is a function from a folder to findings, and a line here. Their order is the order of the report.
CHECKS: tuple[Callable[[ImageFolder], list[Finding]], ...] = (
    find_empty_classes,
    find_unusable,
    find_duplicates,
    find_flat,
    find_imbalance,
    find_squashed,
)


def _counted(values: tuple[str, ...], usable: np.ndarray) -> dict[str, int]:
    return dict(Counter(value for value, use in zip(values, usable, strict=True) if use).most_common())


def _side_range(sides: np.ndarray) -> SideRange | None:
    if sides.size == 0:
        return None
    return SideRange(least=int(sides.min()), median=float(np.median(sides)), greatest=int(sides.max()))
