"""From logits and labels to scores: accuracy with its interval, loss, confusion matrix, and each class."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from classeur.errors import ImpossibleCountsError
from classeur.estimate import Estimate
from classeur.evaluation.leaked import Leaked
from classeur.evaluation.ranked_classes import RankedClass, mean_auroc, mean_precision, rank_classes
from classeur.evaluation.reliability import measure_reliability
from classeur.evaluation.sampling import Sampling, on_logit_scale
from classeur.evaluation.slices import Slices
from classeur.training.logits import log_losses, softmax


class ClassScore(BaseModel):
    """The scores of one class; None if undefined: no image is of the class, or none is predicted as it."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    precision: Estimate | None  # share of the images predicted as this class that are of it
    recall: Estimate | None  # share of the images of this class that are predicted as it
    f1: Estimate | None  # harmonic mean of both; 0 if one of them is 0
    specificity: Estimate | None  # share of the images of other classes that are not predicted as it
    auroc: Estimate | None  # against all others; None where there is no image of it, or of no other class
    average_precision: Estimate | None


class Confusion(NamedTuple):
    """Images of one class that were predicted as another."""

    true: str
    predicted: str
    num_images: int


class KeptRecall(BaseModel):
    """A threshold for one of two classes that keeps its recall, and what it does to judged images."""

    model_config = ConfigDict(frozen=True)

    class_name: str
    limit: float  # of the recall, with 95 % confidence
    threshold: float  # an image counts as of the class where its probability is at least that
    recall: Estimate | None  # None without an image of the class
    precision: Estimate | None  # None where no image counts as of the class, or none is of it


class Answering(BaseModel):
    """How a run that may give no class answers judged images."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    max_error: float | None  # that its threshold promises, with 95 % confidence
    unsure_up_to: float | None  # it answers where its highest probability is above; None where it always does
    unlike_above: float | None  # it calls an image none of these where its score is above; None where it never does
    answered: Estimate | None  # share of the images that get a class
    error: Estimate | None  # share of those whose class is wrong; None where none is answered
    refused: Estimate | None  # share of the images, all of known classes, that are called none of these
    recall: KeptRecall | None  # of a least recall that is asked for


class Score(BaseModel):
    """How well a model does on a set of images."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    num_correct: int
    accuracy: Estimate
    balanced_accuracy: Estimate  # mean of the recalls of the classes that have images
    loss: Estimate  # mean cross-entropy, nats
    brier: Estimate  # half the mean squared distance from the right answer, 0 … 1
    calibration_error: Estimate | None  # root mean square over bins, without what chance adds
    ece: float | None  # expected calibration error as it is usually stated: too high, the more so of fewer images
    auroc: Estimate | None  # of two classes, how well they are told apart; of more, the mean of each against the rest
    average_precision: Estimate | None  # mean over classes
    confusion: tuple[tuple[int, ...], ...]  # row: true class, column: predicted
    per_class: dict[str, ClassScore]
    answering: Answering | None = None  # where the run may give no class, or it is asked for; never in evaluation.json
    by_group: dict[str, Estimate] = {}  # the accuracy on each group that has a name, the worst first
    slices: Slices | None = None  # what else was looked at, and where it is worse beyond chance; None of training
    num_looks: int | None = None  # of test images: models that were evaluated on them, this one included
    leaked: Leaked | None = None  # images that belong with training, and do not count; None if there are none
    judged: str = ""  # a hash of the model and of the evaluated images
    logits: str = (
        ""  # a hash of the logits that it was computed from, as logits.npz has them; "" of a version before, or no run
    )

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The classes without an evaluated image: the accuracy does not cover them."""
        return tuple(name for name, each in self.per_class.items() if not each.num_images)

    def confusions(self) -> list[Confusion]:
        """Return which classes were predicted as which others, and how often; the most frequent first.

        >>> score(9 * np.eye(2)[[1, 1, 0]], np.array([0, 0, 0]), class_names=["cats", "dogs"]).confusions()
        [Confusion(true='cats', predicted='dogs', num_images=2)]
        """
        names = list(self.per_class)
        counts = np.array(self.confusion)
        np.fill_diagonal(counts, 0)
        rows, columns = np.nonzero(counts)
        order = np.argsort(-counts[rows, columns], kind="stable")
        return [Confusion(names[rows[at]], names[columns[at]], int(counts[rows[at], columns[at]])) for at in order]

    @model_validator(mode="after")
    def _sums(self) -> Self:
        if sum(map(sum, self.confusion)) != self.num_images:
            raise ValueError("the confusion matrix does not sum to the number of images")
        num_right = sum(row[number] for number, row in enumerate(self.confusion))
        if num_right != self.num_correct or abs(self.accuracy.value - num_right / self.num_images) > 1e-9:
            raise ValueError("the accuracy is not that of the confusion matrix")
        return self


class Evaluation(BaseModel):
    """The scores of a run on train, validation and test, as far as evaluated, without augmentation."""

    model_config = ConfigDict(frozen=True)

    class_names: tuple[str, ...]
    splits: dict[str, Score]

    def with_score(self, split: str, score: Score) -> "Evaluation":
        """Return the evaluation with the score of one more split; it replaces an older one."""
        return self.model_copy(update={"splits": {**self.splits, split: score}})


def score(
    logits: np.ndarray, labels: np.ndarray, *, class_names: Sequence[str], groups: Sequence[Hashable] | None = None
) -> Score:
    """Return the scores of a model's answers.

    They do not depend on the order of images or classes. Where images come in groups, intervals tell of other groups.

    - Accuracy, precision, recall, specificity: shares, with Wilson's interval (`Sampling.proportion`).
    - F1: of the images that are of a class or predicted as it, a share s is both; F1 = 2s / (1 + s) rises with s, so
      that the ends of Wilson's interval of s become those of F1. Hand, Christen, Kirielle, Machine Learning 110 (2021)
      451–456.
    - Balanced accuracy: by the recalls' intervals, squared distances added (MOVER). Zou, Donner, Statistics in Medicine
      27 (2008) 1693–1702.
    - Loss: mean −log p of the true class, from logits; interval by the delta method on the scale of its logarithm.
    - Brier: half the mean of Σ (p − y)², for two classes the usual (p − y)². Brier, Monthly Weather Review 78 (1950)
      1–3. Interval by the delta method on the scale of log(v / (1 − v)).
    - AUROC: by DeLong's influences on that scale (`area_under_roc`); average precision likewise (`average_precision`).
      Of classes with fewer than 30 images or groups, or of which a few have most of the influence, with Student's
      quantile of as many, and never less than Newcombe's method 5 (`auroc_interval`) or Wilson's; of one image, 0 … 1
      (`ranked_classes`).
    - Calibration: `measure_reliability`.

    Args:
        logits: float (n, classes); the highest is the prediction, the first among equals.
        labels: int (n,), class indices.
        class_names: one per column.
        groups: of each image, "" for one that stands alone; None if all do.

    Raises:
        ImpossibleCountsError: if there is no image.

    >>> logits = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
    >>> result = score(logits, np.array([0, 1, 1]), class_names=["cats", "dogs"])
    >>> result.num_correct, result.confusion, round(result.per_class["dogs"].recall.value, 2)
    (2, ((1, 0), (1, 1)), 0.5)
    """
    num_images, num_classes = len(labels), len(class_names)
    if not num_images:
        raise ImpossibleCountsError(0, 0)
    probabilities, sampling = softmax(logits), Sampling.of(groups)
    # Of probabilities, as `Prediction` has it: logits that differ by rounding may have the same.
    predicted = probabilities.argmax(axis=1)
    right = predicted == labels
    confusion = np.bincount(labels * num_classes + predicted, minlength=num_classes**2).reshape(
        num_classes, num_classes
    )
    of_each = np.square(probabilities).sum(axis=1) + 1 - 2 * probabilities[np.arange(num_images), labels]
    reliability = measure_reliability(probabilities[np.arange(num_images), predicted], right, sampling)
    ranked = rank_classes(logits, labels, sampling)
    per_class = {
        name: _class_score(labels == number, predicted == number, sampling, ranked.get(number))
        for number, name in enumerate(class_names)
    }
    return Score(
        num_images=num_images,
        num_correct=int(right.sum()),
        accuracy=_of_some(sampling.proportion(right)),
        balanced_accuracy=_mean_of([each.recall for each in per_class.values() if each.recall], sampling, num_images),
        loss=sampling.mean(log_losses(logits, labels)),
        brier=_brier(of_each / 2, sampling),
        calibration_error=reliability.error,
        ece=reliability.ece,
        auroc=mean_auroc(ranked, sampling),
        average_precision=mean_precision(ranked, sampling),
        confusion=tuple(map(tuple, confusion.tolist())),
        per_class=per_class,
    )


def _class_score(is_of: np.ndarray, called: np.ndarray, sampling: Sampling, ranked: RankedClass | None) -> ClassScore:
    if not is_of.any():
        return ClassScore(
            num_images=0, precision=None, recall=None, f1=None, specificity=None, auroc=None, average_precision=None
        )
    return ClassScore(
        num_images=int(is_of.sum()),
        precision=sampling.proportion(is_of, called),
        recall=sampling.proportion(called, is_of),
        f1=_f1(_of_some(sampling.proportion(is_of & called, is_of | called))),
        specificity=sampling.proportion(~called, ~is_of),
        auroc=None if ranked is None else mean_auroc({0: ranked}, sampling),
        average_precision=None if ranked is None else mean_precision({0: ranked}, sampling),
    )


def _f1(share: Estimate) -> Estimate:
    """Return the F1 of a class from the share that is right of the images that are of it or predicted as it."""
    value, low, high = (2 * each / (1 + each) for each in (share.value, share.low, share.high))
    return Estimate(
        value=value, low=low, high=high, method=f"{share.method}, of the share that it rises with", n=share.n
    )


def _mean_of(recalls: Sequence[Estimate], sampling: Sampling, num_images: int) -> Estimate:
    value = sum(each.value for each in recalls) / len(recalls)
    below = sum((each.value - each.low) ** 2 for each in recalls) ** 0.5 / len(recalls)
    above = sum((each.high - each.value) ** 2 for each in recalls) ** 0.5 / len(recalls)
    return Estimate(
        value=value,
        low=value - below,
        high=min(value + above, 1.0),
        method=f"MOVER of Wilson{sampling.how}",
        n=num_images,
    )


def _brier(values: np.ndarray, sampling: Sampling) -> Estimate:
    mean = float(values.mean())
    half = sampling.half_width((values - mean) / len(values))
    low, high = on_logit_scale(mean, half)
    return Estimate(value=mean, low=low, high=high, method=f"delta, logit{sampling.how}", n=len(values))


def _of_some(found: Estimate | None) -> Estimate:
    if found is None:
        raise ImpossibleCountsError(0, 0)
    return found
