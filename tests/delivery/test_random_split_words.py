import pytest

from classeur.delivery.random_split_words import random_split_words
from classeur.estimate import Estimate
from classeur.evaluation.intervals import wilson_interval


def estimate(num_correct: int, num_images: int) -> Estimate:
    low, high = wilson_interval(num_correct, num_images)
    return Estimate(value=num_correct / num_images, low=low, high=high, method="Wilson", n=num_images)


@pytest.mark.parametrize(
    ("claim", "accuracy", "expected"),
    [
        ((16, 18), (17, 18), "on 18 other images: the difference of 5.6 points is within chance"),
        ((388, 400), (320, 400), "on 400 other images: 17.0 points more (95 %: 12.8 … 21.4 points)"),
        ((320, 400), (388, 400), "on 400 other images: 17.0 points less (95 %: 12.8 … 21.4 points)"),
    ],
)
def test_it_says_whether_chance_explains_the_difference(
    claim: tuple[int, int], accuracy: tuple[int, int], expected: str
) -> None:
    assert random_split_words(estimate(*claim), estimate(*accuracy)).endswith(expected)
