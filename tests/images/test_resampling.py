import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classeur.images import resampling
from classeur.images.resampling import compile_kernels, resample, triangle_filter
from classeur.images.scratch import Scratch

SIDES = st.integers(1, 90)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@settings(max_examples=300)
@given(SIDES, SIDES, st.tuples(SIDES, SIDES), st.integers(0, 10**6))
@example(33, 1000, (7, 90), 0)
@example(1, 3, (1, 3), 0)
def test_the_kernels_give_pillows_bytes(height: int, width: int, image_size: tuple[int, int], seed: int) -> None:
    assert compile_kernels()
    pixels = noise(height, width, seed)
    np.testing.assert_array_equal(resample(pixels, image_size), resampling._resample_with_pillow(pixels, image_size))


def test_what_is_not_compiled_pillow_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compile_kernels()
    fast = resample(noise(40, 50), (15, 20))
    for kernel in (resampling._HORIZONTAL, resampling._VERTICAL):
        with monkeypatch.context() as patch:
            patch.setattr(kernel, "function", None)
            np.testing.assert_array_equal(resample(noise(40, 50), (15, 20)), fast)


@pytest.mark.parametrize(
    ("num_images", "asked"),
    [(49, []), (50, ["load", "load"]), (1499, ["load", "load"]), (1500, ["compile", "compile"])],
)
def test_many_images_repay_loading_and_more_compiling(
    num_images: int, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    for kernel in (resampling._HORIZONTAL, resampling._VERTICAL):
        monkeypatch.setattr(kernel, "load", lambda: not found.append("load"))
        monkeypatch.setattr(kernel, "compile", lambda: not found.append("compile"))
    resampling.load_kernels(num_images)
    assert found == asked


def test_black_and_white_do_not_overflow() -> None:
    compile_kernels()
    pixels = np.zeros((301, 299, 3), np.uint8)
    pixels[::2] = 255
    np.testing.assert_array_equal(resample(pixels, (7, 11)), resampling._resample_with_pillow(pixels, (7, 11)))
    assert (resample(np.full((300, 300, 3), 255, np.uint8), (9, 9)) == 255).all()


def test_what_may_not_be_written_and_what_is_cut_out_is_taken_too() -> None:
    compile_kernels()
    pixels = noise(20, 30)
    pixels.flags.writeable = False
    np.testing.assert_array_equal(
        resample(pixels[2:12, 3:23], (5, 5)), resampling._resample_with_pillow(pixels[2:12, 3:23].copy(), (5, 5))
    )


def test_a_result_is_not_overwritten_by_the_next() -> None:
    compile_kernels()
    first = resample(noise(20, 20), (20, 20))
    kept = first.copy()
    resample(noise(20, 20, seed=1), (20, 20))
    np.testing.assert_array_equal(first, kept)


@given(st.integers(1, 3000), st.integers(1, 300))
def test_weights_sum_to_one_and_stay_inside(source: int, target: int) -> None:
    found = triangle_filter(source, target)
    assert (np.abs(found.weights.sum(axis=1) - 2**22) <= found.weights.shape[1]).all()
    assert (found.starts >= 0).all()
    assert (found.starts + found.lengths <= source).all()


def test_a_picture_beyond_the_limit_gets_memory_of_its_own() -> None:
    scratch = Scratch()
    large = scratch.take("a", (70 * 2**20,), np.uint8)
    assert not np.shares_memory(large, scratch.take("a", (70 * 2**20,), np.uint8))
