"""Slices: whether a model does worse on some kind of images, beyond what chance and many looks explain."""

import os
from collections.abc import Sequence
from math import exp, lgamma
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
    accuracy: Estimate
    rest: Estimate  # the accuracy on all other images
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
        for name, among in _members(facts.named_groups).items()
        if (estimate := Sampling(None).proportion(right, among)) is not None
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].value, -item[1].n, item[0])))


def find_worst_slice(right: np.ndarray, facts: ImageFacts) -> Slices:
    """Return the slice that the model does worst on, if chance does not explain it.

    Slices are groups, quarters by size and by brightness, and source folders, of 10 images or more. Each is compared
    with all other images: by Fisher's exact test, one-sided; where images come in groups, by the difference's standard
    error over groups. The smallest p-value is multiplied by the number of slices, which is the first step of Holm's
    correction: where no slice is worse, one is named in at most 5 % of evaluations.

    Args:
        right: bool (n,), the images that are classified correctly.
        facts: of the same images.

    Source: Fisher, Statistical Methods for Research Workers, 5th edition (1934), § 21.02; Holm, Scandinavian Journal of
    Statistics 6 (1979) 65–70.
    """
    sampling = Sampling.of(facts.groups)
    found = list(_slices(facts, sampling))
    best: tuple[float, float, _Look] | None = None
    for look in found:
        inside, outside = right[look.among], right[~look.among]
        difference = float(outside.mean() - inside.mean())
        if difference < _LEAST_DIFFERENCE:
            continue
        p_value = _p_value(right, look.among, Sampling(None) if look.kind == "group" else sampling)
        if best is None or (p_value, -difference) < best[:2]:
            best = p_value, -difference, look
    if best is None or best[0] * len(found) >= _SIGNIFICANT:
        return Slices(num_looked_at=len(found))
    p_value, _, look = best
    alone = Sampling(None) if look.kind == "group" else sampling
    accuracy, rest = alone.proportion(right, look.among), sampling.proportion(right, ~look.among)
    if accuracy is None or rest is None:
        return Slices(num_looked_at=len(found))
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
    among: np.ndarray  # bool (n,)


def _slices(facts: ImageFacts, sampling: Sampling) -> list[_Look]:
    folders = list(map(source_folder, facts.paths, facts.labels))
    looks = [_Look("group", name, among) for name, among in _members(facts.named_groups).items()]
    if facts.areas is not None:
        looks += _quarters("size", facts.areas, ("smallest", "smaller", "larger", "largest"))
    if facts.brightness is not None:
        looks += _quarters("brightness", facts.brightness, ("darkest", "darker", "brighter", "brightest"))
    looks += [_Look("folder", name, among) for name, among in _members(folders).items()]
    enough = [each for each in looks if min(each.among.sum(), (~each.among).sum()) >= _FEWEST]
    # The same images, as a group and as a folder, are one look.
    different = {each.among.tobytes(): each for each in reversed(enough)}
    return [
        each
        for each in reversed(different.values())
        if each.kind == "group" or sampling.num_units(each.among) >= min(_FEWEST, int(each.among.sum()))
    ]


def _members(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return which images have each name, bool (n,), but none for the name ""."""
    unique, numbers = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    return {name: numbers == number for number, name in enumerate(unique.tolist()) if name}


def _quarters(kind: str, values: np.ndarray, names: Sequence[str]) -> list[_Look]:
    """Return the quarters of images by a value; equal values are in the same one, so that there may be fewer."""
    ends = np.quantile(values, (0.25, 0.5, 0.75))
    numbers = np.searchsorted(ends, values, side="left")
    there = np.unique(numbers).tolist()
    return [_Look(kind, names[number], numbers == number) for number in there] if len(there) > 1 else []


def _p_value(right: np.ndarray, among: np.ndarray, sampling: Sampling) -> float:
    """Return how often chance alone makes a slice as much worse than the rest as this one, or more."""
    if sampling.clusters is None:
        return fisher_p_value(int(right[among].sum()), int(among.sum()), int(right.sum()), len(right))
    inside, outside = right[among].mean(), right[~among].mean()
    influence = among * (right - inside) / among.sum() - ~among * (right - outside) / (~among).sum()
    error = sampling.standard_error(influence)
    if error == 0:
        return 1.0
    num_units = min(sampling.num_units(among), sampling.num_units(~among))
    from scipy.special import stdtr  # only where there are groups

    return float(stdtr(max(num_units - 1, 1), (inside - outside) / error))


def fisher_p_value(num_right: int, num_images: int, right_of_all: int, num_all: int) -> float:
    """Return the chance of so few right answers, or fewer, among images that are drawn from all: the exact test.

    >>> round(fisher_p_value(5, 10, 15, 20), 5)
    0.01625
    """
    least = max(0, num_images - (num_all - right_of_all))
    total = _log_choose(num_all, num_images)
    return min(
        1.0,
        sum(
            exp(_log_choose(right_of_all, at) + _log_choose(num_all - right_of_all, num_images - at) - total)
            for at in range(least, num_right + 1)
        ),
    )


def _log_choose(of: int, count: int) -> float:
    return lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
