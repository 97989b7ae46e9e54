"""Runs side by side: paired on the images that all were evaluated on, by one method that decides."""

from itertools import permutations, product

import numpy as np
import pytest
from constructed_runs import halves

from classeur.delivery.comparison_words import comparison_sentences, pair_sentence
from classeur.delivery.korean_comparison import comparison_in_korean
from classeur.errors import DifferentImagesError
from classeur.evaluation.intervals import paired_difference
from classeur.evaluation.power import num_images_for
from classeur.evaluation.sampling import Sampling
from classeur.improvement.comparison import Judged, compare
from classeur.improvement.comparison import pair as compared
from classeur.improvement.earlier import better_earlier
from classeur.improvement.leaks import leak_of
from classeur.improvement.paired import holm, keys_of, sampling_of

Correct = dict[tuple[str, ...], bool]


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
    assert "corrected for 3 comparisons with run0 (Holm)" in pair_sentence(pairs[0])
    for pair in compare(several((33, 52), (33, 52), (33, 52))).pairs:
        assert pair.p_value == pytest.approx(3 * 0.0393, abs=2e-3)
        assert pair.difference.low < 0 < pair.difference.value, "alone, 0 would lie outside"
    for counts in product(range(0, 40, 7), repeat=3):
        for pair in compare(several(*((12, count) for count in counts))).pairs:
            assert pair.is_significant == (pair.difference.low > 0 or pair.difference.high < 0), counts


def grouped(correct: np.ndarray, groups: np.ndarray | None) -> list[Judged]:
    """Return runs with these right images, bool (runs, images), of which those of a group belong together."""
    keys = [(str(number), "cats") for number in range(correct.shape[1])]
    named = {} if groups is None else {key: f"scene {group}" for key, group in zip(keys, groups.tolist(), strict=True)}
    score = halves(80, 100)
    return [
        Judged(f"run{number}", score, dict(zip(keys, row, strict=True)), groups=named)
        for number, row in enumerate(correct.tolist())
    ]


def equal_models(random: np.random.Generator, num_runs: int, groups: np.ndarray) -> np.ndarray:
    """Return which images each of several models of one accuracy gets right; some scenes are hard for one of them."""
    num_groups = int(groups.max()) + 1
    hard = random.normal(size=num_groups) + 1.2 * random.normal(size=(num_runs, num_groups))
    images = random.normal(size=len(groups)) + random.normal(size=(num_runs, len(groups)))
    return hard[:, groups] + images < 2


# How many scenes of how many images each; the last, scenes of unequal size beside images that stand alone.
SCENES = [
    np.repeat(np.arange(6), 50),
    np.repeat(np.arange(20), 15),
    np.repeat(np.arange(60), 5),
    np.repeat(np.arange(64), [90, 40, 20, 10, *[1] * 60]),
]


@pytest.mark.parametrize("num_draws", [100, pytest.param(2500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("groups", SCENES, ids=len)
def test_equal_models_differ_over_groups_as_often_as_the_level_and_the_interval_agrees(
    groups: np.ndarray, num_draws: int
) -> None:
    random, over_groups, alone = np.random.default_rng(2), 0, 0
    for _ in range(num_draws):
        correct = equal_models(random, 2, groups)
        (pair,) = compare(grouped(correct, groups)).pairs
        assert pair.is_significant == (pair.difference.low > 0 or pair.difference.high < 0)
        over_groups += pair.is_significant
        alone += compare(grouped(correct, None)).pairs[0].is_significant
    assert over_groups / num_draws <= 0.05 + 2 * (0.05 * 0.95 / num_draws) ** 0.5
    assert alone / num_draws > 0.06, "as if each image told as much as a group"


def test_over_groups_several_runs_are_corrected_and_intervals_agree() -> None:
    random, groups, num_found = np.random.default_rng(3), SCENES[1], 0
    for _ in range(40):
        correct = equal_models(random, 4, groups)
        correct[3] = correct[0] | (random.random(len(groups)) < 0.5)
        pairs = compare(grouped(correct, groups)).pairs
        for pair in pairs:
            assert pair.is_significant == (pair.difference.low > 0 or pair.difference.high < 0)
        num_found += pairs[2].is_significant
    assert num_found > 20, "a difference that every scene shows is found"


@pytest.mark.slow
def test_as_many_groups_as_are_said_to_be_needed_show_a_difference_four_times_in_five() -> None:
    random, size = np.random.default_rng(6), 5

    def drawn(num_groups: int) -> tuple[np.ndarray, np.ndarray]:
        groups = np.repeat(np.arange(num_groups), size)
        correct = equal_models(random, 2, groups)
        correct[1] |= random.random(len(groups)) < 0.5
        return correct, groups

    correct, groups = drawn(4000)
    apart = correct[1].astype(float) - correct[0]
    effect = Sampling(groups).design(apart).effect
    needed = round(effect * num_images_for(float(apart.mean()), float(np.abs(apart).mean())) / size)
    found = [compare(grouped(*drawn(needed))).pairs[0].is_significant for _ in range(400)]
    assert 0.74 < np.mean(found) < 0.88


def test_of_groups_a_sentence_says_so_and_how_many_would_be_needed() -> None:
    correct = np.ones((2, 200), bool)
    correct[0, :60], correct[1, 100:110] = False, False
    (pair,) = compare(grouped(correct, np.repeat(np.arange(10), 20))).pairs
    assert pair.num_groups == 10
    words = pair_sentence(pair)
    assert "on the same 200 images of 10 groups, which chance can explain" in words
    assert "; p = " in words
    assert "It is no difference that 200 images of 10 groups could show: about " in words
    assert pair.num_images_needed
    assert f"of {pair.num_images_needed / 20:.0f} such groups, would be needed" in words
    (single,) = compare(grouped(correct, None)).pairs
    assert single.is_significant
    (of_one,) = compare(grouped(correct, np.zeros(200, int))).pairs
    assert (of_one.difference.low, of_one.difference.high, of_one.p_value) == (-1, 1, 1), "of one scene nothing is sure"


def test_images_belong_together_that_do_so_by_any_run() -> None:
    first, second = grouped(np.ones((2, 6), bool), np.array([0, 0, 1, 1, 2, 3]))
    keys = list(first.correct)
    second = second._replace(groups={keys[1]: "x", keys[2]: "x", keys[5]: "y"})
    clusters = sampling_of([first.groups, second.groups], keys).clusters
    assert clusters is not None
    assert clusters.tolist() == [0, 0, 0, 0, 1, 2]
    assert sampling_of([second.groups, first.groups], keys).num_units(np.ones(6, bool)) == 3


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
    pair = next(each for each in words if each.startswith("c0 is worse"))
    assert "corrected for 4 comparisons with a0 (Holm)" in pair
    assert words[-1] == (
        "The 4 comparisons with a0 are those of a1, b0, b1, c0; of these a1, b0, b1 are seeds of a recipe that is told"
        " above."
    )
    assert "a0과(와) 견준 비교 4개는 a1, b0, b1, c0입니다." in comparison_in_korean(result)[-1]
    three = compare([*runs, *seeds("d", [0.6, 0.61], epochs=2)])
    assert sum("corrected for 2 comparisons of recipes (Holm)" in each for each in comparison_sentences(three)) == 2
    alone = comparison_sentences(compare(several((33, 52), (10, 60))))
    assert len(alone) == 2, "all that are counted are told"
    assert all("corrected for 2 comparisons with run0 (Holm)" in each for each in alone)
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


def test_a_run_without_a_new_image_is_compared_with_none() -> None:
    """All that it was judged on belongs with its training, so that it looks better than what is judged honestly."""
    leaking = Judged("leaking", halves(95, 100), right(95, 100), is_new=False)
    one, other = (Judged(name, halves(50, 100), right(count, 100)) for name, count in (("one", 50), ("other", 80)))
    found = compare([leaking, one])
    assert (found.pairs, found.repeated, found.recipes, found.without_new) == ((), (), (), ("leaking",))
    (sentence,) = comparison_sentences(found)
    assert sentence.startswith("leaking is compared with none: each of its validation images belongs with an image")
    assert comparison_in_korean(found)[0].startswith("leaking은(는) 무엇과도 견주지 않습니다")
    assert [each.second for each in compare([one, leaking, other]).pairs] == ["other"]
    assert compare([leaking, one, other]).pairs == ()
    assert compare([leaking, leaking]).pairs == ()
    assert compared(one, leaking) is None
    assert compared(leaking, one) is None
    assert better_earlier(one, [leaking]) is None


def test_whether_runs_are_compared_does_not_depend_on_their_order() -> None:
    keys = [*right(10, 10)]
    counted, leaks = dict.fromkeys(keys[:8], True), frozenset(keys[8:])
    left_out = Judged("left out", halves(8, 8), counted, not_counted=leaks)
    beside = Judged("beside", halves(8, 8), counted, not_counted=leaks)
    whole = Judged("whole", halves(10, 10), dict.fromkeys(keys, True))
    for runs in permutations([left_out, beside, whole]):
        assert {each.difference.n for each in compare(runs).pairs} == {8}
    of_others = Judged("of others", halves(8, 8), counted)  # judged on these alone
    for runs in permutations([left_out, of_others, whole]):
        with pytest.raises(DifferentImagesError, match="different validation images"):
            compare(runs)


def test_each_file_counts_that_has_the_bytes_of_another() -> None:
    keys = keys_of([("a", "cats"), ("b", "dogs"), ("a", "cats"), ("a", "cats")])
    assert len(set(keys)) == 4
    runs = [Judged(name, halves(4, 4), dict.fromkeys(keys, True)) for name in "xy"]
    assert compare(runs).pairs[0].difference.n == 4
    assert leak_of(runs[0], set(), {("a", "cats")}).num_images == 3
    fewer = Judged("z", halves(3, 3), dict.fromkeys(keys[:3], True))
    with pytest.raises(DifferentImagesError, match=r"1 of 4 only in x;"):
        compare([runs[0], fewer])
