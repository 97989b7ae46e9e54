"""The contents of the cache, its size limit, and what is removed first.

It holds pixels, features, networks, facts, pairs of near-duplicates, unpacked zips, and compiled functions where Python
cannot keep its own compiled code; all of them can be made again.
"""

import math
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from classeur.errors import RangeError

Kind = Literal["pixels", "features", "networks", "facts", "pairs", "unpacked", "kernels"]

# Stores of rows, and the endings of their segments.
_STORES: tuple[tuple[Kind, str], ...] = (("pixels", ".rgb"), ("features", ".f32"))

# Enough for 130,000 images of 224×224.
DEFAULT_LIMIT = "20GB"

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class CacheEntry(NamedTuple):
    """A part of the cache that is removed as a whole."""

    kind: Kind
    name: str  # pixels, features: the store, such as 150x150-squash-v1.2
    paths: tuple[Path, ...]
    num_bytes: int
    used: float  # when it was last used, seconds since 1970


def parse_size(text: str) -> int:
    """Return a number of bytes from `500MB`, `20GB` or plain digits; units are powers of 1,000.

    Raises:
        RangeError: if it is not a size.

    >>> parse_size("1.5GB")
    1500000000
    """
    number = text.strip().upper().rstrip("KMGTB")
    unit = text.strip().upper()[len(number) :]
    try:
        size = float(number) * _UNITS[unit.strip()]
    except (ValueError, KeyError):
        size = -1.0
    if not 0 <= size < 2**63:
        raise RangeError(f"size {text!r} is not possible; expected a number of bytes such as 500MB or 20GB")
    return int(size)


def size_limit() -> int:
    """Return how many bytes the cache may take: `CLASSEUR_CACHE_SIZE`, or 20 GB.

    Raises:
        RangeError: if that is not a size.
    """
    return parse_size(os.environ.get("CLASSEUR_CACHE_SIZE") or DEFAULT_LIMIT)


def cache_entries(cache: Path) -> list[CacheEntry]:
    """Return the entries of the cache, the least recently used first."""
    entries = [
        _entry(kind, listing.parent.name, listing, listing.with_suffix(ending))
        for kind, ending in _STORES
        for listing in cache.glob(f"{kind}/*/[!.]*.json")
    ]
    entries += [
        _entry("networks", listing.name.removesuffix(".keras.json"), listing, listing.with_suffix(""))
        for listing in cache.glob("networks/[!.]*.keras.json")
    ]
    entries += [_entry("facts", table.name, table) for table in cache.glob("facts/[!.]*.npz")]
    entries += [_entry("pairs", pairs.name, pairs) for pairs in cache.glob("pairs/[!.]*.npz")]
    entries += [_entry("unpacked", folder.name, folder) for folder in cache.glob("unpacked/[!.]*") if folder.is_dir()]
    entries += [_entry("kernels", code.name, code) for code in cache.glob("kernels/[!.]*.o")]
    return sorted(entries, key=lambda entry: (entry.used, entry.paths))


def evict(cache: Path, limit: int, *, used_before: float = math.inf) -> tuple[list[CacheEntry], int]:
    """Remove the least recently used entries until the cache is within its limit; entries in use stay.

    Args:
        cache: its folder.
        limit: bytes that it may take.
        used_before: only entries last used before this time, in seconds since 1970, are removed.

    Returns:
        the removed entries, and the bytes that are left.
    """
    entries = cache_entries(cache)
    num_bytes = sum(entry.num_bytes for entry in entries)
    removed = []
    for entry in entries:
        if num_bytes <= limit or entry.used >= used_before:
            break
        if _remove(entry):
            removed.append(entry)
            num_bytes -= entry.num_bytes
    return removed, num_bytes


def clear(cache: Path) -> list[CacheEntry]:
    """Remove all entries and the leftovers of interrupted commands; return what was removed."""
    removed = [entry for entry in cache_entries(cache) if _remove(entry)]
    for leftover in (
        *(path for kind, _ in _STORES for path in cache.glob(f"{kind}/*/.tmp-*")),
        *cache.glob("networks/.tmp-*"),
        *cache.glob("facts/.tmp-*"),
        *cache.glob("pairs/.tmp-*"),
        *cache.glob("unpacked/.*"),
        *cache.glob("kernels/.tmp-*"),
    ):
        _delete(leftover)
    return removed


def ago(moment: float) -> str:
    """Return how long ago a time was, in words.

    >>> ago(time.time() - 7300)
    '2 hours ago'
    """
    seconds = max(0.0, time.time() - moment)
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {name}{'s' if number > 1 else ''} ago"
    return "just now"


def _entry(kind: Kind, name: str, *paths: Path) -> CacheEntry:
    num_bytes, used = 0, 0.0
    for path in paths:
        with suppress(OSError):
            stat = path.stat()
            used = max(used, stat.st_mtime)
            num_bytes += _folder_num_bytes(path) if path.is_dir() else stat.st_size
    return CacheEntry(kind, name, paths, num_bytes, used)


def _folder_num_bytes(folder: Path) -> int:
    num_bytes = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                num_bytes += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 (as os.walk gives them)
    return num_bytes


def _remove(entry: CacheEntry) -> bool:
    """Remove an entry; return False if the system refuses, as for an open file on Windows."""
    deleted = [_delete(path) for path in entry.paths]
    return all(deleted)


def _delete(path: Path) -> bool:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return not path.exists()
