"""`get_file` returns the archive's path, its content beside it; from `file://`, and from the cache after."""

import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from classeur.keras_image import get_file


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    path = tmp_path / "there" / "pets.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pets/train/a.txt", "one")
        archive.writestr("pets/b.txt", "two")
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
    with tarfile.open(tmp_path / "flowers.tgz", "w:gz") as archive:
        archive.add(tmp_path / "flowers", "flowers")
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
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("good.txt", "")
        archive.writestr(name, "")
    with pytest.raises(ValueError, match="is unsafe"):
        get_file(origin=(tmp_path / "bad.zip").as_uri(), extract=True, cache_dir=home)
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        info = tarfile.TarInfo("../out.txt")
        archive.addfile(info)
    with pytest.raises(ValueError, match="is unsafe"):
        get_file(origin=(tmp_path / "bad.tar").as_uri(), extract=True, cache_dir=home)
    assert not (home / "out.txt").exists()
    assert not (home / "datasets" / "good.txt").exists()


def test_what_is_no_archive_is_left_as_it_is(tmp_path: Path, home: Path) -> None:
    (tmp_path / "plain.txt").write_text("text")
    with pytest.warns(UserWarning, match="is no archive"):
        path = get_file(origin=(tmp_path / "plain.txt").as_uri(), extract=True, cache_dir=home)
    assert Path(path).read_text() == "text"
