"""Calibration of a run: its last layer is divided by one temperature before its files are written."""

from typing import TYPE_CHECKING

import numpy as np

from classeur.delivery.calibration_words import calibration_sentence
from classeur.delivery.progress import Reporter
from classeur.evaluation.calibration import (
    VALIDATION,
    Calibration,
    choose_temperature,
    cross_fitted,
    measure_sureness,
)
from classeur.evaluation.sampling import Sampling
from classeur.run import Run
from classeur.training.head import Head
from classeur.workflows.counting import counting
from classeur.workflows.heads import Learned
from classeur.workflows.judged import counted_rows, rows_of

if TYPE_CHECKING:
    import keras


def calibrate_head(run: Run, learned: Learned, reporter: Reporter) -> Head:
    """Return a head on features with calibrated logits, and write and say what that does.

    The temperature is that of the training images by heads that never saw them, so validation was not used for it.

    Args:
        run: whose calibration.json is written.
        learned: the head, with the logits of held-out images.
        reporter: where it is said.
    """
    head, labels = learned.trained.head, learned.labels
    found = choose_temperature(
        learned.trained.choice.logits,
        labels["train"],
        fitted_on="training images that were held out",
        weights=learned.weights,
    )
    counts = _counts(run)
    before = head.logits(learned.features["validation"][counts])
    _record(run, found, before, before / found.temperature, labels["validation"][counts], reporter)
    return head if found.temperature == 1 else head.tempered(found.temperature)


def calibrate_network(
    run: Run,
    network: "keras.Model",
    logits: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    reporter: Reporter,
) -> tuple[float, list[np.ndarray]]:
    """Divide a network's last layer by the temperature of its validation images, and write and say what that does.

    What it does is told of temperatures from other images than they are judged on.

    Args:
        run: whose calibration.json is written.
        network: trained; its last layer gives the logits, and is changed.
        logits: of the validation images, float (n, classes), in the order of split.csv, which says their groups. Those
            that belong with images in training would look surer than new ones, and do not count.
        labels: of these, int (n,).
        seed: of the folds.
        reporter: where it is said.

    Returns:
        the temperature, and the last layer's weights as they were trained: none if it is 1.
    """
    counts = _counts(run)
    logits, labels = logits[counts], labels[counts]
    found = choose_temperature(logits, labels, fitted_on=VALIDATION)
    clusters = Sampling.of(_groups(run)).clusters
    after = logits if found.temperature == 1 else cross_fitted(logits, labels, groups=clusters, seed=seed)
    _record(run, found, logits, after, labels, reporter)
    if found.temperature == 1:
        return 1.0, []
    trained: list[np.ndarray] = network.layers[-1].get_weights()
    network.layers[-1].set_weights([array / np.float32(found.temperature) for array in trained])
    return found.temperature, trained


def _counts(run: Run) -> np.ndarray:
    """Return which validation images count, bool (n,)."""
    return counting(run, "validation", [row["hash"] for row in rows_of(run, "validation")])


def _groups(run: Run) -> list[str]:
    return [row.get("group", "") for row in counted_rows(run, "validation")]


def temperature_of(run: Run) -> float:
    """Return what the last layer of a run's model was divided by; 1 for a run of before.

    Raises:
        BrokenRunError: if calibration.json is damaged.
    """
    if not run.calibration_path.exists():
        return 1.0
    return run.read(run.calibration_path, Calibration).temperature


def _record(
    run: Run, found: Calibration, before: np.ndarray, after: np.ndarray, labels: np.ndarray, reporter: Reporter
) -> None:
    groups = _groups(run)
    found = found.model_copy(
        update={
            "judged_on": VALIDATION,
            "before": measure_sureness(before, labels, groups=groups),
            "after": measure_sureness(after, labels, groups=groups),
        }
    )
    run.write(run.calibration_path, found)
    reporter.say(calibration_sentence(found))
