"""From probabilities and labels to scores: accuracy with its interval, loss, confusion matrix, and each class."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from classeur.evaluation.intervals import auroc_interval, wilson_interval
from classeur.evaluation.leaked import Leaked
from classeur.evaluation.outliers import auroc


class ClassScore(BaseModel):
    """The scores of one class; None if undefined: no image is of the class, or none is predicted as it."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    precision: float | None  # share of the images predicted as this class that are of it
    recall: float | None  # share of the images of this class that are predicted as it
    f1: float | None  # harmonic mean of both; 0 if one of them is 0


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
    accuracy: float
    low: float  # 95 % interval of the accuracy
    high: float
    loss: float  # mean cross-entropy, nats
    confusion: tuple[tuple[int, ...], ...]  # row: true class, column: predicted
    per_class: dict[str, ClassScore]
    auroc: float | None = None  # of a run of one class: how well its images are told from those that are unlike them
    auroc_low: float | None = None  # 95 % interval of it
    auroc_high: float | None = None
    num_opened: int = 1  # how often this run was evaluated on these images
    leaked: Leaked | None = None  # of a given split that leaks: the accuracy with and without what does
    judged: str = ""  # a hash of the model and of the evaluated images

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The classes without an evaluated image: the accuracy does not cover them."""
        return tuple(name for name, each in self.per_class.items() if not each.num_images)

    def confusions(self) -> list[Confusion]:
        """Return which classes were predicted as which others, and how often; the most frequent first.

        >>> score(np.eye(2)[[1, 1, 0]], np.array([0, 0, 0]), class_names=["cats", "dogs"]).confusions()
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


def score(probabilities: np.ndarray, labels: np.ndarray, *, class_names: Sequence[str]) -> Score:
    """Return the scores of predictions.

    Args:
        probabilities: float (n, classes), rows sum to 1; the highest is the prediction, the first among equals.
        labels: int (n,), class indices.
        class_names: one per column.

    Raises:
        ImpossibleCountsError: if there is no image.

    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]])
    >>> result = score(probabilities, np.array([0, 1, 1]), class_names=["cats", "dogs"])
    >>> result.num_correct, result.confusion, round(result.per_class["dogs"].recall, 2)
    (2, ((1, 0), (1, 1)), 0.5)
    """
    predicted = probabilities.argmax(axis=1)
    num_classes = len(class_names)
    confusion = np.bincount(labels * num_classes + predicted, minlength=num_classes**2).reshape(
        num_classes, num_classes
    )
    num_correct, num_images = int(np.trace(confusion)), len(labels)
    low, high = wilson_interval(num_correct, num_images)
    return Score(
        num_images=num_images,
        num_correct=num_correct,
        accuracy=num_correct / num_images,
        low=low,
        high=high,
        loss=cross_entropy(probabilities, labels),
        confusion=tuple(map(tuple, confusion.tolist())),
        per_class=_class_scores(confusion, class_names),
    )


def with_auroc(score: Score, probabilities: np.ndarray, labels: np.ndarray) -> Score:
    """Return the score of two classes with its area under the ROC curve, if there are images of both.

    Args:
        score: of these predictions.
        probabilities: float (n, 2).
        labels: int (n,), 0 or 1.

    >>> probabilities, labels = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]]), np.array([0, 1, 1])
    >>> with_auroc(score(probabilities, labels, class_names=["good", "unlike"]), probabilities, labels).auroc
    1.0
    """
    counts = np.bincount(labels, minlength=2)
    if not counts.all():
        return score
    area = auroc(probabilities[labels == 0, 1], probabilities[labels == 1, 1])
    low, high = auroc_interval(area, *counts.tolist())
    return score.model_copy(update={"auroc": area, "auroc_low": low, "auroc_high": high})


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean cross-entropy in nats; probabilities below 10⁻⁷ count as 10⁻⁷, as in Keras.

    Args:
        probabilities: float (n, classes), rows sum to 1.
        labels: int (n,).
    """
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(np.abs(np.log(np.clip(chosen, 1e-7, 1.0))).mean())  # 0 for a perfect model, not -0


def _class_scores(confusion: np.ndarray, class_names: Sequence[str]) -> dict[str, ClassScore]:
    counts = zip(
        confusion.diagonal().tolist(), confusion.sum(axis=0).tolist(), confusion.sum(axis=1).tolist(), strict=True
    )
    return {
        name: ClassScore(
            num_images=there,
            precision=correct / called if there and called else None,
            recall=correct / there if there else None,
            f1=2 * correct / (called + there) if there else None,
        )
        for name, (correct, called, there) in zip(class_names, counts, strict=True)
    }
