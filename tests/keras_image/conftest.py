"""The oracle: Keras' own legacy module, in the same process."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_oracle import AssertAlike, Pair
from PIL import Image, ImageFilter

from classeur.keras_image import ImageDataGenerator, known_hashes, picture_store, spline_kernel


@pytest.fixture(scope="session")
def legacy() -> Any:
    """`tf.keras.preprocessing.image`."""
    import tensorflow as tf

    return tf.keras.preprocessing.image


@pytest.fixture(autouse=True)
def _oracle_warnings() -> Any:
    """SciPy deprecates the name by which Keras calls it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*scipy.ndimage.*", category=DeprecationWarning)
        yield


@pytest.fixture(autouse=True)
def _own_stores() -> Any:
    """What a process keeps until it ends is not written into a folder that is gone by then."""
    yield
    picture_store._STORES.clear()
    known_hashes._KNOWN.clear()


@pytest.fixture(scope="session")
def compiled() -> None:
    """Resampling is compiled, as it is after some hundred images."""
    assert spline_kernel.WARP.compile()


@pytest.fixture(scope="session")
def assert_alike() -> AssertAlike:
    """A function that holds two batches, or anything nested, to the promise: equal to the bit. Pixels of images that
    are standardized one by one, or whitened, are within 1/500 on average and 1/250 at the 99.9th percentile.
    """

    def check(ours: Any, theirs: Any, *, is_standardized: bool = False) -> None:
        if isinstance(theirs, (tuple, list)):
            assert type(ours) is type(theirs)
            assert len(ours) == len(theirs)
            for one, other in zip(ours, theirs, strict=True):
                check(one, other, is_standardized=is_standardized)
            return
        assert type(ours) is type(theirs)
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        if theirs.ndim < 3 or not is_standardized:
            np.testing.assert_array_equal(ours, theirs)
            return
        if not theirs.size:
            return
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
        difference = np.abs(np.nan_to_num(ours).astype(float) - np.nan_to_num(theirs).astype(float))
        assert difference.mean() <= 1 / 500
        assert np.quantile(difference, 0.999) <= 1 / 250

    return check


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes, one with a folder inside, of soft pictures; and files that are none."""
    top = tmp_path_factory.mktemp("folder")
    rng = np.random.default_rng(0)
    names = ["b/0.jpg", "b/1.PNG", "b/deep/0.bmp", "a/10.jpeg", "a/9.ppm", "a/2.tif", "c/only.jpg"]
    names += [f"a/{number}.jpg" for number in range(20, 26)]
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        width, height = rng.integers(20, 60, 2)
        noise = Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8))
        noise.resize((width, height)).filter(ImageFilter.GaussianBlur(3)).save(path)
    (top / "a" / "notes.txt").write_text("no picture")
    (top / "b" / "film.gif").write_bytes(b"GIF89a")
    (top / "loose.jpg").write_bytes(b"")
    return top


@pytest.fixture(scope="session")
def pair(legacy: Any, folder: Path) -> Pair:
    """A function that makes the same iterator twice: ours and Keras'."""

    def make(arguments: Any, flow: Any, *, directory: Path = folder) -> tuple[Any, Any]:
        ours, theirs = (
            kind(**arguments).flow_from_directory(directory, **{"target_size": (30, 30), **flow})
            for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
        )
        return ours, theirs

    return make
