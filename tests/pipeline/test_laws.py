"""Laws of draws, warps and batches: nothing depends on batches, threads or order. Oracles: NumPy, SciPy, Keras."""

from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.images.pixels import Pixels, PixelStore
from classeur.pipeline.augmentation import PRESETS, Augmentation, draw
from classeur.pipeline.batches import Batches
from classeur.pipeline.counters import permutation, philox, uniform
from classeur.pipeline.warping import warp

words = st.integers(0, 2**64 - 1)
seeds = st.integers(0, 2**31 - 1)


@given(key=st.tuples(words, words), counter=st.lists(words, min_size=4, max_size=4))
def test_philox_is_numpys(key: tuple[int, int], counter: list[int]) -> None:
    theirs = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(counter, np.uint64)).random_raw(4)
    number = (sum(word << (64 * place) for place, word in enumerate(counter)) + 1) % 2**256  # NumPy counts up first
    ours = philox(np.array([[(number >> (64 * place)) % 2**64 for place in range(4)]], np.uint64), key)
    assert ours[0].tolist() == theirs.tolist()


def test_uniform_is_uniform_and_independent() -> None:
    values = uniform(3, 5, np.arange(20_000), 7)
    for column in values.T:
        assert scipy.stats.kstest(column, "uniform").pvalue > 1e-4
    assert np.abs(np.corrcoef(values.T) - np.eye(7)).max() < 0.03


@given(seed=seeds, epoch=st.integers(0, 1000), count=st.integers(0, 200))
def test_an_order_is_a_permutation(seed: int, epoch: int, count: int) -> None:
    order = permutation(seed, epoch, count)
    assert sorted(order.tolist()) == list(range(count))
    if count > 20:
        assert order.tolist() != permutation(seed, epoch + 1, count).tolist()


@given(seed=seeds, epoch=st.integers(0, 99), cut=st.integers(0, 20))
def test_draws_do_not_depend_on_the_batch(seed: int, epoch: int, cut: int) -> None:
    indices = np.random.default_rng(seed).permutation(20)
    whole = draw(PRESETS["all"], seed, epoch, indices, image_size=(30, 40)).matrices
    parts = [draw(PRESETS["all"], seed, epoch, part, image_size=(30, 40)).matrices for part in np.split(indices, [cut])]
    assert np.array_equal(whole, np.concatenate(parts))


@given(
    rotation=st.floats(0, 180), zoom=st.floats(0, 0.9), shift=st.floats(0, 1), flip=st.sampled_from(["none", "both"]),
    seed=seeds,
)  # fmt: skip
def test_ranges_are_respected(rotation: float, zoom: float, shift: float, flip: str, seed: int) -> None:
    augmentation = Augmentation(rotation=rotation, zoom=zoom, shift=shift, flip=flip)
    height, width = 30, 40
    matrices = draw(augmentation, seed, 0, np.arange(50), image_size=(height, width)).matrices
    linear = matrices[:, :, :2]
    scales = np.linalg.norm(linear, axis=1)
    assert (scales >= 1 - zoom - 1e-9).all()
    assert (scales <= 1 + zoom + 1e-9).all()
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    moved = np.abs(linear @ centre + matrices[:, :, 2] - centre)
    assert (np.linalg.norm(moved, axis=1) <= shift * np.hypot(width, height) + 1e-6).all()
    if flip == "none":
        assert (np.linalg.det(linear) > 0).all()
        angles = np.degrees(np.arctan2(linear[:, 1, 0], linear[:, 0, 0]))
        assert (np.abs(angles) <= rotation + 1e-6).all()


def test_halves_are_flipped() -> None:
    matrices = draw(Augmentation(flip="horizontal"), 0, 0, np.arange(4000), image_size=(8, 8)).matrices
    assert 0.46 < (matrices[:, 0, 0] < 0).mean() < 0.54


@given(st.integers(0, 2**31 - 1), st.tuples(st.integers(2, 30), st.integers(2, 30)))
def test_flipping_twice_is_the_identity(seed: int, size: tuple[int, int]) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    mirror = np.array([[-1.0, 0.0, size[1] - 1.0], [0.0, 1.0, 0.0]])
    once, twice = np.empty_like(picture), np.empty_like(picture)
    warp(picture, mirror, out=once)
    warp(once, mirror, out=twice)
    assert np.array_equal(once, picture[:, ::-1])
    assert np.array_equal(twice, picture)


def smooth_picture(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(1).uniform(0, 255, (height, width, 3))
    return scipy.ndimage.gaussian_filter(noise, (3, 3, 0)).clip(0, 255).astype(np.uint8)


def difference(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(float) - two)


def test_warps_are_scipys() -> None:
    picture = smooth_picture(60, 80)
    for matrix in draw(PRESETS["all"], 7, 0, np.arange(20), image_size=(60, 80)).matrices:
        out = np.empty_like(picture)
        warp(picture, matrix, out=out)
        y, x = np.mgrid[:60, :80]
        places = np.einsum("ij,jyx->iyx", matrix, np.stack([x, y, np.ones_like(x)]))
        theirs = np.stack(
            [
                scipy.ndimage.map_coordinates(
                    picture[..., channel].astype(float), places[::-1], order=1, mode="nearest"
                )
                for channel in range(3)
            ],
            axis=2,
        )
        assert difference(out, theirs).mean() <= 0.5
        assert np.percentile(difference(out, theirs), 99.9) <= 1


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")  # Keras' own
def test_ranges_mean_what_they_mean_in_keras() -> None:
    """Keras' own transform of the same parameters; it names its matrix by (x, y), and the picture is square."""
    from classeur.models.engine import load_keras

    load_keras()
    from keras.src.legacy.preprocessing.image import apply_affine_transform

    picture = smooth_picture(64, 64)
    for theta, shift_x, shift_y, zoom_x, zoom_y in (
        (30, 4, -7, 0.6, 1.3),
        (-45, 0, 9, 1.5, 1.0),
        (10, -6, 2, 0.9, 0.7),
    ):
        theirs = apply_affine_transform(
            picture.astype(np.float32), theta=theta, tx=shift_x, ty=shift_y, zx=zoom_x, zy=zoom_y,
            row_axis=0, col_axis=1, channel_axis=2, fill_mode="nearest", order=1,
        )  # fmt: skip
        cosine, sine = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
        linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([zoom_x, zoom_y])
        moved = np.array([[cosine, -sine], [sine, cosine]]) @ [shift_x, shift_y]
        centre = np.array([31.5, 31.5])
        matrix = np.column_stack([linear, centre + moved - linear @ centre])
        out = np.empty_like(picture)
        warp(picture, matrix, out=out)
        assert difference(out, theirs).mean() <= 0.5
        assert np.percentile(difference(out, theirs), 99.9) <= 1


@pytest.fixture
def pixels(tmp_path: Path) -> Pixels:
    store = PixelStore(tmp_path, image_size=(12, 16), fit="squash")
    rng = np.random.default_rng(0)
    store.add((f"{number:032x}", rng.integers(0, 256, (12, 16, 3), np.uint8)) for number in range(23))
    return store.select([f"{number:032x}" for number in range(23)])


@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_batches_do_not_depend_on_threads_or_on_where_they_begin(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = PixelStore(Path(folder), image_size=(12, 16), fit="squash")
        rng = np.random.default_rng(0)
        store.add((str(number), rng.integers(0, 256, (12, 16, 3), np.uint8)) for number in range(23))
        pixels = store.select([str(number) for number in range(23)])
        batch_size, seed = data.draw(st.integers(1, 30)), data.draw(seeds)
        labels = np.arange(23)
        epochs = []
        for threads in (1, 2, 8):
            batches = Batches(
                pixels, labels, batch_size=batch_size, seed=seed, augmentation=PRESETS["all"], num_threads=threads
            )
            epochs.append(list(batches.epoch(3)))
        first = data.draw(st.integers(0, len(epochs[0])))
        for other in epochs[1:]:
            assert len(other) == len(epochs[0]) == len(batches)
            assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(epochs[0], other, strict=True))
        rest = list(batches.epoch(3, first=first))
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(epochs[0][first:], rest, strict=True))
        assert sorted(np.concatenate([batch.labels for batch in epochs[0]]).tolist()) == list(range(23))


def test_pictures_that_are_not_augmented_are_the_stores(pixels: Pixels) -> None:
    for batch in Batches(pixels, np.arange(23), batch_size=5, shuffle=False).epoch(0):
        assert np.array_equal(batch.pixels, pixels.gather(batch.labels))


def test_an_error_in_a_thread_surfaces(pixels: Pixels) -> None:
    batches = Batches(pixels, np.arange(20), batch_size=5)  # a label is missing
    with pytest.raises(IndexError):
        list(batches.epoch(0))
