import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from photographs import cropped, draw_photograph
from PIL import Image

from classeur.data.cache_contents import cache_entries
from classeur.data.folder import ImageFolder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore
from classeur.rows import CacheWarning

Scanned = Callable[..., ImageFolder]


@pytest.fixture
def scanned(tmp_path: Path, cache: Path) -> Scanned:
    """A function that scans the data at a size."""

    def look(side: int = 8) -> ImageFolder:
        store = PixelStore(cache, image_size=(side, side), fit="crop" if side == 8 else "squash")
        return scan(tmp_path / "data", store, cache=cache)

    return look


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    images = {f"{seed}.png": draw_photograph(seed, size=(240, 180)) for seed in range(5)}
    images["9.jpg"] = images["1.png"].resize((120, 90))
    images["8.jpg"] = cropped(images["3.png"])
    (tmp_path / "data" / "a").mkdir(parents=True)
    for name, image in images.items():
        image.save(tmp_path / "data" / "a" / name)
    return tmp_path / "data"


def told(folder: ImageFolder, pairs: list[NearDuplicate]) -> set[tuple[str, str, str]]:
    return {(folder.paths[pair.first], folder.paths[pair.second], pair.kind) for pair in pairs}


PAIRS = {("a/1.png", "a/9.jpg", "copy"), ("a/3.png", "a/8.jpg", "moved")}


@pytest.mark.usefixtures("photographs")
def test_the_size_of_a_training_does_not_decide_what_is_alike(scanned: Scanned, tmp_path: Path) -> None:
    small, usual = (known_near_duplicates(scanned(side), cache=tmp_path / f"other{side}") for side in (8, 224))
    assert small == usual
    assert told(scanned(), small) == PAIRS


def test_pairs_are_kept_by_content_wherever_the_files_are(photographs: Path, scanned: Scanned, cache: Path) -> None:
    assert told(scanned(), known_near_duplicates(scanned(), cache=cache)) == PAIRS
    (photographs / "a" / "1.png").rename(photographs / "a" / "99.png")
    folder = scanned()
    for path in photographs.rglob("*.*"):  # so nothing can be compared again
        path.unlink()
    shutil.rmtree(cache / "pixels")
    pairs = known_near_duplicates(folder, cache=cache)
    assert told(folder, pairs) == {("a/9.jpg", "a/99.png", "copy"), ("a/3.png", "a/8.jpg", "moved")}
    assert [entry.kind for entry in cache_entries(cache)].count("pairs") == 1


def test_another_file_is_compared_too(photographs: Path, scanned: Scanned, cache: Path) -> None:
    known_near_duplicates(scanned(), cache=cache)
    Image.open(photographs / "a" / "0.png").save(photographs / "a" / "7.jpg")
    assert told(scanned(), known_near_duplicates(scanned(), cache=cache)) == {*PAIRS, ("a/0.png", "a/7.jpg", "copy")}


@pytest.mark.usefixtures("photographs")
def test_damaged_pairs_are_found_again(scanned: Scanned, cache: Path) -> None:
    pairs = known_near_duplicates(scanned(), cache=cache)
    (path,) = cache.glob("pairs/*.npz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.warns(CacheWarning, match="the cached near-duplicates are damaged"):
        assert known_near_duplicates(scanned(), cache=cache) == pairs
    assert known_near_duplicates(scanned(), cache=cache) == pairs


def test_a_file_that_has_gone_is_no_pair(photographs: Path, scanned: Scanned, cache: Path) -> None:
    folder = scanned()
    (photographs / "a" / "9.jpg").unlink()
    assert told(folder, known_near_duplicates(folder, cache=cache)) == {("a/3.png", "a/8.jpg", "moved")}
