"""Memory that a thread uses again for every picture: a fresh array of half a megabyte costs as much as decoding it."""

import threading
from math import prod

import numpy as np

# A picture of 22 megapixels; what is larger gets memory of its own, which goes back to the system after it.
_MAX_NUM_BYTES = 64 * 2**20


class Scratch(threading.local):
    """Arrays by name, one set a thread; what `take` returns holds until the same thread takes that name again.

    >>> scratch = Scratch()
    >>> first = scratch.take("rows", (2, 3), np.uint8)
    >>> second = scratch.take("rows", (1, 4), np.uint8)
    >>> second.shape, bool(np.shares_memory(first, second))
    ((1, 4), True)
    """

    def __init__(self) -> None:
        self._blocks: dict[str, np.ndarray] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
        """Return an array of this shape, contiguous, with whatever was last in it."""
        num_bytes = prod(shape) * np.dtype(dtype).itemsize
        if num_bytes > _MAX_NUM_BYTES:
            return np.empty(shape, dtype)
        block = self._blocks.get(name)
        if block is None or block.nbytes < num_bytes:
            # Rounded up to a power of two, so that pictures of many sizes settle on one block.
            block = self._blocks[name] = np.empty(1 << max(num_bytes - 1, 0).bit_length(), np.uint8)
        return block[:num_bytes].view(dtype).reshape(shape)
