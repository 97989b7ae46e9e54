"""Maps: what in a picture spoke for the answer, place by place.

Two ways. The last map of features times its gradient is exact where logits are sums over places (a class activation
map), and to first order elsewhere. Occlusion hides one place after the other and needs nothing of the network.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from classeur.models.onnx_tail import Tail

Method = Literal["activation", "gradient", "occlusion"]

# Places along a side that are hidden one after the other, and the share of the side that each hides.
_NUM_PLACES, _HIDDEN = 8, 0.25
# The blur's standard deviation is so small a part of the side: nothing of an object's shape is left.
_BLUR = 12
# Images per forward pass.
_BATCH_SIZE = 32


class EvidenceMap(NamedTuple):
    """What speaks for one class and against another in one picture."""

    values: np.ndarray  # float (rows, columns): above 0 speaks for the class; rows from the top
    method: Method
    chosen: int  # the class that it speaks for
    against: int


def mapped(
    tail: Tail, maps: np.ndarray, logits: np.ndarray, *, chosen: Sequence[int | None] | None = None
) -> list[EvidenceMap]:
    """Return the evidence maps of pictures, from their maps of features.

    Each feature counts at its place by the gradient of the difference of the two classes' logits there. Where logits
    are sums over places, that is the class activation map of Zhou, Khosla, Lapedriza, Oliva, Torralba, CVPR 2016, with
    the next class subtracted: its values sum to the difference, bias included, spread evenly. Else it is HiResCAM
    (Draelos, Carin, arXiv 2011.08891, 2020). Grad-CAM would weigh a channel by its mean gradient, so that a network
    that flattens its last map, as the tutorial's, can stand on one corner and have a map of nothing.

    Args:
        tail: of the model.
        maps: float (n, channels, height, width), as the model gives them.
        logits: float (n, classes).
        chosen: of each picture the class that the map speaks for; the predicted one if None.
    """
    classes, against = _compared(logits, chosen)
    rows = np.arange(len(logits))
    weights = np.zeros_like(logits)
    weights[rows, classes] = 1
    weights[rows, against] = -1
    values = (maps * tail.gradient(maps, weights)).sum(axis=1)
    if tail.is_affine:
        rest = (logits * weights).sum(axis=1) - values.sum(axis=(1, 2))
        values = values + rest[:, None, None] / values[0].size
    method: Method = "activation" if tail.is_affine else "gradient"
    return [
        EvidenceMap(each, method, int(one), int(other))
        for each, one, other in zip(values, classes, against, strict=True)
    ]


def occluded(
    logits_of: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray, *, chosen: int | None = None
) -> EvidenceMap:
    """Return by how much the difference of two logits falls where a part of one picture is hidden.

    In a square of a quarter of the side, on 8 × 8 places in turn, the picture is blurred (Zeiler, Fergus, ECCV 2014,
    hide by grey; blurring, after Fong, Vedaldi, ICCV 2017, adds no edges that are in no photograph). The value of a
    place is the mean fall over the squares that cover it.

    Args:
        logits_of: uint8 (n, height, width, 3) → logits, float (n, classes), or the logarithms of probabilities.
        pixels: uint8 (height, width, 3).
        chosen: the class that the map speaks for; the predicted one if None.
    """
    height, width, _ = pixels.shape
    logits = logits_of(pixels[None])
    (one,), (other,) = _compared(logits, [chosen])
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(min(height, width) / _BLUR)))
    places = []
    for side in (height, width):
        hidden = max(1, round(side * _HIDDEN))
        starts = np.linspace(0, side - hidden, _NUM_PLACES).round().astype(int)
        places.append([slice(start, start + hidden) for start in starts.tolist()])
    boxes = [(down, across) for down in places[0] for across in places[1]]
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for start in range(0, len(boxes), _BATCH_SIZE):
        some = boxes[start : start + _BATCH_SIZE]
        hidden_pictures = np.repeat(pixels[None], len(some), axis=0)
        for picture, box in zip(hidden_pictures, some, strict=True):
            picture[box] = blurred[box]
        answers = logits_of(hidden_pictures)
        falls = (logits[0, one] - logits[0, other]) - (answers[:, one] - answers[:, other])
        for box, fall in zip(some, falls.tolist(), strict=True):
            total[box] += fall
            count[box] += 1
    return EvidenceMap(total / count, "occlusion", int(one), int(other))


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Return how far two maps of one picture agree: Spearman's rank correlation, −1 … 1, over the coarser's places.

    Args:
        first, second: float (rows, columns) each.

    >>> agreement(np.arange(16.0).reshape(4, 4), np.arange(64.0).reshape(8, 8))
    1.0
    """
    coarse, fine = sorted((first, second), key=lambda each: each.size)
    shrunk = _shrunk(fine, coarse.shape)
    if min(np.ptp(coarse), np.ptp(shrunk)) == 0:
        return 0.0
    from scipy.stats import spearmanr

    return float(spearmanr(coarse.ravel(), shrunk.ravel()).statistic)


def _compared(logits: np.ndarray, chosen: Sequence[int | None] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the class of each picture that its map speaks for, and the most probable other one, int (n,) each."""
    best = logits.argmax(axis=1)
    classes = np.array([best[row] if each is None else each for row, each in enumerate(chosen or [None] * len(best))])
    others = logits.astype(np.float64).copy()
    others[np.arange(len(others)), classes] = -np.inf
    return classes, others.argmax(axis=1)


def _shrunk(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the means of the parts of a map, as many as `shape` says."""
    rows, columns = (
        [round(side * part / parts) for part in range(parts)] for side, parts in zip(values.shape, shape, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    counts = np.add.reduceat(np.add.reduceat(np.ones_like(values), rows, axis=0), columns, axis=1)
    shrunk: np.ndarray = sums / counts
    return shrunk
