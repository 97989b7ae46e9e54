"""Trainings that were set up to go wrong are named for what was done to them, and sound ones raise no alarm.

`make_histories.py` made them. No threshold was chosen by those that are held out.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classeur.delivery.diagnosis import paragraph
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.improvement.comparison import Judged
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.improvement.leaks import Leak
from classeur.training.history import History
from classeur.training.recipe import make_recipe

HISTORIES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("histories/*"))
}
WRONG = [name for name, kept in HISTORIES.items() if kept["expected"] != "fine"]
SOUND = [name for name in HISTORIES if name not in WRONG]
HELD_OUT = [name for name in WRONG if HISTORIES[name]["held_out"]]

# Held out, and named otherwise. After seven epochs of 600 drawings a gap is certain already; of flowers under pictures
# that hide nearly all, half were learned all the same; and twelve images did show a gap that was large.
MISSED = {"not-converged-4", "dead-5", "too-few-3"}


def scored(confusion: list[list[int]], class_names: list[str]) -> Score:
    """Return the score of predictions with this confusion matrix."""
    cells = np.array(confusion)
    true, predicted = (np.repeat(each.ravel(), cells.ravel()) for each in np.indices(cells.shape))
    return score(9.0 * np.eye(len(class_names))[predicted], true, class_names=class_names)


def pair_of(counts: dict[str, int]) -> tuple[Judged, Judged]:
    """Return two runs that differ on so many images."""
    keys = [(str(number), "") for number in range(counts["num_images"])]
    only_run, only_beside = counts["only_run"], counts["only_beside"]
    right = {key: not only_run <= number < only_run + only_beside for number, key in enumerate(keys)}
    theirs = {key: number >= only_run for number, key in enumerate(keys)}
    anything = scored([[1, 0], [0, 1]], ["a", "b"])
    return Judged("runs/a", anything, right), Judged("runs/transfer", anything, theirs)


def leak(kept: dict[str, Any], validation: Score) -> Leak:
    (same_right, same), (near_right, near) = kept["leaked"]["same"], kept["leaked"]["near"]
    right, images = same_right + near_right, same + near
    return Leak(images, right, validation.num_images - images, validation.num_correct - right, num_alike=near)


def diagnosed(kept: dict[str, Any]) -> Diagnosis:
    recipe = {**kept["recipe"]}
    if "image_size" in recipe:
        recipe["image_size"] = tuple(recipe["image_size"])
    splits = {name: scored(each, kept["class_names"]) for name, each in kept["confusion"].items()}
    run, beside = pair_of(kept["beside"]) if "beside" in kept else (None, None)
    return diagnose(
        make_recipe(recipe),
        History.model_validate({"epochs": kept["history"]}),
        Evaluation(class_names=tuple(kept["class_names"]), splits=splits),
        run="runs/a",
        correct=run,
        transferred=[beside] if beside else [],
        leak=leak(kept, splits["validation"]),
    )


def named(name: str) -> bool:
    """Return whether a diagnosis leads with what was done; a better transfer stands beside the verdict."""
    found, expected = diagnosed(HISTORIES[name]), HISTORIES[name]["expected"]
    if expected == "transfer-better":
        return any(finding.code == expected for finding in found.findings)
    return found.verdict == expected


def test_there_are_enough_of_each() -> None:
    assert len(MISSED) <= len(WRONG) * 2 / 24, "at least 22 of 24 are right"
    assert len(set(HELD_OUT) - MISSED) >= 22, "of those held out, too"
    assert len(SOUND) >= 10
    assert 15 <= len(HELD_OUT) < len(WRONG)
    assert {"overfitting-tutorial", "not-converged-tutorial", "dead-tutorial"} <= set(WRONG)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xfail(strict=True)) if name in MISSED else name for name in WRONG]
)
def test_what_was_done_is_named(name: str) -> None:
    assert named(name), (diagnosed(HISTORIES[name]).verdict, HISTORIES[name]["expected"])


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_training_raises_no_alarm(name: str) -> None:
    found = diagnosed(HISTORIES[name])
    assert [finding.code for finding in found.findings if finding.severity != "note"] == []
    assert found.verdict == "fine"


@pytest.mark.parametrize("name", HISTORIES)
def test_every_finding_has_numbers_certainty_and_words(name: str) -> None:
    found = diagnosed(HISTORIES[name])
    assert found.findings[0].values["certainty"] in ("certain", "likely", "possible")
    assert found.findings[0].changes or found.verdict == "fine", "and what to do next, where something is left"
    assert any(character.isdigit() for character in paragraph(found))
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found
