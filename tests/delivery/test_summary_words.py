"""The last line of a training says all that one person tells another."""

import pytest

from classeur.delivery.progress import ConsoleReporter
from classeur.delivery.summary_words import summary_sentence
from classeur.estimate import Estimate
from classeur.evaluation.leaked import leaked
from classeur.training.facts import RunFacts
from classeur.training.recipe import Recipe


def facts(*names: str, set_aside: int = 0, num_images: int = 1000) -> RunFacts:
    accuracy = Estimate(value=0.99, low=0.982, high=0.995, method="Wilson", n=num_images)
    counts = {"set_aside": set_aside}
    return RunFacts(status="finished", recipe=Recipe(), class_names=names, counts=counts, validation=accuracy)


def test_two_classes() -> None:
    assert summary_sentence("runs/a", facts("cats", "dogs"), {"errors.png": True, "curves.png": True}) == (
        "runs/a tells cats from dogs: 99.0% right (95 %: 98.2% … 99.5%) of 1,000 images that it was not trained on;"
        " look at runs/a/errors.png"
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "tells", "than"),
    [
        (0.99, 0.982, 0.995, "tells", ""),
        (0.5, 0.41, 0.59, "does not tell", ", where always answering the most frequent class gets 50.0%"),
        (0.827, 0.317, 0.98, "may not tell", ", where always answering the most frequent class gets 50.0%"),
    ],
)
def test_what_may_be_chance_is_not_said_to_tell_classes_apart(
    value: float, low: float, high: float, tells: str, than: str
) -> None:
    accuracy = Estimate(value=value, low=low, high=high, method="Wilson", n=300)
    run = facts("cats", "dogs").model_copy(update={"validation": accuracy})
    assert summary_sentence("r", run, {}, chance=0.5) == (
        f"r {tells} cats from dogs: {value:.1%} right (95 %: {low:.1%} … {high:.1%}) of 300 images that it was not"
        f" trained on{than}."
    )


@pytest.mark.parametrize(("number", "words"), [(1, "1 file was set aside"), (3, "3 files were set aside")])
def test_what_was_set_aside_is_said(number: int, words: str) -> None:
    assert f"; {words} (runs/a/set_aside.csv); look" in summary_sentence(
        "runs/a", facts("a", "b", set_aside=number), {"curves.png": True}
    )


@pytest.mark.parametrize(
    ("number", "words"),
    [(4, "4 images were left out as you asked"), (1, "1 image was left out as you asked and 3 files were set aside")],
)
def test_what_was_left_out_on_request_is_told_as_such(number: int, words: str) -> None:
    run = facts("a", "b", set_aside=4)
    told = summary_sentence("runs/a", run, {"curves.png": True}, num_left_out=number)
    assert f"; {words} (runs/a/set_aside.csv); look" in told


def test_many_classes_and_one_image() -> None:
    told = summary_sentence("r", facts(*"abcdefg", num_images=1), {})
    assert told == (
        "r tells a, b, c, d and 3 more apart: 99.0% right (95 %: 98.2% … 99.5%) of 1 image that it was not trained on."
    )


@pytest.mark.parametrize(
    ("number", "of_all", "words"),
    [
        (1, 36, "images that it was not trained on (without 1 image that belongs with images in training)."),
        (5, 40, "images that it was not trained on (without 5 images that belong with images in training)."),
        (35, 35, "images, all of which belong with images that it was trained on."),
    ],
)
def test_images_that_leak_are_told_beside_those_that_it_was_not_trained_on(
    number: int, of_all: int, words: str
) -> None:
    found = leaked([True] * of_all, [True] * number + [False] * (of_all - number), dropped=number < of_all)
    told = summary_sentence("r", facts("a", "b", num_images=35), {}, leaked=found)
    assert told.endswith(f" of 35 {words}")


def test_a_run_without_a_score_has_none() -> None:
    with pytest.raises(ValueError, match="has not been judged"):
        summary_sentence("r", facts("a", "b").model_copy(update={"validation": None}), {})


def test_names_of_a_stranger_do_not_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from classeur.cli.console import console, print_table

    hostile = "a\x1b[31mb\x1b]0;title\x07\x9b2J"
    print_table(("name", hostile), [(hostile, "1")])
    console().print(hostile, markup=False)
    ConsoleReporter().say(hostile)
    ConsoleReporter().warn(hostile)
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(out + err)
    assert "a?[31mb" in out
    assert "a?[31mb" in err


def test_a_class_that_was_not_tested_is_named() -> None:
    told = summary_sentence("runs/a", facts("cats", "dogs"), {}, unjudged=("dogs",))
    assert told.startswith("runs/a may not tell cats from dogs: ")
    assert told.endswith("; no image of dogs was among them.")
