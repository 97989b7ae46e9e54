"""Files, images and arrays: Keras' own functions, and `load_img` with one extra argument."""

import io
import pathlib
from typing import Any

from PIL import Image, ImageOps

from classeur.models.engine import load_keras

_keras = load_keras()

array_to_img = _keras.utils.array_to_img
img_to_array = _keras.utils.img_to_array
save_img = _keras.utils.save_img
smart_resize = _keras.preprocessing.image.smart_resize

# Colour mode → Pillow's mode.
_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_DEEP_GREYS = ("I;16", "I")  # kept unchanged, with values above 255

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
    *,
    exif_orientation: bool = False,
) -> Image.Image:
    """Return a file's image, as `keras.utils.load_img` does.

    Args:
        path: a path or an `io.BytesIO`.
        color_mode: "rgb", "rgba" or "grayscale"; grey of 16 and 32 bits is unchanged.
        target_size: (height, width) to resize to, without antialiasing for "nearest"; not resized if None.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: whether to crop the centre to the target's aspect ratio instead of distorting.
        exif_orientation: whether to turn the image upright by its EXIF orientation; Keras never does.

    Raises:
        TypeError: if `path` is neither a path nor a BytesIO.
        ValueError: if there is no such colour mode or interpolation.
        PIL.UnidentifiedImageError, OSError: if there is no such file, or it is not a complete image.

    >>> buffer = io.BytesIO()
    >>> Image.new("L", (4, 2), 7).save(buffer, "PNG")
    >>> load_img(buffer, target_size=(3, 5)).size
    (5, 3)
    """
    image = _open(path)
    return prepared(
        ImageOps.exif_transpose(image) if exif_orientation else image, color_mode=color_mode, target_size=target_size,
        interpolation=interpolation, keep_aspect_ratio=keep_aspect_ratio,
    )  # fmt: skip


def prepared(
    image: Image.Image,
    *,
    color_mode: str,
    target_size: tuple[int, int] | None,
    interpolation: str,
    keep_aspect_ratio: bool,
) -> Image.Image:
    """Return an opened image in a colour mode and at a size; see `load_img`."""
    if color_mode not in _MODES:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    keeps_depth = color_mode == "grayscale" and image.mode in _DEEP_GREYS
    if image.mode != _MODES[color_mode] and not keeps_depth:
        image = image.convert(_MODES[color_mode])
    if target_size is None:
        return image
    height, width = target_size
    if image.size == (width, height):
        return image
    check_interpolation(interpolation)
    box = middle_box(image.size, width, height) if keep_aspect_ratio else None
    return image.resize((width, height), _RESAMPLING[interpolation], box=box)


def check_interpolation(name: str) -> None:
    """Raise the ValueError that Keras raises if there is no such interpolation.

    >>> check_interpolation("best")
    Traceback (most recent call last):
    ValueError: Invalid interpolation method best specified. Supported methods are nearest, bilinear, ...
    """
    if name not in _RESAMPLING:
        raise ValueError(
            f"Invalid interpolation method {name} specified. Supported methods are {', '.join(_RESAMPLING)}"
        )


def _open(path: Any) -> Image.Image:
    if isinstance(path, io.BytesIO):
        return Image.open(path)
    if not isinstance(path, (pathlib.Path, bytes, str)):
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    with open(path, "rb") as file:
        return Image.open(io.BytesIO(file.read()))


def middle_box(size: tuple[int, int], width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest box (left, top, right, bottom) in the middle that has the aspect ratio of width × height.

    Args:
        size: (width, height) of the image.

    >>> middle_box((500, 374), 150, 150)
    (63, 0, 437, 374)
    """
    box_width = min(size[0], size[1] * width // height)
    box_height = min(size[1], size[0] * height // width)
    left, top = (size[0] - box_width) // 2, (size[1] - box_height) // 2
    return left, top, left + box_width, top + box_height
