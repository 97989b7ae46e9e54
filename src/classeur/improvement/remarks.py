"""Remarks on a run, beside the verdict: each a function of the evidence and the verdict, to a finding or None."""

from collections.abc import Callable
from statistics import median

from classeur.data.findings import Change, Finding, Values
from classeur.evaluation.learning_curve import LearningCurve
from classeur.improvement.advice import compare_with, transfer
from classeur.improvement.evidence import Evidence
from classeur.improvement.weakness import weakest_class

# With fewer points any power law fits a learning curve.
_FEWEST_POINTS = 3
# Share of the images below which their groups are told beside them: a few copies change nothing.
_FEWER = 0.9
# A learning curve says nothing of more than this many times its training images.
MOST_IMAGES = 100
# Confusions that are named.
_MOST_CONFUSIONS = 3
# Verdicts under which a network has learned what there is to judge class by class.
_HAS_LEARNED = ("overfitting", "fine")
# Remarks that advise a transfer.
TRANSFERS = ("transfer-better", "from-scratch")
# Verdicts under which a transfer was measured to help: docs/results.md, "Does the advice help?".
_LACKING = (
    "diverged", "collapsed", "rate-too-high", "rate-too-low", "dead", "chance", "overfitting", "not-converged",
    "underfitting",
)  # fmt: skip


def more_images(curve: LearningCurve, subject: str, *, is_any_new: bool = True) -> Finding:
    """Return what twice as many training images would bring, and how many would halve the errors.

    Args:
        curve: of a head.
        subject: the run or the data.
        is_any_new: whether a validation image belongs with none in training; else nothing is promised.

    >>> import numpy as np
    >>> from classeur.evaluation.learning_curve import fit_curve
    >>> right = [np.arange(1000) < 1000 * (1 - error) * np.ones((3, 1)) for error in (0.4, 0.2, 0.1)]
    >>> found = more_images(fit_curve([50, 100, 200], right, train_accuracies=[1, 1, 1]), "animals")
    >>> found.values["num_train"], round(found.values["gain"], 2)
    (200, 0.05)
    """
    last, gain = curve.points[-1], curve.gain(2.0)
    values: Values = {"num_train": last.num_images, "accuracy": last.validation.value, "factor": 2}
    missing, most = 1 - last.validation.value, 1 - last.validation.low
    if 0 < curve.num_groups < _FEWER * last.num_images:
        values["num_groups"] = curve.num_groups
    if not is_any_new:
        return Finding(code="more-images", severity="note", subject=subject, values={**values, "none_new": True})
    if len(curve.points) < _FEWEST_POINTS or not missing:
        return Finding(code="more-images", severity="note", subject=subject, values=values)
    if not curve.judges.are_enough:
        values.update(num_validation=last.validation.n, num_validation_groups=curve.judges.num_groups)
        return Finding(code="more-images", severity="note", subject=subject, values=values)
    half = curve.num_images_to_halve()
    # No more can be gained than may be missing now.
    values.update(gain=min(gain.value, most), gain_low=min(gain.low, most), gain_high=min(gain.high, most))
    if half.value < MOST_IMAGES * last.num_images:
        high = half.high if half.high < MOST_IMAGES * last.num_images else None
        values.update(num_to_halve=round(half.value), num_to_halve_low=round(half.low), num_to_halve_high=high)
    return Finding(code="more-images", severity="note", subject=subject, values=values)


def _unjudged(evidence: Evidence, _: str) -> Finding | None:
    """Classes without a validation image."""
    missing = evidence.validation.unjudged
    if not missing:
        return None
    judged = [name for name in evidence.validation.per_class if name not in missing]
    return Finding(
        code="unjudged",
        severity="warning",
        subject=evidence.run,
        values={"classes": list(missing), "judged": judged, "accuracy": evidence.validation.accuracy.value},
        changes=(Change(code="judge-every-class"),),
    )


def _weak_class(evidence: Evidence, verdict: str) -> Finding | None:
    """One class has much lower recall than the others."""
    if verdict not in _HAS_LEARNED:
        return None
    weak = weakest_class(evidence.validation)
    if weak is None:
        return None
    counts = {name: each.num_images for name, each in evidence.train.per_class.items()}
    usual = median(counts.values())
    confusions = [each for each in evidence.validation.confusions() if each.true == weak.class_name]
    taken_for = [[each.predicted, each.num_images] for each in confusions[:_MOST_CONFUSIONS]]
    few = 2 * counts[weak.class_name] < usual
    return Finding(
        code="weak-class",
        severity="note",
        subject=weak.class_name,
        values={
            "recall": weak.recall,
            "num_images": weak.num_images,
            "recall_of_others": weak.recall_of_others,
            "p_value": weak.p_value,
            "taken_for": taken_for,
            "num_train": counts[weak.class_name],
            "usual_num_train": usual,
        },
        changes=(Change(code="more-of-class" if few else "look-at-confusions"),),
    )


def _confusions(evidence: Evidence, verdict: str) -> Finding | None:
    """Which classes are predicted as which others, if no single class is weak."""
    if verdict not in _HAS_LEARNED or len(evidence.validation.per_class) < 3:
        return None
    found = evidence.validation.confusions()[:_MOST_CONFUSIONS]
    if not found or weakest_class(evidence.validation) is not None:
        return None
    return Finding(
        code="confusions", severity="note", subject=evidence.run, values={"confusions": [list(each) for each in found]}
    )


def _uncertain(evidence: Evidence, _: str) -> Finding | None:
    """Few validation images leave the accuracy uncertain."""
    score = evidence.validation
    half = (score.accuracy.high - score.accuracy.low) / 2
    if half < 0.02:
        return None
    values = {"num_validation": score.num_images, "half_width": half}
    return Finding(code="uncertain", severity="note", subject=evidence.run, values=values)


def _transfer_better(evidence: Evidence, verdict: str) -> Finding | None:
    """A pretrained network that is known to do better on the same validation images, by how much."""
    best = evidence.transferred
    if verdict == "leak-suspected" or best is None or best.p_value >= 0.05 or best.pair.difference.low <= 0:
        return None
    difference, is_run = best.pair.difference, bool(best.pair.second)
    return Finding(
        code="transfer-better",
        severity="note" if verdict == "fine" else "warning",
        subject=evidence.run,
        values={
            "certainty": "certain",
            "beside": best.pair.second,  # "" where it was measured on kept features
            "num_images": difference.n,
            "difference": difference.value,
            "low": difference.low,
            "high": difference.high,
            "p_value": best.p_value,
            "num_groups": best.pair.num_groups,
            "accuracy": evidence.validation.accuracy.value + difference.value,
        },
        changes=(compare_with(evidence, best.pair.second) if is_run else transfer(evidence),),
    )


def _from_scratch(evidence: Evidence, verdict: str) -> Finding | None:
    """A network that is not good enough, and started with random weights where a pretrained one is at hand."""
    if verdict not in _LACKING or evidence.from_run or evidence.is_frozen or evidence.transferred is not None:
        return None
    return Finding(
        code="from-scratch",
        severity="note",
        subject=evidence.run,
        values={"certainty": "likely", "num_train": evidence.train.num_images},
        changes=(transfer(evidence),),
    )


def _more_images(evidence: Evidence, _: str) -> Finding | None:
    """What more photographs of the same kind would bring, by the learning curve."""
    leaked = evidence.validation.leaked
    is_any_new = (leaked is None or leaked.dropped) and (evidence.leak is None or evidence.leak.num_other > 0)
    return None if evidence.curve is None else more_images(evidence.curve, evidence.run, is_any_new=is_any_new)


# To add a remark, write a function of the evidence and the verdict, and list it here.
REMARKS: tuple[Callable[[Evidence, str], Finding | None], ...] = (
    _more_images, _unjudged, _weak_class, _confusions, _uncertain, _transfer_better, _from_scratch,
)  # fmt: skip
