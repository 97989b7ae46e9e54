"""Batches of images in an array."""

import warnings
from functools import partial
from typing import Any

import numpy as np

from classeur.keras_image.batch import Job, Key, Made, draw_batch
from classeur.keras_image.draws import DRAW_LOCK
from classeur.keras_image.files import save_pictures
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_keras = load_keras()


class NumpyArrayIterator(Iterator):
    """Yields images, with labels and weights if there are any: x, (x, y) or (x, y, weight).

    With further inputs, x is a list: the images, then the inputs.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:
        """Take the arrays.

        Args:
            x: images of rank 4; or (images, array or list of arrays): further inputs of the same length.
            y, sample_weight: of the same length, or None.
            image_data_generator: transforms the images.
            batch_size, shuffle, seed: see `Iterator`.
            data_format, dtype: of the batches; Keras' settings if None.
            save_to_dir, save_prefix, save_format: see `BatchFromFilesMixin`.
            subset: "validation" for the first part by the generator's `validation_split`, "training" for the rest.
            ignore_class_split: whether the two subsets may have different labels.

        Raises:
            ValueError: if lengths differ, there is no such subset, the subsets' labels differ, or `x` is not of rank 4.
        """
        self.dtype = _keras.config.floatx() if dtype is None else dtype
        self.data_format = _keras.config.image_data_format() if data_format is None else data_format
        x_misc: list[Any] = []
        if isinstance(x, (tuple, list)):
            x_misc = [np.asarray(each) for each in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        _check_lengths(x, x_misc, y, sample_weight)
        if subset is not None:
            part = _part(x, y, subset, image_data_generator._validation_split, ignore_class_split=ignore_class_split)
            x, y, x_misc = x[part], y if y is None else y[part], [each[part] for each in x_misc]
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc = x_misc
        if self.x.ndim != 4:
            message = f"should have rank 4. You passed an array with shape {self.x.shape}"
            raise ValueError(f"Input data in `NumpyArrayIterator` {message}")
        self._warn_of_channels()
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(self.x.shape[0], batch_size, shuffle, seed)

    def _warn_of_channels(self) -> None:
        axis = 3 if self.data_format == "channels_last" else 1
        num_channels = self.x.shape[axis]
        if num_channels not in {1, 3, 4}:
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {self.x.shape} ({num_channels} channels).",
                stacklevel=4,
            )

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        return self._begin(index_array).run()

    def _begin(self, index_array: np.ndarray) -> Job:
        with DRAW_LOCK:
            pictures = _ArrayPictures(self)
            drawn = draw_batch(
                self.image_data_generator, pictures, index_array, dtype=self.dtype, buffers=self._buffers
            )
            numbers = self._draw_numbers(len(index_array)) if drawn.is_complete else None
        return Job(drawn.make, partial(self._finish, index_array, numbers), drawn.key)

    def _draw_numbers(self, num_pictures: int) -> list[int]:
        """Draw the random numbers in the names of saved images."""
        with DRAW_LOCK:
            return [np.random.randint(int(1e4)) for _ in range(num_pictures)] if self.save_to_dir else []

    def _finish(self, index_array: np.ndarray, numbers: list[int] | None, made: Made) -> Any:
        batch_x = made.pictures
        numbers = self._draw_numbers(len(index_array)) if numbers is None else numbers
        if numbers:
            save_pictures(self, batch_x, index_array, numbers)
        inputs = [batch_x, *(each[index_array] for each in self.x_misc)] if self.x_misc else batch_x
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[index_array]
        return inputs, self.y[index_array], self.sample_weight[index_array]


class _ArrayPictures:
    """An array as `batch.Pictures`."""

    key: Key | None = None  # a later change of the array cannot be detected

    def __init__(self, iterator: NumpyArrayIterator) -> None:
        self._x = iterator.x
        self.image_shape = self._x.shape[1:]
        self.is_channels_last = iterator.data_format == "channels_last"
        self.is_float32 = self._x.dtype == np.float32

    def are_at_hand(self, _indices: np.ndarray) -> bool:
        return True

    def raw(self, index: int) -> np.ndarray | None:
        picture: np.ndarray = self._x[index]
        return picture if self.is_channels_last else picture.transpose(1, 2, 0)

    def floats(self, raw: np.ndarray) -> np.ndarray:
        return (raw if self.is_channels_last else raw.transpose(2, 0, 1)).astype(self._x.dtype)


def _check_lengths(x: Any, x_misc: list[Any], y: Any, sample_weight: Any) -> None:
    for each in x_misc:
        if len(each) != len(x):
            found = f"Found a pair with: len(x[0]) = {len(x)}, len(x[?]) = {len(each)}"
            raise ValueError(f"All of the arrays in `x` should have the same length. {found}")
    for name, values in (("`y` (labels)", y), ("`sample_weight`", sample_weight)):
        if values is not None and len(values) != len(x):
            found = f"x.shape = {np.shape(x)}, {name.split('`')[1]}.shape = {np.shape(values)}"
            raise ValueError(f"`x` (images tensor) and {name} should have the same length. Found: {found}")


def _part(x: Any, y: Any, subset: str, share: float, *, ignore_class_split: bool) -> slice:
    if subset not in {"training", "validation"}:
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
    border = int(len(x) * share)
    if y is not None and not ignore_class_split and not np.array_equal(np.unique(y[:border]), np.unique(y[border:])):
        raise ValueError(
            "Training and validation subsets have different number of classes after the split. If your numpy arrays "
            "are sorted by the label, you might want to shuffle them."
        )
    return slice(None, border) if subset == "validation" else slice(border, None)
