from collections.abc import Callable
from pathlib import Path

import pytest

from classeur.data.folder import ImageFolder
from classeur.data.grouping import find_group_leaks, find_groups, group_names, grouped, with_group_column
from classeur.errors import TableError, UsageError

MakeFolder = Callable[..., ImageFolder]

PATIENTS = [f"{name}/p{patient:02d}_{shot}.jpg" for name in ("a", "b") for patient in range(10) for shot in range(3)]


def folder_with(folder_of: MakeFolder, paths: list[str], **columns: object) -> ImageFolder:
    return folder_of([path.split("/")[0] for path in paths], paths=paths, **columns)


# What names a group


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("folder", ("p1", "p1", "", "left")),
        ("folder:1", ("p1", "p1", "", "left")),
        ("folder:2", ("", "", "", "p2")),
        (r"p\d", ("p1", "p1", "p3", "p2")),
        (r"/(p\d)/", ("p1", "p1", "", "p2")),
        (r"/(p\d)/(left)?", ("p1", "p1", "", "p2/left")),
    ],
)
def test_the_group_is_a_folder_or_what_an_expression_matches(
    folder_of: MakeFolder, group_by: str, expected: tuple[str, ...]
) -> None:
    folder = folder_with(folder_of, ["a/p1/1.jpg", "b/p1/2.jpg", "a/p3.jpg", "b/p2/left/1.jpg"])
    assert group_names(folder, group_by) == expected


def test_the_folder_of_a_class_is_no_group(folder_of: MakeFolder) -> None:
    paths = ["train/a/1.jpg", "train/a/p1/2.jpg", "data/x/b/p2/3.jpg", "elsewhere/p3/4.jpg"]
    folder = folder_of(["a", "a", "b", "b"], paths=paths)
    assert group_names(folder, "folder") == ("", "p1", "p2", "p3")
    accented = folder_of(["caf\u00e9"], paths=["cafe\u0301/p1/1.jpg"])
    assert group_names(accented, "folder") == ("p1",), "as macOS spells it"


def test_groups_take_the_place_of_the_folders_own(folder_of: MakeFolder) -> None:
    folder = folder_with(folder_of, ["a/p1/1.jpg", "b/p2/2.jpg"], groups=["x", "y"])
    assert grouped(folder, "folder").groups == ("p1", "p2")
    assert grouped(folder, None) is folder
    assert grouped(folder, "patient", {"group": "patient"}) is folder


@pytest.mark.parametrize(
    ("group_by", "fault"),
    [
        (r"(q\d)", r"'\(q\\d\)' finds no group in data, not in a/p1/1.jpg either; expected folder, folder:2, a column"),
        ("folder:7", "finds no group"),
        (r"\.jpg", "puts all 2 images of data into one group"),
    ],
)
def test_groups_that_are_none_are_refused(folder_of: MakeFolder, group_by: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        grouped(folder_with(folder_of, ["a/p1/1.jpg", "b/p2/2.jpg"]), group_by)


def test_a_column_is_found_by_its_name(tmp_path: Path) -> None:
    table = tmp_path / "all.csv"
    table.write_text("path,label,Patient ID\n1.jpg,a,p1\n", encoding="utf-8")
    expected = {"path": "path", "group": "patient_id"}
    assert with_group_column(table, {"path": "path"}, "patient_id") == expected
    assert with_group_column(table, None, r"(p\d)") is None
    assert with_group_column(table, None, "folder") is None
    assert with_group_column(table, None, "patient") == {"group": "patient"}, "refused where the CSV is read"
    with pytest.raises(TableError, match="not UTF-8"):
        table.write_bytes(b"\xff\xff")
        with_group_column(table, None, "patient")


@pytest.mark.parametrize(
    ("group_by", "fault"),
    [
        ("patient", "'patient' cannot group .*; expected folder, folder:2, a column of a CSV, or a regular expression"),
        ("folder:0", "is not a regular|cannot group|finds no group"),
        ("(p", r"'\(p' is not a regular expression \(missing \)"),
    ],
)
def test_what_names_no_group_is_refused(folder_of: MakeFolder, tmp_path: Path, group_by: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        columns = with_group_column(tmp_path, None, group_by)
        grouped(folder_with(folder_of, ["a/1.jpg", "b/1.jpg"]), group_by, columns)


# What looks like groups


def found(folder: ImageFolder) -> tuple[str, int, int] | None:
    findings = find_groups(folder)
    if not findings:
        return None
    values = findings[0].values
    if not any(folder.splits):
        assert findings[0].changes[0].options == {"group_by": values["group_by"]}
    assert grouped(folder, values["group_by"]).groups
    return values["group_by"], values["num_groups"], values["num_images"]


def test_names_that_begin_with_a_patient_look_like_groups(folder_of: MakeFolder) -> None:
    assert found(folder_with(folder_of, PATIENTS)) == ("([^/_]+)_[^/]*$", 10, 60)
    dotted = [path.replace("_", ".") for path in PATIENTS]
    assert found(folder_with(folder_of, dotted)) == (r"([^/.]+)[.][^/]*[.][^/]*$", 10, 60)


def test_names_that_begin_with_a_day_look_like_groups(folder_of: MakeFolder) -> None:
    paths = [f"{name}/2024-03-{day:02d}-{shot}.jpg" for name in "ab" for day in range(1, 8) for shot in range(4)]
    assert found(folder_with(folder_of, paths)) == ("([^/-]+-[^/-]+-[^/-]+)-[^/]*$", 7, 56)


def test_folders_inside_classes_look_like_groups(folder_of: MakeFolder) -> None:
    paths = [f"{name}/{name}{number // 4}/{number}.jpg" for name in "ab" for number in range(20)]
    folder = folder_with(folder_of, paths, splits=["train", "validation"] * 20)
    assert found(folder) == ("folder", 10, 40)
    assert find_groups(folder)[0].values["num_across"] == 10


@pytest.mark.parametrize(
    "names",
    [
        [f"cat.{number:04d}.jpg" for number in range(40)],
        [f"{number:04d}.jpg" for number in range(40)],
        [f"{number:04d}_small.jpg" for number in range(40)],
        [f"IMG_{number:04d}.jpg" for number in range(40)],
        [f"{number * 7919 % 1000003}_{number * 104729 % 999983:x}_n.jpg" for number in range(40)],
        [f"{'one' if number % 8 else 'two'}_{number}.jpg" for number in range(40)],
        ["x/1.jpg"] * 40,
    ],
)
def test_counted_names_do_not_look_like_groups(folder_of: MakeFolder, names: list[str]) -> None:
    assert found(folder_with(folder_of, [f"{label}/{name}" for label in "ab" for name in names])) is None


def test_groups_that_are_known_are_not_looked_for(folder_of: MakeFolder) -> None:
    assert found(folder_with(folder_of, PATIENTS, groups=["x"] * 60)) is None


def test_groups_on_both_sides_are_leaks(folder_of: MakeFolder) -> None:
    splits = ["train", "validation", "validation", "test", "validation"]
    folder = folder_of(["a"] * 5, groups=["p", "p", "q", "q", ""], splits=splits)
    (leak,) = find_group_leaks(folder)
    assert (leak.code, leak.severity) == ("group-leak", "error")
    assert leak.values == {"split": "validation", "groups": ["p"], "num_shared": 1, "num_images": 3}
    assert find_group_leaks(folder_of(["a"] * 2, groups=["p", "p"])) == []
    broken = folder_of(["a"] * 2, groups=["p", "p"], splits=["train", "test"], reasons=["", "broken"])
    assert find_group_leaks(broken) == []
