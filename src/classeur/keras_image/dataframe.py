"""Batches of a table of files."""

import os
import warnings
from typing import Any

import numpy as np

from classeur.keras_image.directory import say
from classeur.keras_image.files import BatchFromFilesMixin
from classeur.keras_image.iterator import Iterator

# Labels of these are not class names.
_WITHOUT_CLASSES = ("input", "multi_output", "raw", None)


class DataFrameIterator(BatchFromFilesMixin, Iterator):
    """Yields images, with labels and weights if there are any: x, (x, y) or (x, y, weight)."""

    allowed_class_modes = {"binary", "categorical", "input", "multi_output", "raw", "sparse", None}  # noqa: RUF012

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
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
        data_format: str = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
        *,
        exif_orientation: bool = False,
    ) -> None:
        """Take a table's files and labels.

        Args:
            dataframe: of pandas; not changed.
            directory: the folder that the paths are relative to; None if they are complete.
            image_data_generator: transforms the images; None for no change.
            x_col, y_col, weight_col: columns of files, labels (a list of them for "multi_output") and weights.
            classes: class names, in the order of their numbers; rows of others are dropped. All, sorted, if None.
            class_mode: kind of labels: "categorical" one- or multi-hot, "binary" and "sparse" numbers, "raw" the
                column, "multi_output" one array per column, "input" the images, None for no labels.
            batch_size, shuffle, seed: see `Iterator`.
            data_format, dtype: of the batches.
            validate_filenames: whether rows are dropped whose file is missing or has no image extension.
            target_size, color_mode, save_to_dir, save_prefix, save_format, subset, interpolation, keep_aspect_ratio,
                exif_orientation: see `BatchFromFilesMixin.set_processing_attrs`.

        Raises:
            ValueError: if there is no such class mode, colour mode or subset, or "binary" does not have two classes.
            TypeError: if a column has values of a wrong type for its use.
        """
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
            exif_orientation=exif_orientation,
        )
        table = dataframe.copy()
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = dtype
        self._check_params(table, x_col, y_col, weight_col, classes)
        if validate_filenames:
            table = self._filter_valid_filepaths(table, x_col)
        has_classes = class_mode not in _WITHOUT_CLASSES
        if has_classes:
            table, classes = self._filter_classes(table, y_col, classes)
            self.class_indices = dict(zip(classes, range(len(classes)), strict=True))
        if self.split:
            start, stop = (int(share * len(table)) for share in self.split)
            table = table.iloc[start:stop, :]
        if has_classes:
            self.classes = self.get_classes(table, y_col)
        self.filenames = table[x_col].tolist()
        self._sample_weight = table[weight_col].values if weight_col else None
        if class_mode == "multi_output":
            self._targets: Any = [np.array(table[column].tolist()) for column in y_col]
        if class_mode == "raw":
            self._targets = table[y_col].values
        self.samples = len(self.filenames)
        found = f"Found {self.samples} {'validated' if validate_filenames else 'non-validated'} image filenames"
        say(f"{found} belonging to {len(classes)} classes." if has_classes else f"{found}.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _check_params(self, table: Any, x_col: Any, y_col: Any, weight_col: str | None, classes: Any) -> None:
        """Raise Keras' errors for columns with wrong values for the class mode."""
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {mode}; expected one of: {self.allowed_class_modes}")
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if isinstance(x_col, list):
            raise TypeError(f"x_col must be the name of one column. Received the list {x_col}.")
        if mode in {"binary", "categorical", "sparse"} and isinstance(y_col, list):
            advice = 'class_mode="multi_output" and "raw" take several'
            raise TypeError(f'If class_mode="{mode}", y_col must be one column; {advice}. Received the list {y_col}.')
        if not _all_are(table[x_col], str):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        if mode in {"binary", "sparse"} and not _all_are(table[y_col], str):
            raise TypeError(f'If class_mode="{mode}", y_col="{y_col}" column values must be strings.')
        if mode == "binary":
            num_classes = len(set(classes)) if classes else table[y_col].nunique()
            if num_classes != 2:
                found = f"{num_classes} class/es were given" if classes else f"Found {num_classes} classes"
                raise ValueError(f'If class_mode="binary" there must be 2 classes. {found}.')
        if mode == "categorical" and not _all_are(table[y_col], (str, list, tuple)):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be type string, list or tuple.'
            )
        if classes and mode in _WITHOUT_CLASSES:
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"', stacklevel=4)
        if weight_col and not issubclass(table[weight_col].dtype.type, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")

    def get_classes(self, df: Any, y_col: Any) -> list[Any]:
        """Return every row's class number, or list of numbers."""
        return [
            [self.class_indices[name] for name in label]
            if isinstance(label, (list, tuple))
            else self.class_indices[label]
            for label in df[y_col]
        ]

    @staticmethod
    def _filter_classes(table: Any, y_col: Any, classes: Any) -> tuple[Any, list[Any]]:
        """Return the rows that have one of the classes, and the classes: those given, or all in the column, sorted."""
        table = table.copy()
        if classes:
            names = list(dict.fromkeys(classes))
            table[y_col] = table[y_col].apply(lambda label: _without_others(label, names, y_col))
        else:
            found: set[Any] = set()
            for label in table[y_col]:
                found.update(label if isinstance(label, (list, tuple)) else [label])
            names = sorted(found)
        return table.dropna(subset=[y_col]), names

    def _filter_valid_filepaths(self, table: Any, x_col: str) -> Any:
        """Return the rows whose file exists and has an image extension; warn of the number of others."""
        paths = [os.path.join(self.directory, name) for name in table[x_col]]
        is_valid = np.array(
            [path.lower().endswith(self.white_list_formats) and os.path.isfile(path) for path in paths], bool
        )
        if num_invalid := int((~is_valid).sum()):
            found = f'Found {num_invalid} invalid image filename(s) in x_col="{x_col}".'
            warnings.warn(f"{found} These filename(s) will be ignored.", stacklevel=4)
        return table[is_valid]

    @property
    def filepaths(self) -> list[str]:
        """Every file, `directory` included, in the order of `filenames`."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """Every row's label: class numbers, or the columns' values for "raw" and "multi_output"."""
        return self._targets if self.class_mode in {"multi_output", "raw"} else self.classes

    @property
    def sample_weight(self) -> Any:
        """Every row's weight; None if no column was named."""
        return self._sample_weight


def _all_are(column: Any, types: Any) -> bool:
    return all(isinstance(value, types) for value in column)


def _without_others(label: Any, names: list[Any], y_col: Any) -> Any:
    """Return a label without the names that are not among `names`; None if nothing is left."""
    if isinstance(label, (list, tuple)):
        return [name for name in label if name in names] or None
    if isinstance(label, str):
        return label if label in names else None
    raise TypeError(f"Expect string, list or tuple but found {type(label)} in {y_col} column ")
