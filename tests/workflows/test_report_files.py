"""The files that a report reads: what is damaged is named in one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from listening import Listener
from PIL import Image

import classeur
from classeur.data.findings import Change, Command, Finding
from classeur.delivery.progress import Reporter
from classeur.delivery.report_text import LANGUAGES
from classeur.errors import BrokenRunError
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run
from classeur.workflows.report_files import told_diagnosis

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report_files")
    for number in range(40):
        label = ("cats", "dogs")[number % 2]
        (folder / "data" / label).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (5 * number, 200 * (number % 2), 90)).save(
            folder / "data" / label / f"{number:02}.png"
        )
    run = classeur.train(
        folder / "data", out=folder / "run", model="efficientnet_lite0", image_size=32, report=False,
        cache=folder / "cache", reporter=Reporter(),
    )  # fmt: skip
    return run.path


def _in_json(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    return damage


def _in_text(old: str, new: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def _in_last_cell(value: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        before, _ = path.read_text(encoding="utf-8").rstrip("\n").rsplit(",", 1)
        path.write_text(f"{before},{value}\n", encoding="utf-8")

    return damage


def _validation(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content["splits"]["validation"]
    return found


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("risk_coverage.csv", _in_text("coverage", "cov")),
        ("risk_coverage.csv", _in_last_cell("0x03")),
        ("risk_coverage.csv", _in_last_cell("nan")),
        ("risk_coverage.csv", _in_last_cell("7.0")),
        ("learning_curve.csv", _in_text("val_low", "low")),
        ("evaluation.json", _in_json(lambda content: content["splits"].pop("validation"))),
        ("evaluation.json", _in_json(lambda content: _validation(content)["per_class"].popitem())),
        ("evaluation.json", _in_json(lambda content: _validation(content)["accuracy"].update(value=float("nan")))),
        ("evaluation.json", _in_json(lambda content: _validation(content)["accuracy"].update(value=7.0, low=-3))),
        ("diagnosis.json", _in_json(lambda content: content["findings"][0].update(code="nope"))),
        ("diagnosis.json", _in_json(lambda content: content["findings"][0].update(values={}))),
        ("diagnosis.json", _in_json(lambda content: content.update(findings=[]))),
        ("run.json", _in_json(lambda content: content["machine"].update(memory_gib="lots"))),
    ],
)
def test_a_damaged_file_is_named(trained: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]) -> None:
    run = Run.open(Path(shutil.copytree(trained, tmp_path / "run")))
    damage(run.path / name)
    with pytest.raises(BrokenRunError) as error:
        classeur.report(run, photos=False, cache=trained.parent / "cache", reporter=Reporter())
    assert str(error.value).startswith(str(run.path / name))
    assert "\n" not in str(error.value)


def test_advice_that_is_not_known_any_more_is_left_out_and_said(trained: Path, tmp_path: Path) -> None:
    run = Run.open(Path(shutil.copytree(trained, tmp_path / "run")))
    change = {"code": "pray", "options": {}, "command": None, "values": {}}
    _in_json(lambda content: content["findings"][0]["changes"].append(change))(run.diagnosis_path)
    told = Listener()
    found = told_diagnosis(run, LANGUAGES["ko"], told)
    assert "pray" not in [each.code for each in found.findings[0].changes]
    [line] = told.warned
    assert "advises 'pray', which is not known here" in line


def test_commands_of_a_diagnosis_do_not_say_where_anything_lies(trained: Path, tmp_path: Path) -> None:
    run = Run.open(Path(shutil.copytree(trained, tmp_path / "run")))
    commands = (
        Command(
            verb="train",
            arguments=("../secret/data",),
            options={"out": "../secret/run-2", "from_run": "old/run", "exclude": "secret.csv", "dropout": 0.2},
        ),
        Command(verb="compare", arguments=("../secret/other", "../secret/run")),
        Command(verb="train", options={"out": "../secret/run", "resume": True}),
    )
    changes = tuple(Change(code="smaller-learning-rate", command=each) for each in commands)
    values = {"train_accuracy": 1.0, "validation_accuracy": 1.0, "gap": 0.0, "earlier": "../secret/other"}
    finding = Finding(code="fine", severity="note", subject="../secret/run", values=values, changes=changes)
    run.write(run.diagnosis_path, Diagnosis(verdict="fine", findings=(finding,)))
    told = told_diagnosis(run, LANGUAGES["en"], Reporter())
    assert "secret" not in told.model_dump_json()
    [first, second, third] = [each.command for each in told.findings[0].changes]
    assert first == Command(
        verb="train",
        arguments=("DATA",),
        options={"out": "RUNS/run-2", "from_run": "RUNS/run", "exclude": "EXCLUDE", "dropout": 0.2},
    )
    assert second == Command(verb="compare", arguments=("RUNS/other", "RUNS/run"))
    assert third is not None
    assert third.options["out"] == "RUNS/run"
