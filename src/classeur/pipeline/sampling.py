"""The images of each batch of an epoch, which depend only on (seed, epoch), not on where the epoch is started."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from classeur.pipeline.counters import permutation


class Sampler(NamedTuple):
    """The order of images: every image once per epoch; the last batch may be smaller.

    >>> [part.tolist() for part in Sampler(5, batch_size=2).parts(0)]
    [[0, 1], [2, 3], [4]]
    """

    num_images: int
    batch_size: int  # at least 1
    seed: int | None = None  # gives a new order every epoch; None keeps the order of the images

    @property
    def num_batches(self) -> int:
        """Batches per epoch."""
        return -(-self.num_images // self.batch_size)

    def order(self, epoch: int) -> np.ndarray:
        """Return the images' numbers in the order of an epoch, int64 (num_images,)."""
        return np.arange(self.num_images) if self.seed is None else permutation(self.seed, epoch, self.num_images)

    def parts(self, epoch: int, *, first: int = 0) -> Iterator[np.ndarray]:
        """Yield the images' numbers batch by batch, from batch `first` on."""
        order = self.order(epoch)
        for start in range(first * self.batch_size, self.num_images, self.batch_size):
            yield order[start : start + self.batch_size]
