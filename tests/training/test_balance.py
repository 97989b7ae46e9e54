"""Weights by class, and what they do to recalls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import LayoutError
from classeur.training.balance import balanced_weights, measure_effect
from classeur.training.head import fit_head, train_head


@given(st.lists(st.integers(1, 50), min_size=2, max_size=6))
def test_classes_weigh_alike_and_images_one_on_average(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    weights = balanced_weights(labels, class_names=[str(label) for label in range(len(counts))])
    assert weights.mean() == pytest.approx(1)
    assert np.bincount(labels, weights) == pytest.approx(np.full(len(counts), len(labels) / len(counts)))


def test_a_class_without_a_training_image_is_named() -> None:
    with pytest.raises(LayoutError, match=r"^class 'b' has no training image that --balance could give weight to; add"):
        balanced_weights(np.array([0, 2]), class_names="abc")
    with pytest.raises(LayoutError, match=r"^class 'b' \(and 2 more\) has no training image"):
        balanced_weights(np.array([0, 2]), class_names="abcde")


def rare_and_frequent(count: int, *, seed: int, one_in: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = (np.arange(count) % one_in == 0).astype(np.int64)
    return generator.normal(size=(count, 4)) + 1.2 * labels[:, None], labels


def test_a_rare_class_gets_its_say() -> None:
    features, labels = rare_and_frequent(400, seed=0, one_in=20)
    plain, balanced = (
        fit_head(features, labels, num_classes=2, inverse_penalty=1, weights=weights)
        for weights in (None, balanced_weights(labels, class_names="ab"))
    )
    recalls = [(each.probabilities(features)[labels == 1, 1] > 0.5).mean() for each in (plain, balanced)]
    assert recalls[0] + 0.2 < recalls[1]


def test_recalls_are_of_two_heads_on_the_same_validation_images() -> None:
    features, labels = rare_and_frequent(400, seed=0, one_in=20)
    validation = rare_and_frequent(100, seed=1, one_in=4)
    weights = balanced_weights(labels, class_names="ab")
    plain, balanced = (
        train_head(features, labels, num_classes=2, weights=each, seed=3).head for each in (None, weights)
    )
    effects = measure_effect(balanced, features, labels, validation=validation, class_names=["a", "b"], seed=3)
    assert [each[:3] for each in effects] == [("a", 380, 75), ("b", 20, 25)]
    for label, effect in enumerate(effects):
        for head, recall in ((plain, effect.recall), (balanced, effect.balanced_recall)):
            right = (head.logits(validation[0])[:, 0] > 0) == validation[1]
            assert recall == right[validation[1] == label].mean()
    assert effects[0].balanced_recall < effects[0].recall  # type: ignore[operator]
    assert effects[1].balanced_recall > effects[1].recall  # type: ignore[operator]


def test_a_class_that_validation_lacks_has_no_recall() -> None:
    features, labels = rare_and_frequent(40, seed=0, one_in=4)
    head = fit_head(features, labels, num_classes=2, inverse_penalty=1)
    cats = features[labels == 0][:5], np.zeros(5, np.int64)
    effects = measure_effect(head, features, labels, validation=cats, class_names=["cats", "dogs"])
    assert effects[1] == ("dogs", 10, 0, None, None)
