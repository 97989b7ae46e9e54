"""`get_file` returns the archive's path, its content beside it; from `file://`, and from the cache after."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classeur.data import archive_members
from classeur.errors import ArchiveError
from classeur.keras_image import download, get_file


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    path = tmp_path / "there" / "pets.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("pets/train/a.txt", "one")
        packed.writestr("pets/b.txt", "two")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_extract_returns_the_archive_and_unpacks_beside_it(zipped: Path, home: Path) -> None:
    path = Path(get_file("cats.zip", origin=zipped.as_uri(), extract=True, cache_dir=home))
    assert path == home / "datasets" / "cats.zip"
    assert (path.parent / "pets" / "train" / "a.txt").read_text() == "one"


def test_the_second_time_nothing_is_downloaded_and_what_is_missing_comes_back(zipped: Path, home: Path) -> None:
    arguments = {"fname": "cats.zip", "origin": zipped.as_uri(), "extract": True, "cache_dir": home}
    folder = Path(get_file(**arguments)).parent / "pets"
    zipped.unlink()
    (folder / "b.txt").unlink()
    (folder / "train" / "a.txt").write_text("ONE")
    (folder / "mine.txt").write_text("kept")
    get_file(**arguments)
    assert (folder / "b.txt").read_text() == "two"
    assert (folder / "train" / "a.txt").read_text() == "ONE"
    assert (folder / "mine.txt").exists()


def test_untar_returns_the_folder(tmp_path: Path, home: Path) -> None:
    (tmp_path / "flowers").mkdir()
    (tmp_path / "flowers" / "rose.txt").write_text("red")
    with tarfile.open(tmp_path / "flowers.tgz", "w:gz") as packed:
        packed.add(tmp_path / "flowers", "flowers")
    origin = (tmp_path / "flowers.tgz").as_uri()
    for name in ("flowers", None):
        path = Path(get_file(name, origin=origin, untar=True, cache_dir=home))
        assert path == home / "datasets" / "flowers"
        assert (path / "rose.txt").read_text() == "red"
    archive_path = Path(get_file(origin=origin, extract=True, cache_dir=home))
    assert archive_path == home / "datasets" / "flowers.tgz"


def test_without_extract_it_is_keras_own(zipped: Path, home: Path) -> None:
    checksum = hashlib.sha256(zipped.read_bytes()).hexdigest()
    path = Path(get_file(origin=zipped.as_uri(), file_hash=checksum, cache_dir=home, cache_subdir="sub"))
    assert path == home / "sub" / "pets.zip"
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(ValueError, match="origin"):
        get_file("x.zip")
    with pytest.raises(ValueError, match=r"[Ii]ncomplete or corrupted"):
        get_file("y.zip", origin=zipped.as_uri(), file_hash="0" * 64, cache_dir=home)
    with pytest.raises(Exception, match="fetch failure"):
        get_file("z.zip", origin=(home / "absent.zip").as_uri(), cache_dir=home)


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt"])
def test_an_archive_that_leads_out_is_refused(name: str, tmp_path: Path, home: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr("good.txt", "")
        packed.writestr(name, "")
    with pytest.raises(ArchiveError, match="nothing was unpacked"):
        get_file(origin=(tmp_path / "bad.zip").as_uri(), extract=True, cache_dir=home)
    with tarfile.open(tmp_path / "bad.tar", "w") as packed:
        packed.addfile(tarfile.TarInfo("good.txt"))
        packed.addfile(tarfile.TarInfo("../out.txt"))
    with pytest.raises(ArchiveError, match="is unsafe"):
        get_file(origin=(tmp_path / "bad.tar").as_uri(), extract=True, cache_dir=home)
    assert not (home / "out.txt").exists()
    assert sorted(path.name for path in (home / "datasets").iterdir()) == ["bad.tar", "bad.zip"]


def pack(path: Path, files: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in files.items():
                packed.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as packed:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_bomb_is_refused(name: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (archive_members, download):
        monkeypatch.setattr(module, "RATIO_FREE_BYTES", 2**20)
    bomb = pack(tmp_path / name, {"a.txt": b"0" * 2**22})
    with pytest.raises(ArchiveError, match="would unpack to"):
        get_file(origin=bomb.as_uri(), extract=True, cache_dir=home)
    assert [path.name for path in (home / "datasets").iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_broken_archive_leaves_nothing_behind(name: str, tmp_path: Path, home: Path) -> None:
    noise = np.random.default_rng(0).bytes(4000)
    content = bytearray(pack(tmp_path / name, {"pets/a.txt": b"one", "pets/b.txt": noise}).read_bytes())
    content[len(content) // 2] ^= 255
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArchiveError):
        get_file(origin=(tmp_path / name).as_uri(), extract=True, cache_dir=home)
    assert [path.name for path in (home / "datasets").iterdir()] == [name]


def test_an_archive_that_holds_its_own_name_does_not_replace_itself(tmp_path: Path, home: Path) -> None:
    origin = pack(tmp_path / "a.zip", {"a.zip": b"other"}).as_uri()
    with pytest.raises(ArchiveError, match="its own name"):
        get_file(origin=origin, extract=True, cache_dir=home)


def test_what_is_no_archive_is_left_as_it_is(tmp_path: Path, home: Path) -> None:
    (tmp_path / "plain.txt").write_text("text")
    with pytest.warns(UserWarning, match="is not an archive"):
        path = get_file(origin=(tmp_path / "plain.txt").as_uri(), extract=True, cache_dir=home)
    assert Path(path).read_text() == "text"
