"""Heads: what `train` and `curve` learn from the features of a data set that is scanned and split."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted
from classeur.evaluation.learning_curve import LearningCurve, is_affordable, measure_curve
from classeur.models.kept_features import FeatureStore
from classeur.training.balance import ClassEffect, balanced_weights, measure_effect
from classeur.training.folds import Groups
from classeur.training.head import INVERSE_PENALTIES, TrainedHead, train_head
from classeur.training.recipe import Recipe
from classeur.workflows.features import kept_features
from classeur.workflows.preparation import Prepared


class Learned(NamedTuple):
    """A head, and what it was learned from."""

    features: dict[str, np.ndarray]  # of train and validation, float32 (n, features)
    labels: dict[str, np.ndarray]  # int64 (n,)
    counts: np.ndarray  # bool (n,), which validation images do: those that belong with none in training
    groups: Groups  # of the training images, by number: what a split keeps together is not separated here either
    validation_groups: Groups  # the same of the validation images that count
    weights: np.ndarray | None  # of the training images, where classes are balanced
    trained: TrainedHead

    def curve(self, recipe: Recipe, reporter: Reporter) -> LearningCurve | None:
        """Return the learning curve of such heads on these images; None, and a line, if it would take minutes."""
        num_images, num_features = self.features["train"].shape
        if not is_affordable(num_images, num_features, self.num_classes):
            reporter.say(
                f"the learning curve is left out: heads on parts of {num_images:,} images of {self.num_classes:,}"
                " classes would take minutes"
            )
            return None
        return measure_curve(
            self.features["train"],
            self.labels["train"],
            validation=self._validation,
            num_classes=self.num_classes,
            inverse_penalty=self.trained.choice.inverse_penalty,
            groups=self.groups,
            validation_groups=self.validation_groups,
            weights=self.weights,
            head=self.trained.head,
            seed=recipe.seed,
        )

    def effect_of_balance(self, class_names: Sequence[str], recipe: Recipe) -> tuple[ClassEffect, ...]:
        """Return what the weights do to each class's recall."""
        return measure_effect(
            self.trained.head,
            self.features["train"],
            self.labels["train"],
            validation=self._validation,
            class_names=class_names,
            groups=self.groups,
            seed=recipe.seed,
        )

    @property
    def _validation(self) -> tuple[np.ndarray, np.ndarray]:
        """Features and labels of the validation images that count."""
        return self.features["validation"][self.counts], self.labels["validation"][self.counts]

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return max(2, int(self.trained.head.weights.shape[1]))


def features_by_split(prepared: Prepared, recipe: Recipe, *, cache: Path, reporter: Reporter) -> dict[str, np.ndarray]:
    """Return the features of the images for train and validation, float32 (n, features)."""
    kind = recipe.network.model
    hashes = {name: prepared.hashes(name) for name in ("train", "validation")}
    store = FeatureStore(cache, kind, recipe.preparation)
    both, num_classes = [*hashes["train"], *hashes["validation"]], len(prepared.folder.class_names)
    rows = kept_features(store, kind, prepared.store, both, reporter, num_classes=num_classes)
    train, validation = np.split(rows, [len(hashes["train"])])
    return {"train": train, "validation": validation}


def learn_head(prepared: Prepared, recipe: Recipe, features: dict[str, np.ndarray], reporter: Reporter) -> Learned:
    """Return a head on the features of the training images, its penalty chosen inside them.

    Args:
        prepared: scanned and split.
        recipe: names the backbone and the preparation of its pixels.
        features: of the images for train and validation, as `features_by_split` returns them.
        reporter: where progress is shown.
    """
    labels = {name: prepared.labels(name) for name in features}
    groups, class_names = np.array(prepared.groups("train")), prepared.folder.class_names
    weights = balanced_weights(labels["train"], class_names=class_names) if recipe.optimisation.balance else None
    trained = train_head(
        features["train"],
        labels["train"],
        num_classes=len(class_names),
        groups=groups,
        weights=weights,
        seed=recipe.seed,
    )
    choice = trained.choice
    how = (
        "was chosen on training images that were held out"
        if choice.losses
        else "is the usual one: none can be held out"
    )
    head = f"a head on {features['train'].shape[1]:,} features of {counted(len(groups), 'image')}"
    reporter.say(f"{head}; its penalty, C = {choice.inverse_penalty:g}, {how}")
    if choice.losses and choice.inverse_penalty == INVERSE_PENALTIES[0]:
        reporter.warn(
            "the strongest penalty that is tried suits these images best: from so few the features do not tell the"
            " classes apart; add images"
        )
    counts = prepared.counts_in_validation
    validation_groups = np.array(prepared.groups("validation"))[counts]
    return Learned(features, labels, counts, groups, validation_groups, weights, trained)
