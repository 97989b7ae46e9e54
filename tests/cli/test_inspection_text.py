"""An inspection on a console and as JSON."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from classeur.cli import _status
from classeur.cli.console import console
from classeur.cli.inspection_text import print_inspection
from classeur.data.folder import ImageFolder
from classeur.data.inspection import inspect
from classeur.delivery.progress import ConsoleReporter

MakeFolder = Callable[..., ImageFolder]


def told(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    assert _status(["inspect", *map(str, arguments), "--image-size", "16"], debug=False) == status
    return capsys.readouterr().out


def many_leaks(folder_of: MakeFolder) -> ImageFolder:
    """189 leaks, two of them of three files, and 111 duplicates."""
    hashes = [*(f"leak{n}" for n in range(189)), *(f"copy{n // 2}" for n in range(222))]
    hashes += [*(f"leak{n}" for n in range(189)), "leak7", "leak9", "own"]
    splits = ["train"] * 411 + ["validation"] * 192
    labels = ["a" if hash_.startswith("leak") else "b" for hash_ in hashes]
    return folder_of(labels, hashes=hashes, splits=splits)


def test_first_how_many_of_each_kind_then_the_worst_of_each(
    folder_of: MakeFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    print_inspection(inspect(many_leaks(folder_of)))
    lines = capsys.readouterr().out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("error "))
    assert lines[first : first + 3] == [
        "error      191 judged images seen in training  classeur inspect data --plan plan.csv",
        "error      189 leaks                           classeur inspect data --plan plan.csv",
        "warning    111 duplicates                      classeur inspect data --plan plan.csv",
    ]
    first += 2
    found = [line.split()[:2] for line in lines[first + 2 :]]
    assert found == [
        ["error", "leak-share"], *[["error", "leak"]] * 5, ["…", "and"], *[["warning", "duplicate"]] * 5, ["…", "and"],
    ]  # fmt: skip
    assert "191 of 192 validation images (99.5%) have an identical file in training" in lines[first + 2]
    assert "a/7.jpg: same bytes as a/418.jpg, a/600.jpg, in training and validation" in lines[first + 3]
    assert [line.strip() for line in lines if line.strip().startswith("…")] == [
        "… and 184 more leaks; --all shows them",
        "… and 106 more duplicates; --all shows them",
    ]


def test_a_line_break_in_a_name_begins_no_line(folder_of: MakeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    paths = ["a/0.jpg\nerror   none here", "a/1.jpg", "b/2.jpg"]
    print_inspection(inspect(folder_of(["a", "a", "b"], paths=paths, hashes=["1", "1", "2"])))
    ConsoleReporter().warn(paths[0])
    assert _status(["inspect", paths[0]], debug=False) == 1
    out, err = capsys.readouterr()
    assert out.count("a/0.jpg?error   none here") == 1
    assert err.splitlines()[0] == "warning: a/0.jpg?error   none here"
    assert err.splitlines()[1].startswith("error: no such folder, zip or CSV: a/0.jpg?error   none here; give")
    assert len(err.splitlines()) == 2


def test_all_shows_all(image_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    data = image_folder({"a": 8, "b": 8})
    for path in list((data / "a").iterdir()):
        shutil.copy(path, path.with_stem(path.stem + "copy"))
    few, everything = told(capsys, data), told(capsys, data, "--all")
    assert few.count("same bytes as") == 5
    assert "… and 3 more duplicates; --all shows them" in few
    assert everything.count("same bytes as") == 8
    assert "--all" not in everything


def test_json_holds_values_and_words(image_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    data = image_folder({"a": 5, "b": 5})
    shutil.copy(data / "a" / "00.jpg", data / "a" / "again.jpg")
    (finding,) = json.loads(told(capsys, data, "--json"))["findings"]
    assert finding["values"] == {"paths": ["a/00.jpg", "a/again.jpg"], "classes": ["a"], "splits": []}
    assert finding["changes"][0]["code"] == "keep-one"
    assert finding["text"] == "same bytes as a/again.jpg"
    assert finding["advice"] == "keep one: each copy counts again in training"
    assert "evidence" not in finding


def empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def no_images(folder: Path) -> Path:
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.mark.parametrize("make", [empty, no_images])
def test_what_cannot_be_trained_on_is_not_sound(
    tmp_path: Path, make: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text = told(capsys, make(tmp_path / "data"), status=1)
    assert "nothing wrong" not in text
    assert re.search("^error ", text, re.MULTILINE)


def test_a_sound_folder_is_said_to_be(image_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, image_folder({"cats": 5, "dogs": 5})).endswith("no problems found\n")


def test_one_file_is_a_file(image_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert "found 1 file: 1 usable" in told(capsys, image_folder({"a": 1}), status=1)


def test_no_color_drops_all_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    console().print("[bold red]words[/]")
    assert "\x1b" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    console().print("[bold red]words[/]")
    assert capsys.readouterr().out == "words\n"


@pytest.mark.skipif(os.name == "nt", reason="a pipe that is closed is another error there")
def test_a_pipe_that_is_closed_early_costs_no_file(image_folder: Callable[..., Path], tmp_path: Path) -> None:
    """As by head: what is asked for is written before anything is printed."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "classeur", "inspect", str(image_folder()), "--image-size", "32"]
    asked = ["--out", str(tmp_path / "found"), "--plan", str(tmp_path / "plan.csv")]
    subprocess.run([*command, *asked], stdout=writing, stderr=subprocess.DEVNULL, check=False)
    os.close(writing)
    assert (tmp_path / "plan.csv").exists()
    assert (tmp_path / "found" / "findings.csv").exists()
