"""Slices: a planted one is named, and where there is none, none is in 19 of 20 evaluations."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from classeur.evaluation.slices import ImageFacts, accuracy_by_group, find_worst_slice, fisher_p_value, source_folder


def drawn(rng: np.random.Generator, num_images: int, *, groups: int = 0) -> ImageFacts:
    numbers = rng.integers(0, 6, num_images)
    folders = [("phone", "camera", "scanner")[number % 3] for number in numbers]
    paths = [f"cats/{folder}/{at}.jpg" for at, folder in enumerate(folders)]
    names = [f"person {number}" for number in rng.integers(0, groups, num_images)] if groups else [""] * num_images
    return ImageFacts(
        paths=paths,
        labels=["cats"] * num_images,
        groups=names,
        areas=rng.integers(10_000, 4_000_000, num_images),
        brightness=rng.uniform(0, 255, num_images),
    )


@pytest.mark.parametrize("num_draws", [200, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("num_images", "groups"), [(200, 0), (1000, 0), (400, 20)])
def test_where_no_slice_is_worse_one_is_named_in_5_percent_at_most(
    num_images: int, groups: int, num_draws: int
) -> None:
    rng, named = np.random.default_rng(0), 0
    for _ in range(num_draws):
        facts = drawn(rng, num_images, groups=groups)
        found = find_worst_slice(rng.random(num_images) < 0.85, facts)
        assert found.num_looked_at >= 11
        named += found.worst is not None
    assert named / num_draws <= 0.05 + 2 * (0.05 * 0.95 / num_draws) ** 0.5


@pytest.mark.parametrize("kind", ["group", "size", "brightness", "folder"])
def test_a_planted_slice_is_named(kind: str) -> None:
    rng = np.random.default_rng(1)
    facts = drawn(rng, 800, groups=8 if kind == "group" else 0)
    areas, brightness = facts.areas, facts.brightness
    assert areas is not None
    assert brightness is not None
    bad, name = {
        "group": (np.array(facts.groups) == "person 3", "person 3"),
        "size": (areas <= np.quantile(areas, 0.25), "smallest"),
        "brightness": (brightness > np.quantile(brightness, 0.75), "brightest"),
        "folder": (np.array(["/scanner/" in path for path in facts.paths]), "scanner"),
    }[kind]
    right = rng.random(800) < np.where(bad, 0.7, 0.95)
    found = find_worst_slice(right, facts)
    assert found.worst
    assert (found.worst.kind, found.worst.name) == (kind, name)
    assert found.worst.accuracy.value == pytest.approx(right[bad].mean())
    assert found.worst.rest.value == pytest.approx(right[~bad].mean())
    assert found.worst.p_value < 0.05
    order = rng.permutation(800)
    shuffled = ImageFacts(
        *([values[at] for at in order] for values in (facts.paths, facts.labels, facts.groups)),
        areas=areas[order],
        brightness=brightness[order],
    )
    assert find_worst_slice(right[order], shuffled) == found


def test_frames_of_one_scene_are_not_many_looks_at_dark_images() -> None:
    """Twenty scenes, all frames of one right or wrong together: the dark ones are worse by chance, often."""
    rng, named, loose = np.random.default_rng(2), 0, 0
    for _ in range(200):
        scenes = np.repeat(np.arange(40), 20)
        right = (rng.random(40) < 0.7)[scenes]
        brightness = rng.uniform(0, 255, 40)[scenes] + rng.normal(0, 1, 800)
        paths = [f"cats/{at}.jpg" for at in range(800)]
        groups = [f"cats/{20 * scene}.jpg" for scene in scenes]
        facts = ImageFacts(paths, ["cats"] * 800, groups, None, brightness)
        named += find_worst_slice(right, facts).worst is not None
        loose += find_worst_slice(right, facts._replace(groups=[""] * 800)).worst is not None
    assert named <= 20
    assert loose > 100


def test_groups_are_listed_by_name_the_worst_first() -> None:
    facts = ImageFacts(
        paths=["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"],
        labels=["x"] * 6,
        # The last is a near-duplicate of an image in training.
        groups=["ann", "bob", "ann", "d.jpg", "d.jpg", "train/x/g.JPG"],
        areas=None,
        brightness=None,
    )
    found = accuracy_by_group(np.array([True, False, False, True, True, False]), facts)
    assert [(name, each.value, each.n) for name, each in found.items()] == [("bob", 0, 1), ("ann", 0.5, 2)]
    assert find_worst_slice(np.array([True, False, False, True, True, False]), facts).num_looked_at == 0


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(0, n), st.randoms())))
def test_fishers_test_is_scipys(case: tuple) -> None:
    num_all, num_images, right_of_all, random = case
    least, most = max(0, num_images - (num_all - right_of_all)), min(num_images, right_of_all)
    num_right = random.randint(least, most)
    table = [[num_right, num_images - num_right],
             [right_of_all - num_right, num_all - num_images - right_of_all + num_right]]  # fmt: skip
    theirs = scipy.stats.fisher_exact(table, alternative="less").pvalue
    assert fisher_p_value(num_right, num_images, right_of_all, num_all) == pytest.approx(theirs, rel=1e-7, abs=1e-12)


def test_folders_of_class_and_split_are_no_source() -> None:
    assert source_folder("Validation/dogs/night/cam 1/a.png", "dogs") == "night/cam 1"
    assert source_folder("a.png", "dogs") == ""
