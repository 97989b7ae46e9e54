"""Intervals where a few images decide: how certain their standard error is."""

from math import inf

import numpy as np
import pytest

from classeur.evaluation.sampling import Sampling, on_log_scale, on_logit_scale


def test_where_few_images_have_all_the_influence_the_interval_is_wider() -> None:
    even = np.tile([1.0, -1.0], 100)
    few = np.zeros(200)
    few[:4] = np.array([1, 1, -1, -1]) * 50**0.5
    sampling = Sampling(None)
    assert sampling.standard_error(few) == pytest.approx(sampling.standard_error(even))
    assert sampling.half_width(even) == pytest.approx(1.97 * sampling.standard_error(even), rel=0.01)
    assert sampling.half_width(few) > 1.15 * sampling.half_width(even)


def test_of_one_image_nothing_is_known_but_the_scale() -> None:
    found = Sampling(None).mean(np.array([0.3]))
    assert (found.value, found.low, found.high) == (0.3, 0, inf)
    assert found.model_dump(mode="json")["high"] is None
    assert type(found).model_validate(found.model_dump(mode="json")) == found
    assert on_logit_scale(0.3, inf) == on_logit_scale(1.0, inf) == (0, 1)
    assert on_log_scale(0.0, inf) == (0, inf)


def test_an_image_without_a_group_stands_alone() -> None:
    assert Sampling.of(["", "", ""]).clusters is None
    assert Sampling.of(["a", "b", ""]).clusters is None, "three groups of one"
    clusters = Sampling.of(["a", "", "a", ""]).clusters
    assert clusters is not None
    assert clusters.tolist() == [0, 1, 0, 2]
    assert Sampling.of(["a", "", "a", ""]).num_units(np.array([True, True, True, False])) == 2


def test_a_share_of_some_images_is_of_the_groups_that_these_have() -> None:
    sampling = Sampling.of(["a", "a", "b", "b", "c", "c"])
    some = sampling.proportion(np.array([True, False] * 3), np.array([False, False, True, True, True, True]))
    one = sampling.proportion(np.array([True, False] * 3), np.array([True, True, False, False, False, False]))
    assert some
    assert one
    assert (some.method, one.method) == ("Wilson, of 2 groups", "Wilson, of 1 group")


def test_a_design_is_that_of_single_images_or_larger() -> None:
    rng, groups = np.random.default_rng(0), np.repeat(np.arange(10), 20)
    assert Sampling(None).design(rng.normal(size=200)) == (1, inf)
    design = Sampling(groups).design(rng.normal(size=10)[groups])
    assert design.effect == pytest.approx(20 * 10 / 9, rel=1e-9), "all images of a group alike: as many as groups"
    assert design.freedom == 9
    assert 1 <= Sampling(groups).design(rng.normal(size=200)).effect < 3
    assert Sampling(groups).design(np.zeros(200)).effect == 20
    assert Sampling(np.zeros(5, int)).design(np.arange(5.0)).freedom == 0
    unequal = Sampling(np.repeat(np.arange(3), [80, 10, 10])).design(rng.normal(size=100))
    assert 0 < unequal.freedom < 1, "one large group tells little more than one"


def test_images_of_a_group_count_for_as_many_as_would_vary_so_much() -> None:
    rng, groups = np.random.default_rng(1), np.repeat(np.arange(10), 20)
    sampling, some = Sampling(groups), np.arange(200) < 100
    assert Sampling(None).num_effective(rng.normal(size=200), some) == 100
    assert sampling.num_effective(rng.normal(size=10)[groups], some) == pytest.approx(5, rel=0.2), "alike: as groups"
    assert sampling.num_effective(np.zeros(200), some) == 5
    assert 30 < sampling.num_effective(rng.normal(size=200), some) <= 100


def test_a_share_of_nothing_is_none() -> None:
    assert Sampling(None).proportion(np.array([True]), np.array([False])) is None
