"""Folds and nested parts of the training images: by class, with groups (equal files) never separated.

Whatever is chosen inside the training images draws from here: the penalty of a head, the parts of a learning curve, the
threshold of an outlier score. Who trains and who judges is for `data.splitting` to say.
"""

from collections.abc import Sequence

import numpy as np

# Keep these uses of the seed apart from every other (b"folds", b"parts").
_FOLDS_STREAM, _PARTS_STREAM = 0x666F6C6473, 0x7061727473

Groups = np.ndarray | Sequence[str]


def assign_folds(
    labels: np.ndarray,
    *,
    num_folds: int,
    groups: Groups | None = None,
    kept: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Return the fold of each image, int64 (n,), 0 … num_folds − 1; −1 for one that is never held out.

    Each class is dealt out evenly, group by group; a group of several classes counts to its first image's, unless it is
    kept. Groups that would take a class's last image with them, as a class of one image does, are never held out.

    Args:
        labels: int (n,), class indices.
        num_folds: at least 2.
        groups: (n,), equal values are never separated, also across classes; each image by itself if None.
        kept: (n,), the fold that an image has already, the same for all of its group; −1 for none.
        seed: another seed, another deal.

    >>> folds = assign_folds(np.array([0, 0, 0, 1, 1, 2]), num_folds=2, groups=["a", "a", "b", "c", "d", "e"])
    >>> bool(folds[0] == folds[1] != folds[2]), bool(folds[3] != folds[4]), int(folds[5])
    (True, True, -1)
    """
    numbers, firsts = _numbered(len(labels), groups)
    sizes, classes = np.bincount(numbers).tolist(), labels[firsts].tolist()
    held = np.zeros((int(labels.max(initial=0)) + 1, num_folds), np.int64).tolist()
    total = [0] * num_folds
    folds_of_groups = np.full(len(firsts), -1) if kept is None else kept[firsts]
    for label, fold in zip(labels.tolist(), folds_of_groups[numbers].tolist(), strict=True):
        if fold >= 0:
            held[label][fold] += 1
            total[fold] += 1
    for group in _generator(seed, _FOLDS_STREAM).permutation(len(firsts)).tolist():
        if folds_of_groups[group] >= 0:
            continue
        of_class = held[classes[group]]
        # The emptiest of this class; among equals, of all.
        fold = min(range(num_folds), key=lambda fold: (of_class[fold], total[fold]))
        folds_of_groups[group] = fold
        of_class[fold] += sizes[group]
        total[fold] += sizes[group]
    folds = folds_of_groups[numbers]
    counts = np.zeros((len(held), num_folds), np.int64)
    np.add.at(counts, (labels, folds), 1)
    is_whole = counts == counts.sum(axis=1, keepdims=True)  # all of the class in this one fold
    folds_of_groups[numbers[is_whole[labels, folds]]] = -1
    return np.asarray(folds_of_groups[numbers])


def draw_arrivals(labels: np.ndarray, *, groups: Groups | None = None, seed: int = 0) -> np.ndarray:
    """Return when each image arrives, as the share of its class that came before: float64 (n,), in [0, 1).

    `arrivals < share` is a part of that share of each class, rounded up, so at least one image of each; a smaller part
    lies in every larger one, and groups arrive whole (those of several classes with their first image's).

    Args:
        labels, groups: as `assign_folds` takes them.
        seed: another seed, another order.

    >>> arrivals = draw_arrivals(np.array([0, 0, 0, 0, 1, 1]))
    >>> np.bincount(np.array([0, 0, 0, 0, 1, 1])[arrivals < 0.5]).tolist()
    [2, 1]
    """
    numbers, firsts = _numbered(len(labels), groups)
    order = _generator(seed, _PARTS_STREAM).permutation(len(firsts))
    order = order[np.argsort(labels[firsts[order]], kind="stable")]  # class by class
    sizes, classes = np.bincount(numbers)[order], labels[firsts[order]]
    before = np.cumsum(sizes) - sizes
    of_class = np.bincount(classes, weights=sizes)
    starts = np.cumsum(of_class) - of_class
    arrivals = np.empty(len(firsts))
    arrivals[order] = (before - starts[classes]) / of_class[classes]
    return np.asarray(arrivals[numbers])


def _numbered(num_images: int, groups: Groups | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each image's group, and each group's first image; groups go by these, not by their names."""
    if groups is None:
        return np.arange(num_images), np.arange(num_images)
    _, firsts, inverse = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return ranks[inverse], firsts[order]


def _generator(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array([seed % 2**64, stream], np.uint64)))
