"""Images that chose a temperature are not judged by it."""

from pathlib import Path

import numpy as np
import pytest

from classeur.evaluation.calibration import Calibration, choose_temperature, cross_fitted, measure_sureness
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.scoring import score
from classeur.images.preparation import Preparation
from classeur.run import Run
from classeur.training.facts import RunFacts, write_facts
from classeur.training.recipe import Network, Recipe
from classeur.workflows.cross_fitting import is_cross_fitted, renew_calibration, with_cross_fitted

NAMES = ("cats", "dogs")
SEED = 3


def run_of(path: Path, fitted_on: str) -> tuple[Run, SplitLogits, np.ndarray]:
    """Return a run, what its calibrated model says of validation images in groups of three, and as it was trained."""
    random = np.random.default_rng(0)
    trained = 3 * random.normal(0, 2, (300, 1))
    labels = (random.random(300) < 1 / (1 + np.exp(-trained[:, 0] / 3))).astype(np.int64)
    trained = np.concatenate([np.zeros((300, 1)), trained], axis=1)
    found = choose_temperature(trained, labels, fitted_on=fitted_on)
    assert found.temperature > 2
    run = Run(path)
    run.write(run.calibration_path, found)
    recipe = Recipe(preparation=Preparation(image_size=8), network=Network(model="tutorial"), seed=SEED)
    write_facts(run, RunFacts(status="finished", recipe=recipe, class_names=NAMES, counts={}))
    said = SplitLogits(trained / found.temperature, labels, tuple(f"{number:032x}" for number in range(300)))
    rows = [
        (f"{each}.png", NAMES[label], "validation", each, f"g{number // 3}")
        for number, (each, label) in enumerate(zip(said.hashes, labels.tolist(), strict=True))
    ]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    return run, said, trained


def test_loss_and_calibration_are_of_temperatures_that_other_images_chose(tmp_path: Path) -> None:
    run, said, trained = run_of(tmp_path, "validation images")
    groups = [f"g{number // 3}" for number in range(300)]
    saved = score(said.logits, said.labels, class_names=NAMES, groups=groups)
    found = with_cross_fitted(run, "validation", saved, said)
    fair = cross_fitted(trained, said.labels, groups=np.arange(300) // 3, seed=SEED)
    expected = score(fair, said.labels, class_names=NAMES, groups=groups)
    for name in ("loss", "brier", "calibration_error"):
        here, there = getattr(found, name), getattr(expected, name)
        assert (here.value, here.low, here.high) == pytest.approx((there.value, there.low, there.high))
        assert here.method == f"{there.method}, cross-fitted"
    assert found.ece == pytest.approx(expected.ece)
    assert found.loss.value > saved.loss.value
    same = {"loss", "brier", "calibration_error", "ece"}
    assert found.model_dump(exclude=same) == saved.model_dump(exclude=same)
    assert is_cross_fitted(found)
    assert with_cross_fitted(run, "validation", found, said) is found, "once"


def test_other_images_and_other_temperatures_are_judged_as_the_model_is_saved(tmp_path: Path) -> None:
    run, said, _ = run_of(tmp_path, "training images that were held out")
    saved = score(said.logits, said.labels, class_names=NAMES)
    assert with_cross_fitted(run, "validation", saved, said) is saved
    fitted = run.read(run.calibration_path, Calibration).model_copy(update={"fitted_on": "validation images"})
    run.write(run.calibration_path, fitted)
    for split in ("train", "test"):
        assert with_cross_fitted(run, split, saved, said) is saved
    run.write(run.calibration_path, fitted.model_copy(update={"temperature": 1.0}))
    assert with_cross_fitted(run, "validation", saved, said) is saved
    run.calibration_path.unlink()
    assert with_cross_fitted(run, "validation", saved, said) is saved


@pytest.mark.parametrize("fitted_on", ["validation images", "training images that were held out"])
def test_calibration_json_says_what_evaluation_json_says(tmp_path: Path, fitted_on: str) -> None:
    """Whatever it said, as a version before had it or the network as it was trained; the temperature stays."""
    run, said, trained = run_of(tmp_path, fitted_on)
    groups = [f"g{number // 3}" for number in range(300)]
    of_before = measure_sureness(trained + 0.1 * np.arange(2), said.labels)
    written = run.read(run.calibration_path, Calibration).model_copy(
        update={"judged_on": "validation images", "before": of_before, "after": of_before}
    )
    run.write(run.calibration_path, written)
    result = score(said.logits, said.labels, class_names=NAMES, groups=groups)
    result = with_cross_fitted(run, "validation", result, said)
    renew_calibration(run, "test", result, said)
    assert run.read(run.calibration_path, Calibration) == written
    renew_calibration(run, "validation", result, said)
    found = run.read(run.calibration_path, Calibration)
    assert found.after is not None
    assert found.before is not None
    assert (found.after.log_loss, found.after.brier) == (result.loss, result.brier)
    assert found.after.calibration_error == result.calibration_error
    assert ("cross-fitted" in found.after.log_loss.method) == (fitted_on == "validation images")
    expected = score(trained, said.labels, class_names=NAMES, groups=groups).loss
    assert found.before.log_loss.value == pytest.approx(expected.value)
    assert (found.before.log_loss.low, found.before.log_loss.high) == pytest.approx((expected.low, expected.high))
    assert found.temperature == written.temperature
