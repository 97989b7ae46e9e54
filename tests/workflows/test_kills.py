"""`kill -9` at random moments: the resumed training ends as the one that was never killed, to the bit."""

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classeur.run import Run
from classeur.training.facts import read_facts

pytestmark = pytest.mark.keras

OPTIONS = {
    "--model": "tutorial",
    "--image-size": "16",
    "--batch-size": "4",
    "--epochs": "25",
    "--augment": "all",
    "--dropout": "0.2",
}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "classeur", "train", *map(str, arguments)]


def run_to_the_end(*arguments: object) -> float:
    """Run a training and return its seconds."""
    began = time.monotonic()
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def state(run: Run) -> dict[str, bytes]:
    """All that a training leaves, but for its seconds: weights, optimizer, history, scores, predictions."""
    with np.load(run.checkpoints_path / "last.npz") as checkpoint:
        arrays = {name: array.tobytes() for name, array in checkpoint.items() if name != "position"}
    history = [{**row, "seconds": ""} for row in run.read_table(run.history_path)]
    # The file of a model has other bytes for the same weights, and so has what identifies it.
    evaluation = re.sub(rb'"judged": "\w+"', b"", run.evaluation_path.read_bytes())
    return {
        **arrays,
        "history": repr(history).encode(),
        "evaluation": evaluation,
        "p": run.predictions_path.read_bytes(),
    }


def kill_and_resume(data: Path, out: Path, *, seconds: float) -> bool:
    """Kill a training after some time, resume it, and return whether it was still running when it was killed."""
    process = subprocess.Popen(
        command(data, "--out", out, *(word for option in OPTIONS.items() for word in option)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if not (out / "run.json").exists():  # dead before there was a run: the same command begins anew
        run_to_the_end(data, "--out", out, *(word for option in OPTIONS.items() for word in option))
    elif read_facts(Run.open(out)).status != "finished":
        run_to_the_end("--out", out, "--resume")
    return True


def check_kills(data: Path, folder: Path, number: int, *, seed: int) -> None:
    options = [word for option in OPTIONS.items() for word in option]
    run_to_the_end(data, "--out", folder / "warm", *options)  # fills the cache, so that the next takes its usual time
    lasted = run_to_the_end(data, "--out", folder / "whole", *options)
    whole = state(Run.open(folder / "whole"))
    assert state(Run.open(folder / "warm")) == whole
    print("seed", seed)
    moments = random.Random(seed)
    killed = 0
    for attempt in range(3 * number):
        out = folder / f"killed-{attempt}"
        was_killed = kill_and_resume(data, out, seconds=moments.uniform(0.3, 1.0) * lasted)
        assert state(Run.open(out)) == whole, f"attempt {attempt}, killed: {was_killed}"
        killed += was_killed
        if killed == number:
            return
    pytest.fail(f"only {killed} of {3 * number} trainings were still running when they were to be killed")


@pytest.fixture
def data(image_folder: Callable[..., Path]) -> Path:
    return image_folder({"train": {"cats": 12, "dogs": 12}, "validation": {"cats": 6, "dogs": 6}})


def test_three_kills(data: Path, tmp_path: Path) -> None:
    check_kills(data, tmp_path, 3, seed=int(time.time()))


@pytest.mark.slow
def test_twenty_kills(data: Path, tmp_path: Path) -> None:
    check_kills(data, tmp_path, 20, seed=0)
