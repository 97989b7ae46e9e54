"""The command report: one page of a run or several."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="One run directory or one of folds, or several runs to compare."),
    ],
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page.", show_default="report.html in or beside RUN"),
    ] = None,
    language: Annotated[str, typer.Option(help="en or ko.")] = "en",
    photos: Annotated[
        bool, typer.Option("--photos/--no-photos", help="Show photographs; without them it can be mailed.")
    ] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is no report.")] = False,
    json: AsJson = False,
) -> None:
    """Write one page of what is known of a run, or of several side by side.

    The answer with its interval, what it gets wrong and what it looked at, the data, what was done, what to do next. It
    opens from disk, in light and dark, and prints; report.json has its facts.

    Example: classeur report runs/first
    """
    from classeur.cli.console import print_json
    from classeur.cli.report_text import print_report
    from classeur.run import Run
    from classeur.workflows.report import page_of
    from classeur.workflows.report import report as report_runs

    found = report_runs(runs, to=to, language=language, photos=photos, overwrite=overwrite)
    if json:
        print_json(found)
    else:
        print_report(found, to if to is not None else page_of([Run(run) for run in runs]))
