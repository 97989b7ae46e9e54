"""Neighbours: the images whose features are most like those of a picture."""

from typing import NamedTuple

import numpy as np

from classeur.evaluation.outliers import of_unit_length


class Neighbour(NamedTuple):
    """An image that a picture looks like."""

    row: int  # among those that were searched
    similarity: float  # cosine of the angle between their features, −1 … 1


def nearest(features: np.ndarray, searched: np.ndarray, *, count: int) -> list[list[Neighbour]]:
    """Return the images most like each picture, the most similar first.

    Args:
        features: of pictures, float (n, features).
        searched: of the images that are searched, float (m, features).
        count: how many of them, at most m.

    >>> nearest(np.array([[2.0, 0.0]]), np.array([[0.0, 1.0], [3.0, 0.0], [1.0, 1.0]]), count=2)
    [[Neighbour(row=1, similarity=1.0), Neighbour(row=2, similarity=0.707)]]
    """
    similarities = of_unit_length(features) @ of_unit_length(searched).T
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :count]
    return [
        [Neighbour(int(row), round(float(of_one[row]), 3)) for row in rows]
        for rows, of_one in zip(order, similarities, strict=True)
    ]
