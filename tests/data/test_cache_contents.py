import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import classeur
from classeur.data.cache_contents import ago, cache_entries, clear, evict, parse_size, size_limit
from classeur.data.scan import scan
from classeur.errors import RangeError, UsageError
from classeur.images.pixels import PixelStore


def filled(cache: Path, count: int = 4) -> PixelStore:
    """A store of `count` segments of 192 bytes and some listing each, used one second after the other."""
    store = PixelStore(cache, image_size=(8, 8), fit="squash")
    for number in range(count):
        store.add([(f"{number}", np.full((8, 8, 3), number, np.uint8))])
        for path in (cache / "pixels").rglob("*.*"):
            if path.suffix in (".json", ".rgb") and path.stat().st_mtime > 10**6:
                os.utime(path, (number + 1, number + 1))
    return store


def test_everything_is_listed_the_least_recently_used_first(cache: Path, image_folder: Callable[..., Path]) -> None:
    filled(cache)
    scan(image_folder(), PixelStore(cache, image_size=(8, 8), fit="crop"), cache=cache)
    (cache / "unpacked" / "abc").mkdir(parents=True)
    (cache / "unpacked" / "abc" / "a.jpg").write_bytes(b"12345")
    (cache / "unpacked" / "abc.lock").touch()
    (cache / "kernels").mkdir()
    (cache / "kernels" / "warp-1.o").write_bytes(b"code")
    entries = cache_entries(cache)
    assert sorted(entry.kind for entry in entries) == ["facts"] + ["kernels"] + ["pixels"] * 5 + ["unpacked"]
    assert [entry.used for entry in entries] == sorted(entry.used for entry in entries)
    assert {entry.name for entry in entries if entry.kind == "pixels"} == {"8x8-squash-v1.2", "8x8-crop-v1.2"}
    assert next(entry.num_bytes for entry in entries if entry.kind == "unpacked") == 5
    on_disk = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock")
    assert sum(entry.num_bytes for entry in entries) == on_disk


@pytest.mark.parametrize("left", [0, 1, 2, 3, 4])
def test_the_least_recently_used_go_first_and_no_more_than_must(cache: Path, left: int) -> None:
    store = filled(cache)
    size = cache_entries(cache)[0].num_bytes
    removed, num_bytes = evict(cache, left * size)
    assert len(removed) == 4 - left
    assert num_bytes == left * size == sum(entry.num_bytes for entry in cache_entries(cache))
    again = PixelStore(cache, image_size=(8, 8), fit="squash")
    assert again.missing("0123") == [str(number) for number in range(4 - left)]
    if os.name != "nt":  # what is mapped stays readable until it is let go
        assert store.select("0123").gather(range(4))[:, 0, 0, 0].tolist() == [0, 1, 2, 3]


def test_what_is_in_use_stays(cache: Path) -> None:
    filled(cache)
    removed, num_bytes = evict(cache, 0, used_before=2.5)
    assert [entry.used for entry in removed] == [1, 2]
    assert num_bytes > 0


def test_use_is_noted(cache: Path) -> None:
    filled(cache)
    store = PixelStore(cache, image_size=(8, 8), fit="squash")
    store.missing(["1"])
    assert [entry.used for entry in cache_entries(cache)][:3] == [1, 3, 4]
    assert cache_entries(cache)[3].used > 10**6


def test_clear_removes_all_that_is_classeurs_and_nothing_else(cache: Path) -> None:
    filled(cache)
    (cache / "pixels" / "8x8-squash-v1.2" / ".tmp-left-over").touch()
    (cache / "mine.txt").write_text("the user's")
    assert len(clear(cache)) == 4
    assert cache_entries(cache) == []
    left = sorted(path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock")
    assert left == ["mine.txt"]


def test_the_call_is_the_command(cache: Path) -> None:
    filled(cache)
    size = cache_entries(cache)[0].num_bytes
    assert len(classeur.cache()) == 4
    assert len(classeur.cache(limit=str(size * 3))) == 3
    assert classeur.cache(clear=True) == []
    with pytest.raises(UsageError, match="--clear and --limit cannot be combined"):
        classeur.cache(clear=True, limit="1GB")


def test_no_cache_holds_nothing(tmp_path: Path) -> None:
    assert cache_entries(tmp_path / "none") == clear(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("17", 17), ("1.5GB", 1_500_000_000), ("500 mb", 500_000_000), ("2kB", 2000), ("1TB", 10**12)],
)
def test_sizes(text: str, expected: int) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "big", "-1GB", "1 parsec", "GB", "1e400", "nan", "1GiB", "GB1"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(RangeError, match=r"expected a number of bytes such as 500MB or 20GB"):
        parse_size(text)


@given(st.integers(0, 10**15))
def test_plain_digits_are_bytes(number: int) -> None:
    assert parse_size(str(number)) == number


def test_the_limit_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLASSEUR_CACHE_SIZE", raising=False)
    assert size_limit() == 20 * 10**9
    monkeypatch.setenv("CLASSEUR_CACHE_SIZE", "3MB")
    assert size_limit() == 3_000_000


def test_ago_is_words() -> None:
    now = time.time()
    assert [ago(now - seconds) for seconds in (0, 61, 3600, 90_000, 200_000)] == [
        "just now", "1 minute ago", "1 hour ago", "1 day ago", "2 days ago",
    ]  # fmt: skip
