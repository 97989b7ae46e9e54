"""Batches: what a sampler puts together, made by an augmenter, ahead of whoever asks, in threads.

Order and content depend on (seed, epoch) alone, not on threads or on where an epoch is begun.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from classeur.pipeline.augmentation import Draws
from classeur.pipeline.sampling import Sampler
from classeur.pipeline.warping import opencv_in_one_thread
from classeur.threads import map_in_threads

# Batches per thread that are made before they are asked for.
NUM_AHEAD = 2


class Mixing(NamedTuple):
    """The other half of mixed pictures."""

    labels: np.ndarray  # int64 (n,), the partners'
    weights: np.ndarray  # float64 (n,), 0 … 1: the images' own share, the rest is the partners'


class Batch(NamedTuple):
    """Some images of an epoch."""

    # uint8 (n, height, width, 3); where the device is to mix, (2 n, height, width, 3), the partners behind the images.
    pixels: np.ndarray
    labels: np.ndarray  # int64 (n,)
    draws: Draws | None = None  # of each of the pixels' pictures, where they are still to be done
    mixing: Mixing | None = None


Make = Callable[[np.ndarray, int], Batch]  # from images' numbers and an epoch
Ahead = Callable[[Callable[[np.ndarray], Batch], Iterable[np.ndarray]], Iterator[Batch]]


class Batches:
    """The batches of a split, epoch by epoch."""

    def __init__(self, sampler: Sampler, make: Make, *, ahead: Ahead | None = None) -> None:
        """Take who does what.

        Args:
            sampler: which images make which batch.
            make: what makes a batch of them, such as `augmenter` returns; called in several threads at once.
            ahead: maps it over the parts of an epoch, in order, before they are asked for; in threads if None.
        """
        self._sampler = sampler
        self._make = make
        self._ahead = ahead or partial(map_in_threads, num_ahead=NUM_AHEAD)

    def __len__(self) -> int:
        """Return the number of batches an epoch."""
        return self._sampler.num_batches

    @property
    def num_images(self) -> int:
        """Images an epoch."""
        return self._sampler.num_images

    def epoch(self, number: int, *, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch, from batch `first` on."""
        with opencv_in_one_thread():
            # A batch a thread: the warps of one batch release the interpreter's lock, batches wait for no other.
            yield from self._ahead(lambda part: self._make(part, number), self._sampler.parts(number, first=first))
