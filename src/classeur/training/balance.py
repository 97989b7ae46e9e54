"""Balance: training images weighed so that each class counts the same, and what that does to each class's recall."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from classeur.errors import LayoutError
from classeur.training.folds import Groups
from classeur.training.head import Head, train_head


class ClassEffect(NamedTuple):
    """One class in two trainings that differ in their weights alone; a row of balance.csv."""

    class_name: str
    num_images: int  # to train on
    num_judged: int  # of validation
    recall: float | None  # without weights, on validation; None where nothing is judged
    balanced_recall: float | None


def balanced_weights(labels: np.ndarray, *, class_names: Sequence[str]) -> np.ndarray:
    """Return a weight for each image, float64 (n,), mean 1: all classes weigh the same in sum.

    Args:
        labels: int (n,), class indices of the training images.
        class_names: all classes, each of which needs an image.

    Raises:
        LayoutError: if a class has no image.

    Source: King, Zeng, Political Analysis 9 (2001) 137–163; scikit-learn's class_weight="balanced".

    >>> balanced_weights(np.array([0, 0, 0, 1]), class_names=["cats", "dogs"]).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    counts = np.bincount(labels, minlength=len(class_names))
    empty = [name for name, count in zip(class_names, counts, strict=True) if not count]
    if empty:
        more = f" (and {len(empty) - 1:,} more)" if len(empty) > 1 else ""
        raise LayoutError(
            f"class '{empty[0]}'{more} has no training image that --balance could give weight to; add some to the"
            " training split, or leave --balance out"
        )
    weights: np.ndarray = len(labels) / (len(class_names) * counts[labels])
    return weights


def measure_effect(
    balanced: Head,
    features: np.ndarray,
    labels: np.ndarray,
    *,
    validation: tuple[np.ndarray, np.ndarray],
    class_names: Sequence[str],
    groups: Groups | None = None,
    seed: int = 0,
) -> tuple[ClassEffect, ...]:
    """Return each class's recall on validation, by a head without weights, which is trained here, and by this one.

    Args:
        balanced: trained on these features with `balanced_weights`.
        features, labels, groups, seed: as `train_head` took them.
        validation: features and labels that the heads are judged on.
        class_names: in the order of the labels.
    """
    plain = train_head(features, labels, num_classes=len(class_names), groups=groups, seed=seed).head
    predicted = (each.probabilities(validation[0]).argmax(axis=1) for each in (plain, balanced))
    right = [each == validation[1] for each in predicted]
    counts = np.bincount(labels, minlength=len(class_names)).tolist()
    effects = []
    for label, (name, count) in enumerate(zip(class_names, counts, strict=True)):
        judged = validation[1] == label
        recalls = [float(each[judged].mean()) if judged.any() else None for each in right]
        effects.append(ClassEffect(name, count, int(judged.sum()), *recalls))
    return tuple(effects)
