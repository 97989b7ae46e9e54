"""classeur migrate: what is printed, and with which status it ends."""

import json
from pathlib import Path

import pytest

from classeur.cli import _status

OLD = "from keras.preprocessing.image import ImageDataGenerator\nmodel.predict_classes(x)\n"
WRONG = "from keras import Sequential, layers\nm = Sequential([layers.Dense(1, activation='softmax')])\n"

EXPLAINED = (
    "  why: it is 1 for every image, before and after training\n",
    "  fix: use sigmoid, or two units\n",
)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "old[1].py"
    path.write_text(OLD, encoding="utf-8")
    return path


def run(*arguments: object) -> int:
    return _status(["migrate", *map(str, arguments)], debug=False)


def test_the_diff_and_what_is_left(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\n-from keras.preprocessing.image import ImageDataGenerator\n" in out
    assert "\n+from classeur.keras_image import ImageDataGenerator\n" in out
    assert f"\n{script}:2: predict_classes is removed" in out
    assert out.endswith("1 read, 1 would change, 1 to do by hand, 0 found by the linter; write with --write\n")
    assert script.read_text(encoding="utf-8") == OLD


def test_write(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script, "--write") == 0
    assert f"{script}: written; the old file is {script}.bak" in capsys.readouterr().out
    assert script.read_text(encoding="utf-8").startswith("from classeur.keras_image")
    assert run(script, "--write") == 0
    assert "1 read, 0 changed, 1 to do" in capsys.readouterr().out


def test_json(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script, "--json") == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["changed"]
    assert facts["backup"] is None
    assert facts["left"][0]["line"] == 2


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(WRONG, encoding="utf-8")
    assert run(path, "--check") == 1
    out = capsys.readouterr().out
    assert f"{path}:2:5: CLS014 softmax on one unit" in out
    assert "docs/" not in out
    assert out.endswith("\nCLS014 Softmax on one unit\n" + "".join(EXPLAINED) + "1 found\n")
    assert run(tmp_path, "--check", "--json") == 1
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["code"], problem["line"], problem["column"], problem["cell"]) == ("CLS014", 2, 5, None)
    path.write_text(WRONG.replace("softmax", "sigmoid"), encoding="utf-8")
    assert run(path, "--check") == 0
    assert capsys.readouterr().out == "nothing found\n"


def test_each_code_is_explained_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(WRONG, encoding="utf-8")
    run(tmp_path, "--check")
    out = capsys.readouterr().out
    assert out.count("\nCLS014 Softmax on one unit\n") == 1
    assert out.endswith("2 found\n")


def test_the_linter_judges_what_migration_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text("import os\n" + OLD.splitlines()[0] + "\nfrom keras.models import Sequential\n" + WRONG)
    for arguments in ([], ["--write"]):
        assert run(path, *arguments) == 0
        out = capsys.readouterr().out
        assert f"\nThe linter, on the changed code:\n{path}:4:5: CLS014 softmax on one unit" in out
        assert "".join(EXPLAINED) in out
        assert ", 0 to do by hand, 1 found by the linter" in out
    assert "CLS014" not in path.read_text()
    assert run(path, "--json") == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert [problem["code"] for problem in facts["problems"]] == ["CLS014"]


def test_one_file_that_cannot_be_read_stops_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("print 'a'\n", encoding="utf-8")
    (tmp_path / "b.py").write_text(WRONG + OLD, encoding="utf-8")
    assert run(tmp_path, "--check") == 1
    out = capsys.readouterr().out
    assert "a.py:1:1: CLS000 cannot be read: line 1: Missing parentheses" in out
    assert "b.py:2:5: CLS014" in out
    assert run(tmp_path, "--write") == 1
    assert "a.py:1: cannot be read: Missing" in capsys.readouterr().out
    assert (tmp_path / "b.py").read_text(encoding="utf-8").count("classeur.keras_image") == 1


def test_to_classeur(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(OLD, encoding="utf-8")
    assert run(path, "--to", "classeur", "--write") == 0
    assert "no training found" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == OLD


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nowhere.py"], 1, "no such file or folder: nowhere.py"),
        ([], 2, "Missing argument"),
        (["--to", "clasur", "SCRIPT"], 2, "did you mean 'classeur'?"),
        (["--check", "--write", "SCRIPT"], 2, "--check cannot be combined with --write or --to"),
        (["FOLDER"], 1, "contains no .py"),
    ],
)
def test_bad_input(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"SCRIPT": str(script), "FOLDER": str(tmp_path / "empty")}
    assert run(*(places.get(each, each) for each in arguments)) == status
    error = capsys.readouterr().err
    assert words in error
    assert error.count("error: ") == 1
    assert "Traceback" not in error


def test_a_file_that_cannot_be_written_is_named_and_the_rest_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(OLD, encoding="utf-8")
    (tmp_path / "a.py").chmod(0o444)
    assert run(tmp_path, "--write") == 1
    out = capsys.readouterr().out
    assert f"a.py: not written: {tmp_path / 'a.py'} is read-only" in out
    assert f"{tmp_path / 'b.py'}: written; the old file is" in out
    assert "2 read, 1 changed, 2 to do by hand, 0 found by the linter, 1 could not be written\n" in out
