"""Transfer: a head on the frozen features of a pretrained backbone, in the place of epochs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from classeur.delivery.curve_words import curve_sentence
from classeur.delivery.plots import plot_learning_curve
from classeur.delivery.progress import Reporter
from classeur.images.pixels import Pixels
from classeur.models.assembly import build_network
from classeur.models.features import FeatureExtractor
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.head import train_head
from classeur.training.learning_curve import LearningCurve, measure_curve
from classeur.workflows.one_class import train_on_one_class
from classeur.workflows.preparation import Prepared
from classeur.workflows.transferred import Clock, save_and_judge

_CURVE_COLUMNS = (
    "num_images", "num_draws", "accuracy", "low", "high", "val_accuracy", "val_low", "val_high",
)  # fmt: skip

# Images a batch that goes to the backbone; it divides them further.
_BATCH_SIZE = 32


def train_head_on_features(run: Run, facts: RunFacts, prepared: Prepared, *, data: Path, reporter: Reporter) -> Run:
    """Learn a head on a backbone's features, save the whole network, and judge it from the same features.

    Args:
        run: new, with its beginning written.
        facts: as they were written.
        prepared: scanned and split.
        data: as a person would type it.
        reporter: where progress is shown.

    Raises:
        RunError: if the saved network does not answer as features and head do.
    """
    clock = Clock.started()
    recipe, num_classes = facts.training_recipe, len(facts.class_names)
    extractor = FeatureExtractor(recipe.network.model, image_size=recipe.preparation.image_size)
    pixels = {name: prepared.pixels(name) for name in ("train", "validation")}
    features = {name: _features(extractor, each, name, reporter) for name, each in pixels.items()}
    if num_classes == 1:
        return train_on_one_class(run, facts, prepared, features, pixels, clock=clock, data=data, reporter=reporter)
    groups = [prepared.folder.hashes[row] for row in prepared.split.rows("train")]
    head, choice = train_head(
        features["train"], prepared.labels("train"), num_classes=num_classes, groups=groups, seed=recipe.seed
    )
    reporter.say(
        f"a head on {features['train'].shape[1]:,} features of {len(features['train']):,} images; its penalty, C ="
        f" {choice.inverse_penalty:g}, was chosen on training images that were held out"
    )
    network = build_network(recipe.network.model, recipe.preparation.image_size, num_classes)
    network.get_layer("classifier").set_weights(list(head.fold()))
    curve = measure_curve(
        features["train"],
        prepared.labels("train"),
        validation=(features["validation"], prepared.labels("validation")),
        num_classes=num_classes,
        inverse_penalty=choice.inverse_penalty,
        groups=groups,
        seed=recipe.seed,
    )
    run.write_table(run.learning_curve_path, _CURVE_COLUMNS, _curve_rows(curve))
    plot_learning_curve(curve, run.curves_path)
    probabilities = {name: head.probabilities(each) for name, each in features.items()}
    save_and_judge(
        run, facts, network, probabilities=probabilities, pixels=pixels, clock=clock, data=data, reporter=reporter
    )
    reporter.say(curve_sentence(curve))
    return run


def _curve_rows(curve: LearningCurve) -> list[tuple[float, ...]]:
    """Return the rows of learning_curve.csv."""
    return [
        (point.num_images, point.num_draws, *(round(value, 6) for value in (*point.train, *point.validation)))
        for point in curve.points
    ]


def _features(extractor: FeatureExtractor, pixels: Pixels, name: str, reporter: Reporter) -> np.ndarray:
    """Return the features of images, float32 (n, features)."""

    def batches() -> Iterator[np.ndarray]:
        for start in range(0, len(pixels), _BATCH_SIZE):
            yield pixels.gather(range(start, min(start + _BATCH_SIZE, len(pixels))))

    parts, done = [], 0
    with reporter.progress(f"features of {name} images") as progress:
        for part in extractor.extract(batches()):
            parts.append(part)
            done += len(part)
            progress(done, len(pixels))
    return np.concatenate(parts)
