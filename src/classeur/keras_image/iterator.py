"""The base iterator: the order of images, by `next()` and by index, as in Keras."""

from collections.abc import Generator
from typing import Any, Self

import numpy as np

from classeur.errors import NothingUsableError
from classeur.keras_image.batch import Job, Made
from classeur.keras_image.draws import DRAW_LOCK
from classeur.keras_image.read_ahead import ReadAhead
from classeur.models.engine import load_keras
from classeur.pipeline.buffers import Buffers

_PyDataset: Any = load_keras().utils.PyDataset

_DEAD_ARGUMENTS = frozenset(("workers", "use_multiprocessing", "max_queue_size"))


class Iterator(_PyDataset):
    """Endless batches by `next()`, and the batches of an epoch by index.

    A subclass defines a batch in `_get_batches_of_transformed_samples(index_array)`.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any) -> None:
        """Take the number of images and their order.

        Args:
            n: number of images.
            batch_size: images per batch; the last of an epoch may have fewer.
            shuffle: whether every epoch has an order of its own.
            seed: of order and transformations; None continues from the current state of NumPy's generator.
            kwargs: `workers`, `use_multiprocessing`, `max_queue_size`: without effect on batches, which are made in own
                threads. Only `max_queue_size` is stored.

        Raises:
            TypeError: if another argument is given.
        """
        if unknown := set(kwargs) - _DEAD_ARGUMENTS:
            raise TypeError(f"Iterator got unexpected keyword arguments: {', '.join(sorted(unknown))}")
        super().__init__(max_queue_size=kwargs.get("max_queue_size", 10))
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = DRAW_LOCK
        self.index_array: Any = None
        self.index_generator = self._indices = self._flow_index()
        self._ahead = ReadAhead()
        self._buffers = Buffers()
        self._num_by_next = 0

    @property
    def workers(self) -> int:
        """Always 1: with Keras' workers the order of random numbers would be undefined."""
        return 1

    @workers.setter
    def workers(self, value: int) -> None:
        pass

    @property
    def use_multiprocessing(self) -> bool:
        """Always False: processes would not share decoded images."""
        return False

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        pass

    def _set_index_array(self) -> None:
        with DRAW_LOCK:
            self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __getitem__(self, idx: int) -> Any:
        """Return a batch of the current epoch.

        Raises:
            ValueError: if the epoch has fewer batches.
            NothingUsableError: if every file of it is unusable.
        """
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        with DRAW_LOCK:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            self.total_batches_seen += 1
            if self.index_array is None:
                self._set_index_array()
            job = self._job(self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)])
        return job.run()

    def __len__(self) -> int:
        return int(-(-self.n // self.batch_size))

    def on_epoch_end(self) -> None:
        """Shuffle again, if it shuffles."""
        self._set_index_array()

    def reset(self) -> None:
        """Let `next()` start a new epoch."""
        self.batch_index = 0

    def _flow_index(self) -> Generator[np.ndarray, None, None]:
        self.reset()
        yield from self._endless()

    def _endless(self) -> Generator[np.ndarray, None, None]:
        while True:
            yield self._next_indices()

    def _next_indices(self) -> np.ndarray:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        if self.batch_index == 0:
            self._set_index_array()
        start = (self.batch_index * self.batch_size) % self.n if self.n else 0
        self.batch_index = self.batch_index + 1 if self.n > start + self.batch_size else 0
        self.total_batches_seen += 1
        indices: np.ndarray = self.index_array[start : start + self.batch_size]
        return indices

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        """Return the next batch; a batch of unusable files only is skipped.

        Raises:
            NothingUsableError: if all files are unusable.
        """
        for _ in range(len(self)):
            try:
                return self._next_batch()
            except NothingUsableError:
                continue
        return self._next_batch()

    def next(self) -> Any:
        """Return the next batch, as `next(iterator)`: the method of old code."""
        return self.__next__()

    def _next_batch(self) -> Any:
        with DRAW_LOCK:
            job = self._job(self._drawn_indices())
            upcoming = self._peek() if job.key and self._num_by_next else None
            self._num_by_next += 1
            number = self._num_by_next
        made = self._ahead.take(job)
        if made is None:
            made = job.make()
        if upcoming and number == self._num_by_next:  # else another thread has requested it by now
            self._ahead.start(upcoming)
        return job.finish(made)

    def _drawn_indices(self) -> np.ndarray:
        """Return the next indices; also after a Ctrl-C has ended their generator in the midst of it."""
        indices: np.ndarray
        try:
            indices = next(self.index_generator)
        except StopIteration:
            if self.index_generator is not self._indices:  # the user's own, which may end
                raise
            self.index_generator = self._indices = self._endless()
            indices = next(self.index_generator)
        return indices

    def _peek(self) -> Job | None:
        """Return the next batch without changing any state; valid until numbers are drawn or `reset` is called."""
        state = np.random.get_state()
        kept = self.batch_index, self.total_batches_seen, self.index_array
        try:
            return self._job(self._next_indices())
        finally:
            self.batch_index, self.total_batches_seen, self.index_array = kept
            np.random.set_state(state)

    def _job(self, index_array: np.ndarray) -> Job:
        """Draw the random numbers of a batch. A subclass that makes its own batches does that afterwards."""
        kinds = type(self).__mro__
        if _definer(kinds, "_get_batches_of_transformed_samples") is _definer(kinds, "_begin"):
            return self._begin(index_array)
        nothing = Made(np.empty(0), np.empty(0, bool))
        return Job(lambda: nothing, lambda _: self._get_batches_of_transformed_samples(index_array))

    def _begin(self, index_array: np.ndarray) -> Job:
        """Draw the random numbers of a batch of images."""
        raise NotImplementedError

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        """Return the batch of the images with these indices."""
        raise NotImplementedError


def _definer(kinds: tuple[type, ...], name: str) -> type:
    return next(kind for kind in kinds if name in vars(kind))
