"""One picture, one draw: the same as Keras' functions for the same seed."""

from typing import Any

import numpy as np
import pytest
from keras_oracle import AssertAlike, picture

from classeur import keras_image

CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("random_rotation", (30,)),
    ("random_shift", (0.2, 0.3)),
    ("random_shear", (20,)),
    ("random_zoom", ((0.6, 1.4),)),
    ("random_zoom", ((1, 1),)),
    ("random_channel_shift", (40,)),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
@pytest.mark.parametrize("fill_mode", ["nearest", "constant"])
def test_the_same_for_the_same_seed(
    legacy: Any, assert_alike: AssertAlike, name: str, arguments: Any, fill_mode: str
) -> None:
    x = picture(5, (3, 30, 44))
    how = {} if "channel" in name else {"fill_mode": fill_mode, "cval": 20.0}
    for seed in range(5):
        np.random.seed(seed)
        ours = getattr(keras_image, name)(x, *arguments, **how)
        np.random.seed(seed)
        assert_alike(ours, getattr(legacy, name)(x, *arguments, **how))


def test_brightness_the_same_for_the_same_seed(legacy: Any) -> None:
    x = np.rint(picture(6, (20, 20, 3)))
    for seed in range(5):
        np.random.seed(seed)
        ours = keras_image.random_brightness(x, (0.4, 1.7))
        np.random.seed(seed)
        np.testing.assert_array_equal(ours, legacy.random_brightness(x, (0.4, 1.7)))


@pytest.mark.parametrize("name", ["random_zoom", "random_brightness"])
def test_a_range_has_two_ends(legacy: Any, name: str) -> None:
    for module in (keras_image, legacy):
        with pytest.raises(ValueError, match="two floats"):
            getattr(module, name)(np.zeros((3, 4, 4)), (1, 2, 3))
