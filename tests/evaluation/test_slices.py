"""Slices: a planted one is named, and where there is none, none is in 19 of 20 evaluations."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from classeur.evaluation.slices import ImageFacts, accuracy_by_group, exact_p_value, find_worst_slice, source_folder


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


def of_unequal_classes(rng: np.random.Generator, num_images: int, kind: str) -> tuple[ImageFacts, np.ndarray]:
    """Return images of which a kind is mostly of a hard class, or of an easy one, and how often each is right.

    Folders, sizes and brightness go with the class. Images stand alone; or a group is of a person, named or not, whose
    images are of one class; or of one scene, and the images of a scene are right together half of the time.
    """
    shares = np.array([0.98, 0.9, 0.6])
    groups = np.arange(num_images) // 20 if kind != "alone" else np.arange(num_images)
    classes = rng.integers(0, 3, num_images)[groups]
    folders = np.where(rng.random(num_images) < 0.85, classes, rng.integers(0, 3, num_images))
    together = (rng.random(num_images) < 0.5) & (kind == "scenes")
    luck = np.where(together, rng.random(num_images)[groups], rng.random(num_images))
    names = {"alone": lambda at: "", "persons": lambda at: f"person {at}", "scenes": lambda at: f"x/0/{20 * at}.jpg"}
    facts = ImageFacts(
        paths=[f"x/{folder}/{at}.jpg" if kind != "scenes" else f"x/0/{at}.jpg" for at, folder in enumerate(folders)],
        labels=[f"class {number}" for number in classes],
        groups=[names[kind](at) for at in groups.tolist()],
        areas=np.round(10_000 * np.exp(classes + rng.normal(0, 0.7, num_images))).astype(np.int64),
        brightness=60.0 * classes + rng.normal(0, 40, num_images),
    )
    return facts, luck < shares[classes]


@pytest.mark.parametrize("num_draws", [100, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["alone", "persons", "scenes"])
def test_a_slice_of_one_hard_class_is_no_alarm(kind: str, num_draws: int) -> None:
    rng, named = np.random.default_rng(4), 0
    for _ in range(num_draws):
        facts, right = of_unequal_classes(rng, 600, kind)
        found = find_worst_slice(right, facts)
        assert found.num_looked_at >= 8
        named += found.worst is not None
    assert named / num_draws <= 0.05 + 2 * (0.05 * 0.95 / num_draws) ** 0.5


def test_a_slice_of_all_images_of_a_class_says_nothing() -> None:
    """Nobody can tell whether it is the folder or the class."""
    labels = ["cats"] * 100 + ["dogs"] * 100
    paths = [f"{label}/{'night' if label == 'cats' else 'day'}/{at}.jpg" for at, label in enumerate(labels)]
    right = np.arange(200) >= 50
    found = find_worst_slice(right, ImageFacts(paths, labels, [""] * 200, None, None))
    assert (found.num_looked_at, found.worst) == (0, None)


def test_what_is_told_of_a_slice_is_of_the_classes_that_others_have_too() -> None:
    """Half of the 60 cats and 20 dogs at night are right, no fox; by day 90 % of the cats and 50 % of the dogs."""
    kinds = [("cats", "night", 60, 30), ("dogs", "night", 20, 10), ("foxes", "night", 20, 0), ("cats", "day", 40, 36),
             ("dogs", "day", 100, 50)]  # fmt: skip
    rows = [
        (f"{name}/{folder}/{at}.jpg", name, at < right) for name, folder, count, right in kinds for at in range(count)
    ]
    paths, labels, right = zip(*rows, strict=True)
    worst = find_worst_slice(np.array(right), ImageFacts(paths, labels, [""] * len(rows), None, None)).worst
    assert worst
    assert (worst.name, worst.accuracy.n, worst.rest.n) == ("night", 80, 140)
    assert worst.accuracy.value == 0.5
    assert worst.rest.value == pytest.approx(0.75 * 0.9 + 0.25 * 0.5)
    assert 0.69 < worst.rest.low < worst.rest.value < worst.rest.high < 0.87
    assert worst.p_value == pytest.approx(2 * exact_p_value([(30, 60, 4, 40), (10, 20, 50, 100)]))


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
def test_of_one_class_the_test_is_fishers(case: tuple) -> None:
    num_all, num_images, wrong_of_all, random = case
    least, most = max(0, num_images - (num_all - wrong_of_all)), min(num_images, wrong_of_all)
    wrong = random.randint(least, most)
    table = (wrong, num_images, wrong_of_all - wrong, num_all - num_images)
    theirs = scipy.stats.fisher_exact(
        [[wrong, num_images - wrong], [table[2], table[3] - table[2]]], alternative="greater"
    ).pvalue
    assert exact_p_value([table]) == pytest.approx(theirs, rel=1e-7, abs=1e-12)


def test_of_several_classes_it_is_the_share_of_permutations_within_them() -> None:
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(3), (40, 60, 100))
    inside = rng.random(200) < np.array([0.7, 0.3, 0.1])[classes]
    wrong = rng.random(200) < np.array([0.5, 0.2, 0.1])[classes] + 0.15 * inside
    tables = [
        (int((wrong & inside & of).sum()), int((inside & of).sum()), int((wrong & ~inside & of).sum()),
         int((~inside & of).sum()))
        for of in (classes == number for number in range(3))
    ]  # fmt: skip
    drawn = sum(rng.hypergeometric(a + c, b + d - a - c, b, 200_000) for a, b, c, d in tables)
    share = (drawn >= (wrong & inside).sum()).mean()
    assert 0.01 < share < 0.5
    assert exact_p_value(tables) == pytest.approx(share, abs=4 * (share / 200_000) ** 0.5)


def test_a_difference_that_no_chance_explains_has_a_p_value_of_nothing() -> None:
    assert exact_p_value([(40_000, 40_000, 0, 40_000), (0, 10, 10, 10)]) < 1e-300


def test_folders_of_class_and_split_are_no_source() -> None:
    assert source_folder("Validation/dogs/night/cam 1/a.png", "dogs") == "night/cam 1"
    assert source_folder("a.png", "dogs") == ""
