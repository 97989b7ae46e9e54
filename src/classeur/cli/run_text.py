"""Results of runs, on a console: layers, scores, comparisons."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from classeur.cli.console import console, print_json, print_table, print_values, show_picture
from classeur.cli.kinds_text import print_groups, print_worst_slice
from classeur.delivery.calibration_words import loss_before
from classeur.delivery.decision_words import answering_sentences
from classeur.delivery.diagnosis import paragraph, read_diagnosis
from classeur.delivery.leaked_words import leaked_words
from classeur.delivery.random_split_words import random_split_words
from classeur.delivery.score_words import conclusion, interval, next_step, number, overall, share
from classeur.delivery.summary_words import next_command, summary_sentence
from classeur.delivery.wording import counted
from classeur.delivery.words import as_told
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.chance import chance_accuracy
from classeur.evaluation.scoring import Evaluation, Score
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.workflows.aside import left_out
from classeur.workflows.cross_fitting import is_cross_fitted

if TYPE_CHECKING:
    from classeur.data.findings import Command
    from classeur.estimate import Estimate
    from classeur.evaluation.learning_curve import CurvePoint
    from classeur.models.assembly import Layer
    from classeur.workflows.curve import Curve


# Confusions that are listed if the confusion matrix is wider than the terminal.
_MOST_CONFUSIONS = 20
_MOST_NAMED = 6


def print_trained(run: Run, *, as_json: bool = False) -> None:
    """Print the accuracy of a training, the diagnosis and the files; as JSON, the run's facts."""
    if as_json:
        print_json(read_facts(run))
        return
    out = console()
    score = run.read(run.evaluation_path, Evaluation).splits["validation"]
    calibration = run.read(run.calibration_path, Calibration) if run.calibration_path.exists() else None
    loss = f"loss {score.loss.value:.3f}{loss_before(calibration)}"
    out.print(
        f"\nvalidation accuracy {share(score.accuracy)}, {loss}, on {counted(score.num_images, 'image')}", markup=False
    )
    facts = read_facts(run)
    claim = facts.random_split
    if claim is not None:
        out.print(random_split_words(claim, score.accuracy), markup=False)
    names = [
        run.model_path,
        run.onnx_path,
        run.usage_path,
        run.card_path,
        run.history_path,
        run.learning_curve_path,
        run.balance_path,
        run.curves_path,
        run.errors_path,
        run.test_errors_path,
        run.predictions_path,
        run.logits_path,
        run.evaluation_path,
        run.report_path,
    ]
    out.print(f"{run.path}: {', '.join(path.name for path in names if path.exists())}", markup=False)
    if run.curves_path.exists():
        show_picture(run.curves_path)
    out.print()
    diagnosis = read_diagnosis(run) if run.diagnosis_path.exists() else None
    if diagnosis:
        out.print(paragraph(diagnosis), markup=False)
    files = {path.name: path.exists() for path in (run.report_path, run.errors_path, run.curves_path)}
    chance = chance_accuracy([each.num_images for each in score.per_class.values()])
    out.print(
        summary_sentence(
            str(run.path),
            facts,
            files,
            chance=chance,
            leaked=score.leaked,
            num_left_out=len(left_out(run)),
            unjudged=tuple(score.unjudged),
        ),
        markup=False,
    )
    unjudged = score.unjudged and not facts.one_class
    if diagnosis and (command := next_command(diagnosis)) and not unjudged:
        out.print(f"Next: {command}", markup=False)
    else:
        errors, _ = _beside(run, "validation")
        step = next_step(
            score, of="validation", run=str(run.path), errors=errors, advised=None, one_class=facts.one_class
        )
        out.print(f"Next: {step}", markup=False)


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
    return {**point._asdict(), "train": point.train.model_dump(), "validation": point.validation.model_dump()}


def print_layers(layers: "Sequence[Layer]", *, as_json: bool) -> None:
    """Print a layer table with the total of its parameters."""
    total = sum(layer.num_parameters for layer in layers)
    if as_json:
        print(json.dumps({"layers": [layer.model_dump() for layer in layers], "total": total}, indent=2))
        return
    rows = [(layer.name, layer.type, _shape(layer.output_shape), f"{layer.num_parameters:,}") for layer in layers]
    print_table(("layer", "type", "output shape", "parameters"), [*rows, ("total", "", "", f"{total:,}")])


def print_score(score: Score, *, of: str, run: str, split: str | None = None) -> None:
    """Print every number of a score with its interval; last, the one that matters and what to do next.

    Args:
        score: of some images.
        of: what they are: the name of a split, or the path of other data.
        run: its path as the user typed it.
        split: of the run, whose images they are; None of other data.
    """
    out = console()
    images = "1 image" if score.num_images == 1 else f"{score.num_images:,} images"
    out.print(f"{images} of {of}: accuracy {share(score.accuracy)}, loss {score.loss.value:.3f}", markup=False)
    if score.auroc is not None:
        both = list(score.per_class)
        of_both = f"{both[0]} and {both[1]} are" if len(both) == 2 else "each class is"
        of_rest = "" if len(both) == 2 else " from the rest"
        out.print(
            f"{of_both} told apart{of_rest} with an AUROC of {score.auroc.value:.3f} (95 %:"
            f" {score.auroc.low:.3f} … {score.auroc.high:.3f}), where 1 is perfect and 0.5 is chance",
            markup=False,
        )
    if score.leaked is not None:
        out.print(leaked_words(score.leaked), markup=False)
    if score.unjudged:
        names = ", ".join(score.unjudged[:_MOST_NAMED])
        more = f" and {len(score.unjudged) - _MOST_NAMED:,} more" if len(score.unjudged) > _MOST_NAMED else ""
        out.print(f"no image of {names}{more} is among them: the accuracy does not cover that", markup=False)
    out.print()
    _print_confusion(score, width=out.width)
    out.print()
    for first, second in (("recall", "precision"), ("F1", "specificity")):
        print_table(
            ("class", "images", first, "95 %", second, "95 %"),
            [
                (name, f"{each.num_images:,}", *_cells(getattr(each, first.lower())), *_cells(getattr(each, second)))
                for name, each in score.per_class.items()
            ],
        )
        out.print()
    print_groups(score)
    print_table(("number", "value", "95 % interval"), overall(score))
    out.print()
    print_worst_slice(score)
    if score.answering is not None:
        for sentence in answering_sentences(score.answering):
            out.print(sentence, markup=False, soft_wrap=True)
    if is_cross_fitted(score):
        out.print(
            "Loss, Brier score and calibration error are cross-fitted: these images chose the temperature, so each is"
            " judged by the one that the others choose.",
            markup=False,
        )
    errors, advised = _beside(Run(Path(run)), split)
    one_class = _is_of_one_class(Run(Path(run)))
    out.print(conclusion(score, of=of, run=run, errors=errors, advised=advised, one_class=one_class), markup=False)


def _is_of_one_class(run: Run) -> bool:
    return run.facts_path.exists() and read_facts(run).one_class


def _beside(run: Run, split: str | None) -> "tuple[str | None, Command | None]":
    """Return the picture of a split's errors, and what the diagnosis says to do next, where there are such."""
    if split not in ("validation", "test"):
        return None, None
    picture = run.errors_of(split)
    diagnosis = read_diagnosis(run) if run.diagnosis_path.exists() else None
    return str(picture) if picture.exists() else None, diagnosis.next_command if diagnosis else None


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


def _shape(sides: Sequence[int | None]) -> str:
    return "(" + ", ".join("n" if side is None else str(side) for side in sides) + ")"


def _cells(found: "Estimate | None") -> tuple[str, str]:
    """Return a number and its interval."""
    return number(None if found is None else found.value), interval(found)
