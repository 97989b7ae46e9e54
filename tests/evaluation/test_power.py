"""Images needed: by Connor's formula, and as often as it says by simulation."""

import numpy as np
import pytest

from classeur.errors import RangeError
from classeur.evaluation.intervals import paired_difference
from classeur.evaluation.power import num_images_for, smallest_difference


@pytest.mark.parametrize(("difference", "disagreement"), [(0.02, 0.2), (0.05, 0.2), (0.1, 0.3), (-0.04, 0.12)])
def test_so_many_images_show_it_four_times_in_five(difference: float, disagreement: float) -> None:
    """Of 1,500 repetitions; the formula is of large samples, and errs to the side of more images."""
    num_images = num_images_for(difference, disagreement)
    shares = [(disagreement + difference) / 2, (disagreement - difference) / 2, 1 - disagreement]
    counts = np.random.default_rng(1).multinomial(num_images, shares, size=1500)
    tests = {
        (first, second): paired_difference(first, second, num_images).p_value for first, second, _ in counts.tolist()
    }
    shown = np.mean([tests[first, second] < 0.05 for first, second, _ in counts.tolist()])
    assert 0.77 < shown < 0.85
    fewer = np.random.default_rng(2).multinomial(num_images // 4, shares, size=1500)
    shown = np.mean([paired_difference(a, b, num_images // 4).p_value < 0.05 for a, b, _ in fewer.tolist()])
    assert shown < 0.4


def test_more_power_and_a_stricter_test_need_more_images() -> None:
    usual = num_images_for(0.03, 0.1)
    assert num_images_for(0.03, 0.1, power=0.9) > usual < num_images_for(0.03, 0.1, confidence=0.99)
    assert num_images_for(-0.03, 0.1) == usual
    assert num_images_for(1, 1) >= 1


@pytest.mark.parametrize(("num_images", "disagreement"), [(100, 0.3), (1000, 0.2), (1000, 0.05), (60, 1.0)])
def test_the_smallest_difference_needs_just_so_many_images(num_images: int, disagreement: float) -> None:
    least = smallest_difference(num_images, disagreement)
    assert least is not None
    assert num_images_for(least, disagreement) <= num_images < num_images_for(0.999 * least, disagreement)


@pytest.mark.parametrize(("difference", "disagreement"), [(0, 0.1), (0.2, 0.1), (0.2, 1.1)])
def test_what_cannot_be_is_refused(difference: float, disagreement: float) -> None:
    with pytest.raises(RangeError, match="is not possible"):
        num_images_for(difference, disagreement)
