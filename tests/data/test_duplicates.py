import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.duplicates import equal_groups, find_duplicates
from classeur.data.folder import ImageFolder
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore

MakeFolder = Callable[..., ImageFolder]


def test_files_that_differ_are_no_finding(folder_of: MakeFolder) -> None:
    assert find_duplicates(folder_of(["a", "b", "b"])) == []


def test_equal_files_of_one_class_are_duplicates(folder_of: MakeFolder) -> None:
    (finding,) = find_duplicates(folder_of(["a", "a", "b", "a"], hashes=["x", "x", "y", "x"]))
    assert (finding.code, finding.severity, finding.subject) == ("duplicate", "warning", "a/0.jpg")
    assert finding.evidence == "same bytes as a/1.jpg, a/3.jpg"


def test_equal_files_of_two_splits_are_a_leak(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "b", "a"], hashes=["x", "y", "x"], splits=["train", "train", "validation"])
    (finding,) = find_duplicates(folder)
    assert (finding.code, finding.severity, finding.subject) == ("leak", "error", "a/0.jpg")
    assert finding.evidence == "same bytes as a/2.jpg, in train and validation"


@pytest.mark.parametrize("second_split", ["train", "test"])
def test_equal_files_of_two_classes_are_a_contradiction_also_across_splits(
    folder_of: MakeFolder, second_split: str
) -> None:
    folder = folder_of(["a", "b"], hashes=["x", "x"], splits=["train", second_split])
    (finding,) = find_duplicates(folder)
    assert (finding.code, finding.severity) == ("contradiction", "error")
    assert finding.evidence == "same bytes as b/1.jpg, in the classes a and b"


def test_each_group_is_one_finding_in_the_order_of_the_files(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "a", "a", "b", "b", "b"], hashes=["x", "y", "x", "y", "z", "z"])
    assert [(finding.code, finding.subject) for finding in find_duplicates(folder)] == [
        ("duplicate", "a/0.jpg"),
        ("contradiction", "a/1.jpg"),
        ("duplicate", "b/4.jpg"),
    ]


def test_what_is_set_aside_is_no_duplicate(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "a", "b"], hashes=["x", "x", "x"], reasons=["broken", "broken", ""])
    assert find_duplicates(folder) == []


def test_a_flat_folder_has_duplicates_too(folder_of: MakeFolder) -> None:
    (finding,) = find_duplicates(folder_of(["", ""], class_names=[], hashes=["x", "x"]))
    assert finding.code == "duplicate"


def test_files_on_disk_are_compared_by_their_bytes(image_folder: Callable[..., Path], cache: Path) -> None:
    data = image_folder({"train": {"cats": 2, "dogs": 2}, "validation": {"cats": 1, "dogs": 1}})
    shutil.copy(data / "train" / "cats" / "00.jpg", data / "validation" / "cats" / "leak.png")
    shutil.copy(data / "train" / "cats" / "01.png", data / "train" / "dogs" / "wrong.png")
    shutil.copy(data / "train" / "dogs" / "00.jpg", data / "train" / "dogs" / "again.jpg")
    folder = scan(data, PixelStore(cache, image_size=(8, 8), fit="squash"), cache=cache)
    assert [(finding.code, finding.subject) for finding in find_duplicates(folder)] == [
        ("leak", "train/cats/00.jpg"),
        ("contradiction", "train/cats/01.png"),
        ("duplicate", "train/dogs/00.jpg"),
    ]


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.booleans()), max_size=12))
def test_groups_are_exactly_the_usable_rows_that_share_a_hash(
    folder_of: MakeFolder, rows: list[tuple[str, bool]]
) -> None:
    hashes = [hash_ for hash_, _ in rows]
    reasons = ["" if usable else "broken" for _, usable in rows]
    groups = equal_groups(folder_of(["a"] * len(rows), hashes=hashes, reasons=reasons))
    together = {(first, second) for group in groups for first in group for second in group if first != second}
    assert together == {
        (first, second)
        for first in range(len(rows))
        for second in range(len(rows))
        if first != second and hashes[first] == hashes[second] and not reasons[first] and not reasons[second]
    }
    assert groups == sorted(groups)
