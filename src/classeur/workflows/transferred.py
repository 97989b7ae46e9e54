"""The end of every training on a frozen backbone's features: the whole network is compared with them, saved, judged."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.images.pixels import Pixels
from classeur.models.assembly import LayerTable, layer_table, save_model, with_probabilities
from classeur.run import Run
from classeur.storage import written_atomically
from classeur.training.facts import RunFacts, Seconds, write_facts
from classeur.training.history import COLUMNS
from classeur.workflows.classifiers import classifier_of, keras_engine
from classeur.workflows.evaluation import judge_run

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


def save_and_judge(
    run: Run,
    facts: RunFacts,
    network: "keras.Model",
    *,
    probabilities: Mapping[str, np.ndarray],
    pixels: Mapping[str, Pixels],
    clock: Clock,
    data: Path,
    reporter: Reporter,
) -> None:
    """Save a network whose head was learned on features, and judge it from these; the run is finished then.

    Args:
        run: with its beginning written.
        facts: of the run; its class names are those of the probabilities.
        network: uint8 (n, height, width, 3) → logits.
        probabilities: of `train` and `validation` by features and head, float (n, classes).
        pixels: of the same splits.
        clock: from the training's beginning.
        data: as a person would type it.
        reporter: where progress is shown.

    Raises:
        RunError: if the network does not answer as features and head do.
    """
    model = with_probabilities(network)
    run.write(run.layers_path, LayerTable(layers=layer_table(network)))
    classifier = classifier_of(keras_engine(model), facts, run=run.path.name)
    judged = pixels["validation"]
    few = np.linspace(0, len(judged) - 1, min(_NUM_COMPARED, len(judged))).astype(int)
    difference = float(np.abs(classifier.probabilities_of(judged.gather(few)) - probabilities["validation"][few]).max())
    if difference > _TOLERANCE:
        raise RunError(
            f"the network differs from its features and head by {difference:.2g} in a probability, more than"
            f" {_TOLERANCE:g}; it is not saved: report this with what classeur doctor prints"
        )
    with written_atomically(run.model_path) as temporary:
        save_model(model, temporary)
    run.write_table(run.history_path, COLUMNS, [])
    facts = facts.model_copy(update={"status": "finished", "seconds": clock.seconds})
    accuracy = judge_run(run, classifier, facts, pixels, known=probabilities, data=data, reporter=reporter)
    write_facts(run, facts.model_copy(update={"validation": accuracy}))
