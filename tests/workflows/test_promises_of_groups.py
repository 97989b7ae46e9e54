"""A run whose images are grouped promises by its groups: in training, for one call, and in what evaluate tells."""

import json
from pathlib import Path

import numpy as np
import pytest
from listening import Listener

from classeur.delivery.decision_words import answering_sentences
from classeur.errors import RunError
from classeur.evaluation.logits import SplitLogits, write_logits
from classeur.evaluation.prediction import Limits
from classeur.evaluation.scoring import score
from classeur.images.preparation import Preparation
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import Deciding, Network, Recipe
from classeur.workflows.answering import kept_answers, with_answering
from classeur.workflows.deciding import decide_for_run
from classeur.workflows.limits import asked_limits

NAMES = ("cats", "dogs")
FACTS = RunFacts(
    status="finished",
    recipe=Recipe(
        preparation=Preparation(image_size=8), network=Network(model="tutorial"), decision=Deciding(max_error=0.1)
    ),
    class_names=NAMES,
    counts={},
)


def run_of(path: Path, num_groups: int) -> tuple[Run, SplitLogits]:
    """Return a run with 400 validation images, all right but ten, in so many groups; 0 for none."""
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    logits = 6.0 * np.eye(2)[labels ^ (np.arange(400) < 10)] + random.normal(0, 0.5, (400, 2))
    kept = SplitLogits(logits, labels, tuple(f"{number:032x}" for number in range(400)))
    run = Run(path)
    rows = [
        (f"{each}.png", NAMES[label], "validation", each, f"site{at // 2 % num_groups}" if num_groups else "")
        for at, (each, label) in enumerate(zip(kept.hashes, labels.tolist(), strict=True))
    ]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    write_logits(run.logits_path, {"validation": kept})
    run.evaluation_path.write_text(json.dumps({"splits": {"validation": {"logits": kept.digest}}}))
    return run, kept


def test_training_promises_nothing_by_few_groups_and_says_why(tmp_path: Path) -> None:
    run, kept = run_of(tmp_path, 20)
    listener = Listener()
    assert decide_for_run(run, FACTS, kept.logits, kept.labels, reporter=listener).max_error is None
    (warned,) = listener.warned
    assert "on 400 validation images in 20 groups, which tell as much as 20 alone" in warned
    assert "about 29 groups as large as each other, all right; the run never answers unsure" in warned


def test_training_promises_by_many_groups_and_by_images_that_stand_alone(tmp_path: Path) -> None:
    for name, groups, told in (("many", 100, "400 validation images in 100 groups"), ("alone", 0, "400 validation ")):
        (tmp_path / name).mkdir()
        run, kept = run_of(tmp_path / name, groups)
        listener = Listener()
        assert decide_for_run(run, FACTS, kept.logits, kept.labels, reporter=listener).max_error == 0.1
        assert listener.warned == []
        assert told in listener.said[-1]
        assert ("answers to images of other groups are wrong" in listener.said[-1]) == bool(groups)


def test_limits_of_one_call_are_found_by_groups(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, 20)
    with pytest.raises(RunError, match="in 20 groups"):
        asked_limits(run, {}, Limits(), max_error=0.1, none_of_these=None)


def test_evaluate_tells_of_other_groups(tmp_path: Path) -> None:
    run, kept = run_of(tmp_path, 40)
    result = score(kept.logits, kept.labels, class_names=NAMES)
    said = kept_answers(run, "validation")
    answering = with_answering(run, FACTS, result, said, max_error=0.2, min_recall="dogs=80%").answering
    assert answering
    assert answering.recall
    for each in (answering.answered, answering.error, answering.recall.recall, answering.recall.precision):
        assert each
        assert each.method == "Wilson, of 40 groups"
    with pytest.raises(RunError, match=r"find 95% of dogs by 200 .* in 40 groups, each .* about 59 groups as large"):
        with_answering(run, FACTS, result, said, max_error=None, min_recall="dogs=95%")


def test_what_a_run_promises_is_told_and_that_all_may_be_wrong_is_no_promise(tmp_path: Path) -> None:
    run, kept = run_of(tmp_path, 0)
    facts = FACTS.model_copy(update={"decided": FACTS.decided.model_copy(update={"max_error": 0.1})})
    result, said = score(kept.logits, kept.labels, class_names=NAMES), kept_answers(run, "validation")
    for max_error, limit in ((None, " (promised: at most 10% wrong)"), (1.0, "")):
        answering = with_answering(run, facts, result, said, max_error=max_error, min_recall=None).answering
        assert answering
        (sentence,) = answering_sentences(answering)
        assert sentence.startswith(f"unsure: never{limit}; 100% (95 %: 99.0% … 100%) of 400 images get a class")


def test_each_threshold_of_the_curve_tells_the_images_above_it(tmp_path: Path) -> None:
    run, kept = run_of(tmp_path, 0)
    decide_for_run(run, FACTS, kept.logits, kept.labels, reporter=Listener())
    sureness = kept_answers(run, "validation").sureness
    rows = run.read_table(run.risk_coverage_path)
    assert [int(row["num_answered"]) for row in rows] == [
        int((sureness > float(row["threshold"])).sum()) for row in rows
    ]
