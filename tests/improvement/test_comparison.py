"""Runs side by side: paired on the images that all were evaluated on, by one method that decides."""

from itertools import product

import numpy as np
import pytest
from constructed_runs import halves

from classeur.delivery.comparison_words import comparison_sentences, pair_sentence
from classeur.errors import DifferentImagesError
from classeur.evaluation.intervals import paired_difference
from classeur.improvement.comparison import Judged, compare, holm
from classeur.improvement.earlier import better_earlier

Correct = dict[tuple[str, str], bool]


def right(num_right: int, num_images: int) -> Correct:
    return {(str(number), "cats"): number < num_right for number in range(num_images)}


def apart(only_first: int, only_second: int, num_images: int) -> tuple[Judged, Judged]:
    """Return two runs that differ on so many images."""
    keys = [(str(number), "cats") for number in range(num_images)]
    num_different = only_first + only_second
    first = {key: number < only_first or number >= num_different for number, key in enumerate(keys)}
    second = {key: number >= only_first for number, key in enumerate(keys)}
    return Judged("a", halves(80, 100), first), Judged("b", halves(80, 100), second)


def test_a_comparison_is_paired() -> None:
    better = {key: value or int(key[0]) < 95 for key, value in right(80, 100).items()}
    result = compare([Judged("a", halves(80, 100), right(80, 100)), Judged("b", halves(95, 100), better)])
    (pair,) = result.pairs
    assert (pair.only_first, pair.only_second, pair.difference.n) == (0, 15, 100)
    assert pair.difference.value == pytest.approx(0.15)
    assert 0 < pair.difference.low < 0.15 < pair.difference.high
    assert "b is better than a by 15.0 points" in pair_sentence(pair)
    assert "a is worse than b by 15.0 points" in pair_sentence(
        compare([Judged("b", halves(95, 100), better), Judged("a", halves(80, 100), right(80, 100))]).pairs[0]
    )
    same = Judged("a", halves(80, 100), right(80, 100))
    assert "which chance can explain" in pair_sentence(compare([same, same]).pairs[0])


def test_33_and_52_of_400_are_more_than_chance_by_interval_and_by_sentence() -> None:
    (pair,) = compare(apart(33, 52, 400)).pairs
    assert (pair.only_first, pair.only_second) == (33, 52)
    assert pair.difference.low > 0
    assert pair.is_significant
    assert "b is better than a by 4.8 points" in pair_sentence(pair)
    assert (pair.smallest_difference, pair.num_images_needed) == (None, None)


@pytest.mark.parametrize("counts", [(33, 50, 400), (0, 3, 10), (5, 5, 10), (0, 0, 5)])
def test_an_interval_that_holds_0_is_said_to_be_no_more_than_chance(counts: tuple[int, int, int]) -> None:
    (pair,) = compare(apart(*counts)).pairs
    assert pair.difference.low <= 0 <= pair.difference.high
    assert "which chance can explain" in pair_sentence(pair)


def test_where_chance_can_explain_it_the_images_that_would_be_needed_are_counted() -> None:
    (pair,) = compare(apart(95, 110, 1000)).pairs
    assert pair.num_images_needed is not None
    assert 6000 < pair.num_images_needed < 9000
    assert "It is no difference that 1,000 images could show: about 7,100 would be needed" in pair_sentence(pair)
    (equal,) = compare(apart(100, 100, 1000)).pairs
    assert equal.num_images_needed is None
    assert "1,000 images would show a difference of 4.0 points or more" in pair_sentence(equal)
    (few,) = compare(apart(1, 2, 10)).pairs
    assert few.smallest_difference is None, "10 images would not show even that all of these speak for one"
    (never,) = compare(apart(0, 0, 10)).pairs
    assert pair_sentence(never).endswith("McNemar p = 1).")


def several(*counts: tuple[int, int]) -> list[Judged]:
    """Return a first run and others, each of which differs from it on so many of 400 images."""
    first = {(str(number), "cats"): number % 2 == 0 for number in range(400)}
    others = []
    for only_first, only_second in counts:
        turned = {str(2 * number) for number in range(only_first)} | {
            str(2 * number + 1) for number in range(only_second)
        }
        others.append({key: value != (key[0] in turned) for key, value in first.items()})
    return [Judged(f"run{number}", halves(200, 400), each) for number, each in enumerate([first, *others])]


def test_several_runs_are_corrected_by_holm_and_intervals_agree_with_it() -> None:
    """p = 0.039 alone; beside two others it is not the smallest, and 0.077 of the two that are left."""
    assert compare(several((33, 52))).pairs[0].p_value == pytest.approx(0.0393, abs=1e-3)
    pairs = compare(several((33, 52), (10, 60), (20, 22))).pairs
    assert [pair.num_pairs for pair in pairs] == [3, 3, 3]
    assert pairs[1].p_value == pytest.approx(3 * paired_difference(60, 10, 400).p_value)
    assert pairs[0].p_value == pytest.approx(2 * 0.0393, abs=2e-3)
    assert [pair.is_significant for pair in pairs] == [False, True, False]
    assert "corrected for 3 comparisons (Holm)" in pair_sentence(pairs[0])
    for pair in compare(several((33, 52), (33, 52), (33, 52))).pairs:
        assert pair.p_value == pytest.approx(3 * 0.0393, abs=2e-3)
        assert pair.difference.low < 0 < pair.difference.value, "alone, 0 would lie outside"
    for counts in product(range(0, 40, 7), repeat=3):
        for pair in compare(several(*((12, count) for count in counts))).pairs:
            assert pair.is_significant == (pair.difference.low > 0 or pair.difference.high < 0), counts


def test_holm_holds_the_family_to_its_level() -> None:
    """If nothing differs, some of five tests finds something in 5 % of repetitions, not in 23 %."""
    random = np.random.default_rng(0)
    found = [min(step.p_value for step in holm(random.random(5).tolist())) < 0.05 for _ in range(4000)]
    assert 0.04 < np.mean(found) < 0.06


def test_runs_of_other_images_are_refused_and_the_images_named() -> None:
    keys = [(str(number), "cats") for number in range(6)]
    paths = {key: f"cats/{key[0]}.jpg" for key in [*keys, ("x", "cats")]}
    first = Judged("a", halves(5, 5), dict.fromkeys(keys[:5], True), paths=paths)
    second = Judged("b", halves(5, 5), dict.fromkeys([*keys[4:], ("x", "cats")], True), paths=paths)
    with pytest.raises(
        DifferentImagesError,
        match=r"a and b were evaluated on different validation images: 4 of 5 \(cats/0.jpg, cats/1.jpg, cats/2.jpg, …\)"
        r" only in a, 2 of 3 \(cats/5.jpg, cats/x.jpg\) only in b; .*classeur split",
    ):
        compare([first, second])
    relabelled = {("0", "dogs"): True, **dict.fromkeys(keys[1:5], True)}
    with pytest.raises(DifferentImagesError, match=r"images: 1 of 5 \(cats/0.jpg\) of another label; "):
        compare([first, Judged("c", halves(5, 5), relabelled)])
    assert compare([first, first._replace(correct=dict(reversed(first.correct.items())))]).pairs[0].p_value == 1


def seeds(name: str, accuracies: list[float], *, data: str = "one", **options: object) -> list[Judged]:
    """Return runs of one recipe, each with its seed, that get the same easy images right, more or fewer of them."""
    keys = [(str(number), "cats") for number in range(400)]
    return [
        Judged(
            f"{name}{seed}",
            halves(200, 400),
            {key: number < 400 * share for number, key in enumerate(keys)},
            {"seed": seed, **options},
            data=data,
        )
        for seed, share in enumerate(accuracies)
    ]


def test_seeds_of_one_recipe_are_summarised() -> None:
    result = compare(seeds("a", [0.8, 0.75, 0.7], epochs=5))
    (repeated,) = result.repeated
    assert repeated.names == ("a0", "a1", "a2")
    assert repeated.accuracy.value == pytest.approx(0.75)
    assert repeated.seed_deviation == pytest.approx(0.05, abs=0.003)
    assert 0.015 < repeated.image_error < 0.025
    assert result.recipes == ()
    words = comparison_sentences(result)
    assert words[0].startswith("a0, a1, a2 are 3 seeds of one recipe: 75.0% on average (95 %: ")
    assert len(words) == 1, "which of the seeds came out best is not asked"


def test_recipes_are_told_by_all_but_the_seed_and_need_the_same_split() -> None:
    runs = [*seeds("a", [0.8, 0.79], epochs=5), *seeds("b", [0.5, 0.51], epochs=9), *seeds("c", [0.5], epochs=1)]
    result = compare(runs)
    assert [each.names for each in result.repeated] == [("a0", "a1"), ("b0", "b1")]
    (found,) = result.recipes
    assert found.difference.value == pytest.approx(-0.29)
    assert found.is_significant
    assert found.difference.high < 0
    words = comparison_sentences(result)
    assert any("the recipe of b0 is worse than the recipe of a0 by 29.0 points" in each for each in words)
    assert any(each.startswith("c0 is worse than a0") for each in words), "of one training there is a pair alone"
    assert not any(each.startswith(("a1 ", "b1 ")) for each in words)
    assert compare([*seeds("a", [0.8]), *seeds("b", [0.7, 0.6], data="another")[1:]]).repeated == ()
    assert compare(seeds("a", [0.8]) * 2).repeated == (), "one run twice is not two seeds"


def test_what_differs_between_the_settings_is_named_and_nothing_else() -> None:
    judged = [
        Judged(name, halves(80, 100), {}, options=options)
        for name, options in (
            ("a", {"epochs": 15, "dropout": 0.0, "image_size": (96, 96)}),
            ("b", {"epochs": 40, "dropout": 0.0, "image_size": (96, 96)}),
            ("c", {"epochs": 40, "dropout": 0.0, "image_size": (96, 96), "schedule": "cosine"}),
        )
    ]
    assert compare(judged).settings == {"epochs": (15, 40, 40), "schedule": (None, None, "cosine")}
    assert compare(judged[:1] * 2).settings == {}


def test_a_setting_that_a_head_does_not_have_is_named_only_where_the_other_run_changes_it() -> None:
    trained = {"model": "tutorial", "epochs": 30, "rotation": 0.0, "dropout": 0.0}
    judged = [
        Judged("a", halves(80, 100), {}, options=trained),
        Judged("b", halves(80, 100), {}, options={"model": "efficientnet_lite0"}),
    ]
    assert compare(judged).settings == {"model": ("tutorial", "efficientnet_lite0"), "epochs": (30, None)}


def test_an_earlier_run_that_was_better_is_named_by_chance_or_not() -> None:
    earlier, run = apart(52, 33, 400)
    finding = better_earlier(run, [earlier])
    assert finding is not None
    assert (finding.subject, finding.severity) == ("a", "warning")
    assert finding.values["difference"] == pytest.approx(19 / 400)
    assert finding.values["low"] > 0
    assert finding.changes[0].command is not None
    assert better_earlier(earlier, [run]) is None
    assert better_earlier(run, []) is None
    slightly = better_earlier(*apart(33, 34, 400)[:1], [apart(33, 34, 400)[1]])
    assert slightly is not None
    assert slightly.severity == "note"


def test_the_best_of_several_earlier_runs_is_held_to_more() -> None:
    """p = 0.039 of one run is 0.12 of the best of three, and its interval holds 0."""
    earlier, run = apart(52, 33, 400)
    worse = Judged("c", halves(80, 100), run.correct)
    finding = better_earlier(run, [worse, earlier, worse])
    assert finding is not None
    assert finding.subject == "a"
    assert finding.values["p_value"] == pytest.approx(3 * 0.0393, abs=1e-3)
    assert finding.values["low"] < 0
    assert finding.severity == "note"
