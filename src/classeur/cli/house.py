"""demo, cache, doctor: the house itself."""

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


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all of it; the next command makes it again.")] = False,
    limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Remove what was used least recently until this is left: 5GB.")
    ] = None,
    json: AsJson = False,
) -> None:
    """List what is kept to be fast (pixels, facts, unpacked zips), or remove it.

    It is kept within CLASSEUR_CACHE_SIZE, 20 GB if that is not set, in the folder CLASSEUR_CACHE.

    Example: classeur cache --limit 5GB
    """
    from classeur.cli.keeping import print_cache

    print_cache(clear=clear, limit=limit, as_json=json)


def doctor(json: AsJson = False) -> None:
    """Print versions, backends and the machine: what a bug report needs.

    Example: classeur doctor
    """
    from classeur.cli.doctoring import print_doctor

    print_doctor(as_json=json)
