"""The last lines of evaluate: the number that matters, how sure it is, and one thing to do."""

from typing import Any

import numpy as np
import pytest

from classeur.cli.console import console
from classeur.cli.run_text import print_score
from classeur.data.findings import Command
from classeur.delivery.score_words import conclusion, overall, slice_words
from classeur.evaluation.leaked import leaked
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Score, score
from classeur.evaluation.slices import Slice, Slices


def judged(num_right: int, num_images: int, *, names: tuple[str, ...] = ("cats", "dogs"), **known: object) -> Score:
    labels = np.arange(num_images) % 2
    wrong = np.arange(num_images) >= num_right
    return score(8.0 * np.eye(len(names))[labels ^ wrong], labels, class_names=names).model_copy(update=known)


def next_step(result: Score, of: str = "validation", **known: Any) -> str:
    told, _, step = conclusion(result, of=of, run="runs/my pets", **known).partition("\nNext: ")
    assert told
    return step


def worst(kind: str, name: str) -> Slices:
    right = np.arange(400) < 390
    among = np.arange(400) > 370
    inside, outside = Sampling(None).proportion(right, among), Sampling(None).proportion(right, ~among)
    assert inside
    assert outside
    return Slices(num_looked_at=9, worst=Slice(kind=kind, name=name, accuracy=inside, rest=outside, p_value=0.003))


def test_the_number_and_how_sure_it_is() -> None:
    assert conclusion(judged(990, 1000), of="validation", run="r", errors="r/errors.png").splitlines() == [
        "99.0% (95 %: 98.2% … 99.5%) of 1,000 images of validation are right.",
        "Next: look at the errors in r/errors.png",
    ]


def test_that_no_image_is_new_stands_beside_the_number_and_comes_before_a_slice() -> None:
    right = np.arange(400) < 390
    throughout = leaked(right, np.ones(400, bool), dropped=False)
    result = judged(390, 400, leaked=throughout, slices=worst("folder", "phone"))
    told = conclusion(result, of="validation", run="r").splitlines()
    assert told == [
        "97.5% (95 %: 95.5% … 98.6%) of 400 images of validation are right, but all of them belong with images in"
        " training, so they cannot show what the model does with new ones.",
        "Next: judge it by images that belong with none in training: classeur evaluate r --data NEW",
    ]
    advised = Command(verb="inspect", arguments=("DATA",))
    assert conclusion(result, of="validation", run="r", advised=advised).endswith("Next: classeur inspect DATA")


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 image that belongs with images in training"), (40, "40 images that belong with images in training")],
)
def test_images_that_do_not_count_stand_beside_the_number(number: int, words: str) -> None:
    right = np.arange(400 + number) < 390 + number
    found = leaked(right, np.arange(400 + number) < number, dropped=True)
    told = conclusion(judged(390, 400, leaked=found), of="validation", run="r").splitlines()
    assert told[0] == f"97.5% (95 %: 95.5% … 98.6%) of 400 images of validation are right, without {words}."
    assert told[1].startswith("Next: use it")


def test_one_image_is_right() -> None:
    assert " of 1 image of validation is right" in conclusion(judged(1, 1), of="validation", run="r")
    slices = worst("folder", "phone")
    assert slices.worst
    one = slices.worst.accuracy.model_copy(update={"n": 1})
    assert " of 1 image in folders phone is right, and " in slice_words(
        slices.worst.model_copy(update={"accuracy": one}), 9
    )


def test_a_run_whose_name_begins_with_a_dash_is_typed_as_a_path() -> None:
    assert conclusion(judged(990, 1000), of="train", run="-r").endswith(": classeur evaluate ./-r")


def test_of_one_class_what_is_unlike_is_to_be_judged() -> None:
    labels = np.zeros(50, int)
    result = score(8.0 * np.eye(2)[labels], labels, class_names=("cat", "unlike"))
    assert conclusion(result, of="validation", run="r", one_class=True).splitlines() == [
        "100.0% (95 %: 92.9% … 100.0%) of 50 images of validation are right; what is unlike them was not tested.",
        "Next: evaluate images that are unlike them too, in a folder of their own: classeur evaluate r --data DIR",
    ]


@pytest.mark.parametrize(
    ("result", "of", "step"),
    [
        (judged(990, 1000), "train", "evaluate images that it was not trained on: classeur evaluate 'runs/my pets'"),
        (judged(90, 100, names=("a", "b", "c")), "test", "add images of c, of which the numbers say nothing"),
        (judged(53, 100), "test", "train it better: it may be no better than always answering the most frequent class"),
        (judged(85, 100), "test",
         "evaluate about 1,300 images, which would tell it to about 2 points: classeur evaluate 'runs/my pets' --data"
         " MORE"),
        (judged(390, 400, slices=worst("folder", "phone")), "test",
         "look at the images in folders phone, and add more such images to train on"),
        (judged(390, 400, num_looks=3), "test",
         "evaluate the model that you choose on images that no model has been evaluated on: classeur evaluate"
         " 'runs/my pets' --data NEW"),
        (judged(2, 2), "validation",
         "evaluate about 550 images, which would tell it to about 2 points: classeur evaluate 'runs/my pets' --data"
         " MORE"),
        (judged(390, 400, num_looks=1), "test", "use it: classeur predict 'runs/my pets' PHOTOGRAPHS"),
        (judged(390, 400), "other", "use it: classeur predict 'runs/my pets' PHOTOGRAPHS"),
        (judged(400, 400), "test", "use it: classeur predict 'runs/my pets' PHOTOGRAPHS"),
    ],
)  # fmt: skip
def test_one_thing_to_do_next(result: Score, of: str, step: str) -> None:
    assert next_step(result, of) == step


TRAIN = Command(verb="train", arguments=("data",), options={"out": "runs/b", "augment": "flip"})


def test_what_was_found_here_comes_before_what_the_diagnosis_says_and_that_before_the_rest() -> None:
    said = "classeur train data --out runs/b --augment flip"
    assert next_step(judged(85, 100), advised=TRAIN) == said
    assert next_step(judged(53, 100), advised=TRAIN) == said
    assert next_step(judged(390, 400), advised=TRAIN, errors="r/errors.png") == said
    chance_and_worst = judged(53, 100, slices=worst("group", "site5"))
    assert next_step(chance_and_worst, advised=TRAIN).startswith("look at the images of site5")
    assert next_step(judged(85, 100), advised=Command(verb="evaluate", arguments=("r",))).startswith("evaluate about")


def test_errors_are_named_where_there_is_a_picture_of_them() -> None:
    result = judged(390, 400)
    assert next_step(result, "test", errors="r/errors_test.png") == "look at the errors in r/errors_test.png"
    assert next_step(result, "test") == next_step(judged(400, 400), "test", errors="r/errors_test.png")


def test_where_most_are_of_one_class_the_average_over_classes_is_told() -> None:
    labels = np.array([0] * 95 + [1] * 5)
    told = conclusion(
        score(8.0 * np.eye(2)[np.zeros(100, int)], labels, class_names=("good", "bad")), of="test", run="r"
    )
    assert told.startswith("On average over classes, 50.0% (95 %: ")
    assert "most are of one class, good." in told


def test_the_worst_slice_comes_with_what_it_was_corrected_for() -> None:
    found = worst("brightness", "darkest")
    assert found.worst
    assert slice_words(found.worst, found.num_looked_at) == (
        "65.5% (95 %: 47.3% … 80.1%) of 29 images in the darkest quarter by brightness are right, and 100.0% of the"
        " others of these classes: p = 0.003, corrected for 9 looks."
    )


def test_what_could_not_be_judged_is_a_dash() -> None:
    rows = {name: (value, ends) for name, value, ends in overall(judged(1, 1))}
    assert rows["AUROC"] == rows["calibration error"] == ("–", "–")
    assert rows["loss"] == ("0.000", "0.000 … –"), "of one image, nothing bounds it"
    assert rows["accuracy"] == ("1.000", "0.207 … 1.000")


def test_tables_of_scores_fit_into_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import classeur.cli.console
    import classeur.cli.run_text

    narrow = lambda: type(console())(width=80, highlight=False)  # noqa: E731
    for module in (classeur.cli.console, classeur.cli.run_text):
        monkeypatch.setattr(module, "console", narrow)
    names = ("an extraordinarily long name of a class", "dogs")
    labels = np.arange(400) % 2
    logits = np.random.default_rng(0).normal(0, 1, (400, 2)) + 2 * np.eye(2)[labels]
    groups = [f"a rather long name of a person {number}" for number in np.arange(400) % 12]
    result = score(logits, labels, class_names=names, groups=groups)
    by_group = dict.fromkeys(groups[:12], result.accuracy)
    print_score(result.model_copy(update={"by_group": by_group}), of="validation", run="runs/a")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    dogs = result.per_class["dogs"]
    of_class = (dogs.recall, dogs.precision, dogs.f1, dogs.specificity)
    for found in (*of_class, result.balanced_accuracy, result.auroc, result.brier):
        assert found
        assert f"{found.low:.3f} … {found.high:.3f}" in text, "no number is folded"
    assert "… and 2 more; see all with --json" in text


@pytest.mark.parametrize("of", ["test", "pets/test"])
def test_after_a_second_look_new_images_are_advised_whatever_the_images_are_called(of: str) -> None:
    looked = judged(990, 1000).model_copy(update={"num_looks": 2})
    assert conclusion(looked, of=of, run="r").endswith(": classeur evaluate r --data NEW")
