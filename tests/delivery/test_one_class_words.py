"""What a run of one class says: how many false alarms, what was not judged, and how to judge it."""

import numpy as np

from classeur.delivery.diagnosis import paragraph
from classeur.delivery.one_class_words import few_images, fitted_score
from classeur.delivery.summary_words import summary_sentence
from classeur.estimate import Estimate
from classeur.evaluation.scoring import Score, score
from classeur.improvement.one_class import diagnose_one_class
from classeur.training.facts import RunFacts
from classeur.training.recipe import make_recipe


def judged(num_right: int, num_images: int, name: str = "good") -> Score:
    predicted = (np.arange(num_images) >= num_right).astype(int)
    return score(np.eye(2)[predicted], np.zeros(num_images, np.int64), class_names=(name, "unlike"))


def test_a_run_of_one_class_says_what_it_does_not_know() -> None:
    diagnosis = diagnose_one_class(judged(190, 200), run="my runs/parts")
    assert paragraph(diagnosis) == (
        "Of 200 validation images of good, 95.0% are called good (95 %: 91.0% … 97.3%); the rest are false alarms. This"
        " says nothing yet about what is unlike good: no such image was there.\nPut images of both into the"
        " folders good and unlike of a folder DIR, and measure it: classeur evaluate 'my runs/parts' --data DIR"
    )
    (finding,) = diagnosis.findings
    (change,) = finding.changes
    assert change.command
    assert (change.command.verb, change.command.arguments) == ("evaluate", ("my runs/parts",))


def test_one_image_is_one_image() -> None:
    assert "Of 1 validation image of parts, 100.0% are called parts" in paragraph(
        diagnose_one_class(judged(1, 1, "parts"), run="a")
    )
    assert fitted_score(1, 1280, false_alarms=0.5).startswith("a score of how unlike 1 image another is, on 1,280")


def test_the_last_line_does_not_say_that_two_classes_are_told_apart() -> None:
    accuracy = Estimate(value=0.95, low=0.91, high=0.973, method="Wilson", n=200)
    recipe = make_recipe({"model": "auto"})
    facts = RunFacts(
        status="finished", recipe=recipe, class_names=("good", "unlike"), one_class=True, counts={}, validation=accuracy
    )
    assert summary_sentence("runs/a", facts, {}) == (
        "runs/a tells what is unlike good: of 200 images of good that it was not trained on, 95.0% (95 %: 91.0% …"
        " 97.3%) pass; what is unlike was not tested."
    )


def test_few_images_are_told_how_many_are_needed() -> None:
    assert few_images(6, needed=19, asked=0.05, promised=1 / 7) == (
        "6 training images cannot promise false alarms as rare as 5%: expect 14.3% or more, or add images until there"
        " are 19 to train on"
    )
