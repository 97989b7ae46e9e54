"""How well each class is told from all others, with intervals: areas under the ROC curve and average precisions."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from classeur.estimate import Estimate
from classeur.evaluation.intervals import Design, Interval, auroc_interval, wilson_interval
from classeur.evaluation.ranking import Ranked, area_under_roc, average_precision, log_odds
from classeur.evaluation.sampling import CONFIDENCE, Sampling, on_logit_scale, student_quantile, wilson_of

# Of fewer images, or groups, how much those of a class differ is not told by what they show.
_FEW = 30


class RankedClass(NamedTuple):
    """One class against all others."""

    area: Ranked  # under the ROC curve
    precision: Ranked  # average precision
    is_of: np.ndarray  # bool (n,), the images of it
    num_inside: int  # images of it that are independent of each other
    num_outside: int  # of the others


def rank_classes(logits: np.ndarray, labels: np.ndarray, sampling: Sampling) -> dict[int, RankedClass]:
    """Return, by number, each class that has images and is not alone.

    Args:
        logits: float (n, classes).
        labels: int (n,).
        sampling: of the images.
    """
    odds, found = log_odds(logits), {}
    for number in np.unique(labels).tolist():
        is_of = labels == number
        if is_of.all():
            continue
        scores = odds[:, number]
        num_inside, num_outside = sampling.num_units(is_of), sampling.num_units(~is_of)
        found[number] = RankedClass(
            area_under_roc(scores, is_of), average_precision(scores, is_of), is_of, num_inside, num_outside
        )
    return found


def mean_auroc(ranked: Mapping[int, RankedClass], sampling: Sampling) -> Estimate | None:
    """Return the mean area under the ROC curve of classes; None of none.

    The interval is that of DeLong's influences on the scale of log(v / (1 − v)); where these say nothing, at 1,
    Newcombe's. How much the images of a class differ is told by these alone: where they are few, `_of_few` has how far
    they bring the mean.
    """
    if not ranked:
        return None
    classes = list(ranked.values())
    if len(classes) == 1:
        (one,) = classes
        sides = [(one.is_of, one.num_inside), (~one.is_of, one.num_outside)]
        strata = [_Stratum(one, one.area, among, count, 1.0) for among, count in sides]
    else:
        # An image of a class counts in the areas of the others, too.
        sizes = np.array([each.is_of.sum() for each in classes])
        others = (1 / (len(classes[0].is_of) - sizes)).sum() - 1 / (len(classes[0].is_of) - sizes)
        weights = ((1 + sizes * others) / len(classes)).tolist()
        strata = [
            _Stratum(each, each.area, each.is_of, each.num_inside, weight)
            for each, weight in zip(classes, weights, strict=True)
        ]
    few = [each for each in strata if each.num_units < _FEW]
    influence = np.mean([each.area.influence for each in classes], axis=0)
    for each in few:
        influence[each.among] = 0
    value = float(np.mean([each.area.value for each in classes]))
    how, (low, high) = "DeLong, logit", on_logit_scale(value, sampling.half_width(influence))
    if few:
        how = "MOVER of DeLong and Newcombe"
        low, high = _of_few(few, sampling, Interval(low, high), value, [_newcombe(each.of, sampling) for each in few])
    elif low == high:
        how, ends = "Newcombe", [_newcombe(each, sampling) for each in classes]
        low, high = float(np.mean([end.low for end in ends])), float(np.mean([end.high for end in ends]))
    return Estimate(value=value, low=low, high=high, method=how + sampling.how, n=len(influence))


def mean_precision(ranked: Mapping[int, RankedClass], sampling: Sampling) -> Estimate | None:
    """Return the mean average precision of classes; None of none.

    The interval is that of its influences; where these say nothing, at 1, Wilson's of as many images of the class; and
    of classes of few images as in `mean_auroc`, with Wilson's in place of Newcombe's.
    """
    if not ranked:
        return None
    classes = list(ranked.values())
    few = [
        _Stratum(each, each.precision, each.is_of, each.num_inside, 1 / len(classes))
        for each in classes
        if each.num_inside < _FEW
    ]
    value = float(np.mean([each.precision.value for each in classes]))
    influence = np.mean([each.precision.influence for each in classes], axis=0)
    for each in few:
        influence[each.among] -= each.own.influence[each.among] / len(classes)
    how, (low, high) = "delta, logit", on_logit_scale(value, sampling.half_width(influence))
    if few:
        how = "MOVER of delta and Wilson"
        counts = [sampling.num_effective(each.own.influence, each.among) for each in few]
        floors = [
            wilson_of(each.own.value, count, student_quantile(inf)) for each, count in zip(few, counts, strict=True)
        ]
        low, high = _of_few(few, sampling, Interval(low, high), value, floors)
    elif low == high:
        ends = [wilson_interval(each.num_inside, each.num_inside) for each in classes]
        how, low, high = "Wilson", float(np.mean([end.low for end in ends])), value
    return Estimate(value=value, low=low, high=high, method=how + sampling.how, n=len(influence))


def _newcombe(of: RankedClass, sampling: Sampling) -> Interval:
    counts = [sampling.num_effective(of.area.influence, among) for among in (of.is_of, ~of.is_of)]
    return auroc_interval(of.area.value, *counts)


class _Stratum(NamedTuple):
    """The images of a class, or of all others, and the number that they have most to do with."""

    of: RankedClass
    own: Ranked  # of that class
    among: np.ndarray  # bool (n,)
    num_units: int
    weight: float  # of that number, in the mean


def _of_few(
    few: Sequence[_Stratum], sampling: Sampling, rest: Interval, value: float, floors: Sequence[Interval]
) -> Interval:
    """Return the interval of a mean from that which is left without the images of small classes, and from theirs.

    Two images may be as far from all others by chance, as if nothing varied; Student's quantile, of as many degrees of
    freedom as small classes of equal variance have together, tells that of their spread, and the floor what it may be
    where they show none. One image may be anywhere: 0 … 1. Squared distances are added.

    Source: Zou, Donner, Statistics in Medicine 27 (2008) 1693–1702, the sum; Satterthwaite, Biometrics Bulletin 2
    (1946) 110–114, the degrees of freedom.
    """
    variances = np.array([each.weight**2 / each.num_units for each in few if each.num_units > 1])
    shares = np.array([1 / (each.num_units - 1) for each in few if each.num_units > 1])
    quantile = inf
    if len(variances):
        freedom = float(variances.sum() ** 2 / (np.square(variances) * shares).sum())
        quantile = Design(freedom=freedom).quantile(CONFIDENCE)
    below, above = (value - rest.low) ** 2, (rest.high - value) ** 2
    for each, floor in zip(few, floors, strict=True):
        low, high = 0.0, 1.0
        if each.num_units > 1:
            spread = on_logit_scale(each.own.value, quantile * sampling.error_within(each.own.influence, each.among))
            low, high = min(spread.low, floor.low), max(spread.high, floor.high)
        below += (each.weight * (each.own.value - low)) ** 2
        above += (each.weight * (high - each.own.value)) ** 2
    return Interval(max(0.0, value - below**0.5), min(1.0, value + above**0.5))
