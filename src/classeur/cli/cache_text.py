"""The contents of the cache, on a console."""

import json
from itertools import groupby
from typing import NamedTuple

from classeur.data.cache_contents import CacheEntry, ago, cache_entries, size_limit
from classeur.delivery.wording import sized
from classeur.storage import default_cache
from classeur.workflows.cache import cache

_WHAT = {
    "pixels": "decoded pixels",
    "features": "features",
    "networks": "networks without their head",
    "facts": "facts of folders",
    "pairs": "near-duplicates of data sets",
    "unpacked": "unpacked zips",
    "kernels": "compiled functions",
}


class _Row(NamedTuple):
    """A store of pixels or features, or all entries of another kind."""

    kind: str
    name: str
    num_bytes: int
    used: float


def print_cache(*, clear: bool, limit: str | None, as_json: bool) -> None:
    """Remove the entries that `clear` or `limit` ask for, and print the remaining ones."""
    folder, cap = default_cache(), size_limit()
    before = sum(entry.num_bytes for entry in cache_entries(folder))
    left = cache(clear=clear, limit=limit)
    num_bytes = sum(entry.num_bytes for entry in left)
    if as_json:
        facts = {"folder": str(folder), "limit": cap, "num_bytes": num_bytes, "removed_num_bytes": before - num_bytes}
        print(json.dumps({**facts, "entries": [row._asdict() for row in _rows(left)]}, indent=2))
        return
    if clear or limit is not None:
        print(f"removed {sized(before - num_bytes)}")
    print(f"{folder}: {sized(num_bytes)}, limit {sized(cap)} (CLASSEUR_CACHE_SIZE)")
    for row in _rows(left):
        print(f"  {f'{_WHAT[row.kind]} {row.name}':<56} {sized(row.num_bytes):>9}  used {ago(row.used)}")


def _rows(entries: list[CacheEntry]) -> list[_Row]:
    """Return the entries as rows of a table, the largest first."""

    def of(entry: CacheEntry) -> tuple[str, str]:
        return entry.kind, entry.name if entry.kind in ("pixels", "features") else ""

    rows = []
    for (kind, name), group in groupby(sorted(entries, key=of), key=of):
        members = list(group)
        num_bytes, used = sum(entry.num_bytes for entry in members), max(entry.used for entry in members)
        rows.append(_Row(kind, name, num_bytes, used))
    return sorted(rows, key=lambda row: -row.num_bytes)
