"""What runs have to say on a console: predictions in three layouts, from a list on standard input, and tables."""

import csv
import io
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.cli.console import print_findings, print_table
from classeur.cli.run_text import print_score
from classeur.data.findings import Change, Command, Finding
from classeur.delivery.calibration_words import loss_before
from classeur.delivery.progress import Reporter
from classeur.evaluation.calibration import Calibration, Sureness
from classeur.evaluation.scoring import Score, score
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run


def scored(labels: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> Score:
    return score(20 * np.eye(len(names))[predicted], labels, class_names=names)


def test_what_was_not_judged_is_a_dash_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_score(scored(np.array([1, 1]), np.array([1, 1]), ("cats", "dogs")), of="test", run="runs/a")
    text = capsys.readouterr().out
    assert "no image of cats is among them" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["cats", "0", "–", "–", "–", "–"] in rows
    assert ["dogs", "2", *["1.000", "0.342", "…", "1.000"] * 2] in rows
    assert ["dogs", "2", "1.000", "0.510", "…", "1.000", "–", "–"] in rows
    assert "loss 0.000" in text
    print_score(scored(np.array([0, 1]), np.array([1, 1]), ("cats", "dogs")), of="test", run="runs/a")
    assert "no image of" not in capsys.readouterr().out


def test_a_least_recall_of_two_classes_is_refused_and_none_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["evaluate", "r", "--min-recall", "dogs=90%", "--min-recall", "cats=90%"], debug=False) == 2
    assert "--min-recall is given 2 times; expected one class; evaluate once for each" in capsys.readouterr().err
    assert _status(["evaluate", "r", "--min-recall", "dogs=90%"], debug=False) == 1
    assert "--min-recall" not in capsys.readouterr().err


def test_of_many_classes_the_most_frequent_confusions_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"class {number}" for number in range(1200)]
    labels = np.arange(1200)
    predicted = labels.copy()
    predicted[[5, 7]] = [6, 8]
    labels, predicted = np.append(labels, [5, 5]), np.append(predicted, [6, 6])
    print_score(scored(labels, predicted, names), of="validation", run="runs/a")
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.split() == ["true", "predicted", "images"])
    assert [line.split() for line in lines[at + 1 : at + 3]] == [
        ["class", "5", "class", "6", "3"], ["class", "7", "class", "8", "1"],
    ]  # fmt: skip
    assert max(map(len, lines)) <= 160


def test_more_confusions_than_are_printed_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["x" * 100, *map(str, range(40))]
    labels = np.arange(41)
    print_score(scored(labels, np.roll(labels, 1), names), of="validation", run="runs/a")
    assert "… and 21 more errors" in capsys.readouterr().out


def test_brackets_in_the_head_of_a_table_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("true", "[/x]", "[red]dogs"), [("a", "1", "2")])
    assert capsys.readouterr().out.splitlines()[0].split() == ["true", "[/x]", "[red]dogs"]


def test_long_lines_are_not_folded_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "number"), [("x" * 100, "1"), ("y", "22,000")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].endswith("     1")
    assert lines[2].endswith("22,000"), "numbers are aligned right"


def test_findings_come_with_the_serious_ones_first(capsys: pytest.CaptureFixture[str]) -> None:
    values = {"num_validation": 20, "half_width": 0.1, "classes": ["[b]x[/b]"], "judged": ["y"], "accuracy": 1.0}
    change = Change(code="judge-every-class")
    note = Finding(code="uncertain", severity="note", subject="[b]s[/b]", values=values)
    warning = Finding(code="unjudged", severity="warning", subject="s", values=values, changes=(change,))
    print_findings([note, warning, note])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["warning", "unjudged"], *[["note", "uncertain"]] * 2]
    assert "[b]s[/b]: 20 validation images" in lines[1]
    assert "of [b]x[/b]: the accuracy of 100.0% is of y alone." in lines[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run, with its data beside it; not to be harmed."""
    folder = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(0)
    for class_name, level in (("cats", 80), ("dogs", 150)):
        (folder / "data" / class_name).mkdir(parents=True)
        for number in range(10):
            noise = np.clip(rng.normal(level, 50, (10, 12, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(noise).save(folder / "data" / class_name / f"{number:02}.png")
    options = {
        "model": "tutorial",
        "image_size": 8,
        "epochs": 1,
        "batch_size": 8,
        "cache": folder / ".cache",
        "reporter": Reporter(),
    }
    return classeur.train(folder / "data", out=folder / "run", **options)  # type: ignore[arg-type]


@pytest.mark.keras
class TestOnARun:
    def test_a_list_on_standard_input(
        self, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = [str(run.data / name) for name in ("dogs/03.png", "cats/01.png")]
        listed = "\n".join([paths[0], "", paths[1]]) + "\r\n"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
        assert _status(["predict", str(run.path), "-", "--format", "csv"], debug=True) == 0
        assert [row["path"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == paths

    def test_sorting_into_a_binder(self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "in" / "deep").mkdir(parents=True)
        shutil.copy(run.data / "cats" / "00.png", tmp_path / "in" / "00.png")
        shutil.copy(run.data / "dogs" / "00.png", tmp_path / "in" / "deep" / "00.png")
        (tmp_path / "in" / "bad.jpg").write_text("x")
        arguments = [
            "predict",
            str(run.path),
            str(tmp_path / "in"),
            "--sort-into",
            str(tmp_path / "out"),
            "--format",
            "json",
        ]
        for _ in range(2):
            assert _status(arguments, debug=True) == 1
            rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            assert [row["status"] for row in rows] == ["ok", "unusable", "ok"]
            copies = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name[0] != "."]
            assert len(copies) == 3
            by_class = {row["predicted"] for row in rows if row["status"] == "ok"}
            assert {path.parent.name for path in copies} == by_class | {"unusable"}
        assert len(list((tmp_path / "in").rglob("*.*g"))) == 3

    def test_a_pattern_that_matches_nothing(self, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
        assert _status(["predict", str(run.path), str(run.data / "*.tif")], debug=False) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1

    def test_a_score_on_a_console(self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        copy = Run.open(shutil.copytree(run.path, tmp_path / "run"))
        score = classeur.evaluate(copy, reporter=Reporter())
        assert _status(["evaluate", str(copy.path)], debug=True) == 0
        text = capsys.readouterr().out
        assert text.startswith(
            f"4 images of validation: accuracy {score.accuracy.value:.1%} (95 %: {score.accuracy.low:.1%} … "
        )
        rows = [line.split() for line in text.splitlines()]
        assert ["cats", *map(str, score.confusion[0])] in rows
        assert ["dogs", *map(str, score.confusion[1])] in rows
        cats = score.per_class["cats"]
        assert cats.recall
        for pair in ((cats.recall, cats.precision), (cats.f1, cats.specificity)):
            cells = [
                ["–", "–"] if each is None else [f"{each.value:.3f}", f"{each.low:.3f}", "…", f"{each.high:.3f}"]
                for each in pair
            ]
            assert ["cats", "2", *cells[0], *cells[1]] in rows
        assert text.splitlines()[-1].startswith("Next: ")

    def test_other_data_are_judged_by_the_names_of_their_classes(self, run: Run, tmp_path: Path) -> None:
        """A folder without the run's first class: by position, dogs would be cats."""
        rng = np.random.default_rng(1)
        (tmp_path / "new" / "dogs").mkdir(parents=True)
        for number in range(9):
            Image.fromarray(rng.integers(0, 256, (10, 12, 3), np.uint8)).save(
                tmp_path / "new" / "dogs" / f"{number}.png"
            )
        called = [each.predicted for each in classeur.predict(run, tmp_path / "new", reporter=Reporter())]
        result = classeur.evaluate(run, data=tmp_path / "new", reporter=Reporter())
        assert result.confusion == ((0, 0), (called.count("cats"), called.count("dogs")))
        assert result.unjudged == ("cats",)

    def test_a_model_that_was_cut_short_is_made_again_by_the_command_that_is_advised(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        copy = Run.open(shutil.copytree(run.path, tmp_path / "my run"))
        before = copy.read_table(copy.predictions_path), copy.model_path.read_bytes()
        picture = str(run.data / "cats" / "00.png")
        for harm in (lambda: copy.model_path.write_bytes(before[1][:-100]), copy.model_path.unlink):
            harm()
            if not copy.model_path.exists():
                assert _status(["predict", str(copy.path), picture], debug=True) == 0, "model.onnx is enough"
                capsys.readouterr()
                copy.onnx_path.unlink()
            assert _status(["predict", str(copy.path), picture], debug=False) == 1
            out, line = capsys.readouterr()
            assert out == "", "no header without a row"
            _, *arguments = shlex.split(line[line.index("classeur train") :])
            assert _status(["train", "--out", str(copy.path), "--resume"], debug=False) == 1
            assert line[line.index("classeur train") :] in capsys.readouterr().err, "resuming advises the same"
            copy.predictions_path.unlink()
            assert _status(arguments, debug=True) == 0
            assert copy.read_table(copy.predictions_path) == before[0], "the same recipe gives the same model"
            capsys.readouterr()
            assert _status(["predict", str(copy.path), picture], debug=True) == 0
            assert len(capsys.readouterr().out.splitlines()) == 2

    def test_a_layer_table_on_a_console(self, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
        assert _status(["summary", str(run.path)], debug=True) == 0
        text = capsys.readouterr().out
        total = sum(layer.num_parameters for layer in classeur.summary(run))
        assert text.splitlines()[-1].split() == ["total", f"{total:,}"]
        assert "(n, 8, 8, 16)" in text
        assert _status(["summary", str(run.path), "--json"], debug=True) == 0
        assert json.loads(capsys.readouterr().out)["total"] == total

    def test_runs_beside_each_other_on_a_console(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        picture = tmp_path / "both.png"
        assert _status(["compare", str(run.path), str(run.path), "--picture", str(picture)], debug=True) == 0
        out, err = capsys.readouterr()
        assert "is given more than once" in err
        assert "which chance can explain" in out
        assert out.splitlines()[-1] == f"curves: {picture}"
        assert picture.read_bytes()[:4] == b"\x89PNG"
        copies = [shutil.copytree(run.path, tmp_path / "runs" / name) for name in "ab"]
        assert _status(["compare", *map(str, copies)], debug=True) == 0
        assert capsys.readouterr().out.splitlines()[-1] == f"curves: {tmp_path / 'runs' / 'comparison.png'}"
        assert _status(["compare", str(run.path)], debug=False) == 2
        assert "two runs or more, not 1" in capsys.readouterr().err

    def test_a_training_ends_with_what_to_do_next(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = [
            "train",
            str(run.data),
            "--out",
            str(tmp_path / "run"),
            "--model",
            "tutorial",
            "--image-size",
            "8",
            "--epochs",
            "1",
        ]
        assert _status(arguments, debug=True) == 0
        out, err = capsys.readouterr()
        assert "validation accuracy" in out
        assert "too few images to diagnose this run" in out
        assert "would decide it." in out
        assert "model.keras, model.onnx, usage, card.md, history.csv, curves.png" in out
        assert "epoch 1/1  loss" in err
        assert "epoch 1/1" not in out, "results on standard output, progress on standard error"
        assert _status([*arguments, "--resume"], debug=False) == 1
        assert "has finished its 1 epoch;" in capsys.readouterr().err
        assert _status([*arguments[:1], *arguments[2:], "--resume", "--seed", "3"], debug=False) == 2
        assert "--resume cannot change the seed" in capsys.readouterr().err
        assert _status(arguments, debug=False) == 1
        assert "already contains a run" in capsys.readouterr().err


def test_in_a_utf_8_locale_odd_paths_are_printed_as_their_bytes(
    image_folder: Callable[..., Path], tmp_path: Path
) -> None:
    import os

    data = image_folder({"a": 2, "b": 2})
    try:
        (data / "a" / "caf\udce9.jpg").write_bytes(b"broken")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this system's file names are Unicode")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONIOENCODING": ""}
    command = [sys.executable, "-m", "classeur", "inspect", str(data), "--image-size", "16"]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert b"a/caf\xe9.jpg" in done.stdout
    done = subprocess.run([*command, "--json"], capture_output=True, check=True, env=environment)
    assert "a/caf\udce9.jpg" in {finding["subject"] for finding in json.loads(done.stdout)["findings"]}


def test_what_the_temperature_was_chosen_by_is_told_with_the_loss_and_the_loss_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = scored(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]), ("cats", "dogs"))
    loss = result.loss.model_copy(update={"method": f"{result.loss.method}, cross-fitted"})
    for score_, is_told in ((result, False), (result.model_copy(update={"loss": loss}), True)):
        print_score(score_, of="validation", run="runs/a", split="validation")
        assert ("Loss, Brier score and calibration error are cross-fitted" in capsys.readouterr().out) == is_told
    sureness = Sureness(log_loss=loss.model_copy(update={"value": 1.247}), brier=loss, calibration_error=None)
    found = Calibration(temperature=2.0, fitted=2.0, before=sureness, after=sureness)
    assert loss_before(found) == " (1.247 before its probabilities were calibrated)"
    assert loss_before(None) == loss_before(Calibration(before=sureness)) == ""


def test_the_next_step_is_that_of_the_diagnosis_and_the_picture_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path)
    labels = np.arange(1000) % 2
    result = scored(labels, labels ^ (np.arange(1000) < 5), ("cats", "dogs"))

    def next_line(split: str) -> str:
        print_score(result, of=split, run=str(tmp_path), split=split)
        return capsys.readouterr().out.splitlines()[-1]

    run.errors_path.touch()
    assert next_line("validation") == f"Next: look at the errors in {run.errors_path}"
    assert next_line("test").startswith("Next: use it: classeur predict")
    run.test_errors_path.touch()
    assert next_line("test") == f"Next: look at the errors in {run.test_errors_path}"
    command = Command(verb="train", arguments=("data",), options={"out": "b"})
    finding = Finding(code="overfitting", severity="warning", subject="", changes=(Change(code="x", command=command),))
    run.diagnosis_path.write_text(Diagnosis(verdict="overfitting", findings=(finding,)).model_dump_json())
    assert next_line("validation") == next_line("test") == "Next: classeur train data --out b"
