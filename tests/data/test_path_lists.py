import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.path_lists import read_paths
from classeur.errors import UsageError

PATHS = ["pets/a cat.jpg", "고양이.jpg", "C:\\pets\\1.jpg", "it's.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_lists_are_read_as_shells_write_them(encoding: str, end: str, quote: str) -> None:
    text = end.join(["", *(f"{quote}{path}{quote}" for path in PATHS), "  ", ""])
    assert read_paths(text.encode(encoding)) == PATHS


def test_the_last_line_needs_no_end() -> None:
    assert read_paths(b"a.jpg\nb.jpg") == ["a.jpg", "b.jpg"]
    assert read_paths(b"") == []


@given(
    st.lists(st.text(st.characters(exclude_characters="\0\r\n\"'\ufeff", codec="utf-8"), min_size=1).filter(str.strip))
)
def test_every_path_comes_back(paths: list[str]) -> None:
    assert read_paths("\n".join(paths).encode()) == paths


def test_bytes_that_are_no_utf8_are_kept() -> None:
    assert [os.fsencode(path) for path in read_paths(b"caf\xe9.jpg\n")] == [b"caf\xe9.jpg"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"GIF89a\1\0",
        b"RIFF\x24\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic",
        b"BM\x36\0\0\0\0\0\0\0",
        b"II*\0\x08",
    ],
)
def test_a_picture_is_called_one(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"^standard input has an image, not a list of paths; give the image file"):
        read_paths(data)


@pytest.mark.parametrize("path", ["BMW.jpg", "RIFF.webp", "pets/ftyp.jpg", "GIF.gif"])
def test_a_path_is_not_called_a_picture(path: str) -> None:
    assert read_paths(path.encode()) == [path]


def test_other_bytes_are_no_list() -> None:
    with pytest.raises(UsageError, match=r"is not a list of paths \(it contains a NUL\); give one path per line"):
        read_paths(b"\x01\x00\x02")
