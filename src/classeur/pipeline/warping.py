"""Draws to pictures: one resampling an image."""

import cv2
import numpy as np


def warp(picture: np.ndarray, matrix: np.ndarray, *, out: np.ndarray) -> None:
    """Write the picture, looked up through a matrix, into `out`: bilinear, outside filled with the nearest pixel.

    Args:
        picture: uint8 (height, width, 3).
        matrix: float64 (2, 3), from (x, y, 1) of the result to (x, y) of the picture, as `augmentation.draw` makes it.
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
