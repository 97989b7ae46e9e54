"""Which images train, validate and test: a partition of the usable images, with what belongs together on one side."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel

from classeur.data.archive import is_archive
from classeur.data.columns import COLUMNS_CONFIG, StrColumn
from classeur.data.findings import Change, Command, command_line
from classeur.data.folder import ImageFolder
from classeur.data.layout import composed
from classeur.errors import RangeError

# Separates this use of the seed from every other (b"split").
_STREAM = 0x73706C6974
# With fewer images in a class, its share of the test would be one or two: a number that says nothing.
FEWEST_FOR_TEST = 20


class Shares(NamedTuple):
    """Shares of the images for validation and test; the rest is for training."""

    validation: float = 0.2
    test: float = 0.0


class Split(BaseModel):
    """The split of each row of a folder: train, validation, test, or "" for a file that is set aside."""

    model_config = COLUMNS_CONFIG

    splits: StrColumn
    made_here: bool  # True if classeur made the split, not the folder
    seed: int
    joining: dict[int, tuple[str, ...]] = {}  # row that is set aside → the splits that it would have joined

    def rows(self, name: str) -> np.ndarray:
        """Return the rows of a split, int64 (n,), in the folder's order."""
        return np.array([row for row, split in enumerate(self.splits) if split == name], np.int64)

    @property
    def names(self) -> tuple[str, ...]:
        """The splits that have an image, in the order train, validation, test."""
        return tuple(name for name in ("train", "validation", "test") if name in self.splits)


def split(
    folder: ImageFolder,
    *,
    validation_share: float = 0.2,
    test_share: float = 0.0,
    together: Iterable[Sequence[int]] = (),
    kept: Sequence[str] | None = None,
    seed: int = 0,
) -> Split:
    """Return the folder's own split, or one made by seed if it has no validation.

    Stratified: of each class, the share rounded to whole images, at least one, goes to validation, and to test. Never
    separated, also across classes, are files with equal bytes, the folder's groups, and the rows of `together`; so a
    share can be off by the size of such a group; one of several classes counts to each of them. It depends on paths and
    contents, not on the order of the rows.

    Args:
        folder: scanned and checked to be trainable.
        validation_share: share of the images for validation, in (0, 1).
        test_share: share of the images for test, in [0, 1). None are chosen where the folder has a test of its own, or
            a class has fewer than 20 images.
        together: groups of rows that are not to be separated.
        kept: the split that each row must keep, "" for a new one. What is new goes where the images that it belongs
            to are, and is set aside if they are in several splits; the rest brings the splits to their shares.
        seed: of the random choice.

    Raises:
        RangeError: if a share is not possible, or none is left for training.
    """
    shares = Shares(validation_share, test_share)
    _check_shares(shares)
    splits = [
        "" if reason else (its_split or "train")
        for its_split, reason in zip(folder.splits, folder.reasons, strict=True)
    ]
    if "validation" in splits:
        return Split(splits=tuple(splits), made_here=False, seed=seed)
    groups = groups_of(folder, [row for row, name in enumerate(splits) if name == "train"], together)
    joining = {} if kept is None else _keep(kept, groups, splits)
    labels = folder.labels.tolist()
    counts = Counter(labels[row] for group in groups for row in group if splits[row])
    quotas = [
        _Quota(
            name,
            wanted={label: max(1, round(share * count)) for label, count in counts.items()},
            taken=Counter(labels[row] for group in groups for row in group if splits[row] == name),
        )
        for name, share in _wanted_parts(folder, splits, shares, kept)
    ]
    free = [group for group in groups if kept is None or not any(kept[row] for row in group)]
    _draw(free, quotas, labels, splits, seed)
    return Split(splits=tuple(splits), made_here=True, seed=seed, joining=joining)


def dividing_command(data: str, **options: Any) -> Command:
    """Return the command that divides data with these options: `split`, or `train` for a zip, which no CSV can name."""
    verb = "train" if is_archive(Path(data)) else "split"
    return Command(verb=verb, arguments=(data,), options=options)


def anew(code: str, data: str, **options: Any) -> Change:
    """Return a change that divides data anew which name a split or folds; a zip must be unpacked first.

    >>> anew("divide-anew", "pets", group_by="folder").command.options
    {'anew': True, 'group_by': 'folder', 'to': 'anew.csv'}
    """
    # Not split.csv, which may be the data.
    options = {"anew": True, **options, "to": "anew.csv"}
    if is_archive(Path(data)):
        return Change(code=code, values={"unpacked": options})
    return Change(code=code, command=Command(verb="split", arguments=(data,), options=options))


def dividing(change: Change) -> Command:
    """Return the command of `anew`, which a zip has too, as it is typed of the folder that the zip becomes."""
    return change.command or Command(verb="split", arguments=("FOLDER",), options=change.values.get("unpacked", {}))


def dividing_words(change: Change) -> str:
    """Return how `anew` is done: a command, as it is typed, or to unpack a zip first.

    >>> dividing_words(anew("divide-anew", "pets", folds=5))
    'classeur split pets --anew --folds 5 --to anew.csv'
    """
    return ("" if change.command else "unpack the zip, then ") + command_line(dividing(change))


def without_given(data: str, **options: Any) -> Change:
    """Return a change that divides data anew without the split or folds that were given beside them.

    >>> without_given("pets", group_by="folder").command.options
    {'group_by': 'folder', 'to': 'anew.csv'}
    """
    command = dividing_command(data, **options)
    if command.verb == "split":
        command = command.model_copy(update={"options": {**options, "to": "anew.csv"}})
    return Change(code="give-no-split", command=command)


def why_unsplit(folder: ImageFolder) -> str:
    """Return why no image could be chosen for validation."""
    counts = folder.counts.get("train", folder.counts.get("", np.zeros(1, np.int64)))
    if counts.max() < 2:
        return "has one usable image in each class, and a class needs two: one to train on, one for validation"
    return "has no image to use for validation without leaving a class with none to train on"


def _check_shares(shares: Shares) -> None:
    for name, share, is_possible in (
        ("validation", shares.validation, 0 < shares.validation < 1),
        ("test", shares.test, 0 <= shares.test < 1),
    ):
        if not is_possible:
            least = "more than 0" if name == "validation" else "0 or more"
            raise RangeError(f"a {name} share of {share} is not possible; expected {least} and less than 1")
    if sum(shares) >= 1:
        raise RangeError(
            f"shares of {shares.validation:g} for validation and {shares.test:g} for test leave none for training;"
            " expected less than 1 together"
        )


def _wanted_parts(
    folder: ImageFolder, splits: Sequence[str], shares: Shares, kept: Sequence[str] | None
) -> list[tuple[str, float]]:
    """Return the splits to choose beside training, and their shares."""
    counts = Counter(int(folder.labels[row]) for row, name in enumerate(splits) if name == "train")
    is_kept = kept is not None and "test" in kept  # few images suffice where others are in it already
    has_test = (
        shares.test and "test" not in folder.splits and (is_kept or min(counts.values(), default=0) >= FEWEST_FOR_TEST)
    )
    return [("validation", shares.validation), *([("test", shares.test)] if has_test else [])]


class _Quota(NamedTuple):
    """The images that a split is to have, and has, of each class."""

    name: str
    wanted: dict[int, int]
    taken: Counter[int]

    def missing(self, label: int) -> int:
        return self.wanted.get(label, 0) - self.taken[label]

    def fits(self, counts: Counter[int]) -> bool:
        """Return whether none of these images would be too many."""
        return all(count <= self.missing(label) for label, count in counts.items())

    def is_nearer_with(self, counts: Counter[int]) -> bool:
        """Return whether these images would bring the split nearer to what is wanted, over their classes."""
        return sum(abs(self.missing(label) - count) - abs(self.missing(label)) for label, count in counts.items()) < 0

    def take(self, counts: Counter[int], remaining: Counter[int]) -> bool:
        """Take images from training, unless a class would have none left there; return whether they were taken."""
        if not all(remaining[label] > count for label, count in counts.items()):
            return False
        remaining.subtract(counts)
        self.taken.update(counts)
        return True


def _filling(
    groups: Sequence[list[int]], label: int, quota: _Quota, labels: Sequence[int], remaining: Counter[int]
) -> list[list[int]]:
    """Take the groups, in their order, that fit into the quota of a class; if none does, the smallest."""
    chosen = []
    for group in groups:
        counts = Counter(labels[row] for row in group)
        if quota.fits(counts) and quota.take(counts, remaining):
            chosen.append(group)
    if quota.taken[label] or quota.missing(label) <= 0:
        return chosen
    smallest = (
        group for group in sorted(groups, key=len) if quota.take(Counter(labels[row] for row in group), remaining)
    )
    return list(itertools.islice(smallest, 1))


def _nearing(
    groups: Sequence[list[int]], label: int, quota: _Quota, labels: Sequence[int], remaining: Counter[int]
) -> list[list[int]]:
    """Take one more group, which is too large for the quota of a class, if it comes nearer with it: the smallest."""
    if quota.missing(label) <= 0:
        return []
    for group in sorted(groups, key=len):
        counts = Counter(labels[row] for row in group)
        if quota.is_nearer_with(counts) and quota.take(counts, remaining):
            return [group]
    return []


def _draw(
    free: Iterable[list[int]], quotas: Sequence[_Quota], labels: Sequence[int], splits: list[str], seed: int
) -> None:
    """Give groups that are for training to the other splits, class by class, in an order drawn by the seed."""
    by_class: defaultdict[int, list[list[int]]] = defaultdict(list)
    for group in free:  # a group of several classes is drawn with that of its first row
        by_class[labels[group[0]]].append(group)
    remaining = Counter(label for label, name in zip(labels, splits, strict=True) if name == "train")
    generator = np.random.Generator(np.random.Philox(key=np.array([seed % 2**64, _STREAM], np.uint64)))
    for label in sorted(by_class):
        groups = [by_class[label][number] for number in generator.permutation(len(by_class[label]))]
        for choose in (_filling, _nearing):  # what fits, in every split, before what is too large
            for quota in quotas:
                chosen = choose(groups, label, quota, labels, remaining)
                for row in itertools.chain.from_iterable(chosen):
                    splits[row] = quota.name
                firsts = {group[0] for group in chosen}
                groups = [group for group in groups if group[0] not in firsts]


def _keep(kept: Sequence[str], groups: Iterable[Sequence[int]], splits: list[str]) -> dict[int, tuple[str, ...]]:
    """Give each row the split that it keeps, or that of its group; return the new rows that would join two splits."""
    joining: dict[int, tuple[str, ...]] = {}
    for group in groups:
        names = tuple(name for name in ("train", *Shares._fields) if any(kept[row] == name for row in group))
        for row in group:
            if kept[row]:
                splits[row] = kept[row]
            elif len(names) == 1:
                splits[row] = names[0]
            elif names:
                splits[row] = ""
                joining[row] = names
    return joining


def parted(together: Iterable[Sequence[int]], sides: Sequence[str], aside: Collection[int]) -> list[list[int]]:
    """Return rows that stay together as they do without those set aside that would have joined two sides.

    >>> parted([[0, 1, 2], [3, 4]], ["train", "", "test", "train", "train"], {1})
    [[0], [2], [3, 4]]
    """
    parts: list[list[int]] = []
    for group in together:
        if not any(row in aside for row in group):
            parts.append(list(group))
            continue
        by_side: defaultdict[str, list[int]] = defaultdict(list)
        for row in group:
            if row not in aside:
                by_side[sides[row]].append(row)
        parts += by_side.values()
    return parts


def count_whole(groups: Iterable[Sequence[int]], sides: Sequence[str]) -> tuple[int, int]:
    """Return how many groups of two rows or more are on one side, and how many on several; "" is no side.

    >>> count_whole([[0, 1], [2, 3], [4, 5]], ["train", "train", "train", "test", "test", ""])
    (1, 1)
    """
    used = [[sides[row] for row in group if sides[row]] for group in groups]
    return sum(len(names) > 1 == len(set(names)) for names in used), sum(len(set(names)) > 1 for names in used)


def groups_of(folder: ImageFolder, rows: Iterable[int], together: Iterable[Sequence[int]]) -> list[list[int]]:
    """Return these rows as groups that stay together, directly or by others; in the order of classes and paths."""
    # macOS and Linux spell é differently.
    rows = sorted(rows, key=lambda row: (int(folder.labels[row]), composed(folder.paths[row]), folder.paths[row]))
    place = {row: number for number, row in enumerate(rows)}
    leader = {row: row for row in rows}

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    def join(row: int, other: int) -> None:
        one, other = sorted((find(row), find(other)), key=place.__getitem__)
        leader[other] = one

    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        join(row, seen.setdefault(("hash", folder.hashes[row]), row))
        if folder.groups and folder.groups[row]:
            join(row, seen.setdefault(("group", folder.groups[row]), row))
    for group in together:
        known = [row for row in group if row in leader]
        for row in known[1:]:
            join(row, known[0])
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        groups[find(row)].append(row)
    return list(groups.values())
