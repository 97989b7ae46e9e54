"""What `spline_kernel` compiles; this module needs Numba.

The channels of a pixel are the lanes of one vector, 4 doubles: nothing else lets Numba compute them at once.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, register_jitable
from numba.np.numpy_support import carray

from classeur.keras_image.fill_modes import CONSTANT, GRID_WRAP, MIRROR, NEAREST, REFLECT, WRAP

NUM_LANES = 4

_DOUBLES = ir.VectorType(ir.DoubleType(), NUM_LANES)
_FLOATS = ir.VectorType(ir.FloatType(), NUM_LANES)
_WORDS = ir.VectorType(ir.IntType(32), NUM_LANES)


def warp(
    values_at: Any, width: int, height: int, num_channels: int,
    x_by_x: float, x_by_y: float, x_at_0: float, y_by_x: float, y_by_y: float, y_at_0: float,
    mode: int, cval: float, order: int, horizontal: int, vertical: int, out_at: Any,
    numbers_at: Any, places_at: Any, row_at: Any,
) -> None:  # fmt: skip
    """Resample an image row by row; see `spline_kernel.resample`.

    Args:
        values_at: address of the image's values, float32, and of 4 more: as many are read at every pixel.
        width, height, num_channels: of the image.
        x_by_x, x_by_y, x_at_0, y_by_x, y_by_y, y_at_0: the matrix.
        mode: one of the codes of `fill_modes`.
        cval, order, horizontal, vertical: see `spline_kernel.resample`.
        out_at: of the result, float32 (height, width, channels).
        numbers_at, places_at, row_at: of scratch, float64 (4, width), int32 (4, width) and float32 (width · channels
            + 4): as many are written at every pixel.
    """
    length = width * num_channels
    values, out = carray(values_at, (height * length + NUM_LANES,)), carray(out_at, (height, length))
    numbers, places, row = (
        carray(numbers_at, (4, width)),
        carray(places_at, (4, width)),
        carray(row_at, (length + NUM_LANES,)),
    )
    x, y, weight_x, weight_y = numbers[0], numbers[1], numbers[2], numbers[3]
    left, right, above, below = places[0], places[1], places[2], places[3]
    first, step = (width - 1, -1) if horizontal != 0 else (0, 1)
    for to_row in range(height):
        from_row = height - 1 - to_row if vertical != 0 else to_row
        x_of_row, y_of_row = x_at_0 + from_row * x_by_y, y_at_0 + from_row * y_by_y
        for column in range(width):
            from_column = np.float64(first + step * column)
            x[column] = x_of_row + from_column * x_by_x
            y[column] = y_of_row + from_column * y_by_x
        start, stop = 0, width
        if mode == CONSTANT:
            start, stop = _inside(x, y, width, height)
        elif mode != NEAREST:
            _bring_inside(x, width, mode)
            _bring_inside(y, height, mode)
        if order == 0:
            _round(x, width, mode, num_channels, left)
            _round(y, height, mode, num_channels * width, above)
            for column in range(start, stop):
                pick(values, above[column] + left[column], row, column * num_channels)
        else:
            _divide(x, width, mode, num_channels, weight_x, left, right)
            _divide(y, height, mode, num_channels * width, weight_y, above, below)
            for column in range(start, stop):
                blend(
                    values, above[column] + left[column], above[column] + right[column],
                    below[column] + left[column], below[column] + right[column],
                    weight_x[column], weight_y[column], row, column * num_channels,
                )  # fmt: skip
        row[: start * num_channels] = cval
        row[stop * num_channels :] = cval
        for place in range(length):
            out[to_row, place] = row[place]


# Coordinates of a row go one way: those inside are between those beyond one edge and those beyond the other.


def _inside(x: np.ndarray, y: np.ndarray, width: int, height: int) -> tuple[int, int]:
    """Return the columns, from and to, of which both coordinates are between the centres of the outermost pixels."""
    start, stop = 0, len(x)
    while start < stop and not (0.0 <= x[start] <= width - 1.0 and 0.0 <= y[start] <= height - 1.0):
        start += 1
    while start < stop and not (0.0 <= x[stop - 1] <= width - 1.0 and 0.0 <= y[stop - 1] <= height - 1.0):
        stop -= 1
    return start, stop


def _bring_inside(coordinates: np.ndarray, length: int, mode: int) -> None:
    """Replace coordinates beyond the edge; what is left beyond it is within a pixel of it."""
    start, stop = 0, len(coordinates)
    while start < stop and not 0.0 <= coordinates[start] <= length - 1.0:
        coordinates[start] = _brought_inside(coordinates[start], length, mode)
        start += 1
    while start < stop and not 0.0 <= coordinates[stop - 1] <= length - 1.0:
        stop -= 1
        coordinates[stop] = _brought_inside(coordinates[stop], length, mode)


def _brought_inside(x: float, length: int, mode: int) -> float:
    if length == 1:
        return 0.0
    if mode == REFLECT:
        period = 2 * length
        if x < 0:
            if x < -period:
                x += period * np.int64(-x / period)
            # SciPy's limit, which keeps it from −1: its weights then differ by 10⁻¹⁵.
            return x + period if x < -length else (1e-15 if x > -1e-15 else -x) - 1
        x -= period * np.int64(x / period)
        return period - x - 1 if x >= length else x
    if mode == MIRROR:
        period = 2 * length - 2
        if x < 0:
            x += period * np.int64(-x / period)
            return x + period if x <= 1 - length else -x
        x -= period * np.int64(x / period)
        return period - x if x >= length else x
    if mode == WRAP:
        period = length - 1
        return x + period * (np.int64(-x / period) + 1) if x < 0 else x - period * np.int64(x / period)
    return x + length * (np.int64((-1 - x) / length) + 1) if x < 0 else x - length * np.int64(x / length)


def _pixel(x: float, length: int, mode: int) -> float:
    """Return the pixel at a whole coordinate, or in place of one that is beyond the edge."""
    last = length - 1.0
    if mode == GRID_WRAP:
        return 0.0 if x > last else last if x < 0 else x
    if mode not in (NEAREST, REFLECT):
        x = x if x <= last else max(last - 1.0, 0.0)
    return min(max(x, 0.0), last)


def _round(coordinates: np.ndarray, length: int, mode: int, stride: int, places: np.ndarray) -> None:
    """Write where the nearest pixels are, `stride` values apart."""
    for i in range(len(coordinates)):
        places[i] = np.int32(_pixel(np.floor(coordinates[i] + 0.5), length, mode)) * stride


def _divide(
    coordinates: np.ndarray,
    length: int,
    mode: int,
    stride: int,
    weights: np.ndarray,
    places: np.ndarray,
    next_places: np.ndarray,
) -> None:
    """Write where the pixels on both sides are, `stride` values apart, and the weights of the first."""
    for i in range(len(coordinates)):
        x = coordinates[i]
        floor = np.floor(x)
        weights[i] = 1.0 - (x - floor)
        places[i] = np.int32(_pixel(floor, length, mode)) * stride
        next_places[i] = np.int32(_pixel(floor + 1.0, length, mode)) * stride


for _function in (_inside, _bring_inside, _brought_inside, _pixel, _round, _divide):
    register_jitable(_function)


def _load(builder: Any, pointer: Any, place: Any) -> Any:
    """Return four values of an image from a place on, as doubles."""
    loaded = builder.load(builder.bitcast(builder.gep(pointer, [place]), _FLOATS.as_pointer()), align=4)
    return builder.fpext(loaded, _DOUBLES)


def _store(builder: Any, lanes: Any, pointer: Any, place: Any) -> None:
    """Write four doubles as floats."""
    target = builder.bitcast(builder.gep(pointer, [place]), _FLOATS.as_pointer())
    builder.store(builder.fptrunc(lanes, _FLOATS), target, align=4)


def _spread(builder: Any, number: Any) -> Any:
    """Return four times the same double."""
    undefined = ir.Constant(_DOUBLES, ir.Undefined)
    lane = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(lane, undefined, ir.Constant(_WORDS, [0] * NUM_LANES))


def _pick(typing_context: Any, values: Any, place: Any, row: Any, to: Any) -> Any:
    """Copy a pixel."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from_, to_ = (context.make_array(signature.args[i])(context, builder, arguments[i]).data for i in (0, 2))
        _store(builder, _load(builder, from_, arguments[1]), to_, arguments[3])
        return context.get_dummy_value()

    return types.void(values, types.intp, row, types.intp), generate


def _blend(
    typing_context: Any, values: Any, above_left: Any, above_right: Any, below_left: Any, below_right: Any,
    weight_x: Any, weight_y: Any, row: Any, to: Any,
) -> Any:  # fmt: skip
    """Write the mean of four pixels; the weights are those of the left and of the upper ones."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from_, to_ = (context.make_array(signature.args[i])(context, builder, arguments[i]).data for i in (0, 7))
        one = ir.Constant(ir.DoubleType(), 1.0)
        shares = [(share, builder.fsub(one, share)) for share in arguments[5:7]]
        columns, rows = ([_spread(builder, share) for share in pair] for pair in shares)
        total = None
        for place, share_y, share_x in zip(
            arguments[1:5], (rows[0], rows[0], rows[1], rows[1]), 2 * columns, strict=True
        ):
            pixel = _load(builder, from_, place)
            part = builder.fmul(builder.fmul(pixel, share_y), share_x)
            total = part if total is None else builder.fadd(total, part)
        _store(builder, total, to_, arguments[8])
        return context.get_dummy_value()

    place, share = types.intp, types.float64
    return types.void(values, place, place, place, place, share, share, row, place), generate


pick: Any = intrinsic(_pick)
blend: Any = intrinsic(_blend)
