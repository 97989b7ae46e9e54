"""A temperature is in every file of a run, is not in its checkpoints, and leaves a resumed training as it was."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import classeur
from classeur.delivery.progress import Reporter
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.logits import read_logits
from classeur.evaluation.scoring import Evaluation, score
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.folds import assign_folds
from classeur.training.head import PenaltyChoice, TrainedHead, fit_head
from classeur.training.logits import softmax
from classeur.workflows.calibration import calibrate_head
from classeur.workflows.heads import Learned

OPTIONS: dict[str, Any] = {"model": "tutorial", "image_size": 8, "batch_size": 10, "learning_rate": 0.003}


class Said(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark cats and light dogs, of which four in ten for validation are in the other's folder: errors that are sure."""
    folder, random = tmp_path_factory.mktemp("noise"), np.random.default_rng(0)
    for split, count in (("train", 40), ("validation", 60)):
        for name, level, other in (("cats", 90, 160), ("dogs", 160, 90)):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                own = level if split == "train" or number % 10 > 3 else other
                noise = np.clip(random.normal(own, 40, (8, 8, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(noise).save(folder / split / name / f"{number:02}.png")
    return folder


def train(data: Path, out: Path, **options: Any) -> Run:
    return classeur.train(data, out=out, reporter=Reporter(), **{**OPTIONS, **options})


def temperature(run: Run) -> float:
    return run.read(run.calibration_path, Calibration).temperature


def weights(run: Run) -> list[np.ndarray]:
    found: list[np.ndarray] = load_model(run.model_path).get_weights()
    return found


@pytest.mark.keras
def test_temperature_is_in_the_model_its_onnx_file_and_what_was_judged(data: Path, tmp_path: Path) -> None:
    run = train(data, tmp_path / "run", epochs=3)
    found = run.read(run.calibration_path, Calibration)
    assert found.temperature > 1.3
    assert found.before is not None
    assert found.after is not None
    assert found.after.log_loss.value < found.before.log_loss.value
    kept = read_logits(run.logits_path)["validation"]
    judged = run.read(run.evaluation_path, Evaluation).splits["validation"]
    # Of temperatures that these images were not used for, and so are the numbers of evaluation.json.
    for number, cross in ((judged.loss, found.after.log_loss), (judged.brier, found.after.brier)):
        assert number == cross
        assert number.method.endswith(", cross-fitted")
    saved = score(kept.logits, kept.labels, class_names=list(judged.per_class))
    assert judged.loss.value > saved.loss.value
    assert judged.accuracy == saved.accuracy
    again = classeur.evaluate(run, reporter=Reporter())
    assert (again.loss, again.calibration_error, again.ece) == (judged.loss, judged.calibration_error, judged.ece)
    run.write(run.calibration_path, found.model_copy(update={"after": found.before}))  # of a version before
    classeur.evaluate(run, reporter=Reporter())
    assert run.read(run.calibration_path, Calibration) == found
    paths = [data / row["path"] for row in run.read_table(run.split_path) if row["split"] == "validation"]
    pixels = np.stack([np.asarray(Image.open(path)) for path in paths])
    by_keras = np.asarray(load_model(run.model_path).predict_on_batch(pixels))
    assert by_keras == pytest.approx(softmax(kept.logits), abs=1e-5)
    by_onnx = [list(each.probabilities.values()) for each in classeur.predict(run, paths, reporter=Reporter())]
    assert np.array(by_onnx) == pytest.approx(by_keras, abs=1e-5)


@pytest.mark.keras
@pytest.mark.parametrize("keep", ["last", "best"])
def test_resumed_training_does_not_see_the_temperature(data: Path, tmp_path: Path, keep: str) -> None:
    whole = train(data, tmp_path / "whole", epochs=4, keep=keep)
    parts = train(data, tmp_path / "parts", epochs=3, keep=keep)
    assert temperature(parts) > 1.1
    resumed = classeur.train(out=parts.path, resume=True, epochs=4, reporter=Reporter())
    assert (
        resumed.history_path.read_text().split("\n")[1].rpartition(",")[0]
        == (whole.history_path.read_text().split("\n")[1].rpartition(",")[0])
    )
    assert temperature(resumed) == temperature(whole)
    assert all(np.array_equal(there, here) for there, here in zip(weights(resumed), weights(whole), strict=True))


@pytest.mark.keras
def test_training_from_a_run_begins_where_that_ended(data: Path, tmp_path: Path) -> None:
    source = train(data, tmp_path / "source", epochs=3)
    assert temperature(source) > 1.3
    still = train(data, tmp_path / "still", epochs=1, from_run=source, learning_rate=1e-12)
    assert temperature(still) == pytest.approx(temperature(source), rel=1e-4)
    for there, here in zip(weights(still), weights(source), strict=True):
        assert there == pytest.approx(here, rel=1e-4, abs=1e-7)


def learned(times: float) -> tuple[Learned, np.ndarray]:
    """Return a head that is `times` as sure as it is right, as its held-out logits say."""
    random = np.random.default_rng(0)
    features = random.normal(size=(1200, 5)).astype(np.float32)
    labels = (random.random(1200) < 1 / (1 + np.exp(-2 * features[:, 0]))).astype(np.int64)
    head = fit_head(features[:800], labels[:800], num_classes=2, inverse_penalty=1).tempered(1 / times)
    folds = assign_folds(labels[:800], num_folds=2)
    held_out = np.full((800, 1), np.nan)
    for fold in (0, 1):
        others = folds != fold
        half = fit_head(features[:800][others], labels[:800][others], num_classes=2, inverse_penalty=1)
        held_out[~others] = half.tempered(1 / times).logits(features[:800][~others])
    return Learned(
        features={"train": features[:800], "validation": features[800:]},
        labels={"train": labels[:800], "validation": labels[800:]},
        counts=np.ones(400, bool),
        groups=np.arange(800),
        validation_groups=np.arange(400),
        weights=None,
        trained=TrainedHead(head, PenaltyChoice(1.0, (), held_out)),
    ), features


def run_of(path: Path) -> Run:
    """Return a run with the 400 validation images of `learned`."""
    run = Run(path)
    rows = [(f"{number}.png", "a", "validation", f"{number:032x}", "") for number in range(400)]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    return run


def test_head_is_calibrated_by_training_images_that_were_held_out(tmp_path: Path) -> None:
    run, said = run_of(tmp_path), Said()
    of_head, features = learned(3.0)
    head = calibrate_head(run, of_head, said)
    found = run.read(run.calibration_path, Calibration)
    assert found.temperature == pytest.approx(3, rel=0.15)
    assert found.fitted_on == "training images that were held out"
    assert head.logits(features) == pytest.approx(of_head.trained.head.logits(features) / found.temperature)
    kernel, bias = head.fold()
    assert features @ kernel + bias == pytest.approx(head.logits(features), abs=1e-4)
    assert found.before is not None
    assert found.after is not None
    assert found.after.log_loss.value < found.before.log_loss.value
    (line,) = said.lines
    assert line.startswith(f"probabilities are calibrated: temperature {found.temperature:.2f} (95 %: ")
    assert "400 validation images log loss" in line


def test_head_that_is_calibrated_stays_as_it_is(tmp_path: Path) -> None:
    run, said = run_of(tmp_path), Said()
    of_head, _ = learned(1.0)
    assert calibrate_head(run, of_head, said) is of_head.trained.head
    assert said.lines == [
        "probabilities are as they were trained (temperature 1): these images do not tell it from 1, of 800 training"
        " images that were held out"
    ]
