"""A card says what a run is, of what data, how good with its interval, where it ends, and under what licences."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from classeur.delivery.card import write_card
from classeur.evaluation.leaked import leaked
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.models.onnx_file import Decided, OnnxFacts, Verified
from classeur.training.facts import RunFacts
from classeur.training.recipe import make_recipe

NAMES = ("cats", "do|gs")
COUNTS: Mapping[str, Mapping[str, int]] = {
    "train": {"cats": 1000, "do|gs": 900},
    "validation": {"cats": 40, "do|gs": 20},
}


def judged(num_right: int, num_images: int, *, of: int = 2) -> Score:
    labels = np.arange(num_images) % of
    predicted = np.where(np.arange(num_images) < num_right, labels, 1 - labels)
    return score(np.eye(2)[predicted], labels, class_names=NAMES)


def card(
    *,
    options: dict[str, Any] | None = None,
    splits: dict[str, Score] | None = None,
    onnx: bool = True,
    num_left_out: int = 0,
    **facts: Any,
) -> str:
    given = {
        "status": "finished",
        "began": "2026-11-27T08:00:00+00:00",
        "recipe": make_recipe({"model": "tutorial", "epochs": 3, **(options or {})}),
        "class_names": NAMES,
        "counts": {"found": 2010, "used": 1960, "set_aside": 40, "left_out": 10},
        "data_fingerprint": "abcdef",
        "versions": {"classeur": "1.2.3"},
        **facts,
    }
    verified = Verified(num_images=200, max_difference=3.2e-6, tolerance=1e-4)
    preparation = {"image_size": (150, 150), "fit": "squash", "stretch": False}
    return write_card(
        "first",
        RunFacts(**given),
        Evaluation(class_names=NAMES, splits={"validation": judged(57, 60)} if splits is None else splits),
        COUNTS,
        licence="",
        onnx=OnnxFacts(class_names=NAMES, **preparation, verified=verified) if onnx else None,
        num_left_out=num_left_out,
    )


def test_what_was_left_out_on_request_is_told_as_such() -> None:
    text = card(num_left_out=4)
    assert "1,960 used, 36 set aside and 4 left out on request (`set_aside.csv`), 10 others left out." in text


def test_a_test_without_a_new_image_is_not_what_tells_most() -> None:
    right = [True] * 10
    throughout = judged(10, 10).model_copy(update={"leaked": leaked(right, [True] * 10, dropped=False)})
    text = card(splits={"validation": judged(57, 60), "test": throughout})
    assert "| class, validation |" in text
    assert "- Judged on fewer than 30 test" not in text
    assert "| class, test |" in card(splits={"validation": throughout, "test": throughout})
    assert "| class, test |" in card(splits={"validation": judged(57, 60), "test": judged(9, 10)})


def test_that_all_of_the_images_leak_is_a_reservation() -> None:
    right = [True] * 57 + [False] * 3
    throughout = judged(57, 60).model_copy(update={"leaked": leaked(right, [True] * 60, dropped=False)})
    assert "of 60 images, but all of them belong with images in training, so" in card(splits={"validation": throughout})


def test_what_it_is_and_of_what_data() -> None:
    text = card()
    assert "2 classes (cats, do\\|gs), trained by classeur 1.2.3 on 2026-11-27" in text
    assert "2,010 files found: 1,960 used, 40 set aside (`set_aside.csv`), 10 left out" in text
    assert "| do\\|gs | 900 | 20 |" in text
    assert "| all | 1,900 | 60 |" in text
    assert "The split is the data's own" in text
    assert "`abcdef`" in text
    assert "    classeur train DATA --model tutorial --epochs 3\n" in text
    assert "no probability differs by more than 3e-06" in text


def test_how_good_it_is_with_its_interval() -> None:
    assert "- validation: 95.0% (95 %: 86.3% … 98.3%) of 60 images" in card()
    text = card(splits={"validation": judged(57, 60), "test": judged(1, 1)})
    assert "- test: 100% (95 %: 20.7% … 100%) of 1 image\n" in text
    assert "| class, test | images | recall (95 %) | precision (95 %) |" in text
    assert "| 1 | 100% (20.7% … 100%) |" in text
    assert "| do\\|gs | 0 | – | – |" in text


def test_images_that_do_not_count_stand_beside_the_number() -> None:
    found = leaked([True] * 59 + [False] * 3, [True] * 2 + [False] * 60, dropped=True)
    text = card(splits={"validation": judged(57, 60).model_copy(update={"leaked": found})})
    assert " of 60 images, without 2 images that belong with images in training\n" in text


def test_where_it_ends() -> None:
    text = card()
    assert "no answer for unsure" in text
    assert "Judged on fewer than 30 validation images: " not in card(splits={"validation": judged(60, 60)})
    assert "Judged on fewer than 30 validation images: cats, do\\|gs." in card(splits={"validation": judged(57, 58)})
    assert "Not judged at all: do\\|gs." in card(splits={"validation": judged(50, 50, of=1)})
    assert "series" not in text
    assert "series can be in training and in validation" in card(split_made_here=True)
    chosen = "Its epoch was chosen by the validation images"
    assert chosen not in text
    assert chosen in card(options={"keep": "best"})
    assert chosen not in card(options={"keep": "best"}, splits={"test": judged(1, 2)})
    assert "does not read HEIC" in text
    assert "HEIC" not in card(onnx=False)


def test_a_promise_that_leaves_no_image_unsure_is_told_and_is_no_lack() -> None:
    text = card(decided=Decided(max_error=0.3, coverage=1.0))
    assert "It need not answer unsure: with 95% confidence at most 30% of its answers" in text
    assert "It has no answer for none of these." in text
    assert "It has no answer for unsure, or for none of these." in card()


def test_under_what_licences() -> None:
    assert "The weights that it began with: none, it was trained from random weights." in card()
    assert "those of the run before; see its card" in card(from_run="before")
    lite = make_recipe({"model": "efficientnet_lite0", "image_size": 32})
    assert "`efficientnet_lite0`, whose licence is not known to classeur" in card(recipe=lite)


def test_one_class_is_a_detector_with_a_threshold() -> None:
    recipe = make_recipe({"model": "efficientnet_lite0", "image_size": 32})
    text = card(recipe=recipe, class_names=("good", "unlike"), one_class=True)
    assert "A detector of what is unlike images of one class (good): it has seen no other, trained by classeur" in text
    assert "classifier of images into" not in text
    assert "--false-alarms 0.05\n" in text
    assert (
        "from a probability of 50% on. This threshold was found on training images that were held out, for 5%" in text
    )
    assert "a convention, not a frequency" in text
    assert "false alarms" not in card()
    rare = make_recipe({"model": "efficientnet_lite0", "image_size": 32, "false_alarms": 0.0001})
    text = card(recipe=rare, class_names=("good", "unlike"), one_class=True)
    assert "called unlike; 1,900 images cannot promise less than 0.053%." in text
