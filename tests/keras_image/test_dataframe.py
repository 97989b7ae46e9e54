"""Tables: the rows, labels and batches of Keras; the same errors and warnings."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import AssertAlike, batches
from PIL import Image

from classeur.keras_image import ImageDataGenerator


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    for number in range(6):
        Image.new("RGB", (8, 8), (number * 40, 0, 9)).save(folder / f"{number}.png")
    return folder


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "filename": [f"{number}.png" for number in range(6)] + ["absent.png", "notes.txt"],
            "class": ["b", "a", "b", "c", "a", "b", "a", "b"],
            "two": ["x", "y", "x", "y", "x", "y", "x", "y"],
            "many": [["a"], ["a", "b"], ("c",), "a", ["b"], ["c", "a"], ["a"], ["b"]],
            "value": np.arange(8.0),
            "other": np.arange(8) * 2,
            "weight": np.linspace(0, 1, 8),
        }
    )


MODES: list[dict[str, Any]] = [
    {},
    {"y_col": "many"},
    {"y_col": "many", "classes": ["c", "a"]},
    {"classes": ["b", "a", "b"]},
    {"class_mode": "sparse"},
    {"class_mode": "binary", "y_col": "two"},
    {"class_mode": "binary", "classes": ["a", "b"]},
    {"class_mode": "raw", "y_col": "value"},
    {"class_mode": "raw", "y_col": ["value", "other"]},
    {"class_mode": "multi_output", "y_col": ["value", "other"]},
    {"class_mode": "input"},
    {"class_mode": None},
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mode=st.sampled_from(MODES),
    subset=st.sampled_from([None, "training", "validation"]),
    weight_col=st.sampled_from([None, "weight"]),
    batch_size=st.integers(1, 4),
    by_index=st.booleans(),
)
@pytest.mark.filterwarnings("ignore:Found 2 invalid")
def test_batches_are_keras(
    legacy: Any, assert_alike: AssertAlike, top: Path, mode: Any, by_index: bool, subset: Any, **how: Any
) -> None:
    both = [
        kind(validation_split=0.4, rotation_range=20).flow_from_dataframe(
            table(), str(top), target_size=(8, 8), seed=3, subset=subset, **mode, **how
        )
        for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
    ]
    ours, theirs = both
    assert set(vars(theirs)) - {"_workers", "_use_multiprocessing", "_max_queue_size"} <= set(vars(ours))
    assert ours.filepaths == theirs.filepaths
    if hasattr(theirs, "class_indices"):
        assert ours.class_indices == theirs.class_indices
        assert ours.classes == theirs.classes
        assert ours.labels == theirs.labels
    else:
        assert not hasattr(ours, "class_indices")
    assert_alike(*(batches(iterator, num_epochs=2, by_index=by_index) for iterator in both))


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"class_mode": "best"}, ValueError),
        ({"class_mode": "multi_output", "y_col": "value"}, TypeError),
        ({"x_col": "value"}, TypeError),
        ({"class_mode": "sparse", "y_col": "value"}, TypeError),
        ({"class_mode": "binary"}, ValueError),
        ({"class_mode": "binary", "classes": ["a"]}, ValueError),
        ({"y_col": "value"}, TypeError),
        ({"weight_col": "two"}, TypeError),
        ({"subset": "test"}, ValueError),
        ({"x_col": "absent"}, KeyError),
    ],
)
def test_errors_are_keras_errors(legacy: Any, top: Path, how: Any, error: type[Exception]) -> None:
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.raises(error):
            kind().flow_from_dataframe(table(), str(top), **how)


@pytest.mark.parametrize(
    ("how", "message", "category"),
    [
        ({}, "Found 2 invalid image filename", UserWarning),
        ({"class_mode": "raw", "y_col": "value", "classes": ["a"]}, "will be ignored", UserWarning),
        ({"class_mode": "other", "y_col": "value"}, "is deprecated", DeprecationWarning),
        ({"has_ext": True}, "has_ext is deprecated", DeprecationWarning),
        ({"sort": True}, "sort is deprecated", DeprecationWarning),
        ({"drop_duplicates": True}, "drop_duplicates is deprecated", DeprecationWarning),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_warnings_are_keras_warnings(legacy: Any, top: Path, how: Any, message: str, category: Any) -> None:
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.warns(category, match=message):
            kind().flow_from_dataframe(table(), str(top), **how)


def test_unvalidated_rows_are_skipped_when_their_turn_comes(top: Path) -> None:
    iterator = ImageDataGenerator().flow_from_dataframe(
        table()[:7], str(top), target_size=(8, 8), validate_filenames=False, seed=0, batch_size=7
    )
    with pytest.warns(UserWarning, match=r"absent\.png is left out of its batches"):
        x, y = next(iterator)
    assert len(x) == len(y) == 6


@pytest.mark.parametrize("class_mode", ["categorical", "sparse", "binary"])
def test_a_list_of_columns_is_refused_where_one_is_meant(top: Path, class_mode: str) -> None:
    with pytest.raises(TypeError, match=r"y_col must be one column; .* Received the list \['two', 'class'\]"):
        ImageDataGenerator().flow_from_dataframe(table(), str(top), y_col=["two", "class"], class_mode=class_mode)
    with pytest.raises(TypeError, match=r"x_col must be the name of one column"):
        ImageDataGenerator().flow_from_dataframe(table(), str(top), x_col=["filename"], class_mode=class_mode)
