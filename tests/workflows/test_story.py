"""The thin line through everything, on tiny folders: scan, train, resume, judge, compare."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import RunError, RunExistsError, UsageError
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.checkpoint import Checkpoints
from classeur.training.facts import read_facts

pytestmark = pytest.mark.keras
QUIET = Reporter()
SMALL = {"model": "tutorial", "image_size": 16, "batch_size": 8, "epochs": 2}
AUGMENTED = {**SMALL, "augment": "all", "dropout": 0.2, "epochs": 3}


@pytest.fixture
def data(image_folder: Callable[..., Path]) -> Path:
    return image_folder({"train": {"cats": 10, "dogs": 11}, "validation": {"cats": 6, "dogs": 5}})


def train(data: Path | None, out: Path, **options: object) -> Run:
    return classeur.train(data, out=out, reporter=QUIET, **options)


def history_without_seconds(run: Run) -> list[dict[str, str]]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in run.read_table(run.history_path)]


def weights(run: Run) -> list[np.ndarray]:
    return load_model(run.model_path).get_weights()


def test_a_run_directory_is_whole(data: Path, tmp_path: Path) -> None:
    run = train(data, tmp_path / "run", **SMALL)
    wrong = [row for row in run.read_table(run.predictions_path) if row["label"] != row["predicted"]]
    has_errors = any(row["split"] == "validation" for row in wrong)
    assert sorted(path.name for path in run.path.iterdir()) == sorted([
        "calibration.json", "card.md", "checkpoints", "curves.png", "diagnosis.json", *["errors.png"] * has_errors,
        "evaluation.json", "history.csv", "labels.txt", "layers.json", "local.json", "logits.npz", "model.keras",
        "model.onnx", "predictions.csv", "report.html", "report.json", "risk_coverage.csv", "risk_coverage.png",
        "run.json", "set_aside.csv", "split.csv", "usage",
    ])  # fmt: skip
    assert read_facts(run).status == "finished"
    assert read_facts(run).counts == {
        "found": 32, "used": 32, "set_aside": 0, "left_out": 0, "train": 21, "validation": 11,
    }  # fmt: skip
    assert len(run.read_table(run.history_path)) == 2
    scores = json.loads(run.evaluation_path.read_text())["splits"]
    last = run.read_table(run.history_path)[-1]
    assert scores["validation"]["num_images"] == 11
    assert scores["validation"]["accuracy"]["value"] == pytest.approx(float(last["val_accuracy"]), abs=1e-6)
    assert scores["validation"]["loss"]["value"] == pytest.approx(float(last["val_loss"]), abs=1e-5)


def test_the_same_seed_gives_the_same_model_and_another_does_not(data: Path, tmp_path: Path) -> None:
    first, same, other = (
        train(data, tmp_path / name, seed=seed, **AUGMENTED) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert all(map(np.array_equal, weights(first), weights(same)))
    assert history_without_seconds(first) == history_without_seconds(same)
    assert not all(map(np.array_equal, weights(first), weights(other)))


@pytest.mark.parametrize("keep", ["last", "best"])
def test_stopped_inside_an_epoch_and_resumed_is_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str
) -> None:
    whole = train(data, tmp_path / "whole", keep=keep, **AUGMENTED)
    steps = iter(range(100))
    with monkeypatch.context() as patched:
        from contextlib import contextmanager

        @contextmanager
        def stop_at_the_fifth(_on_request: object):  # type: ignore[no-untyped-def]
            yield lambda: next(steps) == 4

        patched.setattr("classeur.workflows.training.asked_to_stop", stop_at_the_fifth)
        stopped = train(data, tmp_path / "stopped", keep=keep, **AUGMENTED)
    assert read_facts(stopped).status == "stopped"
    position = Checkpoints(stopped.checkpoints_path).load("step")[0]
    assert (position.epoch, position.step) == (1, 2)
    resumed = train(None, tmp_path / "stopped", resume=True)
    assert read_facts(resumed).status == "finished"
    assert history_without_seconds(resumed) == history_without_seconds(whole)
    assert all(map(np.array_equal, weights(resumed), weights(whole)))
    assert resumed.predictions_path.read_bytes() == whole.predictions_path.read_bytes()


def test_a_finished_training_goes_on_for_more_epochs(data: Path, tmp_path: Path) -> None:
    long = train(data, tmp_path / "long", **AUGMENTED)
    short = train(data, tmp_path / "short", **{**AUGMENTED, "epochs": 1})
    with pytest.raises(RunError, match="finished"):
        train(None, short.path, resume=True)
    more = train(None, short.path, resume=True, epochs=3)
    assert history_without_seconds(more) == history_without_seconds(long)
    assert all(map(np.array_equal, weights(more), weights(long)))


def test_resume_refuses_other_options_and_other_images(data: Path, tmp_path: Path) -> None:
    run = train(data, tmp_path / "run", **{**SMALL, "epochs": 1})
    with pytest.raises(UsageError, match="batch size"):
        train(None, run.path, resume=True, batch_size=4, epochs=2)
    next((data / "train" / "cats").iterdir()).unlink()
    with pytest.raises(RunError, match="changed"):
        train(None, run.path, resume=True, epochs=2)


def test_a_run_is_not_overwritten_unless_asked(data: Path, tmp_path: Path) -> None:
    run = train(data, tmp_path / "run", **{**SMALL, "epochs": 1})
    before = run.history_path.read_bytes()
    with pytest.raises(RunExistsError, match="--overwrite"):
        train(data, run.path, **SMALL)
    assert run.history_path.read_bytes() == before
    assert len(train(data, run.path, overwrite=True, **SMALL).read_table(run.history_path)) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunExistsError, match="is not a classeur run"):
        train(data, tmp_path / "mine", overwrite=True, **SMALL)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_second_training_opens_no_image_file(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(data, tmp_path / "first", **{**SMALL, "epochs": 1})

    def refuse(path: Path) -> bytes:
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr("classeur.data.scan.read_file", refuse)
    train(data, tmp_path / "second", **{**SMALL, "epochs": 1})


def test_an_unsplit_folder_of_three_classes(image_folder: Callable[..., Path], tmp_path: Path) -> None:
    data = image_folder({"ants": 10, "bees": 10, "wasps": 10})
    run = train(data, tmp_path / "run", **SMALL)
    assert read_facts(run).counts["validation"] == 6
    assert load_model(run.model_path).output_shape == (None, 3)
    assert classeur.summary(run)[-1].output_shape == (None, 3)
    score = classeur.evaluate(run, reporter=QUIET)
    assert sum(map(sum, score.confusion)) == score.num_images == 6


def test_weights_from_another_run(data: Path, tmp_path: Path) -> None:
    first = train(data, tmp_path / "first", **SMALL)
    second = train(data, tmp_path / "second", from_run=first.path, **{**SMALL, "epochs": 1, "learning_rate": 1e-12})
    for one, two in zip(weights(first), weights(second), strict=True):
        assert np.allclose(one, two, atol=1e-6)
    with pytest.raises(RunError, match="do not fit"):
        train(data, tmp_path / "third", from_run=first.path, **{**SMALL, "image_size": 24})


def test_broken_files_are_set_aside_and_named(data: Path, tmp_path: Path) -> None:
    (data / "train" / "cats" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    run = train(data, tmp_path / "run", **{**SMALL, "epochs": 1})
    with run.set_aside_path.open(newline="") as file:
        assert [row["path"] for row in csv.DictReader(file)] == ["train/cats/broken.jpg"]
    assert read_facts(run).counts["set_aside"] == 1


def test_compare_and_predict(data: Path, tmp_path: Path) -> None:
    runs = [train(data, tmp_path / name, **{**SMALL, "seed": seed}) for name, seed in (("a", 0), ("b", 1))]
    comparison = classeur.compare(runs, picture=tmp_path / "both.png", reporter=QUIET)
    assert comparison.pairs[0].difference.n == 11
    difference = comparison.scores[1].accuracy.value - comparison.scores[0].accuracy.value
    assert comparison.pairs[0].difference.value == pytest.approx(difference)
    assert (tmp_path / "both.png").read_bytes()[:4] == b"\x89PNG"
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    files = [*sorted((data / "validation" / "cats").iterdir()), bad, tmp_path / "gone.jpg"]
    predictions = list(classeur.predict(runs[0], files, sort_into=tmp_path / "sorted"))
    assert [each.path for each in predictions] == [path.as_posix() for path in files]
    assert [each.status for each in predictions] == ["ok"] * 6 + ["unusable"] * 2
    assert (tmp_path / "sorted" / "unusable" / "bad.jpg").exists()
    stored = {row["path"]: row for row in runs[0].read_table(runs[0].predictions_path)}
    for each in predictions[:6]:
        row = stored[Path(each.path).relative_to(data).as_posix()]
        assert row["predicted"] == each.predicted
        assert float(row["probability"]) == pytest.approx(each.probability, abs=1e-5)


def start(data: Path, out: Path, *options: str) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "classeur",
        "train",
        str(data),
        "--out",
        str(out),
        "--model",
        "tutorial",
        "--image-size",
        "16",
    ]
    options = ("--batch-size", "4", "--epochs", "60", "--augment", "all", "--dropout", "0.2", *options)
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_epochs(process: "subprocess.Popen[str]", run: Run, count: int) -> None:
    deadline = time.monotonic() + 120
    while not run.history_path.exists() or len(run.history_path.read_text().splitlines()) <= count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_killed_and_resumed_is_the_same(data: Path, tmp_path: Path) -> None:
    killed = Run(tmp_path / "killed")
    process = start(data, killed.path)
    wait_for_epochs(process, killed, 3)
    process.kill()
    process.communicate()
    options = {"model": "tutorial", "image_size": 16, "batch_size": 4, "epochs": 60, "augment": "all", "dropout": 0.2}
    resumed = train(None, killed.path, resume=True)
    whole = train(data, tmp_path / "whole", **options)
    assert history_without_seconds(resumed) == history_without_seconds(whole)
    assert all(map(np.array_equal, weights(resumed), weights(whole)))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_a_usable_run(data: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    process = start(data, run.path, "--epochs", "2000")
    wait_for_epochs(process, run, 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert f"classeur train --out {run.path} --resume" in said
    assert read_facts(run).status == "stopped"
    assert classeur.evaluate(run, reporter=QUIET).num_images == 11


def test_the_same_from_a_zip_and_a_table(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(data.rglob("*.*")):
            file.write(path, path.relative_to(data.parent))
    table = data / "table.csv"
    lines = [f"{p.relative_to(data).as_posix()},{p.parent.name},{p.parent.parent.name}" for p in data.rglob("*.*g")]
    table.write_text("path,label,split\n" + "\n".join(sorted(lines)) + "\n")
    runs = [train(source, tmp_path / name, **SMALL) for source, name in ((data, "a"), (archive, "b"), (table, "c"))]
    for run in runs[1:]:
        assert all(map(np.array_equal, weights(runs[0]), weights(run)))
