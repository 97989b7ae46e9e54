"""Channel shift and brightness as in Keras, including its rounding."""

import numpy as np
from PIL import ImageEnhance

from classeur.keras_image.conversion import array_to_img, img_to_array


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """Return an image with `intensity` added, clipped to the image's own lowest and highest value.

    Args:
        x: three axes, floats.
        intensity: in the unit of `x`; the same for every channel, in spite of the name.
        channel_axis: has no influence on the result.

    >>> apply_channel_shift(np.array([[[0.0, 100.0, 250.0]]]), 20).tolist()
    [[[20.0, 120.0, 250.0]]]
    """
    del channel_axis
    return np.clip(x + intensity, np.min(x), np.max(x))


def apply_brightness_shift(x: np.ndarray, brightness: float, scale: bool = True) -> np.ndarray:
    """Return an image of 8-bit values times `brightness`, as float32 (height, width, channels).

    Fractions are cut off first, as in Keras. Values outside 0 … 255 are stretched to it and back.

    Args:
        x: (height, width, channels), with 1, 3 or 4 channels.
        brightness: 1 changes nothing, 0 is black.
        scale: whether the values stay stretched to 0 … 255.

    Raises:
        ValueError: if there are not 1, 3 or 4 channels (as with channels first).

    >>> apply_brightness_shift(np.full((1, 1, 3), 100.9), 0.5, scale=False).tolist()
    [[[50.0, 50.0, 50.0]]]
    """
    lowest, highest = np.min(x), np.max(x)
    is_outside = lowest < 0 or highest > 255
    image = array_to_img(x, scale=bool(is_outside or scale))
    shifted: np.ndarray = img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    if is_outside and not scale:
        shifted = shifted / 255 * (highest - lowest) + lowest
    return shifted
