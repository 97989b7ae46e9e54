"""The command export: a run's model for places without classeur."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson
from classeur.cli.runs import RunPath


def export(
    run: RunPath,
    format: Annotated[str, typer.Option("--format", help="onnx.")] = "onnx",  # noqa: A002
    float16: Annotated[
        bool, typer.Option("--float16", help="Keep the weights in half precision: half the size, within 0.02.")
    ] = False,
    check: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compare a file that was made elsewhere with the run; nothing is written."),
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Take a file that was made elsewhere, if it says what the run says."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Write a run's model as model.onnx, or check or take such a file.

    It is compared with the original on 200 of the run's images; one that differs is not kept. usage/ holds a script
    that predicts with it, card.md says what it is.

    Example: classeur export runs/first
    """
    from classeur.cli.console import print_json, print_line
    from classeur.delivery.wording import counted
    from classeur.workflows.export import export as export_run

    exported = export_run(run, format=format, float16=float16, check=check, from_file=from_file)
    if json:
        print_json(exported)
        return
    images = counted(exported.num_images, "drawn image" if exported.drawn else "image")
    print_line(
        f"{exported.file}  ({exported.num_bytes:,} bytes) says what the run's model says: compared on {images}, no"
        f" probability differs by more than {exported.max_difference:.1g}, no class"
    )
