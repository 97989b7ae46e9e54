"""The command predict: images whose class nobody knows."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.runs import RunPath


def predict(
    run: RunPath,
    pictures: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Files, folders or patterns; - reads a list of paths from standard input."),
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Classify one image, whose bytes are standard input.")] = False,
    top: Annotated[
        int | None, typer.Option(metavar="N", help="Print the N most probable classes, in place of every class.")
    ] = None,
    layout: Annotated[
        str, typer.Option("--format", help="table, csv, json (one JSON object per line) or parquet (with --to).")
    ] = "table",
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the predictions to this file, whole or not at all.")
    ] = None,
    max_error: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="Answer unsure, so that at most this share of the answers is wrong, with a confidence of 95 %; 100% to"
            " answer always.",
            show_default="as trained",
        ),
    ] = None,
    none_of_these: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="Answer none of these where an image is unlike the training images; this share of known ones may be,"
            " too. 0% for none.",
            show_default="as trained",
        ),
    ] = None,
    sort_into: Annotated[
        Path | None, typer.Option(help="Copy each file into this folder, below one named after its predicted class.")
    ] = None,
) -> None:
    """Classify image files.

    A file that cannot be used gets a row with the reason, and the exit status is 1. A run may also answer unsure or
    none of these: as it was trained with --max-error and --none-of-these, or as is asked for here.

    Example: classeur predict runs/first photos/ --sort-into sorted
    """
    from classeur.workflows.onnx_engine import begin_opening

    if stdin or (pictures and len(pictures) == 1 and os.path.isfile(pictures[0])):  # noqa: PTH113 — of any text
        begin_opening(run)  # while what reads images is imported

    from classeur.cli.prediction_text import check_layout, print_predictions
    from classeur.delivery.progress import Reporter
    from classeur.workflows.loading import load
    from classeur.workflows.prediction import predict as predict_paths

    check_layout(layout, to)
    predictions = predict_paths(
        run,
        _named(pictures or [], stdin=stdin),
        top=top,
        max_error=max_error,
        none_of_these=none_of_these,
        sort_into=sort_into,
    )
    classifier = load(run, max_error=max_error, none_of_these=none_of_these, reporter=Reporter())
    if not print_predictions(
        predictions,
        class_names=classifier.class_names,
        layout=layout,
        top=top,
        to=to,
        has_limits=any(each is not None for each in classifier.limits),
    ):
        raise typer.Exit(1)


def _named(pictures: list[str], *, stdin: bool) -> "list[str] | bytes":
    """Return the paths that `predict` was given, `-` replaced by those on standard input; or one image's bytes.

    Raises:
        UsageError: if there are none, or standard input would be read twice.
    """
    from classeur.errors import UsageError

    if stdin and pictures:
        raise UsageError(f"--stdin takes one image from standard input, not {pictures[0]} too; leave one of them out")
    if stdin:
        return sys.stdin.buffer.read()
    if not pictures:
        raise UsageError("no image to classify; give files, folders or patterns, - for a list of paths, or --stdin")
    if pictures.count("-") > 1:
        raise UsageError("- is given twice; standard input can be read once")
    if "-" not in pictures:
        return pictures
    from classeur.data.path_lists import read_paths

    place = pictures.index("-")
    return [*pictures[:place], *read_paths(sys.stdin.buffer.read()), *pictures[place + 1 :]]
