import io
import os
import signal
import threading
import warnings
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from classeur.images.decoding import decode
from classeur.images.resizing import resize
from classeur.pipeline.augmentation import PRESETS, Augmentation, draw
from classeur.pipeline.counters import uniform
from classeur.pipeline.warping import opencv_in_one_thread, warp

SIDE = 150


def warped(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    out = np.empty_like(picture)
    warp(picture, matrix, out=out)
    return out


def looked_up(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The same by SciPy: float64, bilinear, outside filled with the nearest pixel."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(float)
    x, y = np.tensordot(matrix, np.stack([columns, rows, np.ones_like(rows)]), axes=1)
    channels = [
        ndimage.map_coordinates(picture[:, :, channel].astype(float), [y, x], order=1, mode="nearest")
        for channel in range(3)
    ]
    return np.stack(channels, axis=2)


def assert_alike(found: np.ndarray, expected: np.ndarray) -> None:
    """In levels of 255: on average half of one, and all but a thousandth within one."""
    difference = np.abs(found.astype(float) - np.rint(expected))
    assert difference.mean() <= 0.5
    assert np.percentile(difference, 99.9) <= 1


def smooth(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width, 3))
    blurred = ndimage.gaussian_filter(noise, (8, 8, 0), mode="nearest")
    low, high = blurred.min(), blurred.max()
    return np.rint((blurred - low) / (high - low) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def photographs(shared: Path) -> list[np.ndarray]:
    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as file:
        names = sorted(name for name in file.namelist() if name.endswith(".jpg"))[::600]
        return [resize(decode(file.read(name)).pixels, (SIDE, SIDE)) for name in names]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(PRESETS)), st.integers(40, 160), st.integers(40, 160))
def test_equals_scipys_interpolation(seed: int, preset: str, height: int, width: int) -> None:
    picture = smooth(height, width)
    for matrix in draw(PRESETS[preset], seed, 0, np.arange(2), image_size=(height, width)).matrices:
        assert_alike(warped(picture, matrix), looked_up(picture, matrix))


def test_equals_scipys_interpolation_where_everything_lies_outside() -> None:
    picture = smooth(40, 60)
    for x, y in ((1000, 0), (-1000, 5), (3, 1000), (-1e6, -1e6)):
        matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
        assert_alike(warped(picture, matrix), looked_up(picture, matrix))


@pytest.mark.keras
@pytest.mark.parametrize("preset", ["rotate", "zoom", "shift", "all", "shear"])
def test_equals_keras_transform_with_the_same_parameters(photographs: list[np.ndarray], preset: str) -> None:
    from keras.src.legacy.preprocessing.image import apply_affine_transform, flip_axis

    augmentation = PRESETS["all"].model_copy(update={"shear": 25.0}) if preset == "shear" else PRESETS[preset]
    for index, picture in enumerate(photographs):
        (matrix,) = draw(augmentation, 1, 0, np.array([index]), image_size=(SIDE, SIDE)).matrices
        # The parameters as drawn: angle, zoom and shift of y and x, flip of x, in this order for ever.
        values = uniform(1, 0, np.array([index]), 8)[0]
        angle, zoom_y, zoom_x, shift_y, shift_x = 2 * values[:5] - 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Keras takes SciPy's function by its old address
            expected = apply_affine_transform(
                picture.astype(np.float32),
                theta=augmentation.rotation * angle,
                # Keras builds its matrix in (x, y) and takes the first of each pair for x.
                tx=augmentation.shift * shift_x * SIDE,
                ty=augmentation.shift * shift_y * SIDE,
                shear=augmentation.shear * (2 * values[7] - 1),
                zx=1 + augmentation.zoom * zoom_x,
                zy=1 + augmentation.zoom * zoom_y,
                row_axis=0,
                col_axis=1,
                channel_axis=2,
                fill_mode="nearest",
            )
        if augmentation.flip == "horizontal" and values[5] < 0.5:
            expected = flip_axis(expected, 1)
        assert_alike(warped(picture, matrix), expected)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_the_identity_changes_nothing(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    (matrix,) = draw(Augmentation(), 0, 0, np.arange(1), image_size=(height, width)).matrices
    np.testing.assert_array_equal(warped(picture, matrix), picture)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["horizontal", "vertical", "both"]), st.integers(0, 99))
def test_flips_are_exact_and_twice_is_once_more_the_picture(height: int, width: int, flip: str, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    (matrix,) = draw(Augmentation(flip=flip), seed, 0, np.arange(1), image_size=(height, width)).matrices
    expected = picture[:: -1 if matrix[1, 1] < 0 else 1, :: -1 if matrix[0, 0] < 0 else 1]
    np.testing.assert_array_equal(warped(picture, matrix), expected)
    np.testing.assert_array_equal(warped(warped(picture, matrix), matrix), picture)


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_whole_shifts_are_exact_and_filled_with_the_nearest_pixel(x: int, y: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    found = warped(picture, np.array([[1.0, 0.0, x], [0.0, 1.0, y]]))
    rows, columns = np.clip(np.arange(20) + y, 0, 19), np.clip(np.arange(30) + x, 0, 29)
    np.testing.assert_array_equal(found, picture[rows[:, None], columns])


def test_zoom_below_one_enlarges() -> None:
    picture = np.zeros((21, 21, 3), np.uint8)
    picture[8:13, 8:13] = 255
    found = warped(picture, np.array([[0.5, 0.0, 5.0], [0.0, 0.5, 5.0]]))
    assert 1.5 < (found > 127).sum() / (picture > 127).sum() / 2 < 2.5


def test_the_picture_stays_as_it_is() -> None:
    picture = smooth(30, 40)
    before = picture.copy()
    picture.flags.writeable = False  # as the store's pixels are
    warped(picture, np.array([[0.9, 0.1, 1.0], [-0.1, 0.9, 2.0]]))
    np.testing.assert_array_equal(picture, before)


def test_a_picture_read_from_a_file_is_warped_alike() -> None:
    buffer = io.BytesIO()
    Image.fromarray(smooth(30, 30)).save(buffer, "PNG")
    picture = resize(decode(buffer.getvalue()).pixels, (30, 30))
    np.testing.assert_array_equal(warped(picture, np.eye(3)[:2]), smooth(30, 30))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:.*fork:RuntimeWarning")
def test_a_child_forked_while_a_thread_changes_opencvs_setting_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, set_threads = threading.Event(), cv2.setNumThreads
    before = cv2.getNumThreads()

    def slowly(num_threads: int) -> None:
        inside.set()
        threading.Event().wait(0.2)  # the fork comes meanwhile, if it does not wait for this
        set_threads(num_threads)

    def work() -> None:
        with opencv_in_one_thread():
            pass

    monkeypatch.setattr(cv2, "setNumThreads", slowly)
    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(20)
    child = os.fork()
    if not child:
        signal.alarm(5)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    thread.join()
    assert status == 0
    assert cv2.getNumThreads() == before
