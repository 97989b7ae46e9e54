"""The command explain: what a model looked at."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson
from classeur.cli.runs import RunPath


def explain(
    run: RunPath,
    pictures: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders or patterns.")],
    out: Annotated[Path, typer.Option(help="The folder for the pictures.")] = Path("explained"),
    label: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="What speaks for this class; default: the predicted.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="map, or occlusion, which hides parts in turn and needs nothing of the network.")
    ] = "map",
    check: Annotated[bool, typer.Option("--check", help="Compare each map with occlusion.")] = False,
    json: AsJson = False,
) -> None:
    """Show what in each picture spoke for the answer, and the training images that it looks like.

    A file that cannot be used gets a row with the reason, and the exit status is 1.

    Example: classeur explain runs/first photos/cat.jpg
    """
    from classeur.cli.explanation_text import print_explanations
    from classeur.workflows.explain import explain as explain_pictures

    found = explain_pictures(run, pictures, out=out, label=label, method=method, check=check)
    if not print_explanations(found, as_json=json):
        raise typer.Exit(1)
