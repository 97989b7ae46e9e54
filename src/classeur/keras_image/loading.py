"""From a file's bytes to an image's values: those of `load_img`, by the engine's decoder where it gives the same."""

import io
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from classeur.images.decoding import decode_jpeg
from classeur.images.scratch import Scratch
from classeur.keras_image.conversion import middle_box, prepared

_SCRATCH = Scratch()
_ORIENTATION_TAG = 0x0112
_PIXEL = np.dtype((np.void, 3))


class Loading(NamedTuple):
    """The settings that decide a file's pixels; see `load_img`."""

    color_mode: str
    target_size: tuple[int, int]
    interpolation: str
    keep_aspect_ratio: bool
    exif_orientation: bool

    def load(self, data: bytes) -> np.ndarray:
        """Return the image in a file's bytes, (height, width, channels), in its own memory.

        Raises:
            Exception: what Pillow raises of damaged files.
        """
        image: Image.Image = Image.open(io.BytesIO(data))
        is_turned = self.exif_orientation and image.getexif().get(_ORIENTATION_TAG, 1) != 1
        decoded = None if is_turned else decode_jpeg(data, image, _SCRATCH)
        if decoded is None:
            image = ImageOps.exif_transpose(image) if is_turned else image
        elif self.interpolation == "nearest":  # first, since fewer pixels are left for the rest
            picked = self._nearest(decoded)
            if self.color_mode == "rgb":
                return picked
            image = Image.fromarray(picked)
        else:
            image = Image.fromarray(decoded)
        how = self._asdict()
        del how["exif_orientation"]
        picture: np.ndarray = np.array(prepared(image, **how))
        return picture[:, :, None] if picture.ndim == 2 else picture

    def _nearest(self, pixels: np.ndarray) -> np.ndarray:
        size = pixels.shape[1], pixels.shape[0]
        height, width = self.target_size
        left, top, right, bottom = middle_box(size, width, height) if self.keep_aspect_ratio else (0, 0, *size)
        rows = pixels[_nearest_places(top, bottom, height)]
        # As one value a pixel: three take three times as long.
        picked: np.ndarray = np.take(rows.view(_PIXEL)[:, :, 0], _nearest_places(left, right, width), axis=1)
        return picked.view(np.uint8).reshape(height, width, 3)


@lru_cache(4096)
def _nearest_places(start: int, stop: int, length: int) -> Any:
    """Return the source pixel that Pillow's `NEAREST` takes for each of `length` pixels along an axis.

    Source: Pillow, `Geometry.c`, `ImagingScaleAffine`: one step after the other, in doubles.

    >>> _nearest_places(0, 7, 3).tolist()
    [1, 3, 5]
    """
    step = (stop - start) / length
    steps = np.full(length, step)
    steps[0] = start + step * 0.5
    return np.add.accumulate(steps).astype(np.int64)
