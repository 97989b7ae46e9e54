"""Brightness and channel shift are Keras', to the bit where there is no rounding in between."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.keras_image.colour import apply_brightness_shift, apply_channel_shift


def whole_levels(seed: int, channels: int, low: int = 0, high: int = 256) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, high, (12, 9, channels)).astype(np.float32)


@given(st.integers(0, 99), st.sampled_from([1, 3, 4]), st.floats(-300, 300))
def test_channel_shift(legacy: Any, seed: int, channels: int, intensity: float) -> None:
    x = whole_levels(seed, channels)
    got, expected = apply_channel_shift(x, intensity, 2), legacy.apply_channel_shift(x, intensity, 2)
    np.testing.assert_array_equal(got, expected)
    assert got.dtype == expected.dtype


@given(
    st.integers(0, 99), st.sampled_from([1, 3, 4]), st.floats(0, 3), st.booleans(), st.sampled_from([0, -40]),
    st.sampled_from([256, 400]),
)  # fmt: skip
def test_brightness(legacy: Any, seed: int, channels: int, factor: float, scale: bool, low: int, high: int) -> None:
    if channels == 1 and high > 256:
        return  # a 32-bit grey, which Pillow cannot blend: an error in both
    x = whole_levels(seed, channels, low, high)
    got, expected = apply_brightness_shift(x, factor, scale), legacy.apply_brightness_shift(x, factor, scale)
    np.testing.assert_array_equal(got, expected)
    assert got.dtype == expected.dtype


def test_a_flat_picture_keeps_its_level_after_it_was_moved(legacy: Any) -> None:
    from classeur.keras_image.generator import ImageDataGenerator

    for level in (1, 99, 200, 255):
        x = np.full((40, 40, 3), level, np.float32)
        parameters = {"theta": 17.3, "zx": 0.77, "zy": 1.21, "tx": 1.7, "brightness": 1.0}
        ours = ImageDataGenerator().apply_transform(x, parameters)
        np.testing.assert_array_equal(ours, legacy.ImageDataGenerator().apply_transform(x, parameters))


def test_two_channels_are_keras_error(legacy: Any) -> None:
    for function in (apply_brightness_shift, legacy.apply_brightness_shift):
        with pytest.raises(ValueError, match="Unsupported channel number"):
            function(np.zeros((4, 4, 2)), 0.5)
