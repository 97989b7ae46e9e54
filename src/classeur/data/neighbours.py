"""Which of many vectors are alike, without comparing each with each.

Each vector is filed under the pivots that it is most like, and looked for under a few of them: with as many pivots as
twice the square root of the number of vectors, n of them take some n^1.5 products. Values are whole numbers, so that
sums are exact in float32 and every machine finds the same.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from classeur.threads import map_in_threads

# Under how many pivots each vector is filed.
_NUM_FILED = 2
# Fewer vectors are compared each with each.
_FEW = 2048
# Rows whose products with others are in memory at once.
_NUM_ROWS = 4096

# Multiplications that OpenBLAS does in one thread. On a busy machine its threads wait for each other: two processors
# took 17 µs for 270,000 and 950 µs for 830,000.
_TILE = 2**18

# More than the pivots of 2^24 vectors.
_PIVOT_BITS = 14

# Length of a vector in whole numbers. Products of two are below 2^15; see `_ranked`.
LENGTH = 127.0


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
    rounded: np.ndarray = np.rint(vectors * np.divide(LENGTH, norms, out=np.zeros_like(norms), where=norms > 0))
    return rounded


def distinct(values: np.ndarray) -> np.ndarray:
    """Return each of some whole numbers once, sorted.

    `np.unique` of NumPy 2.4 hashes them first: 3.7 s for 4.5 million, against 0.04 s.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    values = np.sort(values, axis=None)
    kept: np.ndarray = values[np.append(True, values[1:] != values[:-1])[: len(values)]]
    return kept


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
        num_pivots = int(2 * np.sqrt(len(vectors))) if len(vectors) > _FEW else 1
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
        bound = np.float32(least * LENGTH**2)
        probes = _by_pivot(_nearest(queries, self._pivots, num_probes), len(self._pivots))

        def compare(pivot: int) -> list[np.ndarray]:
            filed, asking, keys = self._filed[pivot], probes[pivot], []
            for start in range(0, len(asking), _NUM_ROWS):
                some = asking[start : start + _NUM_ROWS]
                products = _products(queries[some], self._vectors[filed])
                # Twice as fast as `np.nonzero` of the array as it is.
                query, row = np.divmod(np.flatnonzero(products >= bound), len(filed))
                keys.append(_ranked(some[query], filed[row], products[query, row], most))
            return keys

        keys = list(itertools.chain.from_iterable(map_in_threads(compare, range(len(probes)))))
        return _neighbours(distinct(np.concatenate(keys)) if keys else np.zeros(0, np.int64), most)


def _products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the products of each vector with each, float32 (n, m), in tiles that BLAS does not divide."""
    num_values = first.shape[1]
    side = max(1, math.isqrt(_TILE // num_values))
    tiles = [
        np.concatenate([array, np.zeros((-len(array) % side, num_values), np.float32)]).reshape(-1, side, num_values)
        for array in (first, second)
    ]
    products: np.ndarray = tiles[0][:, None] @ tiles[1].swapaxes(1, 2)
    products = products.swapaxes(1, 2).reshape(len(tiles[0]) * side, -1)
    return products[: len(first), : len(second)]


def _nearest(vectors: np.ndarray, pivots: np.ndarray, number: int) -> np.ndarray:
    """Return the pivots that each vector is most like, int64 (n, number), or all if there are fewer."""
    if len(pivots) <= number:
        return np.tile(np.arange(len(pivots)), (len(vectors), 1))
    # The products are whole numbers, so the pivot's own number fits beside them and breaks ties; sorting such keys is
    # several times as fast as sorting places.
    nearest = np.empty((len(vectors), number), np.int64)
    for start in range(0, len(vectors), _NUM_ROWS):
        products = _products(vectors[start : start + _NUM_ROWS], pivots).astype(np.int32)
        keys = np.arange(len(pivots), dtype=np.int32) - products * 2**_PIVOT_BITS
        nearest[start : start + _NUM_ROWS] = np.partition(keys, number - 1, axis=1)[:, :number] & (2**_PIVOT_BITS - 1)
    return nearest


def _by_pivot(nearest: np.ndarray, num_pivots: int) -> list[np.ndarray]:
    """Return for each pivot the rows that name it, in order."""
    order = np.argsort(nearest, axis=None, kind="stable")
    bounds = np.searchsorted(nearest.ravel()[order], np.arange(1, num_pivots))
    rows: list[np.ndarray] = np.split(order // nearest.shape[1], bounds)
    return rows


def _ranked(queries: np.ndarray, rows: np.ndarray, products: np.ndarray, most: int) -> np.ndarray:
    """Return keys that sort by query, then the most alike first: 24 bits query, 15 bits product, 24 bits row."""
    keys = (queries << 39) | ((2**15 - 1 - products.astype(np.int64)) << 24) | rows
    keys.sort()
    best: np.ndarray = keys[_ranks(keys >> 39) < most]
    return best


def _neighbours(keys: np.ndarray, most: int) -> Neighbours:
    keys = keys[_ranks(keys >> 39) < most]
    products = 2**15 - 1 - ((keys >> 24) & (2**15 - 1))
    cosines: np.ndarray = (products / LENGTH**2).astype(np.float32)
    return Neighbours(keys >> 39, keys & (2**24 - 1), cosines)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the place of each value among its equals; the values are sorted."""
    ranks: np.ndarray = np.arange(len(values)) - np.searchsorted(values, values)
    return ranks
