"""Transfer: a head on the frozen features of a pretrained backbone, in the place of epochs."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classeur.delivery.balance_words import balance_sentence
from classeur.delivery.plots import plot_learning_curve
from classeur.delivery.progress import Reporter
from classeur.evaluation.learning_curve import LearningCurve
from classeur.evaluation.outliers import CompactUnlikeness, fit_compact_unlikeness
from classeur.models.assembly import build_network
from classeur.models.onnx_network import dense_head
from classeur.run import Run
from classeur.training.balance import ClassEffect
from classeur.training.facts import RunFacts
from classeur.training.head import Head
from classeur.training.logits import softmax
from classeur.workflows.calibration import calibrate_head
from classeur.workflows.heads import learn_head
from classeur.workflows.one_class import train_on_one_class
from classeur.workflows.preparation import Prepared
from classeur.workflows.transferred import Clock, NetworkHead, finish_run, save_network

if TYPE_CHECKING:
    import keras

CURVE_COLUMNS = (
    "num_images", "num_draws", "accuracy", "low", "high", "val_accuracy", "val_low", "val_high",
)  # fmt: skip


def train_head_on_features(
    run: Run,
    facts: RunFacts,
    prepared: Prepared,
    features: dict[str, np.ndarray],
    *,
    data: Path,
    cache: Path,
    reporter: Reporter,
) -> Run:
    """Learn a head on a backbone's features, save the whole network, and judge it from the same features.

    Args:
        run: new, with its beginning written.
        facts: as they were written.
        prepared: scanned and split.
        features: of the images for train and validation, float32 (n, features).
        data: as a person would type it.
        cache: where networks are kept.
        reporter: where progress is shown.

    Raises:
        RunError: if the saved network does not answer as features and head do.
    """
    if len(prepared.folder.class_names) == 1:
        return train_on_one_class(run, facts, prepared, features, data=data, cache=cache, reporter=reporter)
    clock = Clock.started()
    pixels = {name: prepared.pixels(name) for name in ("train", "validation")}
    learned = learn_head(prepared, facts.training_recipe, features, reporter)
    head = calibrate_head(run, learned, reporter)
    unlikeness = fit_compact_unlikeness(features["train"], learned.labels["train"])
    logits = {name: head.logits(each) for name, each in learned.features.items()}
    of_network = _in_network(head, facts, unlikeness)
    save_network(run, facts, of_network, pixels["validation"], softmax(logits["validation"]), cache=cache)
    curve = learned.curve(facts.training_recipe, reporter)
    if curve is not None:
        run.write_table(run.learning_curve_path, CURVE_COLUMNS, curve_rows(curve))
        plot_learning_curve(curve, run.curves_path)
    if facts.training_recipe.optimisation.balance:
        effects = learned.effect_of_balance(facts.class_names, facts.training_recipe)
        run.write_table(run.balance_path, ClassEffect._fields, effects)
        reporter.say(balance_sentence(effects))
    finish_run(
        run,
        facts,
        of_network,
        learned.features["validation"],
        pixels,
        logits,
        clock=clock,
        data=data,
        curve=curve,
        reporter=reporter,
    )
    return run


def _in_network(head: Head, facts: RunFacts, unlikeness: CompactUnlikeness) -> NetworkHead:
    """Return a head as one Dense layer of a network."""
    recipe = facts.training_recipe
    kernel, bias = head.fold()

    def build() -> "keras.Model":
        network = build_network(recipe.network.model, recipe.preparation.image_size, len(facts.class_names))
        network.get_layer("classifier").set_weights([kernel, bias])
        return network

    def logits(features: np.ndarray) -> np.ndarray:
        return np.asarray(features.astype(np.float64) @ kernel + bias)

    return NetworkHead((kernel, bias), logits, build, dense_head(kernel, bias), unlikeness)


def curve_rows(curve: LearningCurve) -> list[tuple[float, ...]]:
    """Return the rows of learning_curve.csv, in the order of `CURVE_COLUMNS`."""
    return [
        (
            point.num_images,
            point.num_draws,
            *(
                round(value, 6)
                for each in (point.train, point.validation)
                for value in (each.value, each.low, each.high)
            ),
        )
        for point in curve.points
    ]
