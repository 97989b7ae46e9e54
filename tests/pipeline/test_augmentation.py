from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance
from scipy import stats

from classeur.errors import RangeError, UnknownNameError
from classeur.options import OPTIONS
from classeur.pipeline.augmentation import PRESETS, Augmentation, asked_augmentation, draw

FLIPS = OPTIONS["flip"].choices

AUGMENTATIONS = st.builds(
    Augmentation,
    flip=st.sampled_from(FLIPS),
    rotation=st.floats(0, 180),
    zoom=st.floats(0, 0.99),
    shift=st.floats(0, 1),
)
COLOURFUL = st.builds(
    Augmentation,
    brightness=st.floats(0, 1),
    contrast=st.floats(0, 1),
    saturation=st.floats(0, 1),
    hue=st.floats(0, 180),
    channel_shift=st.floats(0, 255),
    erase=st.floats(0, 1),
    shear=st.floats(0, 80),
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
    found = matrices(Augmentation(flip=flip))
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
    for matrix in matrices(Augmentation(flip=flip), np.arange(8), size=size):
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
        ({"augment": "none"}, "none"),
        ({"augment": "all"}, "flip horizontal, rotation 45, shift 0.15, zoom 0.5"),
        ({"augment": "all", "rotation": 0, "flip": "none"}, "shift 0.15, zoom 0.5"),
        ({"rotation": 12.5, "flip": "both"}, "flip both, rotation 12.5"),
        ({"shift": 1, "zoom": 0.99, "rotation": 180}, "rotation 180, shift 1, zoom 0.99"),
    ],
)
def test_single_ranges_take_the_place_of_the_presets(options: dict[str, Any], expected: str) -> None:
    augmentation = asked_augmentation(options)
    assert augmentation is not None
    assert augmentation.describe() == expected


def test_options_that_do_not_speak_of_augmentation_ask_for_none() -> None:
    assert asked_augmentation({"epochs": 3, "rotation": None}) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation": 181}, "rotation 181 is not possible; expected a number, 0 … 180"),
        ({"rotation": -1}, "rotation -1 is not possible; expected a number, 0 … 180"),
        ({"zoom": 1}, "zoom 1 is not possible; expected a number, at least 0 and less than 1"),
        ({"shift": 1.5}, "shift 1.5 is not possible; expected a number, 0 … 1"),
        ({"shift": float("nan")}, "shift nan is not possible; expected a number, 0 … 1"),
    ],
)
def test_ranges_outside_what_can_be_drawn_are_refused(options: dict[str, float], message: str) -> None:
    for make in (asked_augmentation, lambda options: Augmentation(**options)):
        with pytest.raises(RangeError) as caught:
            make(options)
        assert str(caught.value) == message


def test_names_with_a_typing_error_get_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no augment is called 'rotat'; did you mean 'rotate'"):
        asked_augmentation({"augment": "rotat"})
    with pytest.raises(UnknownNameError, match="no flip is called 'horizontl'; did you mean 'horizontal'"):
        asked_augmentation({"flip": "horizontl"})
    with pytest.raises(UnknownNameError, match="no option is called 'rotatoin'; did you mean 'rotation'"):
        Augmentation(rotatoin=3)  # type: ignore[call-arg]


@given(AUGMENTATIONS)
def test_an_augmentation_goes_to_json_and_back(augmentation: Augmentation) -> None:
    assert Augmentation.model_validate_json(augmentation.model_dump_json()) == augmentation


# Colours and boxes


def colours(augmentation: Augmentation, indices: Any = MANY) -> np.ndarray:
    return draw(augmentation, 0, 0, np.asarray(indices), image_size=(30, 40)).colours


def luma(colour: np.ndarray) -> np.ndarray:
    return colour @ [0.299, 0.587, 0.114]


@given(st.one_of(AUGMENTATIONS, COLOURFUL), st.integers(0, 2**31), st.integers(0, 99), st.integers(0, 30))
def test_a_draw_does_not_depend_on_its_batch(augmentation: Augmentation, seed: int, epoch: int, cut: int) -> None:
    indices = np.random.default_rng(seed).permutation(30)
    whole = draw(augmentation, seed, epoch, indices, image_size=(30, 40))
    parts = [draw(augmentation, seed, epoch, part, image_size=(30, 40)) for part in np.split(indices, [cut])]
    for name, array in whole._asdict().items():
        np.testing.assert_array_equal(array, np.concatenate([getattr(part, name) for part in parts]))


@given(AUGMENTATIONS)
def test_what_changes_no_colour_has_the_identity(augmentation: Augmentation) -> None:
    assert not augmentation.changes_colour
    assert (colours(augmentation, range(5)) == np.eye(3, 4)).all()


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "hue", "channel_shift", "erase", "shear"])
def test_each_range_alone_does_something(name: str) -> None:
    drawn = draw(Augmentation(**{name: 0.5}), 0, 0, np.arange(9), image_size=(30, 40))
    changed = {
        "matrices": not (drawn.matrices == np.eye(2, 3)).all(),
        "colours": not (drawn.colours == np.eye(3, 4)).all(),
        "boxes": bool(drawn.boxes.any()),
    }
    assert [part for part, does in changed.items() if does] == [
        {"erase": "boxes", "shear": "matrices"}.get(name, "colours")
    ]


def test_brightness_scales_uniformly() -> None:
    found = colours(Augmentation(brightness=0.4))
    factors = found[:, 0, 0]
    assert_uniform(factors, 0.6, 1.4)
    np.testing.assert_allclose(found, factors[:, None, None] * np.eye(3, 4), atol=1e-12)


def test_contrast_is_about_mid_grey() -> None:
    found = colours(Augmentation(contrast=0.4))
    assert_uniform(found[:, 0, 0], 0.6, 1.4)
    np.testing.assert_allclose(found @ [127.5, 127.5, 127.5, 1], 127.5)


def test_saturation_keeps_luma_and_greys() -> None:
    found = colours(Augmentation(saturation=1.0))
    colour = np.array([200.0, 30, 90])
    changed = found @ [*colour, 1]
    np.testing.assert_allclose(luma(changed), luma(colour))
    np.testing.assert_allclose(found @ [60, 60, 60, 1], 60)
    factors = (changed - luma(colour))[:, 0] / (colour - luma(colour))[0]
    assert_uniform(factors, 0, 2)
    np.testing.assert_allclose(changed, luma(colour) + factors[:, None] * (colour - luma(colour)))


def test_saturation_is_pillows() -> None:
    picture = np.random.default_rng(0).integers(60, 190, (8, 8, 3), np.uint8)
    for row in colours(Augmentation(saturation=0.5), range(20)):
        # A grey of 100 stays, so the factor is what a pure red loses and keeps.
        factor = (row[0, 0] - 0.299) / (1 - 0.299)
        expected = np.asarray(ImageEnhance.Color(Image.fromarray(picture)).enhance(factor)).astype(float)
        assert np.abs(picture @ row[:, :3].T + row[:, 3] - expected).max() <= 1.5


def test_hue_keeps_luma_and_turns_in_the_plane_of_i_and_q() -> None:
    found = colours(Augmentation(hue=120))
    colour = np.array([200.0, 30, 90])
    changed = found @ [*colour, 1]
    to_yiq = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
    before, after = to_yiq @ colour, changed @ to_yiq.T
    np.testing.assert_allclose(after[:, 0], before[0])
    np.testing.assert_allclose(np.hypot(*after[:, 1:].T), np.hypot(*before[1:]))
    turned = np.rad2deg(np.arctan2(*after[:, :0:-1].T) - np.arctan2(before[2], before[1]))
    assert_uniform((turned + 180) % 360 - 180, -120, 120)
    np.testing.assert_allclose(found @ [60, 60, 60, 1], 60, atol=0.1)  # to the four digits of the standard


def test_channel_shift_is_the_same_for_all_channels() -> None:
    found = colours(Augmentation(channel_shift=50))
    assert_uniform(found[:, 0, 3], -50, 50)
    np.testing.assert_array_equal(found, np.eye(3, 4) + np.array([0, 0, 0, 1]) * found[:, :1, 3:])


def test_all_colour_ranges_are_one_after_the_other() -> None:
    """The folded matrix equals brightness, contrast, saturation, hue and shift, each applied in turn."""
    ranges = {"brightness": 0.3, "contrast": 0.4, "saturation": 0.5, "hue": 60.0, "channel_shift": 20.0}
    colour = np.array([[200.0, 30, 90, 1]] * 50)
    for name, value in ranges.items():
        alone = colours(Augmentation(**{name: value}), range(50))
        colour[:, :3] = np.einsum("nij,nj->ni", alone, colour)
    found = colours(Augmentation(**ranges), range(50)) @ [200, 30, 90, 1]
    np.testing.assert_allclose(found, colour[:, :3])


@given(st.floats(0, 1), SIZES)
def test_a_box_lies_inside_and_is_no_larger_than_its_share(erase: float, size: tuple[int, int]) -> None:
    boxes = draw(Augmentation(erase=erase), 0, 0, np.arange(50), image_size=size).boxes
    for axis, side in enumerate(size):
        lengths = boxes[:, 2 + axis] - boxes[:, axis]
        assert (boxes[:, axis] >= 0).all()
        assert (boxes[:, 2 + axis] <= side).all()
        assert (lengths >= 0).all()
        assert (lengths <= erase * side + 0.5).all()


def test_boxes_are_of_all_sizes_and_everywhere() -> None:
    boxes = draw(Augmentation(erase=0.5), 0, 0, MANY, image_size=(1000, 2000)).boxes
    assert_uniform((boxes[:, 2] - boxes[:, 0])[boxes[:, 3] > 0] / 1000, 0, 0.5)
    middle = boxes[(boxes[:, 3] - boxes[:, 1]) < 100][:, 1]
    assert_uniform(middle / 2000, 0, 1)


def test_shear_is_keras_shear() -> None:
    found = matrices(Augmentation(shear=30))
    degrees = np.rad2deg(np.arcsin(-found[:, 0, 1]))
    assert_uniform(degrees, -30, 30)
    np.testing.assert_allclose(found[:, 1, 1], np.cos(np.deg2rad(degrees)))
    np.testing.assert_allclose(found[:, :, 0], [[1, 0]] * len(found), atol=1e-12)
    centre = np.array([100, 50])
    np.testing.assert_allclose(found[:, :, :2] @ centre + found[:, :, 2], [[100, 50]] * len(found))


# Mixing


@given(st.one_of(AUGMENTATIONS, COLOURFUL), st.integers(0, 99))
def test_mixup_leaves_what_the_others_drew(augmentation: Augmentation, seed: int) -> None:
    mixed = augmentation.model_copy(update={"mixup": 0.2})
    before = draw(augmentation, seed, 3, np.arange(30), image_size=(30, 40))
    after = draw(mixed, seed, 3, np.arange(30), image_size=(30, 40), num_images=1000)
    for name in ("matrices", "colours", "boxes"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    assert before.partners.tolist() == list(range(30)), "without mixup each is its own partner"
    assert (before.weights == 1).all()


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_partners_are_any_image_and_weights_betas(alpha: float) -> None:
    drawn = draw(Augmentation(mixup=alpha), 0, 0, MANY, image_size=(8, 8), num_images=50)
    counts = np.bincount(drawn.partners, minlength=50)
    assert len(counts) == 50
    assert stats.chisquare(counts).pvalue > 1e-4
    assert stats.kstest(drawn.weights, stats.beta(alpha, alpha).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(drawn.partners, drawn.weights)[0, 1]) < 5 / np.sqrt(len(MANY))


def test_a_partner_is_drawn_by_image_epoch_and_seed_alone() -> None:
    def drawn(seed: int, epoch: int, indices: list[int]) -> list[tuple[int, float]]:
        found = draw(Augmentation(mixup=0.4), seed, epoch, np.array(indices), image_size=(8, 8), num_images=900)
        return list(zip(found.partners.tolist(), found.weights.tolist(), strict=True))

    assert drawn(1, 2, [5, 7, 9])[1:] == drawn(1, 2, [7, 9])
    assert len({tuple(drawn(seed, epoch, [7])) for seed in range(3) for epoch in range(3)}) == 9


def test_mixing_needs_to_know_how_many_images_there_are() -> None:
    with pytest.raises(TypeError, match="num_images"):
        draw(Augmentation(mixup=0.2), 0, 0, np.arange(3), image_size=(8, 8))
