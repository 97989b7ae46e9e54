"""Shortcuts: a mark, a frame's corner or a date by which a class is told, in the same place of its pictures.

An object is here and there. Where what speaks for a class lies in one place more than for the other classes, that
place is replaced by the same place of pictures of other classes, and it is counted how many pictures lose most of what
spoke for the class.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from classeur.evaluation.intervals import wilson_interval
from classeur.evaluation.maps import EvidenceMap

# A place is a third of each side.
_PARTS = 3
# By how much more of the evidence for a class has to lie in a place than of that for other classes. Of the tutorial's
# photographs it is 0.05, of cats half of which had a red square in a corner 0.46; see docs/results.md.
_EXCESS = 0.15
# Replacing the place has to take more than this share of what spoke for the class.
_LOSS = 0.5
# From more than this share of the pictures called so: others are called so by mistake, or for a reason besides. Of the
# tutorial's cats and dogs it takes that from 2 of 40, of cats with and without a red square from 43 of 73.
_TOLD = 1 / 3
# With fewer pictures of a class nothing is told.
_FEWEST = 10


class SharedPlace(NamedTuple):
    """A place by which a class is told in most of its pictures."""

    label: int  # the class
    excess: float  # share of its evidence that lies there, less that of the other classes, 0 … 1
    num_lost: int  # pictures that lose more than half of what spoke for the class when the place is replaced
    num_images: int  # called that class
    top: float  # edges of the place, shares of the sides from the top and from the left
    left: float
    bottom: float
    right: float


def shared_places(
    logits_of: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray, evidence: Sequence[EvidenceMap]
) -> list[SharedPlace]:
    """Return the places by which classes are told, those that take the most first.

    Args:
        logits_of: uint8 (n, height, width, 3) → logits, float (n, classes).
        pixels: of pictures that the model was not trained on, uint8 (n, height, width, 3).
        evidence: for the predicted class of each.
    """
    called = np.array([each.chosen for each in evidence])
    values = np.maximum(np.stack([each.values for each in evidence]), 0)
    total = values.sum(axis=(1, 2), keepdims=True)
    shares = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
    found = []
    for label in np.unique(called).tolist():
        mine = called == label
        if min(int(mine.sum()), int((~mine).sum())) < _FEWEST:
            continue
        rows, columns = (max(1, round(side / _PARTS)) for side in values.shape[1:])
        window = np.lib.stride_tricks.sliding_window_view
        excess = window(shares[mine].mean(axis=0) - shares[~mine].mean(axis=0), (rows, columns)).sum(axis=(2, 3))
        row, column = map(int, np.unravel_index(excess.argmax(), excess.shape))
        if excess[row, column] < _EXCESS:
            continue
        height, width = values.shape[1:]
        edges = (row / height, column / width, (row + rows) / height, (column + columns) / width)
        num_lost = _num_lost(logits_of, pixels[mine], pixels[~mine], label, edges)
        if wilson_interval(num_lost, int(mine.sum())).low > _TOLD:
            found.append(SharedPlace(label, float(excess[row, column]), num_lost, int(mine.sum()), *edges))
    return sorted(found, key=lambda each: -each.num_lost / each.num_images)


def _num_lost(
    logits_of: Callable[[np.ndarray], np.ndarray],
    pixels: np.ndarray,
    others: np.ndarray,
    label: int,
    edges: tuple[float, float, float, float],
) -> int:
    """Return how many pictures lose more than half of what speaks for a class with a place of other pictures."""
    height, width = pixels.shape[1:3]
    top, left, bottom, right = (
        round(edge * side) for edge, side in zip(edges, (height, width, height, width), strict=True)
    )
    replaced = pixels.copy()
    replaced[:, top:bottom, left:right] = np.resize(others, pixels.shape)[:, top:bottom, left:right]
    before, after = (_lead(logits_of(each), label) for each in (pixels, replaced))
    return int((after < (1 - _LOSS) * before).sum())


def _lead(logits: np.ndarray, label: int) -> np.ndarray:
    """Return by how much the logit of a class is above the next one, float (n,)."""
    others = logits.astype(np.float64).copy()
    others[:, label] = -np.inf
    lead: np.ndarray = logits[:, label] - others.max(axis=1)
    return lead
