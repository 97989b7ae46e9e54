"""Batches: pixels and labels in the order of an epoch, augmented, made ahead in threads.

Order and content depend on (seed, epoch) alone, not on threads or on where an epoch is begun. Pictures are warped here,
straight into the batch, or left as they are, with what was drawn beside them, for the device to warp.
"""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from classeur.images.pixels import Pixels
from classeur.pipeline.augmentation import Augmentation, Draws, draw
from classeur.pipeline.buffers import Buffers
from classeur.pipeline.counters import permutation
from classeur.pipeline.warping import apply_draw
from classeur.threads import map_in_threads, num_processors, working_on

# Batches a thread that are made before they are asked for.
_NUM_AHEAD = 2


class Batch(NamedTuple):
    """Some images of an epoch."""

    pixels: np.ndarray  # uint8 (n, height, width, 3)
    labels: np.ndarray  # int64 (n,)
    draws: Draws | None = None  # still to be done to the pixels


class Batches:
    """The batches of a split, epoch by epoch; every image once an epoch, the last batch as small as it must be."""

    def __init__(
        self,
        pixels: Pixels,
        labels: np.ndarray,
        *,
        batch_size: int,
        seed: int = 0,
        augmentation: Augmentation | None = None,
        shuffle: bool = True,
        num_threads: int | None = None,
        names: Sequence[str] | None = None,
        leave_to_device: bool = False,
    ) -> None:
        """Take the images and how to go through them.

        Args:
            pixels: of n images.
            labels: int64 (n,), class indices.
            batch_size: at least 1.
            seed: of order and augmentation.
            augmentation: none if None; validation and test never have one.
            shuffle: a new order every epoch; else the order of `pixels`.
            num_threads: one a processor if None.
            names: what an error calls each image; its number if None.
            leave_to_device: hand out pixels as they are kept, with the draws beside them.
        """
        self._pixels = pixels
        self._labels = labels
        self.batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation or Augmentation()
        self._shuffle = shuffle
        self._num_threads = num_threads
        self._names = names
        self._leave_to_device = leave_to_device
        self._buffers = Buffers(_NUM_AHEAD * (num_threads or num_processors()) + 2)

    def __len__(self) -> int:
        """Return the number of batches an epoch."""
        return -(-len(self._pixels) // self.batch_size)

    @property
    def num_images(self) -> int:
        """Images an epoch."""
        return len(self._pixels)

    def epoch(self, number: int, *, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch, from batch `first` on, made ahead in threads."""
        order = permutation(self._seed, number, self.num_images) if self._shuffle else np.arange(self.num_images)
        starts = range(first * self.batch_size, self.num_images, self.batch_size)
        parts = (order[start : start + self.batch_size] for start in starts)
        # OpenCV's own threads would fight ours for the same processors.
        cv2.setNumThreads(1)
        # A batch a thread: the warps of one batch release the interpreter's lock, batches wait for no other.
        yield from map_in_threads(
            lambda part: self._make(part, number), parts, num_threads=self._num_threads, num_ahead=_NUM_AHEAD
        )

    def _make(self, indices: np.ndarray, epoch: int) -> Batch:
        if self._augmentation.is_identity:
            return Batch(self._pixels.gather(indices), self._labels[indices])
        size = self._pixels.image_size
        draws = draw(self._augmentation, self._seed, epoch, indices, image_size=size)
        if self._leave_to_device:
            return Batch(self._pixels.gather(indices), self._labels[indices], draws)
        changes_colour = self._augmentation.changes_colour
        pixels = self._buffers.empty((len(indices), *size, 3), "uint8")
        index = 0
        with working_on(lambda: self._names[index] if self._names else f"image {index}"):
            for row, index in enumerate(indices.tolist()):
                apply_draw(self._pixels[index], draws, row, out=pixels[row], changes_colour=changes_colour)
        return Batch(pixels, self._labels[indices])
