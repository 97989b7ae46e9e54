"""Memory that each thread reuses: allocating half a megabyte costs as much as decoding the image."""

import threading
from math import prod

import numpy as np

# An image of 22 megapixels; a larger one gets memory of its own, which is freed after it.
_MAX_NUM_BYTES = 64 * 2**20


class Scratch(threading.local):
    """Arrays by name, one set per thread; an array from `take` is valid until the same thread takes that name again.

    >>> scratch = Scratch()
    >>> first = scratch.take("rows", (2, 3), np.uint8)
    >>> second = scratch.take("rows", (1, 4), np.uint8)
    >>> second.shape, bool(np.shares_memory(first, second))
    ((1, 4), True)
    """

    def __init__(self) -> None:
        self._blocks: dict[str, np.ndarray] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
        """Return a contiguous array of this shape, with arbitrary contents."""
        num_bytes = prod(shape) * np.dtype(dtype).itemsize
        if num_bytes > _MAX_NUM_BYTES:
            return np.empty(shape, dtype)
        block = self._blocks.get(name)
        if block is None or block.nbytes < num_bytes:
            # Rounded up to a power of two, so that images of many sizes share one block.
            block = self._blocks[name] = np.empty(1 << max(num_bytes - 1, 0).bit_length(), np.uint8)
        return block[:num_bytes].view(dtype).reshape(shape)
