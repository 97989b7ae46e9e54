"""An iterator cut into epochs of a number of steps, as `fit_generator` did when the tutorial was written.

Keras 3 lets all epochs with `steps_per_epoch` share one pass and then runs out of data, so it is given these instead.
"""

import math
import threading
from typing import Any

import numpy as np

from classeur.errors import NothingUsableError
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_PyDataset: Any = load_keras().utils.PyDataset

# Keras reads the first batches of a data set before it trains on them: two, and those that its backend prefetches.
_NUM_KEPT = 4


class EndlessEpochs(_PyDataset):
    """Epochs of `steps` batches that continue where the last one ended, across the iterator's own epochs."""

    def __init__(self, iterator: Iterator, steps: float) -> None:
        """Take the iterator and the steps per epoch; a fraction counts as a step, as in old Keras."""
        super().__init__()
        self._iterator = iterator
        self._steps = math.ceil(steps)
        self._position = 0  # in the iterator's epoch
        self._kept: dict[int, Any] = {}
        self._is_in_epoch = False
        self._last = -1
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> Any:
        """Return the next batch, or one that was prefetched before its epoch."""
        with self._lock:
            self._last = index
            if index in self._kept:
                return self._kept[index]
            batch = self._next()
            if index < _NUM_KEPT:
                self._kept[index] = batch
            return batch

    def on_epoch_begin(self) -> None:
        """Record that the batches from now on are used for training."""
        self._is_in_epoch = True

    def on_epoch_end(self) -> None:
        """Continue with the next batches if the epoch is complete; Keras calls this before the first epoch too."""
        with self._lock:
            if self._is_in_epoch and self._last == self._steps - 1:
                self._kept.clear()
            self._is_in_epoch = False

    def _next(self) -> Any:
        for _ in range(2 * len(self._iterator)):
            try:
                return self._at_position()
            except NothingUsableError:
                continue
        return self._at_position()

    def _at_position(self) -> Any:
        if self._position and self._position >= len(self._iterator):
            self._iterator.on_epoch_end()
            self._position = 0
        self._position += 1
        return _as_tuples(without_broken(self._iterator[self._position - 1]))


class FirstSteps(_PyDataset):
    """The first `steps` batches of an iterator at every pass; if it has fewer, it starts again."""

    def __init__(self, iterator: Iterator, steps: float | None, *, leaves_out_broken: bool) -> None:
        """Take the iterator and the number of steps; a fraction counts as a step, None means all.

        `leaves_out_broken`: whether an unusable file's row of NaN is left out, as for a mean loss over rows, or kept,
        as for rows that belong to file names.
        """
        super().__init__()
        self._iterator = iterator
        self._steps = None if steps is None else math.ceil(steps)
        self._leaves_out_broken = leaves_out_broken

    def __len__(self) -> int:
        return len(self._iterator) if self._steps is None else self._steps

    def __getitem__(self, index: int) -> Any:
        batch = self._iterator[index % max(1, len(self._iterator))]
        return _as_tuples(without_broken(batch) if self._leaves_out_broken else batch)

    def on_epoch_end(self) -> None:
        """Shuffle the iterator again, if it shuffles and all of it is used."""
        if self._steps is None:
            self._iterator.on_epoch_end()


def without_broken(batch: Any) -> Any:
    """Return a batch without the rows of NaN of unusable files.

    Raises:
        NothingUsableError: if there are no others.

    >>> without_broken((np.array([[1.0], [np.nan]]), np.array([5, 6])))
    (array([[1.]]), array([5]))
    """
    x = batch[0] if isinstance(batch, tuple) else batch
    if not isinstance(x, np.ndarray) or not len(x) or not np.issubdtype(x.dtype, np.floating):
        return batch
    rows = x.reshape(len(x), -1)
    is_whole = ~np.isnan(rows[:, 0])
    if is_whole.all():
        return batch
    is_whole |= ~np.isnan(rows).all(axis=1)
    if not is_whole.any():
        raise NothingUsableError("every file of a batch is unusable; the warnings before this name them")

    def kept(part: Any) -> Any:
        return [each[is_whole] for each in part] if isinstance(part, list) else part[is_whole]

    return tuple(kept(part) for part in batch) if isinstance(batch, tuple) else kept(batch)


def _as_tuples(batch: Any) -> Any:
    """Return a batch with tuples in place of lists of inputs or outputs, as Keras 3 needs them."""
    if isinstance(batch, tuple):
        return tuple(tuple(part) if isinstance(part, list) else part for part in batch)
    return (tuple(batch),) if isinstance(batch, list) else batch
