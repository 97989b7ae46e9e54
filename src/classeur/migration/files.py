"""`migrate`: updates files, and writes them if asked to; or checks them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar, overload

from classeur.errors import StorageError, UnknownNameError, UsageError
from classeur.migration.linter import Problem, check_source
from classeur.migration.rewrite import Migration, mend_source
from classeur.migration.sources import find_sources, read_source, write_source
from classeur.migration.translation import recast

if TYPE_CHECKING:
    from classeur.delivery.progress import Reporter

TARGETS = ("keras_image", "classeur")

_Result = TypeVar("_Result")


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
    paths: Iterable[Path | str],
    *,
    write: bool = False,
    to: str = "keras_image",
    check: Literal[False] = False,
    reporter: "Reporter | None" = None,
) -> list[Migrated]: ...
@overload
def migrate(
    paths: Iterable[Path | str],
    *,
    write: bool = False,
    to: str = "keras_image",
    check: Literal[True],
    reporter: "Reporter | None" = None,
) -> list[Problem]: ...
def migrate(
    paths: Iterable[Path | str],
    *,
    write: bool = False,
    to: str = "keras_image",
    check: bool = False,
    reporter: "Reporter | None" = None,
) -> list[Migrated] | list[Problem]:
    r"""Return the updated code of scripts, notebooks and folders or, with `check`, their mistakes.

    Args:
        paths: scripts, notebooks, folders.
        write: write the changed files; each old file is kept beside it, as name.bak, .bak1 … If a file cannot be
            written, its `fault` has the reason, and the others are still written.
        to: keras_image for the same code, updated; classeur to rewrite it with classeur's functions.
        check: only list mistakes; not with `write` or `to`.
        reporter: shows progress; None shows nothing.

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
        checked = _each(found, lambda path: check_source(read_source(path)), "checking files", reporter)
        return [problem for problems in checked for problem in problems]
    return list(_each(found, lambda path: _migrated(path, to=to, write=write), "updating files", reporter))


def _each(
    paths: list[Path], action: Callable[[Path], _Result], what: str, reporter: "Reporter | None"
) -> Iterator[_Result]:
    """Yield the result for each path, and show progress."""
    with reporter.progress(what) if reporter else nullcontext(lambda _done, _total: None) as show:
        for done, path in enumerate(paths):
            show(done, len(paths))
            yield action(path)
        show(len(paths), len(paths))


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
