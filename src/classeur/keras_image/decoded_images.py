"""A cache of decoded, resized images: on disk, else in memory, and beyond a share of it in a temporary file."""

import os
import tempfile
import warnings
from collections.abc import Callable

import numpy as np

from classeur.data.facts import content_hash
from classeur.environment import memory_num_bytes
from classeur.keras_image.known_hashes import KnownHashes, Stamp
from classeur.keras_image.picture_store import PLACES, PictureStore

# Beyond this share of the machine's memory, images go to a temporary file.
SHARE_OF_MEMORY = 0.25

_BLOCK_BYTES = 2**24


class DecodedImages:
    """The images of files, all of one shape: each decoded at its first use, and again after its file has changed."""

    def __init__(
        self,
        load: Callable[[bytes], np.ndarray],
        *,
        open_store: Callable[[], PictureStore | None] = lambda: None,
        max_bytes: float | None = None,
    ) -> None:
        """Take the function that decodes a file.

        Args:
            load: bytes → (height, width, channels), the same shape for all, in its own memory; other dtypes than uint8
                are not cached.
            open_store: called before the first image, returns what keeps images on disk; None keeps them in memory.
            max_bytes: of memory, before a temporary file is used; a quarter of the machine's if None.
        """
        self._load = load
        self._open_store = open_store
        self._store: PictureStore | None = None
        self._is_open = False
        self._max_bytes = memory_num_bytes() * SHARE_OF_MEMORY if max_bytes is None else max_bytes
        self._kept: dict[str, tuple[Stamp, np.ndarray]] = {}
        self._hashes: dict[str, tuple[Stamp, str]] = {}
        self._process = os.getpid()
        self._block: np.ndarray | None = None
        self._num_used = 0  # images in the current block
        self._num_bytes = 0  # of all blocks
        self._is_full = False

    def get(self, path: str, known: KnownHashes | None = None) -> np.ndarray:
        """Return a file's image, (height, width, channels), read-only; uint8 unless the file has more bits.

        Args:
            path: of the file.
            known: hashes from earlier processes.

        Raises:
            Exception: what `load` raised; OSError if there is no such file.
        """
        stamp = Stamp.of(path)
        kept = self._kept.get(path)
        if kept and kept[0] == stamp:
            return kept[1]
        store = self._opened()
        hash_ = self._known_hash(path, stamp, known) if store else None
        picture = store.get(hash_) if store and hash_ else None
        if picture is None:
            with open(path, "rb") as file:
                data = file.read()
            if store is None:
                return self._keep(path, stamp, self._load(data))
            hash_ = content_hash(data)
            picture = store.get(hash_)  # under another name, or written by another process
            if picture is None:
                picture = self._load(data)
                if not store.add(hash_, picture):
                    return self._keep(path, stamp, picture)
            if known:
                known.note(path, stamp, hash_)
        if hash_:
            self._hashes[path] = stamp, hash_
        return picture

    def has(self, path: str) -> bool:
        """Whether some version of a file has been used, so that it need not be decoded unless it has changed."""
        return path in self._hashes or path in self._kept

    def stamp(self, path: str) -> object:
        """Return what identifies the version of a file that `get` returns; None if there is none."""
        try:
            return Stamp.of(path)
        except OSError:
            return None

    def _opened(self) -> PictureStore | None:
        if not self._is_open:
            self._store = self._open_store()  # the same one for each thread
            self._is_open = True
        return self._store

    def _known_hash(self, path: str, stamp: Stamp, known: KnownHashes | None) -> str | None:
        found = self._hashes.get(path)
        if found and found[0] == stamp:
            return found[1]
        return known.get(path, stamp) if known else None

    def _keep(self, path: str, stamp: Stamp, picture: np.ndarray) -> np.ndarray:
        """Return an image, kept in memory or in a temporary file if there is a place."""
        if picture.dtype != np.uint8:
            return picture
        with PLACES:
            place = self._place_for(picture)
        if place is None:
            return picture
        place[:] = picture
        place.flags.writeable = False
        self._kept[path] = (stamp, place)
        return place

    def _place_for(self, picture: np.ndarray) -> np.ndarray | None:
        """Return memory for one more image; None if the disk is full."""
        if self._process != os.getpid():  # forked: the rest of the block on disk is the parent's too
            self._process, self._block = os.getpid(), None
        if self._block is None or self._num_used == len(self._block):
            if self._is_full:
                return None
            self._block, self._num_used = self._new_block(picture), 0
            if self._block is None:
                return None
        self._num_used += 1
        place: np.ndarray = self._block[self._num_used - 1]
        return place

    def _new_block(self, picture: np.ndarray) -> np.ndarray | None:
        shape = (max(1, _BLOCK_BYTES // max(1, picture.nbytes)), *picture.shape)
        num_bytes = shape[0] * picture.nbytes
        self._num_bytes += num_bytes
        if self._num_bytes <= self._max_bytes:
            return np.empty(shape, np.uint8)
        try:
            with tempfile.TemporaryFile(prefix="classeur-") as file:
                # Written, not only extended: reading a mapped file on a full disk would kill the process.
                file.write(b"\0" * num_bytes)
                file.flush()
                block: np.ndarray = np.memmap(file, np.uint8, "r+", shape=shape)
                return block
        except OSError as error:
            self._is_full = True
            message = f"no room for decoded images in {tempfile.gettempdir()} ({error.strerror}); the rest of them are"
            warnings.warn(f"{message} decoded again in every epoch: free some space, or set TMPDIR", stacklevel=2)
            return None
