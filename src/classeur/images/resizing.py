"""From images to the pixels that a network sees: one routine for training, prediction and every export.

Antialiased bilinear (Pillow's `BILINEAR`, a triangle filter widened to the scale) in two fixed steps, horizontal then
vertical, in integers (`resampling`), so that another language can reproduce it to the byte. By itself, Pillow chooses
the order of the steps by the image's shape.
"""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator

from classeur.errors import ImageSizeError
from classeur.images.resampling import resample
from classeur.parts import Part, field

Fit = Literal["squash", "crop", "pad"]

# Raised whenever the resulting bytes change, so that pixels cached by an older routine are not used.
ROUTINE_VERSION = 1

# The tutorial's three poolings leave one pixel of 8; 2,048² is 12 MB per image, more than usual trainings take.
MIN_SIDE, MAX_SIDE = 8, 2048


def parse_image_size(text: Any) -> tuple[int, int]:
    """Return (height, width) in pixels from `150`, `"150"`, `"150x200"` (height × width) or a pair.

    Raises:
        ImageSizeError: if it is none of these, or a side is outside 8 … 2,048.

    >>> parse_image_size("150x200")
    (150, 200)
    """
    try:
        sides = tuple(int(str(side)) for side in (str(text).split("x") if isinstance(text, str | int) else text))
    except (TypeError, ValueError):
        sides = ()
    if len(sides) == 1:
        sides *= 2
    if len(sides) != 2 or not all(MIN_SIDE <= side <= MAX_SIDE for side in sides):
        raise ImageSizeError(
            f"image size {text!r} is not possible; expected one side or height x width, each {MIN_SIDE} … {MAX_SIDE},"
            " such as 150 or 150x200"
        )
    return sides[0], sides[1]


def _as_image_size(value: Any) -> tuple[int, int]:
    return parse_image_size(value)


class Preparation(Part):
    """How files become pixels for a network: everything that decides the pixels, and so the store they belong to.

    >>> Preparation(image_size="150x200").image_size
    (150, 200)
    """

    image_size: Annotated[tuple[int, int], BeforeValidator(_as_image_size)] = field("image_size")  # height, width
    fit: Fit = field("fit")
    stretch: bool = field("stretch")  # whether 16-bit grey is stretched from its own range


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
