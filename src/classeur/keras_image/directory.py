"""Batches of a folder of class folders."""

import logging
import os
import warnings
from collections.abc import Iterator as AbstractIterator
from typing import Any

import numpy as np

from classeur.keras_image.files import BatchFromFilesMixin
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_keras = load_keras()


class DirectoryIterator(BatchFromFilesMixin, Iterator):
    """Yields images and labels: (x, y), or only x for `class_mode=None`."""

    allowed_class_modes = {"categorical", "binary", "sparse", "input", None}  # noqa: RUF012  (as in Keras)

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
        *,
        exif_orientation: bool = False,
    ) -> None:
        """List a folder's files, class by class.

        Args:
            directory: contains one folder per class; files at any depth below belong to it.
            image_data_generator: transforms the images; None for no change.
            classes: which folders, in the order of their numbers; all, sorted, if None.
            class_mode: kind of labels: "categorical" one-hot, "binary" and "sparse" numbers, "input" the images,
                None for no labels.
            batch_size, shuffle, seed: see `Iterator`.
            data_format, dtype: of the batches; Keras' settings if None.
            follow_links: whether folders behind links are listed.
            target_size, color_mode, save_to_dir, save_prefix, save_format, subset, interpolation, keep_aspect_ratio,
                exif_orientation: see `BatchFromFilesMixin.set_processing_attrs`.

        Raises:
            ValueError: if there is no such class mode, colour mode or subset.
            FileNotFoundError: if there is no such folder.
        """
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            _keras.config.image_data_format() if data_format is None else data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
            exif_orientation=exif_orientation,
        )
        self.directory = directory
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.class_mode = class_mode
        self.dtype = _keras.config.floatx() if dtype is None else dtype
        if not classes:
            classes = [name for name in sorted(os.listdir(directory)) if os.path.isdir(os.path.join(directory, name))]
        self.num_classes = len(classes)
        self.class_indices = dict(zip(classes, range(len(classes)), strict=True))
        self.filenames: list[str] = []
        labels: list[int] = []
        for name in classes:
            found = self._list_class(os.path.join(directory, name), follow_links=follow_links)
            self.filenames += found
            if found:  # only here may a nested folder, which has no number, be looked up
                labels += [self.class_indices[os.path.basename(name)]] * len(found)
        self.classes = np.array(labels, dtype="int32")
        self.samples = len(self.filenames)
        say(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _list_class(self, folder: str, *, follow_links: bool) -> list[str]:
        """Return the subset's files of a class, relative to the folder above it."""
        top = os.path.basename(folder)
        found = [
            os.path.join(top, os.path.relpath(path, folder))
            for path in _image_files(folder, self.white_list_formats, follow_links=follow_links)
        ]
        if self.split:
            start, stop = (int(share * len(found)) for share in self.split)
            found = found[start:stop]
        return found

    @property
    def filepaths(self) -> list[str]:
        """Every file, `directory` included, in the order of `filenames`."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """Every file's class number."""
        return self.classes

    @property
    def sample_weight(self) -> None:
        """None: folders have no weights."""
        return


def _image_files(folder: str, endings: tuple[str, ...], *, follow_links: bool) -> AbstractIterator[str]:
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda level: level[0]):
        for name in sorted(names):
            if name.lower().endswith(".tiff"):
                message = 'Using ".tiff" files with multiple bands will cause distortion. Please verify your output.'
                warnings.warn(message, stacklevel=6)
            if name.lower().endswith(endings):
                yield os.path.join(root, name)


def say(message: str) -> None:
    """Print a line, or log it if Keras' interactive logging is off."""
    if _keras.config.is_interactive_logging_enabled():
        print(message, flush=True)
    else:
        logging.getLogger("absl").info(message)
