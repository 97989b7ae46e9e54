import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from photographs import brightened, cropped, draw_photograph, without_corner

from classeur.data.perceptual import (
    NUM_TURNS,
    cropped_values,
    hash_values,
    perceptual_hash,
    sketches,
    turned,
    turned_values,
)


def values_of(*pictures: object) -> np.ndarray:
    return hash_values([perceptual_hash(np.asarray(picture)) for picture in pictures])


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return float((first * second).sum() / np.linalg.norm(first) / np.linalg.norm(second))


@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(1, 300))
def test_a_hash_is_99_signed_bytes_of_one_length(seed: int, width: int, height: int) -> None:
    draw = np.random.default_rng(seed)
    hash_ = perceptual_hash(draw.integers(0, 256, (height, width, 3), dtype=np.uint8))
    if hash_:
        assert len(hash_) == 2 * 99
        assert np.linalg.norm(hash_values([hash_])) == pytest.approx(127, abs=3)


def test_a_picture_of_one_shade_has_none() -> None:
    assert perceptual_hash(np.full((50, 40, 3), 255, np.uint8)) == ""


def test_the_hash_of_a_turned_picture_follows_from_the_hash() -> None:
    """To a level where each pixel is looked at; of a larger picture, the turned one has others that are."""
    for side in (64, 301):
        picture = np.asarray(draw_photograph(1, size=(side, side)))
        values = values_of(picture)
        for turn in range(NUM_TURNS):
            laid = values_of(turned(picture.transpose(2, 0, 1), turn).transpose(1, 2, 0))
            assert likeness(turned_values(values, turn), laid) > 0.99
            if side == 64:
                np.testing.assert_allclose(turned_values(values, turn), laid, atol=1)


def test_the_turns_are_the_eight_of_a_square() -> None:
    square = np.arange(9).reshape(3, 3)
    ways = {turned(square, turn).tobytes() for turn in range(NUM_TURNS)}
    assert ways == {np.rot90(side, turn).tobytes() for side in (square, square.T) for turn in range(4)}


def test_size_and_brightness_hardly_change_it_and_a_crop_little() -> None:
    image = draw_photograph(2, size=(400, 300))
    first, small, bright, crop, other = values_of(
        image, image.resize((130, 97)), brightened(image, 0.85), cropped(image), draw_photograph(3)
    )
    assert likeness(first, small) > 0.99
    assert likeness(first, bright) > 0.99
    assert 0.6 < likeness(first, crop) < 0.99
    assert likeness(first, other) < 0.5


def test_a_sketch_looks_like_the_picture() -> None:
    image = draw_photograph(4, size=(160, 160)).convert("L")
    expected = np.asarray(image.resize((16, 16)), np.float32)
    expected = (expected - expected.mean()) / expected.std()
    (sketch,) = sketches(values_of(image.convert("RGB")))
    assert sketch.shape == (16, 16)
    assert (sketch * expected).mean() > 0.9


@pytest.mark.parametrize(("left", "top"), [(0.1, 0.1), (0.1, 0.0), (0.0, 0.1), (0.0, 0.0)])
def test_about_the_hash_of_a_crop_follows_from_the_hash(left: float, top: float) -> None:
    for seed in range(5):
        image = draw_photograph(seed, size=(320, 240))
        whole, cut = values_of(image, without_corner(image, left, top))
        expected = cropped_values(whole, (top, top + 0.9), (left, left + 0.9))
        low = slice(0, 8)  # the finest frequencies of the crop are cut off in the hash of the whole
        assert likeness(expected[low, low], cut[low, low]) > 0.97 > likeness(whole[low, low], cut[low, low])
