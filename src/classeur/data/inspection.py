"""What to know about a folder before training on it, as values; other modules turn them into text."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.data.bursts import find_bursts
from classeur.data.duplicates import find_duplicates, find_leak_shares
from classeur.data.findings import DROPPING, Change, Command, Finding, Severity, worst_first
from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.data.grouping import are_groups, find_group_leaks, find_groups
from classeur.data.image_checks import (
    find_enlarged,
    find_few_levels,
    find_flat,
    find_several_frames,
    find_squashed,
    find_unusable,
)
from classeur.data.leaks import find_leaks
from classeur.data.metadata import find_places, find_profiles
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.near_findings import find_near_duplicates
from classeur.data.quality import Quality, find_quality
from classeur.data.together import kept_together

# Beyond 3 to 1, accuracy says little about the small class; a common rule of thumb for "slight" imbalance.
_IMBALANCE_RATIO = 3.0
# Fewer images of a class say little about it, and leave one or none to choose and to evaluate by.
_FEW_IMAGES = 5


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
    findings: tuple[Finding, ...]  # the worst first


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
    found = [each for check in checks for each in check(folder)]
    by = (reason.removeprefix(LEFT_OUT) for reason in folder.reasons if reason.startswith(LEFT_OUT))
    excluded = Counter(f"by {name}" for name in by)
    left_out = {**{reason: len(paths) for reason, paths in folder.left_out.items()}, **excluded}
    return Inspection(
        data=folder.data,
        num_found=folder.num_found,
        num_usable=int(usable.sum()),
        num_set_aside=int((~usable).sum()) - excluded.total(),
        num_left_out=sum(left_out.values()),
        left_out=left_out,
        class_names=folder.class_names,
        counts=counts,
        totals={name: sum(by_class.values()) for name, by_class in counts.items()},
        formats=_counted(folder.formats, usable),
        modes=_counted(folder.modes, usable),
        widths=_side_range(folder.widths[usable]),
        heights=_side_range(folder.heights[usable]),
        total_num_bytes=int(folder.num_bytes.sum()),
        findings=tuple(
            _with_commands(finding, folder) for finding in worst_first(_without_vain_drops(found, folder, near))
        ),
    )


def _without_vain_drops(findings: list[Finding], folder: ImageFolder, near: Sequence[NearDuplicate]) -> list[Finding]:
    """Return findings that do not advise to drop what leaks where no image of the validation would be left."""
    if not any(change in DROPPING for finding in findings for change in finding.changes):
        return findings
    leaks = find_leaks(folder, near, kept_together(folder, near))["validation"]
    judged = sum(folder.splits[row] == "validation" for row in np.flatnonzero(folder.usable).tolist())
    if len(leaks) < judged:
        return findings
    return [
        finding.model_copy(update={"changes": tuple(change for change in finding.changes if change not in DROPPING)})
        for finding in findings
    ]


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
        # What the owner says are groups are no classes, so the folders around them are no splits.
        if not (note.values.get("shared") and are_groups(folder, note.values["shared"]))
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


def _counted(values: tuple[str, ...], usable: np.ndarray) -> dict[str, int]:
    return dict(Counter(value for value, use in zip(values, usable, strict=True) if use).most_common())


def _side_range(sides: np.ndarray) -> SideRange | None:
    if sides.size == 0:
        return None
    return SideRange(least=int(sides.min()), median=float(np.median(sides)), greatest=int(sides.max()))
