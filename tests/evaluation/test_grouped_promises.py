"""Promises about other groups hold as often as they say, on draws whose error above each threshold is known.

Each image has a place from sure (0) to unsure (1) and is wrong with the chance that a shape gives this place. Of a
group, places, or the luck that decides who is wrong, or both, are the same for all images, so that the error above a
threshold is that of the shape, however alike a group is within.
"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import beta, binom
from test_risk import MOST, NUM_DRAWS, SHAPES

from classeur.errors import RunError
from classeur.evaluation.decision import Said, decide
from classeur.evaluation.risk import _Binomial, keep_error, keep_recall, least_images, mean_group_size

# Which groups share a place, and which share their luck.
KINDS = {"together": (1.0, 1.0), "errors": (0.0, 1.0), "mixed": (0.5, 0.5)}

GRID = (np.arange(200_000) + 0.5) / 200_000

# Sizes of groups of a hundred images: several sizes, and with one that has a fifth of the images.
SIZES: dict[str, tuple[int, ...]] = {"5": (5,), "20": (20,), "several": (1, 1, 1, 2, 5, 10, 20), "large": (1,) * 80}


def drawn(random: np.random.Generator, num_images: int, sizes: tuple[int, ...], kind: str) -> tuple[np.ndarray, ...]:
    """Return the group, place and luck of each image."""
    groups = np.repeat(np.arange(num_images), np.resize(sizes, num_images))[:num_images]
    if sizes == SIZES["large"]:
        groups[-num_images // 5 :] = num_images
    shared_place, shared_luck = (random.random((2, num_images + 1)) < np.array(KINDS[kind])[:, None])[:, groups]
    of_group, of_image = random.random((2, num_images + 1))[:, groups], random.random((2, num_images))
    return groups, np.where(shared_place, of_group[0], of_image[0]), np.where(shared_luck, of_group[1], of_image[1])


def exceeded(
    shape: Callable[[np.ndarray, float], np.ndarray],
    limit: float,
    num_images: int,
    *,
    sizes: str,
    kind: str,
    steps: int | None = None,
    num_draws: int = NUM_DRAWS,
    known: bool = True,
) -> float:
    """Return in which share of the draws the error above the chosen threshold is more than promised."""
    chances = np.concatenate([[0.0], np.cumsum(shape(GRID, limit)) / len(GRID)])
    random, count = np.random.default_rng(3), 0
    for _ in range(num_draws):
        groups, place, luck = drawn(random, num_images, SIZES[sizes], kind)
        shown = place if steps is None else np.ceil(place * steps) / steps  # that many values of sureness
        promise = keep_error(1 - shown, luck < shape(place, limit), limit, groups=groups if known else None)
        if promise is not None:
            reached = 1 - promise.threshold
            if steps is not None:  # what is as unsure as the threshold is not answered
                reached = 1.0 if promise.num_answered == num_images else reached - 1 / steps
            count += chances[round(reached * len(GRID))] / max(reached, 1e-9) > limit + 1e-9
    return count / num_draws


@pytest.mark.parametrize("kind", KINDS)
def test_limit_is_exceeded_as_rarely_as_promised_over_groups(kind: str) -> None:
    most = 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5
    assert exceeded(SHAPES["as often as the limit"], 0.1, 400, sizes="5", kind=kind, num_draws=400) <= most


def test_images_counted_as_if_each_stood_alone_would_not_keep_it() -> None:
    shape = SHAPES["as often as the limit"]
    assert exceeded(shape, 0.1, 400, sizes="20", kind="together", num_draws=200, known=False) > 0.2


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [None, 10])
def test_limit_is_exceeded_as_rarely_as_promised_by_every_kind_of_groups(
    name: str, sizes: str, kind: str, steps: int | None
) -> None:
    for num_images, limit in ((400, 0.1), (1000, 0.05), (1000, 0.2)):
        found = exceeded(SHAPES[name], limit, num_images, sizes=sizes, kind=kind, steps=steps)
        assert found <= MOST, (num_images, limit)


@pytest.mark.slow
@pytest.mark.parametrize("answered", [0.1, 0.3, 1.0])
def test_groups_that_are_wrong_and_sure_of_all_their_images_break_it_as_rarely(answered: float) -> None:
    # A bad group is answered whole, of others a part: the worst case for whoever counts groups that are answered.
    random, count, limit = np.random.default_rng(4), 0, 0.1
    bad_share = limit * answered / (1 - limit + limit * answered) * 1.02
    for _ in range(NUM_DRAWS):
        is_bad = np.repeat(random.random(100) < bad_share, 20)
        is_sure = is_bad | (random.random(2000) < answered)
        promise = keep_error(np.where(is_sure, 0.9, 0.6), is_bad, limit, groups=np.repeat(np.arange(100), 20))
        count += promise is not None and promise.threshold == 0.6
    assert count / NUM_DRAWS <= MOST


def recall_broken(sizes: str, kind: str, limit: float, *, num_draws: int) -> float:
    """Return in which share of the draws the recall of other groups is less than promised."""
    random, count, given = np.random.default_rng(5), 0, 0
    for _ in range(num_draws):
        groups, place, _ = drawn(random, 600, SIZES[sizes], kind)
        promise = keep_recall(place, np.ones(600, bool), limit, groups=groups)
        if promise is not None:
            given += 1
            count += 1 - promise.threshold < limit
    assert given > num_draws / 2
    return count / num_draws


def test_recall_of_other_groups_is_below_its_limit_as_rarely_as_promised() -> None:
    assert recall_broken("5", "together", 0.8, num_draws=100) <= 0.05 + 2 * (0.05 * 0.95 / 100) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "limit"), [("5", 0.8), ("5", 0.95), ("20", 0.8), ("20", 0.9), ("several", 0.8), ("several", 0.9)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_recall_of_groups_of_every_kind_is_below_its_limit_as_rarely_as_promised(
    sizes: str, kind: str, limit: float
) -> None:
    assert recall_broken(sizes, kind, limit, num_draws=NUM_DRAWS) <= MOST


def test_a_group_counts_as_one_image() -> None:
    sureness, right = np.linspace(0.5, 1, 290), np.zeros(290, bool)
    assert keep_error(sureness, right, 0.05, groups=np.arange(290) // 5) is None, "58 groups"
    promise = keep_error(np.linspace(0.5, 1, 295), np.zeros(295, bool), 0.05, groups=np.arange(295) // 5)
    assert promise is not None
    assert (promise.num_groups, promise.num_answered) == (59, 295)
    recall = keep_recall(np.linspace(0, 1, 290), np.ones(290, bool), 0.95, groups=np.arange(290) // 5)
    assert recall is None
    assert least_images(0.05) == 59


@pytest.mark.parametrize(("count", "trials"), [(0, 20), (3, 59), (50, 300), (300, 300), (2000, 10_000)])
def test_probabilities_are_those_of_a_binomial_and_between_them_of_a_beta(count: int, trials: int) -> None:
    assert _Binomial(0.2, 1).at_most(count, trials) == pytest.approx(binom.cdf(count, trials, 0.2), rel=1e-9)
    assert _Binomial(0.2, 2.5).at_most(0, 7) == pytest.approx(0.8**2.8)
    assert _Binomial(0.2, 2.5).at_most(4, 17) == pytest.approx(beta.sf(0.2, 3, 17 / 2.5 - 2))


def test_groups_of_one_image_each_change_nothing() -> None:
    random = np.random.default_rng(0)
    sureness = random.random(500)
    is_wrong = random.random(500) < 0.05 * (1 - sureness)
    alone = keep_error(sureness, is_wrong, 0.05)
    assert alone is not None
    assert keep_error(sureness, is_wrong, 0.05, groups=np.arange(500)) == alone._replace(num_groups=500)
    assert mean_group_size(np.arange(500)) == 1


def test_too_few_groups_are_a_reason_that_says_how_many_would_do() -> None:
    judged = Said(np.full((286, 1), 5.0), np.ones(286, int), groups=np.arange(286) % 6)
    with pytest.raises(RunError, match=r"286 validation images in 6 groups, which tell as much as 6 alone") as caught:
        decide(judged, max_error=0.3, none_of_these=None)
    assert str(caught.value).endswith("; it takes about 9 groups as large as each other, all right")
    assert len(str(caught.value).splitlines()) == 1
