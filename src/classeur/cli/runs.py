"""The commands train, curve, summary, evaluate and compare: runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from classeur.cli.data import AsJson, ColumnNames, Data
from classeur.cli.options import with_options
from classeur.cli.status import INTERRUPTED
from classeur.options import MORE, TRAIN_OPTIONS

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory, made by classeur train.")]


@with_options(option for option in TRAIN_OPTIONS if option.is_for_frozen and not option.is_for_one_class)
def curve(
    data: Data,
    picture: Annotated[Path | None, typer.Option(help="Where to plot the curve.", show_default="nowhere")] = None,
    columns: ColumnNames = None,
    json: AsJson = False,
    **options: Any,
) -> None:
    """Print accuracy by number of training images, and what more of them would bring.

    Heads are trained on parts of the training images, 1/16 to all; their features are kept for train.

    Example: classeur curve cats_and_dogs_filtered
    """
    from classeur.cli.console import print_line, show_picture
    from classeur.cli.run_text import print_curve
    from classeur.workflows.curve import curve as measure_curve

    print_curve(measure_curve(data, picture=picture, columns=columns, **options), as_json=json)
    if picture is not None and not json:
        print_line(f"curve: {picture}")
        show_picture(picture)


@with_options(TRAIN_OPTIONS)
def train(
    data: Annotated[
        Path | None, typer.Argument(help="A folder of class folders, a zip of one, or a CSV; not needed with --resume.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The run directory to create.")] = Path("runs/run"),
    folds: Annotated[
        int | None,
        typer.Option(metavar="K", help="Cross-validation: train K runs, each judged on a part that it never saw."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume the training in --out.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run in --out.", rich_help_panel=MORE)
    ] = False,
    from_run: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN", help="Start with the weights of this run.", rich_help_panel=MORE),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Take options from a TOML or JSON file; those given here win.", rich_help_panel=MORE
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Columns of a CSV, such as path=image,label=species.",
            rich_help_panel=MORE,
        ),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="Images to leave out, such as inspect writes with --plan.", rich_help_panel=MORE
        ),
    ] = None,
    keep_split: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="An older split, of split or of a run: its images stay where they were.",
            rich_help_panel=MORE,
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Read every file again, even if its size and time are unchanged.", rich_help_panel=MORE
        ),
    ] = False,
    report: Annotated[
        bool,
        typer.Option(
            "--report/--no-report", help="Write report.html, one page of the run or of the folds.", rich_help_panel=MORE
        ),
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.", rich_help_panel=MORE)] = False,
    **options: Any,
) -> None:
    """Train a classifier and write a run directory.

    It holds the model, curves, scores and a diagnosis. By default a head is learned on the features of a pretrained
    network, in seconds; --model tutorial is the tutorial's network, trained by epochs.

    Example: classeur train cats_and_dogs_filtered --out runs/first
    """
    from classeur.cli.folds_text import print_folds
    from classeur.cli.run_text import print_trained
    from classeur.training.facts import read_facts
    from classeur.workflows.training import train as train_run

    run = train_run(
        data,
        out=out,
        folds=folds,
        resume=resume,
        overwrite=overwrite,
        from_run=from_run,
        recipe=recipe,
        columns=columns,
        exclude=exclude,
        keep_split=keep_split,
        verify=verify,
        report=report,
        **options,
    )
    if run.holds_folds:
        is_finished = print_folds(run, as_json=json)
        raise typer.Exit(0 if is_finished else INTERRUPTED)
    print_trained(run, as_json=json)
    if read_facts(run).status == "stopped":
        raise typer.Exit(INTERRUPTED)


def summary(run: RunPath, json: AsJson = False) -> None:
    """Print the layers of a run's network.

    Example: classeur summary runs/first
    """
    from classeur.cli.run_text import print_layers
    from classeur.workflows.summary import summary as layers_of

    print_layers(layers_of(run), as_json=json)


def evaluate(
    run: RunPath,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "validation",
    data: Annotated[
        Path | None, typer.Option(help="Where the data are now; or other data with the same classes.")
    ] = None,
    columns: ColumnNames = None,
    max_error: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="Say from which probability on at most this share of the answers is wrong, and how many are answered.",
        ),
    ] = None,
    min_recall: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLASS=SHARE",
            help="Of two classes: say from which probability on at least this share of a class is found.",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Evaluate a run's model on images with known labels.

    Every number with its 95 % interval, the confusion matrix, each class and group, and the worst slice. Images that
    belong with images in training do not count; how many they are is said.

    Example: classeur evaluate runs/first --split test
    """
    from classeur.cli.console import print_json
    from classeur.cli.folds_text import print_folds
    from classeur.cli.run_text import print_score
    from classeur.errors import UsageError
    from classeur.run import Run
    from classeur.workflows.evaluation import evaluate as evaluate_run

    if min_recall and len(min_recall) > 1:
        raise UsageError(f"--min-recall is given {len(min_recall)} times; expected one class; evaluate once for each")
    least = min_recall[0] if min_recall else None
    score = evaluate_run(run, split=split, data=data, columns=columns, max_error=max_error, min_recall=least)
    if Run(run).holds_folds:
        print_folds(Run(run), as_json=json)
    elif json:
        print_json(score)
    else:
        print_score(score, of=str(data) if data else split, run=str(run), split=None if data else split)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Two runs or more.")],
    picture: Annotated[
        Path | None, typer.Option(help="Where to plot the curves.", show_default="comparison.png beside the runs")
    ] = None,
    json: AsJson = False,
) -> None:
    """Compare runs: settings, scores, curves and significance.

    Example: classeur compare runs/first runs/second
    """
    from classeur.cli.comparison_text import print_comparison
    from classeur.cli.console import print_json, print_line, show_picture
    from classeur.workflows.comparison import compare as compare_runs
    from classeur.workflows.comparison import picture_beside

    picture = picture or picture_beside(runs)
    before = picture.stat().st_mtime_ns if picture.exists() else None
    comparison = compare_runs(runs, picture=picture)
    if json:
        print_json(comparison)
    else:
        print_comparison(comparison)
        if picture.exists() and picture.stat().st_mtime_ns != before:
            print_line(f"curves: {picture}")
            show_picture(picture)
