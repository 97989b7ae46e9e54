"""What to know about a folder before training on it, as values; other modules turn them into text."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.data.bursts import find_bursts
from classeur.data.duplicates import find_duplicates, find_leak_shares
from classeur.data.findings import Change, Command, Finding, Severity, Values
from classeur.data.folder import ImageFolder
from classeur.data.grouping import find_group_leaks, find_groups
from classeur.data.metadata import find_places, find_profiles
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.near_findings import find_near_duplicates
from classeur.data.quality import BLANK_RANGE, Quality, find_quality
from classeur.images.formats import kind_of
from classeur.images.preparation import MIN_SIDE

# Beyond 3 to 1, accuracy says little about the small class; a common rule of thumb for "slight" imbalance.
_IMBALANCE_RATIO = 3.0
# Fewer images of a class say little about it, and leave one or none to choose and to evaluate by.
_FEW_IMAGES = 5
# The share of the 16-bit range that 14 bits can use.
_TWO_BITS_LESS = 0.25
# People notice a squashed image if its aspect ratio changes by more than this; see docs/decisions.md.
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
    counts: dict[str, dict[str, int]]  # split ("all" if there is none) → class → usable images
    totals: dict[str, int]  # split → usable images
    formats: dict[str, int]
    modes: dict[str, int]
    widths: SideRange | None  # of upright images; None without a usable image
    heights: SideRange | None
    total_num_bytes: int
    findings: tuple[Finding, ...]


def inspect(folder: ImageFolder, near: Sequence[NearDuplicate] = (), quality: Quality | None = None) -> Inspection:
    """Return the counts of a scanned folder and its problems.

    Args:
        folder: as scanned.
        near: its near-duplicates, if they were looked for.
        quality: of its pictures, if it was measured.
    """
    checks = list(CHECKS)
    checks.insert(checks.index(find_duplicates) + 1, partial(find_near_duplicates, pairs=near))
    if quality is not None:
        checks.insert(checks.index(find_flat) + 1, partial(find_quality, quality=quality))
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
        findings=tuple(_with_commands(finding, folder) for check in checks for finding in check(folder)),
    )


def find_classes(folder: ImageFolder) -> list[Finding]:
    """Return a finding if there are fewer than two classes."""
    if len(folder.class_names) > 1:
        return []
    values = {"classes": list(folder.class_names), "num_images": len(folder.paths), "layout": folder.layout}
    if folder.class_names:
        change = Change(code="another-class")
        return [Finding(code="one-class", severity="note", subject=folder.data, values=values, changes=(change,))]
    change = Change(code="add-rows" if folder.layout == "table" else "add-classes")
    return [Finding(code="no-class", severity="error", subject=folder.data, values=values, changes=(change,))]


def find_empty_classes(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every class without usable images, or with some in one split and none in another."""
    none = np.zeros(len(folder.class_names), np.int64)
    training = "train" if any(folder.splits) else ""
    return [
        Finding(
            code="empty-class",
            severity="error" if name == training else "warning",
            subject=class_name,
            values={"split": name},
            changes=(Change(code="add-images"), Change(code="remove-class")),
        )
        for name, counts in sorted({training: none, **folder.counts}.items())
        for class_name, count in zip(folder.class_names, counts.tolist(), strict=True)
        if count == 0
    ]


# Code of a note on the names → how serious it is. `find_classes` reports `no-images`.
_NOTES: Mapping[str, Severity] = {
    "split-like-classes": "error",
    "splits-inside-classes": "warning",
    "unlabelled-test": "warning",
    "folder-left-out": "warning",
    "folder-closed": "error",
    "link-not-followed": "warning",
    "own-output": "note",
}


def find_notes(folder: ImageFolder) -> list[Finding]:
    """Return what is known without opening a file and is said before a training too.

    Folders that are left out, not readable, or look like splits; classes with few images.
    """
    notes = [
        Finding(
            code=note.code,
            severity=_NOTES[note.code],
            subject=note.subject,
            values=note.values,
            changes=() if note.code == "own-output" else (Change(code=note.code),),
        )
        for note in folder.notes
        if note.code in _NOTES
    ]
    return [*notes, *_few_images(folder)]


def _few_images(folder: ImageFolder) -> list[Finding]:
    """Return a finding if classes have fewer images than `_FEW_IMAGES` to train on, those with the fewest first."""
    counts = _training_counts(folder)
    few = sorted((count, name) for name, count in counts.items() if count < _FEW_IMAGES)
    if not few:
        return []
    return [
        Finding(
            code="few-images",
            # One image alone is refused.
            severity="error" if few[0][0] == 1 and len(counts) > 1 else "warning",
            subject=folder.data,
            values={
                "classes": [name for _, name in few],
                "num_images": [count for count, _ in few],
                "least": _FEW_IMAGES,
            },
            changes=(Change(code="add-images"),),
        )
    ]


def find_unusable(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every file that is set aside: damaged, not readable, or in an unsupported format."""
    return [_unusable(folder, row) for row, reason in enumerate(folder.reasons) if reason]


def _unusable(folder: ImageFolder, row: int) -> Finding:
    path, reason, format_ = folder.paths[row], folder.reasons[row], folder.formats[row]
    values: Values = {"reason": reason}
    if not format_:
        change = Change(code="mend" if folder.hashes[row] else "make-readable")
        return Finding(code="unusable", severity="warning", subject=path, values=values, changes=(change,))
    kind = kind_of(format_)
    return Finding(
        code="unread-format",
        severity="warning",
        subject=path,
        values={**values, "format": format_, "kind": kind},
        changes=(Change(code="convert", values={"kind": kind}),),
    )


def find_imbalance(folder: ImageFolder) -> list[Finding]:
    """Return a finding if the largest class has more than three times the images of the smallest."""
    counts = _training_counts(folder)
    if len(counts) < 2 or max(counts.values()) <= _IMBALANCE_RATIO * min(counts.values()):
        return []
    large, small = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    return [
        Finding(
            code="imbalance",
            severity="note",
            subject=small,
            values={"num_images": counts[small], "largest": large, "num_largest": counts[large]},
            changes=(
                Change(
                    code="balance",
                    options={"balance": True},
                    command=Command(verb="train", arguments=(folder.data,), options={"balance": True}),
                ),
                Change(code="add-images"),
                Change(code="read-recall"),
            ),
        )
    ]


def find_few_levels(folder: ImageFolder) -> list[Finding]:
    """Return a finding if most 16-bit images leave their two highest bits unused, as images of 12 or 14 bits do.

    The network sees 64 levels of them or fewer, of 256.
    """
    sixteen_bit = _sixteen_bit(folder)
    rows = np.flatnonzero(sixteen_bit & (folder.used_ranges < _TWO_BITS_LESS))
    if not _has_few_levels(folder, sixteen_bit):
        return []
    num_bits = max(1, int(np.ceil(np.log2(folder.used_ranges[rows].max() * 65535 + 1))))
    return [
        Finding(
            code="few-levels",
            severity="warning",
            subject=folder.data,
            values={
                "num_images": len(rows),
                "num_sixteen_bit": int(sixteen_bit.sum()),
                "num_bits": num_bits,
                "num_levels": 2 ** max(num_bits - 8, 0),
                "paths": [folder.paths[row] for row in rows],
            },
            changes=(Change(code="stretch", options={"stretch": True}),),
        )
    ]


def find_flat(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every image that uses less than a sixteenth of its value range, the flattest first."""
    flat = folder.usable & (folder.used_ranges < BLANK_RANGE)
    sixteen_bit = _sixteen_bit(folder)
    if _has_few_levels(folder, sixteen_bit):  # then they are one finding
        flat &= ~sixteen_bit
    rows = np.flatnonzero(flat)
    return [
        Finding(
            code="low-range",
            severity="warning",
            subject=folder.paths[row],
            values={"used_range": float(folder.used_ranges[row]), "mode": folder.modes[row]},
            changes=(Change(code="stretch", options={"stretch": True}) if sixteen_bit[row] else Change(code="look"),),
        )
        for row in rows[np.argsort(folder.used_ranges[rows], kind="stable")]
    ]


def find_several_frames(folder: ImageFolder) -> list[Finding]:
    """Return a finding if files have several frames or pages, of which only the first is used.

    Multi-picture JPEGs (MPO) do not count: their other pictures are previews or stereo views.
    """
    several = folder.usable & (folder.num_frames > 1) & np.array([name != "MPO" for name in folder.formats], bool)
    rows = np.flatnonzero(several)
    if not len(rows):
        return []
    return [
        Finding(
            code="several-frames",
            severity="note",
            subject=folder.data,
            values={
                "num_images": len(rows),
                "most_frames": int(folder.num_frames[rows].max()),
                "paths": [folder.paths[row] for row in rows],
            },
            changes=(Change(code="choose-frames"),),
        )
    ]


def find_squashed(folder: ImageFolder) -> list[Finding]:
    """Return a finding if squashing to one shape would distort many images more than the others."""
    usable = folder.usable
    if not usable.any() or folder.preparation.fit != "squash":
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
            values={
                "least": float(ratios.min()),
                "median": middle,
                "greatest": float(ratios.max()),
                "share": float(off.mean()),
                "factor": _SQUASH_FACTOR,
            },
            changes=(Change(code="crop", options={"fit": "crop"}), Change(code="pad", options={"fit": "pad"})),
        )
    ]


def find_enlarged(folder: ImageFolder) -> list[Finding]:
    """Return a finding if images are smaller than the training size, and so enlarged."""
    usable = folder.usable
    height, width = folder.preparation.image_size
    down, across = height / np.maximum(folder.heights[usable], 1), width / np.maximum(folder.widths[usable], 1)
    # Padding scales by the smaller factor, so that the whole image fits; else one axis is enough.
    scales = np.minimum(down, across) if folder.preparation.fit == "pad" else np.maximum(down, across)
    num_images = int(np.count_nonzero(scales > 1))
    if not num_images:
        return []
    share = num_images / len(scales)
    # The side at which half of the images need not be enlarged; a smaller one would lose detail of most of them.
    side = int(min(height, width) / np.median(scales))
    sizes = (height * side // min(height, width), width * side // min(height, width))
    is_possible = share > 0.5 and min(sizes) >= MIN_SIDE
    return [
        Finding(
            code="enlarged",
            severity="note",
            subject=folder.data,
            values={"num_images": num_images, "share": share, "image_size": [height, width]},
            changes=(Change(code="smaller-size", options={"image_size": list(sizes)}),) if is_possible else (),
        )
    ]


# A new check is a function from a folder to findings, and a line here. The report has the same order.
CHECKS: tuple[Callable[[ImageFolder], list[Finding]], ...] = (
    find_classes,
    find_notes,
    find_empty_classes,
    find_unusable,
    find_leak_shares,
    find_duplicates,
    find_group_leaks,
    find_groups,
    find_bursts,
    find_few_levels,
    find_flat,
    find_several_frames,
    find_places,
    find_profiles,
    find_imbalance,
    find_squashed,
    find_enlarged,
)


# Changes that a plan carries out: it says which images to leave out, for `train --exclude`.
_PLANNED = frozenset(("choose-label", "keep-in-one-split", "keep-one", "look", "remove-copies"))


def _with_commands(finding: Finding, folder: ImageFolder) -> Finding:
    """Return a finding whose changes have the command that makes them, as far as there is one."""

    def with_command(change: Change) -> Change:
        # A smaller size is only faster, and for some networks.
        if change.command is not None or change.code == "smaller-size":
            return change
        if change.options:
            command = Command(verb="train", arguments=(folder.data,), options=change.options)
        elif change.code in _PLANNED:
            command = Command(verb="inspect", arguments=(folder.data,), options={"plan": "plan.csv"})
        elif change.code == "look-quality":
            command = Command(verb="inspect", arguments=(folder.data,), options={"out": "findings"})
        else:
            return change
        return change.model_copy(update={"command": command})

    if not folder.class_names:  # neither a plan nor a training takes it
        return finding
    return finding.model_copy(update={"changes": tuple(map(with_command, finding.changes))})


def _training_counts(folder: ImageFolder) -> dict[str, int]:
    """Return the images to train on of each class that has one; where there is no split, all of them."""
    counts = folder.counts.get("train", folder.counts.get("", np.zeros(0, np.int64))).tolist()
    return {name: count for name, count in zip(folder.class_names, counts, strict=False) if count}


def _sixteen_bit(folder: ImageFolder) -> np.ndarray:
    """Return which usable images are 16-bit grey, bool (n,); Pillow reads a 16-bit PGM as 32-bit integers."""
    kinds = zip(folder.modes, folder.formats, strict=True)
    grey = [mode.startswith("I;16") or (mode == "I" and format_ == "PPM") for mode, format_ in kinds]
    sixteen_bit: np.ndarray = np.array(grey, bool) & folder.usable
    return sixteen_bit


def _has_few_levels(folder: ImageFolder, sixteen_bit: np.ndarray) -> bool:
    """Return whether most of the 16-bit images leave their two highest bits unused; a few may simply be dark."""
    num_few = np.count_nonzero(folder.used_ranges[sixteen_bit] < _TWO_BITS_LESS)
    return bool(num_few > sixteen_bit.sum() / 2)


def _counted(values: tuple[str, ...], usable: np.ndarray) -> dict[str, int]:
    return dict(Counter(value for value, use in zip(values, usable, strict=True) if use).most_common())


def _side_range(sides: np.ndarray) -> SideRange | None:
    if sides.size == 0:
        return None
    return SideRange(least=int(sides.min()), median=float(np.median(sides)), greatest=int(sides.max()))
