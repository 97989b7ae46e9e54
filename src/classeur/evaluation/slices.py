"""Slices: whether a model does worse on some kind of images, beyond what chance and many looks explain."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.estimate import Estimate
from classeur.evaluation.sampling import Sampling

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
        """The group of each image, "" for those that have none with a name: bursts and near-duplicates have none."""
        paths = set(self.paths)
        return ["" if group in paths else group for group in self.groups]


def accuracy_by_group(right: np.ndarray, facts: ImageFacts) -> dict[str, Estimate]:
    """Return the accuracy on each group that has a name, the worst first; empty if there are none."""
    found = {
        name: estimate
        for name, among in _members(facts.named_groups).items()
        if (estimate := Sampling(None).proportion(right, among)) is not None
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].value, -item[1].n, item[0])))


def find_worst_slice(right: np.ndarray, facts: ImageFacts) -> Slices:
    """Return the slice that the model does worst on, if neither chance nor its classes explain it.

    Slices are groups, quarters by size and by brightness, and source folders, of 10 images or more. Each is compared
    with all other images of the same classes, class by class, so that a folder of one hard class is no alarm: by the
    exact test of several tables; where images come in groups, by the difference's standard error over groups. The
    smallest p-value is multiplied by the number of slices, which is the first step of Holm's correction: where no slice
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
    found = list(_slices(facts, classes, sampling))
    best: tuple[float, float, _Look, Estimate, Estimate] | None = None
    for look in found:
        # A group is looked at as it is, not as one of many.
        alone = Sampling(None) if look.kind == "group" else sampling
        accuracy, rest = alone.proportion(right, look.among), _as_in(look, right, classes, sampling)
        if accuracy is None or rest.value - accuracy.value < _LEAST_DIFFERENCE:
            continue
        p_value = _p_value(right, look, classes, alone)
        if best is None or (p_value, accuracy.value - rest.value) < best[:2]:
            best = p_value, accuracy.value - rest.value, look, accuracy, rest
    if best is None or best[0] * len(found) >= _SIGNIFICANT:
        return Slices(num_looked_at=len(found))
    p_value, _, look, accuracy, rest = best
    worst = Slice(kind=look.kind, name=look.name, accuracy=accuracy, rest=rest, p_value=p_value * len(found))
    return Slices(num_looked_at=len(found), worst=worst)


def source_folder(path: str, label: str) -> str:
    """Return the folders of an image's path without those of its class and split.

    >>> source_folder("train/cats/phone/a.jpg", "cats"), source_folder("cats/a.jpg", "cats")
    ('phone', '')
    """
    folders = path.split("/")[:-1]
    return "/".join(each for each in folders if each != label and each.casefold() not in _SPLIT_FOLDERS)


class _Look(NamedTuple):
    kind: str
    name: str
    among: np.ndarray  # bool (n,), its images, of classes that others have, too
    others: np.ndarray  # bool (n,), all others of these classes


def _slices(facts: ImageFacts, classes: np.ndarray, sampling: Sampling) -> list[_Look]:
    folders = list(map(source_folder, facts.paths, facts.labels))
    named = [("group", name, among) for name, among in _members(facts.named_groups).items()]
    if facts.areas is not None:
        named += _quarters("size", facts.areas, ("smallest", "smaller", "larger", "largest"))
    if facts.brightness is not None:
        named += _quarters("brightness", facts.brightness, ("darkest", "darker", "brighter", "brightest"))
    named += [("folder", name, among) for name, among in _members(folders).items()]
    looks = []
    for kind, name, among in named:
        inside, outside = (np.bincount(classes[part], minlength=classes.max() + 1) for part in (among, ~among))
        compared = ((inside > 0) & (outside > 0))[classes]
        looks.append(_Look(kind, name, among & compared, ~among & compared))
    enough = [each for each in looks if min(each.among.sum(), each.others.sum()) >= _FEWEST]
    # The same images, as a group and as a folder, are one look.
    different = {each.among.tobytes(): each for each in reversed(enough)}
    return [
        each
        for each in reversed(different.values())
        if each.kind == "group" or sampling.num_units(each.among) >= min(_FEWEST, int(each.among.sum()))
    ]


def _as_in(look: _Look, right: np.ndarray, classes: np.ndarray, sampling: Sampling) -> Estimate:
    """Return the accuracy on other images if their classes were as frequent as in a slice.

    The intervals of the classes' accuracies are added by their squared distances.

    Source: Zou, Donner, Statistics in Medicine 27 (2008) 1693–1702.
    """
    value = below = above = 0.0
    method = "Wilson"
    for number in np.unique(classes[look.among]).tolist():
        weight = float((classes[look.among] == number).mean())
        found = sampling.proportion(right, look.others & (classes == number))
        if found is not None:  # never of a class that both have
            value += weight * found.value
            below += (weight * (found.value - found.low)) ** 2
            above += (weight * (found.high - found.value)) ** 2
            method = found.method if weight == 1 else f"MOVER of Wilson{sampling.how}"
    return Estimate(
        value=value, low=value - below**0.5, high=min(1.0, value + above**0.5), method=method, n=int(look.others.sum())
    )


def _members(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return which images have each name, bool (n,), but none for the name ""."""
    unique, numbers = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    return {name: numbers == number for number, name in enumerate(unique.tolist()) if name}


def _quarters(kind: str, values: np.ndarray, names: Sequence[str]) -> list[tuple[str, str, np.ndarray]]:
    """Return the quarters of images by a value; equal values are in the same one, so that there may be fewer."""
    ends = np.quantile(values, (0.25, 0.5, 0.75))
    numbers = np.searchsorted(ends, values, side="left")
    there = np.unique(numbers).tolist()
    return [(kind, names[number], numbers == number) for number in there] if len(there) > 1 else []


def _p_value(right: np.ndarray, look: _Look, classes: np.ndarray, sampling: Sampling) -> float:
    """Return how often chance alone makes a slice as much worse than other images of its classes, or more."""
    if sampling.clusters is not None:
        return _grouped_p_value(right, look, classes, sampling)
    parts = (look.among & ~right, look.among, look.others & ~right, look.others)
    counts = np.stack([np.bincount(classes[part], minlength=int(classes.max()) + 1) for part in parts], axis=1)
    return exact_p_value([tuple(each) for each in counts.tolist() if each[1]])


def _grouped_p_value(right: np.ndarray, look: _Look, classes: np.ndarray, sampling: Sampling) -> float:
    """Return the same of images in groups: by the jackknife, which leaves out one group after the other.

    Source: Bell, McCaffrey, Survey Methodology 28 (2002) 169–181: never too sure of few groups, as linearisation is.
    """
    assert sampling.clusters is not None
    compared = look.among | look.others
    groups, numbers = np.unique(sampling.clusters[compared], return_inverse=True)
    kinds = np.unique(classes[compared], return_inverse=True)[1]
    shape = (len(groups), int(kinds.max()) + 1)
    counts = np.zeros((2, 2, *shape))  # in the slice or not, all images or right ones, by group and class
    for at, part in enumerate((look.among[compared], look.others[compared])):
        np.add.at(counts[at, 0], (numbers[part], kinds[part]), 1)
        np.add.at(counts[at, 1], (numbers[part], kinds[part]), right[compared][part])
    total = counts.sum(axis=2, keepdims=True)
    difference, without = float(_difference(total)[0]), _difference(total - counts)
    error = float(((len(groups) - 1) / len(groups) * np.square(without - without.mean()).sum()) ** 0.5)
    if error == 0:
        return 1.0
    num_units = min(sampling.num_units(look.among), sampling.num_units(look.others))
    from scipy.special import stdtr  # only where there are groups

    return float(stdtr(max(num_units - 1, 1), difference / error))


def _difference(counts: np.ndarray) -> np.ndarray:
    """Return by how much a slice is better than others, float (n,): a mean over classes by Mantel-Haenszel's weights.

    Args:
        counts: float (2, 2, n, classes): in the slice or not, all images or right ones.
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
