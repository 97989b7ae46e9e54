"""What the tests of `classeur.keras_image` compare on: pictures, arguments, and whole epochs of batches."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy import ndimage

AssertAlike = Callable[..., None]
Pair = Callable[..., tuple[Any, Any]]

MODES = ["nearest", "constant", "reflect", "wrap", "mirror", "grid-wrap", "grid-mirror", "grid-constant"]

TUTORIAL = {
    "rescale": 1.0 / 255,
    "rotation_range": 45,
    "width_shift_range": 0.15,
    "height_shift_range": 0.15,
    "horizontal_flip": True,
    "zoom_range": 0.5,
}

share = st.one_of(st.just(0), st.floats(0.01, 0.5))

AUGMENTATIONS = st.fixed_dictionaries(
    {},
    optional={
        "rotation_range": st.just(0.0) | st.floats(0.001, 90),  # below, an edge is outside or not by rounding
        "width_shift_range": st.one_of(share, st.integers(1, 5), st.just([-2, 3])),
        "height_shift_range": st.one_of(share, st.integers(1, 5), st.just((0.1, 0.3))),
        "shear_range": st.floats(0, 30),
        "zoom_range": st.one_of(share, st.just((0.6, 0.9))),
        "channel_shift_range": st.sampled_from([0.0, 20.0]),
        "fill_mode": st.sampled_from(["nearest", "constant", "reflect", "wrap"]),
        "cval": st.floats(0, 255),
        "horizontal_flip": st.booleans(),
        "vertical_flip": st.booleans(),
        "rescale": st.sampled_from([None, 1.0, 2, np.float32(0.5)]),
        "preprocessing_function": st.sampled_from([None, lambda x: x + np.random.uniform(0, 5)]),
        "interpolation_order": st.sampled_from([1, 1, 1, 0, 3]),
        "samplewise_center": st.booleans(),
        "dtype": st.sampled_from([None, "float32", "float64"]),
    },
)


def picture(seed: int, shape: tuple[int, int, int], dtype: Any = np.float32) -> np.ndarray:
    """Smooth noise of 0 … 255: neighbours differ by a few levels, as in a photograph."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), (1, 1, 0), mode="nearest")
    spread = np.ptp(noise) or 1.0
    return ((noise - noise.min()) / spread * 255).astype(dtype)


def batches(iterator: Any, *, num_epochs: int, by_index: bool) -> list[Any]:
    made = []
    for _ in range(num_epochs):
        made += [iterator[index] if by_index else next(iterator) for index in range(len(iterator))]
        if by_index:
            iterator.on_epoch_end()
    return made
