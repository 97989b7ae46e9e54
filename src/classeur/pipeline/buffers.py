"""Memory for batches, reused once nothing refers to its contents: allocating takes a fifth of a batch's time."""

from collections import deque
from typing import Any

import numpy as np

Kind = tuple[tuple[int, ...], np.dtype[Any]]


class _Lease:
    """The base of a returned array: whatever uses its memory refers to this, and the last reference returns it.

    NumPy's views, the buffer protocol and every backend's tensors refer to the array that they use, and the array
    refers to its base. So reference counts and the time of collection do not matter: a late one is only slower.
    """

    def __init__(self, memory: np.ndarray, unused: "deque[np.ndarray]") -> None:
        self._memory, self._unused = memory, unused
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        self._unused.append(self._memory)  # a bounded deque drops the oldest


class Buffers:
    """The arrays of the last batches."""

    def __init__(self, num_kept: int = 3) -> None:
        """Keep at most this many unused arrays of a shape and dtype."""
        self._num_kept = num_kept
        self._unused: dict[Kind, deque[np.ndarray]] = {}

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return an array with arbitrary contents, in memory that is no longer used or new.

        >>> buffers = Buffers()
        >>> first = buffers.empty((2, 3), "float32")
        >>> view = first[0]
        >>> del first
        >>> bool(np.shares_memory(buffers.empty((2, 3), "float32"), view))  # `view` still shows it
        False
        """
        kind = shape, np.dtype(dtype)
        unused = self._unused.setdefault(kind, deque(maxlen=self._num_kept))
        try:
            memory = unused.pop()
        except IndexError:
            memory = np.empty(*kind)
        return np.asarray(_Lease(memory, unused))
