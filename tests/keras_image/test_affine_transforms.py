"""Resampling is SciPy's to the promise, for every mode, order, axis and type; errors are Keras' own."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import MODES, AssertAlike, picture

from classeur.keras_image import affine_transforms
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
    legacy: Any, assert_alike: AssertAlike, seed: int, size: Any, channels: int, moves: Any, **how: Any
) -> None:
    x = picture(seed, (*size, channels), how.pop("dtype"))
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    expected = legacy.apply_affine_transform(x, **moves, **axes, **how)
    assert_alike(apply_affine_transform(x, **moves, **axes, **how), expected)


@pytest.mark.parametrize("fill_mode", ["constant", "wrap", "nearest", "reflect"])
@pytest.mark.parametrize("shift", [(0, 5), (-7, 0), (3, -2), (40, 1), (-20, 29), (20, -29), (-40, 58)])  # periods
@pytest.mark.parametrize("order", [0, 1])
def test_whole_pixels_are_equal_up_to_the_very_edge(legacy: Any, fill_mode: str, shift: Any, order: int) -> None:
    x = picture(1, (30, 21, 3))
    how = {"tx": shift[0], "ty": shift[1], "row_axis": 0, "col_axis": 1, "channel_axis": 2, "fill_mode": fill_mode}
    how["order"] = order
    np.testing.assert_allclose(apply_affine_transform(x, **how), legacy.apply_affine_transform(x, **how), atol=1e-3)


@pytest.mark.parametrize("fill_mode", ["constant", "wrap", "nearest", "reflect", "mirror", "grid-mirror", "grid-wrap"])
@pytest.mark.parametrize("size", [(1, 2), (4, 9)])
def test_halfway_between_two_pixels_the_same_one_is_nearest(legacy: Any, fill_mode: str, size: Any) -> None:
    x = picture(6, (*size, 3))
    for tx, ty in [(0.5, 0), (-0.5, 2.5), (1.5, -3.5), (-8.5, 0.5), (9.5, -1.5), (-19.5, 17.5)]:
        how = {"tx": tx, "ty": ty, "row_axis": 0, "col_axis": 1, "channel_axis": 2, "fill_mode": fill_mode, "order": 0}
        np.testing.assert_array_equal(apply_affine_transform(x, **how), legacy.apply_affine_transform(x, **how))


@pytest.mark.parametrize("size", [(1, 7), (7, 1), (1, 1)])
@pytest.mark.parametrize("fill_mode", ["constant", "wrap", "nearest", "reflect"])
def test_of_a_single_row_or_column(legacy: Any, assert_alike: AssertAlike, size: Any, fill_mode: str) -> None:
    x = picture(5, (*size, 3))
    how = {"ty": 2.5, "tx": -3.0, "row_axis": 0, "col_axis": 1, "channel_axis": 2, "fill_mode": fill_mode}
    assert_alike(apply_affine_transform(x, **how), legacy.apply_affine_transform(x, **how))


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0)])
def test_every_order_of_axes(legacy: Any, assert_alike: AssertAlike, axes: Any) -> None:
    x = picture(2, (24, 3, 18) if 1 not in axes[:2] else (24, 18, 3) if axes[2] == 2 else (3, 24, 18))
    how = dict(zip(("row_axis", "col_axis", "channel_axis"), axes, strict=True))
    moves = {"theta": 30, "tx": 2.5, "ty": -4, "shear": 12, "zx": 0.8, "zy": 1.3}
    assert_alike(apply_affine_transform(x, **moves, **how), legacy.apply_affine_transform(x, **moves, **how))


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


@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_scipy_is_not_needed_for_what_is_usual(fill_mode: str, channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affine_transforms.ndimage, "affine_transform", None)
    x = picture(4, (9, 8, channels))
    how = {"row_axis": 0, "col_axis": 1, "channel_axis": 2, "fill_mode": fill_mode}
    assert apply_affine_transform(x, theta=5, **how).shape == x.shape


def test_small_functions() -> None:
    from keras.src.legacy.preprocessing import image as whole

    x, matrix = picture(4, (5, 6, 3)), np.random.default_rng(0).normal(size=(3, 3))
    for axis in (0, 1, 2, -1):
        np.testing.assert_array_equal(flip_axis(x, axis), whole.flip_axis(x, axis))
    np.testing.assert_array_equal(
        transform_matrix_offset_center(matrix, 5, 8), whole.transform_matrix_offset_center(matrix, 5, 8)
    )
