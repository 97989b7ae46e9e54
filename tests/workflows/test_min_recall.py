"""A least recall that cannot be promised: the reason is the true one, and what is said to be possible is possible."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from classeur.errors import RangeError, RunError, UsageError
from classeur.evaluation.decision import Said
from classeur.evaluation.logits import SplitLogits, write_logits
from classeur.evaluation.scoring import Answering, score
from classeur.images.preparation import Preparation
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import Network, Recipe
from classeur.workflows.answering import MinRecall, with_answering

NAMES = ("cats", "dogs")
RECIPE = Recipe(preparation=Preparation(image_size=8), network=Network(model="tutorial"))
FACTS = RunFacts(status="finished", recipe=RECIPE, class_names=NAMES, counts={})


def asked(
    path: Path, min_recall: MinRecall, *, num_dogs: int, groups: int = 0, facts: RunFacts = FACTS, far: float = 3.0,
    judged: Said | None = None,
) -> Answering | None:  # fmt: skip
    """Return how a run with 100 validation images of cats and some of dogs answers them, or others."""
    labels = np.repeat([0, 1], [100, num_dogs])
    values = np.random.default_rng(0).normal(far * (2 * labels - 1))
    kept = SplitLogits(np.stack([-values, values], 1), labels, tuple(f"{at:032x}" for at in range(len(labels))))
    run = Run(path)
    rows = [
        (f"{each}.png", NAMES[label], "validation", each, f"g{at % groups}" if groups else "")
        for at, (each, label) in enumerate(zip(kept.hashes, labels.tolist(), strict=True))
    ]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    write_logits(run.logits_path, {"validation": kept})
    run.evaluation_path.write_text(json.dumps({"splits": {"validation": {"logits": kept.digest}}}))
    said = judged or Said(kept.logits, kept.labels)
    result = score(said.logits, said.labels, class_names=facts.class_names)
    return with_answering(run, facts, result, said, max_error=None, min_recall=min_recall).answering


@pytest.mark.parametrize(
    ("num_dogs", "groups", "reason"),
    [
        (30, 0, "by 30 validation images of it: 90.4% can be promised; it takes 299 images"),
        (1, 0, "by 1 validation image of it: 5% can be promised; it takes 299 images"),
        (48, 8, "by 48 validation images of it in 8 groups, each of which tells as much as one: 68.7% can be promised;"
                " it takes about 299 groups as large as each other"),
        (10, 40, "by 10 validation images of it: 74.1% can be promised; it takes 299 images"),
    ],
)  # fmt: skip
def test_too_few_images_are_the_reason_and_what_they_can_promise_is_said(
    tmp_path: Path, num_dogs: int, groups: int, reason: str
) -> None:
    with pytest.raises(RunError) as caught:
        asked(tmp_path, "dogs=99%", num_dogs=num_dogs, groups=groups)
    assert str(caught.value) == f"no threshold promises to find 99% of dogs {reason}"
    possible = re.search(r"([\d.]+%) can be promised", str(caught.value))
    assert possible
    assert asked(tmp_path, f"dogs={possible[1]}", num_dogs=num_dogs, groups=groups)
    with pytest.raises(RunError, match="no threshold"):
        asked(tmp_path, {"dogs": float(possible[1][:-1]) / 100 + 0.001}, num_dogs=num_dogs, groups=groups)


def test_as_many_images_as_are_asked_for_suffice_however_bad_the_model(tmp_path: Path) -> None:
    answering = asked(tmp_path, "dogs=99%", num_dogs=299, far=0.0)
    assert answering
    assert answering.recall
    assert answering.recall.recall
    assert answering.recall.recall.value == 1
    with pytest.raises(
        RunError, match=r"find 99% of dogs by 298 validation images of it: 98.9% .* it takes 299 images"
    ):
        asked(tmp_path, "dogs=99%", num_dogs=298, far=0.0)


def test_a_share_next_to_all_is_not_called_all(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"find 99.99% of dogs .* it takes 29,956 images"):
        asked(tmp_path, "dogs=99.99%", num_dogs=100)


def test_a_class_without_a_validation_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="has no validation image of dogs, so nothing can be promised of it"):
        asked(tmp_path, "dogs=1%", num_dogs=0)


@pytest.mark.parametrize("min_recall", ["dogs", {"cats": 0.9, "dogs": 0.9}, {}])
def test_it_is_of_one_class(tmp_path: Path, min_recall: MinRecall) -> None:
    with pytest.raises(UsageError, match="expected one class and a share, such as dogs=99%"):
        asked(tmp_path, min_recall, num_dogs=50)


@pytest.mark.parametrize("min_recall", ["dogs=100%", {"dogs": 1}, "dogs=0", "dogs=many"])
def test_all_and_none_are_no_share_that_can_be_promised(tmp_path: Path, min_recall: MinRecall) -> None:
    with pytest.raises(RangeError, match="more than 0 and less than 1"):
        asked(tmp_path, min_recall, num_dogs=50)


def test_other_numbers_of_classes_are_named(tmp_path: Path) -> None:
    one = FACTS.model_copy(update={"one_class": True, "class_names": ("good", "unlike")})
    with pytest.raises(UsageError, match=r"is for runs of two classes; .* was trained on one, good"):
        asked(tmp_path, "good=90%", num_dogs=0, facts=one)


def test_where_no_image_is_of_the_class_there_is_no_share_of_it(tmp_path: Path) -> None:
    only_cats = Said(np.array([[0.0, 9.0], [9.0, 0.0]]), np.array([0, 0]))
    answering = asked(tmp_path, "dogs=90%", num_dogs=50, judged=only_cats)
    assert answering
    assert answering.recall
    assert (answering.recall.recall, answering.recall.precision) == (None, None)
