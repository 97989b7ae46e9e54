"""migrate: old code, mended or linted."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli.data import AsJson


def migrate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Scripts, notebooks, or folders of them.")],
    write: Annotated[bool, typer.Option("--write", help="Write; what was there is kept as PATH.bak.")] = False,
    to: Annotated[
        str, typer.Option(help="keras_image: the same code, mended. classeur: classeur's own verbs.")
    ] = "keras_image",
    check: Annotated[bool, typer.Option("--check", help="Name mistakes instead; exit status 1 if there are.")] = False,
    json: AsJson = False,
) -> None:
    """Mend old ImageDataGenerator code, or name its mistakes; shows the change and writes nothing without --write.

    What cannot be mended is named with its line, and so is what the linter finds in the mended code. Exit status 1
    if a file cannot be read or written; the others are.

    Example: classeur migrate old_notebook.ipynb --write
    """
    from classeur.cli.migration_text import print_migrations, print_problems
    from classeur.migration.files import migrate as migrate_code

    if check:
        print_problems(migrate_code(paths, write=write, to=to, check=True), as_json=json)
    else:
        print_migrations(migrate_code(paths, write=write, to=to), as_json=json)
