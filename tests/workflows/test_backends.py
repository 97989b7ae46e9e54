"""The same commands on every backend: train, stop, resume, evaluate, predict, and a model that Keras alone loads."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classeur.run import Run
from classeur.training.facts import read_facts

pytestmark = [pytest.mark.keras, pytest.mark.backends]

OPTIONS = [
    "--model",
    "tutorial",
    "--image-size",
    "16",
    "--batch-size",
    "8",
    "--dropout",
    "0.2",
    "--augment",
    "all",
    "--hue",
    "20",
]

# Keras' own loader, with nothing of classeur.
WITHOUT_CLASSEUR = """
import sys, keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
assert "classeur" not in sys.modules
print(np.asarray(keras.ops.convert_to_numpy(model(np.load(sys.argv[2])))).tolist())
"""


def run(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "classeur", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("warp", ["host", "device"])
def test_a_training_its_resumption_and_its_model(image_folder: Callable[..., Path], tmp_path: Path, warp: str) -> None:
    data = image_folder({"train": {"cats": 9, "dogs": 9}, "validation": {"cats": 5, "dogs": 5}})
    whole, resumed = Run(tmp_path / "whole"), Run(tmp_path / "resumed")
    run("train", data, "--out", whole.path, "--epochs", 3, "--warp", warp, *OPTIONS)
    run("train", data, "--out", resumed.path, "--epochs", 1, "--warp", warp, *OPTIONS)
    run("train", "--out", resumed.path, "--epochs", 3, "--resume")
    assert read_facts(whole).training_recipe.optimisation.warp == warp
    with np.load(whole.checkpoints_path / "last.npz") as one, np.load(resumed.checkpoints_path / "last.npz") as other:
        names = set(one.files) - {"position"}
        assert names == set(other.files) - {"position"}
        assert [name for name in names if one[name].tobytes() != other[name].tobytes()] == []
    assert whole.predictions_path.read_bytes() == resumed.predictions_path.read_bytes()

    score = json.loads(run("evaluate", whole.path, "--json"))
    assert score["num_images"] == 10
    lines = run("predict", whole.path, data / "validation", "--format", "json").splitlines()
    predicted = {Path(row["path"]).as_posix(): row for row in map(json.loads, lines)}
    kept = whole.read_table(whole.predictions_path)
    for row in kept:
        if row["split"] == "validation":
            found = predicted[(data / row["path"]).as_posix()]
            assert found["predicted"] == row["predicted"]
            assert found["probability"] == pytest.approx(float(row["probability"]), abs=1e-5)

    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    np.save(tmp_path / "pixels.npy", pixels)
    command = [sys.executable, "-c", WITHOUT_CLASSEUR, str(whole.model_path), str(tmp_path / "pixels.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ""})
    probabilities = np.array(json.loads(done.stdout))
    assert probabilities.shape == (2, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
