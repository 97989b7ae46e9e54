"""Image files by their names: two functions of keras-preprocessing."""

import os
from typing import Any

_ENDINGS = ("jpg", "jpeg", "bmp", "png", "ppm", "tif", "tiff")


def validate_filename(filename: Any, white_list_formats: Any) -> bool:
    """Return whether a file exists and its name, in any case, has one of the endings.

    >>> validate_filename("no/such.png", ("png", "jpg"))
    False
    """
    return str(filename).lower().endswith(tuple(white_list_formats)) and os.path.isfile(filename)


def list_pictures(directory: Any, ext: Any = _ENDINGS) -> list[str]:
    """Return the files in a folder, at any depth, whose names have one of the endings.

    >>> list_pictures("no/such")
    []
    """
    endings = tuple(f".{each}" for each in ((ext,) if isinstance(ext, str) else ext))
    found = ((root, name) for root, _, names in os.walk(directory) for name in names)
    return [os.path.join(root, name) for root, name in found if name.lower().endswith(endings)]
