"""Predictions as a table, CSV, JSON lines or Parquet, each written as soon as it is made.

Without Rich and pydantic, which take longer to import than a picture takes to classify.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from classeur.delivery.printable import in_one_line
from classeur.errors import MissingExtraError, UnknownNameError, UsageError
from classeur.evaluation.prediction import STATUSES, Prediction, is_probability, prediction_columns, top_columns
from classeur.extras import missing_packages
from classeur.run import to_csv
from classeur.storage import written_atomically

LAYOUTS = ("table", "csv", "json", "parquet")

# Cells of a line in a file or a pipe; least cells of a path, and most if paths are not shortened, as in a file.
_WIDTH = 160
_LEAST_PATH, _USUAL_PATH = 20, 60

# Rows of a Parquet file that are written at once.
_ROW_GROUP = 1024


def check_layout(layout: str, to: Path | None) -> None:
    """Check that predictions can be written so; nothing is written.

    Raises:
        UnknownNameError: if there is no such layout.
        UsageError: if it needs a file, and none is named.
        MissingExtraError: if a package that it needs is not installed.
    """
    if layout not in LAYOUTS:
        raise UnknownNameError("format", layout, LAYOUTS)
    if layout == "parquet":
        if to is None:
            raise UsageError("Parquet is not for a terminal; name a file: --format parquet --to FILE")
        if missing := missing_packages("parquet"):
            raise MissingExtraError("Parquet", "parquet", missing)


def print_predictions(
    predictions: Iterable[Prediction],
    *,
    class_names: Sequence[str],
    layout: str,
    top: int | None = None,
    to: Path | None = None,
    has_limits: bool = False,
) -> bool:
    """Print each prediction as soon as it is made; return whether every file could be used.

    Args:
        predictions: made while they are printed.
        class_names: of the model.
        layout: one of `LAYOUTS`; json is one line per file.
        top: how many of the most probable classes have columns, by their ranks; all classes, by their names, if None.
        to: a file to write instead, whole or not at all.
        has_limits: whether the model may give no class, the words for which need room in a table.

    Raises:
        StorageError: if the file cannot be written.
    """
    columns = prediction_columns(class_names) if top is None else top_columns(min(top, len(class_names)))
    counts: Counter[str] = Counter()

    def counted() -> Iterator[Prediction]:
        for prediction in predictions:
            counts[prediction.status] += 1
            yield prediction

    def table(width: int | None) -> _Table:
        return _Table(columns, class_names, width=width or _WIDTH, is_cut=width is not None, has_limits=has_limits)

    if to is None:
        _write(counted(), columns, layout=layout, file=sys.stdout, table=table(_width()))
    else:
        # The user's own link stays one, as /dev/stdout has to.
        with written_atomically(to.resolve() if to.is_symlink() and to.is_file() else to) as temporary:
            if layout == "parquet":
                _write_parquet(counted(), columns, temporary)
            else:
                with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                    _write(counted(), columns, layout=layout, file=file, table=table(None))
        total = sum(counts.values())
        without = ", ".join(f"{counts[each]:,} of them {each}" for each in STATUSES[1:] if counts[each])
        print(in_one_line(f"{to}: {'1 image' if total == 1 else f'{total:,} images'}{without and f', {without}'}"))
    return not counts["unusable"]


def _width() -> int | None:
    """Return the width of the terminal in cells, None if standard output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _write(
    predictions: Iterable[Prediction], columns: Sequence[str], *, layout: str, file: TextIO, table: "_Table"
) -> None:
    """Write a header, if the layout has one, and each prediction.

    Args:
        predictions: the model is loaded with the first, so that an error comes before the header.
        columns: of a CSV.
        layout: table, csv or json.
        file: open for writing.
        table: as which they are written where they are one.
    """
    header, line = "", _json_line
    if layout == "table":
        header, line = table.header, table.line
    elif layout == "csv":
        header, line = _csv_line(columns), lambda prediction: _csv_line(prediction.row(columns))
    for prediction in predictions:
        file.write(header + line(prediction))
        header = ""
        file.flush()  # into a file or a pipe, too


def _json_line(prediction: Prediction) -> str:
    """Return a line of JSON, in ASCII, so that a path that is not UTF-8 can be printed and read back."""
    return f"{json.dumps(asdict(prediction))}\n"


def _csv_line(cells: Sequence[str]) -> str:
    return to_csv(cells, ())


def _write_parquet(predictions: Iterator[Prediction], columns: Sequence[str], path: Path) -> None:
    """Write predictions a group of rows at a time: probabilities as float64, all other columns as text."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    first = next(predictions, None)  # the model is loaded with it: an error comes before the file
    rows = chain(() if first is None else [first], predictions)
    types = [pyarrow.float64() if is_probability(column) else pyarrow.string() for column in columns]
    schema = pyarrow.schema(list(zip(columns, types, strict=True)))
    with ParquetWriter(path, schema) as writer:
        while group := [prediction.cells(columns) for prediction in islice(rows, _ROW_GROUP)]:
            arrays = [
                # Text in Parquet is UTF-8: a byte of a path that is not becomes its number, such as \\udce9.
                pyarrow.array([_utf8(cell) for cell in cells], kind)
                for cells, kind in zip(zip(*group, strict=True), types, strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def _utf8(cell: str | float | None) -> str | float | None:
    return cell.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(cell, str) else cell


class _Table:
    """Rows with column widths that are set before the first row is known; the reason, of any length, comes last."""

    def __init__(
        self,
        columns: Sequence[str],
        class_names: Sequence[str],
        *,
        width: int,
        is_cut: bool,
        has_limits: bool = False,
    ) -> None:
        """Divide a width among the columns; `is_cut` shortens paths that are too long."""
        self._is_cut = is_cut
        first, others = columns[:5], columns[5:]
        name_width = min(max(map(_cell_len, ("predicted", *class_names))), max(width // 4, 9))
        statuses = STATUSES if has_limits else ("ok", "unusable")
        widths = {"status": max(map(len, statuses)), "predicted": name_width, "probability": len("probability")}
        room = width - sum(widths.values()) - 2 * len(widths) - _LEAST_PATH
        # By rank, as many as were asked for: a column of names, then one of their probabilities.
        are_ranks = any(not is_probability(name) for name in others)
        shares = {name: max(_cell_len(name), 6) if is_probability(name) else name_width for name in others}
        # Probabilities of a few classes; with many, each row would be longer than any terminal.
        if are_ranks or sum(each + 2 for each in shares.values()) <= room:
            widths.update(shares)
        path_width = width - sum(widths.values()) - 2 * len(widths)
        self._widths = {"path": max(path_width if is_cut else min(path_width, _USUAL_PATH), _LEAST_PATH), **widths}
        self._columns = [*self._widths, *(name for name in first if name not in self._widths)]

    @property
    def header(self) -> str:
        """The line of the columns' names."""
        return self._joined(self._columns)

    def line(self, prediction: Prediction) -> str:
        """Return a prediction as a line."""
        return self._joined(prediction.row(self._columns))

    def _joined(self, cells: Sequence[str]) -> str:
        return (
            "  ".join(self._cell(name, cell) for name, cell in zip(self._columns, cells, strict=True)).rstrip() + "\n"
        )

    def _cell(self, name: str, text: str) -> str:
        width = self._widths.get(name)
        if width is not None and is_probability(name) and text not in ("", name):  # neither missing nor the header
            text = f"{float(text):.4f}"
        text = in_one_line(text)
        if width is None:
            return text
        if _cell_len(text) <= width:
            padding = " " * (width - _cell_len(text))
            return padding + text if is_probability(name) else text + padding
        if name == "path":
            return _end(text, width) if self._is_cut else text
        from rich.cells import set_cell_size

        return set_cell_size(text, width - 1) + "…"


def _end(text: str, width: int) -> str:
    """Return the end of a text that is too long, shortened to a width in cells."""
    while _cell_len(text) > width - 1:
        text = text[1:]
    return f"…{text}"


def _cell_len(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
