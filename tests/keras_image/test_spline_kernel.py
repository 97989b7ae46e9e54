"""The compiled resampling is SciPy's to the bit, and is compiled when that is worth it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import picture
from scipy import ndimage

from classeur.keras_image import ImageDataGenerator, spline_kernel
from classeur.keras_image.affine_transforms import resample
from classeur.keras_image.fill_modes import CODES

pytestmark = pytest.mark.usefixtures("compiled")

HOW: dict[str, Any] = {"fill_mode": "nearest", "cval": 0.0, "order": 1}
TURNED = np.array([[0.8, -0.6, 3.2], [0.6, 0.8, -1.7], [0.0, 0.0, 1.0]])

# Where rounding decides: whole and half pixels, and as far beside them as rounding goes.
jitters = st.sampled_from([0.0, 0.0, 1e-16, -1e-16, 2e-15, -2e-15, 1e-8])
on_pixels = st.builds(lambda halves, jitter: halves / 2 + jitter, st.integers(-80, 80), jitters)
tenths = st.integers(-40, 40).map(lambda number: number / 10)
factors = tenths | st.sampled_from([1.0, -1.0, 0.5, 2.0, 1 + 1e-16, 1 - 2e-16]) | st.floats(-3, 3)
matrices = st.tuples(
    st.tuples(factors, st.just(0.0) | jitters | tenths | st.floats(-3, 3), on_pixels | tenths | st.floats(-60, 60)),
    st.tuples(st.just(0.0) | jitters | tenths | st.floats(-3, 3), factors, on_pixels | tenths | st.floats(-60, 60)),
    st.just((0.0, 0.0, 1.0)),
)


def by_scipy(image: np.ndarray, matrix: np.ndarray, *, fill_mode: str, **how: Any) -> np.ndarray:
    by_rows = matrix[[1, 0]][:, [1, 0, 2]]
    channels = [
        ndimage.affine_transform(channel, by_rows[:, :2], by_rows[:, 2], mode=fill_mode, **how)
        for channel in np.moveaxis(image.astype(np.float32), 2, 0)
    ]
    return np.stack(channels, axis=2)


@settings(max_examples=1500)
@given(
    seed=st.integers(0, 99),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4)),
    dtype=st.sampled_from([np.uint8, np.float32]),
    matrix=matrices,
    fill_mode=st.sampled_from(sorted(CODES)),
    cval=st.floats(-300, 300),
    order=st.sampled_from([0, 1]),
    flips=st.tuples(st.booleans(), st.booleans()),
)
def test_it_is_scipys_to_the_bit(
    seed: int, shape: Any, dtype: Any, matrix: Any, flips: tuple[bool, bool], **how: Any
) -> None:
    image, matrix = picture(seed, shape, dtype), np.array(matrix)
    horizontal, vertical = flips
    assert spline_kernel.can_resample(image, matrix, fill_mode=how["fill_mode"], order=how["order"])
    out = np.empty(shape, np.float32)
    spline_kernel.resample(image, matrix, **how, out=out, horizontal=horizontal, vertical=vertical)
    expected = by_scipy(image, matrix, **how)[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("fill_mode", sorted(CODES))
def test_values_that_are_no_numbers_go_where_scipy_lets_them_go(fill_mode: str) -> None:
    image = picture(0, (9, 8, 3))
    image[2, 3], image[8, 7], image[0, 6] = np.nan, np.inf, np.nan
    for shift in (0.0, 2.0, -3.5):
        matrix = np.array([[1.0, 0.0, shift], [0.0, 1.0, -shift], [0.0, 0.0, 1.0]])
        out = np.empty(image.shape, np.float32)
        spline_kernel.resample(image, matrix, fill_mode=fill_mode, cval=7.0, order=1, out=out)
        np.testing.assert_array_equal(out, by_scipy(image, matrix, fill_mode=fill_mode, cval=7.0, order=1))


@pytest.mark.parametrize("beyond", [-1e-16, -9e-16, -2e-15])
@pytest.mark.parametrize("order", [0, 1])
def test_a_coordinate_that_is_beyond_the_edge_by_rounding_is_scipys(beyond: float, order: int) -> None:
    image = np.random.default_rng(0).uniform(0, 255, (60, 60, 4)).astype(np.float32)
    matrix = np.array([[1.0, 0.0, beyond], [0.0, 1.0, 0.4], [0.0, 0.0, 1.0]])
    for fill_mode in CODES:
        out = np.empty(image.shape, np.float32)
        spline_kernel.resample(image, matrix, fill_mode=fill_mode, cval=7.0, order=order, out=out)
        expected = by_scipy(image, matrix, fill_mode=fill_mode, cval=7.0, order=order)
        np.testing.assert_array_equal(out, expected, fill_mode)


def test_nothing_beside_the_result_is_written() -> None:
    image = picture(1, (5, 7, 3))
    batch = np.full((3, 5, 7, 3), -1.0, np.float32)
    spline_kernel.resample(image, TURNED, **HOW, out=batch[1])
    assert (batch[[0, 2]] == -1.0).all()


def test_numbers_of_numpy_are_numbers() -> None:
    image = picture(1, (5, 7, 3))
    how = {"fill_mode": "constant", "cval": np.float32(7), "order": np.int64(1)}
    out = np.empty(image.shape, np.float32)
    spline_kernel.resample(image, TURNED, **how, out=out)
    np.testing.assert_array_equal(out, by_scipy(image, TURNED, **how))


def test_the_memory_of_a_large_image_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spline_kernel, "_MAX_KEPT", 5 * 7 * 3)
    for height, is_kept in ((5, True), (6, False)):
        image = picture(1, (height, 7, 3))
        out = np.empty(image.shape, np.float32)
        spline_kernel.resample(image, TURNED, **HOW, out=out)
        np.testing.assert_array_equal(out, by_scipy(image, TURNED, **HOW))
        assert (image.size in {key[0] for key in spline_kernel._SCRATCH._memory}) == is_kept


@pytest.mark.parametrize(
    ("image", "matrix", "how"),
    [
        (picture(2, (6, 6, 5)), TURNED, {}),
        (picture(2, (6, 6, 3), np.float64), TURNED, {}),
        (picture(2, (6, 6, 3)), TURNED, {"order": 3}),
        (picture(2, (6, 6, 3)), TURNED, {"fill_mode": "grid-constant"}),
        (picture(2, (6, 6, 3)), TURNED * 1e10, {}),
    ],
)
def test_the_rest_is_left_to_scipy(image: np.ndarray, matrix: np.ndarray, how: dict[str, Any]) -> None:
    how = {**HOW, **how}
    assert not spline_kernel.can_resample(image, matrix, fill_mode=how["fill_mode"], order=how["order"])
    out = np.empty(image.shape, np.float32)
    resample(image, matrix, **how, out=out)
    np.testing.assert_array_equal(out, by_scipy(image, matrix, **how))


@pytest.mark.parametrize("matrix", [np.full((3, 3), np.nan), np.diag([np.inf, 1.0, 1.0])])
def test_no_number_is_no_place(matrix: np.ndarray) -> None:
    assert not spline_kernel.can_resample(picture(2, (6, 6, 3)), matrix, fill_mode="nearest", order=1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is compiled; what is asked for."""
    asked: list[str] = []
    monkeypatch.setattr(spline_kernel.WARP, "function", None)
    monkeypatch.setattr(spline_kernel, "_num_values", 0)
    monkeypatch.setattr(spline_kernel, "_is_prepared", False)
    monkeypatch.setattr(spline_kernel.WARP, "load", lambda: bool(asked.append("load")))
    monkeypatch.setattr(spline_kernel.WARP, "compile", lambda: not asked.append("compile"))
    return asked


def test_it_is_loaded_before_the_first_batch_once(asked: list[str]) -> None:
    iterator = ImageDataGenerator(rotation_range=30).flow(picture(3, (8, 8, 3))[None])
    iterator[0], iterator[0]
    assert asked == ["load"]


def test_it_is_compiled_when_that_is_repaid(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture(3, (8, 8, 3))
    monkeypatch.setattr(spline_kernel, "_NUM_VALUES_TO_REPAY", 3 * image.size)
    can = [spline_kernel.can_resample(image, TURNED, fill_mode="nearest", order=1) for _ in range(5)]
    assert can == [False, False, False, True, True]
    assert asked == ["compile", "compile"]


@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True), (True, True)])
def test_until_then_it_is_scipys(asked: list[str], flips: tuple[bool, bool]) -> None:
    image, out = picture(3, (9, 8, 3), np.uint8), np.empty((9, 8, 3), np.float32)
    horizontal, vertical = flips
    resample(image, TURNED, **HOW, out=out, horizontal=horizontal, vertical=vertical)
    expected = by_scipy(image, TURNED, **HOW)[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    np.testing.assert_array_equal(out, expected)
    assert not asked
