"""The command migrate: old code, updated or checked."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson


def migrate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Scripts, notebooks, or folders of them.")],
    write: Annotated[
        bool, typer.Option("--write", help="Write the changes; the old file is kept as PATH.bak.")
    ] = False,
    to: Annotated[
        str, typer.Option(help="keras_image: the same code, updated. classeur: rewritten with classeur's functions.")
    ] = "keras_image",
    check: Annotated[
        bool, typer.Option("--check", help="List mistakes and change nothing; exits with 1 if there are any.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Update old ImageDataGenerator code, or list its mistakes.

    Shows the changes; --write applies them. Lists, with its line, what must be changed by hand and what the linter
    finds in the new code. Exits with 1 if a file cannot be read or written; the other files are still processed.

    Example: classeur migrate old_notebook.ipynb --write
    """
    from classeur.cli.migration_text import print_migrations, print_problems
    from classeur.delivery.progress import ConsoleReporter
    from classeur.migration.files import migrate as migrate_code

    if check:
        problems = migrate_code(paths, write=write, to=to, check=True, reporter=ConsoleReporter())
        print_problems(problems, as_json=json)
    else:
        done = migrate_code(paths, write=write, to=to, reporter=ConsoleReporter())
        print_migrations(done, is_written=write, as_json=json)
