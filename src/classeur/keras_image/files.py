"""Batches of files: decoded once, cached, transformed, labelled; unusable files are skipped with a warning."""

import itertools
import os
import re
import warnings
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from classeur.errors import NothingUsableError
from classeur.keras_image.batch import Job, Made, draw_batch
from classeur.keras_image.conversion import array_to_img, check_interpolation
from classeur.keras_image.decoded_images import DecodedImages
from classeur.keras_image.draws import DRAW_LOCK
from classeur.keras_image.known_hashes import KnownHashes, known_hashes
from classeur.keras_image.loading import Loading
from classeur.keras_image.picture_store import picture_store
from classeur.models.engine import load_keras
from classeur.pipeline.buffers import Buffers
from classeur.storage import default_cache

_keras = load_keras()

# How Pillow names what it was given.
_BUFFER = re.compile(r" <_io\.BytesIO object at 0x[0-9a-fA-F]+>")

_NUM_CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}

# Settings that decide a file's pixels → the cached images, shared by all live iterators: the tutorial makes six.
_DECODED: WeakValueDictionary[tuple[Any, ...], DecodedImages] = WeakValueDictionary()


class BatchFromFilesMixin:
    """The common part of the iterators over a folder and over a table."""

    filepaths: Any
    labels: Any
    sample_weight: Any
    class_mode: Any
    dtype: Any
    classes: Any
    class_indices: dict[Any, int]
    shuffle: bool
    _buffers: Buffers

    def set_processing_attrs(
        self,
        image_data_generator: Any,
        target_size: tuple[int, int],
        color_mode: str,
        data_format: str,
        save_to_dir: Any,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
        keep_aspect_ratio: bool,
        *,
        exif_orientation: bool = False,
    ) -> None:
        """Take the settings by which files become images.

        Args:
            image_data_generator: transforms the images; None for no change.
            target_size: (height, width).
            color_mode, interpolation, keep_aspect_ratio, exif_orientation: see `load_img`.
            data_format: "channels_last" or "channels_first".
            save_to_dir, save_prefix, save_format: folder in which every image is saved, stretched to 0 … 255, and the
                beginning and ending of its name; not saved if None.
            subset: "training", "validation" or None for all.

        Raises:
            ValueError: if there is no such colour mode or subset.
        """
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.keep_aspect_ratio = keep_aspect_ratio
        if color_mode not in _NUM_CHANNELS:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        self.color_mode = color_mode
        self.data_format = data_format
        num_channels = (_NUM_CHANNELS[color_mode],)
        is_last = data_format == "channels_last"
        self.image_shape = self.target_size + num_channels if is_last else num_channels + self.target_size
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.exif_orientation = exif_orientation
        self.split: Any = None
        if subset is not None:
            share = self.image_data_generator._validation_split
            splits = {"validation": (0, share), "training": (share, 1)}
            if subset not in splits:
                raise ValueError(f'Invalid subset name: {subset};expected "training" or "validation"')
            self.split = splits[subset]
        self.subset = subset
        self._broken: dict[str, str] = {}
        self._unnamed: list[str] = []
        self._decoded: tuple[Any, DecodedImages] | None = None
        self._known: KnownHashes | None = None

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        return self._begin(index_array).run()

    def _begin(self, index_array: np.ndarray) -> Job:
        with DRAW_LOCK:
            pictures = _FilePictures(self, index_array)
            drawn = draw_batch(
                self.image_data_generator, pictures, index_array, dtype=self.dtype, buffers=self._buffers
            )
            numbers = self._draw_numbers(len(index_array)) if drawn.is_complete else None
        return Job(drawn.make, partial(self._finish, index_array, numbers), drawn.key)

    def _draw_numbers(self, num_pictures: int) -> list[int]:
        """Draw the random numbers in the names of saved images."""
        with DRAW_LOCK:
            return [np.random.randint(int(1e7)) for _ in range(num_pictures)] if self.save_to_dir else []

    def _finish(self, index_array: np.ndarray, numbers: list[int] | None, made: Made) -> Any:
        """Return the batch: images, labels and weights; for unusable files see `_name_broken`."""
        numbers = self._draw_numbers(len(index_array)) if numbers is None else numbers
        batch_x, is_whole = made
        if not is_whole.all():
            self._name_broken()
        if not (is_whole.all() or self.shuffle):
            batch_x[~is_whole] = np.nan if np.issubdtype(batch_x.dtype, np.floating) else 0
        elif not is_whole.all():
            batch_x, index_array = batch_x[is_whole], index_array[is_whole]
            numbers, is_whole = list(itertools.compress(numbers, is_whole)), is_whole[is_whole]
            if not len(index_array):
                reason = next(iter(self._broken.items()))
                raise NothingUsableError(f"every file of a batch is unusable; the first: {reason[0]} ({reason[1]})")
        if numbers:
            saved = np.flatnonzero(is_whole)  # a row without an image is not saved
            save_pictures(self, batch_x[saved], index_array[saved], [numbers[row] for row in saved])
        return self._with_labels(batch_x, index_array)

    def _with_labels(self, batch_x: np.ndarray, index_array: np.ndarray) -> Any:
        batch_y: Any
        if self.class_mode == "input":
            batch_y = batch_x.copy()
        elif self.class_mode in {"binary", "sparse"}:
            batch_y = np.array([self.classes[index] for index in index_array], self.dtype)
        elif self.class_mode == "categorical":
            batch_y = np.zeros((len(batch_x), len(self.class_indices)), self.dtype)
            for row, index in enumerate(index_array):
                batch_y[row, self.classes[index]] = 1.0
        elif self.class_mode == "multi_output":
            batch_y = [output[index_array] for output in self.labels]
        elif self.class_mode == "raw":
            batch_y = self.labels[index_array]
        else:
            return batch_x
        if self.sample_weight is None:
            return batch_x, batch_y
        return batch_x, batch_y, self.sample_weight[index_array]

    def _set_aside(self, path: str, error: Exception) -> None:
        if path not in self._broken:
            text = _BUFFER.sub("", " ".join(str(error).split()))
            self._broken[path] = text or type(error).__name__
            self._unnamed.append(path)

    def _name_broken(self) -> None:
        """Warn of unusable files, each once.

        If an iterator does not shuffle, its rows correspond to its `filenames` and `classes`: an unusable file has a
        row of NaN. Otherwise it is left out.
        """
        what = "is left out of its batches" if self.shuffle else "is a row of NaN, so that rows and filenames agree"
        while True:
            try:
                path = self._unnamed.pop()
            except IndexError:  # reported by now, here or in another thread
                return
            warnings.warn(f"{path} {what}: {self._broken[path]}", stacklevel=5)

    def _decoded_images(self) -> tuple[Any, DecodedImages]:
        """Return the settings that decide a file's pixels, and the cache for all iterators with the same settings."""
        height, width = self.target_size
        loading = Loading(
            self.color_mode, (height, width), self.interpolation, self.keep_aspect_ratio, self.exif_orientation
        )
        settings = (default_cache(), loading)
        decoded = self._decoded
        if decoded is None or decoded[0] != settings:
            decoded = self._decoded = (settings, _DECODED.get(settings) or _new_images(*settings))
        return decoded

    def _known_hashes(self) -> KnownHashes:
        """Return the hashes of files of this iterator that earlier processes have read."""
        if self._known is None:
            folder = getattr(self, "directory", None) or _common_folder(self.filepaths)
            self._known = known_hashes(default_cache(), os.path.join(os.path.abspath(folder), ""))
        return self._known


def _common_folder(paths: Any) -> str:
    """Return a folder that the same paths always have in common, or "" if they have none."""
    try:
        return str(os.path.commonpath([os.path.dirname(min(paths)), os.path.dirname(max(paths))]))
    except ValueError:
        return ""


def _new_images(cache: Path, loading: Loading) -> DecodedImages:
    check_interpolation(loading.interpolation)
    num_channels = _NUM_CHANNELS.get(loading.color_mode)
    if num_channels is None:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    # Opened at the first image, without the lock of the draws: no thread ever holds both.
    open_store = partial(picture_store, cache, loading, num_channels)
    return _DECODED.setdefault((cache, loading), DecodedImages(loading.load, open_store=open_store))


class _FilePictures:
    """An iterator's files as `batch.Pictures`."""

    def __init__(self, iterator: BatchFromFilesMixin, index_array: np.ndarray) -> None:
        self._iterator = iterator
        paths = iterator.filepaths
        self._paths = {int(index): paths[index] for index in index_array}
        self.image_shape = iterator.image_shape
        self.is_channels_last = iterator.data_format == "channels_last"
        self._float = _keras.config.floatx()
        self.is_float32 = self._float == "float32"
        self._settings, self._decoded = iterator._decoded_images()

    def key(self) -> tuple[Any, ...]:
        """Return the files, their versions, and the settings by which they become images."""
        paths = tuple(self._paths.values())
        return self._settings, paths, tuple(self._decoded.stamp(path) for path in paths)

    def are_at_hand(self, indices: np.ndarray) -> bool:
        return all(self._decoded.has(self._paths[int(index)]) for index in indices)

    def raw(self, index: int) -> np.ndarray | None:
        path = self._paths[int(index)]
        try:
            return self._decoded.get(path, self._iterator._known_hashes())
        except Warning:  # a warning of Pillow, if warnings are errors
            raise
        except Exception as error:  # decoders of damaged files raise nearly anything
            self._iterator._set_aside(path, error)
            return None

    def floats(self, raw: np.ndarray) -> np.ndarray:
        picture = raw.astype(self._float)
        return picture if self.is_channels_last else picture.transpose(2, 0, 1)


def save_pictures(iterator: Any, batch_x: np.ndarray, index_array: np.ndarray, numbers: list[int]) -> None:
    """Write a batch's images to the iterator's `save_to_dir`, as prefix_index_number.format."""
    for picture, index, number in zip(batch_x, index_array, numbers, strict=True):
        name = f"{iterator.save_prefix}_{index}_{number}.{iterator.save_format}"
        array_to_img(picture, iterator.data_format, scale=True).save(os.path.join(iterator.save_to_dir, name))
