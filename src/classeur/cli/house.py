"""demo, doctor: the house itself."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson


def demo(
    out: Annotated[Path, typer.Option(help="The folder for pictures and runs.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Another seed, other animals.")] = 0,
) -> None:
    """Tell the whole story on drawn cats and dogs, offline, in a few minutes.

    Example: classeur demo --out demo
    """
    from classeur.workflows.demo import demo as tell

    tell(out=out, seed=seed)


def doctor(json: AsJson = False) -> None:
    """Print versions, backends and the machine: what a bug report needs.

    Example: classeur doctor
    """
    from classeur.cli.doctoring import print_doctor

    print_doctor(as_json=json)
