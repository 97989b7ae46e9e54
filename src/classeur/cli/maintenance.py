"""The commands demo, cache and doctor: the demo, the cache and the installation."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson


def demo(
    out: Annotated[Path, typer.Option(help="The folder for pictures and runs.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Seed of the animals and of the trainings.")] = 0,
) -> None:
    """Show all steps on synthetic cats and dogs, offline.

    Takes a few minutes.

    Example: classeur demo --out demo
    """
    from classeur.workflows.demo import demo as tell

    tell(out=out, seed=seed)


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Empty it; the next command fills it again.")] = False,
    limit: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="Remove the least recently used entries until it is no larger than this: 5GB."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """List or empty the cache.

    It holds decoded pixels, features, networks, facts about files and unpacked zips. The environment variable
    CLASSEUR_CACHE sets its folder, CLASSEUR_CACHE_SIZE its largest size (20GB by default).

    Example: classeur cache --limit 5GB
    """
    from classeur.cli.cache_text import print_cache

    print_cache(clear=clear, limit=limit, as_json=json)


def doctor(json: AsJson = False) -> None:
    """Print versions, backends and hardware, for a bug report.

    Example: classeur doctor
    """
    from classeur.cli.doctor_text import print_doctor

    print_doctor(as_json=json)
