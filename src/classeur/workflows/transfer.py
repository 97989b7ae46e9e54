"""Transfer: a head on the frozen features of a pretrained backbone, in the place of epochs."""

import time
from pathlib import Path

import numpy as np

from classeur.delivery.plots import plot_learning_curve
from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.models.assembly import LayerTable, build_network, layer_table, save_model, with_probabilities
from classeur.models.features import FeatureExtractor
from classeur.models.kept_networks import KeptNetwork
from classeur.run import Run
from classeur.storage import written_atomically
from classeur.training.facts import RunFacts, Seconds, write_facts
from classeur.training.head import Head, softmax
from classeur.training.learning_curve import LearningCurve
from classeur.workflows.classifiers import keras_engine
from classeur.workflows.evaluation import judge_run
from classeur.workflows.heads import learn_head
from classeur.workflows.preparation import Prepared

CURVE_COLUMNS = (
    "num_images", "num_draws", "accuracy", "low", "high", "val_accuracy", "val_low", "val_high",
)  # fmt: skip

# Images that the saved network must answer as features and head do, and by how much a probability may differ.
_NUM_COMPARED, _TOLERANCE = 16, 1e-4


def train_head_on_features(
    run: Run, facts: RunFacts, prepared: Prepared, *, data: Path, cache: Path, reporter: Reporter
) -> Run:
    """Learn a head on a backbone's features, save the whole network, and judge it from the same features.

    Args:
        run: new, with its beginning written.
        facts: as they were written.
        prepared: scanned and split.
        data: as a person would type it.
        cache: where features and networks are kept.
        reporter: where progress is shown.

    Raises:
        RunError: if the saved network does not answer as features and head do.
    """
    began, began_cpu = time.monotonic(), time.process_time()
    pixels = {name: prepared.pixels(name) for name in ("train", "validation")}
    learned = learn_head(prepared, facts.training_recipe, cache=cache, reporter=reporter)
    head = learned.trained.head
    probabilities = {name: head.probabilities(each) for name, each in learned.features.items()}
    few = np.linspace(0, len(pixels["validation"]) - 1, min(_NUM_COMPARED, len(pixels["validation"]))).astype(int)
    _save(run, facts, head, pixels["validation"].gather(few), probabilities["validation"][few], cache=cache)
    curve = learned.curve(facts.training_recipe)
    run.write_table(run.learning_curve_path, CURVE_COLUMNS, curve_rows(curve))
    plot_learning_curve(curve, run.curves_path)
    seconds = Seconds(wall=round(time.monotonic() - began, 2), cpu=round(time.process_time() - began_cpu, 2))
    facts = facts.model_copy(update={"status": "finished", "seconds": seconds})
    accuracy = judge_run(run, facts, pixels, probabilities, data=data, curve=curve)
    write_facts(run, facts.model_copy(update={"validation": accuracy}))
    return run


def _save(run: Run, facts: RunFacts, head: Head, pixels: np.ndarray, probabilities: np.ndarray, *, cache: Path) -> None:
    """Write model.keras and layers.json, by the network of an earlier training where one is kept.

    Args:
        run, facts: of the training.
        head: the trained head.
        pixels: of a few images, uint8 (n, height, width, 3).
        probabilities: of these by features and head, which the network must give too.
        cache: where networks are kept.

    Raises:
        RunError: if the network gives others.
    """
    recipe = facts.training_recipe
    kind, image_size = recipe.network.model, recipe.preparation.image_size
    arrays = head.fold()
    kept = KeptNetwork(cache, kind, image_size, [array.shape for array in arrays])
    layers = kept.write(run.model_path, arrays)
    if layers is not None:
        # Its layers were compared when it was kept; these are the features of today, and the head as it is written.
        [features] = FeatureExtractor(kind, image_size=image_size).extract([pixels])
        _compare(softmax(features.astype(np.float64) @ arrays[0] + arrays[1]), probabilities)
        run.write(run.layers_path, layers)
        return
    network = build_network(kind, image_size, len(facts.class_names))
    network.get_layer("classifier").set_weights(list(arrays))
    model = with_probabilities(network)
    _compare(keras_engine(model)(pixels), probabilities)
    layers = LayerTable(layers=layer_table(network))
    run.write(run.layers_path, layers)
    with written_atomically(run.model_path) as temporary:
        save_model(model, temporary)
    kept.keep(run.model_path, arrays, layers)


def _compare(answers: np.ndarray, probabilities: np.ndarray) -> None:
    difference = float(np.abs(answers - probabilities).max())
    if not difference <= _TOLERANCE:
        raise RunError(
            f"the network differs from its features and head by {difference:.2g} in a probability, more than"
            f" {_TOLERANCE:g}; it is not saved: empty the cache with classeur cache --clear, and train again"
        )


def curve_rows(curve: LearningCurve) -> list[tuple[float, ...]]:
    """Return the rows of learning_curve.csv, in the order of `CURVE_COLUMNS`."""
    return [
        (point.num_images, point.num_draws, *(round(value, 6) for value in (*point.train, *point.validation)))
        for point in curve.points
    ]
