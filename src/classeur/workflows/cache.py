"""`cache`: what is kept to be fast, and how to be rid of it."""

from pathlib import Path

from classeur.data.cache_contents import CacheEntry, cache_entries, evict, parse_size
from classeur.data.cache_contents import clear as remove_all
from classeur.errors import UsageError
from classeur.options import takes_options
from classeur.storage import default_cache


@takes_options()
def cache(*, clear: bool = False, limit: str | None = None, folder: Path | None = None) -> list[CacheEntry]:
    """Return what the cache keeps, the least recently used first, once what is asked for has been removed.

    Args:
        clear: remove all of it; the next command makes again what it needs.
        limit: remove what was used least recently until no more than this is left, such as 5GB.
        folder: of the cache; the system's cache folder, or `CLASSEUR_CACHE`, if None.

    Raises:
        UsageError: if both are asked for, or the limit is no size.
    """
    folder = folder or default_cache()
    if clear and limit is not None:
        raise UsageError("--clear removes everything; leave out --limit")
    if clear:
        remove_all(folder)
    elif limit is not None:
        evict(folder, parse_size(limit))
    return cache_entries(folder)
