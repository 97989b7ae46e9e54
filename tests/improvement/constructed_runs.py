"""Runs as their numbers: how many images of each class were right, what the epochs brought."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.training.history import Epoch, History
from classeur.training.recipe import make_recipe


def scored(**classes: tuple[int, int]) -> Score:
    """Return the score of (right, images) of each class; what is wrong is taken for the next class."""
    names = tuple(classes)
    labels = np.repeat(np.arange(len(names)), [images for _, images in classes.values()])
    right = np.concatenate([np.arange(images) < num_right for num_right, images in classes.values()])
    predicted = np.where(right, labels, (labels + 1) % len(names))
    return score(np.log(np.eye(len(names))[predicted] * 0.8 + 0.2 / len(names)), labels, class_names=names)


def halves(num_right: int, num_images: int) -> Score:
    """Return a score of cats and dogs, right in equal shares."""
    first, images = num_right // 2, num_images // 2
    return scored(cats=(first, images), dogs=(num_right - first, num_images - images))


def history(losses: tuple[float, ...] = (0.6, 0.5, 0.4), *, seconds: float = 2.0) -> History:
    """Return epochs with these losses, training's and validation's."""
    epochs = [
        Epoch(epoch=number, loss=loss, accuracy=0.5, val_loss=loss, val_accuracy=0.5, learning_rate=1, seconds=seconds)
        for number, loss in enumerate(losses, 1)
    ]
    return History(epochs=tuple(epochs))


def diagnosed(
    train: Score,
    validation: Score,
    *,
    losses: tuple[float, ...] = (0.6, 0.5, 0.4),
    options: Mapping[str, Any] | None = None,
    **named: Any,
) -> Diagnosis:
    """Return the diagnosis of a run with these scores, epochs of these losses and a recipe of these options."""
    evaluation = Evaluation(class_names=tuple(train.per_class), splits={"train": train, "validation": validation})
    recipe = make_recipe({"model": "tutorial", "epochs": len(losses), **(options or {})})
    return diagnose(recipe, history(losses), evaluation, **named)
