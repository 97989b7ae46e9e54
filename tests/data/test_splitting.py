import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.data.folder import ImageFolder
from classeur.data.splitting import FEWEST_FOR_TEST, Split, split
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


# Groups, three parts, and an older split

# Rows of (class, content, group, usable); every image is of its own class's groups unless contents say otherwise.
GROUPED = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.integers(0, 8), st.booleans()), min_size=1, max_size=80
)
TWO_SHARES = st.tuples(st.floats(0.02, 0.48), st.floats(0, 0.48))


def grouped_folder(folder_of: MakeFolder, rows: list[tuple[str, int, int, bool]], **columns: Any) -> ImageFolder:
    facts = {
        "paths": [f"{label}/{number:03d}.jpg" for number, (label, *_) in enumerate(rows)],
        "hashes": [f"{content:032x}" for _, content, _, _ in rows],
        "groups": [f"{label}{group}" if group else "" for label, _, group, _ in rows],
        "reasons": ["" if usable else "broken" for *_, usable in rows],
    }
    return folder_of([label for label, *_ in rows], **{**facts, **columns})


@settings(max_examples=60)
@given(GROUPED, TWO_SHARES, st.data())
def test_the_order_of_the_files_does_not_matter(
    folder_of: MakeFolder, rows: list[tuple[str, int, int, bool]], shares: tuple[float, float], data: st.DataObject
) -> None:
    folder = grouped_folder(folder_of, rows)
    together = data.draw(st.lists(st.lists(st.integers(0, len(rows) - 1), max_size=3), max_size=3))
    made = split(folder, validation_share=shares[0], test_share=shares[1], together=together)
    order = data.draw(st.permutations(range(len(rows))))
    names = ("paths", "hashes", "groups", "reasons")
    turned = grouped_folder(
        folder_of,
        [rows[row] for row in order],
        **{name: [getattr(folder, name)[row] for row in order] for name in names},
    )
    where = {row: number for number, row in enumerate(order)}
    again = split(
        turned,
        validation_share=shares[0],
        test_share=shares[1],
        together=[[where[row] for row in reversed(group)] for group in reversed(together)],
    )
    assert [again.splits[where[row]] for row in range(len(rows))] == list(made.splits)


@settings(max_examples=60)
@given(GROUPED, TWO_SHARES, SEEDS, st.data())
def test_a_split_in_three_is_a_partition_and_separates_nothing(
    folder_of: MakeFolder,
    rows: list[tuple[str, int, int, bool]],
    shares: tuple[float, float],
    seed: int,
    data: st.DataObject,
) -> None:
    folder = grouped_folder(folder_of, rows)
    together = data.draw(st.lists(st.lists(st.integers(0, len(rows) - 1), max_size=3), max_size=3))
    made = split(folder, validation_share=shares[0], test_share=shares[1], together=together, seed=seed)
    assert [name in ("train", "validation", "test") for name in made.splits] == folder.usable.tolist()
    assert {rows[row][0] for row in made.rows("train")} == {label for label, _, _, usable in rows if usable}
    named = [[row for row in range(len(rows)) if column[row] == value]
             for column in (folder.hashes, folder.groups) for value in set(column) - {""}]  # fmt: skip
    for group in (*named, *together):
        assert len({made.splits[row] for row in group} - {""}) <= 1


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(1, 9), min_size=1, max_size=40), min_size=1),
    TWO_SHARES,
    SEEDS,
)
def test_each_class_gives_its_shares_to_within_its_largest_group(
    folder_of: MakeFolder, sizes: dict[str, list[int]], shares: tuple[float, float], seed: int
) -> None:
    labels = [label for label, groups in sizes.items() for size in groups for _ in range(size)]
    groups = [
        f"{label}{number}" for label, sizes_ in sizes.items() for number, size in enumerate(sizes_) for _ in range(size)
    ]
    made = split(folder_of(labels, groups=groups), validation_share=shares[0], test_share=shares[1], seed=seed)
    has_test = shares[1] > 0 and min(map(sum, sizes.values())) >= FEWEST_FOR_TEST
    for label, of_class in sizes.items():
        num_images, largest = sum(of_class), max(of_class)
        taken = Counter(made.splits[row] for row, each in enumerate(labels) if each == label)
        for name, share in (("validation", shares[0]), ("test", shares[1] if has_test else 0)):
            wanted = max(1, round(share * num_images)) if share else 0
            assert abs(taken[name] - wanted) <= largest
        assert taken["validation"] or len(of_class) == 1


def test_the_split_of_a_seed_is_that_of_earlier_versions(folder_of: MakeFolder) -> None:
    labels = ["a"] * 12 + ["b"] * 9
    folder = folder_of(labels, paths=[f"{label}/{row:02d}.jpg" for row, label in enumerate(labels)])
    assert split(folder).rows("validation").tolist() == [8, 11, 16, 19]
    assert split(folder, seed=7).rows("validation").tolist() == [1, 3, 14, 18]


def test_the_spelling_of_a_machine_does_not_matter(folder_of: MakeFolder) -> None:
    paths = [f"a/{name}{number}.jpg" for number in range(10) for name in ("caf\u00e9", "caff", "cafz")]
    here, there = (
        {unicodedata.normalize(form, path): row for row, path in enumerate(paths)} for form in ("NFC", "NFD")
    )
    sides = []
    for spelt in (here, there):
        folder = folder_of(["a"] * 30, paths=sorted(spelt))
        sides.append({spelt[folder.paths[row]] for row in split(folder, seed=3).rows("validation")})
    assert sides[0] == sides[1]


def test_a_group_that_is_too_large_for_validation_is_left_for_the_test(folder_of: MakeFolder) -> None:
    groups = [name for name, size in (("p", 2), ("q", 9), ("r", 9)) for _ in range(size)]
    for seed in range(5):
        made = split(folder_of(["a"] * 20, groups=groups), validation_share=0.375, test_share=0.25, seed=seed)
        assert Counter(made.splits) == {"train": 9, "validation": 2, "test": 9}


def test_groups_larger_than_the_share_still_give_validation_and_test(folder_of: MakeFolder) -> None:
    labels = [label for label in "ab" for _ in range(40)]
    groups = [f"{label}{row // 10}" for row, label in enumerate(labels)]
    made = split(folder_of(labels, groups=groups), validation_share=0.15, test_share=0.15)
    assert Counter(made.splits) == {"train": 40, "validation": 20, "test": 20}


@pytest.mark.parametrize(
    ("num_images", "names"), [(20, ("train", "validation", "test")), (19, ("train", "validation"))]
)
def test_a_class_with_fewer_than_twenty_images_leaves_no_test(
    folder_of: MakeFolder, num_images: int, names: tuple[str, ...]
) -> None:
    made = split(folder_of(["a"] * 50 + ["b"] * num_images), validation_share=0.15, test_share=0.15)
    assert made.names == names


def test_a_test_of_the_folders_own_is_the_only_one(folder_of: MakeFolder) -> None:
    own = ["train"] * 60 + ["test"] * 10
    made = split(folder_of(["a", "b"] * 35, splits=own), validation_share=0.15, test_share=0.15)
    assert made.rows("test").tolist() == list(range(60, 70))
    assert Counter(made.splits) == {"train": 52, "validation": 8, "test": 10}


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        ((0.2, 1), "test share of 1 is not possible; expected 0 or more and less than 1"),
        ((0.2, -0.1), "test share of -0.1 is not possible"),
        ((0.5, 0.5), "0.5 for validation and 0.5 for test leave none for training; expected less than 1 together"),
    ],
)
def test_shares_that_leave_no_training_are_refused(
    folder_of: MakeFolder, shares: tuple[float, float], fault: str
) -> None:
    with pytest.raises(RangeError, match=fault):
        split(folder_of(["a", "b"]), validation_share=shares[0], test_share=shares[1])


# Two images that an older split always has, in training and in validation, and one that is always new.
OLD, NEW = [("a", 100, 0, True), ("a", 101, 0, True)], [("a", 102, 0, True)]


@settings(max_examples=60)
@given(GROUPED, GROUPED, TWO_SHARES, SEEDS, st.data())
def test_nothing_moves_when_data_grow(
    folder_of: MakeFolder,
    before: list[tuple[str, int, int, bool]],
    more: list[tuple[str, int, int, bool]],
    shares: tuple[float, float],
    seed: int,
    data: st.DataObject,
) -> None:
    before, more = [*OLD, *before], [*NEW, *more]
    first = split(grouped_folder(folder_of, before), validation_share=shares[0], test_share=shares[1])
    grown = grouped_folder(folder_of, [*before, *more])
    kept = [*first.splits, *[""] * len(more)]
    of = {name: [row for row, each in enumerate(kept) if each == name and grown.usable[row]] for name in first.names}
    of["new"] = [row for row in np.flatnonzero(grown.usable).tolist() if not kept[row]]
    # What only now is found to belong together: images of two splits, with and without a new one; new ones with one.
    bridges = [[data.draw(st.sampled_from(of[name])) for name in ("train", "validation", *also)]
               for also in ((), ("new",))]  # fmt: skip
    together = [*bridges, [data.draw(st.sampled_from(of[name])) for name in ("new", data.draw(st.sampled_from([*of])))]]
    made = split(grown, validation_share=shares[0], test_share=shares[1], together=together, kept=kept, seed=seed)
    assert made.splits[: len(before)] == first.splits
    for row, usable in enumerate(grown.usable):
        belongs = {
            kept[other]
            for other in range(len(kept))
            if grown.hashes[other] == grown.hashes[row]
            or grown.groups[other] == grown.groups[row] != ""
            or any({row, other} <= set(group) for group in together)
        } - {""}
        if row in made.joining:
            assert (made.splits[row], usable, kept[row]) == ("", True, "")
            assert len(made.joining[row]) > 1
            assert set(made.joining[row]) >= belongs
        else:
            assert bool(made.splits[row]) == usable
            assert not usable or kept[row] or belongs <= {made.splits[row]}
    assert made.joining.keys() >= set(bridges[1]) & set(of["new"])
    assert set(made.names) <= {*first.names, "train", "validation", *(("test",) if shares[1] else ())}


def test_what_is_new_brings_the_splits_to_their_shares(folder_of: MakeFolder) -> None:
    labels = ["a"] * 100 + ["b"] * 100
    kept = ["train"] * 40 + ["validation"] * 10 + [""] * 50 + ["train"] * 50 + [""] * 50
    made = split(folder_of(labels), validation_share=0.2, kept=kept)
    counts = Counter(zip(labels, made.splits, strict=True))
    assert counts == {("a", "train"): 80, ("a", "validation"): 20, ("b", "train"): 80, ("b", "validation"): 20}
    assert split(folder_of(labels), validation_share=0.2, kept=made.splits).splits == made.splits


def test_a_new_image_that_would_join_two_splits_is_set_aside(folder_of: MakeFolder) -> None:
    # The new rows 4 and 5 are copies of one image each; row 6 is near to both; row 7 is near to a training image alone.
    folder = folder_of(["a"] * 8, hashes=["1", "2", "3", "4", "1", "3", "5", "6"])
    kept = ["train", "train", "validation", "validation", "", "", "", ""]
    made = split(folder, kept=kept)
    assert made.splits[4:6] == ("train", "validation")
    assert made.joining == {}
    made = split(folder, kept=kept, together=[[4, 6], [6, 5], [1, 7]])
    assert made.splits == ("train", "train", "validation", "validation", "", "", "", "train")
    assert made.joining == dict.fromkeys((4, 5, 6), ("train", "validation"))


def test_groups_of_several_classes_leave_each_class_its_share(folder_of: MakeFolder) -> None:
    """Patients with both classes, in any proportion."""
    random = np.random.default_rng(0)
    sizes = random.integers(0, 8, (60, 2))
    rows = [
        (label, f"p{patient}")
        for patient, counts in enumerate(sizes)
        for label, n in zip("ab", counts, strict=True)
        for _ in range(n)
    ]
    folder = folder_of([label for label, _ in rows], groups=[group for _, group in rows])
    for seed in range(20):
        made = split(folder, validation_share=0.15, test_share=0.15, seed=seed)
        for label in (0, 1):
            of_class = folder.labels == label
            for name in ("validation", "test"):
                taken = sum(folder.labels[made.rows(name)] == label)
                assert abs(taken - 0.15 * of_class.sum()) <= 4, "half a patient"
