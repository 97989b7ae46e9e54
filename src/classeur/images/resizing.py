"""From images to the pixels that a network sees: one routine for training, prediction and every export.

Antialiased bilinear (Pillow's `BILINEAR`, a triangle filter widened to the scale) in two fixed steps, horizontal then
vertical, in integers (`resampling`), so that another language can reproduce it to the byte. By itself, Pillow chooses
the order of the steps by the image's shape.
"""

from typing import Literal

import numpy as np

from classeur.images.resampling import resample

Fit = Literal["squash", "crop", "pad"]

# Raised whenever the resulting bytes change, so that pixels cached by an older routine are not used.
ROUTINE_VERSION = 1


def resize(pixels: np.ndarray, image_size: tuple[int, int], *, fit: Fit = "squash") -> np.ndarray:
    """Return an image's pixels at the size of a network's input.

    Args:
        pixels: an upright RGB image, uint8 (height, width, 3).
        image_size: (height, width) in pixels.
        fit: `squash` scales each axis by itself, as the tutorial does; `crop` takes the largest centred box of the
            target's aspect ratio first (sides and offsets rounded down); `pad` keeps the whole image, centred on
            black (scaled sides and offsets rounded down, sides at least 1).

    Returns:
        uint8 array (height, width, 3), RGB.

    >>> resize(np.full((2, 4, 3), 255, np.uint8), (2, 2), fit="pad")[:, :, 0].tolist()
    [[255, 255], [0, 0]]
    """
    picture_size = pixels.shape[1], pixels.shape[0]
    if fit == "crop":
        left, top, right, bottom = crop_box(picture_size, image_size)
        pixels = pixels[top:bottom, left:right]
    if fit == "pad":
        height, width = image_size
        inner_height, inner_width = padded_size(picture_size, image_size)
        canvas = np.zeros((height, width, 3), np.uint8)
        top, left = (height - inner_height) // 2, (width - inner_width) // 2
        canvas[top : top + inner_height, left : left + inner_width] = resample(pixels, (inner_height, inner_width))
        return canvas
    return resample(pixels, image_size)


def crop_box(picture_size: tuple[int, int], image_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the largest centred box with the target's aspect ratio, in pixels.

    Args:
        picture_size: (width, height) of the image, as Pillow gives it.
        image_size: (height, width) of the target.

    >>> crop_box((500, 374), (150, 150))
    (63, 0, 437, 374)
    """
    picture_width, picture_height = picture_size
    height, width = image_size
    box_width = max(1, min(picture_width, picture_height * width // height))
    box_height = max(1, min(picture_height, picture_width * height // width))
    left, top = (picture_width - box_width) // 2, (picture_height - box_height) // 2
    return left, top, left + box_width, top + box_height


def padded_size(picture_size: tuple[int, int], image_size: tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) of the whole image scaled into the target, in pixels.

    Args:
        picture_size: (width, height) of the image, as Pillow gives it.
        image_size: (height, width) of the target.

    >>> padded_size((500, 374), (150, 150))
    (112, 150)
    """
    picture_width, picture_height = picture_size
    height, width = image_size
    if picture_width * height >= picture_height * width:
        return max(1, picture_height * width // picture_width), width
    return height, max(1, picture_width * height // picture_height)


def without_padding(pixels: np.ndarray, picture_size: tuple[int, int]) -> np.ndarray:
    """Return the part of an image's padded pixels that is the image.

    Args:
        pixels: as `resize` pads them, (height, width, 3).
        picture_size: (width, height) of the image.

    >>> without_padding(np.zeros((150, 150, 3), np.uint8), (500, 374)).shape
    (112, 150, 3)
    """
    height, width = pixels.shape[:2]
    inner_height, inner_width = padded_size(picture_size, (height, width))
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    return pixels[top : top + inner_height, left : left + inner_width]
