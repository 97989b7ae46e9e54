"""Decoded images on disk, by the content of their files, so that the next process decodes none of them again."""

import atexit
import os
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import PIL

from classeur.data.cache_contents import DEFAULT_LIMIT, evict, size_limit
from classeur.errors import ClasseurError
from classeur.images.decoding import DECODING_VERSION
from classeur.keras_image.loading import Loading
from classeur.rows import CacheWarning, Kept, RowStore
from classeur.threads import lock_held_at_fork

# Raised whenever the same bytes and settings give other values, so that those of an older version are not used.
LOADING_VERSION = 1

# Images of so many bytes wait in memory, then a thread writes them together; twice as many wait for that thread.
_WAITING_BYTES = 2**25

# Held wherever memory or a place in a file is assigned to images, and while images are written. PLACES may be requested
# while WRITING is held, not the other way round, a fork included: it takes the one made later first.
PLACES, WRITING = lock_held_at_fork(), lock_held_at_fork()

_BEGAN = time.time()

# Of this process, until it ends.
_STORES: dict[tuple[Path, Loading], "PictureStore"] = {}


def picture_store(cache: Path, loading: Loading, num_channels: int) -> "PictureStore | None":
    """Return the store of these settings' images, one per process; None if the cache cannot be written."""
    if min(loading.target_size) < 1:
        return None
    if (cache, loading) not in _STORES:
        flush_all()  # of other settings, which may not be used again
    with PLACES:
        store = _STORES.get((cache, loading))
        if store is None:
            store = _STORES[cache, loading] = PictureStore(cache, loading, num_channels)
        return store if store.has_room else None  # in memory they would stay until the process ends


def flush_all() -> None:
    """Write what waits in every store."""
    for store in list(_STORES.values()):
        store.flush()


class PictureStore:
    """The images of files by their content hash: uint8 (height, width, channels), mapped from disk, or waiting."""

    def __init__(self, cache: Path, loading: Loading, num_channels: int) -> None:
        """Open the store of these settings below the folder `cache`, or create it."""
        self._store = RowStore(
            cache / "pixels" / store_name(loading),
            shape=(*loading.target_size, num_channels),
            dtype=np.uint8,
            ending=".rgb",
            segment_num_bytes=_WAITING_BYTES,
            kept=Kept("images of ImageDataGenerator", "they are decoded again"),
        )
        self._cache = cache
        self._shape = (*loading.target_size, num_channels)
        self._rows: dict[str, np.ndarray] = {}
        self._waiting: dict[str, np.ndarray] = {}
        self._num_waiting_bytes = 0
        self._writer: threading.Thread | None = None
        self._untold: str | None = None  # why no more are taken
        self.has_room = self._store.is_on_disk
        """Whether images can be added."""
        self.has_written = False

    def get(self, hash_: str) -> np.ndarray | None:
        """Return an image, read-only; None if it is not here."""
        row = self._rows.get(hash_)
        if row is not None:
            return row
        with PLACES:
            if hash_ in self._rows:
                return self._rows[hash_]
            if self._store.missing([hash_]):
                return None
            segments, places = self._store.places([hash_])
            segment, number = places[0]
            mapped: np.ndarray = segments[segment][number]
            self._rows[hash_] = mapped
            return mapped

    def add(self, hash_: str, picture: np.ndarray) -> bool:
        """Keep an image, which nothing may change from then on; return False if it has no place here."""
        if picture.dtype != np.uint8 or picture.shape != self._shape:
            return False
        with PLACES:
            has_room = self.has_room
            if has_room:
                picture.flags.writeable = False
                self._rows[hash_] = self._waiting[hash_] = picture
                self._num_waiting_bytes += picture.nbytes
            num_waiting_bytes = self._num_waiting_bytes
        if num_waiting_bytes >= 2 * _WAITING_BYTES:
            self.flush()
        elif num_waiting_bytes >= _WAITING_BYTES:
            self._write_beside()
        self._tell()
        return has_room

    def flush(self) -> None:
        """Write the images that wait. If that fails, they stay in memory, and no more are taken."""
        writer = self._writer
        if writer is not None and writer.is_alive():
            writer.join()
        self._write()
        self._tell()

    def _write_beside(self) -> None:
        """Write the images that wait in a thread, unless one does: nobody needs to wait for the disk."""
        with PLACES:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write, name="classeur-pictures")
                with suppress(RuntimeError):  # no more threads: then they are written at twice as many, or at the end
                    self._writer.start()

    def _write(self) -> None:
        """Write the images that wait, without a warning; other threads go on with images."""
        with WRITING:
            with PLACES:
                waiting, self._waiting, self._num_waiting_bytes = self._waiting, {}, 0
            if not waiting or not self._fits(sum(row.nbytes for row in waiting.values())):
                return
            try:
                with self._store.building():
                    self._store.add((hash_, row) for hash_, row in waiting.items() if hash_ not in self._store)
            except (ClasseurError, OSError, Warning) as error:
                self._stop(str(error))
                return
            with PLACES:
                self.has_room = self.has_written = self._store.is_on_disk
                for hash_ in waiting:
                    self._rows.pop(hash_)  # from now on they are mapped

    @property
    def num_bytes(self) -> int:
        """Bytes of the images on disk."""
        return self._store.num_bytes if self._store.is_on_disk else 0

    def _fits(self, num_more: int) -> bool:
        """Whether so many bytes more are within the limit of the cache, beside what else this process uses of it."""
        try:
            limit = size_limit()
        except ClasseurError as error:
            self._stop(str(error))
            return False
        others = [store.num_bytes for (cache, _), store in list(_STORES.items()) if cache == self._cache]
        if max(sum(others), self.num_bytes) + num_more > limit:
            most = os.environ.get("CLASSEUR_CACHE_SIZE") or DEFAULT_LIMIT
            self._stop(f"they take as much as the cache may, {most}; CLASSEUR_CACHE_SIZE sets another limit")
        return self.has_room

    def _stop(self, reason: str) -> None:
        self.has_room, self._untold = False, reason

    def _tell(self) -> None:
        """Warn, once, if no more images are taken."""
        reason, self._untold = self._untold, None
        if reason:
            warnings.warn(f"images are not kept for the next process: {reason}", CacheWarning, stacklevel=3)


def store_name(loading: Loading) -> str:
    """Return what tells these settings' images, and versions of what makes them, from others.

    >>> store_name(Loading("rgb", (150, 200), "nearest", False, False)).partition("-v")[0]
    'keras-150x200-rgb-nearest'
    """
    height, width = loading.target_size
    parts = ["keras", f"{height}x{width}", loading.color_mode, loading.interpolation]
    parts += ["cropped"] * loading.keep_aspect_ratio + ["upright"] * loading.exif_orientation
    return "-".join([*parts, f"v{LOADING_VERSION}.{DECODING_VERSION}", f"pillow{PIL.__version__}"])


def leave() -> None:
    """Write what waits, and remove what was used longest ago from a cache that has grown beyond its limit."""
    flush_all()
    for cache in {cache for (cache, _), store in _STORES.items() if store.has_written}:
        with suppress(ClasseurError, OSError):
            evict(cache, size_limit(), used_before=_BEGAN)


atexit.register(leave)
