"""What two pictures that agree part by part must also share to be one photograph, and where they differ.

Structure in two directions: a disc or an edge lies over any other disc or edge, so it shows nothing. Where a picture
has little of it, noise: another exposure of the same thing has its own. Colour: a red pill has the outline of a green
one. And what differs in one place and nowhere else, as a defect before a fixed camera does.

Bounds are measured on 160 photographs and 13 changed copies of each, against drawn things on plain grounds
(docs/results.md, "Near-duplicates").
"""

from typing import NamedTuple

import numpy as np

from classeur.data.alignment import laid_over, parts_of

# Side of the small pictures whose colours are compared: a pixel for each quarter of a part.
COLOUR_SIDE = 16

# Least squared slope, in levels a pixel, in the direction of least slope, and its least share of that of the most.
_LEAST_SLOPE, _LEAST_ROUND = 1.0, 0.05
# What has a standard deviation between these, in levels, is noise or faint texture; fewer parts of it tell nothing.
_NOISE_RANGE = (0.3, 2.0)
_LEAST_NOISY = 8
# Levels by which colours may differ, beside a share of them: JPEG and resizing change strong ones most.
_COLOUR_NOISE = 12.0
_COLOUR_SHARE = 0.5
# Added to squared colours, so that grey pictures are alike: 6 levels.
_GREY = 36.0
# Levels by which other light may shift all colours alike. Of 632 pairs of photographs of cats and flowers with colours
# each lighter or darker by up to 12 %, whose colours are unlike as they are, 474 are shifted by less and then alike; of
# 11 such pairs of other photographs 3 are shifted by less, and unlike still.
_MOST_CAST = 32.0
# Contrast that changes by more is other light, where levels above the bound may be cut off at white.
_SAME_LIGHT = 0.04
_NEAR_WHITE = 200
# Share of a part's own deviation by which resizing, JPEG and a placement between pixels change it.
_DETAIL_SHARE = 0.4


class Agreement(NamedTuple):
    """What pairs of pictures share once one is laid over the other."""

    num_structured: np.ndarray  # int64 (n,): parts with structure in two directions
    noise: np.ndarray  # float32 (n,): correlation of the parts with nothing but noise; NaN where these are too few
    colour: np.ndarray  # float32 (n,): cosine of the colours, −1 … 1; grey ones are alike
    evened_colour: np.ndarray  # float32 (n,): likewise without a shift of all colours; −1 where that is great
    is_one_grey: np.ndarray  # bool (n,): one has colours and the other has not
    colour_difference: np.ndarray  # float32 (n,): the most by which a place's colour does, in units of what copies do
    difference: np.ndarray  # float32 (n,): the most by which a part differs, in such units: about 0 … 1


def agree(
    first: np.ndarray, second: np.ndarray, placements: np.ndarray, colours: tuple[np.ndarray, np.ndarray]
) -> Agreement:
    """Return what placed pictures share.

    Args:
        first, second: float32 (n, side, side), in levels of 0 … 255; the side is a multiple of 8.
        placements: as `alignment.place` returns them.
        colours: the small colour pictures of both, uint8 (n, 16, 16, 3).
    """
    moved, inside = laid_over(second, placements)
    whole = parts_of(inside).all(axis=2)
    one, _ = _centred(first, inside)
    other, variance = _centred(moved, inside)
    gain = (one * other).sum(axis=(1, 2)) / np.maximum(variance, 1e-6)
    other = other * gain[:, None, None]
    difference = _difference(one, other, inside, _cut_off(colours, placements, gain))
    one, other = (array - array.mean(axis=2, keepdims=True) for array in (parts_of(one), parts_of(other)))
    deviations = np.sqrt([(one * one).mean(axis=2), (other * other).mean(axis=2)])
    low, high = _NOISE_RANGE
    is_noise = whole & (deviations.max(axis=0) > low) & (deviations.max(axis=0) < high)
    shared = ((one * other).mean(axis=2) * is_noise).sum(axis=1)
    norms = np.sqrt(np.prod((deviations**2 * is_noise).sum(axis=2), axis=0))
    noise = np.where(is_noise.sum(axis=1) >= _LEAST_NOISY, shared / np.maximum(norms, 1e-6), np.nan)
    structured = (whole & _is_structured(first)).sum(axis=1)
    return Agreement(structured, noise, *_colours(colours, placements), difference)


def _centred(pictures: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures less their means, 0 outside, and the sums of their squares."""
    means = (pictures * inside).sum(axis=(1, 2)) / inside.sum(axis=(1, 2))
    centred = (pictures - means[:, None, None]) * inside
    return centred, (centred * centred).sum(axis=(1, 2))


def _difference(one: np.ndarray, other: np.ndarray, inside: np.ndarray, is_cut_off: np.ndarray) -> np.ndarray:
    """Return the most by which a quarter of a part differs, against what differs elsewhere and its own detail."""
    quarters, *both = (parts_of(array, num_parts=COLOUR_SIDE) for array in (one - other, one, other))
    whole = parts_of(inside, num_parts=COLOUR_SIDE).all(axis=2) & ~is_cut_off
    levels = np.sqrt((quarters * quarters).mean(axis=2))
    usual = np.median(levels, axis=1, keepdims=True)
    detail = np.minimum(*(array.std(axis=2) for array in both))
    difference: np.ndarray = np.where(whole, levels / (1 + usual + _DETAIL_SHARE * detail), 0).max(axis=1)
    return difference


def _cut_off(colours: tuple[np.ndarray, np.ndarray], placements: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Return in which quarters of parts other light may have cut a colour off at its most, bool (n, 256)."""
    first, second = (array.max(axis=3).astype(np.float32) for array in colours)
    brightest = np.maximum(first, laid_over(second, placements)[0]).reshape(len(first), -1)
    is_cut_off: np.ndarray = (brightest > _NEAR_WHITE) & (np.abs(gain - 1) > _SAME_LIGHT)[:, None]
    return is_cut_off


def _is_structured(pictures: np.ndarray) -> np.ndarray:
    """Return which parts have slopes in two directions, bool (n, 64): the structure tensor's smaller eigenvalue."""
    down, across = np.zeros_like(pictures), np.zeros_like(pictures)
    down[:, 1:-1] = (pictures[:, 2:] - pictures[:, :-2]) / 2
    across[:, :, 1:-1] = (pictures[:, :, 2:] - pictures[:, :, :-2]) / 2
    downs, acrosses, both = (parts_of(array).mean(axis=2) for array in (down * down, across * across, down * across))
    half = (downs + acrosses) / 2
    root = np.sqrt(np.maximum(half * half - downs * acrosses + both * both, 0))
    structured: np.ndarray = (half - root > _LEAST_SLOPE) & (half - root > _LEAST_ROUND * (half + root))
    return structured


def _colours(
    colours: tuple[np.ndarray, np.ndarray], placements: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return `colour`, `evened_colour`, `is_one_grey` and `colour_difference` of an agreement."""
    one, other = map(_opponents, colours)
    planes, inside = zip(*(laid_over(other[:, plane], placements) for plane in range(2)), strict=True)
    one, other = one * inside[0][:, None], np.stack(planes, axis=1) * inside[0][:, None]
    counts = inside[0].sum(axis=(1, 2))
    products, *squares = (
        (left * right).sum(axis=(1, 2, 3)) / counts for left, right in ((one, other), (one, one), (other, other))
    )
    cosine = _cosine(products, *squares)
    means = [array.sum(axis=(2, 3)) / counts[:, None] for array in (one, other)]
    casts = np.sqrt(((means[0] - means[1]) ** 2).sum(axis=1))
    of_means = [(left * right).sum(axis=1) for left, right in (means, means[:1] * 2, means[1:] * 2)]
    evened = _cosine(*(whole - part for whole, part in zip((products, *squares), of_means, strict=True)))
    evened = np.where(casts <= _MOST_CAST, evened, -1)
    gain = np.clip((products + _GREY) / (squares[1] + _GREY), 0.75, 1.33)
    other = other * gain[:, None, None, None]
    strength = np.sqrt((one * one).sum(axis=1)) + np.sqrt((other * other).sum(axis=1))
    difference = np.sqrt(((one - other) ** 2).sum(axis=1)) / (_COLOUR_NOISE + _COLOUR_SHARE * strength)
    is_one_grey = (np.minimum(*squares) < 4) & (np.maximum(*squares) > _GREY)
    return cosine, evened, is_one_grey, difference.max(axis=(1, 2))


def _cosine(products: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the cosine of colours from their mean product and squares; nearly grey ones are alike."""
    cosine: np.ndarray = (products + _GREY) / np.sqrt((one + _GREY) * (other + _GREY))
    return cosine


def _opponents(colours: np.ndarray) -> np.ndarray:
    """Return red against green, and yellow against blue, float32 (n, 2, side, side)."""
    red, green, blue = (colours[..., channel].astype(np.float32) for channel in range(3))
    return np.stack([red - green, (red + green) / 2 - blue], axis=1)
