"""train, summary, evaluate, predict, compare: runs, from the first epoch to the last word."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from classeur.cli import augmenting
from classeur.cli.data import AsJson

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory, made by classeur train.")]

_LEARN = "How it learns"
_SEE = "What it sees"


def train(
    data: Annotated[
        Path | None, typer.Argument(help="A folder of class folders, a zip of one, or a CSV; not needed with --resume.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The run directory to make.")] = Path("runs/run"),
    model: Annotated[
        str | None, typer.Option(help="The network: tutorial.", show_default="tutorial", rich_help_panel=_LEARN)
    ] = None,
    image_size: Annotated[
        str | None,
        typer.Option(help="One side, or height x width.", metavar="SIZE", show_default="150", rich_help_panel=_SEE),
    ] = None,
    fit: Annotated[
        str | None, typer.Option(help="squash, crop or pad.", show_default="squash", rich_help_panel=_SEE)
    ] = None,
    stretch: Annotated[
        bool | None,
        typer.Option("--stretch", help="Stretch 16-bit grey from its own range.", rich_help_panel=_SEE),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            help="none, flip, rotate, zoom, shift or all (rotation 45, shift 0.15, zoom 0.5, flip horizontal).",
            show_default="none",
            rich_help_panel=_SEE,
        ),
    ] = None,
    rotation: augmenting.Rotation = None,
    zoom: augmenting.Zoom = None,
    shift: augmenting.Shift = None,
    shear: augmenting.Shear = None,
    flip: augmenting.Flip = None,
    brightness: augmenting.Brightness = None,
    contrast: augmenting.Contrast = None,
    saturation: augmenting.Saturation = None,
    hue: augmenting.Hue = None,
    channel_shift: augmenting.ChannelShift = None,
    erase: augmenting.Erase = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            help="Share dropped after the first and the last pooling.", show_default="0", rich_help_panel=_LEARN
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Times every image is seen.", show_default="15", rich_help_panel=_LEARN)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Images a step.", show_default="128", rich_help_panel=_LEARN)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Adam's.", show_default="0.001", rich_help_panel=_LEARN)
    ] = None,
    stop_early: Annotated[
        int | None,
        typer.Option(help="Stop after this many epochs without a better validation accuracy.", rich_help_panel=_LEARN),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            help="last, or best: the epoch of the highest validation accuracy.",
            show_default="last",
            rich_help_panel=_LEARN,
        ),
    ] = None,
    from_run: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN", help="Start from this run's weights.", rich_help_panel=_LEARN),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="auto, float32 or bfloat16; auto takes bfloat16 where the machine has it and it measures faster.",
            show_default="auto",
            rich_help_panel=_LEARN,
        ),
    ] = None,
    warp: Annotated[
        str | None,
        typer.Option(
            help="Where pictures are augmented: host, device (in the compiled step), or auto: where the model runs.",
            show_default="auto",
            rich_help_panel=_LEARN,
        ),
    ] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(help="Set apart where DATA has no validation.", show_default="0.2", rich_help_panel=_LEARN),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Of split, weights, order and augmentation.", show_default="0", rich_help_panel=_LEARN),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --out.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run in --out.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file again, also those that look unchanged.")
    ] = False,
) -> None:
    """Train a classifier: a run directory with model, curves, scores and a diagnosis.

    The defaults are the tutorial's.

    Example: classeur train cats_and_dogs_filtered --out runs/first
    """
    from classeur.cli.results import print_trained
    from classeur.workflows.training import train as train_run

    run = train_run(
        data,
        out=out,
        resume=resume,
        overwrite=overwrite,
        from_run=from_run,
        verify=verify,
        model=model,
        image_size=image_size,
        fit=fit,
        stretch=stretch,
        augment=augment,
        rotation=rotation,
        zoom=zoom,
        shift=shift,
        shear=shear,
        flip=flip,
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        hue=hue,
        channel_shift=channel_shift,
        erase=erase,
        dropout=dropout,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        stop_early=stop_early,
        keep=keep,
        precision=precision,
        warp=warp,
        validation_share=validation_share,
        seed=seed,
    )
    print_trained(run)


def summary(run: RunPath, json: AsJson = False) -> None:
    """Print the layers of a run's network, with their shapes and parameters.

    Example: classeur summary runs/first
    """
    from classeur.cli.results import print_layers
    from classeur.workflows.looking import summary as layers_of

    print_layers(layers_of(run), as_json=json)


def evaluate(
    run: RunPath,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "validation",
    data: Annotated[Path | None, typer.Option(help="Other data, with the same classes.")] = None,
    json: AsJson = False,
) -> None:
    """Judge a run's model: accuracy with its 95 % interval, loss, confusion matrix, each class.

    Example: classeur evaluate runs/first --split test
    """
    from classeur.cli.printing import print_json
    from classeur.cli.results import print_score
    from classeur.workflows.judging import evaluate as evaluate_run

    score = evaluate_run(run, split=split, data=data)
    if json:
        print_json(score)
    else:
        print_score(score, of=str(data) if data else split)


def predict(
    run: RunPath,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders, patterns, or - for a list on standard input."),
    ],
    layout: Annotated[str, typer.Option("--format", help="table, csv or json (a line a file).")] = "table",
    sort_into: Annotated[
        Path | None, typer.Option(help="Copy each file into a folder of its class here, or unusable.")
    ] = None,
) -> None:
    """Classify files. Exit status 1 if one of them cannot be used; it has a row with the reason.

    Example: classeur predict runs/first photos/ --sort-into sorted
    """
    from classeur.cli.results import print_predictions
    from classeur.errors import UnknownNameError
    from classeur.workflows.judging import predict as predict_paths

    if layout not in ("table", "csv", "json"):
        raise UnknownNameError("format", layout, ("table", "csv", "json"))
    named = [line.rstrip("\r\n") for line in sys.stdin if line.strip()] if paths == ["-"] else paths
    if not print_predictions(predict_paths(run, named, sort_into=sort_into), layout=layout):
        raise typer.Exit(1)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Two runs or more.")],
    picture: Annotated[Path, typer.Option(help="Where the curves are drawn.")] = Path("comparison.png"),
    json: AsJson = False,
) -> None:
    """Put runs side by side: curves in one picture, a table, and whether they differ by more than chance.

    Example: classeur compare runs/first runs/second
    """
    from classeur.cli.printing import print_json, show_picture
    from classeur.cli.results import print_comparison
    from classeur.workflows.judging import compare as compare_runs

    comparison = compare_runs(runs, picture=picture)
    if json:
        print_json(comparison)
    else:
        print_comparison(comparison)
        typer.echo(f"curves: {picture}")
        show_picture(picture)
