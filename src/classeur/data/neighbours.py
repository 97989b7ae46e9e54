"""Which of many vectors are alike, without comparing each with each.

Each vector is filed under the pivots that it is most like, and looked for under a few of them: with as many pivots as
twice the square root of the number of vectors, n of them take some n^1.5 products. Values are whole numbers, so that
sums are exact in float32 and every machine finds the same.
"""

from typing import NamedTuple

import numpy as np

# Under how many pivots each vector is filed.
_NUM_FILED = 2
# Fewer vectors are compared each with each.
_FEW = 2048
# Rows whose products with others are in memory at once.
_NUM_ROWS = 4096

# Length of a vector in whole numbers. Products of two are below 2^15; see `_ranked`.
_LENGTH = 127.0


class Neighbours(NamedTuple):
    """Pairs of a query and a vector that are alike."""

    queries: np.ndarray  # int64 (n,)
    rows: np.ndarray  # int64 (n,)
    cosines: np.ndarray  # float32 (n,)


def whole(vectors: np.ndarray) -> np.ndarray:
    """Return vectors of one length in whole numbers, float32 (n, d); a vector of zeros stays as it is.

    >>> whole(np.array([[3.0, 4.0]])).tolist()
    [[76.0, 102.0]]
    """
    vectors = np.asarray(vectors, np.float32)
    norms = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))[:, None]
    return np.rint(vectors * np.divide(_LENGTH, norms, out=np.zeros_like(norms), where=norms > 0))


class Files:
    """Vectors filed under pivots.

    >>> files = Files(whole(np.eye(3)))
    >>> found = files.alike(whole(np.array([[1.0, 0.1, 0.0]])), least=0.9, most=2)
    >>> found.queries.tolist(), found.rows.tolist()
    ([0], [0])
    """

    def __init__(self, vectors: np.ndarray) -> None:
        """File vectors, as `whole` makes them; every so manieth is a pivot, so their order should be arbitrary."""
        self._vectors = vectors
        num_pivots = round(2 * np.sqrt(len(vectors))) if len(vectors) > _FEW else 1
        self._pivots = vectors[np.arange(num_pivots) * len(vectors) // num_pivots]
        self._filed = _by_pivot(_nearest(vectors, self._pivots, _NUM_FILED), num_pivots)

    def alike(self, queries: np.ndarray, *, least: float, most: int, num_probes: int = 8) -> Neighbours:
        """Return for each query the vectors that are alike, itself included where it is filed.

        Args:
            queries: as `whole` makes them, float32 (m, d).
            least: smallest cosine, in (0, 1].
            most: of them for each query, the most alike, so that many vectors of one kind do not take forever.
            num_probes: pivots under which to look for each; fewer miss more of those that are little alike.
        """
        bound = np.float32(least * _LENGTH**2)
        probes = _by_pivot(_nearest(queries, self._pivots, num_probes), len(self._pivots))
        keys: list[np.ndarray] = []
        for filed, asking in zip(self._filed, probes, strict=True):
            for start in range(0, len(asking), _NUM_ROWS):
                some = asking[start : start + _NUM_ROWS]
                products = queries[some] @ self._vectors[filed].T
                query, row = np.nonzero(products >= bound)
                keys.append(_ranked(some[query], filed[row], products[query, row], most))
        return _neighbours(np.unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64), most)


def _nearest(vectors: np.ndarray, pivots: np.ndarray, number: int) -> np.ndarray:
    """Return the pivots that each vector is most like, int64 (n, number), or all if there are fewer."""
    if len(pivots) <= number:
        return np.tile(np.arange(len(pivots)), (len(vectors), 1))
    # The products are whole, so the pivot's number can break ties in the same array, in float64.
    ties = np.arange(len(pivots)) / len(pivots)
    nearest = np.empty((len(vectors), number), np.int64)
    for start in range(0, len(vectors), _NUM_ROWS):
        products = ties - vectors[start : start + _NUM_ROWS] @ pivots.T
        nearest[start : start + _NUM_ROWS] = np.argpartition(products, number - 1, axis=1)[:, :number]
    return nearest


def _by_pivot(nearest: np.ndarray, num_pivots: int) -> list[np.ndarray]:
    """Return for each pivot the rows that name it, in order."""
    order = np.argsort(nearest, axis=None, kind="stable")
    bounds = np.searchsorted(nearest.ravel()[order], np.arange(1, num_pivots))
    return np.split(order // nearest.shape[1], bounds)


def _ranked(queries: np.ndarray, rows: np.ndarray, products: np.ndarray, most: int) -> np.ndarray:
    """Return keys that sort by query, then the most alike first: 24 bits query, 15 bits product, 24 bits row."""
    keys = (queries << 39) | ((2**15 - 1 - products.astype(np.int64)) << 24) | rows
    keys.sort()
    return keys[_ranks(keys >> 39) < most]


def _neighbours(keys: np.ndarray, most: int) -> Neighbours:
    keys = keys[_ranks(keys >> 39) < most]
    products = 2**15 - 1 - ((keys >> 24) & (2**15 - 1))
    return Neighbours(keys >> 39, keys & (2**24 - 1), (products / _LENGTH**2).astype(np.float32))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the place of each value among its equals; the values are sorted."""
    places = np.arange(len(values))
    return places - np.searchsorted(values, values)
