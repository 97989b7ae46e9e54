"""Every mode that is made in few passes gives what Keras' own steps give, of files and of arrays, in every shape."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import AssertAlike, Pair, picture

from classeur.keras_image import ImageDataGenerator, batch

pytestmark = pytest.mark.usefixtures("compiled")

MOVES: dict[str, dict[str, Any]] = {
    "rotation": {"rotation_range": 60},
    "shift": {"width_shift_range": 0.4, "height_shift_range": 0.3},
    "shift in pixels": {"width_shift_range": 9, "height_shift_range": [-3, 0, 5]},
    "shear": {"shear_range": 30},
    "zoom": {"zoom_range": (0.4, 2.5)},
    "moved and brightened": {"rotation_range": 30, "brightness_range": (0.4, 1.8)},
    "moved and shifted in colour": {"zoom_range": 0.4, "channel_shift_range": 60.0},
    "order 0": {"rotation_range": 60, "zoom_range": 0.5, "interpolation_order": 0},
    "samplewise": {"shear_range": 20, "samplewise_center": True, "samplewise_std_normalization": True},
    "a function": {"rotation_range": 30, "preprocessing_function": lambda x: 255 - x, "rescale": 0.5},
    "a function that draws at times": {
        "rotation_range": 30,
        "preprocessing_function": lambda x: x + np.random.random() if x.mean() > 120 else x,
    },
}
VALUES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "rescale": {"rescale": 1.0 / 255},
    "rescale by a double": {"rescale": np.float64(1.0) / 255},
    "flips": {"horizontal_flip": True, "vertical_flip": True, "rescale": 1.0 / 255},
    "brightness": {"brightness_range": (-0.2, 2.0), "vertical_flip": True},
    "channel shift": {"channel_shift_range": 90.0, "rescale": 0.5},
    "both": {"channel_shift_range": 30.0, "brightness_range": (0.5, 1.5), "horizontal_flip": True, "rescale": 2},
    "featurewise": {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 1.0 / 255},
}
sides = st.tuples(st.integers(8, 40), st.integers(8, 40))
how = st.fixed_dictionaries(
    {
        "fill_mode": st.sampled_from(["nearest", "constant", "reflect", "wrap"]),
        "cval": st.floats(0, 255),
        "horizontal_flip": st.booleans(),
        "vertical_flip": st.booleans(),
    }
)
forms = st.sampled_from(["channels_last", "channels_first"])
dtypes = st.sampled_from(["float32", "float64", "float16"])
all_channels = st.sampled_from([1, 3, 4])
modes = st.sampled_from(["rgb", "rgba", "grayscale"])
with_files = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_keras_error(arguments: dict[str, Any]) -> bool:
    return "brightness_range" in arguments and arguments["data_format"] == "channels_first"


def of_array(legacy: Any, arguments: dict[str, Any], shape: tuple[int, int, int], seed: int) -> list[Any]:
    """Return some batches of ours and of Keras'."""
    x = np.stack([picture(seed + number, shape) for number in range(5)])
    if arguments["data_format"] == "channels_first":
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    made = []
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        generator = kind(**arguments)
        if generator.featurewise_center:
            generator.fit(x)
        iterator = generator.flow(x, batch_size=5, seed=seed)
        made.append([next(iterator), iterator[0]])
    return made


def of_files(pair: Pair, arguments: dict[str, Any], size: tuple[int, int], color_mode: str) -> list[Any]:
    made = []
    for iterator in pair(arguments, {"target_size": size, "color_mode": color_mode, "seed": 3, "batch_size": 8}):
        if iterator.image_data_generator.featurewise_center:
            iterator.image_data_generator.fit(picture(0, iterator.image_shape)[None])
        made.append([next(iterator), iterator[1]])
    return made


@pytest.mark.parametrize("name", MOVES)
@settings(max_examples=5)
@given(
    seed=st.integers(0, 99), sides=sides, channels=all_channels, how=how, data_format=forms,
    dtype=st.sampled_from(["float32", "float64"]),
)  # fmt: skip
def test_moved_arrays_are_keras_to_the_bit(
    legacy: Any, assert_alike: AssertAlike, name: str, seed: int, sides: Any, channels: int, how: Any,
    data_format: str, dtype: str,
) -> None:  # fmt: skip
    arguments = {**how, **MOVES[name], "data_format": data_format, "dtype": dtype}
    if not is_keras_error(arguments):
        ours, theirs = of_array(legacy, arguments, (*sides, channels), seed)
        assert_alike(ours, theirs, is_standardized=name == "samplewise")


@pytest.mark.parametrize("name", MOVES)
@with_files
@given(size=sides, color_mode=modes, how=how, data_format=forms, dtype=dtypes)
def test_moved_files_are_keras_to_the_bit(
    pair: Pair, assert_alike: AssertAlike, name: str, size: Any, color_mode: str, how: Any, data_format: str,
    dtype: str,
) -> None:  # fmt: skip
    arguments = {**how, **MOVES[name], "data_format": data_format, "dtype": dtype}
    if not is_keras_error(arguments):
        ours, theirs = of_files(pair, arguments, size, color_mode)
        assert_alike(ours, theirs, is_standardized=name == "samplewise")


@pytest.mark.parametrize("name", VALUES)
@settings(max_examples=5)
@given(seed=st.integers(0, 99), sides=sides, channels=all_channels, data_format=forms, dtype=dtypes)
def test_what_is_not_moved_is_keras_to_the_bit(
    legacy: Any, name: str, seed: int, sides: Any, channels: int, data_format: str, dtype: str
) -> None:
    arguments = {**VALUES[name], "data_format": data_format, "dtype": dtype}
    if not is_keras_error(arguments):
        ours, theirs = of_array(legacy, arguments, (*sides, channels), seed)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", VALUES)
@with_files
@given(size=sides, color_mode=modes, data_format=forms, dtype=dtypes)
def test_files_that_are_not_moved_are_keras_to_the_bit(
    pair: Pair, name: str, size: Any, color_mode: str, data_format: str, dtype: str
) -> None:
    arguments = {**VALUES[name], "data_format": data_format, "dtype": dtype}
    if not is_keras_error(arguments):
        for ours, theirs in zip(*of_files(pair, arguments, size, color_mode), strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0])


@pytest.mark.parametrize("rescale", [None, 1.0 / 255, -3])
@with_files
@given(size=sides, color_mode=modes, data_format=forms, dtype=st.sampled_from(["float32", "float64"]))
def test_files_that_are_standardized_one_by_one_are_keras(
    pair: Pair,
    assert_alike: AssertAlike,
    rescale: float | None,
    size: Any,
    color_mode: str,
    data_format: str,
    dtype: str,
) -> None:
    arguments = {"samplewise_center": True, "samplewise_std_normalization": True, "vertical_flip": True}
    arguments |= {"rescale": rescale, "data_format": data_format, "dtype": dtype}
    ours, theirs = of_files(pair, arguments, size, color_mode)
    assert_alike(ours, theirs, is_standardized=True)


@settings(max_examples=5)
@given(
    seed=st.integers(0, 99), channels=all_channels, data_format=forms, dtype=st.sampled_from(["float32", "float64"]),
    flips=st.booleans(),
)  # fmt: skip
def test_whitened_batches_are_keras(
    legacy: Any, assert_alike: AssertAlike, seed: int, channels: int, data_format: str, dtype: str, flips: bool
) -> None:
    arguments = {"featurewise_center": True, "zca_whitening": True, "horizontal_flip": flips, "rescale": 1.0 / 255}
    ours, theirs = of_array(
        legacy, {**arguments, "data_format": data_format, "dtype": dtype, "zca_epsilon": 0.1}, (8, 7, channels), seed
    )
    assert_alike(ours, theirs, is_standardized=True)


@pytest.mark.filterwarnings("ignore:.*is a row of NaN")
def test_a_broken_file_does_not_spoil_a_whitened_batch(tmp_path: Any) -> None:
    from PIL import Image

    (tmp_path / "data" / "a").mkdir(parents=True)
    for number in range(3):
        Image.fromarray(picture(number, (4, 4, 3), np.uint8)).save(tmp_path / "data" / "a" / f"{number}.png")
    (tmp_path / "data" / "a" / "1.png").write_text("no picture")
    generator = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
    generator.fit(np.stack([picture(number, (4, 4, 3)) for number in range(3)]))
    x = generator.flow_from_directory(tmp_path / "data", target_size=(4, 4), class_mode=None, shuffle=False)[0]
    assert [bool(np.isnan(each).any()) for each in x] == [False, True, False]


@pytest.mark.parametrize("cval", [-90.0, 400.0])
def test_a_filling_outside_the_levels_is_stretched_as_in_keras(
    legacy: Any, assert_alike: AssertAlike, cval: float
) -> None:
    arguments = {"brightness_range": (0.5, 0.9), "rotation_range": 40, "fill_mode": "constant", "cval": cval}
    ours, theirs = of_array(legacy, {**arguments, "data_format": "channels_last"}, (30, 30, 3), 1)
    assert_alike(ours, theirs)


@pytest.mark.parametrize("name", [name for name in [*MOVES, *VALUES] if "function" not in name])
def test_the_steps_of_keras_are_not_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mode is made in few passes, or its time goes unnoticed."""
    monkeypatch.setattr(batch._Batch, "in_threads", None)
    arguments = {**MOVES, **VALUES}[name]
    generator = ImageDataGenerator(**arguments)
    x = np.stack([picture(seed, (12, 12, 3)) for seed in range(4)])
    if generator.featurewise_center:
        generator.fit(x)
    assert generator.flow(x, batch_size=4)[0].shape == x.shape
