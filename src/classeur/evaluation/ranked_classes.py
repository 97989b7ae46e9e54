"""How well each class is told from all others, with intervals: areas under the ROC curve and average precisions."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from classeur.estimate import Estimate
from classeur.evaluation.intervals import auroc_interval, wilson_interval
from classeur.evaluation.ranking import Ranked, area_under_roc, average_precision, log_odds
from classeur.evaluation.sampling import Sampling, on_logit_scale


class RankedClass(NamedTuple):
    """One class against all others."""

    area: Ranked  # under the ROC curve
    precision: Ranked  # average precision
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
            area_under_roc(scores, is_of), average_precision(scores, is_of), num_inside, num_outside
        )
    return found


def mean_auroc(ranked: Mapping[int, RankedClass], sampling: Sampling) -> Estimate | None:
    """Return the mean area under the ROC curve of classes; None of none.

    The interval is that of DeLong's influences on the scale of log(v / (1 − v)); where these say nothing, at 1,
    Newcombe's.
    """
    if not ranked:
        return None
    classes = list(ranked.values())
    value = float(np.mean([each.area.value for each in classes]))
    influence = np.mean([each.area.influence for each in classes], axis=0)
    half = sampling.half_width(influence)
    how, (low, high) = "DeLong, logit", on_logit_scale(value, half)
    if low == high:
        ends = [auroc_interval(each.area.value, each.num_inside, each.num_outside) for each in classes]
        how, low, high = (
            "Newcombe",
            float(np.mean([end.low for end in ends])),
            float(np.mean([end.high for end in ends])),
        )
    return Estimate(value=value, low=low, high=high, method=how + sampling.how, n=len(influence))


def mean_precision(ranked: Mapping[int, RankedClass], sampling: Sampling) -> Estimate | None:
    """Return the mean average precision of classes; None of none.

    The interval is that of its influences; where these say nothing, at 1, Wilson's of as many images of the class.
    """
    if not ranked:
        return None
    classes = list(ranked.values())
    value = float(np.mean([each.precision.value for each in classes]))
    influence = np.mean([each.precision.influence for each in classes], axis=0)
    half = sampling.half_width(influence)
    how, (low, high) = "delta, logit", on_logit_scale(value, half)
    if low == high:
        ends = [wilson_interval(each.num_inside, each.num_inside) for each in classes]
        how, low, high = "Wilson", float(np.mean([end.low for end in ends])), value
    return Estimate(value=value, low=low, high=high, method=how + sampling.how, n=len(influence))
