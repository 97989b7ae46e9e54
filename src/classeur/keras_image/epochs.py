"""An iterator cut into epochs of a number of steps, as `fit_generator` did when the tutorial was written.

Keras 3 lets all epochs with `steps_per_epoch` share one pass and then runs out of data, so it is given these instead.
"""

import itertools
import math
import random
import sys
import threading
from collections.abc import Generator, Iterable
from typing import Any

import numpy as np

from classeur.errors import NothingUsableError
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_PyDataset: Any = load_keras().utils.PyDataset
_PyDatasetAdapter: Any = sys.modules[_PyDataset.__module__].PyDatasetAdapter  # has no public name

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
        """Return a batch; in place of one of unusable files only, the next one that has others."""
        return next(self.usable(range(index, index + max(1, len(self._iterator)))))

    def usable(self, indices: Iterable[int]) -> Generator[Any, None, None]:
        """Yield the batches with these indices, without those of unusable files only.

        Raises:
            NothingUsableError: if there are no others.
        """
        error: NothingUsableError | None = None
        has_yielded = False
        for index in indices:
            try:
                batch = self._iterator[index % max(1, len(self._iterator))]
                batch = _as_tuples(without_broken(batch) if self._leaves_out_broken else batch)
            except NothingUsableError as caught:
                error = caught
                continue
            yield batch
            has_yielded = True
        if error and not has_yielded:
            raise error

    def on_epoch_end(self) -> None:
        """Shuffle the iterator again, if it shuffles and all of it is used."""
        if self._steps is None:
            self._iterator.on_epoch_end()


class _PassLength(int):
    """The number of batches of a pass, which Keras compares with those that it has seen to find the pass's end."""

    ends_at: int | None = None
    """How many there are in truth, once the last one is known."""

    def __le__(self, num_seen: int) -> bool:
        """Whether the pass is over: what Python asks for `num_seen >= length`, since a subclass answers first."""
        return num_seen >= (int(self) if self.ends_at is None else self.ends_at)


class SkippingAdapter(_PyDatasetAdapter):
    """Gives Keras the usable batches of `FirstSteps`, which may be fewer than their number promises.

    A data set that Keras reads by index can leave none out. If its iterator ended too early, Keras would warn, and
    TensorFlow would count a step and decay weights without a batch.
    """

    py_dataset: FirstSteps

    def __init__(self, batches: FirstSteps, *, class_weight: Any, shuffle: bool) -> None:
        """Take what `keras.Model.fit` takes for them."""
        super().__init__(batches, class_weight=class_weight, shuffle=shuffle)
        self._length = _PassLength(len(batches))

    @property
    def num_batches(self) -> int:
        """The number of batches of a pass, at most."""
        return self._length

    def _get_iterator(self) -> Generator[Any, None, None]:
        indices = list(range(len(self.py_dataset)))
        if self.shuffle:
            random.shuffle(indices)  # as Keras does
        self._length.ends_at = None
        batches = self.py_dataset.usable(indices)
        upcoming = next(batches, None)
        for number in itertools.count(1):
            if upcoming is None:
                return
            batch, upcoming = upcoming, next(batches, None)
            if upcoming is None:
                self._length.ends_at = number  # before Keras has the last batch and asks
            yield self._standardize_batch(batch)


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
