"""`kill -9` at random moments: the resumed training ends as the one that was never killed, to the bit."""

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.run import Run
from classeur.training.facts import read_facts

pytestmark = pytest.mark.keras

OPTIONS: dict[str, Any] = {
    "model": "tutorial",
    "image_size": 16,
    "batch_size": 4,
    "epochs": 25,
    "augment": "all",
    "dropout": 0.2,
}


def begun(data: Path, out: Path) -> "subprocess.Popen[bytes]":
    """Begin a training in a process of its own."""
    words = [word for name, value in OPTIONS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "classeur", "train", str(data), "--out", str(out), *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def num_epochs(run: Run) -> int:
    return len(run.history_path.read_text().splitlines()) - 1 if run.history_path.exists() else 0


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


def kill_and_resume(data: Path, out: Path, moments: random.Random) -> bool:
    """Kill a training at a random moment, resume it here, and return whether it was still running when it was killed.

    One in six is killed while it loads and begins, the others a little after one of their epochs, of which the last is
    followed by what is judged, drawn and written at the end.
    """
    after = 0 if moments.random() < 1 / 6 else moments.randint(1, int(OPTIONS["epochs"]))
    seconds = moments.uniform(0, 0.3 if after else 5)
    process, run, deadline = begun(data, out), Run(out), time.monotonic() + 300
    while num_epochs(run) < after and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    print(f"killed {seconds:.3f} s after epoch {after}")
    time.sleep(seconds)
    was_running = process.poll() is None
    process.kill()
    process.wait()
    if not (out / "run.json").exists():  # dead before there was a run: the same command begins anew
        classeur.train(data, out=out, reporter=Reporter(), **OPTIONS)
    elif read_facts(Run.open(out)).status != "finished":
        classeur.train(out=out, resume=True, reporter=Reporter())
    return was_running


def check_kills(data: Path, folder: Path, number: int, *, seed: int) -> None:
    whole = state(classeur.train(data, out=folder / "whole", reporter=Reporter(), **OPTIONS))
    print("seed", seed)
    moments = random.Random(seed)
    killed = 0
    for attempt in range(3 * number):
        out = folder / f"killed-{attempt}"
        was_running = kill_and_resume(data, out, moments)
        assert state(Run.open(out)) == whole, f"attempt {attempt}, killed: {was_running}"
        killed += was_running
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
