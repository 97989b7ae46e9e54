"""What runs have to say on a console: predictions in three layouts, from a list on standard input, and tables."""

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import classeur
from classeur.cli import _status
from classeur.cli.printing import print_findings, print_json, print_table
from classeur.cli.results import print_predictions
from classeur.data.findings import Finding
from classeur.delivery.progress import Reporter
from classeur.evaluation.prediction import Prediction
from classeur.run import Run

GOOD = Prediction(
    path="a,[b]/ü.jpg", status="ok", predicted="c[red]ats", probability=0.98765, probabilities={"c[red]ats": 0.98765}
)
BAD = Prediction(path="bad.jpg", status="unusable", reason="broken [or] cut short")


def printed(capsys: pytest.CaptureFixture[str], layout: str, *predictions: Prediction) -> tuple[str, bool]:
    usable = print_predictions(predictions, layout=layout)
    return capsys.readouterr().out, usable


def test_three_layouts_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    text, usable = printed(capsys, "csv", GOOD, BAD)
    assert not usable
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"path": "a,[b]/ü.jpg", "status": "ok", "predicted": "c[red]ats", "probability": "0.9877", "reason": ""},
        {"path": "bad.jpg", "status": "unusable", "predicted": "", "probability": "", "reason": BAD.reason},
    ]
    text, _ = printed(capsys, "json", GOOD, BAD)
    assert [Prediction.model_validate_json(line) for line in text.splitlines()] == [GOOD, BAD]
    text, _ = printed(capsys, "table", GOOD, BAD)
    header, good, bad = text.splitlines()
    assert header.split() == ["file", "predicted", "probability"]
    assert good.split() == ["a,[b]/ü.jpg", "c[red]ats", "0.9877"]
    assert bad.split(maxsplit=2)[:2] == ["bad.jpg", "unusable"]
    assert "broken [or] cut short" in bad
    assert printed(capsys, "json", GOOD)[1]


def test_a_path_that_is_no_utf_8_is_json_and_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    odd = GOOD.model_copy(update={"path": "caf\udce9.jpg"})
    text, _ = printed(capsys, "json", odd)
    assert Prediction.model_validate(json.loads(text)) == odd
    assert text.isascii()
    print_json(odd)
    assert json.loads(capsys.readouterr().out)["path"] == "caf\udce9.jpg"


def test_long_lines_are_not_folded_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "number"), [("x" * 100, "1"), ("y", "22,000")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].endswith("     1")
    assert lines[2].endswith("22,000"), "numbers are aligned right"


def test_findings_come_with_the_serious_ones_first(capsys: pytest.CaptureFixture[str]) -> None:
    def finding(number: int, severity: str) -> Finding:
        return Finding(
            code=f"c{number}", severity=severity, subject="[b]s[/b]", evidence="e", advice="a" * (number % 2)
        )  # type: ignore[arg-type]

    print_findings([finding(1, "note"), finding(2, "error"), finding(3, "warning")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["error", "warning", "note"]
    assert lines[0].endswith("[b]s[/b]: e")
    assert lines[1].endswith("[b]s[/b]: e; a")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run, with its data beside it; not to be harmed."""
    import numpy as np
    from PIL import Image

    folder = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(0)
    for class_name, level in (("cats", 80), ("dogs", 150)):
        (folder / "data" / class_name).mkdir(parents=True)
        for number in range(10):
            noise = np.clip(rng.normal(level, 50, (10, 12, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(noise).save(folder / "data" / class_name / f"{number:02}.png")
    options = {"image_size": 8, "epochs": 1, "batch_size": 8, "cache": folder / ".cache", "reporter": Reporter()}
    return classeur.train(folder / "data", out=folder / "run", **options)  # type: ignore[arg-type]


@pytest.mark.keras
class TestOnARun:
    def test_a_list_on_standard_input(
        self, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = [str(run.data / name) for name in ("dogs/03.png", "cats/01.png")]
        monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([paths[0], "", paths[1]]) + "\r\n"))
        assert _status(["predict", str(run.path), "-", "--format", "csv"], debug=True) == 0
        assert [row["path"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == paths

    def test_one_bad_file_makes_the_status_1(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "bad.png").write_bytes(b"\x89PNG")
        good = str(run.data / "cats" / "00.png")
        assert _status(["predict", str(run.path), good, str(tmp_path / "bad.png")], debug=True) == 1
        out, err = capsys.readouterr()
        assert (len(out.splitlines()), err) == (3, "")
        assert _status(["predict", str(run.path), good], debug=True) == 0

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
            copies = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
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
        assert text.startswith(f"4 images of validation: accuracy {score.accuracy:.1%} (95 %: {score.low:.1%} … ")
        rows = [line.split() for line in text.splitlines()]
        assert ["cats", *map(str, score.confusion[0])] in rows
        assert ["dogs", *map(str, score.confusion[1])] in rows
        cats = score.per_class["cats"]
        assert ["cats", "2", f"{cats.precision:.3f}", f"{cats.recall:.3f}", f"{cats.f1:.3f}"] in rows

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
        assert err == ""
        assert "no more than chance explains" in out
        assert out.splitlines()[-1] == f"curves: {picture}"
        assert picture.read_bytes()[:4] == b"\x89PNG"
        assert _status(["compare", str(run.path)], debug=False) == 2
        assert "two runs or more, not 1" in capsys.readouterr().err

    def test_a_training_ends_with_what_to_do_next(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["train", str(run.data), "--out", str(tmp_path / "run"), "--image-size", "8", "--epochs", "1"]
        assert _status(arguments, debug=True) == 0
        out, err = capsys.readouterr()
        assert "validation accuracy" in out
        assert "This run " in out
        assert "model.keras, history.csv, curves.png" in out
        assert "epoch 1/1  loss" in err
        assert "epoch 1/1" not in out, "results on standard output, progress on standard error"
        assert _status([*arguments, "--resume"], debug=False) == 1
        assert "is finished" in capsys.readouterr().err
        assert _status([*arguments[:1], *arguments[2:], "--resume", "--seed", "3"], debug=False) == 2
        assert "--resume goes on with the seed" in capsys.readouterr().err
        assert _status(arguments, debug=False) == 1
        assert "already holds a run" in capsys.readouterr().err


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
