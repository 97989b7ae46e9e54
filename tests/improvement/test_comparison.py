"""Runs side by side: paired on the images that both judged, by one method that decides."""

import pytest
from constructed_runs import halves

from classeur.improvement.comparison import Judged, compare
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
    assert (pair.only_first, pair.only_second, pair.num_shared) == (0, 15, 100)
    assert pair.difference == pytest.approx(0.15)
    assert 0 < pair.low < 0.15 < pair.high
    assert "b is better than a by 15.0 points" in pair.sentence()
    same = Judged("a", halves(80, 100), right(80, 100))
    assert "which chance can explain" in compare([same, same]).pairs[0].sentence()
    other = Judged("c", halves(5, 10), {("x", "cats"): True})
    assert compare([same, other]).pairs == ()


def test_33_and_52_of_400_are_more_than_chance_by_interval_and_by_sentence() -> None:
    (pair,) = compare(apart(33, 52, 400)).pairs
    assert (pair.only_first, pair.only_second) == (33, 52)
    assert pair.low > 0
    assert pair.is_significant
    assert "b is better than a by 4.8 points" in pair.sentence()


@pytest.mark.parametrize("counts", [(33, 50, 400), (0, 3, 10), (5, 5, 10), (0, 0, 5)])
def test_an_interval_that_holds_0_is_said_to_be_no_more_than_chance(counts: tuple[int, int, int]) -> None:
    (pair,) = compare(apart(*counts)).pairs
    assert pair.low <= 0 <= pair.high
    assert "which chance can explain" in pair.sentence()


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
