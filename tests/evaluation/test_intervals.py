"""Intervals and McNemar's test against published examples, exact arithmetic and what they promise."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.intervals import difference_interval, mcnemar_p_value, paired_interval, wilson_interval

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


def test_a_paired_difference_is_newcombes() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 2635-2650, table I, example (a): 36, 12, 2, 0.
    assert paired_interval(36, 12, 2, 0) == pytest.approx((0.0569, 0.3404), abs=5e-5)
    # Newcombe and Altman in "Statistics with Confidence", 2nd edition (2000), chapter 6: airways of 50 children.
    assert paired_interval(20, 12, 2, 16) == pytest.approx((0.056, 0.329), abs=5e-4)


def test_a_weak_correlation_of_the_pairs_counts_as_none() -> None:
    """The paper's correction of φ: where 0 ≤ ad − bc ≤ n / 2, the pairs are taken for independent."""
    for both, first, second, neither in ((4, 3, 3, 4), (10, 5, 4, 3), (3, 0, 2, 1)):
        product, count = both * neither - first * second, both + first + second + neither
        assert 0 < product <= count / 2
        loose = difference_interval((both + first, count), (both + second, count))
        assert paired_interval(both, first, second, neither) == pytest.approx(loose, abs=1e-12)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_binomial_counted_out(first: int, second: int) -> None:
    count = first + second
    chances = [Fraction(math.comb(count, number), 2**count) for number in range(count + 1)]
    exact = sum(chance for chance in chances if chance <= chances[first])
    assert mcnemar_p_value(first, second) == pytest.approx(float(exact), rel=1e-9)
    assert mcnemar_p_value(first, second) == pytest.approx(mcnemar_p_value(second, first), rel=1e-9)


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


@pytest.mark.parametrize("counts", [(-1, 1, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, -1), (0, 0, 0, 0)])
def test_impossible_pairs(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        paired_interval(*counts)


@pytest.mark.parametrize(("first", "second"), [((0, 0), (1, 2)), ((1, 2), (3, 2))])
def test_impossible_differences(first: tuple[int, int], second: tuple[int, int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        difference_interval(first, second)
