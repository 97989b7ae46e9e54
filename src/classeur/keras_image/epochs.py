"""An iterator cut into epochs of so many steps, as `fit_generator` cut it when the tutorial was written.

Keras 3 lets all epochs with `steps_per_epoch` share one pass and then runs out of data; so these are what it is given.
"""

import math
import threading
from typing import Any

from classeur.errors import NothingUsableError
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_PyDataset: Any = load_keras().utils.PyDataset

# Keras looks at the first batches of a data set before it trains on them: two, and as many as its backend reads ahead.
_NUM_KEPT = 4


class EndlessEpochs(_PyDataset):
    """Epochs of `steps` batches that go on where the last one ended, over the border of the iterator's own epochs."""

    def __init__(self, iterator: Iterator, steps: float) -> None:
        """Take the iterator and how many steps an epoch has; a fraction counts as a step, as it did."""
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
        """Return the next batch, or the one that was looked at before its epoch began."""
        with self._lock:
            self._last = index
            if index in self._kept:
                return self._kept[index]
            batch = self._next()
            if index < _NUM_KEPT:
                self._kept[index] = batch
            return batch

    def on_epoch_begin(self) -> None:
        """Note that what is asked for now is trained on."""
        self._is_in_epoch = True

    def on_epoch_end(self) -> None:
        """Go on to the next batches, if the epoch's were all asked for; Keras calls this before the first epoch too."""
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
        return self._iterator[self._position - 1]


class FirstSteps(_PyDataset):
    """The first `steps` batches of an iterator at every pass; from the start again where it has not so many."""

    def __init__(self, iterator: Iterator, steps: float) -> None:
        """Take the iterator and how many steps; a fraction counts as a step."""
        super().__init__()
        self._iterator = iterator
        self._steps = math.ceil(steps)

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> Any:
        return self._iterator[index % max(1, len(self._iterator))]
