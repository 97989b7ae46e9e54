"""Installed for real, into environments of their own: the core alone, and training beside a GPU build of TensorFlow."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from projects import CORE, REPOSITORY

import classeur

pytestmark = pytest.mark.slow

MakeImageFolder = Callable[..., Path]

# docs/install.md and the README say what it takes.
MOST_BYTES = 250e6

WHOLE = ("--constraint", "constraints.txt", ".", "./distributions/classeur")


RESIZE_ALL = """
import sys
from pathlib import Path
import numpy as np
from classeur.images.decoding import decode, read_file
from classeur.images.resizing import resize
pixels = [decode(read_file(Path(each))).pixels for each in sys.argv[2:]]
np.savez(sys.argv[1], *[resize(each, (32, 40), fit="crop") for each in pixels])
"""


PREDICT_ONE = """
import sys, classeur
print(classeur.load(sys.argv[1])(sys.argv[2]).probability)
assert not {"keras", "tensorflow", "scipy", "cv2"} & set(sys.modules)
"""


def call(*command: Path | str) -> str:
    # What is imported is what is installed.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, cwd=REPOSITORY, env=variables
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Environment:
    """A new virtual environment."""

    def __init__(self, folder: Path) -> None:
        call(sys.executable, "-m", "venv", folder)
        self.python = folder / "bin/python"
        self.classeur = folder / "bin/classeur"
        (self.packages,) = folder.glob("lib/python*/site-packages")

    def install(self, *arguments: str) -> None:
        call(self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)

    def would_install(self, *arguments: str) -> set[str]:
        """Return the names of what pip would install."""
        report = call(self.python, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-", *arguments)
        return {each["metadata"]["name"].lower().replace("_", "-") for each in json.loads(report)["install"]}

    def num_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.packages.rglob("*") if path.is_file())

    def digests(self, name: str) -> dict[str, str]:
        """Return {path: SHA-256} of all files below a package's folder, what Python compiles left out."""
        files = [path for path in (self.packages / name).rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def build_of_tensorflow(folder: Path, name: str, says: str) -> Path:
    """Write a wheel of this name with files in the folder that all builds of TensorFlow share."""
    info = f"{name.replace('-', '_')}-2.21.0.dist-info"
    files = {
        "tensorflow/__init__.py": f"BUILD = {says!r}\n",
        "tensorflow/libtensorflow_cc.so.2": says * 1000,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.21.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: classeur's tests\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    }
    wheel = folder / f"{name.replace('-', '_')}-2.21.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD")))
    return wheel


def test_the_core_is_small_and_reads_the_same_pixels(tmp_path: Path, image_folder: MakeImageFolder) -> None:
    environment = Environment(tmp_path / "core")
    before = environment.num_bytes()
    environment.install("--constraint", "constraints.txt", ".")
    added = environment.num_bytes() - before
    print(f"classeur-core takes {added / 1e6:.0f} MB")
    assert added < MOST_BYTES
    assert f"classeur {CORE['version']}" in call(environment.classeur, "--version")
    assert "Start with" in call(environment.classeur, "--help")
    assert '"pi-heif"' in call(environment.classeur, "doctor", "--json")

    data = image_folder({"cats": 6, "dogs": 6}, size=(90, 70), endings=(".jpg", ".png", ".webp", ".gif"))
    for path in (REPOSITORY / "tests/images/heic").glob("*.heic"):
        (data / "dogs" / path.name).write_bytes(path.read_bytes())
    found = json.loads(call(environment.classeur, "inspect", data, "--json"))
    files = sorted(path for path in data.rglob("*") if path.is_file())
    assert found["num_usable"] == len(files)
    call(environment.python, "-c", RESIZE_ALL, tmp_path / "theirs.npz", *files)
    call(sys.executable, "-c", RESIZE_ALL, tmp_path / "ours.npz", *files)
    with np.load(tmp_path / "theirs.npz") as theirs, np.load(tmp_path / "ours.npz") as ours:
        assert len(ours.files) == len(files)
        for name in ours.files:
            np.testing.assert_array_equal(theirs[name], ours[name])

    # A run that was trained elsewhere predicts the same, from the command line and from Python.
    trained = image_folder({"cats": 8, "dogs": 8}, size=(90, 70), endings=(".jpg", ".png"))
    run = classeur.train(
        trained, out=tmp_path / "run", model="efficientnet_lite0", image_size=32, reporter=classeur.Reporter()
    )
    expected = {Path(each.path).name: each.probability for each in classeur.predict(run, files[0])}
    (line,) = call(environment.classeur, "predict", run.path, files[0], "--format", "json").splitlines()
    told = json.loads(line)
    assert (told["status"], told["probability"]) == ("ok", pytest.approx(expected[files[0].name], abs=1e-5))
    probability = call(environment.python, "-c", PREDICT_ONE, run.path, files[0])
    assert float(probability) == pytest.approx(expected[files[0].name], abs=1e-5)


def test_training_beside_a_gpu_build_of_tensorflow_touches_no_file_of_it(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "gpu")
    environment.install(str(build_of_tensorflow(tmp_path, "tensorflow", "a GPU build")))
    before = environment.digests("tensorflow")
    assert len(before) == 2
    with_cuda = environment.would_install(".[train,cuda]")
    assert {"classeur-core", "keras", "jax", "jaxlib", "jax-cuda12-plugin"} <= with_cuda
    assert not {name for name in with_cuda if name.startswith(("tensorflow", "tf-"))}
    environment.install("--constraint", "constraints.txt", ".[train]")
    assert environment.digests("tensorflow") == before
    assert call(environment.python, "-c", "import classeur; print(classeur.train.__name__)") == "train\n"
    # With classeur itself it would be replaced, as docs/install.md says, and `doctor` says where it was.
    assert "tensorflow-cpu" in environment.would_install(*WHOLE)
    environment.install(str(build_of_tensorflow(tmp_path, "tensorflow-cpu", "a CPU build")))
    assert environment.digests("tensorflow") != before
    done = subprocess.run([environment.classeur, "doctor"], capture_output=True, text=True, check=True)
    assert done.stderr == (
        "warning: tensorflow and tensorflow-cpu share one folder, and whichever came last is used; keep tensorflow"
        " alone with: pip uninstall tensorflow tensorflow-cpu, then pip install tensorflow\n"
    )


def test_classeur_itself_is_metadata_alone(tmp_path: Path) -> None:
    call(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        tmp_path,
        "./distributions/classeur",
    )
    (wheel,) = tmp_path.glob("classeur-*.whl")
    with ZipFile(wheel) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {f"classeur-{CORE['version']}.dist-info"}
        assert any(name.endswith("LICENSE") for name in archive.namelist())
