"""Chance: the share of the most frequent class, whatever its place."""

import pytest
from sklearn.dummy import DummyClassifier

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.chance import chance_accuracy


@pytest.mark.parametrize("counts", [[5], [3, 1], [1, 3], [0, 2, 7, 1], [4, 4]])
def test_it_is_what_a_classifier_reaches_that_looks_at_nothing(counts: list[int]) -> None:
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    blind = DummyClassifier(strategy="most_frequent").fit(labels, labels)
    assert chance_accuracy(counts) == blind.score(labels, labels)


@pytest.mark.parametrize("counts", [[], [0, 0]])
def test_there_is_none_without_images(counts: list[int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        chance_accuracy(counts)
