import errno
import os
import shutil
import stat
import struct
import subprocess
import sys
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile, ZipInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classeur.data import archive as module
from classeur.data import archive_members
from classeur.data.archive import is_archive, unpack, unpacked
from classeur.errors import ArchiveError, ClasseurError, DataNotFoundError, StorageError
from classeur.rows import CacheWarning

PETS = {"cat/1.jpg": b"meow", "cat/2.jpg": b"miaow" * 1000, "dog/1.jpg": b"woof"}


def write_zip(path: Path, members: Mapping[str, bytes] | list[tuple[str | ZipInfo, bytes]], method: int = 0) -> Path:
    pairs = list(members.items()) if isinstance(members, Mapping) else members
    with ZipFile(path, "w", compression=method) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names, which are meant here
        for name, content in pairs:
            file.writestr(name, content)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def patch(path: Path, *, central: tuple[int, bytes], local: tuple[int, bytes] | None = None) -> Path:
    """Overwrite a field of every member's header: (offset in the header, bytes)."""
    content = bytearray(path.read_bytes())
    for signature, change in ((b"PK\x01\x02", central), (b"PK\x03\x04", local)):
        position = content.find(signature)
        while position >= 0 and change:
            start = position + change[0]
            content[start : start + len(change[1])] = change[1]
            position = content.find(signature, position + 4)
    path.write_bytes(content)
    return path


def refusal(archive: Path, error: type[ClasseurError] = ArchiveError, *, target: Path | None = None) -> str:
    """Return the message of a refusal, which leaves the disk as it was."""
    before = sorted(archive.parent.rglob("*"))
    with pytest.raises(error) as caught:
        unpack(archive, target or archive.parent / "out")
    assert sorted(archive.parent.rglob("*")) == before
    message = str(caught.value)
    assert "\n" not in message
    return message


def special(name: str, mode: int) -> ZipInfo:
    info = ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


# --- what comes out ---


def test_unpacks_every_file(tmp_path: Path) -> None:
    target = unpack(write_zip(tmp_path / "pets.zip", PETS), tmp_path / "new" / "out")
    assert target == tmp_path / "new" / "out"
    assert tree(target) == PETS
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_drops_a_single_top_folder(tmp_path: Path) -> None:
    inside = {f"my pets/{name}": content for name, content in PETS.items()}
    members = [("my pets/", b""), *inside.items(), ("__MACOSX/my pets/._1.jpg", b"finder"), ("my pets/empty/", b"")]
    archive = write_zip(tmp_path / "pets.zip", members)
    target = unpack(archive, tmp_path / "out", without_top=True)
    assert tree(target) == PETS
    assert (target / "empty").is_dir()
    whole = tree(unpack(archive, tmp_path / "whole"))
    assert whole == {**inside, "__MACOSX/my pets/._1.jpg": b"finder"}


def test_keeps_the_top_when_a_file_is_beside_it(tmp_path: Path) -> None:
    members = {"pets/cat/1.jpg": b"meow", "read me.txt": b"hello"}
    assert tree(unpack(write_zip(tmp_path / "pets.zip", members), tmp_path / "out")) == members


def test_an_empty_target_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert tree(unpack(write_zip(tmp_path / "pets.zip", PETS), tmp_path / "out")) == PETS


_PART = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters='/\\<>:"|?*'), min_size=0, max_size=20
).map(lambda text: text + "_")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    paths=st.lists(
        st.tuples(st.lists(_PART.map("d".__add__), max_size=3), _PART.map("f".__add__), st.binary(max_size=50)),
        unique_by=lambda drawn: unicodedata.normalize("NFC", "/".join(drawn[0]) + "/" + drawn[1]).casefold(),
        max_size=6,
    ),
    top=st.sampled_from(["", "top/"]),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
)
def test_any_names_round_trip(paths: list[tuple[list[str], str, bytes]], top: str, method: int, tmp_path: Path) -> None:
    files = {"/".join([*folders, name]): content for folders, name, content in paths} | {"root.txt": b""}
    archive = write_zip(tmp_path / "any.zip", {top + path: content for path, content in files.items()}, method)
    target = tmp_path / "out"
    try:
        assert tree(unpack(archive, target, without_top=True)) == files
    finally:
        shutil.rmtree(target, ignore_errors=True)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [(b"caf\xc3\xa9", "café"), (b"caf\x82!", "café!"), (b"\xea\xb3\xa0\xec\x96\x91", "고양")],
    ids=["UTF-8 without the flag", "code page 437", "Korean without the flag"],
)
def test_names_without_the_flag(stored: bytes, expected: str, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "old.zip", {"@" * len(stored): b"x"})
    archive.write_bytes(archive.read_bytes().replace(b"@" * len(stored), stored))
    assert tree(unpack(archive, tmp_path / "out")) == {expected: b"x"}


def test_backslashes_separate(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "net.zip", {"cat\\1.jpg": b"meow", "dog\\1.jpg": b"woof"})
    assert tree(unpack(archive, tmp_path / "out")) == {"cat/1.jpg": b"meow", "dog/1.jpg": b"woof"}


def test_times_come_from_the_zip(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", [(ZipInfo("1.jpg", (2020, 2, 3, 4, 5, 6)), b"meow")])
    moment = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
    assert (unpack(archive, tmp_path / "out") / "1.jpg").stat().st_mtime == moment


def test_a_date_that_is_none(tmp_path: Path) -> None:
    archive = patch(write_zip(tmp_path / "pets.zip", {"1.jpg": b"meow"}), central=(12, bytes(4)))
    moment = datetime(1980, 1, 1, tzinfo=UTC).timestamp()
    assert (unpack(archive, tmp_path / "out") / "1.jpg").stat().st_mtime == moment


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    unpack(write_zip(tmp_path / "pets.zip", PETS), tmp_path / "out", progress=lambda *call: calls.append(call))
    assert calls == [(4, 5008), (5004, 5008), (5008, 5008)]


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.jpg", "'..'"),
        ("cat/../../evil.jpg", "'..'"),
        ("..", "'..'"),
        ("cat\\..\\..\\evil.jpg", "'..'"),
        ("/etc/evil.jpg", "absolute"),
        ("\\evil.jpg", "absolute"),
        ("C:\\evil.jpg", "absolute"),
        ("c:evil.jpg", "absolute"),
        ("\\\\server\\share\\evil.jpg", "absolute"),
        ("//server/share/evil.jpg", "absolute"),
        ("evil\n.jpg", "control"),
        ("evil\x1b[2J.jpg", "control"),
        ("a/" * 70 + "evil.jpg", "deeper"),
        ("e" * 1100, "longer"),
        (".", "no name"),
    ],
)
def test_unsafe_names(name: str, said: str, tmp_path: Path) -> None:
    message = refusal(write_zip(tmp_path / "evil.zip", {**PETS, name: b"evil"}))
    assert said in message
    assert repr(name.replace("\\", "/")) in message
    assert "create the zip again without it" in message


def test_a_nul_in_a_name(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "evil.zip", {"evil.jpg@.exe": b"evil"})
    archive.write_bytes(archive.read_bytes().replace(b"@", b"\0"))
    assert "control character" in refusal(archive)


@pytest.mark.parametrize(
    "name", ["aux", "cat/NUL.jpg", "cat/what?.jpg", "cat/1.jpg:stream", "cat./1.jpg", "cat /1.jpg"]
)
def test_names_that_only_windows_refuses(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "evil.zip", {**PETS, name: b"?"})
    monkeypatch.setattr(archive_members, "_IS_WINDOWS", True)
    assert "Windows" in refusal(archive)
    monkeypatch.setattr(archive_members, "_IS_WINDOWS", False)
    if sys.platform != "win32":
        assert tree(unpack(archive, tmp_path / "out"))[name] == b"?"


@pytest.mark.parametrize("name", ["auxiliary.jpg", "com.jpg", "con_1.jpg", "a.b.jpg", ".hidden"])
def test_names_that_windows_takes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_members, "_IS_WINDOWS", True)
    assert name in tree(unpack(write_zip(tmp_path / "good.zip", {name: b"!"}), tmp_path / "out"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices(kind: int, tmp_path: Path) -> None:
    message = refusal(write_zip(tmp_path / "evil.zip", [("1.jpg", b"x"), (special("link", kind | 0o777), b"/etc")]))
    assert "'link' is a link or a device" in message


def test_a_folder_with_bytes(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "evil.zip", [("1.jpg", b"x"), (special("cat", stat.S_IFDIR | 0o755), b"bytes")])
    assert "'cat' is a folder with bytes" in refusal(archive)


def test_encrypted(tmp_path: Path) -> None:
    archive = patch(write_zip(tmp_path / "secret.zip", {"1.jpg": b"meow"}), central=(8, b"\x01"), local=(6, b"\x01"))
    message = refusal(archive)
    assert "'1.jpg' is encrypted" in message
    assert "without a password" in message


def test_an_unknown_compression(tmp_path: Path) -> None:
    archive = patch(write_zip(tmp_path / "new.zip", {"1.jpg": b"meow"}), central=(10, b"\x09"), local=(8, b"\x09"))
    assert "'1.jpg' is compressed by method 9" in refusal(archive)


@pytest.mark.parametrize("again", ["cat/1.jpg", "cat//1.jpg", "./cat/1.jpg", "cat\\1.jpg"])
def test_duplicates(again: str, tmp_path: Path) -> None:
    message = refusal(write_zip(tmp_path / "twice.zip", [("cat/1.jpg", b"a"), (again, b"b"), ("2.jpg", b"c")]))
    assert "is in it twice" in message


def test_a_folder_twice_is_no_matter(tmp_path: Path) -> None:
    members = [("cat/", b""), ("cat/1.jpg", b"meow"), ("cat/", b""), ("2.jpg", b"")]
    assert tree(unpack(write_zip(tmp_path / "pets.zip", members), tmp_path / "out"))["cat/1.jpg"] == b"meow"


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    message = refusal(write_zip(tmp_path / "evil.zip", {"cat": b"file", "cat/1.jpg": b"meow", "dog": b""}))
    assert "'cat' is both a file and a folder" in message


@pytest.mark.parametrize(
    "pair", [("cat/1.jpg", "cat/1.JPG"), ("cat/1.jpg", "Cat/2.jpg"), ("caf\u00e9/1.jpg", "cafe\u0301/2.jpg")]
)
def test_names_that_the_disk_cannot_tell_apart(
    pair: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_zip(tmp_path / "pets.zip", {name: name.encode() for name in (*pair, "3.jpg")})
    taken: set[str] = set()

    def folding(make: Callable[..., Any]) -> Callable[..., Any]:  # a disk as macOS and Windows have
        def made(*args: Any, **kwargs: Any) -> Any:
            path = str(args[0])
            if ".unpacking/" in path and args[1:] != ("wb",):
                key = unicodedata.normalize("NFC", path).casefold()
                if key in taken:
                    raise FileExistsError(errno.EEXIST, "File exists", path)
                taken.add(key)
            return make(*args, **kwargs)

        return made

    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", folding(Path.mkdir))
        patched.setattr(Path, "open", folding(Path.open))
        message = refusal(archive)
    assert "which this disk does not distinguish" in message
    assert any(repr(part) in message for name in pair for part in (name, name.split("/")[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a disk that tells upper from lower case")
def test_names_that_the_disk_can_tell_apart(tmp_path: Path) -> None:
    members = {"cat/aB.jpg": b"1", "cat/Ab.jpg": b"2", "Cat/ab.jpg": b"3"}
    assert tree(unpack(write_zip(tmp_path / "pets.zip", members), tmp_path / "out")) == members


def test_a_bomb(tmp_path: Path) -> None:
    members = {"1.jpg": b"meow", "bomb.bin": bytes(101 * 2**20)}
    message = refusal(write_zip(tmp_path / "bomb.zip", members, zipfile.ZIP_DEFLATED))
    assert "times its size" in message
    assert "'bomb.bin'" in message


def test_a_small_blank_picture_is_no_bomb(tmp_path: Path) -> None:
    blank = {"blank.bmp": bytes(2**20)}
    assert tree(unpack(write_zip(tmp_path / "one.zip", blank, zipfile.ZIP_DEFLATED), tmp_path / "out")) == blank


def test_more_bytes_than_allowed(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "huge.zip", {f"{index}.jpg": b"meow" for index in range(17)})
    patch(archive, central=(24, struct.pack("<L", 2**32 - 2)))
    assert f"{17 * (2**32 - 2):,} bytes (limit {archive_members.MAX_BYTES:,})" in refusal(archive)


def test_more_members_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", 2)
    assert "has 3 members (limit 2)" in refusal(write_zip(tmp_path / "many.zip", PETS))


@pytest.mark.parametrize("size", [10, 10_000], ids=["less", "more"])
def test_a_header_that_lies(size: int, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "liar.zip", {"1.jpg": bytes(1000)}, zipfile.ZIP_DEFLATED)
    assert "'1.jpg' is damaged" in refusal(patch(archive, central=(24, struct.pack("<L", size))))


def test_more_bytes_than_stated_are_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "liar.zip", {"1.jpg": b"meow"})
    endless = BytesIO(bytes(5 * 2**20))
    reads: list[int] = []

    class Endless(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reads.append(size or 0)
            return endless.read(size)

    monkeypatch.setattr(ZipFile, "open", lambda *args: Endless())  # a zipfile that trusts its headers
    assert "not the 4 bytes that its header states" in refusal(archive)
    assert len(reads) == 1


def test_a_wrong_checksum(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS)
    archive.write_bytes(archive.read_bytes().replace(b"woof", b"wolf"))
    message = refusal(archive)
    assert "'dog/1.jpg' is damaged (Bad CRC-32" in message


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"PK\x03\x04 cut short"], ids=["empty", "no zip", "cut short"])
def test_no_zip(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "pets.zip").write_bytes(content)
    assert "cannot be read as a zip" in refusal(tmp_path / "pets.zip")


def test_a_name_that_is_not_the_utf8_it_claims_to_be(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", {"caf\u00e9.jpg": b"meow"})
    archive.write_bytes(archive.read_bytes().replace("\u00e9".encode(), b"\xff\xff"))
    assert "cannot be read as a zip ('utf-8' codec" in refusal(archive)


def test_a_zip_of_nothing(tmp_path: Path) -> None:
    assert "is empty; create the zip" in refusal(write_zip(tmp_path / "empty.zip", {}))
    assert "is empty; create the zip" in refusal(write_zip(tmp_path / "folder.zip", {"cat/": b""}))


def test_no_such_zip(tmp_path: Path) -> None:
    refusal(tmp_path / "none.zip", DataNotFoundError)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    keep=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_any_damage_is_refused_or_harmless(
    method: int, changes: list[tuple[float, int]], keep: float, tmp_path: Path
) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS, method)
    content = bytearray(archive.read_bytes())
    for place, value in changes:
        content[int(place * len(content))] = value
    archive.write_bytes(content[: int(keep * len(content))])
    target = tmp_path / "out"
    try:
        assert set(tree(unpack(archive, target)).values()) <= set(PETS.values())
    except ArchiveError:
        assert list(tmp_path.iterdir()) == [archive]
    finally:
        shutil.rmtree(target, ignore_errors=True)


# --- the disk ---


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS)

    def interrupt(done: int, total: int) -> None:
        assert len(list(tmp_path.iterdir())) == 2
        raise error

    with pytest.raises(error):
        unpack(archive, tmp_path / "out", progress=interrupt)
    assert list(tmp_path.iterdir()) == [archive]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS)
    opened = Path.open

    def full(path: Path, mode: str = "r") -> IO[Any]:
        if path.name == "2.jpg":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", full)
    assert "the disk is full" in refusal(archive, StorageError)


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    assert "exists and is not empty" in refusal(archive, StorageError, target=tmp_path / "full")
    assert "not a folder" in refusal(archive, StorageError, target=tmp_path / "full" / "thesis.txt")
    assert "cannot be written" in refusal(archive, StorageError, target=tmp_path / "full" / "thesis.txt" / "out")


def test_the_current_folder_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "current folder" in refusal(archive, StorageError, target=Path())


# --- is_archive, unpacked ---


def test_is_archive(tmp_path: Path) -> None:
    assert is_archive(write_zip(tmp_path / "pets.zip", PETS))
    assert is_archive(write_zip(tmp_path / "pets", PETS))
    assert is_archive(write_zip(tmp_path / "nothing", {}))
    (tmp_path / "broken.ZIP").write_bytes(b"")
    assert is_archive(tmp_path / "broken.ZIP")
    (tmp_path / "1.jpg").write_bytes(b"\xff\xd8\xff")
    assert not is_archive(tmp_path / "1.jpg")
    assert not is_archive(tmp_path)
    (tmp_path / "folder.zip").mkdir()
    assert not is_archive(tmp_path / "folder.zip")


def test_unpacked_once(tmp_path: Path) -> None:
    archive, cache = write_zip(tmp_path / "pets.zip", PETS), tmp_path / "cache"
    calls: list[int] = []
    first = unpacked(archive, cache, progress=lambda done, total: calls.append(done))
    assert tree(first) == PETS
    assert first.parent == cache / "unpacked"
    assert len(first.name) == 32
    num_calls = len(calls)
    renamed = archive.rename(tmp_path / "animals.zip")
    assert unpacked(renamed, cache, progress=lambda done, total: calls.append(done)) == first
    assert len(calls) == num_calls > 0
    changed = write_zip(tmp_path / "pets.zip", {"cat/1.jpg": b"purr"})
    assert unpacked(changed, cache) != first


def test_unpacked_sweeps_up_after_a_killed_process(tmp_path: Path) -> None:
    archive, cache = write_zip(tmp_path / "pets.zip", PETS), tmp_path / "cache"
    folder = unpacked(archive, cache)
    folder.rename(folder.with_name(f".{folder.name}.00000000.unpacking"))
    assert unpacked(archive, cache) == folder
    assert {path.name for path in folder.parent.iterdir()} <= {folder.name, f"{folder.name}.lock"}


def test_unpacked_refuses_whole(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        unpacked(write_zip(tmp_path / "evil.zip", {"../1.jpg": b""}), tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache" / "unpacked").iterdir() if path.suffix != ".lock"]
    with pytest.raises(DataNotFoundError):
        unpacked(tmp_path / "none.zip", tmp_path / "cache")


def test_without_a_cache_a_zip_is_unpacked_for_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    archive, cache = write_zip(tmp_path / "pets.zip", PETS), tmp_path / "file" / "cache"
    with pytest.warns(CacheWarning, match=r"with CLASSEUR_CACHE; .*pets\.zip is unpacked for this command only"):
        first = unpacked(archive, cache)
    assert tree(first) == PETS
    calls: list[int] = []
    with pytest.warns(CacheWarning):
        assert unpacked(archive, cache, progress=lambda done, total: calls.append(done)) == first
    assert calls == [], "once is enough"
    # Nowhere else is there room either.
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path / "file"))
    module._temporary_folder.cache_clear()
    with pytest.raises(
        StorageError, match=r"/file/cache/.* with CLASSEUR_CACHE; it cannot be unpacked elsewhere either: .*/file "
    ):
        unpacked(archive, cache)
    module._temporary_folder.cache_clear()


def test_what_is_unpacked_for_one_process_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    code = """
import sys, warnings
from pathlib import Path
from classeur.data.archive import unpacked
warnings.simplefilter("ignore")
folder = unpacked(Path(sys.argv[1]), Path(sys.argv[2]))
print(folder, sum(path.is_file() for path in folder.rglob("*")))
"""
    arguments = [str(write_zip(tmp_path / "pets.zip", PETS)), str(tmp_path / "file" / "cache")]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    folder, number = done.stdout.split()
    assert (Path(folder).parent.parent, number) == (tmp_path, "3")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "pets.zip"}


def test_a_cache_that_can_only_be_read_serves_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, cache = write_zip(tmp_path / "pets.zip", PETS), tmp_path / "cache"
    folder = unpacked(archive, cache)

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(module, "FileLock", refuse)
    assert unpacked(archive, cache) == folder


def test_two_processes_share_one_unpacking(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", PETS)
    code = """
import sys, time
from pathlib import Path
from classeur.data.archive import unpacked
calls = []
def progress(done, total):
    calls.append(done)
    time.sleep(0.2)
unpacked(Path(sys.argv[1]), Path(sys.argv[2]), progress=progress)
print(len(calls))
"""
    command = [sys.executable, "-c", code, str(archive), str(tmp_path / "cache")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(process.communicate(timeout=30)[0] for process in processes) == ["0\n", "3\n"]
