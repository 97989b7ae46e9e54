"""Batches: chosen by a sampler, made by an augmenter, ahead of their use, in threads.

Order and content depend only on (seed, epoch), not on threads or on the batch that an epoch starts at.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from classeur.pipeline.augmentation import Draws
from classeur.pipeline.sampling import Sampler
from classeur.pipeline.warping import opencv_in_one_thread
from classeur.threads import map_in_threads

# Batches per thread that are made ahead.
NUM_AHEAD = 2


class Mixing(NamedTuple):
    """The partners of mixed images."""

    labels: np.ndarray  # int64 (n,), the partners'
    shares: np.ndarray  # float64 (n,), 0 … 1: the images' own, the rest is the partners'
    weights: np.ndarray | None = None  # as those of the batch, the partners'


class Batch(NamedTuple):
    """Some images of an epoch."""

    # uint8 (n, height, width, 3); if the device mixes, (2 n, height, width, 3), the images, then the partners.
    pixels: np.ndarray
    labels: np.ndarray  # int64 (n,)
    draws: Draws | None = None  # of each image of the pixels, if the device augments
    mixing: Mixing | None = None
    weights: np.ndarray | None = None  # float64 (n,), of each image's loss, about 1; None: all alike


Make = Callable[[np.ndarray, int], Batch]  # makes a batch of images' numbers and an epoch
Ahead = Callable[[Callable[[np.ndarray], Batch], Iterable[np.ndarray]], Iterator[Batch]]


class Batches:
    """The batches of a split, epoch by epoch."""

    def __init__(self, sampler: Sampler, make: Make, *, ahead: Ahead | None = None) -> None:
        """Take the parts of the pipeline.

        Args:
            sampler: chooses the images of each batch.
            make: makes a batch of them, as from `augmenter`; called in several threads at once.
            ahead: maps it over the parts of an epoch, in order and ahead of their use; in threads if None.
        """
        self._sampler = sampler
        self._make = make
        self._ahead = ahead or partial(map_in_threads, num_ahead=NUM_AHEAD)

    def __len__(self) -> int:
        """Return the number of batches per epoch."""
        return self._sampler.num_batches

    @property
    def num_images(self) -> int:
        """Images per epoch."""
        return self._sampler.num_images

    def epoch(self, number: int, *, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch, from batch `first` on."""
        with opencv_in_one_thread():
            # One batch per thread: the warps release the interpreter's lock, and no batch waits for another.
            yield from self._ahead(lambda part: self._make(part, number), self._sampler.parts(number, first=first))
