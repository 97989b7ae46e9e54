"""Two runs on the same images, or groups of them: what a test needs of them, its power, and several tests corrected."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import ceil
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from classeur.evaluation.intervals import Design, PairedDifference, paired_difference
from classeur.evaluation.power import num_images_for, smallest_difference
from classeur.evaluation.sampling import Sampling

LEVEL = 0.05

Key = tuple[str, ...]  # of an image: its content hash, its label, and of each further file of the same, its number


def keys_of(images: Iterable[tuple[str, str]]) -> list[Key]:
    """Return the key of each of the images of a validation, of which some may be copies of others.

    Args:
        images: content hash and label of each.

    >>> keys_of([("a", "cats"), ("b", "dogs"), ("a", "cats")])
    [('a', 'cats'), ('b', 'dogs'), ('a', 'cats', '2')]
    """
    numbers: Counter[tuple[str, str]] = Counter()
    keys: list[Key] = []
    for image in images:
        numbers[image] += 1
        keys.append(image if numbers[image] == 1 else (*image, str(numbers[image])))
    return keys


class Counted(NamedTuple):
    """Two runs on the same images."""

    only_first: int  # images that only the first got right
    only_second: int
    num_images: int
    sampling: Sampling
    design: Design  # of the difference


def table_of(runs: Sequence[Mapping[Key, bool]], keys: Collection[Key]) -> np.ndarray:
    """Return which run got which image right, bool (runs, images)."""
    return np.array([[run[key] for key in keys] for run in runs], bool)


def count(first: Mapping[Key, bool], second: Mapping[Key, bool], keys: Sequence[Key], sampling: Sampling) -> Counted:
    """Return how many images only the first got right, and how many only the second."""
    table = table_of([first, second], keys)
    design = sampling.design(table[1].astype(np.float64) - table[0])
    return Counted(int((table[0] & ~table[1]).sum()), int((table[1] & ~table[0]).sum()), len(keys), sampling, design)


def sampling_of(groups: Sequence[Mapping[Key, str]], keys: Sequence[Key]) -> Sampling:
    """Return which images are independent: those do not that belong together by any of the runs."""
    named = [[each.get(key, "") for key in keys] for each in groups]
    different = list(dict.fromkeys(tuple(names) for names in named if any(names)))
    leaders: dict[tuple[int, str], tuple[int, str]] = {}

    def leader(group: tuple[int, str]) -> tuple[int, str]:
        while leaders.setdefault(group, group) != group:
            leaders[group] = group = leaders[leaders[group]]
        return group

    of_each = [[(number, name) for number, name in enumerate(names) if name] for names in zip(*different, strict=True)]
    for first, *others in filter(None, of_each):
        for other in others:
            leaders[leader(other)] = leader(first)
    return Sampling.of([leader(groups[0]) if groups else None for groups in of_each])


def difference_of(counted: Counted, confidence: float) -> PairedDifference:
    """Return the accuracy of the second minus that of the first, by one test and interval."""
    only_first, only_second, num_images, _, design = counted
    return paired_difference(only_second, only_first, num_images, confidence=confidence, design=design)


def power_of(counted: Counted, difference: float, confidence: float) -> tuple[float | None, int | None]:
    """Return the smallest difference that so many images show four times in five, and how many show this one.

    Of groups, as many images more are needed as the design effect says.
    """
    num_images, design = counted.num_images, counted.design
    disagreement = (counted.only_first + counted.only_second) / num_images
    if not disagreement:
        return None, None
    as_normal, effective = 2 * NormalDist().cdf(design.quantile(confidence)) - 1, int(num_images / design.effect)
    least = smallest_difference(effective, disagreement, confidence=as_normal) if as_normal < 1 and effective else None
    if not difference:
        return least, None
    needed = ceil(design.effect * num_images_for(difference, disagreement, confidence=confidence))
    # Fewer than there are would be needed only by chance: these did not suffice.
    return least, max(num_images + 1, needed)


class Step(NamedTuple):
    """What Holm's method makes of one of several tests."""

    p_value: float  # corrected
    level: float  # at which it is made


def holm(p_values: Sequence[float], *, level: float = LEVEL) -> list[Step]:
    """Return the corrected p-value of each of several tests, and the level of an interval that agrees with it.

    The smallest of m p-values is tested at level / m, the next at level / (m − 1), up to the first that is not below
    its own; that one's level is also that of all after it, none of which finds anything.

    Source: Holm, as above; corrected p-values as in Wright, Biometrics 48 (1992) 1005–1013.

    >>> [round(step.p_value, 3) for step in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    >>> [round(step.level, 4) for step in holm([0.01, 0.04, 0.03])]
    [0.0167, 0.025, 0.025]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    steps = [Step(1.0, level)] * len(p_values)
    corrected, its_level, has_ended = 0.0, level, False
    for place, number in enumerate(order):
        left = len(p_values) - place
        corrected = min(1.0, max(corrected, left * p_values[number]))
        if not has_ended:
            its_level = level / left
            has_ended = p_values[number] >= its_level
        steps[number] = Step(corrected, its_level)
    return steps
