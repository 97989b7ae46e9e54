"""`kill -9` at random moments, many times: the resumed training ends as the one that was never killed."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.models.assembly import load_model
from classeur.run import Run

KILLS = 10


@pytest.mark.slow
@pytest.mark.keras
def test_killed_at_random_moments(image_folder: Callable[..., Path], tmp_path: Path) -> None:
    data = image_folder({"train": {"cats": 12, "dogs": 12}, "validation": {"cats": 6, "dogs": 6}})
    options = {"image_size": 16, "batch_size": 4, "epochs": 150, "augment": "all", "dropout": 0.2}
    whole = classeur.train(data, out=tmp_path / "whole", reporter=Reporter(), **options)
    killed = Run(tmp_path / "killed")
    command = [sys.executable, "-m", "classeur", "train", str(data), "--out", str(killed.path)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    moments, num_killed = random.Random(0), 0
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = killed.history_path.read_bytes() if killed.history_path.exists() else b""
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
            if killed.history_path.exists() and killed.history_path.read_bytes() != before:
                time.sleep(moments.uniform(0, 0.3))
                break
        num_killed += process.poll() is None
        process.kill()
        process.wait()
        if killed.facts_path.exists() and killed.facts["status"] == "finished":
            break
        command = [sys.executable, "-m", "classeur", "train", "--out", str(killed.path), "--resume"]
    assert num_killed >= 3
    if killed.facts["status"] != "finished":
        classeur.train(None, out=killed.path, resume=True, reporter=Reporter())
    assert all(map(np.array_equal, *(load_model(run.model_path).get_weights() for run in (whole, killed))))
    rows = [[{**row, "seconds": ""} for row in run.read_table(run.history_path)] for run in (whole, killed)]
    assert rows[0] == rows[1]
    assert whole.predictions_path.read_bytes() == killed.predictions_path.read_bytes()
