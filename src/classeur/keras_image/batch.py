"""A batch in two steps: first all random numbers, in order; then the pixels, in threads.

Images are made straight in the batch, by `transformations`; whatever that does not do goes through the generator's own
methods. If a user's function or method may draw random numbers itself, images are made one by one between the draws, as
Keras makes them.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from classeur.keras_image.draws import DRAW_LOCK, Draws, can_draw_many, draw_many, together
from classeur.keras_image.transformations import Transformations, can_move, can_standardize
from classeur.pipeline.buffers import Buffers
from classeur.pipeline.warping import opencv_in_one_thread
from classeur.threads import map_in_threads, num_processors

_MIN_ROWS_A_CALL = 4

# Below so many values, copying an image takes less than what threads lose as they wait for Python's lock.
_MIN_LONG = 2**18

# Images that are moved before a user's function is called: as many are moved twice if it draws numbers.
_NUM_AHEAD = 8


# Returns what is equal for equal images, now: it takes as long as asking for every file's version. None in place of it
# if that cannot be known.
Key = Callable[[], tuple[Any, ...]]


class Pictures(Protocol):
    """The source of a batch's images."""

    image_shape: tuple[int, ...]  # in the data format
    is_channels_last: bool
    is_float32: bool  # whether `floats` is of this type

    @property
    def key(self) -> Key | None:
        """See `Key`."""

    def are_at_hand(self, indices: np.ndarray, /) -> bool:
        """Whether these images need not be decoded, as far as is known without a look at their files."""

    def raw(self, index: int) -> np.ndarray | None:
        """Return an image, (height, width, channels) of any dtype, read-only; None if it is unusable."""

    def floats(self, raw: np.ndarray) -> np.ndarray:
        """Return a copy in the data format, as Keras passes it to the generator."""


class Made(NamedTuple):
    """The images of a batch."""

    pictures: np.ndarray  # of `image_shape`, one each; undefined for unusable files
    is_whole: np.ndarray  # bool (n,)


class Drawn(NamedTuple):
    """The random numbers of a batch's images."""

    make: Callable[[], Made]
    key: Key | None = None
    is_complete: bool = True
    """Whether `make` draws no random numbers."""


class Job(NamedTuple):
    """A batch to be made in any thread."""

    make: Callable[[], Made]
    finish: Callable[[Made], Any]
    """Turns the images into what the iterator yields."""
    key: Key | None = None

    def run(self) -> Any:
        """Return what the iterator yields."""
        return self.finish(self.make())


def draw_batch(generator: Any, pictures: Pictures, indices: np.ndarray, *, dtype: Any, buffers: Buffers) -> Drawn:
    """Draw a batch's random numbers, under the lock for them; return what makes its images, without the lock.

    Args:
        generator: an `ImageDataGenerator`, or an object like it; None for unchanged images.
        pictures: the source of the images.
        indices: int (n,), of the images.
        dtype: of the batch.
        buffers: provide the batch's memory.
    """
    batch = _Batch(generator, pictures, indices, dtype, buffers)
    if not generator:
        return Drawn(lambda: batch.in_threads(lambda _, picture: picture))
    if not getattr(generator, "_has_own_methods_only", False):
        return Drawn(lambda: batch.one_by_one(num_ahead=0), is_complete=False)
    if generator.preprocessing_function:
        num_ahead = _NUM_AHEAD if can_move(generator, pictures) else 0
        return Drawn(lambda: batch.one_by_one(num_ahead=num_ahead), is_complete=False)
    drawn = batch.draw(len(indices))
    if can_move(generator, pictures) and can_standardize(generator, pictures, dtype):
        return batch.transformed(drawn)
    return Drawn(
        lambda: batch.in_threads(
            lambda row, picture: generator.standardize(generator.apply_transform(picture, drawn.row(row)))
        )
    )


class _Batch(NamedTuple):
    generator: Any
    pictures: Pictures
    indices: np.ndarray
    dtype: Any
    buffers: Buffers

    def _empty(self) -> Made:
        shape = (len(self.indices), *self.pictures.image_shape)
        return Made(self.buffers.empty(shape, self.dtype), np.ones(len(self.indices), bool))

    def draw(self, num_images: int) -> Draws:
        """Draw the parameters of so many images."""
        shape = self.pictures.image_shape
        if can_draw_many(self.generator):
            return draw_many(self.generator, shape, num_images)
        return together([self.generator.get_random_transform(shape) for _ in range(num_images)])

    def one_by_one(self, *, num_ahead: int) -> Made:
        """Load in threads; then draw, move and standardize one image after the other, in Keras' order.

        Args:
            num_ahead: how many images are moved ahead at first, in threads, by the numbers that are drawn if the user's
                function draws none: twice as many each time, none once it has drawn some.
        """
        made = self._empty()
        raws: list[Any] = [None] * len(self.indices)
        self._make_rows(made, raws.__setitem__, is_short=True)
        foreseen: list[tuple[dict[str, Any], Any]] = []
        for row, raw in enumerate(raws):
            if num_ahead and not foreseen:
                foreseen = self._move_ahead(raws[row : row + num_ahead])[::-1]
                num_ahead = 2 * num_ahead if foreseen else 0
            parameters = self.generator.get_random_transform(self.pictures.image_shape)
            picture = None
            if foreseen:
                expected, picture = foreseen.pop()
                if expected != parameters:
                    picture, foreseen, num_ahead = None, [], 0
            if raw is not None:
                if picture is None:
                    picture = self.generator.apply_transform(self.pictures.floats(raw), parameters)
                made.pictures[row] = self.generator.standardize(picture)
        return made

    def _move_ahead(self, raws: list[Any]) -> list[tuple[dict[str, Any], Any]]:
        """Return the parameters that would be drawn for images now, and these images, moved.

        Returns an empty list if nothing moves.
        """
        with DRAW_LOCK:
            state = np.random.get_state()
            drawn = self.draw(len(raws))
            np.random.set_state(state)
        transformations = Transformations(self.generator, drawn, self.pictures, len(raws), standardizes=False)
        if not transformations.takes_time:
            return []
        moved: list[Any] = [None] * len(raws)

        def move(row: int) -> None:
            if raws[row] is not None:
                moved[row] = np.empty(self.pictures.image_shape, np.float32)  # its own memory: the function may keep it
                transformations.write(raws[row], row, moved[row], is_last=self.pictures.is_channels_last)

        transformations.prepare()
        _in_threads(len(raws), move)
        return [(drawn.row(row), picture) for row, picture in enumerate(moved)]

    def in_threads(self, change: Callable[[int, np.ndarray], np.ndarray]) -> Made:
        """Make every image by `change(row, picture)`."""
        made = self._empty()

        def make(row: int, raw: np.ndarray) -> None:
            made.pictures[row] = change(row, self.pictures.floats(raw))

        self._make_rows(made, make)
        return made

    def transformed(self, drawn: Draws) -> Drawn:
        """Return a function that makes the images straight in the batch, with its key."""
        transformations = Transformations(self.generator, drawn, self.pictures, len(self.indices))
        is_last, shape = self.pictures.is_channels_last, self.pictures.image_shape

        is_short = not transformations.takes_time and math.prod(shape) < _MIN_LONG

        def make() -> Made:
            made = self._empty()

            def write(row: int, raw: np.ndarray) -> None:
                transformations.write(raw, row, made.pictures[row], is_last=is_last)

            transformations.prepare()
            self._make_rows(made, write, is_short=is_short)
            transformations.whiten(*made)
            return made

        source, own, dtype = self.pictures.key, transformations.key, self.dtype
        if source is None or own is None:
            return Drawn(make)
        return Drawn(make, lambda: (source(), own(), is_last, shape, dtype))

    def _make_rows(self, made: Made, make: Callable[[int, np.ndarray], None], *, is_short: bool = False) -> None:
        """Call `make` for every row with a usable image, in threads unless `is_short`, and record the others.

        Threads wait for each other at Python's lock, so what is short is done in this one: looking up images, unless
        files are to be decoded.
        """

        def load(row: int) -> np.ndarray | None:
            raw = self.pictures.raw(self.indices[row])
            made.is_whole[row] = raw is not None
            return raw

        def load_and_make(row: int) -> None:
            raw = load(row)
            if raw is not None:
                make(row, raw)

        num_rows = len(self.indices)
        if not self.pictures.are_at_hand(self.indices):
            _in_threads(num_rows, load_and_make)
        elif is_short:
            for row in range(num_rows):
                load_and_make(row)
        else:
            raws = [(row, raw) for row in range(num_rows) if (raw := load(row)) is not None]
            _in_threads(len(raws), lambda number: make(*raws[number]))


def _in_threads(num_rows: int, make: Callable[[int], None]) -> None:
    """Call a function for every row, in threads, several rows a call."""
    num_a_call = max(_MIN_ROWS_A_CALL, -(-num_rows // (4 * num_processors())))

    def make_some(start: int) -> None:
        for row in range(start, min(start + num_a_call, num_rows)):
            make(row)

    starts = range(0, num_rows, num_a_call)
    with opencv_in_one_thread():
        if len(starts) == 1 or num_processors() == 1:
            for start in starts:
                make_some(start)
        else:
            for _ in map_in_threads(make_some, starts):
                pass
