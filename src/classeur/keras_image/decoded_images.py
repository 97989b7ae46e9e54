"""A cache of decoded, resized images: in memory, and beyond a share of it in a temporary file."""

import os
import tempfile
import threading
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from classeur.environment import memory_num_bytes

# Beyond this share of the machine's memory, images go to a temporary file.
SHARE_OF_MEMORY = 0.25

_BLOCK_BYTES = 2**24


# Held while memory is assigned to an image: one per process, so that a child is never forked while it is held.
_PLACES = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_PLACES.acquire, after_in_parent=_PLACES.release, after_in_child=_PLACES.release)


class _Stamp(NamedTuple):
    """Identifies the version of a file that was decoded."""

    device: int
    inode: int
    num_bytes: int
    modified_ns: int


def _stamp(path: str) -> _Stamp:
    status = os.stat(path)
    return _Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class DecodedImages:
    """The images of files, all of one shape: each decoded at its first use, and again after its file has changed."""

    def __init__(self, load: Callable[[str], np.ndarray], *, max_bytes: float | None = None) -> None:
        """Take the function that decodes a file.

        Args:
            load: path → (height, width, channels), the same shape for all; other dtypes than uint8 are not cached.
            max_bytes: of memory, before a temporary file is used; a quarter of the machine's if None.
        """
        self._load = load
        self._max_bytes = memory_num_bytes() * SHARE_OF_MEMORY if max_bytes is None else max_bytes
        self._kept: dict[str, tuple[_Stamp, np.ndarray]] = {}
        self._process = os.getpid()
        self._block: np.ndarray | None = None
        self._num_used = 0  # images in the current block
        self._num_bytes = 0  # of all blocks
        self._is_full = False

    def get(self, path: str) -> np.ndarray:
        """Return a file's image, (height, width, channels), read-only; uint8 unless the file has more bits.

        Raises:
            Exception: what `load` raised; OSError if there is no such file.
        """
        stamp = _stamp(path)
        kept = self._kept.get(path)
        if kept and kept[0] == stamp:
            return kept[1]
        picture = self._load(path)
        if picture.dtype != np.uint8:
            return picture
        with _PLACES:
            place = self._place_for(picture)
        if place is None:
            return picture
        place[:] = picture
        place.flags.writeable = False
        self._kept[path] = (stamp, place)
        return place

    def stamp(self, path: str) -> object:
        """Return what identifies the version of a file that `get` returns; None if there is none."""
        try:
            return _stamp(path)
        except OSError:
            return None

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
