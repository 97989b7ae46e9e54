"""Preparation: the settings of a recipe that decide how files become pixels."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from classeur.errors import ImageSizeError
from classeur.images.resizing import Fit
from classeur.parts import Part, field

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
