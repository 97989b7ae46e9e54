"""A file's values are those of Keras' `load_img`, whichever decoder made them."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import picture
from PIL import Image

from classeur.keras_image import load_img, loading
from classeur.keras_image.loading import Loading

MODES = ("RGB", "L", "RGBA", "P", "CMYK", "1", "I;16", "YCbCr")


def file_of(image: Image.Image, format_: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **how)
    return buffer.getvalue()


def image_of(width: int, height: int, mode: str) -> Image.Image:
    values = picture(3, (height, width, 3), np.uint8)
    if mode == "I;16":
        return Image.fromarray(values[:, :, 0].astype(np.uint16) * 250)
    return Image.fromarray(values).convert(mode)


@settings(max_examples=150)
@given(
    mode=st.sampled_from(MODES),
    format_=st.sampled_from(["JPEG", "JPEG", "PNG", "TIFF"]),
    sides=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    color_mode=st.sampled_from(["rgb", "rgba", "grayscale"]),
    interpolation=st.sampled_from(["nearest", "nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]),
    keep_aspect_ratio=st.booleans(),
    quality=st.sampled_from([30, 75, 100]),
    subsampling=st.sampled_from([0, 1, 2]),
    progressive=st.booleans(),
)
def test_values_are_keras(
    mode: str, format_: str, sides: Any, size: Any, color_mode: str, interpolation: str, keep_aspect_ratio: bool,
    quality: int, subsampling: int, progressive: bool,
) -> None:  # fmt: skip
    import keras

    how: dict[str, Any] = {"quality": quality, "subsampling": subsampling, "progressive": progressive}
    try:
        data = file_of(image_of(*sides, mode), format_, **(how if format_ == "JPEG" else {}))
    except (OSError, ValueError):  # a format that does not hold the mode
        return
    settings_ = Loading(color_mode, size, interpolation, keep_aspect_ratio, exif_orientation=False)
    asked = settings_._asdict()
    del asked["exif_orientation"]
    try:
        expected = np.asarray(keras.utils.load_img(io.BytesIO(data), **asked))
    except ValueError:  # nothing is left in the middle of a narrow image
        with pytest.raises(ValueError, match="."):
            settings_.load(data)
        return
    got = settings_.load(data)
    np.testing.assert_array_equal(got, expected[:, :, None] if expected.ndim == 2 else expected)
    assert got.dtype == expected.dtype
    assert got.base is None or got.base.base is None


@pytest.mark.parametrize("sides", [(22, 12), (12, 22), (62, 41), (31, 88)])
@pytest.mark.parametrize("length", [150, 299, 331])
def test_nearest_pixels_of_a_crop_are_pillows(sides: tuple[int, int], length: int) -> None:
    """Of some crops OpenCV takes others."""
    data = file_of(image_of(*sides, "RGB"), "JPEG", quality=95)
    got = Loading("rgb", (length, length), "nearest", True, False).load(data)
    expected = load_img(io.BytesIO(data), target_size=(length, length), keep_aspect_ratio=True)
    np.testing.assert_array_equal(got, np.asarray(expected))


def test_a_middle_without_width_is_one_column() -> None:
    data = file_of(image_of(30, 2, "RGB"), "JPEG")
    got = Loading("rgb", (9, 1), "nearest", True, False).load(data)
    expected = load_img(io.BytesIO(data), target_size=(9, 1), keep_aspect_ratio=True)
    np.testing.assert_array_equal(got, np.asarray(expected))


def test_a_colour_jpeg_is_not_decoded_by_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(image_of(30, 20, "RGB"), "JPEG")
    monkeypatch.setattr(loading, "prepared", None)
    assert Loading("rgb", (8, 9), "nearest", False, False).load(data).shape == (8, 9, 3)


@pytest.mark.parametrize("turned", [False, True])
def test_orientation_is_applied_only_if_asked_for(turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(image_of(30, 20, "RGB"), "JPEG", exif=exif)
    upright = np.asarray(Image.open(io.BytesIO(data)))
    upright = np.rot90(upright, -1) if turned else upright
    got = Loading("rgb", upright.shape[:2], "nearest", False, turned).load(data)
    np.testing.assert_array_equal(got, upright)


@pytest.mark.parametrize("length", [100, 400])
def test_a_file_cut_short_is_pillows_error(length: int) -> None:
    data = file_of(image_of(60, 60, "RGB"), "JPEG")[:length]
    with pytest.raises(OSError, match="."):
        Loading("rgb", (8, 8), "nearest", False, False).load(data)
