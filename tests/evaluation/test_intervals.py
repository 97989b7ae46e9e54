"""Intervals and McNemar's test against published examples and what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, multinomial, norm

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.intervals import auroc_interval, difference_interval, paired_difference, wilson_interval
from classeur.evaluation.outliers import auroc

# Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10: all eight of its examples.
DIFFERENCES = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("first", "second", "expected"), DIFFERENCES)
def test_differences_are_newcombes(
    first: tuple[int, int], second: tuple[int, int], expected: tuple[float, float]
) -> None:
    assert difference_interval(first, second) == pytest.approx(expected, abs=5e-5)
    low, high = difference_interval(second, first)
    assert (-high, -low) == pytest.approx(expected, abs=5e-5)


# Fagerland, Lydersen, Laake, Statistics in Medicine 33 (2014) 2850-2875, both of its examples: Tango's score interval
# and the asymptotic McNemar test. The airways of 21 children (Bentur), complete response of 161 patients (Cavo).
PAIRS = [
    ((1, 7, 21), (-0.286, -0.517, -0.026), 0.034),
    ((6, 16, 161), (-0.0621, -0.124, -0.00543), 0.033),
]


@pytest.mark.parametrize(("counts", "expected", "p_value"), PAIRS)
def test_a_paired_difference_is_as_published(
    counts: tuple[int, int, int], expected: tuple[float, float, float], p_value: float
) -> None:
    found = paired_difference(*counts)
    assert found[:3] == pytest.approx(expected, abs=6e-4)
    assert found.p_value == pytest.approx(p_value, abs=5e-4)


pairs = st.integers(1, 2000).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda b: st.tuples(st.just(b), st.integers(0, n - b), st.just(n)))
)


@given(pairs, st.sampled_from([0.8, 0.95, 0.999]))
def test_the_interval_leaves_out_0_where_the_test_refuses_it(counts: tuple[int, int, int], confidence: float) -> None:
    first, second, num_images = counts
    found = paired_difference(first, second, num_images, confidence=confidence)
    assert (found.p_value < 1 - confidence) == (found.low > 0 or found.high < 0)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert 0 <= found.p_value <= 1
    turned = paired_difference(second, first, num_images, confidence=confidence)
    assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high), abs=1e-9)


def test_the_sentence_and_the_interval_of_33_and_52_of_400_agree() -> None:
    found = paired_difference(52, 33, 400)
    assert found.p_value < 0.05
    assert found.low > 0


@pytest.mark.parametrize(("first", "second"), [(0.1, 0.1), (0.2, 0.05), (0.3, 0.1)])
def test_a_paired_interval_holds_the_truth_as_often_as_it_says(first: float, second: float) -> None:
    """Counted out: every pair of counts of 60 images, by its multinomial probability."""
    count, held = 60, 0.0
    for b in range(count + 1):
        for c in range(count + 1 - b):
            chance = multinomial.pmf((b, c, count - b - c), count, (first, second, 1 - first - second))
            if chance > 1e-6:
                found = paired_difference(b, c, count)
                held += chance * (found.low <= first - second <= found.high)
    assert held == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_wilson_holds_the_truth_as_often_as_it_says(share: float) -> None:
    counts = np.arange(201)
    holds = [low <= share <= high for low, high in (wilson_interval(int(count), 200) for count in counts)]
    assert binom.pmf(counts, 200, share) @ holds == pytest.approx(0.95, abs=0.025)


@given(st.integers(1, 50), st.data())
def test_more_confidence_is_wider_and_all_is_inside_0_and_1(num_images: int, data: st.DataObject) -> None:
    num_correct = data.draw(st.integers(0, num_images))
    narrow, wide = (wilson_interval(num_correct, num_images, confidence=share) for share in (0.8, 0.99))
    assert 0 <= wide.low <= narrow.low <= num_correct / num_images
    assert num_correct / num_images <= narrow.high <= wide.high <= 1


@pytest.mark.parametrize("counts", [(-1, 1, 1), (1, -1, 1), (0, 0, 0), (2, 2, 3)])
def test_impossible_pairs(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        paired_difference(*counts)


@pytest.mark.parametrize(("first", "second"), [((0, 0), (1, 2)), ((1, 2), (3, 2))])
def test_impossible_differences(first: tuple[int, int], second: tuple[int, int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        difference_interval(first, second)


@pytest.mark.parametrize(("true", "num_like", "num_unlike"), [(0.7, 60, 20), (0.9, 30, 30), (0.97, 200, 40)])
def test_an_area_under_the_curve_is_covered_as_promised(true: float, num_like: int, num_unlike: int) -> None:
    """2,000 drawings of two normal distributions that are told apart so well."""
    rng = np.random.default_rng(3)
    apart = 2**0.5 * norm.ppf(true)
    covered = 0
    for _ in range(2000):
        area = auroc(rng.normal(size=num_like), rng.normal(apart, size=num_unlike))
        low, high = auroc_interval(area, num_like, num_unlike)
        covered += low <= true <= high
    assert 0.93 <= covered / 2000 <= 0.985


@given(st.floats(0, 1), st.integers(1, 500), st.integers(1, 500))
def test_the_interval_of_an_area_holds_it_and_turns_around(area: float, num_like: int, num_unlike: int) -> None:
    low, high = auroc_interval(area, num_like, num_unlike)
    assert 0 <= low <= area <= high <= 1
    assert low < high
    turned = auroc_interval(1 - area, num_unlike, num_like)
    assert (1 - turned.high, 1 - turned.low) == pytest.approx((low, high), abs=1e-6)


def test_an_area_of_no_image_cannot_be() -> None:
    with pytest.raises(ImpossibleCountsError):
        auroc_interval(0.5, 3, 0)
