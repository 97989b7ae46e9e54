"""The worst of many classes looks bad by chance: it is named no more often than it should be."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import ClassScore, Score, score
from classeur.improvement.weakness import weakest_class


def answers(recalls: np.ndarray, images: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and the predictions of classes of so many images, each right by its class's chance."""
    labels = np.repeat(np.arange(len(recalls)), images)
    right = rng.random(len(labels)) < recalls[labels]
    return labels, np.where(right, labels, (labels + 1) % len(recalls))


def scored(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> Score:
    return score(np.eye(num_classes)[predicted], labels, class_names=[str(number) for number in range(num_classes)])


def counted(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> Score:
    """Return of a score only what is looked at: all of it takes 50 ms with 100 classes."""
    sampling, right = Sampling.of(None), labels == predicted
    recalls = {str(number): sampling.proportion(right, labels == number) for number in range(num_classes)}
    return Score.model_construct(
        num_images=len(labels),
        num_correct=int(right.sum()),
        per_class={
            name: ClassScore.model_construct(num_images=recall.n, recall=recall)
            for name, recall in recalls.items()
            if recall
        },
    )


def drawn(recalls: np.ndarray, images: int, rng: np.random.Generator) -> Score:
    """Return the score of classes of so many images, each right by its class's chance."""
    return counted(*answers(recalls, images, rng), len(recalls))


def test_what_is_counted_stands_in_the_score() -> None:
    rng = np.random.default_rng(3)
    labels, predicted = answers(np.array([0.9, 0.3, 0.9]), 20, rng)
    whole, part = scored(labels, predicted, 3), counted(labels, predicted, 3)
    assert (part.num_images, part.num_correct) == (whole.num_images, whole.num_correct)
    for name, each in whole.per_class.items():
        assert (part.per_class[name].num_images, part.per_class[name].recall) == (each.num_images, each.recall)
    found = weakest_class(whole)
    assert found is not None
    assert weakest_class(part) == found


@pytest.mark.parametrize("num_classes", [2, 10, 100])
@pytest.mark.parametrize("recall", [0.5, 0.8])
def test_classes_that_are_recognised_alike_are_rarely_called_weak(num_classes: int, recall: float) -> None:
    rng = np.random.default_rng(20261127)
    num_draws = 400
    alarms = sum(weakest_class(drawn(np.full(num_classes, recall), 20, rng)) is not None for _ in range(num_draws))
    assert alarms / num_draws <= 0.05 + 2 * (0.05 * 0.95 / num_draws) ** 0.5


def of_scenes(rng: np.random.Generator, num_groups: int, size: int, num_classes: int) -> tuple[Score, Score]:
    """Return the score of images in scenes, each of one class and hard or easy; and as if each were alone."""
    groups = np.repeat(np.arange(num_groups), size)
    labels = groups % num_classes
    right = 0.55 * rng.normal(size=num_groups)[groups] + 0.84 * rng.normal(size=len(groups)) < 0.84
    logits, names = np.eye(num_classes)[np.where(right, labels, (labels + 1) % num_classes)], list("abcdefghij")
    named = [str(group) for group in groups]
    return (
        score(logits, labels, class_names=names[:num_classes], groups=named),
        score(logits, labels, class_names=names[:num_classes]),
    )


@pytest.mark.parametrize("num_draws", [60, pytest.param(1500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scenes", [(6, 50, 2), (20, 15, 5), (60, 5, 2)])
def test_of_groups_a_class_of_hard_scenes_is_rarely_called_weak(scenes: tuple[int, int, int], num_draws: int) -> None:
    rng = np.random.default_rng(4)
    found = [tuple(weakest_class(each) is not None for each in of_scenes(rng, *scenes)) for _ in range(num_draws)]
    over_groups, alone = np.mean(found, axis=0)
    assert over_groups <= 0.05 + 2 * (0.05 * 0.95 / num_draws) ** 0.5
    assert alone > 0.08, "as if each image told as much as a scene"


def test_a_class_that_is_weak_in_every_scene_is_found() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(20), 15)
    labels = groups % 2
    right = rng.random(300) < np.where(labels, 0.3, 0.9)
    logits = np.eye(2)[np.where(right, labels, 1 - labels)]
    found = weakest_class(score(logits, labels, class_names=("a", "b"), groups=[str(group) for group in groups]))
    assert found is not None
    assert (found.class_name, found.of_groups) == ("b", True)


def test_a_class_that_is_weak_is_found_among_many() -> None:
    rng = np.random.default_rng(1)
    recalls = np.full(100, 0.9)
    recalls[42] = 0.2
    found = [weakest_class(drawn(recalls, 20, rng)) for _ in range(20)]
    assert all(each is not None and each.class_name == "42" for each in found)


def test_of_two_classes_the_p_value_is_twice_fishers() -> None:
    labels = np.repeat([0, 1], [30, 40])
    predicted = np.where(np.concatenate([np.arange(30) < 15, np.arange(40) < 34]), labels, 1 - labels)
    found = weakest_class(score(np.eye(2)[predicted], labels, class_names=("a", "b")))
    assert found is not None
    assert (found.class_name, found.recall, found.recall_of_others) == ("a", 0.5, 0.85)
    theirs = fisher_exact([[15, 15], [34, 6]], alternative="less").pvalue
    assert found.p_value == pytest.approx(2 * theirs)


def test_nothing_right_or_one_class_alone_is_no_weakness() -> None:
    assert weakest_class(score(np.eye(2)[[1, 0]], np.array([0, 1]), class_names=("a", "b"))) is None
    assert weakest_class(score(np.eye(2)[[0] * 9], np.zeros(9, np.int64), class_names=("a", "b"))) is None


def test_a_small_difference_is_not_worth_a_word_however_certain() -> None:
    rng = np.random.default_rng(2)
    assert weakest_class(drawn(np.array([0.96, 0.92]), 20_000, rng)) is None
    assert weakest_class(drawn(np.array([0.96, 0.86]), 20_000, rng)) is not None
