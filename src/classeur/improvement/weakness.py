"""Weakness: the class that a model recognises worse than the others, beyond chance."""

from collections.abc import Sequence
from math import hypot
from statistics import NormalDist
from typing import NamedTuple

from classeur.evaluation.sampling import CONFIDENCE
from classeur.evaluation.scoring import ClassScore, Score

# A smaller difference of recall is not reported, however certain.
_LEAST_DIFFERENCE = 0.05
# Of the test.
_LEVEL = 0.05


class Weakness(NamedTuple):
    """The class whose recall is least likely by chance."""

    class_name: str
    recall: float
    num_images: int
    recall_of_others: float
    p_value: float  # corrected for the number of classes
    of_groups: bool = False  # whether it is by groups of images, not by Fisher's test of single ones


# A class is lost if hardly any of its images is recognised, and of the others most are.
_LOST, _KEPT = 0.1, 0.5


def weakest_class(score: Score) -> Weakness | None:
    """Return the class that is recognised worse than the others by 5 points or more, beyond chance; else None."""
    return min(_weak_classes(score), key=lambda each: each.p_value, default=None)


def lost_class(score: Score) -> Weakness | None:
    """Return the class of which at most a tenth is recognised, and of the others half or more, beyond chance; or None.

    It need not be the one that is least likely: a class of few images can be lost beside a larger one that is weak.
    """
    lost = [each for each in _weak_classes(score) if each.recall <= _LOST and each.recall_of_others >= _KEPT]
    return min(lost, key=lambda each: each.p_value, default=None)


def _weak_classes(score: Score) -> list[Weakness]:
    """Return the classes that are recognised worse than the others, beyond chance.

    If all classes were recognised equally, the correct images would be spread over the classes as drawn from one urn.
    So each class is tested against the rest with Fisher's exact test, one-sided. The worst of K classes looks bad by
    chance up to K times as often as one, so its p-value is multiplied by K. Where images come in groups, they were not
    drawn one by one: then the recalls' intervals, which are of groups, tell how far apart chance brings them.

    Source: Fisher, Statistical Methods for Research Workers, 5th edition (1934), § 21.02; Bonferroni's correction, as
    in Holm, Scandinavian Journal of Statistics 6 (1979) 65–70; of groups: Zou, Donner, Statistics in Medicine 27 (2008)
    1693–1702.
    """
    judged = [(name, each) for name, each in score.per_class.items() if each.num_images]
    found: list[Weakness] = []
    for name, each in judged:
        num_others = score.num_images - each.num_images
        num_right = round(each.recall.value * each.num_images) if each.recall else 0
        if not num_others or not score.num_correct:
            continue
        others = (score.num_correct - num_right) / num_others
        recall = num_right / each.num_images
        if others - recall < _LEAST_DIFFERENCE:
            continue
        of_groups = each.recall is not None and each.recall.method != "Wilson"
        if of_groups:
            p_value = _p_value_of_groups(each, [other for at, other in judged if at != name])
        else:
            from scipy.stats import hypergeom  # a second to import: only where there is something to test

            p_value = float(hypergeom.cdf(num_right, score.num_images, score.num_correct, each.num_images))
        found.append(Weakness(name, recall, each.num_images, others, min(1.0, len(judged) * p_value), of_groups))
    return [each for each in found if each.p_value < _LEVEL]


def _p_value_of_groups(one: ClassScore, others: Sequence[ClassScore]) -> float:
    """Return how often chance alone makes the recall of a class as much lower than that of the others, or more."""
    recalls = [(each.recall, each.num_images) for each in others if each.recall]
    num_images = sum(number for _, number in recalls)
    value = sum(recall.value * number for recall, number in recalls) / num_images
    below = sum(((recall.value - recall.low) * number) ** 2 for recall, number in recalls) ** 0.5 / num_images
    assert one.recall is not None
    reach = hypot(below, one.recall.high - one.recall.value)
    normal = NormalDist()
    return 1 - normal.cdf(normal.inv_cdf(0.5 + CONFIDENCE / 2) * (value - one.recall.value) / reach) if reach else 1.0
