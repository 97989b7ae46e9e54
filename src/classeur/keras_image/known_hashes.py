"""The content hashes of files that were read before, so that the next process finds their images without reading them.

They are in the engine's table of facts, one for each folder of an iterator.
"""

import atexit
import os
import time
from pathlib import Path
from typing import NamedTuple

from classeur.data.facts import Facts, FactsTable
from classeur.threads import lock_held_at_fork

# A file may change again within a tick of its file system's clock, 2 s at most (FAT): such a young one is not known.
_TICK_NS = 2 * 10**9

# Of what is kept about a file.
_VERSION = 2

# New files, before the table is written while files are being read.
_MIN_NEW = 1024

_KNOWN: dict[tuple[Path, str], "KnownHashes"] = {}
_LOCK = lock_held_at_fork()


class Stamp(NamedTuple):
    """Identifies the version of a file."""

    device: int
    inode: int
    num_bytes: int
    modified_ns: int
    changed_ns: int
    """When its content or its inode last changed, which programs cannot set; 0 on Windows, where it is unknown."""

    @classmethod
    def of(cls, path: str) -> "Stamp":
        """Return a file's stamp now.

        Raises:
            OSError: if there is no such file.
        """
        status = os.stat(path)
        changed_ns = 0 if os.name == "nt" else status.st_ctime_ns
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, changed_ns)


def known_hashes(cache: Path, root: str) -> "KnownHashes":
    """Return what is known of the files below a folder, one table per process."""
    with _LOCK:
        return _KNOWN.setdefault((cache, root), KnownHashes(cache, root))


class KnownHashes:
    """The content hash of every file below a folder, by its path, size, times and inode."""

    def __init__(self, cache: Path, root: str) -> None:
        """Take the cache and the folder; nothing is read yet."""
        self._root = root
        self._table = FactsTable(f"keras_image {_VERSION} {root}", cache, stretch=False)
        self._facts: dict[str, Facts] | None = None
        self._new: dict[str, Facts] = {}

    def get(self, path: str, stamp: Stamp) -> str | None:
        """Return the content hash of a file; None if that version of it is not known."""
        with _LOCK:
            if self._facts is None:
                self._facts = self._table.read()
            facts = self._facts.get(self._name(path))
        if facts is None or (facts.num_bytes, facts.modified) != (stamp.num_bytes, stamp.modified_ns):
            return None
        hash_, _, rest = facts.hash.partition(" ")
        return hash_ if rest == _rest(stamp) else None

    def note(self, path: str, stamp: Stamp, hash_: str) -> None:
        """Keep a file's content hash.

        Args:
            path: of the file.
            stamp: from before it was read.
            hash_: of what was read.
        """
        if max(stamp.modified_ns, stamp.changed_ns) > time.time_ns() - _TICK_NS:
            return
        facts = Facts(hash=f"{hash_} {_rest(stamp)}", num_bytes=stamp.num_bytes, modified=stamp.modified_ns)
        with _LOCK:
            self._new[self._name(path)] = facts
            if len(self._new) >= max(_MIN_NEW, len(self._facts or ()) // 4):  # so all writing grows with the files
                self.write()

    def write(self) -> None:
        """Write what is new, beside what other processes have written."""
        with _LOCK:
            if self._new:
                self._facts = {**self._table.read(), **self._new}
                self._new = {}
                self._table.write(list(self._facts), list(self._facts.values()))

    def _name(self, path: str) -> str:
        return os.path.abspath(path).removeprefix(self._root)


def _rest(stamp: Stamp) -> str:
    """Return the part of a stamp for which the table has no columns."""
    return f"{stamp.inode} {stamp.changed_ns}"


def write_all() -> None:
    """Write what is new in every table."""
    with _LOCK:
        for known in list(_KNOWN.values()):
            known.write()


atexit.register(write_all)
