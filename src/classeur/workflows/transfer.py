"""Transfer: a head on the frozen features of a pretrained backbone, in the place of epochs."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from classeur.delivery.curve_words import curve_sentence
from classeur.delivery.plots import plot_learning_curve
from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.images.pixels import Pixels
from classeur.models.assembly import LayerTable, build_network, layer_table, save_model, with_probabilities
from classeur.models.features import FeatureExtractor
from classeur.run import Run
from classeur.storage import written_atomically
from classeur.training.facts import RunFacts, Seconds, write_facts
from classeur.training.head import train_head
from classeur.training.history import COLUMNS
from classeur.training.learning_curve import LearningCurve, measure_curve
from classeur.workflows.classifiers import classifier_of, keras_engine
from classeur.workflows.evaluation import judge_run
from classeur.workflows.preparation import Prepared

_CURVE_COLUMNS = (
    "num_images", "num_draws", "accuracy", "low", "high", "val_accuracy", "val_low", "val_high",
)  # fmt: skip

# Images a batch that goes to the backbone; it divides them further.
_BATCH_SIZE = 32

# Images that the saved network must answer as features and head do, and by how much a probability may differ.
_NUM_COMPARED, _TOLERANCE = 16, 1e-4


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
    began, began_cpu = time.monotonic(), time.process_time()
    recipe, num_classes = facts.training_recipe, len(facts.class_names)
    extractor = FeatureExtractor(recipe.network.model, image_size=recipe.preparation.image_size)
    pixels = {name: prepared.pixels(name) for name in ("train", "validation")}
    features = {name: _features(extractor, each, name, reporter) for name, each in pixels.items()}
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
    model = with_probabilities(network)
    run.write(run.layers_path, LayerTable(layers=layer_table(network)))
    classifier = classifier_of(keras_engine(model), facts, run=run.path.name)
    probabilities = {name: head.probabilities(each) for name, each in features.items()}
    few = np.linspace(0, len(pixels["validation"]) - 1, min(_NUM_COMPARED, len(pixels["validation"]))).astype(int)
    answers = classifier.probabilities_of(pixels["validation"].gather(few))
    difference = float(np.abs(answers - probabilities["validation"][few]).max())
    if difference > _TOLERANCE:
        raise RunError(
            f"the network differs from its features and head by {difference:.2g} in a probability, more than"
            f" {_TOLERANCE:g}; it is not saved: report this with what classeur doctor prints"
        )
    with written_atomically(run.model_path) as temporary:
        save_model(model, temporary)
    run.write_table(run.history_path, COLUMNS, [])
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
    seconds = Seconds(wall=round(time.monotonic() - began, 2), cpu=round(time.process_time() - began_cpu, 2))
    facts = facts.model_copy(update={"status": "finished", "seconds": seconds})
    accuracy = judge_run(run, classifier, facts, pixels, known=probabilities, data=data, reporter=reporter)
    write_facts(run, facts.model_copy(update={"validation": accuracy}))
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
