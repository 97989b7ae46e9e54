"""Whether two pictures show the same: one is laid over the other, and they are compared part by part.

Shift and scale of each axis, brightness and contrast are found together by least squares (Lucas and Kanade, IJCAI 1981;
Baker and Matthews, IJCV 56 (2004) 221–255). Then each of 8×8 parts is compared by itself: two photographs of other
things on white share their outline at most, a watermark changes only the parts that it covers.
"""

from typing import NamedTuple

import numpy as np

# Parts along each axis.
NUM_PARTS = 8

# The largest shift, as a share of half a side, and change of scale: a crop of 10 % on one side is 0.1 and 0.1.
_REACH = 0.14
# The largest change of either in one step.
_STEP = 0.05
# A part with less, in levels of 0 … 255 (standard deviation), has nothing to compare; one with more than the other
# bound counts no more for it.
_LEAST_DEVIATION = 3.0
_MOST_DEVIATION = 20.0

# How the second picture is sampled to lie over the first: (scale down, shift down, scale across, shift across).
_IDENTITY = (1.0, 0.0, 1.0, 0.0)


class Alignment(NamedTuple):
    """How well pairs of pictures agree once one is laid over the other."""

    placements: np.ndarray  # float32 (n, 4): scale and shift down, scale and shift across; 1 and 0 as they are
    likeness: np.ndarray  # float32 (n,): mean correlation of the parts, −1 … 1, weighted by their contrast
    shares: np.ndarray  # float32 (n,): of the parts that have contrast, how many correlate by more than 0.6
    num_parts: np.ndarray  # int64 (n,): parts with contrast


def unmoved(num_pairs: int) -> np.ndarray:
    """Return placements that lay the second picture exactly over the first, float32 (n, 4)."""
    return np.tile(np.array(_IDENTITY, np.float32), (num_pairs, 1))


def place(first: np.ndarray, second: np.ndarray, placements: np.ndarray, *, num_steps: int) -> np.ndarray:
    """Return better placements of the second pictures over the first, float32 (n, 4).

    Args:
        first, second: float32 (n, side, side).
        placements: where to begin.
        num_steps: of the least squares; they end at once only where nothing is left to move.
    """
    side = first.shape[-1]
    places = _places(side)
    # A pale picture is nearly a constant, which the least squares take from its contrast and then from its scale.
    first = first - first.mean(axis=(1, 2), keepdims=True)
    second = second - second.mean(axis=(1, 2), keepdims=True)
    for _ in range(num_steps):
        moved, inside = laid_over(second, placements)
        down, across = np.zeros_like(moved), np.zeros_like(moved)
        down[:, 1:-1] = (moved[:, 2:] - moved[:, :-2]) * (side / 4)
        across[:, :, 1:-1] = (moved[:, :, 2:] - moved[:, :, :-2]) * (side / 4)
        down /= placements[:, 0, None, None]
        across /= placements[:, 2, None, None]
        columns = np.stack([down * places[:, None], down, across * places, across, moved, np.ones_like(moved)], axis=1)
        columns = (columns * inside[:, None]).reshape(len(first), 6, -1)
        squares = columns @ columns.swapaxes(1, 2)
        diagonal = np.einsum("nii->ni", squares)
        diagonal += 1e-3 * diagonal + 1e-3  # where there is no contrast, nothing moves
        found = np.linalg.solve(squares, columns @ first.reshape(len(first), -1, 1))[:, :, 0]
        contrast = np.maximum(np.abs(found[:, 4:5]), 0.1)
        placements = placements + np.clip(found[:, :4] / contrast, -_STEP, _STEP)
        placements[:, 0::2] = np.clip(placements[:, 0::2], 1 - _REACH, 1 + _REACH)
        placements[:, 1::2] = np.clip(placements[:, 1::2], -_REACH, _REACH)
    return placements


def correlation(first: np.ndarray, second: np.ndarray, placements: np.ndarray) -> np.ndarray:
    """Return the correlation of the pictures where they overlap, float32 (n,)."""
    moved, inside = laid_over(second, placements)
    counts = inside.sum(axis=(1, 2))
    one, other = (
        (array - ((array * inside).sum(axis=(1, 2)) / counts)[:, None, None]) * inside for array in (first, moved)
    )
    norms = np.sqrt((one * one).sum(axis=(1, 2)) * (other * other).sum(axis=(1, 2)))
    result: np.ndarray = (one * other).sum(axis=(1, 2)) / np.maximum(norms, 1e-6)
    return result


def compare(first: np.ndarray, second: np.ndarray, placements: np.ndarray) -> Alignment:
    """Return how well the parts of placed pictures agree.

    Args:
        first, second: float32 (n, side, side), in levels of 0 … 255; the side is a multiple of 8.
        placements: as `place` returns them.
    """
    moved, inside = laid_over(second, placements)
    one, other = parts_of(first), parts_of(moved)
    whole = parts_of(inside).all(axis=2)
    one, other = one - one.mean(axis=2, keepdims=True), other - other.mean(axis=2, keepdims=True)
    deviations = np.sqrt([(one * one).mean(axis=2), (other * other).mean(axis=2)])
    correlations = (one * other).mean(axis=2) / np.maximum(deviations[0] * deviations[1], 1e-6)
    contrast = deviations.max(axis=0)
    counts = whole & (contrast >= _LEAST_DEVIATION)
    weights = np.where(counts, np.minimum(contrast, _MOST_DEVIATION), 0)
    num_parts = counts.sum(axis=1)
    return Alignment(
        placements,
        (correlations * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-6),
        ((correlations > 0.6) & counts).sum(axis=1) / np.maximum(num_parts, 1),
        num_parts,
    )


def parts_of(pictures: np.ndarray, *, num_parts: int = NUM_PARTS) -> np.ndarray:
    """Return the pixels of each part, (n, parts, pixels), of so many parts along each axis."""
    num_pairs, side = pictures.shape[:2]
    part = side // num_parts
    parts = pictures.reshape(num_pairs, num_parts, part, num_parts, part).swapaxes(2, 3)
    return parts.reshape(num_pairs, num_parts**2, part * part)


def _places(side: int) -> np.ndarray:
    """Return the places of pixels along an axis: 0 in the middle, ±1 at the edges."""
    return (np.arange(side, dtype=np.float32) - (side - 1) / 2) / (side / 2)


def laid_over(pictures: np.ndarray, placements: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures sampled bilinearly at their places, and which pixels are inside, bool (n, side, side)."""
    side = pictures.shape[-1]
    matrices, insides = [], []
    for scale, shift in ((placements[:, 0:1], placements[:, 1:2]), (placements[:, 2:3], placements[:, 3:4])):
        rows = (_places(side) * scale + shift) * (side / 2) + (side - 1) / 2
        matrices.append(np.maximum(1 - np.abs(rows[:, :, None] - np.arange(side, dtype=np.float32)), 0))
        insides.append((rows > -0.01) & (rows < side - 0.99))
    moved: np.ndarray = matrices[0] @ pictures @ matrices[1].swapaxes(1, 2)
    return moved, insides[0][:, :, None] & insides[1][:, None]
