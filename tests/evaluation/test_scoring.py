"""Scores: loss against scikit-learn, what is counted where, and what cannot be."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.scoring import Evaluation, Score, cross_entropy, score


@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_loss_is_scikit_learns(num_classes: int, num_images: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.5] * num_classes, num_images)
    probabilities = np.clip(probabilities, 1e-6, None) / np.clip(probabilities, 1e-6, None).sum(1, keepdims=True)
    labels = rng.integers(0, num_classes, num_images)
    theirs = sklearn.metrics.log_loss(labels, probabilities, labels=range(num_classes))
    assert cross_entropy(probabilities, labels) == pytest.approx(theirs, rel=1e-9)


def test_a_certain_error_costs_no_more_than_in_keras() -> None:
    assert cross_entropy(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-np.log(1e-7))
    assert cross_entropy(np.array([[1.0, 0.0]]), np.array([0])) == 0


def test_rows_are_true_classes_and_columns_predicted() -> None:
    result = score(np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]]), np.array([0, 1, 1]), class_names=("cats", "dogs"))
    assert result.confusion == ((1, 0), (1, 1))
    assert result.per_class["cats"].precision == 0.5
    assert result.per_class["cats"].recall == 1


def test_the_first_among_equals_is_the_prediction() -> None:
    assert score(np.full((3, 2), 0.5), np.array([0, 0, 1]), class_names=("a", "b")).confusion == ((2, 0), (1, 0))


def test_a_class_without_images_has_zeros() -> None:
    result = score(np.array([[1.0, 0.0, 0.0]]), np.array([0]), class_names=("a", "b", "c"))
    assert result.per_class["b"].model_dump() == {"num_images": 0, "precision": 0, "recall": 0, "f1": 0}


def test_no_image_cannot_be_scored() -> None:
    with pytest.raises(ImpossibleCountsError):
        score(np.zeros((0, 2)), np.zeros(0, np.int64), class_names=("a", "b"))


def test_each_look_at_a_split_is_counted() -> None:
    result = score(np.array([[1.0, 0.0]]), np.array([0]), class_names=("a", "b"))
    evaluation = Evaluation(class_names=("a", "b"), splits={})
    for count in (1, 2, 3):
        evaluation = evaluation.with_score("test", result)
        assert evaluation.splits["test"].num_opened == count
    assert evaluation.with_score("train", result).splits["train"].num_opened == 1


def test_a_score_whose_matrix_does_not_add_up_is_refused() -> None:
    facts = score(np.array([[1.0, 0.0]]), np.array([0]), class_names=("a", "b")).model_dump()
    with pytest.raises(ValueError, match="sum"):
        Score.model_validate({**facts, "num_images": 2})
