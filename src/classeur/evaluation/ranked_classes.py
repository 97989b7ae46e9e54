"""How well each class is told from all others, with intervals: areas under the ROC curve and average precisions."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from classeur.estimate import Estimate
from classeur.evaluation.intervals import Design, Interval, auroc_interval, wilson_interval
from classeur.evaluation.ranking import Ranked, area_under_roc, average_precision, log_odds
from classeur.evaluation.sampling import CONFIDENCE, Sampling, on_logit_scale, student_quantile, wilson_of

# Of fewer images, or groups, how much those of a class differ is not told by what they show; nor where a few have most
# of the influence, which leaves fewer degrees of freedom than these. By benchmarks/few_images.py, of 8 to 30.
_FEW, _FEW_FREEDOM = 30, 12


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

    The interval is that of DeLong's influences on the scale of log(v / (1 − v)). Where few images tell how much those
    of a class differ, since there are few or few have most of the influence, it is no narrower than Newcombe's.
    """
    if not ranked:
        return None
    classes = list(ranked.values())
    if len(classes) == 1 or _are_one(classes):
        return _area_of(classes[0], sampling)
    # An image of a class counts in the areas of the others, too.
    sizes = np.array([each.is_of.sum() for each in classes])
    others = (1 / (len(classes[0].is_of) - sizes)).sum() - 1 / (len(classes[0].is_of) - sizes)
    weights = ((1 + sizes * others) / len(classes)).tolist()
    influence = np.mean([each.area.influence for each in classes], axis=0)
    is_few = sampling.freedom(influence) < _FEW_FREEDOM
    few = [
        _Stratum(each, each.area, each.is_of, each.num_inside, weight)
        for each, weight in zip(classes, weights, strict=True)
        if is_few or each.num_inside < _FEW
    ]
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


def _are_one(classes: Sequence[RankedClass]) -> bool:
    """Return whether these are two classes without a third, which have the same area, by the same influences."""
    if len(classes) != 2:
        return False
    first, second = classes
    is_whole = bool((first.is_of != second.is_of).all())
    # Of one image each, there is no influence, and the areas may be 0 and 1.
    is_same = np.isclose(first.area.value, second.area.value, rtol=1e-6, atol=1e-12)
    return bool(is_whole and is_same) and np.allclose(
        first.area.influence, second.area.influence, rtol=1e-6, atol=1e-12
    )


def _area_of(one: RankedClass, sampling: Sampling) -> Estimate:
    """Return the area of one class against all others.

    Source: of few images Welch, Biometrika 34 (1947) 28–35, the degrees of freedom of two sets; one image may be
    anywhere, 0 … 1.
    """
    value, influence = one.area.value, one.area.influence
    units = np.array([one.num_inside, one.num_outside])
    how, (low, high) = "DeLong, logit", on_logit_scale(value, sampling.half_width(influence))
    if units.min() == 1:
        how, low, high = "of one image or group", 0.0, 1.0
    elif units.min() < _FEW or sampling.freedom(influence) < _FEW_FREEDOM or low == high:
        floor = _newcombe(one, sampling)
        squares = np.array([sampling.error_within(influence, among) ** 2 for among in (one.is_of, ~one.is_of)])
        how, low, high = "Newcombe", floor.low, floor.high
        if squares.any():
            how = "the wider of DeLong and Newcombe"
            freedom = float(squares.sum() ** 2 / (np.square(squares) / (units - 1)).sum())
            error = max(float(squares.sum()) ** 0.5, sampling.standard_error(influence))
            spread = on_logit_scale(value, Design(freedom=freedom).quantile(CONFIDENCE) * error)
            low, high = min(spread.low, floor.low), max(spread.high, floor.high)
    return Estimate(value=value, low=low, high=high, method=how + sampling.how, n=len(influence))


def mean_precision(ranked: Mapping[int, RankedClass], sampling: Sampling) -> Estimate | None:
    """Return the mean average precision of classes; None of none.

    The interval is that of its influences; where these say nothing, at 1, Wilson's of as many images of the class; and
    of classes of few images as in `mean_auroc`, with Wilson's in place of Newcombe's.
    """
    if not ranked:
        return None
    classes = list(ranked.values())
    influence = np.mean([each.precision.influence for each in classes], axis=0)
    is_few = sampling.freedom(influence) < _FEW_FREEDOM
    few = [
        _Stratum(each, each.precision, each.is_of, each.num_inside, 1 / len(classes))
        for each in classes
        if is_few or each.num_inside < _FEW
    ]
    value = float(np.mean([each.precision.value for each in classes]))
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
