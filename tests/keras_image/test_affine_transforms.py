"""Resampling is Keras' to the bit, for every mode, order, axis and type; errors are Keras' own."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import MODES, picture

from classeur.keras_image.affine_transforms import apply_affine_transform, flip_axis, transform_matrix_offset_center

amount = st.floats(-60, 60)
zoom = st.floats(0.3, 3)


@settings(max_examples=150)
@given(
    seed=st.integers(0, 99),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    channels=st.integers(1, 5),
    moves=st.fixed_dictionaries(
        {}, optional={"theta": amount, "tx": amount, "ty": amount, "shear": amount, "zx": zoom, "zy": zoom}
    ),
    fill_mode=st.sampled_from(MODES),
    cval=st.floats(-300, 300),
    order=st.sampled_from([1, 1, 1, 0, 2, 3, 5]),
    dtype=st.sampled_from([np.float32, np.float32, np.float64, np.uint8]),
)
def test_it_is_what_keras_makes(
    legacy: Any, compiled: None, seed: int, size: Any, channels: int, moves: Any, **how: Any
) -> None:
    x = picture(seed, (*size, channels), how.pop("dtype"))
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    expected = legacy.apply_affine_transform(x, **moves, **axes, **how)
    ours = apply_affine_transform(x, **moves, **axes, **how)
    assert ours.dtype == expected.dtype
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0)])
def test_every_order_of_axes(legacy: Any, compiled: None, axes: Any) -> None:
    x = picture(2, (24, 3, 18) if 1 not in axes[:2] else (24, 18, 3) if axes[2] == 2 else (3, 24, 18))
    how = dict(zip(("row_axis", "col_axis", "channel_axis"), axes, strict=True))
    moves = {"theta": 30, "tx": 2.5, "ty": -4, "shear": 12, "zx": 0.8, "zy": 1.3}
    expected = legacy.apply_affine_transform(x, **moves, **how)
    np.testing.assert_array_equal(apply_affine_transform(x, **moves, **how), expected)


def test_the_same_array_comes_back_if_nothing_moves() -> None:
    x = picture(3, (8, 8, 3))
    assert apply_affine_transform(x, row_axis=0, col_axis=1, channel_axis=2) is x


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3, 4, 5), (0, 0, 2)),
        ((3, 4, 5), (0, 1, 3)),
        ((3, 4), (1, 2, 0)),
        ((3, 4, 5), (0, 2, 1)),
        ((3, 4, 5), (-1, 1, 2)),
    ],
)
def test_errors_are_keras_errors(legacy: Any, shape: Any, axes: Any) -> None:
    how = dict(zip(("row_axis", "col_axis", "channel_axis"), axes, strict=True))
    for function in (apply_affine_transform, legacy.apply_affine_transform):
        with pytest.raises(ValueError, match="axis|images|Channels"):
            function(np.zeros(shape), theta=3, **how)


def test_an_unknown_mode_is_scipys_error(legacy: Any) -> None:
    for function in (apply_affine_transform, legacy.apply_affine_transform):
        with pytest.raises(RuntimeError, match="boundary mode not supported"):
            function(np.zeros((3, 8, 8), np.float32), theta=3, fill_mode="middle")


def test_small_functions() -> None:
    from keras.src.legacy.preprocessing import image as whole

    x, matrix = picture(4, (5, 6, 3)), np.random.default_rng(0).normal(size=(3, 3))
    for axis in (0, 1, 2, -1):
        np.testing.assert_array_equal(flip_axis(x, axis), whole.flip_axis(x, axis))
    np.testing.assert_array_equal(
        transform_matrix_offset_center(matrix, 5, 8), whole.transform_matrix_offset_center(matrix, 5, 8)
    )
