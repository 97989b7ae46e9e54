from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.folder import ImageFolder
from classeur.data.splitting import groups_of
from classeur.errors import ClasseurError, LayoutError, TableError, UsageError
from classeur.training.cross_folds import ASIDE, NONE, cross_folds

MakeFolder = Callable[..., ImageFolder]

# (class, content, group, usable)
ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.sampled_from(["", "", "p", "q", "r"]), st.booleans()),
    min_size=4,
    max_size=40,
)


def folder_from(folder_of: MakeFolder, rows: list[tuple[str, int, str, bool]], **columns: Any) -> ImageFolder:
    labels, contents, groups, usable = zip(*rows, strict=True)
    return folder_of(
        labels,
        hashes=[f"{each:032x}" for each in contents],
        groups=groups,
        reasons=["" if each else "broken" for each in usable],
        **columns,
    )


@given(
    ROWS, st.integers(2, 6), st.integers(0, 2**31 - 1), st.lists(st.lists(st.integers(0, 39), max_size=4), max_size=3)
)
def test_folds_are_a_partition_with_groups_whole_and_something_to_train_on(
    folder_of: MakeFolder, rows: list[Any], num_folds: int, seed: int, together: list[list[int]]
) -> None:
    folder = folder_from(folder_of, rows)
    try:
        numbers = cross_folds(folder, together, num_folds, seed=seed)
    except UsageError as error:
        assert "folds are too many" in str(error)
        return
    assert all(0 <= number <= num_folds for number in numbers)
    assert not any(number for number, reason in zip(numbers, folder.reasons, strict=True) if reason)
    usable = [row for row, reason in enumerate(folder.reasons) if not reason]
    for group in groups_of(folder, usable, together):
        assert len({numbers[row] for row in group}) == 1
    for fold in range(1, num_folds + 1):
        left = Counter(int(folder.labels[row]) for row in usable if numbers[row] != fold)
        assert left.keys() == {int(folder.labels[row]) for row in usable}
    # An image that is in no fold is there because a class would have none to train on.
    for row in (row for row in usable if not numbers[row]):
        group = next(each for each in groups_of(folder, usable, together) if row in each)
        assert any(
            sum(numbers[each] not in (0,) for each in usable if folder.labels[each] == folder.labels[other]) == 0
            or len({numbers[each] for each in usable if folder.labels[each] == folder.labels[other]}) <= 2
            for other in group
        )


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5)), min_size=12, max_size=24), st.integers(2, 4))
def test_each_class_is_dealt_out_to_within_its_largest_group(
    folder_of: MakeFolder, groups: list[tuple[str, int]], num_folds: int
) -> None:
    labels = [label for label, size in groups for _ in range(size)]
    names = [f"g{number}" for number, (_, size) in enumerate(groups) for _ in range(size)]
    try:
        numbers = cross_folds(folder_of(labels, groups=names), [], num_folds, seed=0)
    except UsageError:
        return
    for label in set(labels):
        counts = Counter(number for number, each in zip(numbers, labels, strict=True) if each == label and number)
        largest = max(size for each, size in groups if each == label)
        if sum(each == label for each, _ in groups) > 1:
            sizes = [counts[fold] for fold in range(1, num_folds + 1)]
            assert max(sizes) - min(sizes) <= largest


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(folder_of: MakeFolder, rows: list[Any], random: Any) -> None:
    paths = [f"{label}/{number}.jpg" for number, (label, *_) in enumerate(rows)]
    order = list(range(len(rows)))
    random.shuffle(order)
    try:
        numbers = cross_folds(folder_from(folder_of, rows, paths=paths), [], 2, seed=5)
    except ClasseurError:
        return
    shuffled = folder_from(folder_of, [rows[row] for row in order], paths=[paths[row] for row in order])
    assert cross_folds(shuffled, [], 2, seed=5) == [numbers[row] for row in order]


@given(ROWS, ROWS, st.integers(2, 4), st.integers(0, 99))
def test_nothing_moves_when_data_grow(
    folder_of: MakeFolder, before: list[Any], more: list[Any], num_folds: int, seed: int
) -> None:
    grown = folder_from(folder_of, [*before, *more], paths=[f"x/{row}.jpg" for row in range(len(before) + len(more))])
    try:
        first = cross_folds(folder_from(folder_of, before), [], num_folds, seed=0)
    except UsageError:
        return
    kept = [*first, *[NONE] * len(more)]
    numbers = cross_folds(grown, [], num_folds, seed=seed, kept=kept)
    old = set(range(len(before)))
    assert [numbers[row] for row in old if first[row]] == [each for each in first if each]
    usable = [row for row, reason in enumerate(grown.reasons) if not reason]
    for group in groups_of(grown, usable, []):
        theirs = {kept[row] for row in group} - {NONE}
        for row in group:
            if not kept[row] and len(theirs) > 1:
                assert numbers[row] == ASIDE
            elif not kept[row] and theirs:
                # Where all of a class that is held out would be in this fold the new are set aside.
                elsewhere = {
                    int(grown.labels[each])
                    for each in usable
                    if each not in group and numbers[each] not in theirs | {ASIDE, NONE}
                }
                is_alone = any(int(grown.labels[each]) not in elsewhere for each in group)
                assert {numbers[row]} == theirs or (numbers[row] == ASIDE and is_alone)
            else:
                assert numbers[row] >= 0
        assert len({numbers[row] for row in group} - {ASIDE}) == max(1, len(theirs))
    assert all(numbers[row] == NONE for row, reason in enumerate(grown.reasons) if reason)


def test_a_new_image_goes_where_its_class_is_not(folder_of: MakeFolder) -> None:
    """One b belongs to a kept a: were the other b in the same fold too, neither would be held out."""
    rows = [("a", 1, "", True), ("a", 0, "", True), ("b", 1, "", True), ("b", 2, "", True), ("a", 0, "", True)]
    folder = folder_from(folder_of, rows, paths=[f"x/{row}.jpg" for row in range(5)])
    assert cross_folds(folder, [], 2, seed=0, kept=[1, 2, 0, 0, 2]) == [1, 2, 1, 2, 2]


def test_what_is_new_goes_where_there_is_least(folder_of: MakeFolder) -> None:
    kept = [1] * 6 + [2] * 2 + [NONE] * 4
    numbers = cross_folds(folder_of(["a"] * 8 + ["a"] * 4), [], 2, seed=0, kept=kept)
    assert numbers == [1] * 6 + [2] * 6


def test_the_seed_decides(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 20 + ["b"] * 20)
    assert (
        cross_folds(folder, [], 5, seed=1) == cross_folds(folder, [], 5, seed=1) != cross_folds(folder, [], 5, seed=2)
    )


def test_a_test_of_the_datas_own_is_in_no_fold(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "b"] * 6, splits=["train"] * 8 + ["test"] * 4)
    numbers = cross_folds(folder, [], 2, seed=0)
    assert (Counter(numbers[:8]), numbers[8:]) == (Counter({1: 4, 2: 4}), [0] * 4)


def test_named_folds_are_taken_in_the_order_of_their_numbers(folder_of: MakeFolder) -> None:
    names = ["fold 10", "fold 2", "fold 2", "fold 10"]
    assert cross_folds(folder_of(["a", "a", "b", "b"], folds=names), [], 2, seed=0) == [2, 1, 1, 2]


@pytest.mark.parametrize(
    ("columns", "num_folds", "error", "message"),
    [
        ({"folds": ["1", "2", "", "2"]}, 2, TableError, "names no fold for b/2.jpg; give one for every row"),
        (
            {"folds": ["1", "2", "1", "2"]},
            3,
            UsageError,
            "the number of folds that data names is 2, not 3; give --folds 2",
        ),
        ({"folds": ["1", "2", "1", "1"]}, 2, LayoutError, "all images of b in data are in fold 1, so none would be"),
        (
            {"splits": ["train", "train", "validation", "train"]},
            2,
            UsageError,
            "has a validation of its own, so there is",
        ),
        ({}, 1, UsageError, "folds 1 are not possible; expected 2 or more"),
        ({}, 5, UsageError, "5 folds are too many for data"),
    ],
)
def test_what_cannot_be_is_refused(
    folder_of: MakeFolder, columns: dict[str, Any], num_folds: int, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        cross_folds(folder_of(["a", "a", "b", "b"], **columns), [], num_folds, seed=0)
