"""Scores: loss against scikit-learn, what is counted where, and what cannot be."""

import json

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.training.logits import softmax


@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_loss_is_scikit_learns(num_classes: int, num_images: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(0, 3, (num_images, num_classes)), rng.integers(0, num_classes, num_images)
    probabilities = softmax(logits)
    theirs = sklearn.metrics.log_loss(labels, probabilities, labels=range(num_classes))
    found = score(logits, labels, class_names=[str(number) for number in range(num_classes)]).loss
    assert found.value == pytest.approx(theirs, rel=1e-9)


def test_the_loss_of_a_nearly_perfect_model_is_not_rounded_away() -> None:
    """A probability in double precision would be 1, and its loss 0."""
    result = score(np.array([[60.0, 0.0], [0.0, 60.0]]), np.array([0, 1]), class_names=("a", "b"))
    assert result.loss.value == pytest.approx(np.exp(-60.0), rel=1e-9)
    wrong = score(np.array([[900.0, 0.0]]), np.array([1]), class_names=("a", "b"))
    assert wrong.loss.value == 900


def test_rows_are_true_classes_and_columns_predicted() -> None:
    result = score(np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]]), np.array([0, 1, 1]), class_names=("cats", "dogs"))
    assert result.confusion == ((1, 0), (1, 1))
    assert result.per_class["cats"].precision.value == 0.5
    assert result.per_class["cats"].recall.value == 1


def test_the_first_among_equals_is_the_prediction() -> None:
    assert score(np.full((3, 2), 0.5), np.array([0, 0, 1]), class_names=("a", "b")).confusion == ((2, 0), (1, 0))


def test_a_class_without_images_is_not_judged() -> None:
    probabilities = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    result = score(probabilities, np.array([0, 0]), class_names=("a", "b", "c"))
    nothing = {
        "num_images": 0,
        **dict.fromkeys(("precision", "recall", "f1", "specificity", "auroc", "average_precision")),
    }
    assert result.per_class["b"].model_dump() == result.per_class["c"].model_dump() == nothing
    assert result.unjudged == ("b", "c")
    assert json.loads(result.model_dump_json())["per_class"]["b"]["recall"] is None


def test_a_class_that_nothing_is_called_has_no_precision() -> None:
    found = score(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1]), class_names=("a", "b")).per_class["b"]
    assert found.precision is None
    assert (found.recall.value, found.f1.value) == (0, 0)


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_confusions_are_the_errors_the_most_frequent_first(num_classes: int, num_images: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_classes, num_images)
    names = [f"class {number}" for number in range(num_classes)]
    result = score(rng.dirichlet([1] * num_classes, num_images), labels, class_names=names)
    found = result.confusions()
    assert sum(each.num_images for each in found) == num_images - result.num_correct
    assert [each.num_images for each in found] == sorted((each.num_images for each in found), reverse=True)
    for each in found:
        assert result.confusion[names.index(each.true)][names.index(each.predicted)] == each.num_images > 0
        assert each.true != each.predicted


def test_no_image_cannot_be_scored() -> None:
    with pytest.raises(ImpossibleCountsError):
        score(np.zeros((0, 2)), np.zeros(0, np.int64), class_names=("a", "b"))


def test_a_new_score_of_a_split_replaces_the_older_one() -> None:
    result = score(np.array([[1.0, 0.0]]), np.array([0]), class_names=("a", "b"))
    evaluation = Evaluation(class_names=("a", "b"), splits={}).with_score("train", result).with_score("test", result)
    newer = result.model_copy(update={"num_looks": 2})
    assert evaluation.with_score("test", newer).splits == {"train": result, "test": newer}


def test_a_score_whose_matrix_does_not_add_up_is_refused() -> None:
    facts = score(np.array([[1.0, 0.0]]), np.array([0]), class_names=("a", "b")).model_dump()
    with pytest.raises(ValueError, match="sum"):
        Score.model_validate({**facts, "num_images": 2})
    with pytest.raises(ValueError, match="the accuracy is not that of the confusion matrix"):
        Score.model_validate({**facts, "accuracy": {**facts["accuracy"], "value": 0.5}})
    with pytest.raises(ValueError, match="the accuracy is not that of the confusion matrix"):
        Score.model_validate({**facts, "num_correct": 0})


def test_of_two_classes_the_area_under_the_curve_is_scikit_learns_if_both_are_there() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 50)
    unlike = rng.normal(labels, 1.5)
    logits = np.stack([-unlike, unlike], axis=1)
    result = score(logits, labels, class_names=("good", "unlike"))
    found = result.auroc
    assert found
    assert found.value == pytest.approx(sklearn.metrics.roc_auc_score(labels, unlike))
    assert found.low < found.value < found.high
    assert Score.model_validate_json(result.model_dump_json()) == result
    assert score(logits[labels == 0], labels[labels == 0], class_names=("good", "unlike")).auroc is None
