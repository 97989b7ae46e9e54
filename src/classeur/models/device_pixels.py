"""Pixels in the device's memory: batches are gathered there, and only augmentation parameters and labels are copied."""

from typing import Any

import numpy as np

from classeur.images.pixels import Pixels
from classeur.models.engine import load_keras


class DevicePixels:
    """The pixels of a split in the device's memory, in place of `Pixels` if all augmentation runs on the device.

    It takes num_images · height · width · 3 bytes there: 2,000 images of 150×150 are 135 MB.
    """

    def __init__(self, pixels: Pixels) -> None:
        """Copy the pixels to the device that the backend computes on."""
        self._ops = load_keras().ops
        self._num_images = len(pixels)
        self._array = self._ops.convert_to_tensor(pixels.gather(range(len(pixels))))
        self.image_size = pixels.image_size

    def __len__(self) -> int:
        return self._num_images

    def gather(self, indices: np.ndarray) -> Any:
        """Return some images' pixels, a uint8 tensor (n, height, width, 3) on the device."""
        return self._ops.take(self._array, indices.astype(np.int32), axis=0)
