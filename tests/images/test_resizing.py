import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from classeur.errors import ImageSizeError, UnknownNameError
from classeur.images.preparation import Preparation, parse_image_size
from classeur.images.resizing import Fit, crop_box, padded_size, resize
from classeur.options import OPTIONS

SIDES = st.integers(1, 40)
TARGETS = st.tuples(st.integers(1, 24), st.integers(1, 24))


def noise(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def resized(values: np.ndarray, image_size: tuple[int, int], fit: Fit = "squash") -> np.ndarray:
    return resize(values, image_size, fit=fit)


# An implementation of its own, from the description of Pillow's algorithm: what another language would have to write.


def reference_axis(values: np.ndarray, length: int) -> np.ndarray:
    """Resize the first axis in integers: a triangle filter, weights of 22 bits, rounded and clipped."""
    size = values.shape[0]
    if size == length:
        return values
    scale = size / length
    support = max(scale, 1.0)
    result = np.empty((length, *values.shape[1:]), np.uint8)
    for place in range(length):
        centre = (place + 0.5) * scale
        first = max(int(centre - support + 0.5), 0)
        last = min(int(centre + support + 0.5), size)
        weights = [max(0.0, 1.0 - abs((x - centre + 0.5) / support)) for x in range(first, last)]
        total = sum(weights)
        whole = np.array([int(weight / total * 2**22 + 0.5) for weight in weights], np.int64)
        sums = np.tensordot(whole, values[first:last].astype(np.int64), axes=1)
        result[place] = np.clip((sums + 2**21) >> 22, 0, 255)
    return result


def reference_resize(values: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    height, width = image_size
    across = reference_axis(values.swapaxes(0, 1), width).swapaxes(0, 1)
    return reference_axis(across, height)


@settings(max_examples=150)
@given(SIDES, SIDES, TARGETS, st.integers(0, 10**6))
@example(1, 1, (24, 17), 0)
@example(2, 400, (15, 15), 0)
@example(300, 3, (8, 9), 0)
def test_equals_integer_arithmetic_to_the_byte(height: int, width: int, image_size: tuple[int, int], seed: int) -> None:
    values = noise(height, width, seed=seed)
    np.testing.assert_array_equal(resized(values, image_size), reference_resize(values, image_size))


@given(SIDES, SIDES, TARGETS)
def test_equals_two_steps_of_pillow_horizontal_first(height: int, width: int, image_size: tuple[int, int]) -> None:
    values = noise(height, width)
    across = Image.fromarray(values).resize((image_size[1], height), Image.Resampling.BILINEAR)
    both = across.resize(image_size[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(resized(values, image_size), np.asarray(both))


def test_the_order_of_the_steps_makes_a_difference() -> None:
    values = noise(50, 40)
    turned = resized(values.swapaxes(0, 1), (13, 15)).swapaxes(0, 1)
    assert (resized(values, (15, 13)) != turned).any()


@given(TARGETS, st.sampled_from(OPTIONS["fit"].choices))
def test_the_own_size_changes_nothing(image_size: tuple[int, int], fit: Fit) -> None:
    values = noise(*image_size)
    np.testing.assert_array_equal(resized(values, image_size, fit), values)


@given(SIDES, SIDES, TARGETS, st.sampled_from(OPTIONS["fit"].choices), st.tuples(*[st.integers(0, 255)] * 3))
def test_one_colour_stays_one_colour(
    height: int, width: int, image_size: tuple[int, int], fit: Fit, colour: tuple[int, int, int]
) -> None:
    found = resize(np.full((height, width, 3), colour, np.uint8), image_size, fit=fit)
    assert found.shape == (*image_size, 3)
    assert found.dtype == np.uint8
    assert set(map(tuple, found.reshape(-1, 3).tolist())) <= {colour, (0, 0, 0) if fit == "pad" else colour}


@pytest.mark.parametrize("fit", OPTIONS["fit"].choices)
@pytest.mark.parametrize("size", [(1, 1), (4000, 2), (2, 4000)])
def test_the_smallest_and_the_longest_pictures(size: tuple[int, int], fit: Fit) -> None:
    found = resize(np.full((size[1], size[0], 3), (9, 99, 199), np.uint8), (150, 150), fit=fit)
    assert found.shape == (150, 150, 3)
    assert (9, 99, 199) in set(map(tuple, found.reshape(-1, 3).tolist()))


# Crop


@given(st.integers(1, 5000), st.integers(1, 5000), TARGETS)
def test_the_crop_box_is_inside_centred_and_of_the_right_shape(width: int, height: int, size: tuple[int, int]) -> None:
    left, top, right, bottom = crop_box((width, height), size)
    box_width, box_height = right - left, bottom - top
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert 0 <= (width - right) - left <= 1
    assert 0 <= (height - bottom) - top <= 1
    # Maximal: it reaches two opposite edges. Of the right shape: to less than a pixel, a side of one pixel aside.
    assert box_width == width or box_height == height
    ratio = size[1] / size[0]
    assert box_width == 1 or box_height == 1 or abs(box_width - box_height * ratio) < max(1.0, ratio)


@given(SIDES, SIDES, TARGETS)
def test_crop_is_squash_of_the_box(height: int, width: int, image_size: tuple[int, int]) -> None:
    values = noise(height, width)
    left, top, right, bottom = crop_box((width, height), image_size)
    np.testing.assert_array_equal(
        resized(values, image_size, "crop"), resized(values[top:bottom, left:right], image_size)
    )


# Pad


@given(st.integers(1, 5000), st.integers(1, 5000), TARGETS)
def test_the_padded_size_fits_and_fills_one_side(width: int, height: int, image_size: tuple[int, int]) -> None:
    inner_height, inner_width = padded_size((width, height), image_size)
    assert 1 <= inner_height <= image_size[0]
    assert 1 <= inner_width <= image_size[1]
    assert inner_height == image_size[0] or inner_width == image_size[1]
    scale = min(image_size[0] / height, image_size[1] / width)
    assert inner_height == 1 or -1e-6 < height * scale - inner_height < 1 + 1e-6
    assert inner_width == 1 or -1e-6 < width * scale - inner_width < 1 + 1e-6


@given(SIDES, SIDES, TARGETS)
def test_pad_is_squash_centred_on_black(height: int, width: int, image_size: tuple[int, int]) -> None:
    values = noise(height, width)
    inner = padded_size((width, height), image_size)
    top, left = ((outer - side) // 2 for outer, side in zip(image_size, inner, strict=True))
    found = resized(values, image_size, "pad")
    np.testing.assert_array_equal(found[top : top + inner[0], left : left + inner[1]], resized(values, inner))
    found[top : top + inner[0], left : left + inner[1]] = 0
    assert not found.any()


# What is said on the command line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("150", (150, 150)),
        (150, (150, 150)),
        ("150x200", (150, 200)),
        ((150, 200), (150, 200)),
        (np.array([150, 200]), (150, 200)),
        ("8", (8, 8)),
        ("2048x8", (2048, 8)),
    ],
)
def test_sizes_that_are_possible(text: str, expected: tuple[int, int]) -> None:
    assert parse_image_size(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "7",
        "2049",
        "10000",
        "-150",
        "150x",
        "x150",
        "150x150x3",
        "1e3",
        "big",
        "150*200",
        "150.5",
        0,
        150.0,
        True,
    ]
    + [None, (), (150, 0), (150, 200, 3), (150.5, 200), ("a", "b")],
)
def test_sizes_that_are_not(text: str) -> None:
    with pytest.raises(ImageSizeError) as caught:
        parse_image_size(text)
    message = str(caught.value)
    assert repr(text) in message
    assert "8 … 2048" in message
    assert "150x200" in message
    assert caught.value.exit_status == 2


@given(st.integers(8, 2048), st.integers(8, 2048))
def test_a_size_is_height_by_width(height: int, width: int) -> None:
    assert parse_image_size(f"{height}x{width}") == parse_image_size((height, width)) == (height, width)


def test_a_fit_with_a_typing_error_gets_the_nearest() -> None:
    assert [Preparation(fit=fit).fit for fit in OPTIONS["fit"].choices] == ["squash", "crop", "pad"]
    with pytest.raises(UnknownNameError, match="did you mean 'squash'"):
        Preparation(fit="squish")  # type: ignore[arg-type]
