"""Names from a stranger on a terminal: none controls it or turns a line round; files have them as they are."""

import csv
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.cli import _status
from classeur.delivery.isolation import isolated
from classeur.delivery.printable import in_one_line, printable

# What Unicode calls Bidi_Control: ALM, LRM, RLM, embeddings and overrides, isolates.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = "\u202egpj.dog\x1b[31m"


@given(st.text(alphabet=st.sampled_from([*"ab \n\t", *TURNING, "\x1b", "\u2028", "א", "ع", "\u200d"])))
def test_what_is_printed_turns_nothing_outside_itself(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    for line in shown.split("\n"):
        depths = [0]
        for letter in line:
            depths.append(depths[-1] + (letter in "\u2066\u2068") - (letter == "\u2069"))
        assert min(depths) == depths[-1] == 0
    assert not set(shown) & (set(TURNING) - set("\u2066\u2068\u2069"))
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in shown if letter not in "\n\t")
    assert in_one_line(text) == shown.replace("\n", "?").replace("\t", "?")


@pytest.mark.parametrize("name", ["고양이.jpg", "חתול.jpg", "👩\u200d🚀.png", "a\u00a0b.jpg"])
def test_names_of_every_script_are_printed_as_they_are(name: str) -> None:
    """Also in isolates of ours, and with what joins letters and signs."""
    assert printable(name) == name
    assert printable(isolated(name)) == isolated(name)


def test_lines_of_inspect_split_and_predict_are_safe_and_files_are_true(
    image_folder: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    data = image_folder({"cats": 6, "dogs": 6})
    broken = data / "cats" / f"{HOSTILE}.jpg"
    broken.write_bytes(b"\xff\xd8\xff no more")
    good = next((data / "cats").glob("0*"))
    twin = good.rename(data / "cats" / f"{HOSTILE}2{good.suffix}")
    (data / "dogs" / f"copy{good.suffix}").write_bytes(twin.read_bytes())
    told = []
    for arguments in (
        ["inspect", "data", "--image-size", "32", "--out", "found", "--plan", "plan.csv"],
        ["split", "data", "--to", "split.csv"],
    ):
        assert _status(arguments, debug=True) == 0
        told += [*capsys.readouterr()]
    printed = "".join(told)
    assert "cats/?gpj.dog?[31m.jpg" in printed
    assert not set(printed) & {*TURNING, "\x1b"}
    assert _status(["inspect", "data", "--image-size", "32", "--json"], debug=True) == 0
    subjects = [each["subject"] for each in json.loads(capsys.readouterr().out)["findings"]]
    assert f"cats/{HOSTILE}.jpg" in subjects
    for table in ("found/findings.csv", "plan.csv", "split.csv", "split.set_aside.csv"):
        with open(table, encoding="utf-8", newline="") as file:
            assert any(HOSTILE in row["path"] for row in csv.DictReader(file)), table


def test_no_byte_of_a_name_controls_a_terminal() -> None:
    assert printable("caf\udce9.jpg") == "caf\udce9.jpg", "it shows nothing, and can be copied"
    assert in_one_line("a\udc9b2J") == "a?2J", "the control sequence introducer, as one byte"


def test_the_name_of_a_plan_breaks_no_line_of_a_summary(
    image_folder: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    data = image_folder({"cats": 6, "dogs": 6})
    left_out = next(path for path in sorted(data.rglob("*")) if path.is_file()).relative_to(data).as_posix()
    plan = tmp_path / "pl\n2.csv"
    plan.write_text(f"path\n{left_out}\n", encoding="utf-8")
    assert _status(["inspect", "data", "--image-size", "32", "--exclude", "pl\n2.csv"], debug=True) == 0
    printed = "".join(capsys.readouterr())
    assert "pl?2.csv" in printed
    assert "pl\n2.csv" not in printed
