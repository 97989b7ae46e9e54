"""`migrate`: updates files, and writes them if asked to; or checks them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, overload

from classeur.errors import StorageError, UnknownNameError, UsageError
from classeur.migration.linter import Problem, check_source
from classeur.migration.rewrite import Migration, mend_source
from classeur.migration.sources import find_sources, read_source, write_source
from classeur.migration.translation import recast

TARGETS = ("keras_image", "classeur")


class Migrated(NamedTuple):
    """A file's migration."""

    migration: Migration
    backup: Path | None
    """The backup of the old file, if the file was written."""
    fault: str | None
    """Why the file could not be written, if it should have been."""
    problems: tuple[Problem, ...]
    """The linter's findings in the new code."""


@overload
def migrate(
    paths: Iterable[Path | str], *, write: bool = False, to: str = "keras_image", check: Literal[False] = False
) -> list[Migrated]: ...
@overload
def migrate(
    paths: Iterable[Path | str], *, write: bool = False, to: str = "keras_image", check: Literal[True]
) -> list[Problem]: ...
def migrate(
    paths: Iterable[Path | str], *, write: bool = False, to: str = "keras_image", check: bool = False
) -> list[Migrated] | list[Problem]:
    r"""Return the updated code of scripts, notebooks and folders or, with `check`, their mistakes.

    Args:
        paths: scripts, notebooks, folders.
        write: write the changed files; each old file is kept beside it, as name.bak, .bak1 … If a file cannot be
            written, its `fault` has the reason, and the others are still written.
        to: keras_image for the same code, updated; classeur to rewrite it with classeur's functions.
        check: only list mistakes; not with `write` or `to`.

    Raises:
        UsageError: if the options exclude each other, `to` is not known, or a file is neither script nor notebook.
        CodeError: if there is no code at a path.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "old.py").write_text("from keras.layers.core import Dense\n")
    ...     (done,) = migrate([folder])
    ...     done.migration.texts[None]
    'from keras.layers import Dense\n'
    """
    if to not in TARGETS:
        raise UnknownNameError("target", to, TARGETS)
    if check and (write or to != "keras_image"):
        raise UsageError("--check cannot be combined with --write or --to; leave these out, or leave out --check")
    found = find_sources([Path(path) for path in paths])
    if check:
        return [problem for path in found for problem in check_source(read_source(path))]
    return [_migrated(path, to=to, write=write) for path in found]


def _migrated(path: Path, *, to: str, write: bool) -> Migrated:
    source = read_source(path)
    migration = mend_source(source) if to == "keras_image" else recast(source)
    backup, fault = None, None
    if write and migration.texts:
        try:
            backup = write_source(source, migration.texts)
        except StorageError as error:  # the other files are still written
            fault = str(error)
    return Migrated(migration, backup, fault, tuple(check_source(migration.mended)))
