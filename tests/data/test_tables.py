"""CSVs as people have them."""

import codecs
import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.listing import Listing, list_images
from classeur.data.split_names import SPLIT_NAMES
from classeur.data.table_lines import COLUMN_NAMES, parse_columns
from classeur.data.tables import common_folder
from classeur.delivery.findings_table import COLUMNS
from classeur.errors import DataNotFoundError, LayoutError, TableError, UnknownNameError, UsageError
from classeur.storage import mark_as_output

Writer = Callable[..., Path]


def listed_table(data: Path, text: str | bytes, *, name: str = "data.csv", **options: object) -> Listing:
    data.mkdir(parents=True, exist_ok=True)
    (data / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return list_images(data / name, cache=data / "cache", **options)  # type: ignore[arg-type]


def rows(found: Listing) -> list[tuple[str, str, str]]:
    return list(zip(found.paths, found.labels, found.splits, strict=True))


# Headers, separators, encodings


@pytest.mark.parametrize("separator", [",", ";", "\t", ", ", ";  "])
@pytest.mark.parametrize("header", [("path", "label"), ("Path", "LABEL"), (" Image_ID ", "Class Name"), ("y", "file")])
def test_separators_and_headers_are_found(data: Path, separator: str, header: tuple[str, str]) -> None:
    lines = [header, ("a/1.jpg", "cats"), ("b/2.jpg", "dogs")]
    if header[0] == "y":
        lines[1:] = [line[::-1] for line in lines[1:]]
    found = listed_table(data, "".join(f"{separator.join(line)}\r\n" for line in lines))
    assert rows(found) == [("a/1.jpg", "cats", ""), ("b/2.jpg", "dogs", "")]


@pytest.mark.parametrize(
    "path", ["image", "file", "filename", "file_name", "image_id", "img", "Image Path", "filepath", "id"]
)
@pytest.mark.parametrize("label", ["class", "category", "target", "species", "y", "Label", "class_name"])
def test_columns_are_known_by_their_usual_names(data: Path, path: str, label: str) -> None:
    assert rows(listed_table(data, f"more,{label},{path}\nx,cats,1.jpg\n")) == [("1.jpg", "cats", "")]


@pytest.mark.parametrize("name", ["set", "subset", "partition", "Split", "data set", "Usage"])
def test_a_column_of_splits_is_known_by_its_values_too(data: Path, name: str) -> None:
    text = f"path,label,{name}\n1.jpg,a,Training\n2.jpg,a,dev\n3.jpg,a,PublicTest\n"
    assert listed_table(data, text).splits == ["train", "validation", "test"]


@pytest.mark.parametrize("name", ["set", "partition", "dataset"])
def test_a_column_that_only_sounds_like_splits_is_none(data: Path, name: str) -> None:
    assert listed_table(data, f"path,label,{name}\n1.jpg,a,castle\n2.jpg,a,\n").splits == ["", ""]
    assert listed_table(data, f"path,label,{name}\n1.jpg,a,castle\n2.jpg,a,train\n").splits == ["", ""]


def test_the_surest_names_are_taken(data: Path) -> None:
    text = "id,name,path,y,label,class_id\n7,Rex,1.jpg,0,dogs,3\n"
    assert rows(listed_table(data, text)) == [("1.jpg", "dogs", "")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", pytest.param("utf-16-be", id="utf-16-be with its mark")]
)
def test_encodings_with_a_mark_are_read(data: Path, encoding: str) -> None:
    text = "path;label\r\n고양이.jpg;chats\r\n".encode(encoding)
    found = listed_table(data, codecs.BOM_UTF16_BE + text if encoding == "utf-16-be" else text)
    assert rows(found) == [("고양이.jpg", "chats", "")]


def test_what_spreadsheets_add_is_passed_over(data: Path) -> None:
    text = 'sep=;\r\n"Path" ;Label;\r\n"a; b.jpg"; cats ;\r\n;;\r\n\r\n2.jpg;dogs\r\n'
    assert rows(listed_table(data, text)) == [("a; b.jpg", "cats", ""), ("2.jpg", "dogs", "")]
    with pytest.raises(TableError, match=r"line 4: the path or label is empty"):
        listed_table(data, "sep=;\r\npath;label\r\n1.jpg;a\r\n2.jpg;\r\n")


def test_quotes_may_follow_a_space(data: Path) -> None:
    assert rows(listed_table(data, 'path, label\n1.jpg, "cats, small"\n')) == [("1.jpg", "cats, small", "")]


def test_the_first_of_two_columns_of_one_name_counts(data: Path) -> None:
    assert listed_table(data, "Path,path,label\n1.jpg,2.jpg,a\n").paths == ["1.jpg"]


def test_a_tsv_is_a_table(data: Path) -> None:
    assert rows(listed_table(data, "path\tlabel\n1.jpg\ta, b\n", name="data.TSV")) == [("1.jpg", "a, b", "")]


# Columns by name


def test_columns_may_be_named(data: Path) -> None:
    text = "path,photo,label,kind,sender\nwrong.jpg,1.jpg,x,cats,ann\nwrong2.jpg,2.jpg,x,dogs,\n"
    found = listed_table(data, text, columns={"path": "photo", "label": "Kind", "group": "sender"})
    assert rows(found) == [("1.jpg", "cats", ""), ("2.jpg", "dogs", "")]
    assert found.groups == ["ann", ""]


def test_a_column_that_is_named_for_one_thing_is_nothing_else(data: Path) -> None:
    text = "file,photo,label\n1.jpg,2.jpg,a\n"
    assert listed_table(data, text).paths == ["1.jpg"]
    assert listed_table(data, text, columns={"group": "file"}).paths == ["2.jpg"]


def test_a_column_called_group_gives_groups(data: Path) -> None:
    assert listed_table(data, "path,label,group\n1.jpg,a,x\n").groups == ["x"]
    assert listed_table(data, "path,label\n1.jpg,a\n").groups == [""]


def test_the_same_file_in_two_groups_is_refused(data: Path) -> None:
    with pytest.raises(TableError, match=r"line 3: 1\.jpg is listed twice, with different values; keep one"):
        listed_table(data, "path,label,group\n1.jpg,a,x\n1.jpg,a,y\n")


def test_columns_that_are_not_there_are_refused(data: Path) -> None:
    text = "photo,kind\n1.jpg,cats\n"
    with pytest.raises(TableError, match=r"has no column 'foto'; did you mean 'photo'\? It has photo, kind"):
        listed_table(data, text, columns={"path": "foto"})
    with pytest.raises(UnknownNameError, match=r"no part of a CSV is called 'lable'; did you mean 'label'\?"):
        listed_table(data, text, columns={"lable": "kind"})


def test_a_folder_has_no_columns(data: Path, write_files: Writer) -> None:
    with pytest.raises(UsageError, match=r"data is not a CSV, so it has no columns; leave out --columns"):
        list_images(write_files(data, "a/1.jpg"), cache=data, columns={"path": "image"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path", "'path' names no columns; expected path=COLUMN,label=COLUMN"),
        ("path=", "names no columns"),
        ("", "names no columns"),
        ("path=a,,label=b", "names no columns"),
        ("path=a,path=b", "names the column for path twice; name it once"),
        ("path=a,lable=b", "no part of a CSV is called 'lable'; did you mean 'label'"),
    ],
)
def test_texts_that_name_no_columns_are_refused(text: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected):
        parse_columns(text)


# Paths


def test_names_without_their_ending_are_found(data: Path, write_files: Writer) -> None:
    write_files(data, "a1.jpg", "b2.PNG", "b2.txt", "c.3.webp", "UPPER.JPG")
    found = listed_table(data, "id,label\na1,x\nb2,y\nc.3,x\nupper.jpg,y\nnone,x\n")
    assert found.paths == ["a1.jpg", "b2.PNG", "c.3.webp", "UPPER.JPG", "none"]


def test_names_are_found_in_the_folders_beside_the_csv(data: Path, write_files: Writer) -> None:
    write_files(data, "images/1.jpg", "images/sub/2.png", "other/3.jpg", ".hidden/4.jpg")
    found = listed_table(data, "id,label\n1,x\nsub/2.png,y\n3.jpg,x\n4,y\n")
    assert found.paths == ["images/1.jpg", "images/sub/2.png", "other/3.jpg", "4"]


def test_sorted_copies_beside_the_csv_are_not_what_is_meant(data: Path, write_files: Writer) -> None:
    assert mark_as_output(data / "a-sorted")
    write_files(data, "a-sorted/1.jpg", "images/1.jpg")
    assert listed_table(data, "id,label\n1,x\n").paths == ["images/1.jpg"]


def test_a_name_that_several_files_fit_is_refused(data: Path, write_files: Writer) -> None:
    write_files(data, "1.jpg", "1.png", "2.jpg", "train/3.jpg", "test/3.jpg", "more/3.png")
    with pytest.raises(TableError, match=r"line 3: '1' fits 1\.jpg and 1\.png; write the full path"):
        listed_table(data, "id,label\n2,x\n1,x\n")
    with pytest.raises(TableError, match=r"line 2: '3' fits more/3\.png, test/3\.jpg and 1 more; write the full path"):
        listed_table(data, "id,label\n3,x\n")


def test_absolute_paths_are_taken_and_stay_relative_to_a_root(data: Path, write_files: Writer) -> None:
    pool = write_files(data.parent / "pool [1]", "a/1.jpg", "b/2.jpg")
    found = listed_table(data, f"path,label\n{pool}/a/1.jpg,x\n{pool}/b/2,y\n")
    assert (found.root, found.paths) == (pool, ["a/1.jpg", "b/2.jpg"])
    found = listed_table(data, f"path,label\n{data}/in/1.jpg,x\n2.jpg,y\n")
    assert (found.root, found.paths) == (data, ["in/1.jpg", "2.jpg"])
    found = listed_table(data, f"path,label\n{pool}/a/1.jpg,x\n2.jpg,y\n")
    assert (found.root, found.paths) == (data.parent, ["pool [1]/a/1.jpg", "data/2.jpg"])


def test_paths_that_lead_out_of_the_csvs_folder_have_a_common_root(data: Path) -> None:
    found = listed_table(data, "path,label\n../pool/1.jpg,x\n../pool/in/../2.jpg,y\n")
    assert (found.root, found.paths) == (data.parent / "pool", ["1.jpg", "2.jpg"])


def test_the_csvs_folder_may_be_named_relative(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed_table(data, "path,label\n1.jpg,x\n")
    monkeypatch.chdir(data)
    found = list_images(Path("data.csv"), cache=data)
    assert (found.root / found.paths[0]).resolve() == data / "1.jpg"
    assert found.paths == ["1.jpg"]


@pytest.mark.parametrize("root", [PurePosixPath("/"), PureWindowsPath("C:/"), PureWindowsPath("//server/share/")])
@given(st.lists(st.lists(st.sampled_from(["a", "ab", "b"]), max_size=3), min_size=1, max_size=6))
def test_the_common_folder_is_the_innermost_that_holds_all(root: PurePosixPath, names: list[list[str]]) -> None:
    folders = [root.joinpath(*parts) for parts in names]
    found = common_folder(folders)
    assert found is not None
    assert all(folder.is_relative_to(found) for folder in folders)
    inner = {folder.parts[len(found.parts) : len(found.parts) + 1] for folder in folders}
    assert len(inner) > 1 or () in inner


@pytest.mark.skipif(os.name == "nt", reason="there they are paths")
@pytest.mark.parametrize("path", ["C:\\pets\\1.jpg", "d:/1.jpg", "\\\\server\\pets\\1.jpg"])
def test_paths_of_windows_are_named(data: Path, path: str) -> None:
    with pytest.raises(TableError, match=r"line 2: .* is a Windows path; use paths of this machine") as caught:
        listed_table(data, f"path,label\n{path},a\n")
    assert path in str(caught.value)


@pytest.mark.parametrize("address", ["https://example.org/pets.zip", "s3://bucket/pets", "gs://bucket"])
def test_an_address_is_no_data(address: str, tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError) as caught:
        list_images(Path(address), cache=tmp_path)
    assert str(caught.value).startswith(f"{address} is an address, not a folder, zip or CSV; download it, then")


# Identity


def test_two_csvs_in_one_folder_are_two_data_sets(data: Path) -> None:
    keys = {listed_table(data, "path,label\n1.jpg,a\n", name=f"{name}.csv").key for name in "ab"}
    keys.add(listed_table(data, "path,label,image\n1.jpg,a,2.jpg\n", name="a.csv", columns={"path": "image"}).key)
    assert len(keys) == 3
    assert listed_table(data, "path,label\n1.jpg,b\n2.jpg,a\n", name="b.csv").key in keys  # whatever its rows say


def test_rows_that_move_the_root_make_another_data_set(data: Path) -> None:
    # The same paths below another root are other files.
    before = listed_table(data, "path,label\n../a/1.jpg,x\n")
    after = listed_table(data, "path,label\n../b/1.jpg,x\n")
    assert before.paths == after.paths
    assert before.key != after.key


# A CSV beside images


@pytest.mark.parametrize(
    ("where", "what"), [("", "2 images but no class folder"), ("images/", "2 images in one folder")]
)
def test_a_csv_beside_images_without_classes_is_named(data: Path, write_files: Writer, where: str, what: str) -> None:
    write_files(data, f"{where}1.jpg", f"{where}2.jpg", "notes.csv")
    (data / "labels.csv").write_text("id,label\n1,a\n2,b\n")
    with pytest.raises(LayoutError) as caught:
        list_images(data, cache=data / "cache")
    assert str(caught.value) == f"{data} has {what}; labels.csv in it names them: give classeur {data}/labels.csv"
    (data / "more.csv").write_text("id,label\n1,a\n")
    with pytest.raises(LayoutError, match=r"labels\.csv and more\.csv in it name them: give classeur one of these"):
        list_images(data, cache=data / "cache")


def test_a_csv_beside_class_folders_or_of_other_images_is_none_of_our_business(data: Path, write_files: Writer) -> None:
    write_files(data, "1.jpg", "2.jpg")
    (data / "labels.csv").write_text("id,label\n7,a\n8,b\n")
    assert list_images(data, cache=data / "cache").layout == "flat"
    write_files(data, "cats/3.jpg", "dogs/3.jpg")
    (data / "labels.csv").write_text("id,label\n1,a\n2,b\n")
    assert list_images(data, cache=data / "cache").class_names == ["cats", "dogs"]


# The docs


def test_the_docs_name_every_column_and_split() -> None:
    text = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    for role, names in COLUMN_NAMES.items():
        assert f"| {role} | {', '.join(names)} |" in text
    assert set(SPLIT_NAMES) <= set(re.findall(r"\w+", text))


def test_an_id_is_found_at_any_depth_below_the_table(image_folder: Callable[..., Path], cache: Path) -> None:
    data = image_folder({"a": 1, "b": 1})
    (data / "deep" / "er").mkdir(parents=True)
    (data / "a" / "00.jpg").rename(data / "deep" / "er" / "x17.jpg")
    (data / "labels.csv").write_text("image_id,label\nx17,a\nb/00.jpg,b\n")
    assert sorted(list_images(data / "labels.csv", cache=cache).paths) == ["b/00.jpg", "deep/er/x17.jpg"]


def test_what_inspect_has_found_is_no_data(data: Path) -> None:
    header = ",".join(COLUMNS)
    with pytest.raises(
        TableError, match=r"data\.csv lists what classeur inspect has found, not a data set; give the im"
    ):
        listed_table(data, f"{header}\n1,note,enlarged,,,,,few,,,{{}}\n")
