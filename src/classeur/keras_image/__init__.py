"""The tutorial's own API, equal to Keras' legacy class and faster: see docs/keras_image.md.

`from classeur.keras_image import ImageDataGenerator, Sequential, get_file` is all that the tutorial's code needs. Names
are loaded on first use: importing this package imports no Keras, using a class of it does.
"""

import importlib
from typing import TYPE_CHECKING, Any

from classeur.extras import naming_missing_extras

if TYPE_CHECKING:
    from classeur.keras_image.affine_transforms import apply_affine_transform as apply_affine_transform
    from classeur.keras_image.affine_transforms import flip_axis as flip_axis
    from classeur.keras_image.affine_transforms import transform_matrix_offset_center as transform_matrix_offset_center
    from classeur.keras_image.array import NumpyArrayIterator as NumpyArrayIterator
    from classeur.keras_image.colour import apply_brightness_shift as apply_brightness_shift
    from classeur.keras_image.colour import apply_channel_shift as apply_channel_shift
    from classeur.keras_image.conversion import array_to_img as array_to_img
    from classeur.keras_image.conversion import img_to_array as img_to_array
    from classeur.keras_image.conversion import load_img as load_img
    from classeur.keras_image.conversion import save_img as save_img
    from classeur.keras_image.conversion import smart_resize as smart_resize
    from classeur.keras_image.dataframe import DataFrameIterator as DataFrameIterator
    from classeur.keras_image.directory import DirectoryIterator as DirectoryIterator
    from classeur.keras_image.download import get_file as get_file
    from classeur.keras_image.files import BatchFromFilesMixin as BatchFromFilesMixin
    from classeur.keras_image.generator import ImageDataGenerator as ImageDataGenerator
    from classeur.keras_image.iterator import Iterator as Iterator
    from classeur.keras_image.models import Model as Model
    from classeur.keras_image.models import Sequential as Sequential
    from classeur.keras_image.paths import list_pictures as list_pictures
    from classeur.keras_image.paths import validate_filename as validate_filename
    from classeur.keras_image.random_transforms import random_brightness as random_brightness
    from classeur.keras_image.random_transforms import random_channel_shift as random_channel_shift
    from classeur.keras_image.random_transforms import random_rotation as random_rotation
    from classeur.keras_image.random_transforms import random_shear as random_shear
    from classeur.keras_image.random_transforms import random_shift as random_shift
    from classeur.keras_image.random_transforms import random_zoom as random_zoom

# Module → the public names that it defines.
_HOMES = {
    "affine_transforms": ("apply_affine_transform", "flip_axis", "transform_matrix_offset_center"),
    "array": ("NumpyArrayIterator",),
    "colour": ("apply_brightness_shift", "apply_channel_shift"),
    "conversion": ("array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"),
    "dataframe": ("DataFrameIterator",),
    "directory": ("DirectoryIterator",),
    "download": ("get_file",),
    "files": ("BatchFromFilesMixin",),
    "generator": ("ImageDataGenerator",),
    "iterator": ("Iterator",),
    "models": ("Model", "Sequential"),
    "paths": ("list_pictures", "validate_filename"),
    "random_transforms": (
        "random_brightness", "random_channel_shift", "random_rotation", "random_shear", "random_shift", "random_zoom",
    ),
}  # fmt: skip

__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> Any:
    """Return a public name; its module is imported on first use."""
    for home, names in _HOMES.items():
        if name in names:
            with naming_missing_extras(f"classeur.keras_image.{name}"):
                return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module 'classeur.keras_image' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
