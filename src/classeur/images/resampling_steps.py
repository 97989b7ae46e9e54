"""What `resampling` compiles; this module needs Numba."""

from typing import Any

import numpy as np
from numba.np.numpy_support import carray

from classeur.images.resampling import NUM_ROWS


def horizontal(
    picture_at: Any, height: int, source: int, starts_at: Any, lengths_at: Any, weights_at: Any, num_weights: int,
    result_at: Any, target: int, block_at: Any, sums_at: Any,
) -> None:  # fmt: skip
    """Resample each row, (height, source, 3) → (height, target, 3), several rows at once.

    Args:
        picture_at, height, source: of the image, uint8.
        starts_at, lengths_at, weights_at, num_weights: of the filter, int32; see `resampling.Filter`.
        result_at, target: of the result, uint8.
        block_at: of scratch, (source, 4 · rows) bytes: so many rows transposed, a pixel in four bytes, so that the sums
            run over contiguous bytes.
        sums_at: of scratch, int32 (4 · rows,).
    """
    picture, result = carray(picture_at, (height, source, 3)), carray(result_at, (height, target, 3))
    starts, lengths = carray(starts_at, (target,)), carray(lengths_at, (target,))
    weights = carray(weights_at, (target, num_weights))
    block, sums = carray(block_at, (source, 4 * NUM_ROWS)), carray(sums_at, (4 * NUM_ROWS,))
    for first in range(0, height, NUM_ROWS):
        num_rows = min(NUM_ROWS, height - first)
        for row in range(num_rows):
            pixels = picture[first + row]
            for x in range(source):
                for channel in range(3):
                    block[x, 4 * row + channel] = pixels[x, channel]
        for x in range(target):
            for i in range(4 * NUM_ROWS):
                sums[i] = 1 << 21
            for tap in range(lengths[x]):
                weight, values = weights[x, tap], block[starts[x] + tap]
                for i in range(4 * NUM_ROWS):
                    sums[i] += np.int32(values[i]) * weight
            for row in range(num_rows):
                for channel in range(3):
                    result[first + row, x, channel] = min(max(sums[4 * row + channel] >> 22, 0), 255)


def vertical(
    rows_at: Any, source: int, width: int, starts_at: Any, lengths_at: Any, weights_at: Any, num_weights: int,
    result_at: Any, target: int, sums_at: Any,
) -> None:  # fmt: skip
    """Resample the first axis, (source, width) → (target, width).

    Args:
        rows_at, source, width: of the image, uint8.
        starts_at, lengths_at, weights_at, num_weights: of the filter, int32; see `resampling.Filter`.
        result_at, target: of the result, uint8.
        sums_at: of scratch, int32 (width,).
    """
    rows, result = carray(rows_at, (source, width)), carray(result_at, (target, width))
    starts, lengths = carray(starts_at, (target,)), carray(lengths_at, (target,))
    weights, sums = carray(weights_at, (target, num_weights)), carray(sums_at, (width,))
    for y in range(target):
        for i in range(width):
            sums[i] = 1 << 21
        for tap in range(lengths[y]):
            weight, values = weights[y, tap], rows[starts[y] + tap]
            for i in range(width):
                sums[i] += np.int32(values[i]) * weight
        for i in range(width):
            result[y, i] = min(max(sums[i] >> 22, 0), 255)
