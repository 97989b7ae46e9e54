"""Pairs of images that may be near-duplicates, without opening a file: by their hashes, and by features.

Hashes are compared in all eight turns and without each corner. Each pair comes with the way to lay the first over the
second, from which `alignment` goes on.
"""

import itertools

import numpy as np

from classeur.data import alignment
from classeur.data.neighbours import LENGTH, Files, Neighbours, distinct, whole
from classeur.data.perceptual import NUM_TURNS, cropped_values, turned_values

# Frequencies along each axis by which candidates are found: finer ones do not survive a crop.
_FREQUENCIES = 8
# Least cosine of a candidate as it is or mirrored, where crops are looked for, and in the six other turns.
_LEAST_NEAR, _LEAST_TURNED = 0.56, 0.9
# From this cosine on, pairs are likely.
_LIKELY = 0.85
# What is left where a tenth is cut off at one corner, down and across. Crops at one side are found by their own hash.
_LEFT, _RIGHT = (0.1, 1.0), (0.0, 0.9)
_CORNERS = tuple(itertools.product((_LEFT, _RIGHT), repeat=2))
# Least cosine of a candidate with the hash that follows for one of these.
_LEAST_CROPPED = 0.85
# The ways to lay the first over the second: its turns; then it is whole and the second cut at a corner; then reversed.
_NUM_WAYS = NUM_TURNS + 2 * len(_CORNERS)
# Least cosine of the features of a candidate, about their mean.
_LEAST_FEATURES = 0.8
# Candidates for each image in one turn.
_MOST = 16
# Pairs whose cosines are taken at once.
_NUM_PAIRS = 2**15


def find_candidates(values: np.ndarray, features: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs that may be near-duplicates, int64 (n, 3), and which are likely, bool (n,).

    Each pair once in each way: first, second, and the way to lay the first over the second.

    Args:
        values: of the hashes, float32 (n, 10, 10).
        features: float (n, d), or None.
    """
    vectors = [_vectors(turned_values(values, turn)) for turn in range(NUM_TURNS)]
    files = Files(vectors[0])
    found = []
    for turn, queries in enumerate(vectors):
        if turn in (0, 1):
            alike = files.alike(queries, least=_LEAST_NEAR, most=_MOST, num_probes=16)
        else:
            alike = files.alike(queries, least=_LEAST_TURNED, most=_MOST, num_probes=4)
        found.append(np.stack([alike.queries, alike.rows, np.full(len(alike.rows), turn)], axis=1))
    for corner, (down, across) in enumerate(_CORNERS):
        queries = _vectors(cropped_values(values, down, across))
        alike = files.alike(queries, least=_LEAST_CROPPED, most=_MOST, num_probes=4)
        found.append(np.stack([alike.queries, alike.rows, np.full(len(alike.rows), NUM_TURNS + corner)], axis=1))
    if features is not None:
        centred = whole(features - features.mean(axis=0))
        alike = Files(centred).alike(centred, least=_LEAST_FEATURES, most=_MOST, num_probes=4)
        found.append(np.stack([alike.queries, alike.rows, _best_turns(vectors, alike)], axis=1))
    pairs = np.concatenate(found)
    first, second, turns = pairs[pairs[:, 0] != pairs[:, 1]].T
    swapped = first > second
    # Of the quarter turns, which are 5 and 6, each undoes the other; every other turn undoes itself.
    turns = np.where(swapped & ((turns == 5) | (turns == 6)), 11 - turns, turns)
    turns = np.where(swapped & (turns >= NUM_TURNS), turns + len(_CORNERS), turns)
    keys = distinct((np.minimum(first, second) << 28) | (np.maximum(first, second) << 4) | turns)
    candidates = np.stack([keys >> 28, (keys >> 4) & (2**24 - 1), keys & 15], axis=1)
    are_likely = np.zeros(len(candidates), bool)
    are_likely[candidates[:, 2] >= NUM_TURNS] = True
    for turn, queries in enumerate(vectors):
        of_turn = np.flatnonzero(candidates[:, 2] == turn)
        for start in range(0, len(of_turn), _NUM_PAIRS):
            some = of_turn[start : start + _NUM_PAIRS]
            one, other = queries[candidates[some, 0]], vectors[0][candidates[some, 1]]
            are_likely[some] = np.einsum("nd,nd->n", one, other) >= _LIKELY * LENGTH**2
    return candidates, are_likely


def _vectors(values: np.ndarray) -> np.ndarray:
    return whole(values[:, :_FREQUENCIES, :_FREQUENCIES].reshape(len(values), -1))


def starts() -> np.ndarray:
    """Return where the placement of the pictures begins in each way, float32 (16, 4)."""
    placements = alignment.unmoved(_NUM_WAYS)
    for corner, bounds in enumerate(_CORNERS):
        # In halves of a side from the middle, the cut one's place x is at `scale` x + `shift` of the whole.
        scales, shifts = [high - low for low, high in bounds], [high + low - 1 for low, high in bounds]
        pairs = list(zip(scales, shifts, strict=True))
        placements[NUM_TURNS + corner] = [value for scale, shift in pairs for value in (1 / scale, -shift / scale)]
        placements[NUM_TURNS + len(_CORNERS) + corner] = [value for pair in pairs for value in pair]
    return placements


def _best_turns(vectors: list[np.ndarray], alike: Neighbours) -> np.ndarray:
    """Return the turn in which the hashes of each pair are most alike, int64 (n,)."""
    rows = vectors[0][alike.rows]
    turns: np.ndarray = np.argmax([np.einsum("nd,nd->n", turned_[alike.queries], rows) for turned_ in vectors], axis=0)
    return turns
