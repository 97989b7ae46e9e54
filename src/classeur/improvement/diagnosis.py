"""Diagnosis: whether a run overfits, underfits, is at chance or none of these; by which numbers; what to try next.

It compares the score on the training images, without augmentation and dropout, with that on the validation images. The
curves alone mislead: with augmentation, training accuracy is measured on harder images. The findings are values;
`delivery` has the sentences.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import median
from types import MappingProxyType
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from classeur.data.findings import Change, Command, Finding, Values
from classeur.evaluation.chance import chance_accuracy
from classeur.evaluation.intervals import difference_interval, wilson_interval
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.advice import against_chance, against_overfitting, against_underfitting, transfer
from classeur.improvement.comparison import Judged
from classeur.improvement.earlier import better_earlier
from classeur.improvement.evidence import Evidence, free_run, next_run
from classeur.improvement.weakness import weakest_class
from classeur.models.assembly import architecture
from classeur.training.history import History
from classeur.training.learning_curve import LearningCurve
from classeur.training.recipe import Recipe

# A smaller gap is not worth a change, however certain.
_GAP = 0.05
# If a gap may be 0 or as large as this, the images are too few.
_SERIOUS_GAP = 3 * _GAP
# Validation loss has risen by this share over its lowest value: Prechelt's "generalisation loss" (Neural Networks:
# Tricks of the Trade, 1998) of 5 %.
_LOSS_RISE = 0.05
# Training accuracy below which a network has not learned its own images.
_UNDERFIT = 0.9
# A network is at chance if it may not have come this share of the way from chance to perfection.
_STUCK = 0.2
# With a wider interval of the training accuracy, it is not certain whether the network has learned its images.
_WIDE = 0.15
# Epochs over which "still falling" is measured.
_TAIL = 3
# With fewer points any power law fits a learning curve.
_FEWEST_POINTS = 3
# A learning curve says nothing of more than this many times its training images.
MOST_IMAGES = 100
# Confusions that are named.
_MOST_CONFUSIONS = 3


class Diagnosis(BaseModel):
    """The findings about a run, the verdict first."""

    model_config = ConfigDict(frozen=True)

    verdict: str  # overfitting, underfitting, chance, too-few, fine
    findings: tuple[Finding, ...]


class Right(NamedTuple):
    """How many images of a split are classified correctly."""

    num_correct: int
    num_images: int

    @property
    def accuracy(self) -> float:
        """The share of them, 0 … 1."""
        return self.num_correct / self.num_images


def diagnose(
    recipe: Recipe,
    history: History,
    evaluation: Evaluation,
    *,
    run: str = "RUN",
    data: str = "DATA",
    taken: Collection[str] = (),
    from_run: str | None = None,
    data_options: Mapping[str, str] = MappingProxyType({}),
    correct: Judged | None = None,
    earlier: Sequence[Judged] = (),
    curve: LearningCurve | None = None,
) -> Diagnosis:
    """Return the findings about a finished run.

    Args:
        recipe: of the run.
        history: at least one epoch, if there are epochs at all.
        evaluation: with the scores of `train` and `validation`.
        run, data: their paths as the user typed them, for the advised commands.
        taken: names that already exist in the run's folder.
        from_run: the path of the run whose weights it started with.
        data_options: of `train`, that say how the data are read on this machine: columns, exclude, keep_split.
        correct: the run's validation, image by image, for the comparison with earlier runs.
        earlier: runs of the same data, before this one.
        curve: accuracy by number of training images, where there are no epochs.
    """
    train, validation = evaluation.splits["train"], evaluation.splits["validation"]
    evidence = Evidence(
        recipe,
        history,
        train,
        validation,
        run,
        data,
        next_run(run, taken),
        from_run,
        free_run(run, "transfer", taken),
        data_options,
        curve,
    )
    verdict = VERDICTS[_verdict(_right(train), _right(validation), _chance(train))](evidence)
    remarks = [finding for remark in REMARKS if (finding := remark(evidence, verdict.code))]
    better = better_earlier(correct, earlier) if correct is not None else None
    return Diagnosis(verdict=verdict.code, findings=(verdict, *remarks, *([better] if better else [])))


def more_images(curve: LearningCurve, subject: str) -> Finding:
    """Return what twice as many training images would bring, and how many would halve the errors.

    >>> import numpy as np
    >>> from classeur.training.learning_curve import fit_curve
    >>> right = [np.arange(1000) < 1000 * (1 - error) * np.ones((3, 1)) for error in (0.4, 0.2, 0.1)]
    >>> found = more_images(fit_curve([50, 100, 200], right, train_accuracies=[1, 1, 1]), "animals")
    >>> found.values["num_train"], round(found.values["gain"], 2)
    (200, 0.05)
    """
    last, gain = curve.points[-1], curve.gain(2.0)
    values: Values = {"num_train": last.num_images, "accuracy": last.validation.value, "factor": 2}
    missing, most = 1 - last.validation.value, 1 - last.validation.low
    if len(curve.points) < _FEWEST_POINTS or not missing:
        return Finding(code="more-images", severity="note", subject=subject, values=values)
    half = curve.num_images_for(missing / 2)
    # No more can be gained than may be missing now.
    values.update(gain=min(gain.value, most), gain_low=min(gain.low, most), gain_high=min(gain.high, most))
    if half.value < MOST_IMAGES * last.num_images:
        high = half.high if half.high < MOST_IMAGES * last.num_images else None
        values.update(num_to_halve=round(half.value), num_to_halve_low=round(half.low), num_to_halve_high=high)
    return Finding(code="more-images", severity="note", subject=subject, values=values)


def _right(score: Score) -> Right:
    return Right(score.num_correct, score.num_images)


def _chance(score: Score) -> float:
    return chance_accuracy([each.num_images for each in score.per_class.values()])


def _verdict(train: Right, validation: Right, chance: float) -> str:
    """Return the verdict that the numbers of correct images allow."""
    low, high = wilson_interval(*train)
    if low <= chance:
        return "chance" if high <= chance + _STUCK * (1 - chance) else "too-few"
    gap = train.accuracy - validation.accuracy
    gap_low, gap_high = difference_interval(train, validation)
    if gap_low > 0 and gap >= _GAP:
        return "overfitting"
    is_open = gap_high >= _SERIOUS_GAP
    if is_open and gap >= _GAP:
        return "too-few"
    if high < _UNDERFIT:
        return "underfitting"
    return "too-few" if is_open or (train.accuracy < _UNDERFIT and high - low > _WIDE) else "fine"


def _overfitting(evidence: Evidence) -> Finding:
    """Training images are classified better than new ones, by more than chance explains."""
    losses = evidence.history.column("val_loss")
    best = min(range(len(losses)), key=losses.__getitem__, default=0)
    risen: Values = {}
    if losses and losses[-1] > (1 + _LOSS_RISE) * losses[best]:
        risen = {"least_loss_epoch": best + 1, "least_loss": losses[best], "last_loss": losses[-1]}
    values = {**_accuracies(evidence), **risen}
    return _finding(evidence, "overfitting", "warning", values, against_overfitting(evidence))


def _underfitting(evidence: Evidence) -> Finding:
    """Even the training images are not classified well."""
    losses = evidence.history.column("loss")
    is_falling = bool(losses) and (len(losses) <= _TAIL or losses[-1] < min(losses[:-_TAIL]))
    values = _accuracies(evidence)
    if is_falling and len(losses) > _TAIL:
        values = {**values, "num_tail_epochs": _TAIL, "loss_before": losses[-1 - _TAIL], "last_loss": losses[-1]}
    change = against_underfitting(evidence, is_falling=is_falling)
    return _finding(evidence, "underfitting", "warning", values, change)


def _stuck(evidence: Evidence) -> Finding:
    """No better than always predicting the most frequent class, on its own training images."""
    values = {**_accuracies(evidence), "chance": _chance(evidence.train)}
    return _finding(evidence, "chance", "error", values, against_chance(evidence))


def _too_few(evidence: Evidence) -> Finding:
    """The images are too few for a verdict; gives how many of this accuracy would suffice."""
    train, validation, chance = _right(evidence.train), _right(evidence.validation), _chance(evidence.train)
    growth = 1.0
    more = train, validation
    while growth < 1000 and _verdict(*more, chance) == "too-few":
        growth *= 1.05
        more = _times(train, growth), _times(validation, growth)
    needed = {"num_train": more[0].num_images, "num_validation": more[1].num_images}
    change = Change(code="more-images", values=needed)
    values = {**_accuracies(evidence), "chance": chance, "is_above_chance": wilson_interval(*train).low > chance}
    return _finding(evidence, "too-few", "warning", values, change)


def _times(right: Right, growth: float) -> Right:
    """Return a multiple of the images, rounded to two digits, with the same accuracy."""
    number = growth * right.num_images
    step = 10 ** max(0, len(str(int(number))) - 2)
    num_images = int(-(-number // step) * step)
    return Right(round(right.accuracy * num_images), num_images)


def _fine(evidence: Evidence) -> Finding:
    """None of the verdicts above."""
    look = Change(code="look", command=Command(verb="evaluate", arguments=(evidence.run,)))
    return _finding(evidence, "fine", "note", _accuracies(evidence), look)


def _accuracies(evidence: Evidence) -> Values:
    train, validation = _right(evidence.train), _right(evidence.validation)
    low, high = difference_interval(train, validation)
    return {
        "train_accuracy": train.accuracy,
        "num_train": train.num_images,
        "validation_accuracy": validation.accuracy,
        "num_validation": validation.num_images,
        "gap": train.accuracy - validation.accuracy,
        "gap_low": low,
        "gap_high": high,
    }


def _finding(evidence: Evidence, code: str, severity: str, values: Values, change: Change) -> Finding:
    return Finding.model_validate(
        {"code": code, "severity": severity, "subject": evidence.run, "values": values, "changes": (change,)}
    )


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
    if verdict not in ("overfitting", "fine"):
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
    if verdict not in ("overfitting", "fine") or len(evidence.validation.per_class) < 3:
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


# `_verdict` chooses one of these.
VERDICTS: dict[str, Callable[[Evidence], Finding]] = {
    "chance": _stuck,
    "overfitting": _overfitting,
    "underfitting": _underfitting,
    "too-few": _too_few,
    "fine": _fine,
}


def _from_scratch(evidence: Evidence, verdict: str) -> Finding | None:
    """A network that is not good enough, and started with random weights where a pretrained one is at hand."""
    if verdict not in ("overfitting", "underfitting", "chance") or evidence.from_run:
        return None
    if architecture(evidence.recipe.network.model).is_frozen:
        return None
    values = {"num_train": evidence.train.num_images}
    return _finding(evidence, "from-scratch", "note", values, transfer(evidence))


def _more_images(evidence: Evidence, _: str) -> Finding | None:
    """What more photographs of the same kind would bring, by the learning curve."""
    return None if evidence.curve is None else more_images(evidence.curve, evidence.run)


# To add a remark, write a function of the evidence and the verdict, and list it here.
REMARKS: tuple[Callable[[Evidence, str], Finding | None], ...] = (
    _more_images, _unjudged, _weak_class, _confusions, _uncertain, _from_scratch,
)  # fmt: skip
