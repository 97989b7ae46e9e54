"""Which images train and which validate: a partition of the usable images, with identical files on one side."""

from collections import Counter, defaultdict

import numpy as np
from pydantic import BaseModel

from classeur.data.columns import COLUMNS_CONFIG, StrColumn
from classeur.data.folder import ImageFolder
from classeur.errors import RangeError

# Separates this use of the seed from every other (b"split").
_STREAM = 0x73706C6974


class Split(BaseModel):
    """The split of each row of a folder: train, validation, test, or "" for a file that is set aside."""

    model_config = COLUMNS_CONFIG

    splits: StrColumn
    made_here: bool  # True if classeur made the split, not the folder
    seed: int

    def rows(self, name: str) -> np.ndarray:
        """Return the rows of a split, int64 (n,), in the folder's order."""
        return np.array([row for row, split in enumerate(self.splits) if split == name], np.int64)

    @property
    def names(self) -> tuple[str, ...]:
        """The splits that have an image, in the order train, validation, test."""
        return tuple(name for name in ("train", "validation", "test") if name in self.splits)


def split(folder: ImageFolder, *, validation_share: float = 0.2, seed: int = 0) -> Split:
    """Return the folder's own split, or one made by seed if it has no validation.

    Stratified: of each class, the share rounded to whole images, at least one, goes to validation. Files with equal
    bytes stay together, also across classes, so the share can be off by the size of such a group.

    Args:
        folder: scanned and checked to be trainable.
        validation_share: share of the images for training, in (0, 1).
        seed: of the random choice.

    Raises:
        RangeError: if the share is not in (0, 1).
    """
    if not 0 < validation_share < 1:
        raise RangeError(
            f"a validation share of {validation_share} is not possible; expected more than 0 and less than 1"
        )
    splits = [
        "" if reason else (its_split or "train")
        for its_split, reason in zip(folder.splits, folder.reasons, strict=True)
    ]
    if "validation" in splits:
        return Split(splits=tuple(splits), made_here=False, seed=seed)
    remaining = Counter(int(folder.labels[row]) for row, name in enumerate(splits) if name == "train")
    generator = np.random.Generator(np.random.Philox(key=np.array([seed % 2**64, _STREAM], np.uint64)))
    for groups in _groups_by_class(folder, splits).values():
        num_images = sum(map(len, groups))
        wanted = max(1, round(validation_share * num_images))
        taken = 0
        for number in generator.permutation(len(groups)):
            group = groups[number]
            leaving = Counter(int(folder.labels[row]) for row in group)
            # Identical files never leave a class without training images, neither their own nor another.
            if taken + len(group) <= wanted and all(remaining[label] > count for label, count in leaving.items()):
                taken += len(group)
                remaining -= leaving
                for row in group:
                    splits[row] = "validation"
    return Split(splits=tuple(splits), made_here=True, seed=seed)


def _groups_by_class(folder: ImageFolder, splits: list[str]) -> dict[int, list[list[int]]]:
    """Return {class: training rows that stay together}: of equal bytes or one named group, directly or by others.

    A mixed group belongs to its first row's class.
    """
    rows = [row for row, name in enumerate(splits) if name == "train"]
    leader = {row: row for row in rows}

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        keys = [("hash", folder.hashes[row])]
        if folder.groups and folder.groups[row]:
            keys.append(("group", folder.groups[row]))
        for key in keys:
            one, other = sorted((find(seen.setdefault(key, row)), find(row)))
            leader[other] = one
    together: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        together[find(row)].append(row)
    by_class: dict[int, list[list[int]]] = {label: [] for label in range(len(folder.class_names))}
    for group in together.values():
        by_class[int(folder.labels[group[0]])].append(group)
    return by_class
