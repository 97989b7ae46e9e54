"""A further look at test images is said; where looks cannot be counted, one warning is."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from listening import Listener

from classeur.evaluation.scoring import score
from classeur.run import Run
from classeur.workflows.looks import with_look

ROWS = [{"hash": f"{number:032x}"} for number in range(9)]
SCORE = score(np.eye(2), np.array([0, 1]), class_names=("a", "b"))


def run_of(path: Path, content: str) -> Run:
    path.mkdir()
    run = Run(path)
    with zipfile.ZipFile(run.model_path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, content)
    return run


def test_the_second_model_is_warned_of_in_whatever_run(tmp_path: Path) -> None:
    listener = Listener()
    first, second = run_of(tmp_path / "first", "one"), run_of(tmp_path / "second", "two")
    assert with_look(first, SCORE, ROWS, listener).num_looks == 1
    assert with_look(first, SCORE, ROWS, listener).num_looks == 1
    assert listener.warned == []
    assert with_look(second, SCORE, ROWS, listener).num_looks == 2
    assert listener.warned == [
        "2 models have been evaluated on these test images, in this run or others; choosing one of them by that makes"
        " its result too good"
    ]


def test_a_look_that_another_machine_counted_stays(tmp_path: Path) -> None:
    listener = Listener()
    moved = SCORE.model_copy(update={"num_looks": 3})
    assert with_look(run_of(tmp_path / "run", "one"), moved, ROWS, listener).num_looks == 3
    assert listener.warned[0].startswith("3 models have been evaluated on these test images")


def test_a_state_folder_that_cannot_be_written_is_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CLASSEUR_STATE", str(tmp_path / "file" / "state"))
    listener = Listener()
    assert with_look(run_of(tmp_path / "run", "one"), SCORE, ROWS, listener) == SCORE
    (warned,) = listener.warned
    assert warned.startswith("this look at the test images is not counted: ")
    assert len(warned.splitlines()) == 1
