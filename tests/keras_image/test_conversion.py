"""`load_img` is Keras', for every mode, size and interpolation; EXIF orientation is applied where it is asked for."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from classeur.keras_image.conversion import load_img


def file_of(mode: str, size: tuple[int, int], seed: int) -> io.BytesIO:
    rng = np.random.default_rng(seed)
    noise = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
    if mode == "I;16":
        image = Image.fromarray(rng.integers(0, 65536, (size[1], size[0]), np.uint16))
    elif mode == "I":
        image = Image.fromarray(rng.integers(0, 70000, (size[1], size[0]), np.int32))
    else:
        image = noise.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "TIFF" if mode in ("I", "CMYK") else "PNG")
    return buffer


@given(
    mode=st.sampled_from(["RGB", "L", "1", "P", "LA", "RGBA", "CMYK", "I;16", "I"]),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 9),
    how=st.fixed_dictionaries(
        {"color_mode": st.sampled_from(["rgb", "rgba", "grayscale"])},
        optional={
            "target_size": st.tuples(st.integers(1, 40), st.integers(1, 40)),
            "interpolation": st.sampled_from(["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]),
            "keep_aspect_ratio": st.booleans(),
        },
    ),
)
def test_it_is_keras_load_img(legacy: Any, mode: str, size: Any, seed: int, how: dict[str, Any]) -> None:
    def outcome(function: Any) -> Any:
        try:
            image = function(file_of(mode, size, seed), **how)
        except ValueError as error:  # Pillow resizes 16-bit grey by "nearest" only; a box without pixels
            return str(error)
        return image.mode, image.size, image.tobytes()

    assert outcome(load_img) == outcome(legacy.load_img)


@pytest.mark.filterwarnings("ignore")
def test_files_that_trouble_are_read_or_refused_as_in_keras(legacy: Any, shared: Path) -> None:
    num_read = 0
    for path in sorted((shared / "data" / "troubled").iterdir()):
        outcomes: list[Any] = []
        for function in (load_img, legacy.load_img):
            try:
                image = function(path, target_size=(32, 24))
                outcomes.append((image.mode, image.tobytes()))
                num_read += 1
            except Exception as error:
                outcomes.append((type(error), str(error).split("0x")[0]))
        assert outcomes[0] == outcomes[1], path
    assert num_read > 40


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"color_mode": "hsv"}, ValueError),
        ({"target_size": (3, 3), "interpolation": "best"}, ValueError),
        ({"path": 3}, TypeError),
        ({"path": "absent.png"}, FileNotFoundError),
        ({"path": io.BytesIO(b"no picture")}, Image.UnidentifiedImageError),
    ],
)
def test_errors_are_keras_errors(legacy: Any, arguments: dict[str, Any], error: type[Exception]) -> None:
    for function in (load_img, legacy.load_img):
        with pytest.raises(error):
            function(**{"path": file_of("RGB", (4, 4), 0), **arguments})


def test_exif_orientation_is_applied_only_if_asked_for(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4)).save(tmp_path / "turned.jpg", exif=exif)
    assert load_img(tmp_path / "turned.jpg").size == (6, 4)
    assert load_img(str(tmp_path / "turned.jpg"), exif_orientation=True).size == (4, 6)
