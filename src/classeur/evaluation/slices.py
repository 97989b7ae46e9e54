"""Slices: whether a model does worse on some kind of images, beyond what chance and many looks explain."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.estimate import Estimate
from classeur.evaluation.sampling import Sampling
from classeur.images.decoding import IMAGE_ENDINGS

# A slice of fewer images, or with fewer beside it, is not looked at.
_FEWEST = 10

# A smaller difference of accuracy is not named, however certain.
_LEAST_DIFFERENCE = 0.02

_SIGNIFICANT = 0.05

_SPLIT_FOLDERS = frozenset(("train", "training", "val", "valid", "validation", "test", "testing"))


class Slice(BaseModel):
    """Some images that the model does worse on than on the others."""

    model_config = ConfigDict(frozen=True)

    kind: str  # group, size, brightness or folder
    name: str
    accuracy: Estimate  # on its images of classes that others have, too
    rest: Estimate  # on all other images of these classes, each class as frequent as in the slice
    p_value: float  # corrected for the number of slices that were looked at


class Slices(BaseModel):
    """What was looked at, and the worst slice, if it is worse beyond chance."""

    model_config = ConfigDict(frozen=True)

    num_looked_at: int
    worst: Slice | None = None


class ImageFacts(NamedTuple):
    """What is known of each judged image beside its pixels."""

    paths: Sequence[str]
    labels: Sequence[str]
    groups: Sequence[str]  # "" for an image that stands alone; the path of an image for a group without a name
    areas: np.ndarray | None  # pixels of each image file, int64 (n,); None where they are not known
    brightness: np.ndarray | None  # mean of the pixels, float (n,)

    @property
    def named_groups(self) -> list[str]:
        """The group of each image, "" for those that have none with a name: bursts and near-duplicates have none.

        Theirs is called after an image, which may be in another split.
        """
        paths = set(self.paths)
        return ["" if group in paths or _is_image(group) else group for group in self.groups]


def accuracy_by_group(right: np.ndarray, facts: ImageFacts) -> dict[str, Estimate]:
    """Return the accuracy on each group that has a name, the worst first; empty if there are none."""
    found = {
        name: estimate
        for name, rows in _members(facts.named_groups).items()
        if (estimate := Sampling(None).proportion(right[rows])) is not None
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].value, -item[1].n, item[0])))


def find_worst_slice(right: np.ndarray, facts: ImageFacts) -> Slices:
    """Return the slice that the model does worst on, if neither chance nor its classes explain it.

    Slices are groups, quarters by size and by brightness, and source folders, of 10 images or more. Each is compared
    with all other images of the same classes, class by class, so that a folder of one hard class is no alarm: by the
    exact test of several tables; where images come in groups, by the jackknife over these. The smallest p-value is
    multiplied by the number of slices, which is the first step of Holm's correction: where no slice
    is worse, one is named in at most 5 % of evaluations.

    Args:
        right: bool (n,), the images that are classified correctly.
        facts: of the same images.

    Source: Birch, Journal of the Royal Statistical Society B 26 (1964) 313–324, the exact test, which of one class is
    Fisher's; Mantel, Haenszel, Journal of the National Cancer Institute 22 (1959) 719–748, the classes' weights; Holm,
    Scandinavian Journal of Statistics 6 (1979) 65–70.
    """
    sampling = Sampling.of(facts.groups)
    classes = np.unique(np.array(facts.labels, dtype=object).astype(str), return_inverse=True)[1]
    found = _slices(facts, classes, sampling)
    best: tuple[float, float, _Look] | None = None
    for look in found:
        difference = look.difference(right, classes)
        if difference > -_LEAST_DIFFERENCE:
            continue
        # A group is looked at as it is, not as one of many.
        is_alone = look.kind == "group" or sampling.clusters is None
        p_value = _p_value(right, look, classes) if is_alone else _grouped_p_value(right, look, classes, sampling)
        if best is None or (p_value, difference) < best[:2]:
            best = p_value, difference, look
    if best is None or best[0] * len(found) >= _SIGNIFICANT:
        return Slices(num_looked_at=len(found))
    p_value, _, look = best
    among, others = look.parts(classes)
    accuracy = (Sampling(None) if look.kind == "group" else sampling).proportion(right, among)
    if accuracy is None:
        return Slices(num_looked_at=len(found))
    rest = _as_in(among, others, right, classes, sampling)
    worst = Slice(kind=look.kind, name=look.name, accuracy=accuracy, rest=rest, p_value=p_value * len(found))
    return Slices(num_looked_at=len(found), worst=worst)


def source_folder(path: str, label: str) -> str:
    """Return the folders of an image's path without those of its class and split.

    >>> source_folder("train/cats/phone/a.jpg", "cats"), source_folder("cats/a.jpg", "cats")
    ('phone', '')
    """
    folders = path.split("/")[:-1]
    return "/".join(each for each in folders if each != label and each.casefold() not in _SPLIT_FOLDERS)


def _is_image(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in IMAGE_ENDINGS  # noqa: PTH122


class _Look(NamedTuple):
    kind: str
    name: str
    rows: np.ndarray  # int (m,), rising: its images, of classes that others have, too
    inside: np.ndarray  # int (classes,), how many these are
    outside: np.ndarray  # int (classes,), all others of these classes

    def parts(self, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return its images and all others of their classes, bool (n,) each."""
        among = np.zeros(len(classes), bool)
        among[self.rows] = True
        return among, ~among & (self.outside > 0)[classes]

    def wrong(self, right: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how many are wrong of its images and of the others, by class, int (classes,) each."""
        size = len(self.inside)
        wrong = np.bincount(classes[self.rows[~right[self.rows]]], minlength=size)
        return wrong, (np.bincount(classes[~right], minlength=size) - wrong) * (self.outside > 0)

    def difference(self, right: np.ndarray, classes: np.ndarray) -> float:
        """Return by how much more of it is right than would be of others, if their classes were as frequent."""
        wrong, others_wrong = self.wrong(right, classes)
        expected = self.inside * others_wrong / np.maximum(self.outside, 1)
        return float((expected.sum() - wrong.sum()) / self.inside.sum())


def _slices(facts: ImageFacts, classes: np.ndarray, sampling: Sampling) -> list[_Look]:
    folders = list(map(source_folder, facts.paths, facts.labels))
    named = [("group", name, rows) for name, rows in _members(facts.named_groups).items()]
    if facts.areas is not None:
        named += _quarters("size", facts.areas, ("smallest", "smaller", "larger", "largest"))
    if facts.brightness is not None:
        named += _quarters("brightness", facts.brightness, ("darkest", "darker", "brighter", "brightest"))
    named += [("folder", name, rows) for name, rows in _members(folders).items()]
    total, looks = np.bincount(classes), dict[bytes, _Look]()
    for kind, name, rows in named:
        inside = np.bincount(classes[rows], minlength=len(total))
        is_shared = (inside > 0) & (inside < total)
        compared = rows[is_shared[classes[rows]]]
        look = _Look(kind, name, compared, inside * is_shared, (total - inside) * is_shared)
        if min(look.inside.sum(), look.outside.sum()) < _FEWEST:
            continue
        if kind == "group" or sampling.num_units(look.parts(classes)[0]) >= min(_FEWEST, len(compared)):
            # The same images, as a group and as a folder, are one look.
            looks.setdefault(compared.tobytes(), look)
    return list(looks.values())


def _as_in(
    among: np.ndarray, others: np.ndarray, right: np.ndarray, classes: np.ndarray, sampling: Sampling
) -> Estimate:
    """Return the accuracy on other images if their classes were as frequent as in a slice.

    The intervals of the classes' accuracies are added by their squared distances.

    Source: Zou, Donner, Statistics in Medicine 27 (2008) 1693–1702.
    """
    numbers, counts = np.unique(classes[among], return_counts=True)
    weights = (counts / counts.sum()).tolist()
    each = [sampling.proportion(right, others & (classes == number)) for number in numbers.tolist()]
    found = [(weight, share) for weight, share in zip(weights, each, strict=True) if share is not None]
    if len(found) == 1:
        return found[0][1]
    value = sum(weight * share.value for weight, share in found)
    below = sum((weight * (share.value - share.low)) ** 2 for weight, share in found) ** 0.5
    above = sum((weight * (share.high - share.value)) ** 2 for weight, share in found) ** 0.5
    method = f"MOVER of Wilson{sampling.how}"
    return Estimate(
        value=value, low=max(0.0, value - below), high=min(1.0, value + above), method=method, n=int(others.sum())
    )


def _members(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the rows of the images of each name, but none for the name ""."""
    unique, numbers, counts = np.unique(
        np.array(names, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    rows = np.split(np.argsort(numbers, kind="stable"), np.cumsum(counts)[:-1])
    return {name: its for name, its in zip(unique.tolist(), rows, strict=True) if name}


def _quarters(kind: str, values: np.ndarray, names: Sequence[str]) -> list[tuple[str, str, np.ndarray]]:
    """Return the quarters of images by a value; equal values are in the same one, so that there may be fewer."""
    ends = np.quantile(values, (0.25, 0.5, 0.75))
    numbers = np.searchsorted(ends, values, side="left")
    there = np.unique(numbers).tolist()
    return [(kind, names[number], np.flatnonzero(numbers == number)) for number in there] if len(there) > 1 else []


def _p_value(right: np.ndarray, look: _Look, classes: np.ndarray) -> float:
    """Return how often chance alone makes a slice as much worse than other images of its classes, or more."""
    wrong, others_wrong = look.wrong(right, classes)
    tables = np.stack([wrong, look.inside, others_wrong, look.outside], axis=1)
    return exact_p_value([tuple(each) for each in tables.tolist() if each[1]])


def _grouped_p_value(right: np.ndarray, look: _Look, classes: np.ndarray, sampling: Sampling) -> float:
    """Return the same of images in groups: by the jackknife, which leaves out one group after the other.

    Source: Bell, McCaffrey, Survey Methodology 28 (2002) 169–181: never too sure of few groups, as linearisation is.
    """
    assert sampling.clusters is not None
    parts = look.parts(classes)
    compared = parts[0] | parts[1]
    groups, numbers = np.unique(sampling.clusters[compared], return_inverse=True)
    kinds = np.unique(classes[compared], return_inverse=True)[1]
    counts = np.zeros((2, 2, len(groups), int(kinds.max()) + 1))  # as `_difference` has them
    for at, part in enumerate(each[compared] for each in parts):
        np.add.at(counts[at, 0], (numbers[part], kinds[part]), 1)
        np.add.at(counts[at, 1], (numbers[part], kinds[part]), right[compared][part])
    total = counts.sum(axis=2, keepdims=True)
    difference, without = float(_difference(total)[0]), _difference(total - counts)
    error = float(((len(groups) - 1) / len(groups) * np.square(without - without.mean()).sum()) ** 0.5)
    if error == 0:
        return 1.0
    num_units = min(map(sampling.num_units, parts))
    from scipy.special import stdtr  # only where there are groups

    return float(stdtr(max(num_units - 1, 1), difference / error))


def _difference(counts: np.ndarray) -> np.ndarray:
    """Return by how much a slice is better than others, float (n,): a mean over classes by Mantel-Haenszel's weights.

    Args:
        counts: float (2, 2, n, classes): in the slice or not, and of these all images or right ones.
    """
    (inside, right_inside), (outside, right_outside) = counts
    weights = inside * outside / np.maximum(inside + outside, 1)
    differences = right_inside / np.maximum(inside, 1) - right_outside / np.maximum(outside, 1)
    return np.asarray((weights * differences).sum(axis=1) / np.maximum(weights.sum(axis=1), np.finfo(float).tiny))


def exact_p_value(tables: Sequence[tuple[int, ...]]) -> float:
    """Return the chance of so many wrong answers in a slice, or more, given how many there are of each class.

    Args:
        tables: of each class wrong answers and images in the slice, then wrong answers and images outside.

    >>> round(exact_p_value([(5, 10, 0, 10)]), 5), round(exact_p_value([(5, 10, 0, 10), (3, 9, 9, 27)]), 5)
    (0.01625, 0.10298)
    """
    chances, at = np.ones(1), 0
    for wrong, images, others_wrong, others in tables:
        least, of_class = _hypergeometric(images, wrong + others_wrong, images + others)
        chances, at = np.convolve(chances, of_class), at + wrong - least
    return float(min(1.0, chances[max(at, 0) :].sum()))


def _hypergeometric(drawn: int, marked: int, all_: int) -> tuple[int, np.ndarray]:
    """Return the least number of marked among drawn ones that has a chance, and the chances from there on."""
    least, most = max(0, drawn - (all_ - marked)), min(drawn, marked)
    number = np.arange(least, most, dtype=np.float64)
    rises = (marked - number) * (drawn - number) / ((number + 1) * (all_ - marked - drawn + number + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(rises))])
    chances = np.exp(logs - logs.max())
    there = np.flatnonzero(chances)  # of many images most numbers are as good as impossible
    return least + int(there[0]), chances[there[0] : there[-1] + 1] / chances.sum()
