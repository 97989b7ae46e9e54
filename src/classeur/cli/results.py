"""What runs have to say, on a console: layers, scores, predictions, comparisons."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from classeur.cli.printing import console, print_json, print_table, show_picture
from classeur.evaluation.prediction import Prediction
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.comparison import Comparison
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run
from classeur.training.facts import read_facts

if TYPE_CHECKING:
    from classeur.models.assembly import Layer


def print_trained(run: Run, *, as_json: bool = False) -> None:
    """Print where the results of a training lie, how good it is, and the diagnosis; as JSON, the run's facts."""
    if as_json:
        print_json(read_facts(run))
        return
    out = console()
    score = run.read(run.evaluation_path, Evaluation).splits["validation"]
    out.print(
        f"\nvalidation accuracy {_interval(score)}, loss {score.loss:.3f}, on {score.num_images:,} images", markup=False
    )
    if run.diagnosis_path.exists():
        out.print(run.read(run.diagnosis_path, Diagnosis).paragraph(), markup=False)
    names = [
        run.model_path,
        run.history_path,
        run.curves_path,
        run.errors_path,
        run.predictions_path,
        run.evaluation_path,
    ]
    out.print(f"\n{run.path}: {', '.join(path.name for path in names if path.exists())}", markup=False)
    if run.curves_path.exists():
        show_picture(run.curves_path)


def print_layers(layers: "Sequence[Layer]", *, as_json: bool) -> None:
    """Print a layer table with the total of its parameters."""
    total = sum(layer.num_parameters for layer in layers)
    if as_json:
        print(json.dumps({"layers": [layer.model_dump() for layer in layers], "total": total}, indent=2))
        return
    rows = [(layer.name, layer.type, _shape(layer.output_shape), f"{layer.num_parameters:,}") for layer in layers]
    print_table(("layer", "type", "output shape", "parameters"), [*rows, ("total", "", "", f"{total:,}")])


def print_score(score: Score, *, of: str) -> None:
    """Print accuracy with its interval, loss, the confusion matrix and each class."""
    out = console()
    out.print(
        f"{score.num_images:,} images of {of}: accuracy {_interval(score)}, loss {score.loss:.3f}\n", markup=False
    )
    names = list(score.per_class)
    print_table(
        ["true \\ predicted", *names],
        [[name, *(f"{count:,}" for count in row)] for name, row in zip(names, score.confusion, strict=True)],
    )
    out.print()
    print_table(
        ("class", "images", "precision", "recall", "F1"),
        [
            (name, f"{each.num_images:,}", f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}")
            for name, each in score.per_class.items()
        ],
    )


def print_predictions(predictions: Iterable[Prediction], *, layout: str) -> bool:
    """Print predictions as they come, or as a table at the end; return whether every file could be used."""
    all_usable = True
    table: list[tuple[str, str, str]] = []
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if layout == "csv":
        writer.writerow(("path", "status", "predicted", "probability", "reason"))
    for each in predictions:
        usable = each.status == "ok"
        all_usable &= usable
        probability = f"{each.probability:.4f}" if usable else ""
        if layout == "json":
            print_json(each, indent=None)
        elif layout == "csv":
            writer.writerow((each.path, each.status, each.predicted, probability, each.reason))
        else:
            table.append((each.path, each.predicted, probability) if usable else (each.path, "unusable", each.reason))
    if table:
        print_table(("file", "predicted", "probability"), table)
    return all_usable


def print_comparison(comparison: Comparison) -> None:
    """Print runs as a table, and each pair as a sentence."""
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
