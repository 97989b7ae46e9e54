"""Several seeds of one recipe: the analysis of variance by its definition, its intervals by simulation."""

import numpy as np
import pytest

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.intervals import wilson_interval
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.seeds import accuracy_of_seeds, difference_of_seeds


def drawn(
    random: np.random.Generator, num_seeds: int, images: np.ndarray, *, of_seeds: float, ease: float = 0.8
) -> np.ndarray:
    """Return which training gets which image right: both have effects on a latent scale, and there is a rest."""
    latent = ease + of_seeds * random.normal(size=(num_seeds, 1)) + images
    return np.asarray(latent + random.normal(size=(num_seeds, images.shape[1])) > 0)


def test_the_squares_add_up() -> None:
    """By hand: 2 seeds, 4 images; the whole sum of squares is that of seeds, of images and of the rest."""
    right = np.array([[1, 1, 0, 1], [1, 0, 0, 0]], bool)
    spread = accuracy_of_seeds(right)
    seeds, images, rest = 4 * 0.125, 2 * (0.25 + 0 + 0.25 + 0) / 3, 0.0
    rest = (((right - 0.5) ** 2).sum() - seeds - 3 * images) / 3
    assert spread.mean.value == 0.5
    assert spread.seed_deviation == pytest.approx(((seeds - rest) / 4) ** 0.5)
    assert spread.image_error == pytest.approx(max(0.0, (images - rest) / 8) ** 0.5)


# In the last four, seeds differ by some 11 points.
SEEDS = [
    (2, 200, 0.1, 0.8),
    (3, 100, 0.0, 3.0),
    (5, 400, 0.3, 0.8),
    (2, 100, 0.6, 0.8),
    (2, 300, 0.6, 0.8),
    (3, 300, 0.6, 0.8),
    (5, 300, 0.6, 0.8),
]


@pytest.mark.parametrize(
    ("num_draws", "least"), [(400, 0.93 - 2 * 0.011), pytest.param(2500, 0.93, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("num_seeds", "num_images", "of_seeds", "ease"), SEEDS)
def test_intervals_hold_the_mean_over_new_seeds_and_new_images(
    num_seeds: int, num_images: int, of_seeds: float, ease: float, num_draws: int, least: float
) -> None:
    random = np.random.default_rng(3)
    latent = ease + np.hypot(np.hypot(of_seeds, 1.5), 1) * random.normal(size=400_000)
    true, found = np.mean(latent > 0), 0
    for _ in range(num_draws):
        images = 1.5 * random.normal(size=(1, num_images))
        mean = accuracy_of_seeds(drawn(random, num_seeds, images, of_seeds=of_seeds, ease=ease)).mean
        found += bool(mean.low <= true <= mean.high)
    # Of two seeds that hardly differ it is wider than it need be: nobody can know that from two.
    assert least <= found / num_draws <= (1 if num_seeds == 2 else 0.995)


@pytest.mark.parametrize(
    ("num_draws", "least"), [(400, 0.93 - 2 * 0.011), pytest.param(2500, 0.93, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("num_seeds", "num_groups", "size"), [(2, 20, 15), (3, 20, 15), (4, 60, 5)])
def test_of_groups_the_mean_is_of_new_groups_too(
    num_seeds: int, num_groups: int, size: int, num_draws: int, least: float
) -> None:
    random, held, different = np.random.default_rng(7), 0, 0
    sampling = Sampling(np.repeat(np.arange(num_groups), size))
    true = np.mean(0.8 + np.sqrt(1 + 1 + 1 + 0.04) * random.normal(size=400_000) > 0)

    for _ in range(num_draws):
        images = random.normal(size=(1, num_groups)).repeat(size, axis=1) + random.normal(size=(1, num_groups * size))
        first, second = (drawn(random, num_seeds, images, of_seeds=0.2) for _ in range(2))
        mean = accuracy_of_seeds(first, sampling=sampling).mean
        held += bool(mean.low <= true <= mean.high)
        result = difference_of_seeds(first, second, sampling=sampling)
        assert (result.p_value < 0.05) == (result.low > 0 or result.high < 0)
        different += result.p_value < 0.05
    assert least <= held / num_draws <= 1
    assert different / num_draws <= 0.05 + 2 * (0.05 * 0.95 / num_draws) ** 0.5


def test_a_spread_that_cannot_be_told_is_none_and_images_still_count() -> None:
    """At the accuracy of chance no seed and no image stands out: 3 by 120 coins leave about ±5 points."""
    random, told = np.random.default_rng(8), []
    for _ in range(100):
        spread = accuracy_of_seeds(random.random((3, 120)) < 0.5)
        assert spread.seed_deviation is None or spread.seed_deviation > 0
        assert spread.image_error is None or spread.image_error > 0
        assert spread.mean.high - spread.mean.low > 0.1
        told.append(spread.seed_deviation)
    assert 30 < told.count(None) < 80


def test_seeds_are_kept_apart_from_images() -> None:
    random = np.random.default_rng(4)
    images = 1.5 * random.normal(size=(1, 2000))
    calm, wild = (accuracy_of_seeds(drawn(random, 12, images, of_seeds=each)) for each in (0.0, 0.5))
    assert wild.seed_deviation
    assert calm.image_error
    assert (calm.seed_deviation or 0) < 0.006 < 0.05 < wild.seed_deviation
    assert calm.image_error == pytest.approx(wild.image_error, rel=0.2)
    few = accuracy_of_seeds(drawn(random, 12, images[:, :200], of_seeds=0.0))
    assert few.image_error
    assert few.image_error > 2 * calm.image_error


def test_one_that_all_get_right_has_the_interval_of_its_images() -> None:
    mean = accuracy_of_seeds(np.ones((3, 50), bool)).mean
    assert mean.high == 1
    assert mean.low == pytest.approx(wilson_interval(50, 50).low, abs=0.01)


def test_equal_recipes_differ_as_often_as_the_level_and_the_interval_agrees() -> None:
    random, found = np.random.default_rng(5), 0
    for _ in range(600):
        images = 1.5 * random.normal(size=(1, 200))
        first, second = (drawn(random, 3, images, of_seeds=0.2) for _ in range(2))
        result = difference_of_seeds(first, second)
        assert (result.p_value < 0.05) == (result.low > 0 or result.high < 0)
        found += result.p_value < 0.05
    assert found / 600 < 0.07


def test_a_difference_is_the_first_minus_the_second_and_sure_with_more_seeds() -> None:
    random = np.random.default_rng(6)
    images = 1.5 * random.normal(size=(1, 400))
    better, worse = drawn(random, 5, images, of_seeds=0.1, ease=1.2), drawn(random, 5, images, of_seeds=0.1, ease=0.6)
    found, of_two = difference_of_seeds(better, worse), difference_of_seeds(better[:2], worse[:2])
    assert found.value == pytest.approx(better.mean() - worse.mean())
    assert found.low > 0
    assert of_two.high - of_two.low > found.high - found.low
    same = difference_of_seeds(np.ones((2, 9), bool), np.ones((2, 9), bool))
    assert same == (0, 0, 0, 1)


@pytest.mark.parametrize("shape", [(1, 10), (3, 1)])
def test_one_seed_or_one_image_has_no_spread(shape: tuple[int, int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        accuracy_of_seeds(np.ones(shape, bool))
    with pytest.raises(ImpossibleCountsError):
        difference_of_seeds(np.ones((2, 3), bool), np.ones((2, 4), bool))
