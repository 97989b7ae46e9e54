import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import ClasseurError, StorageError
from classeur.storage import default_cache, storage_error, write_json, write_text, writing_to, written_atomically
from classeur.untrusted import read_json


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".cache")


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with written_atomically(path) as temporary:
        temporary.write_text("ne")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent
        assert temporary.suffix == path.suffix
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, StorageError])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half() -> None:
        with written_atomically(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with written_atomically(path) as first, written_atomically(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer one ends last
    assert names(tmp_path) == ["a.txt"]


def test_folders_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "x" / "y" / "a.txt", "whole")
    assert (tmp_path / "x" / "y" / "a.txt").read_text() == "whole"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_is_utf8_with_its_own_line_ends(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("text") / "a.txt"
    write_text(path, text)
    assert path.read_bytes() == text.encode()


def test_names_that_are_no_utf8_keep_their_bytes(tmp_path: Path) -> None:
    write_text(tmp_path / "a.csv", os.fsdecode(b"\xff.jpg\n"))
    assert (tmp_path / "a.csv").read_bytes() == b"\xff.jpg\n"


def test_json_is_utf8_whatever_the_names_are(tmp_path: Path) -> None:
    content = {"고양이/caf\udce9 \U0001f431.jpg": ["\\udce9", "\udcff\udc80"]}
    write_json(tmp_path / "a.json", content)
    assert "고양이/caf\\udce9 \U0001f431" in (tmp_path / "a.json").read_text(encoding="utf-8")
    assert read_json(tmp_path / "a.json") == content


def test_a_file_in_the_way_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"file/b/a\.txt cannot be written \(.+\); choose another folder"):
        write_text(tmp_path / "file" / "b" / "a.txt", "")
    assert names(tmp_path) == ["file"]


def test_a_folder_in_the_way_of_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt" / "b").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"a\.txt cannot be written"):
        write_text(tmp_path / "a.txt", "")
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("is_link", [False, True])
def test_no_file_replaces_a_pipe(tmp_path: Path, *, is_link: bool) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    if is_link:
        path = tmp_path / "link"
        path.symlink_to("pipe")
    before = names(tmp_path)
    with pytest.raises(StorageError, match=rf"{path.name} is a pipe or a device, not a file; name a file$"):
        write_text(path, "text")
    assert path.is_fifo()
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "the disk is full at there; free some space or choose another folder"),
        (errno.EDQUOT, "the disk is full at there; free some space or choose another folder"),
        (errno.EROFS, "there cannot be written (Read-only file system); choose another folder"),
        (errno.EACCES, "there cannot be written (Permission denied); choose another folder"),
    ],
)
def test_what_the_system_refuses_becomes_one_line(number: int, expected: str) -> None:
    refused = OSError(number, os.strerror(number))
    with pytest.raises(StorageError) as caught, writing_to(Path("there")):
        raise refused
    assert str(caught.value) == str(storage_error(Path("there"), refused)) == expected
    assert caught.value.__cause__ is refused
    assert isinstance(caught.value, ClasseurError)
    assert caught.value.exit_status == 1


def test_an_error_without_words_is_said_by_its_own() -> None:
    assert "(odd)" in str(storage_error(Path("there"), OSError("odd")))


def test_the_cache_is_where_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSEUR_CACHE", str(tmp_path / "here"))
    assert default_cache() == tmp_path / "here"
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("named", [None, ""])
def test_else_the_cache_is_the_systems(named: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if named is None:
        monkeypatch.delenv("CLASSEUR_CACHE")
    else:
        monkeypatch.setenv("CLASSEUR_CACHE", named)
    assert default_cache().is_absolute()
    assert "classeur" in default_cache().parts
