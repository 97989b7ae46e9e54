"""Augmentation as data: ranges, and what is drawn from them, one 2×3 matrix an image.

Ranges mean what they mean in Keras' `ImageDataGenerator`: `rotation` 45 draws an angle from −45 … 45 degrees, `zoom`
0.5 a factor from 0.5 … 1.5 for each axis by itself (the part of the picture that is seen: 0.5 enlarges twofold),
`shift` 0.15 a way of −0.15 … 0.15 of the picture's side for each axis, `flip` mirrors every second picture.
"""

from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from classeur.errors import RangeError, UnknownNameError
from classeur.pipeline.counters import uniform

Flip = Literal["none", "horizontal", "vertical", "both"]
FLIPS: tuple[Flip, ...] = ("none", "horizontal", "vertical", "both")

# Numbers that an image's draw takes, in this order for ever: a new one goes to the end.
_ANGLE, _ZOOM_Y, _ZOOM_X, _SHIFT_Y, _SHIFT_X, _FLIP_X, _FLIP_Y, _NUM_VALUES = range(8)


class Augmentation(BaseModel):
    """Ranges to draw from; all zero changes nothing.

    >>> Augmentation(rotation=45, flip="horizontal").describe()
    'flip horizontal, rotation 45'
    """

    model_config = ConfigDict(frozen=True)

    flip: Flip = "none"
    rotation: float = Field(default=0.0, ge=0, le=180)  # degrees, to either side
    zoom: float = Field(default=0.0, ge=0, lt=1)  # each axis from 1 − zoom … 1 + zoom
    shift: float = Field(default=0.0, ge=0, le=1)  # share of the side, to either side

    @property
    def is_identity(self) -> bool:
        """Whether nothing can change."""
        return self == Augmentation()

    def describe(self) -> str:
        """Return the ranges in words."""
        parts = [] if self.flip == "none" else [f"flip {self.flip}"]
        parts += [f"{name} {getattr(self, name):g}" for name in ("rotation", "shift", "zoom") if getattr(self, name)]
        return ", ".join(parts) or "none"


# The tutorial's, by the names that its headings give them.
PRESETS = {
    "none": Augmentation(),
    "flip": Augmentation(flip="horizontal"),
    "rotate": Augmentation(rotation=45),
    "zoom": Augmentation(zoom=0.5),
    "shift": Augmentation(shift=0.15),
    "all": Augmentation(flip="horizontal", rotation=45, zoom=0.5, shift=0.15),
}


def make_augmentation(
    name: str = "none",
    *,
    flip: str | None = None,
    rotation: float | None = None,
    zoom: float | None = None,
    shift: float | None = None,
) -> Augmentation:
    """Return a preset, with single ranges put in its place where they are given.

    Raises:
        UnknownNameError: if no preset, or no flip, has that name.
        RangeError: if a range is outside what can be drawn from.

    >>> make_augmentation("all", rotation=10).describe()
    'flip horizontal, rotation 10, shift 0.15, zoom 0.5'
    """
    if name not in PRESETS:
        raise UnknownNameError("augmentation", name, PRESETS)
    if flip is not None and flip not in FLIPS:
        raise UnknownNameError("flip", flip, FLIPS)
    for what, value, limit in (("rotation", rotation, 180.0), ("zoom", zoom, 0.99), ("shift", shift, 1.0)):
        if value is not None and not 0 <= value <= limit:
            raise RangeError(f"{what} {value:g} is not possible; expected 0 … {limit:g}")
    given = {"flip": flip, "rotation": rotation, "zoom": zoom, "shift": shift}
    return PRESETS[name].model_copy(update={key: value for key, value in given.items() if value is not None})


class Draws(NamedTuple):
    """What was drawn for n images."""

    matrices: np.ndarray  # float64 (n, 2, 3): see `draw`


def draw(
    augmentation: Augmentation, seed: int, epoch: int, indices: np.ndarray, *, image_size: tuple[int, int]
) -> Draws:
    """Return what is done to each image in an epoch: a function of the image alone, whatever the batch.

    Args:
        augmentation: the ranges.
        seed, epoch: whole numbers.
        indices: int64 (n,), the images' numbers in their split.
        image_size: (height, width) in pixels.

    Returns:
        matrices, float64 (n, 2, 3): maps (x, y, 1) of a pixel of the result to the (x, y) that it shows, in pixels with
        the centre of the first pixel at (0, 0). It folds shift, rotation, zoom and flip, about the picture's centre.

    >>> matrices = draw(Augmentation(), 0, 0, np.array([5]), image_size=(4, 6)).matrices
    >>> bool((matrices == np.eye(2, 3)).all())  # nothing to draw from: the identity
    True
    """
    height, width = image_size
    values = uniform(seed, epoch, indices, _NUM_VALUES)
    signed = 2 * values - 1
    angle = np.deg2rad(augmentation.rotation) * signed[:, _ANGLE]
    zoom_x = 1 + augmentation.zoom * signed[:, _ZOOM_X]
    zoom_y = 1 + augmentation.zoom * signed[:, _ZOOM_Y]
    shift_x = augmentation.shift * signed[:, _SHIFT_X] * width
    shift_y = augmentation.shift * signed[:, _SHIFT_Y] * height
    flip_x = (augmentation.flip in ("horizontal", "both")) & (values[:, _FLIP_X] < 0.5)
    flip_y = (augmentation.flip in ("vertical", "both")) & (values[:, _FLIP_Y] < 0.5)
    # As in Keras, a pixel of the result is mirrored, zoomed, moved, then turned, to where it is looked up.
    scale_x = np.where(flip_x, -zoom_x, zoom_x)
    scale_y = np.where(flip_y, -zoom_y, zoom_y)
    cosine, sine = np.cos(angle), np.sin(angle)
    linear = np.stack([cosine * scale_x, -sine * scale_y, sine * scale_x, cosine * scale_y], 1).reshape(-1, 2, 2)
    moved = np.stack([cosine * shift_x - sine * shift_y, sine * shift_x + cosine * shift_y], 1)
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre + moved - linear @ centre
    return Draws(np.concatenate([linear, offset[:, :, None]], axis=2))
