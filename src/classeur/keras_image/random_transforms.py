"""One random transformation of one image, drawn from NumPy's global state as in Keras."""

from typing import Any

import numpy as np

from classeur.keras_image.affine_transforms import apply_affine_transform
from classeur.keras_image.colour import apply_brightness_shift, apply_channel_shift


def _transform(
    x: np.ndarray, axes: tuple[int, int, int], filling: tuple[str, float, int], **amounts: Any
) -> np.ndarray:
    (row_axis, col_axis, channel_axis), (fill_mode, cval, order) = axes, filling
    return apply_affine_transform(
        x, **amounts, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis,
        fill_mode=fill_mode, cval=cval, order=order,
    )  # fmt: skip


def random_rotation(
    x: np.ndarray,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return an image rotated by -rg … rg degrees; the other arguments as in `apply_affine_transform`.

    >>> random_rotation(np.ones((3, 4, 4)), 45).shape
    (3, 4, 4)
    """
    theta = np.random.uniform(-rg, rg)
    return _transform(x, (row_axis, col_axis, channel_axis), (fill_mode, cval, interpolation_order), theta=theta)


def random_shift(
    x: np.ndarray,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return an image shifted by up to ±`hrg` of its height sideways and ±`wrg` of its width up and down.

    Keras swaps the two; see docs/keras_image.md.

    >>> random_shift(np.ones((3, 4, 4)), 0.1, 0.1).shape
    (3, 4, 4)
    """
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return _transform(x, (row_axis, col_axis, channel_axis), (fill_mode, cval, interpolation_order), tx=tx, ty=ty)


def random_shear(
    x: np.ndarray,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return an image sheared by -intensity … intensity degrees.

    >>> random_shear(np.ones((3, 4, 4)), 10).shape
    (3, 4, 4)
    """
    shear = np.random.uniform(-intensity, intensity)
    return _transform(x, (row_axis, col_axis, channel_axis), (fill_mode, cval, interpolation_order), shear=shear)


def random_zoom(
    x: np.ndarray,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return an image zoomed by two factors of `zoom_range`, (lowest, highest), one for each axis.

    Raises:
        ValueError: if `zoom_range` does not have two ends.

    >>> random_zoom(np.ones((3, 4, 4)), (0.5, 1.5)).shape
    (3, 4, 4)
    """
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    if zoom_range[0] == 1 and zoom_range[1] == 1:
        zx, zy = 1, 1
    else:
        zx, zy = np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return _transform(x, (row_axis, col_axis, channel_axis), (fill_mode, cval, interpolation_order), zx=zx, zy=zy)


def random_channel_shift(x: np.ndarray, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """Return an image with -intensity_range … intensity_range added; see `apply_channel_shift`.

    >>> random_channel_shift(np.ones((3, 4, 4)), 20).shape
    (3, 4, 4)
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis=channel_axis)


def random_brightness(x: np.ndarray, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """Return an image times a factor of `brightness_range`, (lowest, highest); see `apply_brightness_shift`.

    Raises:
        ValueError: if `brightness_range` does not have two ends.

    >>> random_brightness(np.ones((4, 4, 3)), (0.5, 1.5)).shape
    (4, 4, 3)
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)
