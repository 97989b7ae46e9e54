"""Many files mended, and written where that is asked for."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from classeur.errors import UnknownNameError
from classeur.migration.mending import Migration, load_libcst, migrate_source
from classeur.migration.recasting import recast
from classeur.migration.sources import find_sources, read_source, write_source

TARGETS = ("keras_image", "classeur")


class Migrated(NamedTuple):
    """A file's migration, and where what was there is kept if it was written."""

    migration: Migration
    backup: Path | None


def migrate_paths(paths: Iterable[Path], *, to: str = "keras_image", write: bool = False) -> list[Migrated]:
    """Return what becomes of scripts, notebooks and folders of them; write it, with a backup, if asked to.

    Raises:
        UnknownNameError: if `to` is neither keras_image nor classeur.
        CodeError: if there is no code at a path.
        StorageError: if a file cannot be written; those before it are.
    """
    if to not in TARGETS:
        raise UnknownNameError("target", to, TARGETS)
    load_libcst()
    found = find_sources(paths)
    done = []
    for path in found:
        source = read_source(path)
        migration = migrate_source(source) if to == "keras_image" else recast(source)
        backup = write_source(source, migration.texts) if write and migration.texts else None
        done.append(Migrated(migration, backup))
    return done
