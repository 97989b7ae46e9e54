"""Folds and parts by their laws: every image once, groups whole, each class spread evenly."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classeur.training.folds import assign_folds, draw_arrivals


@st.composite
def grouped_labels(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels of up to four classes, and groups, which may span classes."""
    num_images = draw(st.integers(1, 40))
    labels = draw(st.lists(st.integers(0, 3), min_size=num_images, max_size=num_images))
    groups = draw(st.lists(st.integers(0, num_images), min_size=num_images, max_size=num_images))
    return np.array(labels), np.array(groups)


@given(grouped_labels(), st.integers(2, 6), st.integers(0, 10))
def test_groups_stay_whole_and_no_fold_takes_a_class_away(
    data: tuple[np.ndarray, np.ndarray], num_folds: int, seed: int
) -> None:
    labels, groups = data
    folds = assign_folds(labels, num_folds=num_folds, groups=groups, seed=seed)
    assert set(folds) <= set(range(-1, num_folds))
    for group in np.unique(groups):
        assert len(set(folds[groups == group])) == 1
    for fold in range(num_folds):
        assert set(labels[folds != fold]) == set(labels)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(2, 6), st.integers(0, 10))
def test_a_class_of_several_images_is_dealt_out_evenly(counts: list[int], num_folds: int, seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    folds = assign_folds(labels, num_folds=num_folds, seed=seed)
    for label, count in enumerate(counts):
        dealt = np.bincount(folds[labels == label] + 1, minlength=num_folds + 1)
        assert dealt[0] == (count == 1)  # the only image of a class is never held out
        assert count == 1 or np.ptp(dealt[1:]) <= 1


@given(grouped_labels(), st.integers(0, 10))
def test_parts_are_nested_and_keep_groups_and_classes(data: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    labels, groups = data
    arrivals = draw_arrivals(labels, groups=groups, seed=seed)
    assert ((arrivals >= 0) & (arrivals < 1)).all()
    for group in np.unique(groups):
        assert len(set(arrivals[groups == group])) == 1
    firsts = {int(labels[groups == group][0]) for group in np.unique(groups)}
    assert firsts <= set(labels[arrivals < 1e-9])


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.floats(0.01, 1), st.integers(0, 10))
def test_a_part_has_its_share_of_each_class_rounded_up(counts: list[int], share: float, seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    taken = np.bincount(labels[draw_arrivals(labels, seed=seed) < share], minlength=len(counts))
    assert taken.tolist() == [sum(before / count < share for before in range(count)) for count in counts]


def test_seeds_deal_differently_and_the_same_seed_the_same() -> None:
    labels = np.repeat([0, 1], 20)
    for function in (
        lambda seed: assign_folds(labels, num_folds=5, seed=seed),
        lambda s: draw_arrivals(labels, seed=s),
    ):
        assert (function(1) == function(1)).all()
        assert (function(1) != function(2)).any()


def test_what_groups_are_called_changes_nothing() -> None:
    labels = np.repeat([0, 1], 20)
    groups = np.repeat(np.arange(20), 2)
    names = [f"{97 * group % 101}" for group in groups]
    assert (assign_folds(labels, num_folds=3, groups=groups) == assign_folds(labels, num_folds=3, groups=names)).all()
    assert (draw_arrivals(labels, groups=groups) == draw_arrivals(labels, groups=names)).all()
