"""The same parameters for the same seed, for every argument; n at once are those of n calls."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.keras_image.affine_transforms import affine_matrix
from classeur.keras_image.draws import can_draw_many, draw_many, draw_one, matrices_of
from classeur.keras_image.generator import ImageDataGenerator

SHAPES = [(150, 150, 3), (40, 64, 1), (3, 32, 48)]

# One of each argument that has a say in the draws, then all at once.
ARGUMENTS: list[dict[str, Any]] = [
    {},
    {"rotation_range": 45},
    {"rotation_range": 12.5},
    {"width_shift_range": 0.15},
    {"height_shift_range": 0.15},
    {"width_shift_range": 20.0},
    {"height_shift_range": 1.0},
    {"width_shift_range": 7},
    {"height_shift_range": 1},
    {"width_shift_range": [-3, 0, 5]},
    {"height_shift_range": (0.1, 0.2)},
    {"shear_range": 20},
    {"zoom_range": 0.5},
    {"zoom_range": (0.3, 0.9)},
    {"zoom_range": [1, 1]},
    {"channel_shift_range": 30.0},
    {"brightness_range": (0.2, 1.4)},
    {"horizontal_flip": True},
    {"vertical_flip": True},
    {"horizontal_flip": True, "vertical_flip": True},
    {
        "rotation_range": 45,
        "width_shift_range": 0.15,
        "height_shift_range": 0.15,
        "horizontal_flip": True,
        "zoom_range": 0.5,
    },
    {
        "rotation_range": 180,
        "width_shift_range": 3,
        "height_shift_range": [0.1, -0.3],
        "shear_range": 45.0,
        "zoom_range": (0.5, 2),
        "channel_shift_range": 0.1,
        "brightness_range": [0, 2],
        "horizontal_flip": True,
        "vertical_flip": True,
    },
]


def known_types(parameters: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in parameters.items()}


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_500_seeds_draw_what_keras_draws(legacy: Any, arguments: dict[str, Any]) -> None:
    for shape in SHAPES:
        data_format = "channels_first" if shape[0] == 3 else "channels_last"
        ours = ImageDataGenerator(**arguments, data_format=data_format)
        theirs = legacy.ImageDataGenerator(**arguments, data_format=data_format)
        for seed in range(500):
            mine, other = ours.get_random_transform(shape, seed), theirs.get_random_transform(shape, seed)
            assert mine == other
            assert list(mine) == list(other)
        assert known_types(mine) == known_types(other)
    np.random.seed(1)
    several = [ours.get_random_transform(shape) for _ in range(3)]
    np.random.seed(1)
    assert several == [theirs.get_random_transform(shape) for _ in range(3)]


floats = st.floats(0, 0.9)
some_floats = st.one_of(st.just(0), st.just(0.0), floats, st.floats(1, 40))


@given(
    arguments=st.fixed_dictionaries(
        {
            "rotation_range": some_floats,
            "width_shift_range": some_floats,
            "height_shift_range": some_floats,
            "shear_range": some_floats,
            "zoom_range": st.one_of(floats, st.tuples(st.floats(0.1, 3), st.floats(0.1, 3))),
            "channel_shift_range": some_floats,
            "brightness_range": st.one_of(st.none(), st.tuples(floats, st.floats(1, 2))),
            "horizontal_flip": st.booleans(),
            "vertical_flip": st.booleans(),
        }
    ),
    shape=st.sampled_from([(150, 150, 3), (40, 64, 1)]),
    num_images=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_n_at_once_are_n_calls(arguments: dict[str, Any], shape: Any, num_images: int, seed: int) -> None:
    generator = ImageDataGenerator(**arguments)
    np.random.seed(seed)
    one_by_one = [draw_one(generator, shape) for _ in range(num_images)]
    after = np.random.random()
    np.random.seed(seed)
    assert can_draw_many(generator)
    drawn = draw_many(generator, shape, num_images)
    assert np.random.random() == after
    for row, expected in enumerate(one_by_one):
        got = drawn.row(row)
        assert {name: bool(got[name]) for name in ("flip_horizontal", "flip_vertical")} == {
            name: bool(expected[name]) for name in ("flip_horizontal", "flip_vertical")
        }
        for name, value in expected.items():
            # To a rounding: a processor with fused multiply-add rounds once less.
            assert (got[name] is None) == (value is None)
            assert value is None or got[name] == pytest.approx(float(value), rel=1e-12, abs=1e-12)


@given(
    arguments=st.fixed_dictionaries(
        {
            "rotation_range": some_floats,
            "width_shift_range": floats,
            "height_shift_range": floats,
            "shear_range": some_floats,
            "zoom_range": floats,
            "horizontal_flip": st.booleans(),
            "vertical_flip": st.booleans(),
        }
    ),
    size=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    seed=st.integers(0, 2**32 - 1),
)
def test_matrices_at_once_are_keras_matrices_and_flips(arguments: Any, size: Any, seed: int) -> None:
    height, width = size
    generator = ImageDataGenerator(**arguments)
    np.random.seed(seed)
    drawn = draw_many(generator, (height, width, 3), 4)
    matrices = matrices_of(drawn, height=height, width=width, num_images=4)
    for row in range(4):
        one = drawn.row(row)
        moves = {name: one[name] for name in ("theta", "tx", "ty", "shear", "zx", "zy")}
        expected = affine_matrix(height=height, width=width, **moves)
        if matrices is None:
            assert expected is None
        else:
            np.testing.assert_array_equal(matrices[row], np.eye(3) if expected is None else expected)


def test_whole_pixels_and_lists_are_drawn_one_by_one() -> None:
    for shift in (1, 7, [0.1, 0.2], (3, 4), float("inf")):
        assert not can_draw_many(ImageDataGenerator(width_shift_range=shift))
        assert not can_draw_many(ImageDataGenerator(height_shift_range=shift))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rotation_range": np.inf}, {"rotation_range": np.nan}, {"rotation_range": 1e308}, {"shear_range": np.inf},
        {"channel_shift_range": np.inf}, {"channel_shift_range": 1e308}, {"zoom_range": [0, np.inf]},
        {"zoom_range": [np.nan, 1]}, {"brightness_range": [0, np.inf]}, {"brightness_range": ("a", "b")},
        {"width_shift_range": 1e308},
    ],
    ids=str,
)  # fmt: skip
def test_a_range_that_is_not_finite_is_keras_error(legacy: Any, wrong: dict[str, Any]) -> None:
    x = np.zeros((2, 8, 8, 3), np.float32)
    with pytest.raises(Exception, match=".") as expected:
        legacy.ImageDataGenerator(**wrong).flow(x, seed=1)[0]
    with pytest.raises(expected.type, match=re.escape(str(expected.value))):
        ImageDataGenerator(**wrong).flow(x, seed=1)[0]
