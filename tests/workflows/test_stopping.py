"""Stopped at any step: history, run.json, evaluation, words and model speak of the same weights."""

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.workflows import training

pytestmark = pytest.mark.keras

NUM_EPOCHS, STEPS_PER_EPOCH = 4, 3
# In float32, in which a model is judged: else the history and the model differ in the fourth digit.
OPTIONS = {
    "model": "tutorial",
    "image_size": 8,
    "batch_size": 8,
    "epochs": NUM_EPOCHS,
    "learning_rate": 0.01,
    "precision": "float32",
}


class Listener(Reporter):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def train_until(step: int, data: Path, out: Path, monkeypatch: pytest.MonkeyPatch, **options: object) -> list[str]:
    """Train until Ctrl-C at a step, counted from 1; return what was said."""
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == step

    @contextmanager
    def asked_to_stop(_: Callable[[], None]) -> Iterator[Callable[[], bool]]:
        yield should_stop

    listener = Listener()
    with monkeypatch.context() as patched:
        patched.setattr(training, "asked_to_stop", asked_to_stop)
        classeur.train(data, out=out, reporter=listener, **OPTIONS, **options)
    return listener.said


def judged_anew(run: Run) -> tuple[float, float]:
    """Return loss and accuracy of model.keras on the validation images, from their files."""
    rows = [row for row in run.read_table(run.split_path) if row["split"] == "validation"]
    classifier = classeur.load(run)
    predictions = list(classifier([run.data / row["path"] for row in rows]))
    losses = [-np.log(each.probabilities[row["label"]]) for each, row in zip(predictions, rows, strict=True)]
    right = [each.predicted == row["label"] for each, row in zip(predictions, rows, strict=True)]
    return float(np.mean(losses)), float(np.mean(right))


@pytest.mark.parametrize("keep", ["last", "best"])
def test_everything_agrees_wherever_a_training_is_stopped(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str
) -> None:
    seed = int(time.time())
    print("seed", seed)
    steps = [1, *random.Random(seed).sample(range(2, NUM_EPOCHS * STEPS_PER_EPOCH + 1), 3)]
    for step in steps:
        out = tmp_path / f"stopped-{step}"
        said = train_until(step, data, out, monkeypatch, keep=keep)
        run = Run.open(out)
        facts, rows = read_facts(run), run.read_table(run.history_path)
        done = (step - 1) // STEPS_PER_EPOCH
        assert facts.status == "stopped"
        assert facts.epochs_done == len(rows) == done
        loss, accuracy = judged_anew(run)
        judged = run.read_json(run.evaluation_path)["splits"]["validation"]
        assert facts.validation is not None
        assert facts.validation.value == pytest.approx(accuracy, abs=1e-6)
        assert judged["accuracy"]["value"] == pytest.approx(accuracy, abs=1e-6)
        assert judged["loss"]["value"] == pytest.approx(loss, abs=1e-4)
        words = re.fullmatch(r"stopped in epoch (\d+) of 4; the model is (.*); nothing is lost: .*--resume", said[-1])
        assert words is not None, said[-1]
        assert int(words[1]) == done + 1
        if not done:
            assert facts.kept_epoch == 0
            assert words[2] == "of a part of epoch 1"
            continue
        assert facts.kept_epoch is not None
        kept = rows[facts.kept_epoch - 1]
        assert words[2] == f"that of epoch {facts.kept_epoch}"
        if keep == "last":
            assert facts.kept_epoch == done
        else:
            assert float(kept["val_accuracy"]) == max(float(row["val_accuracy"]) for row in rows)
        assert float(kept["val_accuracy"]) == pytest.approx(accuracy, abs=1e-6)
        assert float(kept["val_loss"]) == pytest.approx(loss, abs=1e-4)


def test_what_was_learned_inside_an_epoch_is_not_lost(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = classeur.train(data, out=tmp_path / "whole", reporter=Reporter(), **OPTIONS)
    train_until(5, data, tmp_path / "stopped", monkeypatch)
    seconds = read_facts(Run(tmp_path / "stopped")).seconds
    resumed = classeur.train(out=tmp_path / "stopped", resume=True, reporter=Reporter())
    after = read_facts(resumed).seconds
    assert resumed.predictions_path.read_bytes() == whole.predictions_path.read_bytes()
    assert seconds is not None
    assert after is not None
    assert after.wall > seconds.wall > 0, "all sittings together"
    assert after.cpu > seconds.cpu > 0
    assert not (resumed.checkpoints_path / "step.npz").exists(), "superseded"


@pytest.mark.parametrize(("keep", "rate"), [("last", 0.01), ("best", 0.01), ("best", 1e-12)])
def test_a_finished_run_keeps_only_what_its_model_does_not_hold(
    data: Path, tmp_path: Path, keep: str, rate: float
) -> None:
    """And goes on from that to the same bits; at a rate of next to nothing the best epoch stays the first."""
    options = {**OPTIONS, "learning_rate": rate, "keep": keep, "dropout": 0.2, "augment": "all"}
    whole = classeur.train(data, out=tmp_path / "whole", reporter=Reporter(), **{**options, "epochs": 4})
    fewer = classeur.train(data, out=tmp_path / "fewer", reporter=Reporter(), **{**options, "epochs": 3})
    model = fewer.model_path.stat().st_size
    assert [path.name for path in fewer.checkpoints_path.iterdir()] == ["last.npz"]
    facts = read_facts(fewer)
    holds_last = facts.kept_epoch == facts.epochs_done
    assert (fewer.checkpoints_path / "last.npz").stat().st_size < (2.3 if holds_last else 3.3) * model
    more = classeur.train(out=tmp_path / "fewer", resume=True, epochs=4, reporter=Reporter())
    assert read_facts(more).kept_epoch == read_facts(whole).kept_epoch
    with np.load(whole.checkpoints_path / "last.npz") as one, np.load(more.checkpoints_path / "last.npz") as other:
        assert [name for name in one.files if name != "position" and one[name].tobytes() != other[name].tobytes()] == []
    weights = [load_model(run.model_path).get_weights() for run in (whole, more)]
    assert all(map(np.array_equal, *weights))
    assert whole.predictions_path.read_bytes() == more.predictions_path.read_bytes()
