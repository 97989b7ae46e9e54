from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from classeur.errors import RangeError, UnknownNameError
from classeur.pipeline.augmentation import FLIPS, PRESETS, Augmentation, draw, make_augmentation

AUGMENTATIONS = st.builds(
    Augmentation,
    flip=st.sampled_from(FLIPS),
    rotation=st.floats(0, 180),
    zoom=st.floats(0, 0.99),
    shift=st.floats(0, 1),
)
SIZES = st.tuples(st.integers(8, 300), st.integers(8, 300))
MANY = np.arange(20_000)


def matrices(augmentation: Augmentation, indices: Any = MANY, *, size: tuple[int, int] = (101, 201)) -> np.ndarray:
    return draw(augmentation, 0, 0, np.asarray(indices), image_size=size).matrices


def parts(found: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Take matrices apart again: linear = rotation · diag(scales); centre → centre + rotation · shift."""
    linear, offset = found[:, :, :2], found[:, :, 2]
    centre = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    scale_x, scale_y = np.linalg.norm(linear, axis=1).T
    mirrored = np.linalg.det(linear) < 0
    angle = np.arctan2(linear[:, 1, 0], linear[:, 0, 0])
    moved = linear @ centre + offset - centre
    turned_back = np.stack(
        [
            np.cos(angle) * moved[:, 0] + np.sin(angle) * moved[:, 1],
            np.cos(angle) * moved[:, 1] - np.sin(angle) * moved[:, 0],
        ]
    )
    return {
        "scale_x": scale_x,
        "scale_y": scale_y,
        "mirrored": mirrored,
        "degrees": np.rad2deg(angle),
        "shift_x": turned_back[0] / size[1],
        "shift_y": turned_back[1] / size[0],
    }


def assert_uniform(values: np.ndarray, low: float, high: float) -> None:
    assert low <= values.min()
    assert values.max() <= high
    assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-4


# Draws


@given(st.integers(-(2**70), 2**70), st.integers(0, 1000), SIZES)
def test_zero_ranges_change_nothing(seed: int, epoch: int, size: tuple[int, int]) -> None:
    found = draw(Augmentation(), seed, epoch, np.arange(5), image_size=size).matrices
    np.testing.assert_array_equal(found, np.broadcast_to([[1.0, 0, 0], [0, 1.0, 0]], (5, 2, 3)))


@given(
    AUGMENTATIONS, st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.integers(), st.integers(0, 99), SIZES
)
def test_a_draw_depends_on_the_image_alone(
    augmentation: Augmentation, indices: list[int], seed: int, epoch: int, size: tuple[int, int]
) -> None:
    def drawn(part: list[int]) -> np.ndarray:
        return draw(augmentation, seed, epoch, np.array(part, np.int64), image_size=size).matrices

    together = drawn(indices)
    assert together.shape == (len(indices), 2, 3)
    np.testing.assert_array_equal(together[::-1], drawn(indices[::-1]))
    half = len(indices) // 2
    np.testing.assert_array_equal(together, np.concatenate([drawn(indices[:half]), drawn(indices[half:])]))
    # To the last bit for any batch, since arithmetic on arrays goes in vectors of several numbers.
    for row, index in enumerate(indices):
        np.testing.assert_array_equal(together[row], drawn([index])[0])


def test_seed_and_epoch_make_a_difference() -> None:
    found = [
        draw(PRESETS["all"], seed, epoch, np.arange(4), image_size=(9, 9)).matrices.tobytes()
        for seed in range(3)
        for epoch in range(3)
    ]
    assert len(set(found)) == 9


def test_one_range_more_leaves_what_the_others_drew() -> None:
    alone = parts(matrices(Augmentation(rotation=45)), (101, 201))
    together = parts(matrices(Augmentation(rotation=45, zoom=0.5, shift=0.15)), (101, 201))
    np.testing.assert_allclose(alone["degrees"], together["degrees"], atol=1e-9)


def test_rotation_is_uniform_to_either_side_and_changes_no_length() -> None:
    found = parts(matrices(Augmentation(rotation=45)), (101, 201))
    assert_uniform(found["degrees"], -45, 45)
    np.testing.assert_allclose([found["scale_x"], found["scale_y"]], 1)
    np.testing.assert_allclose([found["shift_x"], found["shift_y"]], 0, atol=1e-12)
    assert not found["mirrored"].any()


def test_zoom_is_uniform_for_each_axis_by_itself() -> None:
    found = parts(matrices(Augmentation(zoom=0.5)), (101, 201))
    assert_uniform(found["scale_x"], 0.5, 1.5)
    assert_uniform(found["scale_y"], 0.5, 1.5)
    assert abs(np.corrcoef(found["scale_x"], found["scale_y"])[0, 1]) < 5 / np.sqrt(len(MANY))
    np.testing.assert_allclose([found["shift_x"], found["shift_y"]], 0, atol=1e-12)


def test_shifts_are_uniform_shares_of_the_sides() -> None:
    found = parts(matrices(Augmentation(shift=0.15)), (101, 201))
    assert_uniform(found["shift_x"], -0.15, 0.15)
    assert_uniform(found["shift_y"], -0.15, 0.15)
    assert abs(np.corrcoef(found["shift_x"], found["shift_y"])[0, 1]) < 5 / np.sqrt(len(MANY))


@pytest.mark.parametrize("flip", FLIPS)
def test_flip_mirrors_every_second_picture(flip: str) -> None:
    found = matrices(make_augmentation(flip=flip))
    signs = {axis: found[:, axis, axis] for axis in (0, 1)}
    for axis, name in ((0, "horizontal"), (1, "vertical")):
        share = (signs[axis] < 0).mean()
        if flip in (name, "both"):
            assert stats.binomtest(int((signs[axis] < 0).sum()), len(MANY)).pvalue > 1e-4
        else:
            assert share == 0
    if flip == "both":
        assert abs(np.corrcoef(signs[0], signs[1])[0, 1]) < 5 / np.sqrt(len(MANY))


@given(st.sampled_from(["horizontal", "vertical", "both"]), SIZES)
def test_flipping_twice_is_the_identity(flip: str, size: tuple[int, int]) -> None:
    for matrix in matrices(make_augmentation(flip=flip), np.arange(8), size=size):
        square = np.concatenate([matrix, [[0.0, 0.0, 1.0]]])
        np.testing.assert_allclose(square @ square, np.eye(3), atol=1e-12)
        # Corners go to corners.
        corners = np.array([[0, 0, 1], [size[1] - 1, size[0] - 1, 1]])
        found = corners @ matrix.T
        assert sorted(map(tuple, np.sort(found, axis=0).tolist())) == [(0.0, 0.0), (size[1] - 1.0, size[0] - 1.0)]


@given(AUGMENTATIONS, SIZES)
def test_all_ranges_together_stay_within_each(augmentation: Augmentation, size: tuple[int, int]) -> None:
    found = matrices(augmentation, np.arange(30), size=size)
    assert np.isfinite(found).all()
    scales = parts(found, size)
    for axis in ("scale_x", "scale_y"):
        assert (scales[axis] >= 1 - augmentation.zoom - 1e-9).all()
        assert (scales[axis] <= 1 + augmentation.zoom + 1e-9).all()
    # The centre moves by the shift, however it is turned.
    centre = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    moved = np.linalg.norm(found[:, :, :2] @ centre + found[:, :, 2] - centre, axis=1)
    assert (moved <= augmentation.shift * np.hypot(*size) + 1e-6).all()


# Ranges


def test_the_presets_are_the_tutorials() -> None:
    assert PRESETS["all"] == Augmentation(flip="horizontal", rotation=45, zoom=0.5, shift=0.15)
    assert PRESETS["rotate"] == Augmentation(rotation=45)
    assert PRESETS["zoom"] == Augmentation(zoom=0.5)
    assert PRESETS["flip"] == Augmentation(flip="horizontal")
    assert [name for name, preset in PRESETS.items() if preset.is_identity] == ["none"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "none"),
        ({"name": "all"}, "flip horizontal, rotation 45, shift 0.15, zoom 0.5"),
        ({"name": "all", "rotation": 0, "flip": "none"}, "shift 0.15, zoom 0.5"),
        ({"rotation": 12.5, "flip": "both"}, "flip both, rotation 12.5"),
        ({"shift": 1, "zoom": 0.99, "rotation": 180}, "rotation 180, shift 1, zoom 0.99"),
    ],
)
def test_single_ranges_take_the_place_of_the_presets(options: dict[str, Any], expected: str) -> None:
    assert make_augmentation(**options).describe() == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation": 181}, "rotation 181 is not possible; expected 0 … 180"),
        ({"rotation": -1}, "rotation -1 is not possible; expected 0 … 180"),
        ({"zoom": 1}, "zoom 1 is not possible; expected 0 … 0.99"),
        ({"shift": 1.5}, "shift 1.5 is not possible; expected 0 … 1"),
        ({"shift": float("nan")}, "shift nan is not possible; expected 0 … 1"),
    ],
)
def test_ranges_outside_what_can_be_drawn_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(RangeError) as caught:
        make_augmentation(**options)
    assert str(caught.value) == message
    with pytest.raises(ValidationError):
        Augmentation(**options)


def test_names_with_a_typing_error_get_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no augmentation is called 'rotat'; did you mean 'rotate'"):
        make_augmentation("rotat")
    with pytest.raises(UnknownNameError, match="no flip is called 'horizontl'; did you mean 'horizontal'"):
        make_augmentation(flip="horizontl")


@given(AUGMENTATIONS)
def test_an_augmentation_goes_to_json_and_back(augmentation: Augmentation) -> None:
    assert Augmentation.model_validate_json(augmentation.model_dump_json()) == augmentation
