"""`ImageDataGenerator`: every argument, method and attribute of Keras' legacy class, the same results, faster."""

import warnings
from typing import Any

import numpy as np

from classeur.keras_image.affine_transforms import apply_affine_transform, flip_axis
from classeur.keras_image.array import NumpyArrayIterator
from classeur.keras_image.colour import apply_brightness_shift, apply_channel_shift
from classeur.keras_image.dataframe import DataFrameIterator
from classeur.keras_image.directory import DirectoryIterator
from classeur.keras_image.draws import DRAW_LOCK, draw_one
from classeur.keras_image.standardization import fit_statistics, settle_statistics, standardize
from classeur.models.engine import load_keras

_keras = load_keras()


class ImageDataGenerator:
    """Batches of randomly augmented images: the same as Keras 3.15's class of this name, in a fraction of its time.

    Arguments, defaults, random numbers and pixels are those of Keras. docs/keras_image.md lists the few deviations and
    the errors of Keras that are reproduced; benchmarks/keras_image.py measures the speed.

    >>> generator = ImageDataGenerator(rescale=1 / 255, rotation_range=45)
    >>> sorted(generator.get_random_transform((150, 150, 3), seed=7))[:3]
    ['brightness', 'channel_shift_intensity', 'flip_horizontal']
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: Any = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: Any = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: Any = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: Any = None,
        preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        """Take the settings for every image.

        Args:
            featurewise_center, featurewise_std_normalization: standardise with mean and deviation learned by `fit`.
            samplewise_center, samplewise_std_normalization: standardise each image by itself.
            zca_whitening, zca_epsilon: whiten by the images of `fit`.
            rotation_range, shear_range: ± degrees.
            width_shift_range, height_shift_range: ± share of the size if below 1, ± pixels, or a list to choose from.
            brightness_range: (lowest, highest) factor.
            zoom_range: (lowest, highest), or their distance from 1.
            channel_shift_range: largest number added to or subtracted from all values.
            fill_mode, cval: how the outside is filled: "nearest", "constant" with `cval`, "reflect", "wrap".
            horizontal_flip, vertical_flip: whether half of the images are mirrored.
            rescale: factor of every value, after all transformations.
            preprocessing_function: image → image, called before `rescale`, one image after the other.
            data_format: "channels_last" or "channels_first"; Keras' setting if None.
            validation_split: share of `subset="validation"`.
            interpolation_order: of the spline; 1 is linear and fast.
            dtype: of the batches; Keras' float type if None.

        Raises:
            ValueError: if `data_format`, `validation_split`, `zoom_range` or `brightness_range` are not as above.
        """
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.shear_range = shear_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.dtype = _keras.config.floatx() if dtype is None else dtype
        self.interpolation_order = interpolation_order
        self.data_format = _keras.config.image_data_format() if data_format is None else data_format
        if self.data_format not in {"channels_last", "channels_first"}:
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
                f"(channel before row and column). Received: {data_format}"
            )
        is_last = self.data_format == "channels_last"
        self.channel_axis, self.row_axis, self.col_axis = (3, 1, 2) if is_last else (1, 2, 3)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1.  Received: {validation_split}")
        self._validation_split = validation_split
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None
        self.zoom_range = _zoom_range(zoom_range)
        settle_statistics(self)
        if brightness_range is not None and not (
            isinstance(brightness_range, (tuple, list)) and len(brightness_range) == 2
        ):
            raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
        self.brightness_range = brightness_range

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Return the batches of images in an array; see `NumpyArrayIterator`."""
        return NumpyArrayIterator(
            x, y, self, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight, seed=seed,
            data_format=self.data_format, save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format,
            ignore_class_split=ignore_class_split, subset=subset, dtype=self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        *,
        exif_orientation: bool = False,
    ) -> DirectoryIterator:
        """Return the batches of a folder of class folders; see `DirectoryIterator`."""
        return DirectoryIterator(
            directory, self, target_size=target_size, color_mode=color_mode, keep_aspect_ratio=keep_aspect_ratio,
            classes=classes, class_mode=class_mode, data_format=self.data_format, batch_size=batch_size,
            shuffle=shuffle, seed=seed, save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format,
            follow_links=follow_links, subset=subset, interpolation=interpolation, dtype=self.dtype,
            exif_orientation=exif_orientation,
        )  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        *,
        exif_orientation: bool = False,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Return the batches of a table of files; see `DataFrameIterator`. Other arguments are ignored, as in Keras."""
        for name, advice in _DEAD_ARGUMENTS.items():
            if name in kwargs:
                warnings.warn(f"{name} is deprecated, {advice}", DeprecationWarning, stacklevel=2)
        if class_mode == "other":
            message = '`class_mode="other"` is deprecated, please use `class_mode="raw"`.'
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            class_mode = "raw"
        return DataFrameIterator(
            dataframe, directory, self, x_col=x_col, y_col=y_col, weight_col=weight_col, target_size=target_size,
            color_mode=color_mode, classes=classes, class_mode=class_mode, data_format=self.data_format,
            batch_size=batch_size, shuffle=shuffle, seed=seed, save_to_dir=save_to_dir, save_prefix=save_prefix,
            save_format=save_format, subset=subset, interpolation=interpolation,
            validate_filenames=validate_filenames, dtype=self.dtype, exif_orientation=exif_orientation,
        )  # fmt: skip

    @property
    def _has_own_methods_only(self) -> bool:
        """Whether no method that makes an image is a user's."""
        return all(
            getattr(type(self), name) is getattr(ImageDataGenerator, name) and name not in vars(self)
            for name in ("get_random_transform", "apply_transform", "standardize")
        )

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Return an image or a batch, rescaled, centred and whitened as set; usually changed in place."""
        return standardize(self, x)

    def get_random_transform(self, img_shape: tuple[int, ...], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one image's transformation.

        Args:
            img_shape: of the image, in the generator's data format.
            seed: for NumPy's global state; None continues from its current state.
        """
        with DRAW_LOCK:
            if seed is not None:
                np.random.seed(seed)
            return draw_one(self, img_shape)

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """Return an image, transformed by parameters as from `get_random_transform`, all of them optional.

        In Keras' order: resampling, channel shift, flips, brightness.
        """
        row_axis, col_axis, channel_axis = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        given: Any = transform_parameters.get
        x = apply_affine_transform(
            x, given("theta", 0), given("tx", 0), given("ty", 0), given("shear", 0), given("zx", 1), given("zy", 1),
            row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis,
            fill_mode=self.fill_mode, cval=self.cval, order=self.interpolation_order,
        )  # fmt: skip
        if given("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given("channel_shift_intensity"), channel_axis)
        if given("flip_horizontal", False):
            x = flip_axis(x, col_axis)
        if given("flip_vertical", False):
            x = flip_axis(x, row_axis)
        if given("brightness") is not None:
            x = apply_brightness_shift(x, given("brightness"), False)
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """Return a randomly transformed image; not standardized."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Learn the mean, the deviation and the whitening matrix, as far as the arguments need them.

        Args:
            x: rank 4, in the generator's data format; rescaled first.
            augment, rounds: whether to learn from `rounds` random transformations of every image.
            seed: for NumPy's global state.

        Raises:
            ValueError: if `x` does not have four axes.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        num_channels = x.shape[self.channel_axis]
        if num_channels not in {1, 3, 4}:
            warnings.warn(
                f'Expected input to be images (as Numpy array) following the data format convention "'
                f'{self.data_format}" (channels on axis {self.channel_axis}), i.e. expected either 1, 3 or 4 channels '
                f"on axis {self.channel_axis}. However, it was passed an array with shape {x.shape} "
                f"({num_channels} channels).",
                stacklevel=2,
            )
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            augmented = np.empty((rounds * len(x), *x.shape[1:]), self.dtype)
            for number in range(len(augmented)):
                augmented[number] = self.random_transform(x[number % len(x)])
            x = augmented
        fit_statistics(self, x)


# Arguments of old versions of `flow_from_dataframe` → what to do.
_DEAD_ARGUMENTS = {
    "has_ext": "filenames in the dataframe have to match the exact filenames in disk.",
    "sort": "batches will be created in the same order than the filenames provided if `shuffle` is set to `False`.",
    "drop_duplicates": "you can drop duplicates by using the pandas.DataFrame.drop_duplicates method.",
}


def _zoom_range(value: Any) -> list[Any]:
    if isinstance(value, (float, int)):
        return [1 - value, 1 + value]
    if len(value) == 2 and all(isinstance(end, (float, int)) for end in value):
        return [value[0], value[1]]
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {value}")
