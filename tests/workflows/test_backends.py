"""The same commands on every backend: train, stop, resume, evaluate, predict, and a model that Keras alone loads."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from classeur.cli import _status
from classeur.models.saved import load_model
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

# Keras' own loader, with nothing of classeur, on each model that is named.
WITHOUT_CLASSEUR = """
import sys, keras, numpy as np
pixels, *paths = sys.argv[1:]
for path in paths:
    model = keras.saving.load_model(path)
    assert "classeur" not in sys.modules
    assert {type(layer).__name__ for layer in model.layers}.isdisjoint({"Resizing", "CenterCrop"})
    assert getattr(model, "optimizer", None) is None
    print(model.predict(np.load(pixels), verbose=0).tolist())
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, write_images: Callable[..., Path]) -> Path:
    layout = {"train": {"cats": 9, "dogs": 9}, "validation": {"cats": 5, "dogs": 5}}
    return write_images(tmp_path_factory.mktemp("animals") / "data", layout)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """A function from where pictures are warped to a run that was trained in one go, once."""
    folder = tmp_path_factory.mktemp("whole")

    @cache
    def trained(warp: str) -> Run:
        run("train", data, "--out", folder / warp, "--epochs", 3, "--warp", warp, *OPTIONS)
        return Run(folder / warp)

    return trained


def run(*arguments: object) -> None:
    assert _status(list(map(str, arguments)), debug=True) == 0


def run_alone(*arguments: object) -> str:
    """Run Python in a process of its own and return what it prints."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("warp", ["host", "device"])
def test_a_training_and_its_resumption(data: Path, whole: Callable[[str], Run], tmp_path: Path, warp: str) -> None:
    """What the host has warped is resumed by another process: that it goes on to the same bits is not of this one."""
    one_go, resumed = whole(warp), Run(tmp_path / "resumed")
    run("train", data, "--out", resumed.path, "--epochs", 1, "--warp", warp, *OPTIONS)
    on = ("train", "--out", resumed.path, "--epochs", 3, "--resume")
    if warp == "host":
        run_alone("-m", "classeur", *on)
    else:
        run(*on)
    assert read_facts(one_go).training_recipe.optimisation.warp == warp
    with np.load(one_go.checkpoints_path / "last.npz") as one, np.load(resumed.checkpoints_path / "last.npz") as other:
        names = set(one.files) - {"position"}
        assert names == set(other.files) - {"position"}
        assert [name for name in names if one[name].tobytes() != other[name].tobytes()] == []
    assert one_go.predictions_path.read_bytes() == resumed.predictions_path.read_bytes()


@pytest.mark.parametrize("warp", ["host", "device"])
def test_what_it_is_judged_by(
    data: Path, whole: Callable[[str], Run], warp: str, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = whole(warp)
    capsys.readouterr()
    run("evaluate", trained.path, "--json")
    assert json.loads(capsys.readouterr().out)["num_images"] == 10
    run("predict", trained.path, data / "validation", "--format", "json")
    predicted = {Path(row["path"]).as_posix(): row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    kept = [row for row in trained.read_table(trained.predictions_path) if row["split"] == "validation"]
    assert len(kept) == 10
    for row in kept:
        found = predicted[(data / row["path"]).as_posix()]
        assert found["predicted"] == row["predicted"]
        assert found["probability"] == pytest.approx(float(row["probability"]), abs=1e-5)


def test_its_model_needs_keras_alone(whole: Callable[[str], Run], tmp_path: Path) -> None:
    models = [whole(warp).model_path for warp in ("host", "device")]
    np.save(tmp_path / "pixels.npy", np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8))
    for line in run_alone("-c", WITHOUT_CLASSEUR, tmp_path / "pixels.npy", *models).splitlines():
        probabilities = np.array(json.loads(line))
        assert probabilities.shape == (2, 2)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    for model in models:
        assert model.stat().st_size < 1.2 * 4 * load_model(model).count_params() + 100_000
