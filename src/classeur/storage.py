"""Writing files so that a reader sees the old file or the new one, never a part of one."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from classeur.errors import StorageError

_MARKER = ".classeur.json"
_RUN_FACTS = "run.json"

OUTPUT_SIGNS = frozenset((_MARKER, _RUN_FACTS))
"""Files by which `is_output` recognises a folder that classeur made; a folder without them is not one."""

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
"""Numbers of errors of a full disk, or of a full quota."""

_RUN_FACTS_BYTES = 2**20


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; on success it replaces `path`, else it is removed.

    A link is replaced, not followed: in a run of another's it may lead anywhere.

    Raises:
        StorageError: if the folder cannot be made, is full or cannot be written, or `path` is a pipe or a device, which
            a file must not replace.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_atomically(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['a.txt']
    """
    import secrets  # not above: what only reads does not need it, and it takes as long as all the rest

    # The ending stays last: matplotlib and Keras choose the format by it.
    temporary = path.with_name(f".tmp-{secrets.token_hex(4)}-{path.name}")
    with writing_to(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            raise StorageError(f"{path} is a pipe or a device, not a file; name a file")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    r"""Write a text file in UTF-8 with `\n` line ends, whole or not at all; names that are not UTF-8 keep their bytes.

    Raises:
        StorageError: if it cannot be written.
    """
    with written_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")


def write_json(path: Path, content: Any, *, indent: int = 2) -> None:
    r"""Write JSON in UTF-8, whole or not at all; a byte of a name that is not UTF-8 is an escape such as `\udce9`.

    Python, and `untrusted.read_json`, read it back as the same name.

    Raises:
        StorageError: if it cannot be written.
    """
    text = json.dumps(content, indent=indent, ensure_ascii=False) + "\n"
    write_text(path, text.encode("utf-8", "backslashreplace").decode("utf-8"))


@contextmanager
def writing_to(place: Path) -> Iterator[None]:
    """Turn an `OSError` in the block into a one-line error that names the path.

    Raises:
        StorageError: in place of any `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(place, error) from error


def storage_error(place: Path, error: OSError) -> StorageError:
    """Return in one line why a place cannot be written and what to do."""
    if error.errno in FULL:
        return StorageError(f"the disk is full at {place}; free some space or choose another folder")
    return StorageError(f"{place} cannot be written ({error.strerror or error}); choose another folder")


def mark_as_output(folder: Path) -> bool:
    """Make a folder for what classeur writes and mark it, so that nothing in it is ever taken for data.

    A folder that is not empty and not marked is the user's own: it stays unmarked.

    Returns:
        Whether the folder is marked now.

    Raises:
        StorageError: if it cannot be made or written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mark_as_output(Path(folder, "preview")), is_output(Path(folder, "preview"))
    (True, True)
    """
    marker = folder / _MARKER
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if marker.exists():
            return True
        if any(folder.iterdir()):
            return False
    write_text(marker, json.dumps({"made_by": "classeur", "holds": "output, never taken for data"}) + "\n")
    return True


def is_output(folder: Path) -> bool:
    """Return whether classeur made a folder: it is marked, or is a run (older runs have no mark)."""
    if (folder / _MARKER).is_file():
        return True
    try:
        with open(folder / _RUN_FACTS, "rb") as file:
            facts = file.read(_RUN_FACTS_BYTES)
    except OSError:
        return False
    # By its text, so that a damaged file is recognised too.
    return b'"status"' in facts and b'"recipe"' in facts


def mark_used(path: Path) -> None:
    """Record that a file or folder of the cache was used just now: what was used last is removed last."""
    with suppress(OSError):
        os.utime(path)


def cache_folder(cache: Path | str | None) -> Path:
    """Return the cache folder that a caller names, or the default one if that is None or empty."""
    return Path(cache) if cache else default_cache()


def default_cache() -> Path:
    """Return the cache folder: `CLASSEUR_CACHE`, or classeur's part of the system's cache folder."""
    import platformdirs

    named = os.environ.get("CLASSEUR_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("classeur", appauthor=False)
