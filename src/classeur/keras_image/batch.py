"""A batch in two steps: first all random numbers, in order; then the pixels, in threads.

Images that are only moved and rescaled are resampled straight into the batch. Others go through the generator's own
methods. If a user's function or method may draw random numbers itself, images are made one by one between the draws, as
Keras makes them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np

from classeur.keras_image.affine_transforms import resample
from classeur.keras_image.draws import can_draw_many, draw_many, matrices_of
from classeur.pipeline.buffers import Buffers
from classeur.pipeline.warping import opencv_in_one_thread
from classeur.threads import map_in_threads, num_processors

_MIN_ROWS_A_CALL = 4


class Pictures(Protocol):
    """The source of a batch's images."""

    image_shape: tuple[int, ...]  # in the data format
    is_channels_last: bool
    is_float32: bool  # whether `floats` and the batch have channels first

    def raw(self, index: int) -> np.ndarray | None:
        """Return an image, (height, width, channels) of any dtype, read-only; None if it is unusable."""

    def key(self) -> tuple[Any, ...] | None:
        """Return a key that is equal for equal images; None if that cannot be known."""

    def floats(self, raw: np.ndarray) -> np.ndarray:
        """Return a copy in the data format, as Keras passes it to the generator."""


class Made(NamedTuple):
    """The images of a batch."""

    pictures: np.ndarray  # of `image_shape`, one each; undefined for unusable files
    is_whole: np.ndarray  # bool (n,)


class Drawn(NamedTuple):
    """The random numbers of a batch's images."""

    make: Callable[[], Made]
    key: tuple[Any, ...] | None = None
    """Equal keys make equal images; None if that cannot be known."""
    is_complete: bool = True
    """Whether `make` draws no random numbers."""


class Job(NamedTuple):
    """A batch to be made in any thread."""

    make: Callable[[], Made]
    finish: Callable[[Made], Any]
    """Turns the images into what the iterator yields."""
    key: tuple[Any, ...] | None = None
    """See `Drawn`."""

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
    if generator and not getattr(generator, "_runs_own_code_only", False):
        return Drawn(batch.one_by_one, is_complete=False)
    if generator and _is_only_moved(generator, pictures) and can_draw_many(generator):
        return batch.moved()
    if not generator:
        return Drawn(lambda: batch.in_threads(lambda _, picture: picture))
    if can_draw_many(generator):
        drawn = draw_many(generator, pictures.image_shape, len(indices))
        parameters = [drawn.row(row) for row in range(len(indices))]
    else:
        parameters = [generator.get_random_transform(pictures.image_shape) for _ in indices]
    return Drawn(
        lambda: batch.in_threads(
            lambda row, picture: generator.standardize(generator.apply_transform(picture, parameters[row]))
        )
    )


def _is_only_moved(generator: Any, pictures: Pictures) -> bool:
    """Whether images are only resampled, mirrored and multiplied by a number, as float32."""
    does_more = (
        generator.samplewise_center, generator.samplewise_std_normalization, generator.featurewise_center,
        generator.featurewise_std_normalization, generator.zca_whitening, generator.channel_shift_range != 0,
        generator.brightness_range is not None,
    )  # fmt: skip
    # An iterator may have another data format than its generator: Keras then takes the axes in their order.
    is_usual = pictures.is_float32 and pictures.is_channels_last == (generator.channel_axis == 3)
    return is_usual and not any(does_more) and isinstance(generator.rescale, (int, float, type(None)))


class _Batch(NamedTuple):
    generator: Any
    pictures: Pictures
    indices: np.ndarray
    dtype: Any
    buffers: Buffers

    def _empty(self) -> Made:
        shape = (len(self.indices), *self.pictures.image_shape)
        return Made(self.buffers.empty(shape, self.dtype), np.ones(len(self.indices), bool))

    def one_by_one(self) -> Made:
        """Load in threads; then draw, move and standardize one image after the other, in Keras' order."""
        made = self._empty()
        raws: list[Any] = [None] * len(self.indices)
        self._make_rows(made, raws.__setitem__)
        for row, raw in enumerate(raws):
            parameters = self.generator.get_random_transform(self.pictures.image_shape)
            if raw is not None:
                picture = self.generator.apply_transform(self.pictures.floats(raw), parameters)
                made.pictures[row] = self.generator.standardize(picture)
        return made

    def in_threads(self, change: Callable[[int, np.ndarray], np.ndarray]) -> Made:
        """Make every image by `change(row, picture)`."""
        made = self._empty()

        def make(row: int, raw: np.ndarray) -> None:
            made.pictures[row] = change(row, self.pictures.floats(raw))

        self._make_rows(made, make)
        return made

    def moved(self) -> Drawn:
        """Draw; return a function that resamples the images straight into the batch, and a key."""
        generator, last = self.generator, self.pictures.is_channels_last
        drawn = draw_many(generator, self.pictures.image_shape, len(self.indices))
        height, width = self.pictures.image_shape[:2] if last else self.pictures.image_shape[1:]
        matrices = matrices_of(drawn, height=height, width=width, num_images=len(self.indices))
        flips = np.stack([np.asarray(drawn.flip_vertical, bool), np.asarray(drawn.flip_horizontal, bool)], axis=1)
        fill_mode, cval, order = generator.fill_mode, generator.cval, generator.interpolation_order
        rescale = generator.rescale
        outside = cval * rescale if rescale else cval

        def make() -> Made:
            made = self._empty()

            def make_row(row: int, raw: np.ndarray) -> None:
                place = made.pictures[row]
                out = place if place.shape == raw.shape and last else np.empty(raw.shape, np.float32)
                if matrices is None:
                    vertical, horizontal = flips[row]
                    _scale(_mirror(raw, vertical=vertical, horizontal=horizontal), rescale, out=out)
                else:
                    # Rescaled before it is moved: the same result, with one pass over the pixels less.
                    picture = raw if raw.dtype == np.float32 and not rescale else _scale(raw, rescale)
                    resample(picture, matrices[row], fill_mode=fill_mode, cval=outside, order=order, out=out)
                if out is not place:
                    made.pictures[row] = out if last else out.transpose(2, 0, 1)

            self._make_rows(made, make_row)
            return made

        moves = flips if matrices is None else matrices
        settings = repr((matrices is None, fill_mode, cval, order, rescale, last, self.pictures.image_shape))
        source = self.pictures.key()
        return Drawn(make, None if source is None else (source, moves.tobytes(), settings))

    def _make_rows(self, made: Made, make: Callable[[int, np.ndarray], None]) -> None:
        """Call `make` for every row with a usable image, in threads, and record the others."""
        num_rows = max(_MIN_ROWS_A_CALL, -(-len(self.indices) // (4 * num_processors())))

        def make_some(start: int) -> None:
            for row in range(start, min(start + num_rows, len(self.indices))):
                raw = self.pictures.raw(self.indices[row])
                made.is_whole[row] = raw is not None
                if raw is not None:
                    make(row, raw)

        starts = range(0, len(self.indices), num_rows)
        with opencv_in_one_thread():
            if len(starts) == 1 or num_processors() == 1:
                for start in starts:
                    make_some(start)
            else:
                for _ in map_in_threads(make_some, starts):
                    pass


def _scale(picture: np.ndarray, rescale: float | None, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return an image as float32, multiplied by a number if there is one."""
    if out is None:
        out = np.empty(picture.shape, np.float32)
    if rescale and picture.dtype in (np.uint8, np.float32):
        np.multiply(picture, np.float32(rescale), out=out)
        return out
    out[:] = picture
    if rescale:
        out *= rescale
    return out


def _mirror(picture: np.ndarray, *, vertical: bool, horizontal: bool) -> np.ndarray:
    if not (vertical or horizontal):
        return picture
    if picture.shape[2] > 4 or picture.dtype not in (np.uint8, np.float32):
        return picture[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    # In a tenth of the time of NumPy's reversed copy.
    mirrored: np.ndarray = cv2.flip(picture, -1 if vertical and horizontal else int(horizontal))
    return mirrored.reshape(picture.shape)
