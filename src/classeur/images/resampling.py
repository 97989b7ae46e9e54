"""Antialiased bilinear resampling in integers: identical to Pillow's `BILINEAR`, 2.6 times as fast.

A triangle filter widened to the scale, horizontal then vertical, with weights of 22 bits, rounded and clipped after
each step (Pillow, `src/libImaging/Resample.c`). Numba compiles it, if it is installed and there is enough work to repay
one second of compilation. Otherwise Pillow does it, with identical results.
"""

import importlib.util
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from classeur.images.scratch import Scratch

_NUM_BITS = 22  # Pillow's PRECISION_BITS for 8-bit images: 32 − 8 − 2

# Rows per horizontal step: 32 pixels of 4 bytes are a few vector registers.
_NUM_ROWS = 32

Kernel = Callable[..., None]
Kernels = tuple[Kernel, Kernel]

_SCRATCH = Scratch()
_COMPILING = threading.Lock()
_kernels: Kernels | None = None


class Filter(NamedTuple):
    """The source pixels and weights of each target pixel along an axis."""

    starts: np.ndarray  # int32 (target,), the first source pixel that counts
    lengths: np.ndarray  # int32 (target,), how many count
    weights: np.ndarray  # int32 (target, most), in units of 2⁻²²; 0 beyond the length


@lru_cache(4096)
def triangle_filter(source: int, target: int) -> Filter:
    """Return the filter from an axis of `source` pixels to one of `target` pixels.

    Source: Pillow, `Resample.c`, `precompute_coeffs` and `normalize_coeffs_8bpc`.

    >>> triangle_filter(4, 2).weights.sum(axis=1).tolist() == [2**22, 2**22]
    True
    """
    scale = source / target
    support = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    starts = np.maximum((centres - support + 0.5).astype(np.int64), 0)
    lengths = np.minimum((centres + support + 0.5).astype(np.int64), source) - starts
    places = np.arange(lengths.max())
    distances = np.abs((places + starts[:, None] - centres[:, None] + 0.5) * (1.0 / support))
    shares = np.where(places < lengths[:, None], np.maximum(1.0 - distances, 0.0), 0.0)
    shares /= np.cumsum(shares, axis=1)[:, -1:]  # one after the other, as Pillow adds them; `sum` adds in pairs
    weights = (shares * (1 << _NUM_BITS) + 0.5).astype(np.int32)
    return Filter(starts.astype(np.int32), lengths.astype(np.int32), weights)


def resample(pixels: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Return an image at another size.

    Args:
        pixels: uint8 (height, width, 3).
        image_size: (height, width) of the result.

    Returns:
        uint8 (height, width, 3), in its own memory.

    >>> resample(np.array([[[0, 0, 0], [255, 100, 3]]], np.uint8), (1, 1)).tolist()
    [[[128, 50, 2]]]
    """
    pixels = np.ascontiguousarray(pixels)
    if _kernels is None:
        return _resample_with_pillow(pixels, image_size)
    horizontal, vertical = _kernels
    (source_height, source_width), (height, width) = pixels.shape[:2], image_size
    if source_width != width:
        across = _SCRATCH.take("across", (source_height, width, 3), np.uint8)
        block = _SCRATCH.take("block", (source_width, _NUM_ROWS), np.uint32)
        sums = _SCRATCH.take("sums", (4 * _NUM_ROWS,), np.int32)
        horizontal(pixels, *triangle_filter(source_width, width), across, block, block.view(np.uint8), sums)
        pixels = across
    result = np.empty((height, width, 3), np.uint8)
    if source_height == height:
        result[:] = pixels
        return result
    rows, sums = pixels.reshape(source_height, 3 * width), _SCRATCH.take("sums", (3 * width,), np.int32)
    vertical(rows, *triangle_filter(source_height, height), result.reshape(height, 3 * width), sums)
    return result


def compile_kernels() -> bool:
    """Compile `resample`: about one second, once per process. Returns whether Numba is available."""
    global _kernels
    with _COMPILING:
        if _kernels is None:
            _kernels = _compile()
    return _kernels is not None


def _compile() -> Kernels | None:
    if importlib.util.find_spec("numba") is None:
        return None
    import numba
    from numba.core.types import Array, int32, uint8, uint32, void

    picture, bytes_ = Array(uint8, 3, "C", readonly=True), Array(uint8, 2, "C")
    filter_ = (int32[::1], int32[::1], int32[:, ::1])

    def compiled(function: Kernel, *types: Any) -> Kernel:
        try:
            return numba.njit(void(*types), nogil=True, cache=True)(function)  # type: ignore[no-any-return]
        except RuntimeError:  # no folder can store the compiled code: each process compiles for itself
            return numba.njit(void(*types), nogil=True)(function)  # type: ignore[no-any-return]

    return (
        compiled(_horizontal, picture, *filter_, uint8[:, :, ::1], uint32[:, ::1], bytes_, int32[::1]),
        compiled(_vertical, Array(uint8, 2, "C", readonly=True), *filter_, bytes_, int32[::1]),
    )


# The two functions below are compiled; as plain Python they give the same results, slowly.


def _horizontal(
    picture: np.ndarray,
    starts: np.ndarray,
    lengths: np.ndarray,
    weights: np.ndarray,
    result: np.ndarray,
    block: np.ndarray,
    block_bytes: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Resample each row, (height, source, 3) → (height, target, 3), several rows at once.

    `block`, uint32 (source, rows), has these rows transposed, one pixel per word, so that the sums run over contiguous
    bytes;
    `block_bytes` is the same memory as uint8 (source, 4 · rows).
    """
    height, source, _ = picture.shape
    most = block.shape[1]
    for first in range(0, height, most):
        num_rows = min(most, height - first)
        for row in range(num_rows):
            pixels = picture[first + row]
            for x in range(source):
                green, blue = np.uint32(pixels[x, 1]) << np.uint32(8), np.uint32(pixels[x, 2]) << np.uint32(16)
                block[x, row] = np.uint32(pixels[x, 0]) | green | blue
        for x in range(result.shape[1]):
            for i in range(4 * most):
                sums[i] = 1 << 21
            for tap in range(lengths[x]):
                weight, values = weights[x, tap], block_bytes[starts[x] + tap]
                for i in range(4 * most):
                    sums[i] += np.int32(values[i]) * weight
            for row in range(num_rows):
                for channel in range(3):
                    result[first + row, x, channel] = min(max(sums[4 * row + channel] >> 22, 0), 255)


def _vertical(
    rows: np.ndarray,
    starts: np.ndarray,
    lengths: np.ndarray,
    weights: np.ndarray,
    result: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Resample the first axis, (source, n) → (target, n)."""
    width = rows.shape[1]
    for y in range(result.shape[0]):
        for i in range(width):
            sums[i] = 1 << 21
        for tap in range(lengths[y]):
            weight, values = weights[y, tap], rows[starts[y] + tap]
            for i in range(width):
                sums[i] += np.int32(values[i]) * weight
        for i in range(width):
            result[y, i] = min(max(sums[i] >> 22, 0), 255)


def _resample_with_pillow(pixels: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    height, width = image_size
    image, bilinear = Image.fromarray(pixels), Image.Resampling.BILINEAR
    return np.array(image.resize((width, image.height), bilinear).resize((width, height), bilinear))
