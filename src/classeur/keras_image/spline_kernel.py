"""SciPy's affine resampling of order 0 and 1, compiled: equal to it to the bit, in a twentieth of its time.

Every number is computed as SciPy computes it: in doubles, in its order. Four channels are computed at once, in the four
lanes of a vector, so an image may have up to four.

Source: `NI_GeometricTransform` and `map_coordinate` in scipy/ndimage/src/ni_interpolation.c, and
`get_spline_interpolation_weights` in ni_splines.c, of SciPy 1.16 and 1.17.
"""

import threading
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from classeur.images.compilation import Kernel
from classeur.keras_image.fill_modes import CODES

WARP = Kernel(
    "classeur.keras_image.spline_lanes",
    "warp",
    "float32* int64 int64 int64 float64 float64 float64 float64 float64 float64 int64 float32 int64 int64 int64"
    " float32* float64* int32* float32*",
)

_DTYPES = (np.uint8, np.float32)
_NUM_LANES = 4
_MAX_SIZE = 2**31  # places of values have 32 bits
_MAX_COORDINATE = 2.0**31
_MAX_KEPT = 2**24  # values of an image, of which a thread keeps the memory

# Compiling takes two seconds, once a machine; SciPy needs half a second for so many values: 250 images of 150×150.
_NUM_VALUES_TO_REPAY = 2**24

_num_values = 0


def fits(picture: np.ndarray, matrix: np.ndarray, *, fill_mode: Any, cval: Any, order: Any) -> bool:
    """Whether `resample` does this; SciPy does the rest, or says what is wrong with it.

    Args:
        picture, matrix, fill_mode, cval, order: see `resample`.
    """
    are_known = isinstance(fill_mode, str) and fill_mode in CODES and isinstance(order, Integral) and order in (0, 1)
    if not are_known or not isinstance(cval, Real) or picture.dtype not in _DTYPES:
        return False
    if not (0 < picture.size < _MAX_SIZE and picture.shape[2] <= _NUM_LANES):
        return False
    # False for NaN too.
    return bool(np.abs(matrix).max() * (1 + picture.shape[0] + picture.shape[1]) < _MAX_COORDINATE)


def prepare() -> None:
    """Load the kernel if this machine has compiled it before: in these 30 ms other threads would resample by SciPy."""
    WARP.load()


def is_ready(num_values: int) -> bool:
    """Whether `resample` can be called. Counts what has been asked for, and compiles once that repays it."""
    global _num_values
    if WARP.function is not None:
        return True
    _num_values += num_values
    return _num_values > _NUM_VALUES_TO_REPAY and WARP.compile()


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
    """Write an image, transformed by a matrix, and then mirrored.

    Args:
        picture: uint8 or float32 (height, width, channels).
        matrix: float64 (3, 3), (x, y, 1) of the result → (x, y, 1) of the image.
        fill_mode: what is beyond the edge, in SciPy's names but for "grid-constant".
        cval: the value there, for "constant".
        order: of the spline, 0 or 1.
        out: float32 (height, width, channels), written.
        horizontal, vertical: whether the result is mirrored.
    """
    height, width, num_channels = picture.shape
    scratch = _SCRATCH.take(picture.size, width, num_channels)
    np.copyto(scratch.values[: picture.size].reshape(picture.shape), picture)
    assert WARP.function is not None
    WARP.function(
        scratch.values_at, width, height, num_channels, *matrix[0].tolist(), *matrix[1].tolist(),
        CODES[fill_mode], float(cval), int(order), int(horizontal), int(vertical), out.ctypes.data, *scratch.rows_at,
    )  # fmt: skip


class _Memory(NamedTuple):
    values: np.ndarray  # of an image, and as many more as are read at its last pixel
    values_at: int
    rows: tuple[np.ndarray, ...]
    rows_at: tuple[int, ...]  # of coordinates and weights, of places, and of a row of the result


class _Scratch(threading.local):
    """Memory that a thread uses again, and its addresses: to ask for them takes longer than to allocate."""

    def __init__(self) -> None:
        self._memory: dict[tuple[int, int, int], _Memory] = {}

    def take(self, size: int, width: int, num_channels: int) -> _Memory:
        key = size, width, num_channels
        found = self._memory.get(key)
        if found is None:
            values = np.empty(size + _NUM_LANES, np.float32)
            rows = (
                np.empty((4, width)),
                np.empty((4, width), np.int32),
                np.empty(width * num_channels + _NUM_LANES, np.float32),
            )
            found = _Memory(values, values.ctypes.data, rows, tuple(each.ctypes.data for each in rows))
            if size <= _MAX_KEPT:
                self._memory = {key: found}
        return found


_SCRATCH = _Scratch()
