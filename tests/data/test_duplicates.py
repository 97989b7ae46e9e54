import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.duplicates import equal_groups, find_duplicates, find_leak_shares
from classeur.data.findings import Finding
from classeur.data.folder import ImageFolder
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore

MakeFolder = Callable[..., ImageFolder]


def test_files_that_differ_are_no_finding(folder_of: MakeFolder) -> None:
    assert find_duplicates(folder_of(["a", "b", "b"])) == []


def told(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.severity, finding.subject


def test_equal_files_of_one_class_are_duplicates(folder_of: MakeFolder) -> None:
    (finding,) = find_duplicates(folder_of(["a", "a", "b", "a"], hashes=["x", "x", "y", "x"]))
    assert told(finding) == ("duplicate", "warning", "a/0.jpg")
    assert finding.values == {"paths": ["a/0.jpg", "a/1.jpg", "a/3.jpg"], "classes": ["a"], "splits": []}


def test_equal_files_of_two_splits_are_a_leak(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "b", "a"], hashes=["x", "y", "x"], splits=["train", "train", "validation"])
    (finding,) = find_duplicates(folder)
    assert told(finding) == ("leak", "error", "a/0.jpg")
    assert finding.values == {"paths": ["a/0.jpg", "a/2.jpg"], "classes": ["a"], "splits": ["train", "validation"]}


def test_equal_files_of_two_classes_are_a_contradiction(folder_of: MakeFolder) -> None:
    (finding,) = find_duplicates(folder_of(["a", "b"], hashes=["x", "x"], splits=["train", "train"]))
    assert told(finding) == ("contradiction", "error", "a/0.jpg")
    assert finding.values["classes"] == ["a", "b"]


def test_equal_files_of_two_classes_in_two_splits_are_both(folder_of: MakeFolder) -> None:
    findings = find_duplicates(folder_of(["a", "b"], hashes=["x", "x"], splits=["train", "test"]))
    assert [told(finding) for finding in findings] == [
        ("contradiction", "error", "a/0.jpg"),
        ("leak", "error", "a/0.jpg"),
    ]
    assert findings[0].values == findings[1].values


def test_large_groups_come_first_then_the_order_of_the_files(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "a", "a", "b", "b", "b", "b"], hashes=["x", "y", "x", "y", "z", "z", "z"])
    assert [(finding.code, finding.subject) for finding in find_duplicates(folder)] == [
        ("duplicate", "b/4.jpg"),
        ("duplicate", "a/0.jpg"),
        ("contradiction", "a/1.jpg"),
    ]


# How much a leak can matter


def leaking(folder_of: MakeFolder, *, num_images: int, num_seen: int, split: str = "validation") -> ImageFolder:
    hashes = [
        *map(str, range(num_images)),
        *map(str, range(num_seen)),
        *(f"v{n}" for n in range(num_images - num_seen)),
    ]
    return folder_of(["a"] * 2 * num_images, hashes=hashes, splits=["train"] * num_images + [split] * num_images)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_three_leaks_in_thousands_are_not_what_many_are(folder_of: MakeFolder, split: str) -> None:
    (few,) = find_leak_shares(leaking(folder_of, num_images=1000, num_seen=3, split=split))
    (many,) = find_leak_shares(leaking(folder_of, num_images=1000, num_seen=189, split=split))
    assert (few.severity, many.severity) == ("warning", "error")
    assert many.values == {
        "split": split,
        "num_images": 1000,
        "num_seen": 189,
        "share": 0.189,
        "most_points": pytest.approx(18.9),
    }


def test_images_are_counted_not_groups(folder_of: MakeFolder) -> None:
    splits = ["train", "train", "validation", "validation", "validation", "test"]
    folder = folder_of(["a", "b", "a", "a", "b", "a"], hashes=["x", "x", "x", "x", "y", "y"], splits=splits)
    (finding,) = find_leak_shares(folder)
    assert (finding.values["num_seen"], finding.values["num_images"]) == (2, 3)


def test_what_is_set_aside_leaks_nothing(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "a"], hashes=["x", "x"], splits=["train", "validation"], reasons=["broken", ""])
    assert find_leak_shares(folder) == []
    assert find_leak_shares(folder_of(["a", "a"], hashes=["x", "x"])) == [], "nobody has split them"


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
