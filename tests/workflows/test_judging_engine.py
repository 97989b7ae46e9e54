"""What `evaluate` and `compare` judge by: the run's model.onnx, without Keras; Keras where there is none."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import classeur
from classeur.data.facts import content_hash
from classeur.delivery.progress import Reporter
from classeur.errors import UnsafeModelError
from classeur.evaluation.scoring import Evaluation
from classeur.run import Run

MakeRun = Callable[..., Path]
MakeImageFolder = Callable[..., Path]


class Said(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def judged_run(onnx_run: MakeRun, image_folder: MakeImageFolder) -> MakeRun:
    """A function that writes a run whose validation images are a folder's, and whose model calls all of them cats."""

    def make(name: str = "run") -> Path:
        run, data = Run.open(onnx_run(name)), image_folder(name=f"data of {name}")
        paths = sorted(path for path in data.rglob("*") if path.is_file())
        rows = [
            [path.relative_to(data).as_posix(), path.parent.name, "validation", content_hash(path.read_bytes())]
            for path in paths
        ]
        run.write_table(run.split_path, ["path", "label", "split", "hash"], rows)
        run.write(run.evaluation_path, Evaluation(class_names=("cats", "dogs"), splits={}))
        run.write_data(data)
        return run.path

    return make


def test_keras_is_not_imported(judged_run: MakeRun, image_folder: MakeImageFolder) -> None:
    first, second, other = judged_run("first"), judged_run("second"), image_folder(name="other", seed=9)
    code = (
        "import sys, classeur\n"
        "first, second, other = sys.argv[1:]\n"
        "quiet = classeur.Reporter()\n"
        "for score in (\n"
        "    classeur.evaluate(first, reporter=quiet),\n"
        "    classeur.evaluate(second, reporter=quiet),\n"
        "    classeur.evaluate(first, data=other, reporter=quiet),\n"
        "):\n"
        "    print(score.num_images, score.confusion)\n"
        "print(len(classeur.compare([first, second], reporter=quiet).pairs))\n"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code, str(first), str(second), str(other)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [*["8 ((4, 0), (4, 0))"] * 3, "1", "[]"], done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("elsewhere", [False, True])
def test_where_there_is_none_keras_judges_and_one_line_says_so(
    judged_run: MakeRun, image_folder: MakeImageFolder, elsewhere: bool
) -> None:
    run, said = judged_run(), Said()
    (run / "model.onnx").unlink()
    data = image_folder(name="other", seed=9) if elsewhere else None
    with pytest.raises(UnsafeModelError, match=r"model\.keras is not loaded"):  # so it was asked
        classeur.evaluate(run, data=data, reporter=said)
    assert [line for line in said.lines if "Keras" in line] == [
        f"{run} has no model.onnx; Keras predicts, which takes some seconds to load"
    ]


def test_a_run_that_was_moved_without_model_keras_is_judged_and_recorded(
    judged_run: MakeRun, image_folder: MakeImageFolder
) -> None:
    run = Run.open(judged_run())
    whole = classeur.evaluate(run, reporter=Said())
    run.predictions_path.unlink()
    run.model_path.unlink()
    found = classeur.evaluate(run, reporter=Said())
    assert found == whole, "the same model by the same fingerprint"
    assert classeur.evaluate(run, data=image_folder(name="other", seed=9), reporter=Said()).num_looks == 1
