"""The benchmark for a GPU, at a small size on JAX's processor and as if TensorFlow were not installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.keras

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "gpu.py"

WITHOUT_TENSORFLOW = """
import runpy, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_it_measures_and_writes_what_it_says(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    # In batches of one size, since JAX compiles for each; a picture of 16×16 compiles no faster than one of 150×150.
    options = [
        *("--train", "16", "--validation", "8", "--side", "16"),
        *("--epochs", "2", "--batch-size", "8", "--peak-size", "64"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, BENCHMARK, *options, "--out", tmp_path / "gpu.json"],
        capture_output=True, text=True, check=False,
        env={
            **os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": os.pathsep.join(sys.path),
            "XLA_FLAGS": "--xla_backend_optimization_level=0",  # compiled in half the time
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert len(found["trainings"]) == 4
    for row in [*found["trainings"].values(), *found["places"].values()]:
        assert row["images_per_second"] * row["seconds"] == pytest.approx(32)
        assert row["share_of_peak"] > 0
        assert 0 <= row["val_accuracy"] <= 1
    assert found["copied_is_the_same_to_the_bit"], "pixels are the same wherever they lie"
    assert found["twice_is_the_same_to_the_bit"]
    assert all(f"| {name} | " in done.stdout for name in found["trainings"])
