from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split, split
from classeur.errors import RangeError

MakeFolder = Callable[..., ImageFolder]

# Rows of (class, content, usable): few contents, so that equal files are common, also across classes.
ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 15), st.booleans()), min_size=1, max_size=40)
SHARES = st.floats(0.01, 0.99)
SEEDS = st.integers(-(2**70), 2**70)


def folder_from(folder_of: MakeFolder, rows: list[tuple[str, int, bool]], **columns: Any) -> ImageFolder:
    return folder_of(
        [row[0] for row in rows],
        hashes=[f"{row[1]:032x}" for row in rows],
        reasons=["" if row[2] else "broken" for row in rows],
        **columns,
    )


@settings(max_examples=200)
@given(ROWS, SHARES, SEEDS)
def test_a_split_is_a_partition_with_equal_files_on_one_side_and_training_in_every_class(
    folder_of: MakeFolder, rows: list[tuple[str, int, bool]], share: float, seed: int
) -> None:
    folder = folder_from(folder_of, rows)
    made = split(folder, validation_share=share, seed=seed)
    assert (made.made_here, made.seed) == (True, seed)
    # Each usable row is in one split, and no other row in any.
    assert [name in ("train", "validation") for name in made.splits] == folder.usable.tolist()
    assert sorted([*made.rows("train"), *made.rows("validation")]) == np.flatnonzero(folder.usable).tolist()
    sides: dict[int, set[str]] = {}
    for (_, content, usable), name in zip(rows, made.splits, strict=True):
        if usable:
            sides.setdefault(content, set()).add(name)
    assert all(len(names) == 1 for names in sides.values())
    trained = {rows[row][0] for row in made.rows("train")}
    assert trained == {label for label, _, usable in rows if usable}


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 60), min_size=1), SHARES, SEEDS)
def test_each_class_gives_its_share_to_a_whole_image(
    folder_of: MakeFolder, sizes: dict[str, int], share: float, seed: int
) -> None:
    labels = [label for label, size in sizes.items() for _ in range(size)]
    made = split(folder_of(labels), validation_share=share, seed=seed)
    taken = Counter(labels[row] for row in made.rows("validation"))
    for label, size in sizes.items():
        assert taken[label] == min(max(1, round(share * size)), size - 1)


def test_the_seed_decides(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 50 + ["b"] * 50)
    for seed in (0, 1, -1, 2**63, 2**64 - 1):
        assert split(folder, seed=seed) == split(folder, seed=seed)


def test_another_seed_is_another_split(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 50 + ["b"] * 50)
    assert len({split(folder, seed=seed).splits for seed in range(20)}) == 20


def test_every_image_has_the_same_chance(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 10 + ["b"] * 5)
    counts = np.zeros(15)
    for seed in range(1000):
        counts[split(folder, seed=seed).rows("validation")] += 1
    # Binomial(1000, 0.2): five standard deviations of 12.6.
    assert np.abs(counts - 200).max() < 64


def test_by_default_a_fifth_is_for_validation(folder_of: MakeFolder) -> None:
    made = split(folder_of(["a"] * 1000 + ["b"] * 500))
    assert [len(made.rows(name)) for name in ("train", "validation", "test")] == [1200, 300, 0]
    assert made.names == ("train", "validation")


def test_copies_across_classes_never_take_a_class_its_last_images(folder_of: MakeFolder) -> None:
    # b's only picture is one of a's, too.
    folder = folder_of(["a"] * 5 + ["b"], hashes=["1", "2", "3", "4", "5", "5"])
    for seed in range(30):
        made = split(folder, validation_share=0.4, seed=seed)
        assert made.splits[5] == made.splits[4] == "train"


@pytest.mark.parametrize("validation", ["validation", "test"])
def test_the_folders_own_split_is_kept(folder_of: MakeFolder, validation: str) -> None:
    own = ["train", "train", "validation", "train", "test", "validation"]
    folder = folder_of(["a", "b", "a", "b", "a", "b"], splits=own, reasons=["", "", "", "broken", "", ""])
    made = split(folder, seed=7)
    assert made.splits == ("train", "train", "validation", "", "test", "validation")
    assert (made.made_here, made.seed) == (False, 7)
    assert made.names == ("train", "validation", "test")
    assert made.rows("test").tolist() == [4]


def test_without_validation_it_is_made_from_training_alone(folder_of: MakeFolder) -> None:
    own = ["train"] * 20 + ["test"] * 10
    made = split(folder_of(["a", "b"] * 15, splits=own))
    assert made.made_here
    assert made.splits[20:] == ("test",) * 10
    assert Counter(made.splits[:20]) == {"train": 16, "validation": 4}


def test_validation_that_is_broken_throughout_is_made_anew(folder_of: MakeFolder) -> None:
    own = ["train"] * 10 + ["validation"] * 2
    made = split(folder_of(["a", "b"] * 6, splits=own, reasons=[""] * 10 + ["broken"] * 2))
    assert made.made_here
    assert Counter(made.splits) == {"train": 8, "validation": 2, "": 2}


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(folder_of: MakeFolder, share: float) -> None:
    with pytest.raises(RangeError, match=r"validation share of .* is not possible; expected more than 0 and less than"):
        split(folder_of(["a", "b"]), validation_share=share)


@given(ROWS, SEEDS)
def test_a_split_goes_to_json_and_back(folder_of: MakeFolder, rows: list[tuple[str, int, bool]], seed: int) -> None:
    made = split(folder_from(folder_of, rows), seed=seed)
    assert Split.model_validate_json(made.model_dump_json()) == made


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(["", "1", "2", "3"])), min_size=4)
)
def test_named_groups_and_equal_files_are_never_separated(
    folder_of: Callable[..., ImageFolder], rows: list[tuple[str, str, str]]
) -> None:
    labels, kinds, groups = zip(*rows, strict=True)
    hashes = [f"{kind}{number}" if kind == "z" else kind for number, kind in enumerate(kinds)]
    folder = folder_of([*labels, "a", "b"], hashes=[*hashes, "own-a", "own-b"], groups=[*groups, "", ""])
    made = split(folder, validation_share=0.5)
    for column in (folder.hashes, folder.groups):
        for value in set(column) - {""}:
            assert len({made.splits[row] for row, each in enumerate(column) if each == value}) == 1
    assert {made.splits[row] for row, label in enumerate(folder.labels) if label == 0} >= {"train"}
