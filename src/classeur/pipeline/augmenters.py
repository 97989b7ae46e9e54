"""Augmenters: what makes a batch of images' numbers, with what was drawn for each done to it, or left to the device."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from classeur.images.pixels import Pixels
from classeur.pipeline.augmentation import Augmentation, draw
from classeur.pipeline.batches import NUM_AHEAD, Batch, Make, Mixing
from classeur.pipeline.buffers import Buffers
from classeur.pipeline.warping import apply_draw, mix
from classeur.threads import num_processors, working_on


class Images(NamedTuple):
    """The images of a split."""

    pixels: Pixels
    labels: np.ndarray  # int64 (n,), class indices
    names: Sequence[str] | None = None  # what an error calls each; its number if None


def augmenter(images: Images, augmentation: Augmentation, *, seed: int = 0, on_device: bool = False) -> Make:
    """Return what makes the batches of a training: augmented, or with what the device is to do beside them.

    Args:
        images: of the training set.
        augmentation: the ranges to draw from.
        seed: of what is drawn.
        on_device: hand out pixels as they are kept, with the draws beside them.
    """
    if augmentation.is_identity:
        return as_kept(images)
    return (LeftToDevice if on_device else DoneOnHost)(images, augmentation, seed=seed)


def as_kept(images: Images) -> Make:
    """Return what makes batches of pictures as they are kept: for validation, and where nothing is varied."""
    return lambda indices, _: Batch(images.pixels.gather(indices), images.labels[indices])


class DoneOnHost:
    """Pictures are warped and mixed by OpenCV, straight into the batch."""

    def __init__(self, images: Images, augmentation: Augmentation, *, seed: int) -> None:
        """Arguments as for `augmenter`."""
        self._images = images
        self._augmentation = augmentation
        self._seed = seed
        self._buffers = Buffers(NUM_AHEAD * num_processors() + 2)

    def __call__(self, indices: np.ndarray, epoch: int) -> Batch:
        """Return the batch of these images in an epoch."""
        pixels, labels, names = self._images
        size, num_images = pixels.image_size, len(pixels)
        drawn = draw(self._augmentation, self._seed, epoch, indices, image_size=size, num_images=num_images)
        batch = self._buffers.empty((len(indices), *size, 3), "uint8")
        changes_colour = self._augmentation.changes_colour
        index = 0
        with working_on(lambda: names[index] if names else f"image {index}"):
            for row, index in enumerate(indices.tolist()):
                apply_draw(pixels[index], drawn, row, out=batch[row], changes_colour=changes_colour)
            if not self._augmentation.mixup:
                return Batch(batch, labels[indices])
            theirs = draw(self._augmentation, self._seed, epoch, drawn.partners, image_size=size, num_images=num_images)
            partner = np.empty((*size, 3), np.uint8)
            for row, index in enumerate(drawn.partners.tolist()):
                apply_draw(pixels[index], theirs, row, out=partner, changes_colour=changes_colour)
                mix(batch[row], partner, drawn.weights[row], out=batch[row])
        return Batch(batch, labels[indices], mixing=Mixing(labels[drawn.partners], drawn.weights))


class LeftToDevice:
    """Pictures are handed out as they are kept, with what was drawn for them."""

    def __init__(self, images: Images, augmentation: Augmentation, *, seed: int) -> None:
        """Arguments as for `augmenter`."""
        self._images = images
        self._augmentation = augmentation
        self._seed = seed

    def __call__(self, indices: np.ndarray, epoch: int) -> Batch:
        """Return the batch of these images in an epoch."""
        pixels, labels, _ = self._images
        size, num_images = pixels.image_size, len(pixels)
        drawn = draw(self._augmentation, self._seed, epoch, indices, image_size=size, num_images=num_images)
        if not self._augmentation.mixup:
            return Batch(pixels.gather(indices), labels[indices], drawn)
        both = np.concatenate([indices, drawn.partners])
        mixing = Mixing(labels[drawn.partners], drawn.weights)
        drawn = draw(self._augmentation, self._seed, epoch, both, image_size=size, num_images=num_images)
        return Batch(pixels.gather(both), labels[indices], drawn, mixing)
