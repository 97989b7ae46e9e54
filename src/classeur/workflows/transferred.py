"""The end of every training on frozen features: its network is compared with them, saved, and judged by them."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.evaluation.learning_curve import LearningCurve
from classeur.evaluation.outliers import CompactUnlikeness
from classeur.images.pixels import Pixels
from classeur.models.assembly import LayerTable, layer_table, save_model, with_probabilities
from classeur.models.checksum import model_checksum
from classeur.models.features import FeatureExtractor
from classeur.models.kept_networks import KeptNetwork
from classeur.models.lite_blocks import KINDS
from classeur.models.onnx_network import Network
from classeur.run import Run
from classeur.storage import written_atomically
from classeur.training.facts import RunFacts, Seconds, write_facts
from classeur.training.logits import softmax
from classeur.workflows.classifiers import keras_answers, model_of
from classeur.workflows.deciding import decide_for_run
from classeur.workflows.export import NUM_COMPARED, remove_exported, write_lite_onnx, write_onnx
from classeur.workflows.judged import labels_of, rows_of
from classeur.workflows.judging import judge_run

if TYPE_CHECKING:
    import keras

# Images that the saved network must answer as features and head do, and by how much a probability may differ.
_NUM_COMPARED, _TOLERANCE = 16, 1e-4


class Clock(NamedTuple):
    """When a training began, by the wall and by the processor."""

    wall: float
    cpu: float

    @classmethod
    def started(cls) -> Self:
        """Return a clock that starts now."""
        return cls(time.monotonic(), time.process_time())

    @property
    def seconds(self) -> Seconds:
        """The time since then."""
        wall, cpu = time.monotonic() - self.wall, time.process_time() - self.cpu
        return Seconds(wall=round(wall, 2), cpu=round(cpu, 2))


class NetworkHead(NamedTuple):
    """What stands on a frozen backbone in a network."""

    arrays: tuple[np.ndarray, ...]  # float32, in the network's layers
    logits: Callable[[np.ndarray], np.ndarray]  # of features (n, features), computed from these arrays
    build: "Callable[[], keras.Model]"  # the whole network with them: uint8 (n, height, width, 3) → logits
    onnx: Network  # the same head for an ONNX file
    unlikeness: CompactUnlikeness | None = None  # a score of the same features, which an ONNX file has beside it


def save_network(
    run: Run, facts: RunFacts, head: NetworkHead, pixels: Pixels, probabilities: np.ndarray, *, cache: Path
) -> None:
    """Write model.keras and layers.json, by the network of an earlier training where one is kept.

    Args:
        run, facts: of the training.
        head: that was trained.
        pixels: of judged images.
        probabilities: of these by features and head, which the network must give too, float (n, classes).
        cache: where networks are kept.

    Raises:
        RunError: if the network gives others.
    """
    recipe = facts.training_recipe
    kind, image_size = recipe.network.model, recipe.preparation.image_size
    few = np.linspace(0, len(pixels) - 1, min(_NUM_COMPARED, len(pixels))).astype(int)
    shown, expected = pixels.gather(few), probabilities[few]
    remove_exported(run)
    kept = KeptNetwork(cache, kind, image_size, [array.shape for array in head.arrays])
    if kept.path.exists():
        # Its layers were compared when it was kept; these are the features of today, and the head as it is written.
        [features] = FeatureExtractor(kind, image_size=image_size).extract([shown])
        _compare(softmax(head.logits(features)), expected)
        layers = kept.write(run.model_path, head.arrays)
        if layers is not None:
            run.write(run.layers_path, layers)
            return
    network = head.build()
    model = with_probabilities(network)
    _compare(keras_answers(model)(shown), expected)
    layers = LayerTable(layers=layer_table(network))
    run.write(run.layers_path, layers)
    with written_atomically(run.model_path) as temporary:
        save_model(model, temporary)
    kept.keep(run.model_path, head.arrays, layers)


def finish_run(
    run: Run,
    facts: RunFacts,
    head: NetworkHead,
    features: np.ndarray,
    pixels: Mapping[str, Pixels],
    logits: Mapping[str, np.ndarray],
    *,
    clock: Clock,
    data: Path,
    curve: LearningCurve | None = None,
    reporter: Reporter,
) -> None:
    """Judge a run whose network is saved, write model.onnx, and that the run is finished.

    Args:
        run, facts: of the training.
        head: that was trained.
        features: of the validation images, float32 (n, features).
        pixels: of `train` and `validation`.
        logits: of these by features and head, float (n, 1) of two classes or (n, classes).
        clock: from the training's beginning.
        data: as a person would type it.
        curve: accuracy by number of training images, if there is one.
        reporter: where it is said that there is no model.onnx.
    """
    facts = facts.model_copy(update={"status": "finished", "seconds": clock.seconds})
    accuracy = judge_run(run, facts, pixels, logits, data=data, curve=curve)
    facts = facts.model_copy(update={"validation": accuracy, "model": model_checksum(run.model_path)})
    if not facts.one_class:
        labels = labels_of(rows_of(run, "validation"), facts.class_names)
        unlike = None if head.unlikeness is None else (head.unlikeness, head.unlikeness.score(features))
        decided = decide_for_run(run, facts, logits["validation"], labels, unlike=unlike, reporter=reporter)
        facts = facts.model_copy(update={"decided": decided})
    judged, answers = pixels["validation"], softmax(logits["validation"])
    if facts.recipe.network.model in KINDS:
        write_lite_onnx(
            run,
            facts,
            head.onnx,
            features=features,
            probabilities=answers,
            pixels=judged,
            reporter=reporter,
        )
    else:
        if len(judged) < NUM_COMPARED:
            judged = judged.followed_by(pixels["train"])
            answers = np.concatenate([answers, softmax(logits["train"])])
        write_onnx(run, facts, model_of(run), judged, expected=answers, reporter=reporter)
    # Written last, so that a run that is killed before can be resumed.
    write_facts(run, facts)


def _compare(answers: np.ndarray, probabilities: np.ndarray) -> None:
    difference = float(np.abs(answers - probabilities).max())
    if not difference <= _TOLERANCE:
        raise RunError(
            f"the network differs from its features and head by {difference:.2g} in a probability, more than"
            f" {_TOLERANCE:g}; it is not saved: empty the cache with classeur cache --clear, and train again"
        )
