import os
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.data.listing import Listing, check_listing, list_images
from classeur.data.split_names import SPLIT_NAMES
from classeur.errors import ArchiveError, DataError, DataNotFoundError, LayoutError, TableError


def write(folder: Path, *names: str) -> Path:
    """Make empty files; a name that ends in `/` is a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    return folder


def listed(folder: Path, *names: str) -> Listing:
    return list_images(write(folder, *names), cache=folder.parent / "cache")


def rows(listing: Listing) -> list[tuple[str, str, str]]:
    return list(zip(listing.splits, listing.labels, listing.paths, strict=True))


def num_left_out(listing: Listing) -> int:
    return sum(map(len, listing.left_out.values()))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


# Layouts


def test_class_folders(data: Path) -> None:
    found = listed(data, "dogs/1.jpg", "cats/2.png", "cats/1.jpg", "cats/in/deep/3.JPEG", "empty/")
    assert rows(found) == [
        ("", "cats", "cats/1.jpg"),
        ("", "cats", "cats/2.png"),
        ("", "cats", "cats/in/deep/3.JPEG"),
        ("", "dogs", "dogs/1.jpg"),
    ]
    assert (found.layout, found.class_names, found.left_out) == ("classes", ["cats", "dogs", "empty"], {})
    assert found.root == data


@pytest.mark.parametrize("train", ["train", "training", "Train"])
@pytest.mark.parametrize("validation", ["val", "valid", "validation", "VAL"])
def test_split_folders(data: Path, train: str, validation: str) -> None:
    found = listed(data, "test/cats/5.jpg", f"{validation}/dogs/4.jpg", f"{train}/dogs/2.jpg", f"{train}/cats/1.jpg")
    assert rows(found) == [
        ("train", "cats", f"{train}/cats/1.jpg"),
        ("train", "dogs", f"{train}/dogs/2.jpg"),
        ("validation", "dogs", f"{validation}/dogs/4.jpg"),
        ("test", "cats", "test/cats/5.jpg"),
    ]
    assert (found.layout, found.class_names) == ("splits", ["cats", "dogs"])


def test_training_images_alone_are_a_split(data: Path) -> None:
    assert [row[:2] for row in rows(listed(data, "train/cats/1.jpg", "train/dogs/2.jpg"))] == [
        ("train", "cats"),
        ("train", "dogs"),
    ]


def test_a_class_may_be_called_train(data: Path) -> None:
    found = listed(data, "train/1.jpg", "bus/1.jpg")
    assert (found.layout, found.class_names) == ("classes", ["bus", "train"])


@pytest.mark.parametrize("other", ["validation/", "test/1.jpg"])
def test_a_split_folder_without_classes_is_no_class_either(data: Path, other: str) -> None:
    found = listed(data, "train/cats/1.jpg", "train/dogs/2.jpg", other)
    assert (found.layout, found.class_names) == ("splits", ["cats", "dogs"])
    assert num_left_out(found) == (0 if other.endswith("/") else 1)


def test_two_folders_for_one_split_are_refused(data: Path) -> None:
    with pytest.raises(LayoutError, match=r"two folders for one split, val and valid; remove one, or list .* a CSV"):
        listed(data, "train/a/1.jpg", "valid/a/2.jpg", "val/a/3.jpg")


def test_a_flat_folder_has_images_without_labels(data: Path) -> None:
    found = listed(data, "2.jpg", "1.png", "notes.txt")
    assert rows(found) == [("", "", "1.png"), ("", "", "2.jpg")]
    assert (found.layout, found.class_names) == ("flat", [])
    assert found.left_out == {"no image file's ending": ["notes.txt"]}


def test_an_empty_folder_has_nothing(data: Path) -> None:
    found = listed(data)
    assert (found.paths, found.class_names, found.left_out) == ([], [], {})


def test_a_folder_with_nothing_but_a_folder_stands_for_that_one(data: Path) -> None:
    found = listed(data, "readme.txt", "wrapper/again/train/cats/1.jpg", "wrapper/again/train/dogs/1.jpg")
    assert found.root == data / "wrapper" / "again"
    assert found.paths == ["train/cats/1.jpg", "train/dogs/1.jpg"]
    assert found.left_out == {"no image file's ending": ["../../readme.txt"]}


def test_the_only_class_is_no_wrapper(data: Path) -> None:
    assert listed(data, "cats/1.jpg").class_names == ["cats"]
    assert listed(data, "cats/kittens/2.jpg").class_names == ["cats"]


def test_images_beside_class_folders_are_left_out(data: Path) -> None:
    found = listed(data, "cats/1.jpg", "dogs/2.jpg", "3.jpg")
    assert found.left_out == {"outside the class folders": ["3.jpg"]}
    found = listed(data.with_name("b"), "train/cats/1.jpg", "train/dogs/2.jpg", "train/3.jpg", "extra/4.jpg", "5.jpg")
    assert found.left_out == {"outside the class folders": ["5.jpg", "extra/4.jpg", "train/3.jpg"]}


# Zips


@pytest.mark.parametrize("wrapper", ["", "cats_and_dogs/"])
def test_a_zip_is_the_folder_that_it_holds(tmp_path: Path, wrapper: str) -> None:
    with ZipFile(tmp_path / "data.zip", "w") as file:
        for name in ("train/cats/1.jpg", "train/dogs/2.jpg", "validation/cats/3.jpg"):
            file.writestr(wrapper + name, name)
        file.writestr("__MACOSX/._1.jpg", "")
    found = list_images(tmp_path / "data.zip", cache=tmp_path / "cache")
    assert [row[:2] for row in rows(found)] == [("train", "cats"), ("train", "dogs"), ("validation", "cats")]
    assert all((found.root / path).read_text().endswith(path) for path in found.paths)
    assert found.root.is_relative_to(tmp_path / "cache")
    assert num_left_out(found) == 1


def test_the_tutorials_zip(shared: Path, tmp_path: Path) -> None:
    found = list_images(shared / "data" / "cats_and_dogs_filtered.zip", cache=tmp_path / "cache")
    counts = {key: [row[:2] for row in rows(found)].count(key) for key in {row[:2] for row in rows(found)}}
    assert counts == {
        ("train", "cats"): 1000,
        ("train", "dogs"): 1000,
        ("validation", "cats"): 500,
        ("validation", "dogs"): 500,
    }


# CSVs


def table(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "data.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def listed_table(folder: Path, text: str | bytes) -> Listing:
    return list_images(table(folder, text), cache=folder / "cache")


def test_a_table_is_listed_in_its_own_order(data: Path) -> None:
    found = listed_table(data, "path,label\nb/2.jpg, dogs \na/1.jpg,cats\n")
    assert rows(found) == [("", "dogs", "b/2.jpg"), ("", "cats", "a/1.jpg")]
    assert (found.layout, found.class_names, found.root) == ("table", ["cats", "dogs"], data)


@pytest.mark.parametrize(("name", "split"), SPLIT_NAMES.items())
def test_a_table_may_give_splits(data: Path, name: str, split: str) -> None:
    found = listed_table(data, f"label,split,path,more\ncats, {name.upper()},1.jpg,x\n")
    assert rows(found) == [(split, "cats", "1.jpg")]


def test_a_table_from_excel_is_read(data: Path) -> None:
    found = listed_table(data, '\ufeffpath,label\r\n"a, b.jpg",고양이\r\n\r\nsub\\2.jpg,dogs\r\n./sub//3.jpg,dogs\r\n')
    assert rows(found) == [("", "고양이", "a, b.jpg"), ("", "dogs", "sub/2.jpg"), ("", "dogs", "sub/3.jpg")]


def test_a_row_that_comes_twice_is_left_out_once(data: Path) -> None:
    found = listed_table(data, "path,label\n1.jpg,a\n1.jpg,a\n./1.jpg,a\n2.jpg,b\n")
    assert found.paths == ["1.jpg", "2.jpg"]
    assert found.left_out == {"listed twice": ["1.jpg", "1.jpg"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", r"has the columns none; expected path,label\[,split\]"),
        (
            "where,label\n1.jpg,a\n",
            r"columns where, label; expected path,label\[,split\]; name the columns with --columns path=COLUMN",
        ),
        ("path;word\n1.jpg;a\n", r"has the columns path, word; expected"),
        ("a/1.jpg,a\na/2.jpg,b\n", r"begins with a/1\.jpg, a; expected a first line path,label\[,split\]"),
        ("path,label\n", r"has a header and no line below it; expected path,label"),
        ("path,label\n,\n \n", r"has a header and no line below it"),
        ("path,label\n1.jpg,a\nb\n2.jpg,b\n", r"line 3: the path or label is empty"),
        ('path,label\n1.jpg,"a\nb"\n', r"line 3: the label 'a\\nb' contains a line break; remove it"),
        ("path,label\n1.jpg,a\x1bb\n", r"line 2: the label 'a\\x1bb' contains a control character"),
        ("path,label\n1.jpg,\n", r"line 2: the path or label is empty"),
        ("path,label\n1.jpg,a\n,a\n", r"line 3: the path or label is empty"),
        ("path,label\n1.jpg\n", r"line 2: the path or label is empty"),
        (
            "path,label,split\n1.jpg,a,train\n2.jpg,a,tset\n",
            r"line 3: the split is 'tset'; expected train, validation or test",
        ),
        ("path,label,split\n1.jpg,a,train\n2.jpg,b,\n", r"has a split for some rows only; give one for every row, or"),
        ("path,label\n1.jpg,a\n1.jpg,b\n", r"line 3: 1\.jpg is listed twice, with different values"),
        ("path,label,split\n1.jpg,a,train\n1.jpg,a,test\n", r"line 3: 1\.jpg is listed twice, with different values"),
        ("path,label\nhttps://a.org/1.jpg,a\n", r"line 2: https://a\.org/1\.jpg is an address, not a file; download"),
        ("path,label\ns3://pets/1.jpg,a\n", r"line 2: s3://pets/1\.jpg is an address"),
        ("path,label\n1\0.jpg,a\n", r"line 2: the path contains a NUL"),
        ("path,label\n1.jpg,a\n".encode("utf-16-le"), r"is not UTF-8; save it as CSV UTF-8"),
        ("path,label\n고양이.jpg,a\n".encode("cp949"), r"is not UTF-8; save it as CSV UTF-8"),
        ("path,label\n1.jpg," + "a" * 200_000 + "\n", r"is not a CSV: field larger than field limit"),
    ],
)
def test_a_table_that_is_not_one_is_refused_in_one_line(data: Path, text: str | bytes, expected: str) -> None:
    with pytest.raises(TableError, match=expected) as caught:
        listed_table(data, text)
    assert str(data / "data.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_cannot_be_read_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    path = table(data, "path,label\n")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(TableError, match=r"data\.csv cannot be read \(Permission denied\)"):
        list_images(path, cache=data / "cache")


# What is no data


def test_no_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"no such folder, zip or CSV: .*/gone; .*classeur fetch"):
        list_images(tmp_path / "gone", cache=tmp_path)


def test_another_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("words")
    with pytest.raises((TableError, ArchiveError), match=r"data\.txt"):
        list_images(tmp_path / "data.txt", cache=tmp_path)


def test_a_spreadsheet_is_called_one(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "labels.xlsx", "w") as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(TableError, match=r"labels\.xlsx is a spreadsheet; save it as CSV UTF-8, and give the CSV"):
        list_images(tmp_path / "labels.xlsx", cache=tmp_path / "cache")


# Names


CLASS_NAMES = ["b", "B", "a10", "a2", "_x", "ß", "고양이", "é", "z", "10", "9"]


def test_classes_are_sorted_by_code_point(data: Path) -> None:
    found = listed(data, *(f"{name}/1.jpg" for name in CLASS_NAMES))
    assert found.class_names == sorted(CLASS_NAMES) == sorted(CLASS_NAMES, key=lambda name: [ord(c) for c in name])
    assert found.labels == found.class_names


@pytest.mark.keras
def test_classes_are_sorted_as_keras_sorts_them(image_folder: Callable[..., Path]) -> None:
    import keras

    folder = image_folder(dict.fromkeys(CLASS_NAMES, 1))
    expected = keras.utils.image_dataset_from_directory(folder, verbose=False).class_names
    assert list_images(folder, cache=folder.parent / "cache").class_names == expected


def test_a_class_spelt_in_two_ways_is_one(data: Path) -> None:
    composed, decomposed = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    assert composed != decomposed
    found = listed(data, f"train/{composed}/1.jpg", f"validation/{decomposed}/2.jpg", "train/b/3.jpg")
    assert found.class_names == ["b", composed]
    assert [row[1] for row in rows(found)] == ["b", composed, composed]
    assert all((data / path).exists() for path in found.paths)  # paths stay as the disk spells them


def test_a_table_may_spell_a_class_in_two_ways(data: Path) -> None:
    spelt = [unicodedata.normalize(form, "é") for form in ("NFC", "NFD")]
    assert listed_table(data, f"path,label\n1.jpg,{spelt[0]}\n2.jpg,{spelt[1]}\n").class_names == [spelt[0]]


def test_hidden_files_and_the_systems_own_are_left_out_and_counted(data: Path) -> None:
    hidden = [".DS_Store", "cats/.1.jpg", "cats/.ipynb_checkpoints/2.jpg", ".git/deep/3.jpg", ".hidden/4.jpg"]
    systems = ["cats/Thumbs.db", "cats/desktop.ini", "__MACOSX/cats/5.jpg", "cats/__MACOSX/6.jpg", "cats/Icon\r"]
    endings = ["cats/notes.txt", "dogs/7.jpg.part", "dogs/jpg", "dogs/page.html", "dogs/picture.eps"]
    found = listed(data, "cats/1.jpg", "dogs/1.jpg", *hidden, *systems, *endings)
    assert found.paths == ["cats/1.jpg", "dogs/1.jpg"]
    assert found.class_names == ["cats", "dogs"]
    assert {reason: sorted(paths) for reason, paths in found.left_out.items()} == {
        "hidden": sorted(hidden),
        "a system file": sorted(systems),
        "no image file's ending": sorted(endings),
    }


@pytest.mark.parametrize(
    "ending", [".jpg", ".JPG", ".jpeg", ".png", ".webp", ".gif", ".heic", ".avif", ".TIFF", ".bmp"]
)
def test_images_are_known_by_their_endings(data: Path, ending: str) -> None:
    assert listed(data, f"a/1{ending}").paths == [f"a/1{ending}"]


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_names_that_are_no_utf8_are_listed(data: Path) -> None:
    write(data, "cats/1.jpg", "dogs/2.jpg")
    name = os.fsdecode(b"cats/\xff.jpg")
    try:
        (data / name).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert name in list_images(data, cache=data.parent).paths


# Folders that cannot be opened


def test_a_folder_that_cannot_be_opened_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(data, "cats/1.jpg", "dogs/2.jpg", "dogs/closed/3.jpg")
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list_images(data, cache=data.parent)
    assert found.paths == ["cats/1.jpg", "dogs/2.jpg"]
    assert found.left_out == {"a folder that cannot be opened": ["dogs/closed"]}


# What names alone say against training


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["cats/1.jpg", "dogs/2.jpg"], None),
        (["train/a/1.jpg", "train/b/2.jpg", "val/a/3.jpg"], None),
        ([], "data has no class folder; expected one folder per class, such as data/cats and data/dogs"),
        (
            ["1.jpg"],
            "data has 1 image but no class folder; expected one folder per class, such as data/cats and data/dogs",
        ),
        (["1.jpg", "2.jpg"], "data has 2 images but no class folder; expected"),
        (["train/1.jpg", "test/2.jpg"], "data has 2 images but no class folder; its folders are splits (test, train)"),
        (["inner.zip"], "data has no class folder, but a zip, inner.zip: unpack it, or give the zip itself; expected"),
        (["cats/a.zip", "dogs/b.zip"], "data has no image in its 2 class folders, but 2 zips, such as cats/a.zip"),
        (["cats/a.txt", "dogs/"], "data has no image in its 2 class folders"),
        (["cats/1.jpg"], None),
        (["cats/1.zip"], "data has no image in its class folder, but a zip, cats/1.zip"),
        (["cats/1.jpg", "dogs/"], "class 'dogs' is empty; add images to it, or remove its folder"),
        (["cats/1.jpg", "dogs/1.txt"], "class 'dogs' is empty"),
        (
            ["train/a/1.jpg", "train/b/1.jpg", "val/c/1.jpg"],
            "class 'c' has images for validation but none for training; add some to train/c, or remove the class",
        ),
        (
            ["train/cats/1.jpg", "train/dogs/1.jpg", "val/Cats/1.jpg"],
            "class 'Cats' has images for validation but none for training ('cats' is another class: give both",
        ),
        (["val/a/1.jpg", "test/b/1.jpg"], "class 'a' has images for validation but none for training"),
    ],
)
def test_what_cannot_be_trained_on_is_known_by_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], expected: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    found = listed(Path("data"), *names)
    if expected is None:
        check_listing(found)
        return
    with pytest.raises(DataError) as caught:
        check_listing(found)
    assert str(caught.value).startswith(expected)


def test_one_class_is_refused_for_a_model_that_needs_several(data: Path) -> None:
    found = listed(data, "cats/1.jpg")
    with pytest.raises(
        LayoutError,
        match=r"has only one class, 'cats'; tutorial needs at least two: .*: classeur train .* --model auto",
    ):
        check_listing(found, several_for="tutorial")


def test_a_zip_in_a_zip_is_named(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "data.zip", "w") as file:
        file.writestr("pets.zip", b"PK\x05\x06" + bytes(18))
    with pytest.raises(LayoutError, match=r"data\.zip has no class folder, but a zip, pets\.zip: unpack it"):
        check_listing(list_images(tmp_path / "data.zip", cache=tmp_path / "cache"))


def test_files_are_counted_before_they_are_opened(data: Path) -> None:
    found = listed(data, "train/a/1.jpg", "train/a/2.jpg", "train/b/3.jpg", "val/a/4.jpg", "val/b/")
    assert found.count_files() == {"train": {"a": 2, "b": 1}, "validation": {"a": 1}}


def test_a_folder_with_brackets_in_its_name_is_no_pattern(tmp_path: Path) -> None:
    found = listed(tmp_path / "pets [2020] *", "cats[1]/1.jpg", "dogs?/2[a].jpg")
    assert found.paths == ["cats[1]/1.jpg", "dogs?/2[a].jpg"]


def test_the_key_tells_data_sets_apart_but_not_names_of_one(data: Path) -> None:
    found = listed(data, "cats/1.jpg", "dogs/2.jpg")
    (data.parent / "link").symlink_to(data)
    assert list_images(data.parent / "link", cache=data.parent / "cache").key == found.key
    assert listed(data.with_name("other"), "cats/1.jpg", "dogs/2.jpg").key != found.key


# Laws


NAMES = ["train", "val", "valid", "test", "cats", "dogs", "é", ".hidden", "__MACOSX", "a b", "고양이"]
FILES = ["1.jpg", "2.PNG", "3.txt", ".4.jpg", "Thumbs.db", "noending", "5.webp"]
TREES = st.sets(
    st.builds(
        lambda folders, name: "/".join([*folders, name]),
        st.lists(st.sampled_from(NAMES), max_size=3),
        st.sampled_from(FILES),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(TREES, st.lists(st.sampled_from(NAMES), max_size=3))
def test_every_file_is_listed_or_left_out_once(
    tmp_path_factory: pytest.TempPathFactory, tree: set[str], empty: list[str]
) -> None:
    data = write(tmp_path_factory.mktemp("tree"), *tree, *(f"{name}/" for name in empty))
    try:
        found = list_images(data, cache=data.parent)
    except LayoutError:
        assert {"val", "valid"} <= {path.name for path in data.rglob("*")}
        return
    everything = [*found.paths, *(path for paths in found.left_out.values() for path in paths)]
    assert sorted(os.path.normpath(found.root / path) for path in everything) == sorted(
        str(data / name) for name in tree
    )
    assert set(found.splits) <= {"", "train", "validation", "test"}
    assert set(found.labels) <= {*found.class_names, ""}
    assert found.class_names == sorted(found.class_names)
    assert len(found.paths) == len(found.splits) == len(found.labels)
    assert found.layout == "flat" or "" not in found.labels
    assert found.layout != "splits" or "" not in found.splits
    order = ["", "train", "validation", "test"]
    assert rows(found) == sorted(rows(found), key=lambda row: (order.index(row[0]), *row[1:])) or found.layout == "flat"


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["1.jpg", "a/2.jpg", "é.png", "x y.gif"]), st.sampled_from(["a", "b"]), min_size=1)
)
def test_a_table_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, labels: Mapping[str, str]
) -> None:
    text = "path,label\n" + "".join(f"{path},{label}\n" for path, label in labels.items())
    found = listed_table(tmp_path_factory.mktemp("table"), text)
    assert dict(zip(found.paths, found.labels, strict=True)) == labels
