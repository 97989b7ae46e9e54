"""Losses and calibration of images that chose the temperature: each by the temperature that other images choose.

A network that is trained by epochs has its temperature from its validation images. Judged by these, it looks calibrated
whatever it is.
"""

import numpy as np

from classeur.evaluation.calibration import VALIDATION, Calibration, Sureness, cross_fitted, measure_sureness
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.scoring import Score, score
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.training.logits import softmax
from classeur.workflows.judged import image_facts, with_slices
from classeur.workflows.kept_logits import groups_of

_CROSS_FITTED = ", cross-fitted"


def with_cross_fitted(run: Run, split: str, result: Score, said: SplitLogits) -> Score:
    """Return a score whose loss, Brier score and calibration are of images that no temperature was fitted to.

    Which class is the most probable does not depend on a temperature, so the rest stays. The score of other images than
    those that chose the temperature stays as it is.

    Args:
        run: whose calibration.json and split.csv are read.
        split: of its images.
        result: the score of the model as it is saved.
        said: by that model, of these images.
    """
    fair = cross_fitted_logits(run, split, said)
    if fair is None or is_cross_fitted(result):
        return result
    clusters = groups_of(run, split, said.hashes)
    groups = None if clusters is None else list(map(str, clusters.tolist()))
    found = score(fair, said.labels, class_names=list(result.per_class), groups=groups)
    numbers = {"loss": found.loss, "brier": found.brier, "calibration_error": found.calibration_error}
    marked = {
        name: each and each.model_copy(update={"method": each.method + _CROSS_FITTED}) for name, each in numbers.items()
    }
    return result.model_copy(update={**marked, "ece": found.ece})


def scored_again(run: Run, split: str, recorded: Score, said: SplitLogits) -> Score:
    """Return a recorded score with every number that logits give computed from these, as `evaluate` does.

    So all that shows a score shows the same, also of a run that was recorded by a version that computed otherwise. What
    else was looked at, such as slices, is as it was recorded, if that was of the same images.

    Args:
        run, split, said: as `with_cross_fitted` takes them.
        recorded: of the same images, or of these and others that do not count.
    """
    class_names = list(recorded.per_class)
    rows = {(row["hash"], row["label"]): row for row in run.read_table(run.split_path) if row["split"] == split}
    keys = [(each, class_names[label]) for each, label in zip(said.hashes, said.labels.tolist(), strict=True)]
    groups = [rows[key].get("group", "") if key in rows else "" for key in keys]
    result = score(said.logits, said.labels, class_names=class_names, groups=groups)
    result = with_cross_fitted(run, split, result, said)
    again = recorded.model_copy(update={name: getattr(result, name) for name in result.model_fields_set})
    if again.num_images == recorded.num_images or any(key not in rows for key in keys):
        return again
    # Recorded by a version that counted images that belong with images in training.
    right = softmax(said.logits).argmax(axis=1) == said.labels
    return with_slices(again, right, image_facts([rows[key] for key in keys]))


def renew_calibration(run: Run, split: str, result: Score, said: SplitLogits) -> None:
    """Write to calibration.json what its temperature does by these numbers, so that it says what evaluation.json says.

    A run may have been calibrated by a version that computed otherwise, and the model as it is saved rounds otherwise.

    Args:
        run, split, said: as `with_cross_fitted` takes them.
        result: of these images, with cross-fitted numbers.

    Raises:
        StorageError: if it cannot be written.
    """
    if split != "validation" or not run.calibration_path.exists():
        return
    found = run.read(run.calibration_path, Calibration)
    if found.judged_on != VALIDATION:
        return
    clusters = groups_of(run, split, said.hashes)
    groups = None if clusters is None else list(map(str, clusters.tolist()))
    before = measure_sureness(said.logits * found.temperature, said.labels, groups=groups)
    after = Sureness(log_loss=result.loss, brier=result.brier, calibration_error=result.calibration_error)
    renewed = found.model_copy(update={"before": before, "after": after})
    if renewed != found:
        run.write(run.calibration_path, renewed)


def cross_fitted_logits(run: Run, split: str, said: SplitLogits) -> np.ndarray | None:
    """Return logits as `calibration.cross_fitted` gives them; None where the temperature is not of these images.

    Args:
        run, split, said: as `with_cross_fitted` takes them.
    """
    if split != "validation" or not run.calibration_path.exists():
        return None
    found = run.read(run.calibration_path, Calibration)
    if found.fitted_on != VALIDATION or found.temperature == 1:
        return None
    clusters = groups_of(run, split, said.hashes)
    return cross_fitted(said.logits * found.temperature, said.labels, groups=clusters, seed=read_facts(run).recipe.seed)


def is_cross_fitted(result: Score) -> bool:
    """Return whether a score's loss and calibration are of temperatures that other images chose."""
    return result.loss.method.endswith(_CROSS_FITTED)
