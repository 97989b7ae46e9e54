"""The random numbers of an image: the same as in Keras, from NumPy's global state, in the same order.

A batch's numbers are drawn in one call, under `DRAW_LOCK`, before any pixel is made: nothing depends on threads.
User code is never called under the lock.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from classeur.keras_image.affine_transforms import transform_matrix_offset_center
from classeur.threads import lock_held_at_fork

# NumPy's global state is one per process, so its lock is too. Reentrant: a user's function may request a batch.
DRAW_LOCK = lock_held_at_fork()


class Draws(NamedTuple):
    """The random parameters of n images: each column float64 (n,), or one value for all."""

    theta: Any
    tx: Any
    ty: Any
    shear: Any
    zx: Any
    zy: Any
    flip_horizontal: Any
    flip_vertical: Any
    channel_shift_intensity: Any
    brightness: Any

    def row(self, number: int) -> dict[str, Any]:
        """Return one image's parameters, as `ImageDataGenerator.get_random_transform` names them."""
        columns = self._asdict().items()
        return {name: column[number].item() if isinstance(column, np.ndarray) else column for name, column in columns}


# Of an image that is not changed.
_DEFAULTS = Draws(0, 0, 0, 0, 1, 1, False, False, None, None)


def draw_one(generator: Any, img_shape: tuple[int, ...]) -> dict[str, Any]:
    """Draw the parameters of one image as Keras does, call for call.

    Args:
        generator: an `ImageDataGenerator` with the ranges.
        img_shape: of the image.
    """
    height, width = img_shape[generator.row_axis - 1], img_shape[generator.col_axis - 1]
    drawn: dict[str, Any] = {"theta": _symmetric(generator.rotation_range)}
    drawn["tx"] = _shift(generator.height_shift_range, height)
    drawn["ty"] = _shift(generator.width_shift_range, width)
    drawn["shear"] = _symmetric(generator.shear_range)
    lowest, highest = generator.zoom_range
    drawn["zx"], drawn["zy"] = (1, 1) if lowest == 1 and highest == 1 else np.random.uniform(lowest, highest, 2)
    drawn["flip_horizontal"] = (np.random.random() < 0.5) * generator.horizontal_flip
    drawn["flip_vertical"] = (np.random.random() < 0.5) * generator.vertical_flip
    shift, brightness = generator.channel_shift_range, generator.brightness_range
    drawn["channel_shift_intensity"] = np.random.uniform(-shift, shift) if shift != 0 else None
    drawn["brightness"] = np.random.uniform(brightness[0], brightness[1]) if brightness is not None else None
    return drawn


def _symmetric(width: Any) -> Any:
    return np.random.uniform(-width, width) if width else 0


def _shift(values: Any, length: int) -> Any:
    """Draw a shift in pixels: a share of `length`, a number of pixels, or a choice from a list; either direction."""
    if not values:
        return 0
    try:
        shift = np.random.choice(values)
        shift *= np.random.choice([-1, 1])
    except ValueError:  # neither an integer nor a list
        shift = np.random.uniform(-values, values)
    if np.max(values) < 1:
        shift *= length
    return shift


def can_draw_many(generator: Any) -> bool:
    """Whether every number of an image is a uniform double of NumPy: no shift in whole pixels or from a list.

    >>> from types import SimpleNamespace
    >>> can_draw_many(SimpleNamespace(height_shift_range=0.1, width_shift_range=[-3, 3]))
    False
    """
    shifts = (generator.height_shift_range, generator.width_shift_range)
    if not all((isinstance(shift, float) and math.isfinite(2 * shift)) or _is_zero(shift) for shift in shifts):
        return False
    widths = (generator.rotation_range, generator.shear_range, generator.channel_shift_range)
    ranges = [(-width, width) for width in widths] + [generator.zoom_range, generator.brightness_range or (0, 0)]
    return all(map(_is_finite, ranges))


def _is_finite(ends: Any) -> bool:
    """Whether NumPy draws from a range; of others it says what is wrong."""
    try:
        low, high = ends
        return math.isfinite(high - low)
    except (TypeError, ValueError, OverflowError):
        return False


def _is_zero(value: Any) -> bool:
    return isinstance(value, int) and value == 0


def draw_many(generator: Any, img_shape: tuple[int, ...], num_images: int) -> Draws:
    """Draw the parameters of n images in one call: the same as n calls of `draw_one`.

    `uniform(low, high)` is `low + (high - low) * random()` of the same stream, so n × k numbers are n rows.
    """
    height, width = img_shape[generator.row_axis - 1], img_shape[generator.col_axis - 1]
    lowest, highest = generator.zoom_range
    zooms = not (lowest == 1 and highest == 1)
    ranges: list[tuple[float, float] | None] = [
        _around_zero(generator.rotation_range),
        _around_zero(generator.height_shift_range),
        _around_zero(generator.width_shift_range),
        _around_zero(generator.shear_range),
        (lowest, highest) if zooms else None,
        (lowest, highest) if zooms else None,
        (0.0, 1.0),
        (0.0, 1.0),
        (-generator.channel_shift_range, generator.channel_shift_range) if generator.channel_shift_range != 0 else None,
        tuple(generator.brightness_range) if generator.brightness_range is not None else None,
    ]
    uniform = np.random.random((num_images, sum(ends is not None for ends in ranges)))
    columns: list[Any] = []
    for default, ends in zip(_DEFAULTS, ranges, strict=True):
        if ends is None:
            columns.append(default)
        else:
            low, high = ends
            columns.append(low + (high - low) * uniform[:, sum(isinstance(each, np.ndarray) for each in columns)])
    drawn = Draws(*columns)
    return drawn._replace(
        tx=drawn.tx * height if generator.height_shift_range < 1 else drawn.tx,
        ty=drawn.ty * width if generator.width_shift_range < 1 else drawn.ty,
        flip_horizontal=(drawn.flip_horizontal < 0.5) * generator.horizontal_flip,
        flip_vertical=(drawn.flip_vertical < 0.5) * generator.vertical_flip,
    )


def together(parameters: list[dict[str, Any]]) -> Draws:
    """Return the parameters of n images, drawn one by one, in columns; a value that never varies from none is kept.

    >>> drawn = together([{"theta": 0, "tx": 3}, {"theta": 0, "tx": -2}])
    >>> drawn.theta, drawn.tx.tolist(), drawn.brightness
    (0, [3, -2], None)
    """
    columns: list[Any] = []
    for name, default in zip(Draws._fields, _DEFAULTS, strict=True):
        values = [row.get(name, default) for row in parameters]
        varies = name.startswith("flip") or any(value != default for value in values)
        columns.append(np.array(values) if varies else default)
    return Draws(*columns)


def _around_zero(width: Any) -> tuple[float, float] | None:
    return (-width, width) if width else None


def are_moved(drawn: Draws, num_images: int) -> np.ndarray:
    """Return which of n images are moved, bool (n,): Keras leaves the others as they are."""
    moved = np.zeros(num_images, bool)
    for name in ("theta", "tx", "ty", "shear", "zx", "zy"):
        moved |= np.asarray(getattr(drawn, name)) != getattr(_DEFAULTS, name)
    return moved


def matrices_of(drawn: Draws, *, height: int, width: int, num_images: int) -> np.ndarray | None:
    """Return the matrices of n images, float64 (n, 3, 3), without flips; None if there are only flips.

    They are `affine_matrix` of each, to the bit, so that a coordinate exactly on the edge is on the same side of it as
    in Keras.
    """
    if not any(isinstance(each, np.ndarray) for each in (drawn.theta, drawn.tx, drawn.ty, drawn.shear, drawn.zx)):
        return None
    rotations, shifts, shears, zooms = factors = np.tile(np.eye(3), (4, num_images, 1, 1))
    theta, shear = np.deg2rad(drawn.theta), np.deg2rad(drawn.shear)
    rotations[:, 0, 0] = rotations[:, 1, 1] = np.cos(theta)
    rotations[:, 0, 1], rotations[:, 1, 0] = -np.sin(theta), np.sin(theta)
    shifts[:, 0, 2], shifts[:, 1, 2] = drawn.tx, drawn.ty
    shears[:, 0, 1], shears[:, 1, 1] = -np.sin(shear), np.cos(shear)
    zooms[:, 0, 0], zooms[:, 1, 1] = drawn.zx, drawn.zy
    matrices = factors[0]
    for factor in factors[1:]:
        matrices = matrices @ factor
    return transform_matrix_offset_center(matrices, height, width)
