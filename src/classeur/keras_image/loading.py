"""From a file's bytes to an image's values: those of `load_img`, by the engine's decoder where it gives the same."""

import io
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps

from classeur.images.decoding import decode_jpeg
from classeur.images.scratch import Scratch
from classeur.keras_image.conversion import middle_box, prepared

_SCRATCH = Scratch()
_ORIENTATION_TAG = 0x0112


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
        # Pillow's reading of a header is not needed for pixels, and holds Python's lock.
        is_turned = self.exif_orientation and _is_turned(data)
        decoded = None if is_turned else decode_jpeg(data, _SCRATCH)
        if decoded is None:
            image: Image.Image = Image.open(io.BytesIO(data))
            image = ImageOps.exif_transpose(image) if is_turned else image
        else:
            picked = self._nearest(decoded) if self.interpolation == "nearest" else None
            if picked is not None and self.color_mode == "rgb":
                return picked
            image = Image.fromarray(decoded if picked is None else picked)
        how = self._asdict()
        del how["exif_orientation"]
        picture: np.ndarray = np.array(prepared(image, **how))
        return picture[:, :, None] if picture.ndim == 2 else picture

    def _nearest(self, pixels: np.ndarray) -> np.ndarray | None:
        """Return Pillow's nearest pixels; None if OpenCV, which takes a third of the time, would take others."""
        size = pixels.shape[1], pixels.shape[0]
        height, width = self.target_size
        left, top, right, bottom = middle_box(size, width, height) if self.keep_aspect_ratio else (0, 0, *size)
        if not (_opencv_agrees(left, right, width) and _opencv_agrees(top, bottom, height)):
            return None
        inside = pixels[top:bottom, left:right]
        return cv2.resize(inside, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


def _is_turned(data: bytes) -> bool:
    return bool(Image.open(io.BytesIO(data)).getexif().get(_ORIENTATION_TAG, 1) != 1)


@lru_cache(4096)
def _opencv_agrees(start: int, stop: int, length: int) -> bool:
    """Whether OpenCV takes the same pixels as Pillow along an axis: if `start` is 0, it always did."""
    if stop <= start:
        return False
    places = np.arange(stop, dtype=np.int32)[None]
    pillow = Image.fromarray(places).resize((length, 1), Image.Resampling.NEAREST, box=(start, 0, stop, 1))
    as_floats = places[:, start:].view(np.float32)  # copied as they are
    opencv = cv2.resize(as_floats, (length, 1), interpolation=cv2.INTER_NEAREST_EXACT).view(np.int32)
    return bool((opencv == np.asarray(pillow)).all())
