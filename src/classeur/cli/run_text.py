"""Results of runs, on a console: layers, scores, predictions, comparisons."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from unicodedata import category

from rich.cells import cell_len, set_cell_size

from classeur.cli.console import console, print_json, print_table, print_values, show_picture
from classeur.delivery.diagnosis import paragraph
from classeur.delivery.summary_words import summary_sentence
from classeur.delivery.wording import typed
from classeur.delivery.words import as_told
from classeur.evaluation.prediction import Prediction, prediction_columns
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.comparison import Comparison
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run
from classeur.training.facts import read_facts

if TYPE_CHECKING:
    from classeur.models.assembly import Layer
    from classeur.training.learning_curve import CurvePoint
    from classeur.workflows.curve import Curve


# Confusions that are listed if the confusion matrix is wider than the terminal.
_MOST_CONFUSIONS = 20
_MOST_NAMED = 6
# Least cells of a path, and most cells if paths are not shortened, as in a file.
_LEAST_PATH, _USUAL_PATH = 20, 60


# Categories of characters that would break a line or control the terminal.
_BREAKING = ("Cc", "Zl", "Zp")


def print_trained(run: Run, *, as_json: bool = False) -> None:
    """Print the accuracy of a training, the diagnosis and the files; as JSON, the run's facts."""
    if as_json:
        print_json(read_facts(run))
        return
    out = console()
    score = run.read(run.evaluation_path, Evaluation).splits["validation"]
    out.print(
        f"\nvalidation accuracy {_interval(score)}, loss {score.loss:.3f}, on {score.num_images:,} images", markup=False
    )
    if run.diagnosis_path.exists():
        out.print(paragraph(run.read(run.diagnosis_path, Diagnosis)), markup=False)
    names = [
        run.model_path,
        run.history_path,
        run.learning_curve_path,
        run.curves_path,
        run.errors_path,
        run.predictions_path,
        run.evaluation_path,
    ]
    out.print(f"\n{run.path}: {', '.join(path.name for path in names if path.exists())}", markup=False)
    if run.curves_path.exists():
        show_picture(run.curves_path)
    files = {path.name: path.exists() for path in (run.errors_path, run.curves_path)}
    out.print(summary_sentence(str(run.path), read_facts(run), files), markup=False)


def print_curve(curve: "Curve", *, as_json: bool) -> None:
    """Print a learning curve as a table, then what more images would bring."""
    points = curve.points.points
    if as_json:
        print_values({"points": [_point(point) for point in points], "finding": as_told(curve.finding)})
        return
    print_table(
        ("training images", "draws", "training accuracy", "validation accuracy", "95 % interval"),
        [
            (
                f"{point.num_images:,}",
                str(point.num_draws),
                f"{point.train.value:.1%}",
                f"{point.validation.value:.1%}",
                f"{point.validation.low:.1%} … {point.validation.high:.1%}",
            )
            for point in points
        ],
    )
    console().print(curve.sentence, markup=False)


def _point(point: "CurvePoint") -> dict[str, Any]:
    return {**point._asdict(), "train": point.train._asdict(), "validation": point.validation._asdict()}


def print_layers(layers: "Sequence[Layer]", *, as_json: bool) -> None:
    """Print a layer table with the total of its parameters."""
    total = sum(layer.num_parameters for layer in layers)
    if as_json:
        print(json.dumps({"layers": [layer.model_dump() for layer in layers], "total": total}, indent=2))
        return
    rows = [(layer.name, layer.type, _shape(layer.output_shape), f"{layer.num_parameters:,}") for layer in layers]
    print_table(("layer", "type", "output shape", "parameters"), [*rows, ("total", "", "", f"{total:,}")])


def print_score(score: Score, *, of: str) -> None:
    """Print accuracy with its interval, loss, confusion matrix and the scores of each class."""
    out = console()
    images = "1 image" if score.num_images == 1 else f"{score.num_images:,} images"
    out.print(f"{images} of {of}: accuracy {_interval(score)}, loss {score.loss:.3f}", markup=False)
    if score.auroc is not None:
        known, unlike = score.per_class
        out.print(
            f"{known} and {unlike} are told apart with an AUROC of {score.auroc:.3f} (95 %:"
            f" {score.auroc_low:.3f} … {score.auroc_high:.3f}), where 1 is perfect and 0.5 is chance",
            markup=False,
        )
    if score.unjudged:
        names = ", ".join(score.unjudged[:_MOST_NAMED])
        more = f" and {len(score.unjudged) - _MOST_NAMED:,} more" if len(score.unjudged) > _MOST_NAMED else ""
        out.print(f"no image of {names}{more} is among them: the accuracy does not cover that", markup=False)
    out.print()
    _print_confusion(score, width=out.width)
    out.print()
    print_table(
        ("class", "images", "precision", "recall", "F1"),
        [
            (name, f"{each.num_images:,}", _share(each.precision), _share(each.recall), _share(each.f1))
            for name, each in score.per_class.items()
        ],
    )


def _print_confusion(score: Score, *, width: int) -> None:
    """Print the confusion matrix or, if it is too wide, the most frequent confusions."""
    names = list(score.per_class)
    first = "true \\ predicted"
    needed = max(map(cell_len, (first, *names))) + sum(max(cell_len(name), 6) + 1 for name in names)
    if needed <= width:
        rows = zip(names, score.confusion, strict=True)
        print_table([first, *names], [[name, *(f"{count:,}" for count in row)] for name, row in rows])
        return
    found = score.confusions()
    shown = found[:_MOST_CONFUSIONS]
    rest = sum(each.num_images for each in found[len(shown) :])
    print_table(
        ("true", "predicted", "images"), [(each.true, each.predicted, f"{each.num_images:,}") for each in shown]
    )
    if rest:
        console().print(f"… and {rest:,} more errors; see all in predictions.csv", markup=False)
    if not found:
        console().print("no image was taken for another class", markup=False)


def print_predictions(predictions: Iterable[Prediction], *, class_names: Sequence[str], layout: str) -> bool:
    """Print each prediction as soon as it is made; return whether every file could be used.

    Args:
        predictions: made while they are printed.
        class_names: of the model.
        layout: table, csv or json (one line per file).
    """
    all_usable = True
    columns = prediction_columns(class_names)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    table = _Table(columns, class_names, width=console().width, is_cut=sys.stdout.isatty())
    for number, each in enumerate(predictions):  # the model is loaded with the first: an error comes before the header
        all_usable &= each.status == "ok"
        if number == 0 and layout == "csv":
            writer.writerow(columns)
        elif number == 0 and layout == "table":
            print(table.header)
        if layout == "json":
            print_json(each, indent=None)
        elif layout == "csv":
            writer.writerow(each.row(columns))
        else:
            print(table.line(each))
        sys.stdout.flush()  # into a file or a pipe, too
    return all_usable


class _Table:
    """Rows with column widths that are set before the first row is known; the reason, of any length, comes last."""

    def __init__(self, columns: Sequence[str], class_names: Sequence[str], *, width: int, is_cut: bool) -> None:
        """Divide a width among the columns; `is_cut` shortens paths that are too long."""
        self._is_cut = is_cut
        first, shares = columns[:5], columns[5:]
        name_width = min(max(map(cell_len, ("predicted", *class_names))), max(width // 4, 9))
        widths = {"status": len("unusable"), "predicted": name_width, "probability": len("probability")}
        room = width - sum(widths.values()) - 2 * len(widths) - _LEAST_PATH
        # Probabilities of a few classes; with many, each row would be longer than any terminal.
        if sum(max(cell_len(name), 6) + 2 for name in shares) <= room:
            widths.update({name: max(cell_len(name), 6) for name in shares})
        path_width = width - sum(widths.values()) - 2 * len(widths)
        self._widths = {"path": max(path_width if is_cut else min(path_width, _USUAL_PATH), _LEAST_PATH), **widths}
        self._right = {"probability", *shares}
        self._columns = [*self._widths, *(name for name in first if name not in self._widths)]

    @property
    def header(self) -> str:
        """The names of the columns."""
        return self._joined(self._columns)

    def line(self, prediction: Prediction) -> str:
        """Return a prediction as a line."""
        return self._joined(prediction.row(self._columns))

    def _joined(self, cells: Sequence[str]) -> str:
        return "  ".join(self._cell(name, cell) for name, cell in zip(self._columns, cells, strict=True)).rstrip()

    def _cell(self, name: str, text: str) -> str:
        text = "".join("?" if category(letter) in _BREAKING else letter for letter in text)
        width = self._widths.get(name)
        if width is None:
            return text
        if name in self._right and text not in ("", name):
            text = f"{float(text):.4f}"
        if cell_len(text) <= width:
            padding = " " * (width - cell_len(text))
            return padding + text if name in self._right else text + padding
        if name == "path":
            return _end(text, width) if self._is_cut else text
        return set_cell_size(text, width - 1) + "…"


def _end(text: str, width: int) -> str:
    """Return the end of a text that is too long, shortened to a width in cells."""
    while cell_len(text) > width - 1:
        text = text[1:]
    return f"…{text}"


def print_comparison(comparison: Comparison) -> None:
    """Print the options that differ between runs, then their scores, then a sentence for each pair."""
    if comparison.settings:
        print_table(
            ("setting", *comparison.names),
            [
                (name.replace("_", " "), *("–" if value is None else typed(value) for value in values))
                for name, values in comparison.settings.items()
            ],
        )
    else:
        console().print("the runs have the same settings", markup=False)
    console().print()
    print_table(
        ("run", "validation images", "accuracy", "95 % interval", "loss"),
        [
            (
                name,
                f"{score.num_images:,}",
                f"{score.accuracy:.1%}",
                f"{score.low:.1%} … {score.high:.1%}",
                f"{score.loss:.3f}",
            )
            for name, score in zip(comparison.names, comparison.scores, strict=True)
        ],
    )
    for pair in comparison.pairs:
        console().print(pair.sentence(), markup=False)


def _shape(sides: Sequence[int | None]) -> str:
    return "(" + ", ".join("n" if side is None else str(side) for side in sides) + ")"


def _interval(score: Score) -> str:
    return f"{score.accuracy:.1%} (95 %: {score.low:.1%} … {score.high:.1%})"


def _share(value: float | None) -> str:
    """Return a share as text, or a dash if it is undefined."""
    return "–" if value is None else f"{value:.3f}"
