"""Images of a given validation or test that belong with images in training, so that they cannot show what is new."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from classeur.data.bursts import bursts_of
from classeur.data.duplicates import SERIOUS_SHARE
from classeur.data.findings import DROPPING, Change, Finding
from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.splitting import anew, groups_of, without_given

# Why an image belongs with one in training, the surest first: equal bytes; a near-duplicate; a named group; a burst;
# or only by others between them.
KINDS = ("identical", "near-duplicate", "group", "burst", "chain")

# Pairs that a finding names.
_MOST_PAIRS = 3

# How the reason begins of a validation image that is left out for such.
DROPPED = f"{LEFT_OUT}--drop-leaks: "


class Leak(NamedTuple):
    """A judged image that belongs with one in training."""

    row: int
    kind: str  # one of KINDS
    other: int  # row of an image in training


def find_leaks(
    folder: ImageFolder, pairs: Sequence[NearDuplicate], together: Sequence[Sequence[int]]
) -> dict[str, list[Leak]]:
    """Return the images of validation and test that belong with one in training, by split, in the folder's order.

    Args:
        folder: with a split of its own.
        pairs: its near-duplicates.
        together: its rows that are not to be separated, beside equal files and named groups.
    """
    found: dict[str, list[Leak]] = {"validation": [], "test": []}
    trained = [row for row in np.flatnonzero(folder.usable).tolist() if folder.splits[row] == "train"]
    if len(trained) == folder.usable.sum() or not trained:
        return found
    by_hash = {folder.hashes[row]: row for row in reversed(trained)}
    by_group = {folder.groups[row]: row for row in reversed(trained) if folder.groups[row]} if folder.groups else {}
    alike: dict[str, int] = {}  # content → a training image that is its near-duplicate
    for pair in pairs:  # the most alike first
        for one, other in (pair[:2], pair[1::-1]):
            if folder.hashes[other] in by_hash:
                alike.setdefault(folder.hashes[one], by_hash[folder.hashes[other]])
    shot: dict[int, int] = {}
    for chain in bursts_of(folder).joined:
        of_training = [row for row in chain if folder.splits[row] == "train"]
        shot.update((row, of_training[0]) for row in chain if of_training)
    for group in groups_of(folder, np.flatnonzero(folder.usable).tolist(), together):
        first = next((row for row in group if folder.splits[row] == "train"), None)
        if first is None:
            continue
        for row in group:
            if folder.splits[row] not in found:
                continue
            named = by_group.get(folder.groups[row]) if folder.groups else None
            others = (by_hash.get(folder.hashes[row]), alike.get(folder.hashes[row]), named, shot.get(row), first)
            kind, other = next((kind, each) for kind, each in zip(KINDS, others, strict=True) if each is not None)
            found[folder.splits[row]].append(Leak(row, kind, other))
    return {name: sorted(leaks) for name, leaks in found.items()}


def beside_training(folder: ImageFolder, trained: ImageFolder) -> ImageFolder:
    """Return two data sets as one, the rows of `folder` first, as a test of what is trained on the others.

    Named groups are not taken over: two data sets may number theirs alike.

    Args:
        folder: scanned; the rows that count are usable.
        trained: scanned the same way; its usable rows are in training.
    """
    names = tuple(dict.fromkeys((*folder.class_names, *trained.class_names)))
    numbers = np.array([names.index(name) for name in trained.class_names], np.int64)
    fields = list(ImageFolder.model_fields)
    columns = {
        name: np.concatenate([one, other]) if isinstance(one, np.ndarray) else (*one, *other)
        for name in fields[fields.index("paths") : fields.index("perceptual_hashes") + 1]
        for one, other in [(getattr(folder, name), getattr(trained, name))]
    }
    columns["paths"] = tuple(f"{each.root}/{path}" for each in (folder, trained) for path in each.paths)
    columns["splits"] = ("test",) * len(folder.paths) + ("train",) * len(trained.paths)
    columns["labels"] = np.concatenate([folder.labels, numbers[trained.labels]])
    kept = {name: getattr(folder, name) for name in ("data", "root", "layout", "preparation")}
    return ImageFolder(**kept, **columns, class_names=names, left_out={})


def leak_findings(
    folder: ImageFolder,
    splits: Sequence[str],
    leaks: Mapping[str, Sequence[Leak]],
    *,
    can_drop: bool = True,
    reading: Mapping[str, Any] = MappingProxyType({}),
) -> list[Finding]:
    """Return for validation and test which share of them belongs with training, if any does.

    Args:
        folder: as scanned, with the splits that the data name.
        splits: of each row, those or others that are kept or given.
        leaks: of these splits, as `find_leaks` returns them.
        can_drop: whether a training can leave those of validation out.
        reading: the options by which the data were read: columns, groups, what is left out.
    """
    totals = Counter(split for split, reason in zip(splits, folder.reasons, strict=True) if not reason)

    def changes(name: str, num_leaks: int) -> tuple[Change, ...]:
        if name == "validation" and not can_drop:
            return ()  # of a fold: how to divide anew is told of all folds together
        if name == "validation" and num_leaks < totals[name]:
            return DROPPING
        # Of a validation that leaks throughout nothing would be left, and no training judges another test.
        if name in folder.splits:
            return (anew("divide-anew", folder.data, **reading),)
        return (without_given(folder.data, **reading),)

    return [
        Finding(
            code="split-leaks",
            severity="error" if len(found) >= SERIOUS_SHARE * totals[name] else "warning",
            subject=folder.data,
            values={
                "split": name,
                "num_leaks": len(found),
                "num_images": totals[name],
                "share": len(found) / totals[name],
                "kinds": dict(Counter(leak.kind for leak in found).most_common()),
                "pairs": surest_pairs(folder, found),
            },
            changes=changes(name, len(found)),
        )
        for name, found in leaks.items()
        if found
    ]


def surest_pairs(folder: ImageFolder, leaks: Sequence[Leak]) -> list[list[str]]:
    """Return the paths of a few images and of those that they belong with, the surest first, each pair once."""
    pairs: dict[frozenset[int], list[str]] = {}
    for leak in sorted(leaks, key=lambda leak: KINDS.index(leak.kind)):
        pairs.setdefault(frozenset((leak.row, leak.other)), [folder.paths[leak.row], folder.paths[leak.other]])
    return list(pairs.values())[:_MOST_PAIRS]


def without_leaks(folder: ImageFolder, leaks: Sequence[Leak]) -> ImageFolder:
    """Return the folder with these images set aside, each with the training image that it belongs with."""
    reasons = list(folder.reasons)
    for leak in leaks:
        reasons[leak.row] = f"{DROPPED}{leak.kind} of {folder.paths[leak.other]}, which is in training"
    columns = {name: getattr(folder, name) for name in ImageFolder.model_fields}
    return ImageFolder(**{**columns, "reasons": tuple(reasons)})
