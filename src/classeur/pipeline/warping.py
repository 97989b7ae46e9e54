"""Augmentation on the CPU: one resampling, one colour product and one clip per image; and mixing two images."""

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

from classeur.pipeline.augmentation import Draws
from classeur.threads import lock_held_at_fork

# The filling of an erased box: mid-grey, rounded.
ERASED = 128


def warp(picture: np.ndarray, matrix: np.ndarray, *, out: np.ndarray) -> None:
    """Write an image, transformed by a matrix, into `out`: bilinear; the outside is filled with the nearest pixel.

    Args:
        picture: uint8 (height, width, 3).
        matrix: float64 (2, 3), from (x, y, 1) of the result to (x, y) of the image, as from `augmentation.draw`.
        out: uint8 (height, width, 3), contiguous; written in place.

    >>> picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    >>> out = np.empty_like(picture)
    >>> warp(picture, np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), out=out)  # mirrored
    >>> out[0].tolist()
    [[3, 4, 5], [0, 1, 2]]
    """
    height, width = out.shape[:2]
    cv2.warpAffine(
        picture,
        matrix,
        (width, height),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def apply_draw(picture: np.ndarray, draws: Draws, row: int, *, out: np.ndarray, changes_colour: bool = True) -> None:
    """Write the augmented image into `out`: warped, then its colours changed, then a box erased.

    It is rounded to whole levels after the warp and after the colour product, which is clipped to 0 … 255.

    Args:
        picture: uint8 (height, width, 3).
        draws: the parameters, as from `augmentation.draw`.
        row: of the parameters.
        out: uint8 (height, width, 3), contiguous; written in place.
        changes_colour: False if all colour matrices are the identity, which saves the product.

    >>> from classeur.pipeline.augmentation import Augmentation, draw
    >>> out = np.empty((1, 2, 3), np.uint8)
    >>> draws = draw(Augmentation(), 0, 0, np.arange(1), image_size=(1, 2))
    >>> draws = draws._replace(colours=2 * np.eye(3, 4)[None], boxes=np.array([[0, 1, 1, 2]]))
    >>> apply_draw(np.array([[[1, 2, 200], [9, 9, 9]]], np.uint8), draws, 0, out=out)
    >>> out.tolist()
    [[[2, 4, 255], [128, 128, 128]]]
    """
    warp(picture, draws.matrices[row], out=out)
    if changes_colour:
        cv2.transform(out, draws.colours[row], dst=out)
    top, left, bottom, right = draws.boxes[row].tolist()
    if bottom > top:
        out[top:bottom, left:right] = ERASED


def mix(picture: np.ndarray, partner: np.ndarray, weight: float, *, out: np.ndarray) -> None:
    """Write weight · picture + (1 − weight) · partner, rounded to whole levels, into `out`.

    Args:
        picture, partner: uint8 (height, width, 3).
        weight: the image's share, 0 … 1.
        out: uint8 (height, width, 3), contiguous; written in place; may be one of the two.

    Source: Zhang, Cissé, Dauphin, Lopez-Paz, "mixup: Beyond empirical risk minimization", ICLR 2018, equation 1.

    >>> out = np.full((1, 1, 3), 100, np.uint8)
    >>> mix(out, np.full((1, 1, 3), 200, np.uint8), 0.75, out=out)
    >>> out.tolist()
    [[[125, 125, 125]]]
    """
    cv2.addWeighted(picture, weight, partner, 1 - weight, 0, dst=out)


_LOCK = lock_held_at_fork()
_num_inside = 0
_threads_outside = 0


@contextmanager
def opencv_in_one_thread() -> Iterator[None]:
    """Switch off OpenCV's own threads, a setting of the whole process, inside the block: images run in threads already.

    Blocks may overlap in any order: the first one changes the setting, the last one restores it. A child forked
    in the midst keeps one thread.
    """
    global _num_inside, _threads_outside
    with _LOCK:
        if not _num_inside:
            _threads_outside = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _num_inside += 1
    try:
        yield
    finally:
        with _LOCK:
            _num_inside -= 1
            if not _num_inside:
                cv2.setNumThreads(_threads_outside)
