"""`cache`: what the cache contains, and how to empty it."""

from pathlib import Path

from classeur.data.cache_contents import CacheEntry, cache_entries, evict, parse_size
from classeur.data.cache_contents import clear as remove_all
from classeur.errors import UsageError
from classeur.options import takes_options
from classeur.storage import default_cache


@takes_options()
def cache(*, clear: bool = False, limit: str | None = None, folder: Path | None = None) -> list[CacheEntry]:
    """Return the entries of the cache, the least recently used first, after removing what `clear` or `limit` ask for.

    Args:
        clear: remove all entries; the next command fills the cache again.
        limit: remove the least recently used entries until the cache is no larger than this, such as 5GB.
        folder: of the cache; the system's cache folder, or `CLASSEUR_CACHE`, if None.

    Raises:
        UsageError: if both are given, or the limit is not a size.
    """
    folder = folder or default_cache()
    if clear and limit is not None:
        raise UsageError("--clear and --limit cannot be combined; --clear removes everything")
    if clear:
        remove_all(folder)
    elif limit is not None:
        evict(folder, parse_size(limit))
    return cache_entries(folder)
