"""Augmentation as data: ranges, and the random parameters that they give for each image.

The parameters are a 2×3 matrix, a 3×4 colour matrix, a box, and another image with a weight to mix it in.

Ranges have the same meaning as in Keras' `ImageDataGenerator`, if it has them. `rotation` 45 draws an angle from −45 …
45 degrees. `zoom` 0.5 draws a factor from 0.5 … 1.5 for each axis: the share of the image that stays visible, so 0.5
enlarges it twice. `shift` 0.15 moves each axis by −0.15 … 0.15 of its length. `shear` draws an angle in degrees,
`channel_shift` a number of levels to add to every channel. `flip` mirrors half of the images, at random. `brightness`,
`contrast` and `saturation` 0.2 draw a factor from 0.8 … 1.2, `hue` an angle in degrees. `erase` 0.3 covers a box of up
to 0.3 of each side with grey. `mixup` 0.2 draws a weight from Beta(0.2, 0.2) and a partner from all images.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from classeur.errors import UsageError
from classeur.options import AUGMENT, AUGMENT_OPTIONS
from classeur.parts import Part, field
from classeur.pipeline.counters import uniform

Flip = Literal["none", "horizontal", "vertical", "both"]

# Random numbers of an image. The order is fixed: append new ones, so that old seeds keep their images.
(
    _ANGLE, _ZOOM_Y, _ZOOM_X, _SHIFT_Y, _SHIFT_X, _FLIP_X, _FLIP_Y, _SHEAR, _BRIGHTNESS, _CONTRAST, _SATURATION, _HUE,
    _CHANNELS, _BOX_HEIGHT, _BOX_WIDTH, _BOX_Y, _BOX_X, _PARTNER, _WEIGHT,
    _NUM_VALUES,
) = range(20)  # fmt: skip

# Rec. 601: red, green and blue in luma; FCC 1953 (NTSC): luma, I and Q, whose plane is turned for another hue.
_LUMA = np.array([0.299, 0.587, 0.114])
_YIQ = np.array([_LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])

_MID_GREY = 127.5


class Augmentation(Part):
    """Ranges of random changes; all zero changes nothing.

    >>> Augmentation(rotation=45, flip="horizontal").describe()
    'flip horizontal, rotation 45'
    """

    flip: Flip = field("flip")
    rotation: float = field("rotation")  # up to this many degrees, either way
    zoom: float = field("zoom")  # a factor from 1 − zoom … 1 + zoom for each axis
    shift: float = field("shift")  # up to this share of the side, either way
    shear: float = field("shear")  # up to this many degrees, either way
    brightness: float = field("brightness")  # a factor from 1 − brightness … 1 + brightness
    contrast: float = field("contrast")  # a factor for the distance from mid-grey
    saturation: float = field("saturation")  # a factor for the distance from each pixel's luma
    hue: float = field("hue")  # up to this many degrees, either way
    channel_shift: float = field("channel_shift")  # up to this many levels, either way, the same for all channels
    erase: float = field("erase")  # up to this share of each side
    mixup: float = field("mixup")  # α of the weight's Beta(α, α)

    @property
    def is_identity(self) -> bool:
        """Whether nothing can change."""
        return self == Augmentation()

    @property
    def changes_colour(self) -> bool:
        """Whether a colour matrix can differ from the identity."""
        return any((self.brightness, self.contrast, self.saturation, self.hue, self.channel_shift))

    def describe(self) -> str:
        """Return the ranges in words."""
        parts = [] if self.flip == "none" else [f"flip {self.flip}"]
        parts += [
            f"{name.replace('_', ' ')} {value:g}"
            for name, value in sorted(dict(self).items())
            if name != "flip" and value
        ]
        return ", ".join(parts) or "none"


# The tutorial's ranges, by the names in its headings.
PRESETS = {
    "none": Augmentation(),
    "flip": Augmentation(flip="horizontal"),
    "rotate": Augmentation(rotation=45),
    "zoom": Augmentation(zoom=0.5),
    "shift": Augmentation(shift=0.15),
    "all": Augmentation(flip="horizontal", rotation=45, zoom=0.5, shift=0.15),
}


def asked_augmentation(options: Mapping[str, Any]) -> Augmentation | None:
    """Return the augmentation of options, or None if they set none.

    Args:
        options: `augment`, the name of a preset, and single ranges that replace the preset's; other options and
            values of None are ignored.

    Raises:
        UsageError: naming the first invalid option.

    >>> asked_augmentation({"augment": "all", "rotation": 10}).describe()
    'flip horizontal, rotation 10, shift 0.15, zoom 0.5'
    """
    given = {option.name: options.get(option.name) for option in AUGMENT_OPTIONS}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return None
    name = given.pop("augment", "none")
    if isinstance(name, str) and set(name.replace("+", ",").split(",")) <= set(PRESETS) and name not in PRESETS:
        raise UsageError(f"augment takes one preset, not '{name}'; give ranges besides, such as {_together(name)}")
    preset = PRESETS[AUGMENT.checked(name)]
    return Augmentation(**{**dict(preset), **given})


def _together(names: str) -> str:
    """Return the ranges of several presets as they are typed."""
    ranges: dict[str, Any] = {}
    for name in names.replace("+", ",").split(","):
        ranges.update({key: value for key, value in dict(PRESETS[name]).items() if value not in (0.0, "none")})
    return " ".join(
        f"--{key.replace('_', '-')} {value:g}" if isinstance(value, float) else f"--{key} {value}"
        for key, value in ranges.items()
    )


class Draws(NamedTuple):
    """The random parameters of n images; see `draw`."""

    matrices: np.ndarray  # float64 (n, 2, 3)
    colours: np.ndarray  # float64 (n, 3, 4)
    boxes: np.ndarray  # int64 (n, 4)
    partners: np.ndarray  # int64 (n,)
    weights: np.ndarray  # float64 (n,)


def draw(
    augmentation: Augmentation,
    seed: int,
    epoch: int,
    indices: np.ndarray,
    *,
    image_size: tuple[int, int],
    num_images: int | None = None,
) -> Draws:
    """Return the random parameters of images in an epoch, which depend only on seed, epoch and image, not on the batch.

    Args:
        augmentation: the ranges.
        seed, epoch: whole numbers.
        indices: int64 (n,), the images' numbers in their split.
        image_size: (height, width) in pixels.
        num_images: images in the split; needed with mixup, which draws partners from all of them.

    Returns:
        matrices, float64 (n, 2, 3): maps (x, y, 1) of a pixel of the result to its source (x, y), in pixels with the
        centre of the first pixel at (0, 0). It combines shift, rotation, shear, zoom and flip, about the image's
        centre.
        colours, float64 (n, 3, 4): maps (red, green, blue, 1), 0 … 255, to the new red, green and blue. It combines
        brightness, contrast about mid-grey, saturation, hue and channel shift, in this order.
        boxes, int64 (n, 4): top, left, bottom and right of the erased box, the latter two exclusive; 0 for none.
        partners, int64 (n,): the image that each is mixed with; itself without mixup.
        weights, float64 (n,): each image's own share of the mixed image, 0 … 1; the rest is its partner's.

    >>> draws = draw(Augmentation(), 0, 0, np.array([5]), image_size=(4, 6))
    >>> bool((draws.matrices == np.eye(2, 3)).all() and (draws.colours == np.eye(3, 4)).all())  # nothing to draw from
    True
    """
    values = uniform(seed, epoch, indices, _NUM_VALUES)
    return Draws(
        _matrices(augmentation, values, image_size),
        _colours(augmentation, values),
        _boxes(augmentation, values, image_size),
        *_partners(augmentation, values, np.asarray(indices), num_images),
    )


def _matrices(augmentation: Augmentation, values: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Return float64 (n, 2, 3): as in Keras, a pixel is mirrored, zoomed, sheared, shifted, then rotated."""
    height, width = image_size
    signed = 2 * values - 1
    angle = np.deg2rad(augmentation.rotation) * signed[:, _ANGLE]
    shear = np.deg2rad(augmentation.shear) * signed[:, _SHEAR]
    zoom_x = 1 + augmentation.zoom * signed[:, _ZOOM_X]
    zoom_y = 1 + augmentation.zoom * signed[:, _ZOOM_Y]
    shift_x = augmentation.shift * signed[:, _SHIFT_X] * width
    shift_y = augmentation.shift * signed[:, _SHIFT_Y] * height
    flip_x = (augmentation.flip in ("horizontal", "both")) & (values[:, _FLIP_X] < 0.5)
    flip_y = (augmentation.flip in ("vertical", "both")) & (values[:, _FLIP_Y] < 0.5)
    scale_x = np.where(flip_x, -zoom_x, zoom_x)
    scale_y = np.where(flip_y, -zoom_y, zoom_y)
    # A step down is sheared and zoomed; a step to the right is only zoomed.
    down_x, down_y = -np.sin(shear) * scale_y, np.cos(shear) * scale_y
    cosine, sine = np.cos(angle), np.sin(angle)
    linear = np.stack(
        [cosine * scale_x, cosine * down_x - sine * down_y, sine * scale_x, sine * down_x + cosine * down_y], axis=1
    ).reshape(-1, 2, 2)
    moved = np.stack([cosine * shift_x - sine * shift_y, sine * shift_x + cosine * shift_y], 1)
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre + moved - linear @ centre
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def _colours(augmentation: Augmentation, values: np.ndarray) -> np.ndarray:
    """Return float64 (n, 3, 4)."""
    num_images = len(values)
    colours = np.zeros((num_images, 3, 4))
    colours[:] = np.eye(3, 4)
    if not augmentation.changes_colour:
        return colours
    signed = 2 * values - 1
    brightness = 1 + augmentation.brightness * signed[:, _BRIGHTNESS]
    contrast = 1 + augmentation.contrast * signed[:, _CONTRAST]
    saturation = (1 + augmentation.saturation * signed[:, _SATURATION])[:, None, None]
    angle = np.deg2rad(augmentation.hue) * signed[:, _HUE]
    turn = np.zeros((num_images, 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 2, 1] = np.sin(angle)
    turn[:, 1, 2] = -turn[:, 2, 1]
    towards_luma = saturation * np.eye(3) + (1 - saturation) * _LUMA[None, None, :]
    # A hue of exactly 0 gives the exact identity, which YIQ and back would not.
    hue = np.linalg.inv(_YIQ) @ turn @ _YIQ if augmentation.hue else np.eye(3)
    mixing = hue @ towards_luma
    colours[:, :, :3] = mixing * (brightness * contrast)[:, None, None]
    grey = ((1 - contrast) * _MID_GREY)[:, None]
    colours[:, :, 3] = mixing.sum(axis=2) * grey + (augmentation.channel_shift * signed[:, _CHANNELS])[:, None]
    return colours


def _boxes(augmentation: Augmentation, values: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Return int64 (n, 4): a box of any size up to the share of each side, anywhere inside."""
    boxes = np.zeros((len(values), 4), np.int64)
    for axis, (side, size, place) in enumerate(
        zip(image_size, (_BOX_HEIGHT, _BOX_WIDTH), (_BOX_Y, _BOX_X), strict=True)
    ):
        length = np.floor(augmentation.erase * side * values[:, size] + 0.5).astype(np.int64)
        boxes[:, axis] = np.floor((side - length + 1) * values[:, place]).astype(np.int64)
        boxes[:, 2 + axis] = boxes[:, axis] + length
    empty = (boxes[:, 0] == boxes[:, 2]) | (boxes[:, 1] == boxes[:, 3])
    boxes[empty] = 0
    return boxes


def _partners(
    augmentation: Augmentation, values: np.ndarray, indices: np.ndarray, num_images: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return int64 (n,) and float64 (n,): any of all images, and a weight by the inverse of the Beta distribution."""
    if not augmentation.mixup:
        return indices.astype(np.int64), np.ones(len(values))
    from scipy.special import betaincinv  # takes a tenth of a second, only with mixup

    if num_images is None:
        raise TypeError("mixup draws partners: expected num_images")
    partners = np.floor(values[:, _PARTNER] * num_images).astype(np.int64)
    return partners, betaincinv(augmentation.mixup, augmentation.mixup, values[:, _WEIGHT])
