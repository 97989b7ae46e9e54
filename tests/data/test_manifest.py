import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.folder import ImageFolder
from classeur.data.kept_split import read_kept, with_kept_groups
from classeur.data.manifest import fingerprint, split_rows, write_folds, write_manifest
from classeur.data.splitting import Split, split
from classeur.data.tables import read_table
from classeur.errors import LayoutError, TableError, UsageError

MakeFolder = Callable[..., ImageFolder]
Writer = Callable[..., Path]

NAMES = ["=cats/@1.jpg", '=cats/2 ü,".jpg', "-dogs/'=3.jpg", "-dogs/Icon\r4.jpg"]


@pytest.fixture
def pets(tmp_path: Path, folder_of: MakeFolder, write_files: Writer) -> ImageFolder:
    """Files whose names a spreadsheet would run or break."""
    root = write_files(tmp_path / "pets", *NAMES)
    return folder_of([name.split("/")[0] for name in NAMES], paths=NAMES, root=str(root))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("place", ["pets/split.csv", "split.csv", "elsewhere/deep/split.csv"])
def test_a_manifest_is_data(pets: ImageFolder, tmp_path: Path, place: str) -> None:
    made = split(pets, validation_share=0.5)
    to = tmp_path / place
    written = write_manifest(to, pets, made, [])
    table = read_table(to)
    assert [str(table.root.resolve() / path) for path in table.paths] == [f"{pets.root}/{name}" for name in NAMES]
    assert table.labels == [name.split("/")[0] for name in NAMES]
    assert (table.splits, table.hashes) == (list(made.splits), list(pets.hashes))
    assert written == fingerprint(zip(table.paths, table.labels, table.splits, table.hashes, strict=True))
    assert [row["path"].startswith("/") for row in rows_of(to)] == [place.startswith("elsewhere")] * 4


def test_the_fingerprint_is_that_of_the_folder_where_the_manifest_lies_in_it(pets: ImageFolder, tmp_path: Path) -> None:
    made = split(pets, validation_share=0.5)
    assert write_manifest(tmp_path / "pets" / "split.csv", pets, made, []) == fingerprint(split_rows(pets, made))


def test_images_that_are_set_aside_are_not_in_it(pets: ImageFolder, tmp_path: Path) -> None:
    made = Split(splits=("train", "", "validation", "train"), made_here=True, seed=0)
    write_manifest(tmp_path / "pets" / "split.csv", pets, made, [])
    assert [row["path"] for row in rows_of(tmp_path / "pets" / "split.csv")] == [
        "'=cats/@1.jpg",
        "'-dogs/'=3.jpg",
        "'-dogs/Icon\r4.jpg",
    ]


def test_a_group_has_its_name_or_that_of_its_first_image(
    tmp_path: Path, folder_of: MakeFolder, write_files: Writer
) -> None:
    names = [f"a/{number}.jpg" for number in range(6)]
    root = write_files(tmp_path / "pets", *names)
    folder = folder_of(["a"] * 6, paths=names, root=str(root), groups=["p1", "p2", "", "", "", "p3"])
    made = Split(splits=("train",) * 3 + ("validation",) * 3, made_here=True, seed=0)
    write_manifest(tmp_path / "split.csv", folder, made, [[0, 1], [2], [3, 4], [5]])
    assert [row["group"] for row in rows_of(tmp_path / "split.csv")] == ["p1 + p2"] * 2 + [
        "",
        "a/3.jpg",
        "a/3.jpg",
        "p3",
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (" a/1.jpg", "blanks at its ends"),
        ("a/b\\1.jpg", r"a \, which is read as /"),
        ("a/\udce9.jpg", "letters that are not UTF-8"),
        ("C:/x.jpg", "a drive of Windows at its beginning"),
        ("a/http:/x.jpg", ""),
    ],
)
def test_a_name_that_would_not_be_read_back_is_refused_with_the_reason(
    tmp_path: Path, folder_of: MakeFolder, write_files: Writer, name: str, why: str
) -> None:
    names = ["a/0.jpg", name, "a/2.jpg", "a/3.jpg"]
    root = write_files(tmp_path / "pets", *names)
    folder = folder_of(["a"] * 4, paths=names, root=str(root))
    made = Split(splits=("train", "validation", "train", "validation"), made_here=True, seed=0)
    to = tmp_path / "pets" / "split.csv"
    if name == "a/http:/x.jpg":
        write_manifest(to, folder, made, [])
        return
    with pytest.raises(LayoutError, match="cannot name .*; rename the file or its folder") as refused:
        write_manifest(to, folder, made, [])
    assert name.rpartition("/")[2].encode("utf-8", "replace").decode() in str(refused.value).replace("\\\\", "\\")
    assert f"read back: it has {why}; rename the file" in str(refused.value)
    assert not to.exists()


def test_all_names_that_would_not_be_read_back_are_counted(
    tmp_path: Path, folder_of: MakeFolder, write_files: Writer
) -> None:
    names = ["a/0.jpg", "a/\udce9.jpg", "a/\udcea.jpg", "a/\udceb.jpg"]
    folder = folder_of(["a"] * 4, paths=names, root=str(write_files(tmp_path / "pets", *names)))
    made = Split(splits=("train", "validation", "train", "validation"), made_here=True, seed=0)
    with pytest.raises(
        LayoutError, match="that are not UTF-8, as have 2 other paths; rename the files or their folders"
    ):
        write_manifest(tmp_path / "split.csv", folder, made, [])


# What an older one says


def grown(folder: ImageFolder, **changes: Any) -> ImageFolder:
    return folder.model_copy(update=changes)


def test_each_image_is_where_it_was(pets: ImageFolder, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    made = split(pets, validation_share=0.5)
    write_manifest(old, pets, made, [])
    assert read_kept(old, pets)[:4] == (list(made.splits), (), (), ())


def test_what_has_changed_is_named(pets: ImageFolder, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    made = Split(splits=("train", "train", "validation", "test"), made_here=True, seed=0)
    write_manifest(old, pets, made, [])
    hashes = ["f" * 32, *pets.hashes[1:]]
    kept = read_kept(old, grown(pets, hashes=tuple(hashes), labels=pets.labels[[0, 2, 2, 3]]))
    assert kept[:4] == (["train", "train", "validation", "test"], (NAMES[0],), (NAMES[1],), ())
    # A file whose content is now that of an image elsewhere goes with its content.
    hashes = [pets.hashes[2], *pets.hashes[1:]]
    assert read_kept(old, grown(pets, hashes=tuple(hashes)))[:4] == (["", *made.splits[1:]], (NAMES[0],), (), ())


def test_a_moved_image_is_known_by_its_content_and_a_lost_one_is_named(pets: ImageFolder, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    made = Split(splits=("train", "train", "validation", "test"), made_here=True, seed=0)
    write_manifest(old, pets, made, [])
    moved = grown(
        pets, paths=("=cats/0.jpg", "=cats/new.jpg", *NAMES[2:]), hashes=(pets.hashes[0], "e" * 32, *pets.hashes[2:])
    )
    kept = read_kept(old, moved)
    assert kept.splits == ["train", "", "validation", "test"]
    assert kept.lost == (f"pets/{NAMES[1]}",)
    broken = grown(pets, reasons=("broken", "", "", ""))
    assert read_kept(old, broken).lost == (f"pets/{NAMES[0]}",)


def test_a_changed_image_in_a_folder_that_has_another_name_is_known_by_its_path_inside(
    pets: ImageFolder, tmp_path: Path
) -> None:
    old = tmp_path / "old.csv"
    made = Split(splits=("train", "train", "validation", "test"), made_here=True, seed=0)
    write_manifest(old, pets, made, [[0, 1]])
    other_bytes = (pets.hashes[0], "e" * 32, *pets.hashes[2:])
    renamed = grown(pets, root=str(tmp_path / "renamed"), hashes=other_bytes)
    kept = read_kept(old, renamed)
    assert kept[:4] == (list(made.splits), (NAMES[1],), (), ())
    assert kept.groups == [NAMES[0], NAMES[0], "", ""]
    # One whose bytes are now those of an image in another split goes with these.
    other_bytes = (pets.hashes[0], pets.hashes[2], *pets.hashes[2:])
    assert read_kept(old, grown(renamed, hashes=other_bytes)).splits == ["train", "", "validation", "test"]


def test_an_image_that_was_put_into_another_class_does_not_move_its_folder(pets: ImageFolder, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    paths = ("cats/1.jpg", "cats/2.jpg", "cats/3.jpg", "dogs/9.jpg")
    write_manifest(old, grown(pets, paths=paths), Split(splits=("train",) * 4, made_here=True, seed=0), [])
    now = grown(
        pets, paths=("dogs/1.jpg", "dogs/2.jpg", *paths[2:]), hashes=(pets.hashes[0], "e" * 32, *pets.hashes[2:])
    )
    kept = read_kept(old, now)
    assert (kept.splits, kept.changed, kept.lost) == (["train", "", "train", "train"], (), ("pets/cats/2.jpg",))


def test_the_groups_of_an_older_manifest_join_its_images(pets: ImageFolder, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    made = Split(splits=("train", "train", "validation", "validation"), made_here=True, seed=0)
    write_manifest(old, grown(pets, groups=("p", "p", "", "")), made, [[0, 1], [2, 3]])
    kept = read_kept(old, pets)
    assert kept.groups == ["p", "p", NAMES[2], NAMES[2]]
    assert (kept.together, kept.named) == ([[0, 1], [2, 3]], {"p"})
    assert with_kept_groups(pets, kept, old).groups == ("p", "p", "", "")
    own = grown(pets, groups=("q", "", "", ""))
    assert with_kept_groups(own, kept, old) is own
    # A moved image is in its group; one whose bytes are of another split is in none.
    paths = ("=cats/0.jpg", *NAMES[1:])
    hashes = (pets.hashes[0], pets.hashes[2], *pets.hashes[2:])
    kept = read_kept(old, grown(pets, paths=paths, hashes=hashes))
    assert kept.groups == ["p", "", NAMES[2], NAMES[2]]
    with pytest.raises(UsageError, match=r"old\.csv has groups, such as p, .* such as =cats/2 .*; give --group-by"):
        with_kept_groups(pets, kept, old)


def test_folds_are_not_taken_for_a_split_nor_a_split_for_folds(pets: ImageFolder, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    write_folds(old, pets, [1, 2, 1, 2], [])
    with pytest.raises(UsageError, match=r"old\.csv has folds, no split; keep it with --folds K, or give a file of a"):
        read_kept(old, pets)
    write_manifest(old, pets, split(pets, validation_share=0.5), [])
    with pytest.raises(UsageError, match=r"old\.csv has a split, no folds; keep it without --folds, or give a file of"):
        read_kept(old, pets, column="fold")


def test_of_equal_files_that_were_moved_each_is_known_by_label_and_name(
    tmp_path: Path, folder_of: MakeFolder, write_files: Writer
) -> None:
    names = ["a/1.jpg", "a/2.jpg", "b/1.jpg"]
    root = write_files(tmp_path / "pets", *names)
    folder = folder_of(["a", "a", "b"], paths=names, hashes=["0" * 32] * 3, root=str(root))
    made = Split(splits=("train", "train", "train"), made_here=True, seed=0)
    write_manifest(tmp_path / "old.csv", folder, made, [])
    moved = folder_of(["b", "a"], paths=["b/1.jpg", "a/2.jpg"], hashes=["0" * 32] * 2, root=str(tmp_path / "moved"))
    kept = read_kept(tmp_path / "old.csv", moved)
    assert (kept.splits, kept.relabelled, kept.lost) == (["train"] * 2, (), ("pets/a/1.jpg",))


def test_a_file_of_other_data_is_refused(pets: ImageFolder, tmp_path: Path, folder_of: MakeFolder) -> None:
    old = tmp_path / "old.csv"
    write_manifest(old, pets, split(pets, validation_share=0.5), [])
    others = folder_of(["a", "b"], hashes=["d" * 32, "e" * 32], root=str(tmp_path / "others"))
    with pytest.raises(UsageError, match=r"no image of .* is in .*old\.csv, so there is nothing to keep"):
        read_kept(old, others)


@pytest.mark.parametrize(
    ("text", "lacking"), [("path,label\n1.jpg,a\n", "split"), ("path,label,split\n1.jpg,a,train\n", "hash")]
)
def test_what_is_no_manifest_is_refused(pets: ImageFolder, tmp_path: Path, text: str, lacking: str) -> None:
    (tmp_path / "old.csv").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=f"has no column {lacking}; expected a file that classeur split has written"):
        read_kept(tmp_path / "old.csv", pets)


@given(st.permutations(range(4)))
def test_the_fingerprint_does_not_depend_on_the_order(order: list[int]) -> None:
    rows = [(name, "a", "train", f"{number}") for number, name in enumerate(NAMES)]
    assert fingerprint(rows[number] for number in order) == fingerprint(rows)
    assert fingerprint(rows[:3]) != fingerprint(rows)
