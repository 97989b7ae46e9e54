"""Turning, shifting, shearing and zooming: Keras' matrices, and SciPy's resampling.

A matrix here maps (x, y, 1) of the result to (x, y) of the image. Keras builds it with height and width exchanged:
the first axis of its matrices is x, but it centres it by the height and shifts it by `tx`, a share of the *height*. So
only square images are rotated about their centre, and `height_shift_range` moves sideways. Reproduced on purpose.
"""

from typing import Any

import numpy as np
from scipy import ndimage

from classeur.keras_image import spline_kernel


def flip_axis(x: Any, axis: int) -> np.ndarray:
    """Return a view of an array, mirrored along an axis.

    >>> flip_axis([[1, 2, 3]], 1).tolist()
    [[3, 2, 1]]
    """
    return np.flip(np.asarray(x), axis)


def transform_matrix_offset_center(matrix: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return the (3, 3) matrix that applies `matrix` about the centre of x × y pixels instead of the origin.

    >>> transform_matrix_offset_center(np.diag([-1.0, 1.0, 1.0]), 4, 6)[0].tolist()
    [-1.0, 0.0, 3.0]
    """
    middle_x, middle_y = float(x) / 2 - 0.5, float(y) / 2 - 0.5
    to_middle = np.array([[1, 0, middle_x], [0, 1, middle_y], [0, 0, 1]])
    to_origin = np.array([[1, 0, -middle_x], [0, 1, -middle_y], [0, 0, 1]])
    moved: np.ndarray = to_middle @ matrix @ to_origin
    return moved


def affine_matrix(
    *, height: int, width: int, theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1,
    zy: float = 1,
) -> np.ndarray | None:  # fmt: skip
    """Return Keras' (3, 3) matrix of a transformation; None if it changes nothing.

    Args:
        height, width: of the image, in pixels.
        theta, shear: in degrees.
        tx, ty: in pixels.
        zx, zy: source pixels per result pixel: above 1 makes things smaller.

    Source: rotation · shift · shear · zoom, as `keras.src.legacy.preprocessing.image.apply_affine_transform` multiplies
    them; the shear is Keras' own, sin and cos of an angle.

    >>> affine_matrix(height=4, width=4, tx=1)[:2].tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    factors = []
    if theta != 0:
        sin, cos = np.sin(np.deg2rad(theta)), np.cos(np.deg2rad(theta))
        factors.append(np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]))
    if tx != 0 or ty != 0:
        factors.append(np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    if shear != 0:
        sin, cos = np.sin(np.deg2rad(shear)), np.cos(np.deg2rad(shear))
        factors.append(np.array([[1, -sin, 0], [0, cos, 0], [0, 0, 1]]))
    if zx != 1 or zy != 1:
        factors.append(np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]]))
    if not factors:
        return None
    matrix = factors[0]
    for factor in factors[1:]:
        matrix = matrix @ factor
    return transform_matrix_offset_center(matrix, height, width)


def apply_affine_transform(
    x: np.ndarray,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Return an image rotated, shifted, sheared and zoomed; the same array if that changes nothing.

    Args:
        x: (channels, height, width) or any other order that the axes name; channels first or last.
        theta, tx, ty, shear, zx, zy: see `affine_matrix`.
        row_axis, col_axis, channel_axis: 0, 1 and 2 in some order.
        fill_mode: how the outside is filled, in SciPy's names: "nearest", "constant", "reflect", "wrap", ….
        cval: the value outside for "constant".
        order: of the spline, 0 … 5; 1 is linear.

    Raises:
        ValueError: if the axes are not 0, 1 and 2, `x` does not have three axes, or its channels are in the middle.

    >>> x = np.arange(4.0).reshape(1, 2, 2)
    >>> apply_affine_transform(x, theta=90)[0].round().tolist()
    [[1.0, 3.0], [0.0, 2.0]]
    """
    axes = {row_axis, col_axis, channel_axis}
    if len(axes) != 3:
        raise ValueError("'row_axis', 'col_axis', and 'channel_axis' must be distinct")
    if axes != {0, 1, 2}:
        raise ValueError(f"Invalid axis' indices: {axes - {0, 1, 2}}")
    if x.ndim != 3:
        raise ValueError("Input arrays must be multi-channel 2D images.")
    if channel_axis == 1:
        raise ValueError("Channels are allowed and the first and last dimensions.")
    height, width = x.shape[row_axis], x.shape[col_axis]
    matrix = affine_matrix(height=height, width=width, theta=theta, tx=tx, ty=ty, shear=shear, zx=zx, zy=zy)
    if matrix is None:
        return x
    if col_axis < row_axis:
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]  # Keras applies the matrix to the array's axes in their order
    picture = np.moveaxis(x, channel_axis, 2)
    out = np.empty(picture.shape, x.dtype)
    resample(picture, matrix, fill_mode=fill_mode, cval=cval, order=order, out=out)
    return np.moveaxis(out, 2, channel_axis)


def resample(
    picture: np.ndarray,
    matrix: np.ndarray,
    *,
    fill_mode: str,
    cval: float,
    order: int,
    out: np.ndarray,
    horizontal: bool = False,
    vertical: bool = False,
) -> None:
    """Write an image, transformed by a matrix and then mirrored: by the compiled kernel, or by SciPy, which it equals.

    Args:
        picture: (height, width, channels), of any type; computed as the type of `out`.
        matrix: float64 (3, 3), (x, y, 1) of the result → (x, y, 1) of the image.
        fill_mode, cval, order: see `apply_affine_transform`.
        out: (height, width, channels), written.
        horizontal, vertical: whether the result is mirrored.
    """
    how: dict[str, Any] = {"fill_mode": fill_mode, "order": order}
    is_plain = out.dtype == np.float32 and out.flags.c_contiguous
    if is_plain and spline_kernel.can_resample(picture, matrix, **how):
        spline_kernel.resample(picture, matrix, **how, cval=cval, out=out, horizontal=horizontal, vertical=vertical)
        return
    by_rows = matrix[[1, 0]][:, [1, 0, 2]]
    mirrored = out[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    for channel in range(picture.shape[2]):
        mirrored[:, :, channel] = ndimage.affine_transform(
            picture[:, :, channel].astype(out.dtype, copy=False), by_rows[:, :2], by_rows[:, 2],
            order=order, mode=fill_mode, cval=cval,
        )  # fmt: skip
