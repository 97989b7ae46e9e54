"""From logits and labels to scores: accuracy with its interval, loss, confusion matrix, and each class."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from classeur.estimate import Estimate
from classeur.evaluation.intervals import auroc_interval, wilson_interval
from classeur.evaluation.outliers import auroc
from classeur.training.head import log_losses, softmax


class ClassScore(BaseModel):
    """The scores of one class; None if undefined: no image is of the class, or none is predicted as it."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    precision: Estimate | None  # share of the images predicted as this class that are of it
    recall: Estimate | None  # share of the images of this class that are predicted as it
    f1: Estimate | None  # harmonic mean of both; 0 if one of them is 0
    specificity: Estimate | None  # share of the images of other classes that are not predicted as it


class Confusion(NamedTuple):
    """Images of one class that were predicted as another."""

    true: str
    predicted: str
    num_images: int


class Score(BaseModel):
    """How well a model does on a set of images."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    num_correct: int
    accuracy: Estimate
    loss: Estimate  # mean cross-entropy, nats
    auroc: Estimate | None  # of two classes, how well they are told apart; of more, the mean of each against the rest
    confusion: tuple[tuple[int, ...], ...]  # row: true class, column: predicted
    per_class: dict[str, ClassScore]
    num_opened: int = 1  # how often this run was evaluated on these images
    judged: str = ""  # a hash of the model and of the evaluated images

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
        return self


class Evaluation(BaseModel):
    """The scores of a run on train, validation and test, as far as evaluated, without augmentation."""

    model_config = ConfigDict(frozen=True)

    class_names: tuple[str, ...]
    splits: dict[str, Score]

    def with_score(self, split: str, score: Score) -> "Evaluation":
        """Return the evaluation with the score of one more split; it replaces and counts an older one."""
        if split in self.splits:
            score = score.model_copy(update={"num_opened": self.splits[split].num_opened + 1})
        return self.model_copy(update={"splits": {**self.splits, split: score}})


def score(logits: np.ndarray, labels: np.ndarray, *, class_names: Sequence[str]) -> Score:
    """Return the scores of a model's answers.

    Args:
        logits: float (n, classes); the highest is the prediction, the first among equals.
        labels: int (n,), class indices.
        class_names: one per column.

    Raises:
        ImpossibleCountsError: if there is no image.

    >>> logits = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
    >>> result = score(logits, np.array([0, 1, 1]), class_names=["cats", "dogs"])
    >>> result.num_correct, result.confusion, round(result.per_class["dogs"].recall.value, 2)
    (2, ((1, 0), (1, 1)), 0.5)
    """
    num_images, num_classes = len(labels), len(class_names)
    # Of probabilities, as `Prediction` has it: logits that differ by rounding may have the same.
    predicted = softmax(logits).argmax(axis=1) if num_images else np.zeros(0, np.int64)
    confusion = np.bincount(labels * num_classes + predicted, minlength=num_classes**2).reshape(
        num_classes, num_classes
    )
    num_correct = int(np.trace(confusion))
    return Score(
        num_images=num_images,
        num_correct=num_correct,
        accuracy=proportion(num_correct, num_images),
        loss=_mean(log_losses(logits, labels)),
        auroc=_auroc(logits, labels),
        confusion=tuple(map(tuple, confusion.tolist())),
        per_class=_class_scores(confusion, class_names),
    )


def proportion(num_correct: int, num_images: int) -> Estimate:
    """Return a share of images with Wilson's interval.

    Raises:
        ImpossibleCountsError: as `wilson_interval` does.
    """
    low, high = wilson_interval(num_correct, num_images)
    return Estimate(value=num_correct / num_images, low=low, high=high, method="Wilson", n=num_images)


def _mean(values: np.ndarray) -> Estimate:
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float(values[0])
    mean = float(values.mean())
    return Estimate(value=mean, low=max(0.0, mean - half), high=mean + half, method="normal", n=len(values))


def _auroc(logits: np.ndarray, labels: np.ndarray) -> Estimate | None:
    counts = np.bincount(labels, minlength=logits.shape[1])
    if logits.shape[1] != 2 or not counts.all():
        return None
    odds = logits[:, 1].astype(np.float64) - logits[:, 0]
    area = auroc(odds[labels == 0], odds[labels == 1])
    low, high = auroc_interval(area, *counts.tolist())
    return Estimate(value=area, low=low, high=high, method="Newcombe", n=len(labels))


def _class_scores(confusion: np.ndarray, class_names: Sequence[str]) -> dict[str, ClassScore]:
    counts = zip(
        confusion.diagonal().tolist(), confusion.sum(axis=0).tolist(), confusion.sum(axis=1).tolist(), strict=True
    )
    total = int(confusion.sum())
    return {
        name: ClassScore(
            num_images=there,
            precision=proportion(correct, called) if there and called else None,
            recall=proportion(correct, there) if there else None,
            f1=_f1(correct, called + there - correct) if there else None,
            specificity=proportion(total - there - called + correct, total - there)
            if there and total > there
            else None,
        )
        for name, (correct, called, there) in zip(class_names, counts, strict=True)
    }


def _f1(num_correct: int, num_either: int) -> Estimate:
    """Return the F1 of a class with its interval.

    Of the images that are of the class or are predicted as it, a share s is both; F1 = 2s / (1 + s) rises with s, so
    that the ends of Wilson's interval of s become those of F1.

    Source: Hand, Christen, Kirielle, Machine Learning 110 (2021) 451–456, the transformation.
    """
    share = proportion(num_correct, num_either)
    value, low, high = (2 * each / (1 + each) for each in (share.value, share.low, share.high))
    return Estimate(value=value, low=low, high=high, method="Wilson, of the share that it rises with", n=num_either)
