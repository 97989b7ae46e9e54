"""The device's warp is the host's, on the backend that these tests run on: see KERAS_BACKEND in the Makefile."""

from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.images.decoding import decode
from classeur.images.resizing import resize
from classeur.models.engine import backend, load_keras
from classeur.models.warping import mix_on_device, warp_on_device
from classeur.pipeline.augmentation import PRESETS, Augmentation, Draws, draw
from classeur.pipeline.warping import apply_draw, mix

pytestmark = [pytest.mark.keras, pytest.mark.backends]

EVERYTHING = Augmentation(
    flip="both", rotation=45, zoom=0.5, shift=0.15, shear=20, brightness=0.3, contrast=0.3, saturation=0.5, hue=40,
    channel_shift=20, erase=0.4,
)  # fmt: skip


def compiled(function: Any, *inputs: np.ndarray) -> np.ndarray:
    """What a function of `keras.ops` returns, compiled as in a step."""
    ops = load_keras().ops
    bound = partial(function, ops)
    if backend() == "tensorflow":
        import tensorflow

        bound = tensorflow.function(bound, autograph=False)
    elif backend() == "jax":
        import jax

        bound = jax.jit(bound)
    return np.asarray(ops.convert_to_numpy(bound(*map(ops.convert_to_tensor, inputs))))


def on_device(pixels: np.ndarray, draws: Draws) -> np.ndarray:
    return compiled(
        lambda ops, pixels, matrices, colours, boxes: warp_on_device(
            ops, pixels, matrices=matrices, colours=colours, boxes=boxes
        ),
        pixels, draws.matrices.astype("float32"), draws.colours.astype("float32"), draws.boxes.astype("int32"),
    )  # fmt: skip


def on_host(pixels: np.ndarray, draws: Draws) -> np.ndarray:
    out = np.empty_like(pixels)
    for row, picture in enumerate(pixels):
        apply_draw(picture, draws, row, out=out[row])
    return out


@pytest.mark.parametrize("augmentation", [PRESETS["all"], EVERYTHING], ids=["tutorial", "everything"])
def test_real_photographs_come_out_alike(shared: Path, augmentation: Augmentation) -> None:
    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as file:
        names = sorted(name for name in file.namelist() if name.endswith(".jpg"))[::100]
        pixels = np.stack([resize(decode(file.read(name)).pixels, (120, 150)) for name in names])
    draws = draw(augmentation, 3, 1, np.arange(len(pixels)), image_size=(120, 150))
    difference = np.abs(on_device(pixels, draws).astype(float) - on_host(pixels, draws))
    assert difference.mean() <= 0.5
    assert np.percentile(difference, 99.9) <= 1


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_flips_and_whole_shifts_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (4, 9, 12, 3), np.uint8)
    draws = draw(Augmentation(flip="both"), seed, 0, np.arange(4), image_size=(9, 12))
    moved = draws.matrices.copy()
    moved[:, :, 2] += rng.integers(-5, 6, (4, 2))
    draws = draws._replace(matrices=moved)
    np.testing.assert_array_equal(on_device(pixels, draws), on_host(pixels, draws))


def test_nothing_drawn_changes_nothing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 10, 3), np.uint8)
    draws = draw(Augmentation(), 0, 0, np.arange(3), image_size=(8, 10))
    found = on_device(pixels, draws)
    np.testing.assert_array_equal(found, pixels)
    assert found.dtype == np.uint8


def test_colours_are_clipped_and_boxes_erased() -> None:
    pixels = np.full((1, 8, 8, 3), 200, np.uint8)
    draws = draw(Augmentation(), 0, 0, np.arange(1), image_size=(8, 8))._replace(
        colours=np.array([np.diag([2.0, 1, -1]) @ np.eye(3, 4)]), boxes=np.array([[1, 2, 3, 6]])
    )
    expected = np.full((1, 8, 8, 3), (255, 200, 0), np.uint8)
    expected[:, 1:3, 2:6] = 128
    np.testing.assert_array_equal(on_device(pixels, draws), expected)
    np.testing.assert_array_equal(on_host(pixels, draws), expected)


def test_mixed_pictures_come_out_alike() -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (10, 8, 9, 3), np.uint8)
    weights = np.array([0, 1, 0.5, 0.3, 0.999])
    found = compiled(mix_on_device, pictures, weights.astype("float32"))
    expected = np.empty_like(pictures[:5])
    for row, weight in enumerate(weights):
        mix(pictures[row], pictures[5 + row], weight, out=expected[row])
    np.testing.assert_array_equal(found[:2], [pictures[5], pictures[1]])
    assert np.abs(found.astype(int) - expected).max() <= 1
