import csv
import os
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.folder import ImageFolder
from classeur.data.inspection import inspect
from classeur.data.near_duplicates import KINDS, SAME_CONTENT, NearDuplicate
from classeur.data.near_findings import in_long_chains
from classeur.data.plan import planned, without, write_plan
from classeur.delivery.findings_table import COLUMNS, rows
from classeur.errors import TableError
from classeur.run import to_csv

MakeFolder = Callable[..., ImageFolder]
Writer = Callable[..., Path]


def codes(folder: ImageFolder) -> list[tuple[int, str]]:
    return [(each.row, each.code) for each in planned(folder)]


def test_of_copies_the_first_stays(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 4 + ["b"], hashes=["1", "2", "1", "1", "3"])
    assert codes(folder) == [(2, "duplicate"), (3, "duplicate")]
    assert planned(folder)[0].reason == "same bytes as a/0.jpg"


def test_of_a_leak_the_judged_image_stays(folder_of: MakeFolder) -> None:
    splits = ["train", "validation", "validation", "test", "train", "validation"]
    folder = folder_of(["a"] * 6, hashes=["1", "1", "1", "2", "2", "2"], splits=splits)
    assert codes(folder) == [(0, "leak"), (2, "duplicate"), (4, "leak"), (5, "leak")]
    assert [each.reason for each in planned(folder)][::2] == [
        "same bytes as a/1.jpg, which is for validation", "same bytes as a/3.jpg, which is for test",
    ]  # fmt: skip


def test_a_contradiction_leaves_out_all(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "a", "b"], hashes=["1", "1", "1"])
    assert codes(folder) == [(0, "contradiction"), (1, "contradiction"), (2, "contradiction")]
    assert planned(folder)[2].reason == "same bytes as a/0.jpg, of class a"


def test_of_near_duplicates_the_judged_stay_and_contrary_labels_go(folder_of: MakeFolder) -> None:
    splits = ["train", "validation", "test", "train", "train", "train", "train"]
    folder = folder_of(list("aaaabab"), splits=splits, hashes=["1", "2", "3", "1", "4", "5", "6"])
    pairs = [
        NearDuplicate(0, 1, "mirrored", 0.99), NearDuplicate(1, 2, "moved", 0.9),
        NearDuplicate(4, 5, "copy", 0.9), NearDuplicate(5, 6, "moved", 0.9),
    ]  # fmt: skip
    # 3 has the bytes of 0, of which the first would stay otherwise; 5 and 6 are frames, which may show other things.
    assert [(each.row, each.code) for each in planned(folder, pairs)] == [
        (0, "near-leak"), (1, "near-leak"), (3, "duplicate"), (4, "near-contradiction"), (5, "near-contradiction"),
    ]  # fmt: skip
    assert [each.reason for each in planned(folder, pairs)[:2]] == [
        "shows the same as a/1.jpg, which is for validation (mirrored)",
        "shows the same as a/2.jpg, which is for test (cropped, or the next frame)",
    ]
    assert (
        planned(folder, pairs)[3].reason
        == "shows the same as a/5.jpg, of class a (re-encoded, resized or of other brightness)"
    )
    assert planned(folder, [NearDuplicate(0, 3, "copy", 1.0), NearDuplicate(4, 6, "moved", 1.0)])[1:] == []


def test_a_chain_that_is_much_of_a_class_is_for_a_person(folder_of: MakeFolder) -> None:
    """As before a fixed camera: of twelve images six of a class are joined over two classes and splits."""
    folder = folder_of("a" * 10 + "bb", splits=["train", "validation"] * 6)
    chain = [NearDuplicate(row, row + 1, "copy", 0.99) for row in (0, 1, 2, 3, 4)]
    beside = NearDuplicate(9, 10, "mirrored", 0.99)
    assert {each.row for each in planned(folder, [*chain, beside])} == {9, 10}
    assert {each.row for each in planned(folder, [*chain[1:], beside])} == {2, 4, 9, 10}


def test_equal_files_make_no_chain_long(folder_of: MakeFolder) -> None:
    folder = folder_of("aaaaaab", hashes=list("xxxxxxy"))
    plan = planned(folder, [NearDuplicate(0, 6, "copy", 0.99)])
    assert [(each.row, each.code) for each in plan if each.code != "duplicate"] == [
        (0, "near-contradiction"), (6, "near-contradiction"),
    ]  # fmt: skip


def test_images_of_one_shade_are_left_out_and_what_cannot_be_used_is_not_named(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 3, used_ranges=[0.01, 1, 0.01], hashes=["1", "2", "2"], reasons=["", "", "broken"])
    assert codes(folder) == [(0, "low-range")]


@pytest.fixture
def pets(tmp_path: Path, folder_of: MakeFolder, write_files: Writer) -> ImageFolder:
    names = ["=a/0.jpg", "=a/1.jpg", "b/2.jpg", "b/3.jpg"]
    root = write_files(tmp_path / "pets", *names)
    return folder_of([name[:-6] for name in names], paths=names, root=str(root), hashes=["1", "1", "2", "2"])


@pytest.mark.parametrize("place", ["plan.csv", "pets/plan.csv", "else/where/plan.csv"])
def test_a_plan_that_is_followed_leaves_nothing_to_plan(pets: ImageFolder, tmp_path: Path, place: str) -> None:
    plan = tmp_path / place
    assert write_plan(plan, pets) == 2
    assert pets.usable.all()  # asked before, and still so
    left, unknown, _ = without(pets, plan)
    assert left.usable.tolist() == [True, False, True, False]
    assert left.set_aside() == [(name, "left out by plan.csv") for name in ("=a/1.jpg", "b/3.jpg")]
    assert (unknown, planned(left), pets.set_aside()) == ([], [], [])
    assert left.counts[""].tolist() == [1, 1]


def test_a_plan_is_edited_by_hand(pets: ImageFolder, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    write_plan(plan, pets)
    with plan.open(encoding="utf-8", newline="") as file:
        header, first, _ = csv.reader(file)
    assert (header, first[0]) == (["path", "label", "finding", "reason"], "pets/=a/1.jpg")
    plan.write_text("path\npets/b/2.jpg\npets/b/9.jpg\n", encoding="utf-8")
    left, unknown, _ = without(pets, plan)
    assert (left.usable.tolist(), unknown) == ([True, True, False, True], ["pets/b/9.jpg"])
    plan.write_text("path,label,finding,reason\n", encoding="utf-8")
    assert without(pets, plan)[0].usable.all()
    plan.write_text("what,why\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError, match="has no column of paths; expected a first line that begins with path"):
        without(pets, plan)


def test_names_as_inspect_prints_them_are_those_of_data(pets: ImageFolder, tmp_path: Path, write_files: Writer) -> None:
    """Though other folders beside the plan have files of these names; those beside it in the data come first."""
    write_files(tmp_path / "copy", "b/2.jpg")
    write_files(tmp_path / "other", "b/2.jpg")
    plan = tmp_path / "plan.csv"
    plan.write_text("path,why\n,about the whole\nb/2.jpg,blurred\npets/b/3.jpg,blurred\n", encoding="utf-8")
    left, unknown, _ = without(pets, plan)
    assert (left.usable.tolist(), unknown) == ([True, True, False, False], [])


@pytest.mark.parametrize("name", ["b/", "b", "pets/b/", "pets/b", "{root}/b"])
def test_a_folder_stands_for_all_images_below_it(pets: ImageFolder, tmp_path: Path, name: str) -> None:
    """Named as in the data, or from the plan; also where an image elsewhere has its name."""
    name = name.format(root=pets.root)
    (tmp_path / "other").mkdir()
    for place in ("other/b.jpg", "other/b.png"):
        (tmp_path / place).write_bytes(b"")
    (tmp_path / "plan.csv").write_text(f"path\n{name}\npets/b/2.jpg\n", encoding="utf-8")
    broken = pets.model_copy(update={"reasons": ("", "", "", "broken")})
    left, unknown, folders = without(broken, tmp_path / "plan.csv")
    assert (left.reasons, unknown) == (("", "", "left out by plan.csv", "broken"), [])
    assert folders == {name: 1}
    assert without(pets, tmp_path / "plan.csv").folders == {name: 2}


def test_a_name_of_a_folder_and_of_an_image_must_be_written_whole(
    tmp_path: Path, folder_of: MakeFolder, write_files: Writer
) -> None:
    names = ["a/1/0.jpg", "a/1.jpg", "a/2.jpg"]
    root = write_files(tmp_path / "pets", *names)
    folder = folder_of(["a"] * 3, paths=names, root=str(root), hashes=["1", "2", "3"])
    plan = tmp_path / "plan.csv"
    for name in ("pets/a/1", "a/1"):
        plan.write_text(f"path\n{name}\n", encoding="utf-8")
        with pytest.raises(
            TableError, match=rf"line 2: '{name}' is a folder, and fits .*a/1\.jpg; write '{name}/', or"
        ):
            without(folder, plan)
    for name, left in (("pets/a/1/", [False, True, True]), ("pets/a/1.jpg", [True, False, True])):
        plan.write_text(f"path\n{name}\n", encoding="utf-8")
        assert without(folder, plan).folder.usable.tolist() == left


def test_all_findings_are_no_plan(pets: ImageFolder, tmp_path: Path) -> None:
    """They name both of two copies."""
    plan = tmp_path / "findings.csv"
    plan.write_text(to_csv(COLUMNS, rows(inspect(pets), pets)), encoding="utf-8")
    with pytest.raises(TableError, match="lists all that was found, also of images to keep; .* inspect data --plan"):
        without(pets, plan)


def test_a_plan_of_other_data_is_refused_and_an_empty_one_is_not(pets: ImageFolder, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text("path\nelse/b/2.jpg\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"plan\.csv names no image of data \(its first is else/b/2\.jpg, sought in"):
        without(pets, plan)
    plan.write_text("path\n", encoding="utf-8")
    assert without(pets, plan)[1] == []
    broken = pets.model_copy(update={"reasons": ("broken", "", "", "")})
    plan.write_text("path\npets/=a/0.jpg\n", encoding="utf-8")
    assert without(broken, plan)[1] == [], "it is there, though it cannot be used"


def test_a_name_that_is_not_utf8_is_left_out_too(tmp_path: Path, folder_of: MakeFolder, write_files: Writer) -> None:
    names = [os.fsdecode(b"a/caf\xe9.jpg"), "a/1.jpg", os.fsdecode(b"a/x\xff.jpg")]
    try:
        root = write_files(tmp_path / "pets", *names)
    except OSError:
        pytest.skip("this file system has no such names")
    folder = folder_of(["a"] * 3, paths=names, root=str(root), hashes=["1", "1", "1"])
    write_plan(tmp_path / "plan.csv", folder)
    left, unknown, _ = without(folder, tmp_path / "plan.csv")
    assert (left.usable.tolist(), unknown) == ([True, False, False], [])


def test_a_plan_of_a_zip_holds_wherever_it_is_unpacked(tmp_path: Path, folder_of: MakeFolder) -> None:
    with ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("pets/a/0.jpg", b"x")
    ones, others = (
        folder_of(["a"] * 2, hashes=["1", "1"], data=str(tmp_path / "pets.zip"), root=str(tmp_path / cache / "pets"))
        for cache in ("one", "other")
    )
    write_plan(tmp_path / "plan.csv", ones)
    assert (tmp_path / "plan.csv").read_text().splitlines()[1].startswith("pets.zip/a/1.jpg,a,duplicate,")
    left, unknown, _ = without(others, tmp_path / "plan.csv")
    assert (left.usable.tolist(), unknown) == ([True, False], [])


def test_what_cannot_be_used_keeps_its_own_reason(pets: ImageFolder, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    write_plan(plan, pets)
    broken = pets.model_copy(update={"reasons": ("", "broken", "", "")})
    assert dict(without(broken, plan)[0].set_aside())["=a/1.jpg"] == "broken"


ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["train", "validation", "test"]), st.integers(0, 9)),
    min_size=1,
    max_size=14,
)
PAIRS = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13), st.sampled_from(KINDS)), max_size=8)


@given(ROWS, PAIRS)
def test_what_a_plan_leaves_has_no_leak_and_no_contradiction(
    folder_of: MakeFolder, rows: list[tuple[str, str, int]], ends: list[tuple[int, int, str]]
) -> None:
    labels, splits, contents = (list(column) for column in zip(*rows, strict=True))
    folder = folder_of(labels, splits=splits, hashes=[str(each) for each in contents])
    pairs = [
        NearDuplicate(one, other, kind, 0.9)
        for one, other, kind in ends
        if max(one, other) < len(rows) and contents[one] != contents[other]
    ]
    out, in_long = {each.row for each in planned(folder, pairs)}, in_long_chains(folder, pairs)
    left = [row for row in range(len(rows)) if row not in out]
    for one in left:
        for other in left:
            is_equal = contents[one] == contents[other]
            kinds = {
                pair.kind for pair in pairs
                if {contents[pair.first], contents[pair.second]} == {contents[one], contents[other]}
            }  # fmt: skip
            assert one == other or not is_equal
            assert not kinds or splits[one] == splits[other] or one in in_long
            assert not kinds & SAME_CONTENT or one in in_long or labels[one] == labels[other]
    # And of what judges, only what is wrong or twice is left out.
    for each in planned(folder, pairs):
        assert splits[each.row] != "test" or each.code in ("contradiction", "near-contradiction", "duplicate")
