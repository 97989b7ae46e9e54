"""With classeur-core alone: what predicting needs works, and everything else names what it lacks in one line."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from projects import CORE, EXTRAS_OF_CORE, REPOSITORY

import classeur
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore
from classeur.images.resampling import compile_kernels

SiteOf = Callable[[list[str]], Path]
RunIn = Callable[..., "subprocess.CompletedProcess[str]"]
MakeImageFolder = Callable[..., Path]

TRAIN = (
    "Keras, matplotlib, OpenCV, SciPy and Jinja2; install them with: pip install 'classeur-core[train]', or everything"
    " with:"
)


@pytest.fixture(scope="session")
def core(site_of: SiteOf) -> Path:
    return site_of(CORE["dependencies"])


def test_the_view_has_only_the_core(core: Path) -> None:
    assert {"numpy", "PIL", "onnxruntime", "pi_heif", "typer"} <= {each.name for each in core.iterdir()}
    assert not {"keras", "tensorflow", "cv2", "scipy", "matplotlib", "numba"} & {each.name for each in core.iterdir()}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "--help"], ["cache"], ["doctor"]])
def test_commands_without_a_model_work(core: Path, run_in: RunIn, arguments: list[str]) -> None:
    done = run_in(core, "-m", "classeur", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_doctor_says_what_is_not_installed(core: Path, run_in: RunIn) -> None:
    facts = json.loads(run_in(core, "-m", "classeur", "doctor", "--json").stdout)
    assert facts["extras"] == dict.fromkeys(("train", "migrate", "parquet"), "not installed")
    assert not any(facts["backends"].values())


def test_importing_loads_every_name_that_can_be(core: Path, run_in: RunIn) -> None:
    done = run_in(core, "-c", "import classeur; print(classeur.load, classeur.predict, classeur.inspect, classeur.Run)")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "lacks"),
    [
        ("train data --out run", TRAIN),
        ("train --out run --resume", TRAIN),
        ("evaluate run", TRAIN),
        ("compare run run", TRAIN),
        ("preview data", TRAIN),
        ("curve data", TRAIN),
        ("demo", TRAIN),
        ("migrate old.py", "LibCST and nbformat; install them with: pip install 'classeur-core[migrate]'"),
    ],
)
def test_a_command_names_what_it_lacks(core: Path, run_in: RunIn, tmp_path: Path, command: str, lacks: str) -> None:
    (tmp_path / "old.py").write_text("from keras.preprocessing.image import ImageDataGenerator\n")
    done = run_in(core, "-c", f"import os; os.chdir({str(tmp_path)!r})\n{MAIN}", *command.split())
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {command.split()[0]} needs {lacks}")
    assert len(done.stderr.splitlines()) == 1


MAIN = "from classeur.cli import main; main()"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("classeur.train('data')", "classeur.train"),
        ("classeur.migrate(['old.py'])", "classeur.migrate"),
        ("from classeur.keras_image import ImageDataGenerator", "classeur.keras_image.ImageDataGenerator"),
        ("from classeur.models.engine import load_keras; load_keras()", f"a Keras model needs {TRAIN}"),
    ],
)
def test_a_call_from_python_is_the_same_error(core: Path, run_in: RunIn, code: str, what: str) -> None:
    script = f"import classeur\ntry: {code}\nexcept classeur.ClasseurError as error: print(error)"
    done = run_in(core, "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(what)


def test_a_package_that_nobody_names_stays_an_unexpected_error(core: Path, run_in: RunIn) -> None:
    script = (
        "import sys; sys.modules['classeur.workflows.inspection'] = None\n"
        "from classeur.cli import main; main(['inspect', 'data'])"
    )
    done = run_in(core, "-c", script)
    assert done.stderr.startswith("error: unexpected ModuleNotFoundError: import of classeur.workflows.inspection")


def test_training_packages_without_a_backend_name_the_backends_before_any_file_is_read(
    site_of: SiteOf, run_in: RunIn, image_folder: MakeImageFolder, tmp_path: Path
) -> None:
    site = site_of([*CORE["dependencies"], *EXTRAS_OF_CORE["train"]])
    assert (site / "keras").exists()
    done = run_in(site, "-m", "classeur", "train", str(image_folder()), "--out", str(tmp_path / "run"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: Keras needs a backend; install TensorFlow for the CPU with: pip install cl")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.keras
def test_a_run_without_onnx_is_read_but_names_what_its_model_needs(
    core: Path, run_in: RunIn, image_folder: MakeImageFolder, tmp_path: Path
) -> None:
    data = image_folder()
    classeur.train(data, out=tmp_path / "run", model="tutorial", image_size=32, epochs=1, reporter=classeur.Reporter())
    (tmp_path / "run/model.onnx").unlink(missing_ok=True)
    done = run_in(core, "-m", "classeur", "summary", str(tmp_path / "run"))
    assert (done.returncode, done.stderr) == (0, "")
    done = run_in(core, "-m", "classeur", "predict", str(tmp_path / "run"), str(data / "cats"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "error: loading model.keras needs Keras and h5py; install them with: pip install 'classeur-core[train]'"
    )


def test_inspect_finds_and_keeps_the_same_bytes(
    core: Path, run_in: RunIn, image_folder: MakeImageFolder, tmp_path: Path, cache: Path
) -> None:
    data = image_folder({"cats": 6, "dogs": 6}, size=(90, 70), endings=(".jpg", ".png", ".webp", ".gif"))
    heic = REPOSITORY / "tests/images/heic"
    for path in heic.glob("*.heic"):
        (data / "dogs" / path.name).write_bytes(path.read_bytes())
    (data / "cats" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    done = run_in(core, "-m", "classeur", "inspect", str(data), "--image-size", "32x40", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["num_usable"] == 12 + len(list(heic.glob("*.heic")))

    assert compile_kernels()  # Numba
    theirs, ours = (PixelStore(each, image_size=(32, 40), fit="squash") for each in (cache, tmp_path / "other"))
    here = scan(data, ours, cache=tmp_path / "other")
    there = scan(data, theirs, cache=cache)
    assert there.num_decoded == 0  # all of it by the core alone
    usable = [row for row, reason in enumerate(here.reasons) if not reason]
    hashes = [here.hashes[row] for row in usable]
    assert [there.hashes[row] for row in usable] == hashes
    rows = range(len(hashes))
    np.testing.assert_array_equal(theirs.select(hashes).gather(rows), ours.select(hashes).gather(rows))
