"""Bad input gets one clear line and an exit status; never a traceback, never a partial output."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import classeur
import classeur.data.scan
from classeur.cli import _status
from classeur.delivery.progress import Reporter

MakeFolder = Callable[..., Path]


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 1) -> str:
    """Run a command that must fail, and return its one line."""
    assert _status(list(map(str, arguments)), debug=False) == status
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1, said
    assert "Traceback" not in said[0]
    return said[0]


def no_class(make: MakeFolder) -> Path:
    folder = make({"cats": 2})
    for path in list((folder / "cats").iterdir()):
        path.rename(folder / path.name)
    (folder / "cats").rmdir()
    return folder


def only_in_validation(make: MakeFolder) -> Path:
    return make({"train": {"cats": 3, "dogs": 3}, "validation": {"cats": 2, "dogs": 2, "birds": 2}})


def every_file_broken(make: MakeFolder) -> Path:
    folder = make()
    for path in folder.rglob("*.*g"):
        path.write_bytes(b"nothing")
    return folder


DATA = {
    "no such folder": (lambda make: Path("nowhere"), "no such folder, zip or CSV: nowhere"),
    "no class": (no_class, "no class folder"),
    "an empty folder": (lambda make: make({"x": 0}).joinpath("x"), "no class folder"),
    "an empty class": (lambda make: make({"cats": 3, "dogs": 3, "eels": 0}), "class 'eels' is empty"),
    "a class only in validation": (only_in_validation, "class 'birds' has images for validation but none for training"),
    "every file broken": (every_file_broken, "can be used (8 set aside)"),
}


@pytest.mark.parametrize("command", ["inspect", "train", "preview"])
@pytest.mark.parametrize("case", DATA)
def test_data_that_cannot_be_trained_on(
    case: str, command: str, image_folder: MakeFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, expected = DATA[case]
    out = [] if command == "inspect" else ["--out", tmp_path / "out"]
    assert expected in fails(capsys, command, make(image_folder), *out)
    assert not (tmp_path / "out").exists()


ONE_CLASS = {
    "one image": ({"good": 1}, ["--model", "efficientnet_lite0"], "'good', the only one, has 1 usable image", 1),
    "a model for several": ({"good": 3}, ["--model", "tutorial"], "unlike this one: classeur train ", 1),
    "another share, a model for several": (
        {"good": 3}, ["--model", "tutorial", "--false-alarms", "0.1"], "--false-alarms means nothing for tutorial", 2,
    ),
    "another share, several classes": (
        {"a": 3, "b": 3}, ["--model", "efficientnet_lite0", "--false-alarms", "0.1"], "data with 2 classes", 2,
    ),
    "its name": ({"Unlike": 3}, ["--model", "efficientnet_lite0"], "the only class is called 'Unlike'", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_CLASS)
def test_one_class_that_cannot_be_trained_on(
    case: str, image_folder: MakeFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, options, expected, status = ONE_CLASS[case]
    assert expected in fails(capsys, "train", image_folder(layout), "--out", tmp_path / "out", *options, status=status)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["inspect", "preview"])
def test_one_image_is_too_few_for_every_command(
    command: str, image_folder: MakeFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [] if command == "inspect" else ["--out", tmp_path / "out"]
    assert "'good', the only one, has 1 usable image" in fails(capsys, command, image_folder({"good": 1}), *out)
    assert _status([command, str(image_folder({"good": 3}, name="more")), *map(str, out)], debug=True) == 0


OPTIONS = {
    "image size 0": (["--image-size", "0"], "image size '0' is not possible"),
    "image size 10000": (["--image-size", "10000"], "each 8 … 2048"),
    "no image size": (["--image-size", "big"], "such as 150 or 150x200"),
    "model": (["--model", "tutorail"], "did you mean 'tutorial'?"),
    "augment": (["--augment", "al"], "did you mean 'all'?"),
    "fit": (["--fit", "squish"], "did you mean 'squash'?"),
    "zoom": (["--zoom", "1.5"], "zoom 1.5 is not possible"),
    "rotation": (["--rotation", "-3"], "rotation -3 is not possible"),
    "epochs": (["--epochs", "0"], "epochs 0 is not possible"),
    "dropout": (["--dropout", "1"], "dropout 1 is not possible"),
    "keep": (["--keep", "worst"], "known: best, last"),
    "a word": (["--epochs", "many"], "--epochs"),
    "an option": (["--epoch", "3"], "no option --epoch; did you mean --epochs?"),
    "another tool's option": (["--lr", "3"], "no option --lr; did you mean --learning-rate?"),
    "nothing near": (["--xyzzy", "3"], "no option --xyzzy. See"),
    "two presets": (["--augment", "flip,rotate"], "such as --flip horizontal --rotation 45"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_are_not_possible(
    case: str, image_folder: MakeFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, expected = OPTIONS[case]
    arguments = arguments if case == "model" else ["--model", "tutorial", *arguments]
    assert expected in fails(capsys, "train", image_folder(), "--out", tmp_path / "out", *arguments, status=2)
    assert not (tmp_path / "out").exists()


def test_runs_that_are_none(tmp_path: Path, image_folder: MakeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    for command in (["summary"], ["evaluate"], ["predict"], ["compare", tmp_path / "mine"]):
        more = [tmp_path] if command == ["predict"] else []
        assert "is not a run directory" in fails(capsys, *command, tmp_path / "mine", *more)
        assert "does not exist" in fails(capsys, *command[:1], tmp_path / "nowhere", *(more or command[1:]))
    assert "is not a run" in fails(capsys, "train", image_folder(), "--out", tmp_path / "mine", "--resume")


@pytest.fixture
def run(image_folder: MakeFolder, tmp_path: Path) -> classeur.Run:
    small = {"model": "tutorial", "image_size": 16, "epochs": 1, "batch_size": 4}
    return classeur.train(image_folder(), out=tmp_path / "run", reporter=Reporter(), **small)


@pytest.mark.keras
def test_a_model_that_is_cut_short(run: classeur.Run, capsys: pytest.CaptureFixture[str]) -> None:
    whole = run.model_path.read_bytes()
    run.model_path.write_bytes(whole[: len(whole) // 2])
    assert "damaged or not a Keras model" in fails(capsys, "evaluate", run.path)
    assert "damaged or not a Keras model; train it again with" in fails(capsys, "predict", run.path, run.data)
    run.onnx_path.unlink()  # with it, the run would predict all the same
    run.model_path.write_bytes(whole[:1000] + b"?" * 100 + whole[1100:])
    assert "damaged" in fails(capsys, "predict", run.path, run.data)
    run.model_path.unlink()
    assert "is missing" in fails(capsys, "predict", run.path, run.data)
    run.facts_path.write_text("{")
    assert "run.json is damaged" in fails(capsys, "evaluate", run.path)


@pytest.mark.keras
def test_facts_are_json_and_nothing_else(run: classeur.Run, capsys: pytest.CaptureFixture[str]) -> None:
    other = shutil.copytree(run.path, run.path.with_name("other"))
    commands = (
        ["inspect", run.data], ["summary", run.path], ["evaluate", run.path], ["doctor"],
        ["compare", run.path, other, "--picture", run.path / "c.png"],
        ["preview", run.data, "--out", run.path / "p", "--image-size", "16"], ["cache"],
        ["train", run.data, "--out", run.path.with_name("third"), "--model=tutorial", "--image-size=32", "--epochs=1"],
    )  # fmt: skip
    for command in commands:
        assert _status([*map(str, command), "--json"], debug=True) == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)
    bad = run.path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8")
    photograph = next(run.data.rglob("*.jpg"))
    for layout, lines in (("json", 2), ("csv", 3), ("table", 3)):
        assert _status(["predict", str(run.path), str(photograph), str(bad), "--format", layout], debug=True) == 1
        assert len(capsys.readouterr().out.splitlines()) == lines


def test_a_cache_that_cannot_be_written(
    image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CLASSEUR_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(match="cannot be written"):
        assert _status(["inspect", str(image_folder())], debug=True) == 0
    assert "8 usable" in capsys.readouterr().out


def test_inspect_opens_each_file_once_even_without_a_cache(
    image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CLASSEUR_CACHE", str(tmp_path / "file" / "cache"))
    opened: list[Path] = []
    real = classeur.data.scan.read_file  # type: ignore[attr-defined]
    monkeypatch.setattr("classeur.data.scan.read_file", lambda path: (opened.append(path), real(path))[1])
    with pytest.warns(match="cannot be written"):
        assert _status(["inspect", str(image_folder())], debug=True) == 0
    assert len(opened) == 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on file sizes are Unix'")
def test_a_full_disk(image_folder: MakeFolder, tmp_path: Path) -> None:
    """A limit on file sizes stands in for the disk: the run's first large file does not fit."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "from classeur.cli import main; main()"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "train",
        str(image_folder()),
        "--out",
        str(tmp_path / "run"),
        "--image-size",
        "32",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 1, done.stderr
    assert len(errors) == 1, done.stderr
    assert "File too large" in errors[0]
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "run").glob(".tmp-*"))


def test_help_is_light_and_has_examples() -> None:
    heavy = ("keras", "tensorflow", "matplotlib", "sklearn", "cv2", "numpy", "pydantic", "scipy", "PIL")
    code = f"import sys, classeur; from classeur.cli import _status; _status(['--help'], debug=True)\n" \
           f"loaded = [name for name in {heavy} if name in sys.modules]; assert not loaded, loaded"  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    "name", ["fetch", "inspect", "preview", "train", "summary", "evaluate", "predict", "compare", "demo", "doctor"]
)
def test_every_command_helps_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _status([name, "--help"], debug=True) == 0
    assert f"Example: classeur {name}" in capsys.readouterr().out


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "classeur", "inspect", str(tmp_path / "no"), "--debug"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" in done.stderr
