"""Reading within limits: what is let through comes back whole, what is not is said before it is read."""

import csv
import io
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classeur import untrusted
from classeur.untrusted import LimitError, check_arrays, opened, opened_zip, parse_json, read_csv, read_json


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
    return path


def test_an_ordinary_file_is_opened_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "a", b"12345")
    with opened(path, 5) as file:
        assert file.read() == b"12345"
    with pytest.raises(LimitError, match="5 bytes; at most 4"), opened(path, 4):
        pass
    with pytest.raises(FileNotFoundError), opened(tmp_path / "none", 9):
        pass
    with pytest.raises(IsADirectoryError if os.name != "nt" else OSError), opened(tmp_path, 9):
        pass
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(LimitError, match="a pipe or a device"), opened(tmp_path / "pipe", 9):
            pass


def test_json_has_a_depth_and_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deepest = "[" * 64 + "]" * 64
    assert parse_json(deepest) == json.loads(deepest)
    for text in ("[" * 65 + "]" * 65, '{"a":' * 65 + "1" + "}" * 65, "[" * 10**5 + "]" * 10**5):
        with pytest.raises(LimitError, match="deeper than 64"):
            parse_json(text)
    assert read_json(write(tmp_path / "a.json", '{"name": "na\udcefve"}')) == {"name": "na\udcefve"}
    monkeypatch.setattr(untrusted, "MAX_JSON_BYTES", 10)
    with pytest.raises(LimitError, match="at most 10"):
        read_json(write(tmp_path / "b.json", '{"a": "1234567"}'))
    with pytest.raises(ValueError, match="digits"):
        parse_json("9" * 10_000)


def test_json_has_so_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted, "MAX_CONTAINERS", 3)
    monkeypatch.setattr(untrusted, "MAX_ITEMS", 5)
    assert parse_json('[{"a": []}, 1, 2, 3, 4, 5]') == [{"a": []}, 1, 2, 3, 4, 5]
    for text in ("[[], [], []]", '[{"a": []}, {}]', "[1, 2, 3, 4, 5, 6, 7]"):
        for encoded in (text, text.encode(), text.encode("utf-16")):
            with pytest.raises(LimitError, match="more than 3 lists and objects, or 5 values"):
                parse_json(encoded)


def test_a_csv_has_rows_of_one_length_and_so_many_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    assert read_csv(write(path, 'a,b\n1,"2\n3"\n\n4,\udcff\n')) == (["a", "b"], [["1", "2\n3"], ["4", "\udcff"]])
    assert read_csv(write(path, "")) == ([], [])
    for text, match in (("a,b\n1\n", "line 2 has 1 fields, the header 2"), ("a\n1\n2,3\n", "line 3 has 2 fields")):
        with pytest.raises(LimitError, match=match):
            read_csv(write(path, text))
    with pytest.raises(csv.Error, match="field limit"):
        read_csv(write(path, "a\n" + "x" * 200_000))
    monkeypatch.setattr(untrusted, "MAX_ROW", 50)
    assert len(read_csv(write(path, "a,b\n" + "1,2\n" * 90))[1]) == 90
    for text in ("a" * 50, "a,b\n" + "1," * 30, 'a,b\n"' + "1\n" * 30 + '",2\n'):
        with pytest.raises(LimitError, match="a row of more than 50"):
            read_csv(write(path, text))
    monkeypatch.setattr(untrusted, "MAX_CELLS", 10)
    with pytest.raises(LimitError, match="more than 10 fields"):
        read_csv(write(path, "a,b\n" + "1,2\n" * 6))
    monkeypatch.setattr(untrusted, "MAX_TABLE_BYTES", 10)
    with pytest.raises(LimitError, match="at most 10"):
        read_csv(path)


def npz(**arrays: np.ndarray) -> io.BytesIO:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file


def renamed_shape(shape: str, content: bytes = b"12345678", version: int = 1) -> io.BytesIO:
    """Return an .npz with an array whose header says something of its own."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    array = b"\x93NUMPY" + bytes((version, 0)) + struct.pack("<H", len(header)) + header.encode() + content
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", array)
    return file


def test_arrays_of_numbers_pass_and_are_read_as_before() -> None:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array(7), "c": np.zeros((0, 3), bool)}
    file = npz(**arrays)
    check_arrays(file, max_members=3)
    read = np.load(file)
    assert all(np.array_equal(read[name], array) for name, array in arrays.items())
    check_arrays(npz(a=np.array("text")), max_members=3, kinds="biufU")
    check_arrays(renamed_shape("(2,)"), max_members=1)


def test_other_arrays_do_not() -> None:
    pickled = npz(a=np.array([{"a": 1}], object))
    large = io.BytesIO()
    np.savez_compressed(large, a=np.zeros(10**6))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("../../evil.sh", b"ran")
    strange = [
        (pickled, "holds object, not numbers"), (npz(a=np.array("text")), "not numbers"), (large, "compressed"),
        (other, "evil.sh.* no array"), (npz(a=np.ones(1), b=np.ones(1)), "2 members; at most 1"),
        (renamed_shape("(10**9,)"), None), (renamed_shape("(1000000000000,)"), "its shape .* needs 4,000,000,000,000"),
        (renamed_shape("(1,)"), "needs 4"), (renamed_shape("(-2, -1)"), "its shape"),
        (renamed_shape("(2,)", version=3), r"NumPy's version \(3, 0\)"),
        (renamed_shape("().__class__"), None), (renamed_shape("(2,)" + " " * 5 * 10**4), None),
    ]  # fmt: skip
    for file, match in strange:
        with pytest.raises(ValueError, match=match):
            check_arrays(file, max_members=1)


def test_a_zip_is_of_a_size_and_ends_as_one() -> None:
    file = npz(a=np.ones(1000))
    size = len(file.getvalue())
    with opened_zip(file, max_members=1, max_bytes=size) as archive:
        assert archive.namelist() == ["a.npy"]
    with pytest.raises(LimitError, match=f"at most {size - 1:,}"), opened_zip(file, max_members=1, max_bytes=size - 1):
        pass
    commented = io.BytesIO(file.getvalue()[:-2] + b"\1\0#")
    assert zipfile.ZipFile(commented).comment == b"#"
    for other in (commented, io.BytesIO(b"PK\5\6"), io.BytesIO()):
        with pytest.raises(zipfile.BadZipFile, match="does not end as a zip"), opened_zip(other, max_members=1):
            pass


def test_a_zip_whose_members_share_their_bytes_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", bytes(100_000))
        first = archive.infolist()[0]
        for number in range(40):
            other = zipfile.ZipInfo(f"b{number}")
            other.CRC, other.file_size, other.compress_size = first.CRC, first.file_size, first.compress_size
            other.header_offset = first.header_offset
            archive.filelist.append(other)
            archive.NameToInfo[other.filename] = other
        archive._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(LimitError, match="overlap"), opened_zip(file, max_members=99):
        pass
