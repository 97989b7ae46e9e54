"""Augmenters: make a batch from images' numbers, augmented here or with the parameters for the device."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from classeur.images.pixels import Pixels
from classeur.pipeline.augmentation import Augmentation, Draws, draw
from classeur.pipeline.batches import NUM_AHEAD, Batch, Make, Mixing
from classeur.pipeline.buffers import Buffers
from classeur.pipeline.warping import apply_draw, mix
from classeur.threads import num_processors, working_on


class Images(NamedTuple):
    """The images of a split."""

    pixels: Pixels
    labels: np.ndarray  # int64 (n,), class indices
    names: Sequence[str] | None = None  # names of the images in errors; their numbers if None
    weights: np.ndarray | None = None  # float64 (n,), of each image's loss; all alike if None

    def batch(self, pixels: np.ndarray, indices: np.ndarray, draws: Draws | None = None) -> Batch:
        """Return a batch of these images' pixels, as they are or augmented."""
        return Batch(pixels, self.labels[indices], draws, weights=self._weights(indices))

    def mixing(self, partners: np.ndarray, shares: np.ndarray) -> Mixing:
        """Return what a batch needs to know of these partners."""
        return Mixing(self.labels[partners], shares, self._weights(partners))

    def _weights(self, indices: np.ndarray) -> np.ndarray | None:
        return None if self.weights is None else self.weights[indices]


def augmenter(images: Images, augmentation: Augmentation, *, seed: int = 0, on_device: bool = False) -> Make:
    """Return a function that makes the batches of a training: augmented, or with the parameters for the device.

    Args:
        images: of the training set.
        augmentation: the ranges of random changes.
        seed: of the random parameters.
        on_device: whether to return cached pixels with the drawn parameters.
    """
    if augmentation.is_identity:
        return as_kept(images)
    return (LeftToDevice if on_device else DoneOnHost)(images, augmentation, seed=seed)


def as_kept(images: Images) -> Make:
    """Return a function that makes batches of unchanged images: for validation, and without augmentation."""
    return lambda indices, _: images.batch(images.pixels.gather(indices), indices)


class DoneOnHost:
    """Images are warped and mixed by OpenCV, straight into the batch."""

    def __init__(self, images: Images, augmentation: Augmentation, *, seed: int) -> None:
        """Arguments as for `augmenter`."""
        self._images = images
        self._augmentation = augmentation
        self._seed = seed
        self._buffers = Buffers(NUM_AHEAD * num_processors() + 2)

    def __call__(self, indices: np.ndarray, epoch: int) -> Batch:
        """Return the batch of these images in an epoch."""
        pixels, names = self._images.pixels, self._images.names
        size, num_images = pixels.image_size, len(pixels)
        drawn = draw(self._augmentation, self._seed, epoch, indices, image_size=size, num_images=num_images)
        batch = self._buffers.empty((len(indices), *size, 3), "uint8")
        changes_colour = self._augmentation.changes_colour
        index = 0
        with working_on(lambda: names[index] if names else f"image {index}"):
            for row, index in enumerate(indices.tolist()):
                apply_draw(pixels[index], drawn, row, out=batch[row], changes_colour=changes_colour)
            if not self._augmentation.mixup:
                return self._images.batch(batch, indices)
            theirs = draw(self._augmentation, self._seed, epoch, drawn.partners, image_size=size, num_images=num_images)
            partner = np.empty((*size, 3), np.uint8)
            for row, index in enumerate(drawn.partners.tolist()):
                apply_draw(pixels[index], theirs, row, out=partner, changes_colour=changes_colour)
                mix(batch[row], partner, drawn.weights[row], out=batch[row])
        mixing = self._images.mixing(drawn.partners, drawn.weights)
        return self._images.batch(batch, indices)._replace(mixing=mixing)


class LeftToDevice:
    """Images are returned unchanged, with their drawn parameters."""

    def __init__(self, images: Images, augmentation: Augmentation, *, seed: int) -> None:
        """Arguments as for `augmenter`."""
        self._images = images
        self._augmentation = augmentation
        self._seed = seed

    def __call__(self, indices: np.ndarray, epoch: int) -> Batch:
        """Return the batch of these images in an epoch."""
        pixels = self._images.pixels
        size, num_images = pixels.image_size, len(pixels)
        drawn = draw(self._augmentation, self._seed, epoch, indices, image_size=size, num_images=num_images)
        if not self._augmentation.mixup:
            return self._images.batch(pixels.gather(indices), indices, drawn)
        both = np.concatenate([indices, drawn.partners])
        mixing = self._images.mixing(drawn.partners, drawn.weights)
        drawn = draw(self._augmentation, self._seed, epoch, both, image_size=size, num_images=num_images)
        return self._images.batch(pixels.gather(both), indices, drawn)._replace(mixing=mixing)
