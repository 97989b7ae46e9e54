"""Folders: the files, labels and batches of Keras, over three epochs, by `next()` and by index."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import AUGMENTATIONS, TUTORIAL, AssertAlike, Pair, batches
from PIL import Image

from classeur.keras_image import ImageDataGenerator


@pytest.mark.parametrize("by_index", [False, True])
@pytest.mark.parametrize("arguments", [{}, TUTORIAL, {"horizontal_flip": True, "vertical_flip": True}], ids=len)
def test_three_epochs_of_seed_7_are_keras(
    pair: Pair, assert_alike: AssertAlike, by_index: bool, arguments: Any
) -> None:
    ours, theirs = pair(arguments, {"seed": 7, "batch_size": 4})
    got = batches(ours, num_epochs=3, by_index=by_index)
    assert_alike(got, batches(theirs, num_epochs=3, by_index=by_index))
    assert len({batch[0].tobytes() for batch in got}) == len(got)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arguments=AUGMENTATIONS,
    more=st.fixed_dictionaries(
        {},
        optional={
            "data_format": st.sampled_from(["channels_last", "channels_first"]),
            "validation_split": st.sampled_from([0.0, 0.3]),
            "brightness_range": st.sampled_from([None, (0.5, 1.0)]),
        },
    ),
    flow=st.fixed_dictionaries(
        {"batch_size": st.integers(1, 9), "seed": st.one_of(st.none(), st.integers(0, 99))},
        optional={
            "target_size": st.sampled_from([(30, 30), (24, 33)]),
            "color_mode": st.sampled_from(["rgb", "rgba", "grayscale"]),
            "classes": st.sampled_from([None, ["b", "a"], ["c", "absent", "a"]]),
            "class_mode": st.sampled_from(["categorical", "binary", "sparse", "input", None]),
            "shuffle": st.booleans(),
            "subset": st.sampled_from([None, "training", "validation"]),
            "interpolation": st.sampled_from(["nearest", "bilinear", "lanczos"]),
            "keep_aspect_ratio": st.booleans(),
        },
    ),
    by_index=st.booleans(),
)
def test_any_batches_are_keras(
    pair: Pair, assert_alike: AssertAlike, arguments: Any, more: Any, flow: Any, by_index: bool
) -> None:
    if more.get("data_format") == "channels_first":
        more = {**more, "brightness_range": None}  # an error in both
    if more.get("brightness_range"):
        arguments = {**arguments, "channel_shift_range": 0.0, "cval": 0.0}
    ours, theirs = pair({**arguments, **more}, flow)
    assert ours.filenames == theirs.filenames
    assert ours.filepaths == theirs.filepaths
    np.testing.assert_array_equal(ours.classes, theirs.classes)
    made = []
    for iterator in (ours, theirs):
        np.random.seed(3)
        made.append(batches(iterator, num_epochs=2, by_index=by_index))
        made[-1].append(np.random.random(3))
    assert_alike(made[0], made[1], is_standardized=arguments.get("samplewise_center", False))


def test_the_attributes_are_keras(pair: Pair) -> None:
    ours, theirs = pair({"validation_split": 0.3}, {"subset": "training", "class_mode": "sparse"})
    known = {"_workers", "_use_multiprocessing", "_max_queue_size"}
    assert set(vars(theirs)) <= set(vars(ours)) | known
    for name, value in vars(theirs).items():
        if name not in {*known, "lock", "index_generator", "image_data_generator", "classes"}:
            assert getattr(ours, name) == value, name
    for name in ("filepaths", "labels", "sample_weight", "num_batches", "allowed_class_modes", "white_list_formats"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    assert ours.classes.dtype == theirs.classes.dtype


def test_it_says_what_it_found_as_keras_does(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    pair({}, {})
    ours, theirs = capsys.readouterr().out.splitlines()
    assert ours == theirs == "Found 13 images belonging to 3 classes."


@pytest.mark.parametrize(
    ("flow", "error"),
    [
        ({"class_mode": "raw"}, ValueError),
        ({"color_mode": "hsv"}, ValueError),
        ({"subset": "test"}, ValueError),
        ({"directory": Path("absent")}, FileNotFoundError),
        ({"target_size": None}, TypeError),
    ],
)
def test_errors_are_keras_errors(legacy: Any, folder: Path, flow: Any, error: type[Exception]) -> None:
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.raises(error):
            kind().flow_from_directory(**{"directory": folder, **flow})
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.raises(ValueError, match="Invalid interpolation method best"):
            next(kind().flow_from_directory(folder, interpolation="best"))
    for iterator in (kind().flow_from_directory(folder) for kind in (ImageDataGenerator, legacy.ImageDataGenerator)):
        with pytest.raises(ValueError, match="Asked to retrieve element 9"):
            iterator[9]


def test_links_are_followed_only_if_asked_to(pair: Pair, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "x").mkdir()
    os.symlink(folder / "a", tmp_path / "x" / "linked")
    for follow_links, count in ((False, 0), (True, 9)):
        ours, theirs = pair({}, {"follow_links": follow_links}, directory=tmp_path)
        assert ours.filenames == theirs.filenames
        assert len(ours.filenames) == count


def test_tiff_warns(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.tiff").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"\.tiff"):
        ours, theirs = pair({}, {}, directory=tmp_path)
    assert ours.filenames == theirs.filenames


def test_deep_grey_keeps_its_depth(pair: Pair, assert_alike: AssertAlike, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    Image.fromarray(np.arange(900, dtype=np.uint16).reshape(30, 30) * 70).save(tmp_path / "x" / "a.png")
    ours, theirs = pair({"rotation_range": 20, "rescale": 1 / 65535}, {"color_mode": "grayscale"}, directory=tmp_path)
    np.random.seed(0)
    got = next(ours)
    np.random.seed(0)
    assert_alike(got, next(theirs))
    assert got[0].max() > 0.9


def test_without_a_generator_pictures_come_as_they_are(legacy: Any, folder: Path, assert_alike: AssertAlike) -> None:
    from classeur.keras_image import DirectoryIterator

    both = [kind(folder, None, target_size=(30, 30), seed=1) for kind in (DirectoryIterator, legacy.DirectoryIterator)]
    ours, theirs = (next(iterator) for iterator in both)
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert_alike(ours, theirs)


def test_a_data_format_that_is_not_the_generators(legacy: Any, folder: Path, assert_alike: AssertAlike) -> None:
    from classeur.keras_image import DirectoryIterator

    ours, theirs = (
        iterator(
            folder, kind(width_shift_range=0.1, height_shift_range=0.3), (30, 30), seed=1, data_format="channels_first"
        )
        for iterator, kind in (
            (DirectoryIterator, ImageDataGenerator),
            (legacy.DirectoryIterator, legacy.ImageDataGenerator),
        )
    )
    assert_alike(next(ours), next(theirs))


def test_three_epochs_of_real_photographs(shared: Path, tmp_path: Path, legacy: Any, assert_alike: AssertAlike) -> None:
    from zipfile import ZipFile

    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith((".200.jpg", ".201.jpg", ".7.jpg", ".2000.jpg"))]
        archive.extractall(tmp_path, names)
    top = tmp_path / "cats_and_dogs_filtered" / "train"
    ours, theirs = (
        kind(**TUTORIAL).flow_from_directory(top, target_size=(150, 150), batch_size=4, class_mode="binary", seed=7)
        for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
    )
    got = batches(ours, num_epochs=3, by_index=False)
    assert_alike(got, batches(theirs, num_epochs=3, by_index=False))
    assert got[0][0].shape == (4, 150, 150, 3)
    assert got[0][0].dtype == got[0][1].dtype == np.float32


def test_a_nested_class_with_nothing_in_a_subset(legacy: Any, tmp_path: Path) -> None:
    (tmp_path / "alpha" / "nested").mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(tmp_path / "alpha" / "nested" / "0.png")
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        iterator = kind(validation_split=0.2).flow_from_directory(
            tmp_path, classes=["alpha/nested"], subset="validation"
        )
        assert iterator.samples == 0
        assert iterator.class_indices == {"alpha/nested": 0}
