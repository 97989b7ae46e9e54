"""Predictions in four layouts, on a console and in a file: all say the same."""

import csv
import importlib.util
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from classeur.cli.prediction_text import _Table, check_layout, print_predictions
from classeur.errors import MissingExtraError, StorageError, UnknownNameError, UsageError
from classeur.evaluation.prediction import Prediction, prediction_columns

NAMES = ("c[red]ats", "dogs")
GOOD = Prediction(
    path="a,[b]/ü.jpg", status="ok", predicted="c[red]ats", probability=0.98765,
    probabilities={"c[red]ats": 0.98765, "dogs": 0.01235},
)  # fmt: skip
BAD = Prediction(path="bad.jpg", status="unusable", reason="broken [or] cut short")


def printed(
    capsys: pytest.CaptureFixture[str],
    layout: str,
    *predictions: Prediction,
    class_names: Sequence[str] = NAMES,
    top: int | None = None,
) -> tuple[str, bool]:
    usable = print_predictions(predictions, class_names=class_names, layout=layout, top=top)
    return capsys.readouterr().out, usable


def test_three_layouts_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    text, usable = printed(capsys, "csv", GOOD, BAD)
    assert not usable
    good, bad = csv.DictReader(io.StringIO(text))
    assert good == {
        "path": "a,[b]/ü.jpg", "status": "ok", "predicted": "c[red]ats", "probability": "0.987650", "reason": "",
        "p(c[red]ats)": "0.987650", "p(dogs)": "0.012350",
    }  # fmt: skip
    assert {name: value for name, value in bad.items() if value} == {
        "path": "bad.jpg", "status": "unusable", "reason": BAD.reason,
    }  # fmt: skip
    text, _ = printed(capsys, "json", GOOD, BAD)
    assert [Prediction(**json.loads(line)) for line in text.splitlines()] == [GOOD, BAD]
    assert json.loads(text.splitlines()[1])["probability"] is None
    text, _ = printed(capsys, "table", GOOD, BAD)
    header, first, second = text.splitlines()
    assert header.split() == ["path", "status", "predicted", "probability", "p(c[red]ats)", "p(dogs)", "reason"]
    assert first.split() == ["a,[b]/ü.jpg", "ok", "c[red]ats", "0.9877", "0.9877", "0.0123"]
    assert second.split(maxsplit=2) == ["bad.jpg", "unusable", "broken [or] cut short"]
    assert second.index("broken") == header.index("reason")
    assert printed(capsys, "json", GOOD)[1]


def test_no_cell_of_a_csv_runs_in_a_spreadsheet(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("=cats", "dogs")
    prediction = Prediction.of("@a.jpg", np.array([0.75, 0.25]), names)
    text, _ = printed(capsys, "csv", prediction, class_names=names)
    assert text.splitlines()[1] == "'@a.jpg,ok,'=cats,0.750000,,0.750000,0.250000"


def test_a_name_with_a_line_end_is_one_cell(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("Icon\r.jpg", "two\r\nends.jpg", "line\nend.jpg")
    text, _ = printed(capsys, "csv", *(replace(BAD, path=name) for name in names))
    assert [row["path"] for row in csv.DictReader(io.StringIO(text, newline=""))] == list(names)


def test_a_long_class_name_leaves_the_probability_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("x" * 200, "犬" * 80)
    long = Prediction.of("a.jpg", np.array([0.75, 0.25]), names)
    other = Prediction.of("b.jpg", np.array([0.25, 0.75]), names)
    text, _ = printed(capsys, "table", long, other, class_names=names)
    header, *rows = text.splitlines()
    assert all("0.7500" in row and "…" in row for row in rows)
    assert {cell_len(row[: row.index("0.7500")]) for row in rows} == {header.index("probability") + 5}
    assert max(map(cell_len, (header, *rows))) <= 160
    text, _ = printed(capsys, "csv", long, class_names=names)
    assert next(csv.DictReader(io.StringIO(text)))["predicted"] == names[0], "in a CSV nothing is shortened"


def test_of_many_classes_a_table_shows_the_first_and_a_csv_all(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"class {number}" for number in range(100)]
    prediction = Prediction.of("a.jpg", np.full(100, 0.01), names)
    header, row = printed(capsys, "table", prediction, class_names=names)[0].splitlines()
    assert "p(" not in header
    assert row.split()[-1] == "0.0100"
    text, _ = printed(capsys, "csv", prediction, class_names=names)
    assert next(csv.DictReader(io.StringIO(text)))["p(class 99)"] == "0.010000"


def test_a_long_path_is_whole_in_a_file_and_shortened_on_a_terminal() -> None:
    path = "folder/" * 40 + "end.jpg"
    columns = prediction_columns(NAMES)
    whole, cut = (_Table(columns, NAMES, width=80, is_cut=is_cut) for is_cut in (False, True))
    prediction = replace(GOOD, path=path)
    assert whole.line(prediction).startswith(f"{path}  ok")
    assert len(cut.line(prediction)) <= 80 + len("\n")
    assert cut.line(prediction).startswith("…")
    assert "end.jpg  ok" in cut.line(prediction)


def test_a_control_character_in_a_class_does_not_break_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("a\x1bb", "dogs")
    text, _ = printed(capsys, "table", Prediction.of("a.jpg", np.array([0.75, 0.25]), names), class_names=names)
    header, row = text.splitlines()
    assert header.split()[4:6] == ["p(a?b)", "p(dogs)"]
    assert row.split()[2:] == ["a?b", "0.7500", "0.7500", "0.2500"]


def test_a_line_break_in_a_path_does_not_break_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    odd = replace(GOOD, path="a\nb\x1b[31m.jpg")
    text, _ = printed(capsys, "table", odd)
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text


@pytest.mark.parametrize("layout", ["table", "csv", "json"])
def test_each_row_is_in_the_file_before_the_next_one_is_made(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    with open(tmp_path / "rows", "w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdout", file)

        def predictions() -> Iterator[Prediction]:
            for number in range(3):
                yield replace(GOOD, path=f"{number}.jpg")
                seen.append(f"{number}.jpg" in (tmp_path / "rows").read_text(encoding="utf-8"))

        print_predictions(predictions(), class_names=NAMES, layout=layout)
    assert seen == [True] * 3


def test_a_path_that_is_no_utf_8_is_json_and_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    odd = replace(GOOD, path="caf\udce9.jpg")
    text, _ = printed(capsys, "json", odd)
    assert Prediction(**json.loads(text)) == odd
    assert text.isascii()


def test_the_most_probable_classes_have_columns_by_rank(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"class {number}" for number in range(100)]
    probabilities = np.linspace(0.0001, 0.0199, 100)
    prediction = Prediction.of("a.jpg", probabilities, names).top(2)
    bad = replace(BAD, path="b.jpg")
    text, _ = printed(capsys, "csv", prediction, bad, class_names=names, top=2)
    good, other = csv.DictReader(io.StringIO(text))
    assert list(good)[5:] == ["top 1", "p(top 1)", "top 2", "p(top 2)"]
    assert [good[name] for name in ("top 1", "p(top 1)", "top 2", "p(top 2)")] == [
        "class 99", "0.019900", "class 98", "0.019700",
    ]  # fmt: skip
    assert not any(other[name] for name in list(other)[5:])
    header, row, _ = printed(capsys, "table", prediction, bad, class_names=names, top=2)[0].splitlines()
    assert header.split("  ")[-1] == "reason"
    assert row.index("class 98") == header.index("top 2")
    text, _ = printed(capsys, "json", prediction, class_names=names, top=2)
    assert list(json.loads(text)["probabilities"]) == ["class 99", "class 98"]


def test_more_classes_than_there_are_have_no_columns(capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = printed(capsys, "csv", GOOD, top=5)
    assert text.splitlines()[0].endswith(",top 1,p(top 1),top 2,p(top 2)")


@pytest.mark.parametrize("layout", ["table", "csv", "json"])
def test_a_file_has_what_standard_output_would_have(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, _ = printed(capsys, layout, GOOD, BAD)
    path = tmp_path / "new" / "predictions"
    assert not print_predictions([GOOD, BAD], class_names=NAMES, layout=layout, to=path)
    assert path.read_text(encoding="utf-8") == text
    assert capsys.readouterr().out == f"{path}: 2 images, 1 of them unusable\n"
    assert print_predictions([GOOD], class_names=NAMES, layout=layout, to=path)
    assert capsys.readouterr().out == f"{path}: 1 image\n"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[Prediction]:
        yield GOOD
        raise StorageError("stop")

    (tmp_path / "a.csv").write_text("before")
    with pytest.raises(StorageError, match="stop"):
        print_predictions(broken(), class_names=NAMES, layout="csv", to=tmp_path / "a.csv")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir() if path.is_file()] == [("a.csv", "before")]


def test_a_layout_that_cannot_be_written_is_refused_before_anything_is_predicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layout in ("table", "csv", "json"):
        check_layout(layout, None)
    with pytest.raises(UnknownNameError, match="'parquet'"):
        check_layout("parket", None)
    with pytest.raises(UsageError, match="--to FILE"):
        check_layout("parquet", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"PyArrow.*\[parquet\]"):
        check_layout("parquet", tmp_path / "a.parquet")


def test_parquet_has_numbers_as_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow, of the extra parquet, is not installed")
    path = tmp_path / "a.parquet"
    odd = replace(GOOD, path="caf\udce9.jpg")
    many = [replace(GOOD, path=f"{number}.jpg") for number in range(2000)]
    check_layout("parquet", path)
    assert not print_predictions(iter([GOOD, BAD, odd, *many]), class_names=NAMES, layout="parquet", to=path)
    table = parquet.read_table(path)
    assert table.column_names == list(prediction_columns(NAMES))
    first, bad, third, *others = table.to_pylist()
    assert first == {
        "path": GOOD.path, "status": "ok", "predicted": GOOD.predicted, "probability": GOOD.probability, "reason": "",
        "p(c[red]ats)": 0.98765, "p(dogs)": 0.01235,
    }  # fmt: skip
    assert (bad["probability"], bad["p(dogs)"], bad["reason"]) == (None, None, BAD.reason)
    assert third["path"] == r"caf\udce9.jpg"
    assert [row["path"] for row in others] == [each.path for each in many]
    assert print_predictions(iter([GOOD.top(1)]), class_names=NAMES, layout="parquet", top=1, to=path)
    assert parquet.read_table(path).to_pylist()[0]["top 1"] == GOOD.predicted
    assert print_predictions(iter(()), class_names=NAMES, layout="parquet", to=path)
    assert parquet.read_table(path).num_rows == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{path}: 0 images"


def test_answers_that_are_no_class_have_room_and_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unsure = Prediction(path="a.jpg", status="unsure", probability=0.6, reason="perhaps dogs: 0.6000, not above 0.9000")
    none = Prediction(path="b.jpg", status="none of these", probability=0.9, reason="unlike", unlike=3.5)
    assert print_predictions([GOOD, unsure, none], class_names=NAMES, layout="table", has_limits=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == ["a,[b]/ü.jpg", "a.jpg", "b.jpg"]
    assert "unsure         " in lines[2]
    assert "none of these  " in lines[3]
    assert len({line.index(status) for line, status in zip(lines[1:], ("ok", "unsure", "none"), strict=True)}) == 1
    path = tmp_path / "a.csv"
    assert not print_predictions([GOOD, unsure, none, none, BAD], class_names=NAMES, layout="csv", to=path)
    assert capsys.readouterr().out == (
        f"{path}: 5 images, 1 of them unsure, 2 of them none of these, 1 of them unusable\n"
    )
    assert printed(capsys, "json", none)[0].count('"unlike": 3.5') == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_replaced_and_nothing_is_predicted_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    predictions = iter([GOOD])
    with pytest.raises(StorageError, match="pipe is a pipe or a device, not a file; name a file"):
        print_predictions(predictions, class_names=NAMES, layout="csv", to=tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    assert next(predictions) == GOOD


def test_a_link_stays_one_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "to.csv").write_text("old")
    (tmp_path / "link").symlink_to("to.csv")
    assert print_predictions([GOOD], class_names=NAMES, layout="csv", to=tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "to.csv").read_text().startswith("path,")
