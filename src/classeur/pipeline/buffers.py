"""Memory for batches, used again once nobody looks at what it held: new memory costs a fifth of a batch's time."""

from collections import deque
from typing import Any

import numpy as np

Kind = tuple[tuple[int, ...], np.dtype[Any]]


class _Lease:
    """What an array that is handed out rests on: whatever shows its memory keeps this, and the last one gives it back.

    NumPy's views, the buffer protocol and every backend's tensors hold on to the array that they show, and that holds
    on to its base. So it does not matter how a Python counts references, or when it collects: late is only slower.
    """

    def __init__(self, memory: np.ndarray, unused: "deque[np.ndarray]") -> None:
        self._memory, self._unused = memory, unused
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        self._unused.append(self._memory)  # of a bounded deque: the oldest falls out


class Buffers:
    """The arrays of the last batches."""

    def __init__(self, num_kept: int = 3) -> None:
        """Keep at most this many that nobody looks at, of a shape and dtype."""
        self._num_kept = num_kept
        self._unused: dict[Kind, deque[np.ndarray]] = {}

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return an array with anything in it: memory that was handed out before and is let go of, or new.

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
