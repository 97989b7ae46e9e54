"""What a generator does to the images of a batch, in few passes over float32 pixels: Keras' results, not its steps.

An image is copied or resampled once, into its place in the batch, and changed there. If only its colours change, its
256 levels are changed, and its pixels are looked up among them in one pass.
"""

import math
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np

from classeur.images.scratch import Scratch
from classeur.keras_image import spline_kernel
from classeur.keras_image.affine_transforms import resample
from classeur.keras_image.colour import apply_brightness_shift
from classeur.keras_image.draws import Draws, matrices_of

_SCRATCH = Scratch()

# Below, what centring by single precision leaves counts.
_MIN_DEVIATION = 1e-3

_LEVELS = np.arange(256, dtype=np.float32)

# Numbers of channels that brightness changes all alike.
_BRIGHTENED = (1, 3)

# A spline above order 1 overshoots.
_KEEPS_RANGE = (0, 1)


class Source(Protocol):
    """What is known of a batch's images."""

    image_shape: tuple[int, ...]  # in the data format
    is_channels_last: bool
    is_float32: bool  # whether Keras computes with float32


def can_move(generator: Any, source: Source) -> bool:
    """Whether `Transformations` does all that a generator's `apply_transform` does."""
    # An iterator may have another data format than its generator: Keras then takes the axes in their order.
    is_usual = source.is_float32 and source.is_channels_last == (generator.channel_axis == 3)
    return is_usual and (generator.brightness_range is None or source.is_channels_last)


def can_standardize(generator: Any, source: Source, dtype: Any) -> bool:
    """Whether `Transformations` does all that a generator's `standardize` does, without a warning or an error.

    Args:
        generator, source: as for `Transformations`.
        dtype: of the batch.
    """
    matrix_shape = (math.prod(source.image_shape),) * 2
    return (
        not generator.preprocessing_function
        and (
            not generator.zca_whitening
            or (np.shape(generator.zca_whitening_matrix) == matrix_shape and np.dtype(dtype) == np.float32)
        )
        and (not generator.rescale or np.ndim(generator.rescale) == 0)
        and (not generator.featurewise_center or _fits(generator.mean, source.image_shape))
        and (not generator.featurewise_std_normalization or _fits(generator.std, source.image_shape))
    )


def _fits(statistic: Any, shape: tuple[int, ...]) -> bool:
    if statistic is None:
        return False
    try:
        return np.broadcast_shapes(np.shape(statistic), shape) == shape
    except ValueError:
        return False


class Transformations:
    """The transformations of a batch's images by a generator's settings of this moment."""

    def __init__(
        self, generator: Any, drawn: Draws, source: Source, num_images: int, *, standardizes: bool = True
    ) -> None:
        """Take what was drawn for the images, and whether they are standardized too."""
        last, shape = source.is_channels_last, source.image_shape
        height, width = shape[:2] if last else shape[1:]
        self._drawn = drawn
        self._matrices = matrices_of(drawn, height=height, width=width, num_images=num_images)
        columns = (np.broadcast_to(np.asarray(each, bool), num_images) for each in drawn[6:8])
        self._flips = np.stack([*columns], axis=1)  # horizontal, vertical
        self._fill_mode, self._cval, self._order = generator.fill_mode, generator.cval, generator.interpolation_order
        self._rescale: Any = None
        self._mean: Any = None
        self._deviation: Any = None
        self._is_centred = self._is_scaled = False
        self._whitening: Any = None
        if standardizes:
            self._take_statistics(generator, shape, is_last=last)

    def _take_statistics(self, generator: Any, shape: tuple[int, ...], *, is_last: bool) -> None:
        self._rescale = generator.rescale or None
        self._is_centred, self._is_scaled = generator.samplewise_center, generator.samplewise_std_normalization
        self._whitening = generator.zca_whitening_matrix if generator.zca_whitening else None
        if generator.featurewise_center:
            self._mean = _whole(generator.mean, shape, is_last=is_last)
        if generator.featurewise_std_normalization:
            self._deviation = _whole(generator.std + 1e-6, shape, is_last=is_last)

    @property
    def takes_time(self) -> bool:
        """Whether images are resampled."""
        return self._matrices is not None

    def prepare(self) -> None:
        """Load what resamples; called before threads write."""
        if self._matrices is not None:
            spline_kernel.prepare()

    @property
    def key(self) -> Callable[[], tuple[Any, ...]] | None:
        """Returns what is equal for equal transformations; None if that would be as large as a whitening matrix."""
        return self._key if self._whitening is None else None

    def _key(self) -> tuple[Any, ...]:
        moves = (self._flips.tobytes(), _bytes(self._matrices))
        colours = (_bytes(self._drawn.channel_shift_intensity), _bytes(self._drawn.brightness))
        settings = (self._fill_mode, self._cval, self._order, self._rescale)
        standard = (self._is_centred, self._is_scaled, _bytes(self._mean), _bytes(self._deviation))
        return moves, colours, repr(settings), standard

    def write(self, raw: np.ndarray, row: int, place: np.ndarray, *, is_last: bool) -> None:
        """Write an image of the batch.

        Args:
            raw: (height, width, channels), of any type; only read.
            row: the image's in the batch.
            place: in the batch, of any type, in the data format.
            is_last: whether that has the channels last.
        """
        if is_last and place.dtype == np.float32 and place.shape == raw.shape:
            self._make(raw, row, place)
            return
        made = _SCRATCH.take("made", raw.shape, np.float32)
        self._make(raw, row, made)
        if is_last:
            place[:] = made
        elif place.dtype == np.float32 and place.shape[1:] == raw.shape[:2] and 1 < raw.shape[2] <= 4:
            cv2.split(made, list(place))  # in a quarter of the time of a transposed copy
        else:
            place[:] = made.transpose(2, 0, 1)

    def whiten(self, pictures: np.ndarray, is_whole: np.ndarray) -> None:
        """Whiten a batch in place, if it is asked for: at once, since reading the matrix takes nearly all the time."""
        if self._whitening is not None:
            pictures[~is_whole] = 0  # whatever is in memory, NumPy would warn of
            flat = pictures.reshape(len(pictures), -1)
            flat[:] = flat @ self._whitening

    def _make(self, raw: np.ndarray, row: int, out: np.ndarray) -> None:
        levels: np.ndarray | None = None
        if self._matrices is not None:
            self._move(raw, self._matrices[row], self._flips[row], out)
            self._recolour(out, row, out, is_in_range=raw.dtype == np.uint8)
        else:
            horizontal, vertical = self._flips[row]
            mirrored = _mirrored(raw, vertical=vertical, horizontal=horizontal)
            if self._goes_by_levels(mirrored):
                values = _LEVELS.copy()
                self._recolour(values, row, mirrored, is_in_range=True)
                cv2.LUT(mirrored, values, dst=out)
            else:
                np.copyto(out, mirrored, casting="unsafe")
                self._recolour(out, row, out, is_in_range=raw.dtype == np.uint8)
                levels = raw if raw.dtype == np.uint8 and not self._recolours else None
        self._standardize(out, levels)

    def _move(self, raw: np.ndarray, matrix: np.ndarray, flips: np.ndarray, out: np.ndarray) -> None:
        horizontal, vertical = flips.tolist()
        resample(
            raw, matrix, fill_mode=self._fill_mode, cval=self._cval, order=self._order, out=out,
            horizontal=horizontal, vertical=vertical,
        )  # fmt: skip

    @property
    def _recolours(self) -> bool:
        return self._drawn.channel_shift_intensity is not None or self._drawn.brightness is not None

    def _goes_by_levels(self, picture: np.ndarray) -> bool:
        """Whether every pixel's result depends on its value alone, and changing it would take more than one pass."""
        return (
            self._recolours
            and picture.dtype == np.uint8
            and _suits_opencv(picture)
            and (self._drawn.brightness is None or picture.shape[2] in _BRIGHTENED)
        )

    def _recolour(self, values: np.ndarray, row: int, picture: np.ndarray, *, is_in_range: bool) -> None:
        """Change a picture's values, or the levels that they may have, each by itself.

        Args:
            values: changed in place.
            row: the image's in the batch.
            picture: whose values they are.
            is_in_range: whether these are whole numbers of 0 … 255, but for what resampling does.
        """
        if self._drawn.channel_shift_intensity is not None:
            lowest, highest = _ends(picture)
            values += self._drawn.channel_shift_intensity[row].item()
            np.clip(values, lowest, highest, out=values)
        if self._drawn.brightness is not None:
            self._brighten(values, self._drawn.brightness[row].item(), picture.shape[2], is_in_range=is_in_range)
        if self._rescale is not None:
            values *= self._rescale

    def _brighten(self, out: np.ndarray, factor: float, num_channels: int, *, is_in_range: bool) -> None:
        """Do what `apply_brightness_shift` does; without Pillow if the values are within 0 … 255.

        Source: Pillow, `Blend.c`, of an image with black: single precision, cut off, clipped.
        """
        if self._matrices is not None:
            fills = self._fill_mode in ("constant", "grid-constant")
            is_in_range &= self._order in _KEEPS_RANGE and (not fills or 0 <= self._cval <= 255)
        is_in_range = is_in_range or bool(out.min() >= 0 and out.max() <= 255)
        if is_in_range:
            np.trunc(out, out=out)
        if num_channels not in _BRIGHTENED or not is_in_range:
            out[:] = apply_brightness_shift(out, factor, False)
        elif factor <= 0:
            out.fill(0)
        else:
            out *= np.float32(factor)
            np.trunc(out, out=out)
            np.clip(out, 0, 255, out=out)

    def _standardize(self, out: np.ndarray, levels: np.ndarray | None) -> None:
        """Do what `standardization.standardize` does after rescaling, but for a user's function and whitening.

        Args:
            out: the image, changed in place.
            levels: uint8, of which it is a multiple; None if it is not.
        """
        if self._is_centred and self._is_scaled:
            _standardize_alone(out, levels, self._rescale)
        elif self._is_centred:
            out -= np.mean(out, keepdims=True)
        elif self._is_scaled:
            out /= np.std(out, keepdims=True) + 1e-6
        if self._mean is not None:
            out -= self._mean
        if self._deviation is not None:
            out /= self._deviation


def _standardize_alone(picture: np.ndarray, levels: np.ndarray | None, rescale: Any) -> None:
    """Centre an image and divide it by its deviation, in place: with single precision's error, as Keras.

    The mean and the deviation of levels take a fifteenth of the time of those of floats.
    """
    if levels is not None and levels.size:
        mean, deviation = (each.item() * float(rescale or 1) for each in cv2.meanStdDev(levels.reshape(1, -1)))
        if abs(deviation) > _MIN_DEVIATION:
            picture -= np.float32(mean)
            picture *= np.float32(1 / (abs(deviation) + 1e-6))
            return
    picture -= np.mean(picture, keepdims=True)
    if picture.size:
        deviation = cv2.norm(picture.reshape(1, -1)) / math.sqrt(picture.size)
        if deviation > _MIN_DEVIATION:
            picture /= np.float32(deviation) + 1e-6
            return
    picture /= np.std(picture, keepdims=True) + 1e-6


def _ends(picture: np.ndarray) -> tuple[Any, Any]:
    """Return the lowest and the highest value; of bytes in half the time of NumPy, which keeps NaN."""
    return cv2.minMaxLoc(picture.reshape(1, -1))[:2] if picture.dtype == np.uint8 else (picture.min(), picture.max())


def _whole(statistic: Any, shape: tuple[int, ...], *, is_last: bool) -> Any:
    """Return a mean or deviation for every value of an image, channels last: broadcasting takes ten times as long."""
    if np.ndim(statistic) == 0:
        return statistic
    whole = np.broadcast_to(statistic, shape)
    return np.ascontiguousarray(whole if is_last else whole.transpose(1, 2, 0))


def _bytes(values: Any) -> Any:
    return values.tobytes() if isinstance(values, np.ndarray) else values


def _mirrored(picture: np.ndarray, *, vertical: bool, horizontal: bool) -> np.ndarray:
    if not (vertical or horizontal):
        return picture
    if picture.dtype not in (np.uint8, np.float32) or not _suits_opencv(picture):
        return picture[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    # In a tenth of the time of NumPy's reversed copy.
    mirrored: np.ndarray = cv2.flip(picture, _flip_code(vertical=vertical, horizontal=horizontal))
    return mirrored.reshape(picture.shape)


def _flip_code(*, vertical: bool, horizontal: bool) -> int:
    return -1 if vertical and horizontal else int(horizontal)


def _suits_opencv(picture: np.ndarray) -> bool:
    return picture.size > 0 and picture.shape[2] <= 4
