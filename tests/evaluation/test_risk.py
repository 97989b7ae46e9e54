"""Promises hold as often as they say, counted on draws of models whose error above each threshold is known."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import beta, binom

from classeur.evaluation.risk import (
    CONFIDENCE,
    Promise,
    area_under_risk,
    keep_error,
    keep_recall,
    least_promise,
    risk_coverage,
    thinned,
)

NUM_DRAWS = 2000
# By chance the share of draws may exceed what is promised by two standard errors.
MOST = 1 - CONFIDENCE + 2 * ((1 - CONFIDENCE) * CONFIDENCE / NUM_DRAWS) ** 0.5

Shape = Callable[[np.ndarray, float], np.ndarray]

# Chance of an error by how far an image is from the surest (0 … 1) and the limit asked for.
SHAPES: dict[str, Shape] = {
    "as often as the limit": lambda place, limit: np.full_like(place, 1.001 * limit),
    "rising": lambda place, limit: np.minimum(1, 4 * limit * place**2),
    "sure errors": lambda place, limit: np.where(place < 0.02, 0.5, limit * place),
    "late errors": lambda place, limit: np.where(place < 0.6, 0.3 * limit, 6 * limit),
    "in waves": lambda place, limit: limit * (1 + np.sin(25 * place)),
}
LIMITS = {100: (0.05, 0.1), 1000: (0.01, 0.05)}


def exceeded(shape: Shape, limit: float, num_images: int, *, steps: int | None = None) -> float:
    """Return in which share of the draws the error above the chosen threshold is more than promised."""
    places = (np.arange(200_000) + 0.5) / 200_000
    chances = np.concatenate([[0.0], np.cumsum(shape(places, limit)) / 200_000])
    random, count = np.random.default_rng(3), 0
    for _ in range(NUM_DRAWS):
        place = random.random(num_images)
        is_wrong = random.random(num_images) < shape(place, limit)
        shown = place if steps is None else np.ceil(place * steps) / steps  # that many values of sureness
        promise = keep_error(1 - shown, is_wrong, limit)
        if promise is not None:
            reached = 1 - promise.threshold
            if steps is not None:  # what is as unsure as the threshold is not answered
                reached = 1.0 if promise.num_answered == num_images else reached - 1 / steps
            count += chances[round(reached * 200_000)] / max(reached, 1e-9) > limit + 1e-9
    return count / NUM_DRAWS


@pytest.mark.parametrize("name", ["as often as the limit", "sure errors"])
def test_limit_is_exceeded_as_rarely_as_promised(name: str) -> None:
    assert exceeded(SHAPES[name], 0.1, 100) <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("num_images", LIMITS)
@pytest.mark.parametrize("steps", [None, 10])
def test_limit_is_exceeded_as_rarely_as_promised_by_every_shape(name: str, num_images: int, steps: int | None) -> None:
    for limit in LIMITS[num_images]:
        assert exceeded(SHAPES[name], limit, num_images, steps=steps) <= MOST, limit


def test_promise_is_one_that_clopper_and_pearson_would_make() -> None:
    random = np.random.default_rng(0)
    sureness = random.random(1000)
    promise = keep_error(sureness, random.random(1000) < 0.06 * (1 - sureness), 0.05)
    assert isinstance(promise, Promise)
    assert beta.ppf(CONFIDENCE, promise.num_wrong + 1, promise.num_answered - promise.num_wrong) <= 0.05
    assert promise.num_answered == int((sureness > promise.threshold).sum()) > 600


def test_few_images_promise_nothing() -> None:
    # All right: 298 images leave 5.00 % of doubt that the error is above 1 %, 299 leave less.
    assert keep_error(np.linspace(0.5, 1, 298), np.zeros(298, bool), 0.01) is None
    promise = keep_error(np.linspace(0.5, 1, 299), np.zeros(299, bool), 0.01)
    assert promise is not None
    assert (promise.threshold, promise.num_answered) == (0.0, 299)
    assert binom.cdf(0, 298, 0.01) > 0.05 > binom.cdf(0, 299, 0.01)


def test_images_as_sure_as_each_other_are_answered_together() -> None:
    sureness = np.repeat([1.0, 0.9, 0.6], 100)
    promise = keep_error(sureness, sureness == 0.6, 0.1)
    assert promise is not None
    assert (promise.threshold, promise.num_answered, promise.num_wrong) == (0.6, 200, 0)


def test_search_does_not_stop_at_a_sure_error() -> None:
    # The surest of 1,000 is wrong, and one other.
    is_wrong = np.isin(np.arange(1000), [999, 500])
    promise = keep_error(np.linspace(0.5, 1, 1000), is_wrong, 0.01)
    assert promise is not None
    assert promise.num_answered == 1000


def test_least_promise_is_the_smallest_round_limit() -> None:
    sureness = np.linspace(0.5, 1, 100)
    promise = least_promise(sureness, np.zeros(100, bool))
    assert promise is not None
    assert promise.limit == 0.03
    assert keep_error(sureness, np.zeros(100, bool), 0.02) is None
    assert least_promise(sureness, np.ones(100, bool)) is None


def test_curve_and_its_area_are_those_of_all_thresholds() -> None:
    random = np.random.default_rng(1)
    sureness, is_wrong = random.uniform(0.1, 1, 50).round(1), random.random(50) < 0.3
    for point in risk_coverage(sureness, is_wrong):
        answered = sureness > point.threshold
        assert (point.num_answered, point.num_wrong) == (answered.sum(), is_wrong[answered].sum())
    assert len(risk_coverage(sureness, is_wrong)) == len(np.unique(sureness))
    distinct = random.random(40)
    order = np.argsort(-distinct)
    errors = np.cumsum(is_wrong[:40][order]) / np.arange(1, 41)
    assert area_under_risk(distinct, is_wrong[:40]) == pytest.approx(errors.mean())


def test_thinned_curve_keeps_its_ends() -> None:
    points = risk_coverage(np.linspace(0.5, 1, 300), np.zeros(300, bool))
    few = thinned(points, 10)
    assert (len(few), few[0], few[-1]) == (10, points[0], points[-1])
    assert thinned(points) == points


@pytest.mark.parametrize("limit", [0.8, 0.95])
def test_recall_is_below_its_limit_as_rarely_as_promised(limit: float) -> None:
    random, count, least = np.random.default_rng(5), 0, 1.0
    for _ in range(NUM_DRAWS):
        probability = random.random(100)
        promise = keep_recall(np.append(probability, 0.5), np.arange(101) < 100, limit)
        assert promise is not None
        count += 1 - promise.threshold < limit
        least = min(least, promise.num_found / 100)
    assert count / NUM_DRAWS <= MOST
    assert least >= limit


def test_recall_that_few_images_cannot_promise_is_none() -> None:
    assert keep_recall(np.linspace(0, 1, 58), np.ones(58, bool), 0.95) is None
    assert keep_recall(np.linspace(0, 1, 59), np.ones(59, bool), 0.95) is not None


def test_promise_divides_its_doubt_among_the_starts() -> None:
    # Of 440 images at a limit of 5 % there are five starts: 440, 293, 195, 130 and 86.
    sureness, is_wrong = np.linspace(0.5, 1, 440), np.zeros(440, bool)
    is_wrong[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]] = True
    assert binom.cdf(13, 440, 0.05) < 0.05
    assert binom.cdf(13, 440, 0.05) > 0.01
    promise = keep_error(sureness, is_wrong, 0.05)
    assert promise is not None
    assert binom.cdf(promise.num_wrong, promise.num_answered, 0.05) <= 0.01
    assert promise.num_answered < 440


def test_order_of_images_as_sure_as_each_other_does_not_depend_on_who_is_wrong() -> None:
    # All as sure: a start with none of the wrong ones would be found if these came last.
    sureness, is_wrong = np.full(1000, 0.9), np.arange(1000) % 5 == 0
    curve = risk_coverage(sureness, is_wrong)
    assert [(point.num_answered, point.num_wrong) for point in curve] == [(1000, 200)]
    # The areas of who is wrong first and last are the same as of a random order, about the mean error.
    assert area_under_risk(sureness, is_wrong) == pytest.approx(0.2, abs=0.03)
