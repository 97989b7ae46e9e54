"""The next process decodes nothing, is never given a stale image, and works without a cache that can be written."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.data.cache_contents import cache_entries
from classeur.errors import StorageError
from classeur.keras_image import ImageDataGenerator, known_hashes, picture_store
from classeur.keras_image.known_hashes import KnownHashes, Stamp
from classeur.keras_image.loading import Loading
from classeur.keras_image.picture_store import PictureStore
from classeur.rows import CacheWarning, RowStore

LOADING = Loading("rgb", (4, 5), "nearest", keep_aspect_ratio=False, exif_orientation=False)
OLD = time.time_ns() - 10**11

Decoded = list[bytes]


def paint(path: Path, level: int, *, modified_ns: int = OLD) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 7), (level,) * 3).save(path, "BMP")  # every level has the same number of bytes
    os.utime(path, ns=(modified_ns, modified_ns))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        paint(tmp_path / "data" / "ab"[number % 2] / f"{number}.bmp", 10 + number)
    return tmp_path / "data"


LATER = 10**10


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files that were written just now be ten seconds old: nobody can set the time of their change."""
    monkeypatch.setattr(known_hashes, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + LATER))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Decoded:
    """The bytes of every file that was decoded."""
    found: Decoded = []
    load = Loading.load
    monkeypatch.setattr(Loading, "load", lambda self, data: found.append(data) or load(self, data))
    return found


def begin_next_process() -> None:
    """Do what the end of a process does, and forget what a new one does not know."""
    picture_store.flush_all()
    known_hashes.write_all()
    picture_store._STORES.clear()
    known_hashes._KNOWN.clear()
    gc.collect()


def flow(folder: Path, **how: Any) -> Any:
    how = {"target_size": (4, 5), "class_mode": "sparse", "batch_size": 6, "shuffle": False, **how}
    return ImageDataGenerator().flow_from_directory(folder, **how)


def levels(folder: Path, **how: Any) -> list[int]:
    return [int(level) for level in flow(folder, **how)[0][0][:, 0, 0, 0]]


def test_the_next_process_decodes_and_reads_nothing(
    folder: Path, decoded: Decoded, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = levels(folder)
    assert first == [10, 12, 14, 11, 13, 15]
    assert len(decoded) == 6
    begin_next_process()
    monkeypatch.setattr("classeur.keras_image.decoded_images.open", None, raising=False)
    assert levels(folder) == first
    assert len(decoded) == 6
    assert {entry.kind for entry in cache_entries(cache)} == {"pixels", "facts"}


def test_the_end_of_a_process_writes_what_waits(folder: Path, decoded: Decoded) -> None:
    code = (
        "import sys\n"
        "from classeur.keras_image import ImageDataGenerator\n"
        "flow = ImageDataGenerator().flow_from_directory\n"
        "flow(sys.argv[1], target_size=(4, 5), class_mode='sparse', batch_size=6)[0]\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert levels(folder) == [10, 12, 14, 11, 13, 15]
    assert decoded == []


def test_at_the_end_the_oldest_images_make_room(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels(folder)
    begin_next_process()
    for entry in cache_entries(cache):
        for path in entry.paths:
            os.utime(path, ns=(OLD, OLD))
    levels(folder, target_size=(5, 5))
    monkeypatch.setenv("CLASSEUR_CACHE_SIZE", "900")
    picture_store.leave()
    stores = [entry.name for entry in cache_entries(cache) if entry.kind == "pixels"]
    assert [name.partition("-rgb")[0] for name in stores] == ["keras-5x5"]


def replaced_in_place(path: Path) -> None:
    """Another inode, the same size and time."""
    paint(path.with_name("new"), 200)
    path.with_name("new").replace(path)


def written_over(path: Path) -> None:
    """The same inode and size, another time."""
    path.write_bytes(path.read_bytes()[:54] + bytes([200]) * (path.stat().st_size - 54))
    os.utime(path, ns=(OLD + 1, OLD + 1))


def written_over_with_its_time_kept(path: Path) -> None:
    """The same inode, size and time of modification."""
    before = path.stat().st_ctime_ns
    paint(path, 200)
    while path.stat().st_ctime_ns == before:  # within a tick of the clock
        os.utime(path, ns=(OLD, OLD))


def of_another_size(path: Path) -> None:
    Image.new("RGB", (30, 30), (200,) * 3).save(path, "BMP")
    os.utime(path, ns=(OLD, OLD))


@pytest.mark.parametrize(
    "change",
    [
        replaced_in_place,
        written_over,
        of_another_size,
        pytest.param(
            written_over_with_its_time_kept,
            marks=pytest.mark.skipif(os.name == "nt", reason="no time of change on Windows"),
        ),
    ],
)
@pytest.mark.parametrize("is_next_process", [False, True])
def test_a_changed_file_is_never_stale(
    folder: Path, decoded: Decoded, change: Callable[[Path], None], is_next_process: bool
) -> None:
    first = levels(folder)
    if is_next_process:
        begin_next_process()
    change(folder / "a" / "2.bmp")
    assert levels(folder) == [first[0], 200, *first[2:]]
    assert len(decoded) == 7


def test_a_file_that_was_only_touched_or_copied_is_not_decoded_again(folder: Path, decoded: Decoded) -> None:
    first = levels(folder)
    begin_next_process()
    os.utime(folder / "a" / "2.bmp", ns=(OLD + 5, OLD + 5))
    (folder / "b" / "9.bmp").write_bytes((folder / "b" / "1.bmp").read_bytes())
    assert levels(folder, batch_size=7) == [*first, 11]
    assert len(decoded) == 6


def test_the_hash_of_a_young_file_is_not_believed(folder: Path, cache: Path) -> None:
    known, young, old = KnownHashes(cache, str(folder)), str(folder / "a" / "0.bmp"), str(folder / "b" / "1.bmp")
    now = time.time_ns() + LATER
    os.utime(young, ns=(now, now))
    known.note(young, Stamp.of(young), "ab")
    known.note(old, Stamp.of(old), "cd")
    known.write()
    later = KnownHashes(cache, str(folder))
    assert later.get(young, Stamp.of(young)) is None
    assert later.get(old, Stamp.of(old)) == "cd"


@pytest.mark.skipif(os.name == "nt", reason="no time of change on Windows")
def test_the_hash_of_a_file_that_changed_just_now_is_not_believed(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_hashes, "time", time)
    known, path = KnownHashes(cache, str(folder)), str(folder / "a" / "0.bmp")
    os.utime(path, ns=(OLD, OLD))
    known.note(path, Stamp.of(path), "ab")
    assert known._new == {}


def test_two_processes_write_into_one_table(folder: Path, cache: Path) -> None:
    one, two = KnownHashes(cache, str(folder)), KnownHashes(cache, str(folder))
    paths = [str(folder / "a" / name) for name in ("0.bmp", "2.bmp")]
    for known, path in zip((one, two), paths, strict=True):
        known.note(path, Stamp.of(path), path[-5])
    one.write(), two.write()
    later = KnownHashes(cache, str(folder))
    assert [later.get(path, Stamp.of(path)) for path in paths] == ["0", "2"]


@pytest.mark.parametrize(
    "how",
    [
        {"interpolation": "bilinear"},
        {"color_mode": "grayscale"},
        {"color_mode": "rgba"},
        {"target_size": (5, 4)},
        {"keep_aspect_ratio": True},
        {"exif_orientation": True},
    ],
    ids=lambda how: next(iter(how)),
)
def test_every_setting_has_its_own_images(tmp_path: Path, legacy: Any, decoded: Decoded, how: dict[str, Any]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (24, 33, 3), np.uint8)
    (tmp_path / "data" / "a").mkdir(parents=True)
    Image.fromarray(noise).save(tmp_path / "data" / "a" / "0.png")
    os.utime(tmp_path / "data" / "a" / "0.png", ns=(OLD, OLD))
    flow(tmp_path / "data")[0]
    begin_next_process()
    ours = flow(tmp_path / "data", **how)[0][0]
    assert len(decoded) == 2
    if "exif_orientation" not in how:
        settings = {"target_size": (4, 5), "class_mode": "sparse", "shuffle": False, **how}
        theirs = legacy.ImageDataGenerator().flow_from_directory(tmp_path / "data", **settings)[0][0]
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_is_read_when_an_iterator_is_made(folder: Path, decoded: Decoded, cache: Path) -> None:
    iterator = flow(folder)
    assert not cache.exists()
    iterator[0]
    assert cache.exists()


@pytest.mark.filterwarnings("ignore:.*CLASSEUR_CACHE:classeur.rows.CacheWarning")
def test_without_a_cache_images_are_kept_in_memory(
    folder: Path, decoded: Decoded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLASSEUR_CACHE", str(tmp_path / "file" / "cache"))
    iterator = flow(folder)
    for _ in range(3):
        assert iterator[0][0][:, 0, 0, 0].tolist() == [10, 12, 14, 11, 13, 15]
    assert len(decoded) == 6
    paint(folder / "a" / "0.bmp", 99, modified_ns=OLD + 7)
    assert iterator[0][0][0, 0, 0, 0] == 99
    begin_next_process()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["file"]


@pytest.mark.parametrize("reason", ["limit", "no size", "full disk"])
def test_without_room_images_are_kept_in_memory(
    folder: Path, decoded: Decoded, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(picture_store, "_WAITING_BYTES", 2 * 4 * 5 * 3)
    if reason == "full disk":
        monkeypatch.setattr(RowStore, "_write", full)
    elif reason == "no size":
        monkeypatch.setenv("CLASSEUR_CACHE_SIZE", "much")
    else:
        monkeypatch.setenv("CLASSEUR_CACHE_SIZE", "0")
    iterator = flow(folder, batch_size=3)
    with pytest.warns(CacheWarning):
        batches = [iterator[number % 2][0][:, 0, 0, 0].tolist() for number in range(6)]
        picture_store.flush_all()
    assert batches == [[10, 12, 14], [11, 13, 15]] * 3
    assert len(decoded) == 6


def test_all_settings_together_are_within_the_limit(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_store, "_WAITING_BYTES", 4 * 5 * 3)
    monkeypatch.setenv("CLASSEUR_CACHE_SIZE", f"{10 * 4 * 5 * 3}")
    with pytest.warns(CacheWarning, match="as much as the cache may, 600"):
        for interpolation in ("nearest", "bilinear", "box"):
            flow(folder, target_size=(4, 5), interpolation=interpolation)[0]
        picture_store.flush_all()
    # What a thread finds waiting is written together or not at all.
    assert 6 < sum(segment.stat().st_size for segment in cache.glob("pixels/*/*.rgb")) / (4 * 5 * 3) <= 10


def test_a_damaged_image_is_decoded_again(folder: Path, decoded: Decoded, cache: Path) -> None:
    first = levels(folder)
    begin_next_process()
    (segment,) = cache.glob("pixels/*/*.rgb")
    segment.write_bytes(b"\1" * segment.stat().st_size)
    with pytest.warns(CacheWarning, match="damaged"):
        assert levels(folder) == first
    assert len(decoded) == 12


def test_what_waits_is_bounded_and_then_mapped(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_store, "_WAITING_BYTES", 3 * 4 * 5 * 3)
    store = PictureStore(cache, LOADING, 3)
    for number in range(8):
        assert store.add(f"{number}", np.full((4, 5, 3), number, np.uint8))
        assert len(store._waiting) < 6
    store.flush()
    assert store._waiting == {}
    assert sum(segment.stat().st_size for segment in cache.glob("pixels/*/*.rgb")) == 8 * 4 * 5 * 3
    for number in range(8):
        row = store.get(f"{number}")
        assert row is not None
        assert (row == number).all()
        with pytest.raises(ValueError, match="read-only"):
            row[0] = 1


def test_images_come_and_go_while_others_are_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_writing, may_go_on, add = threading.Event(), threading.Event(), RowStore.add

    def waiting(self: RowStore, rows: Any) -> None:
        is_writing.set()
        assert may_go_on.wait(60)
        add(self, rows)

    monkeypatch.setattr(RowStore, "add", waiting)
    monkeypatch.setattr(picture_store, "_WAITING_BYTES", 2 * 4 * 5 * 3)
    store = PictureStore(cache, LOADING, 3)
    for number, name in enumerate(("first", "second"), 1):
        store.add(name, np.full((4, 5, 3), number, np.uint8))
    assert is_writing.wait(60)
    # Each of these would wait for ever if it needed what the writer holds.
    assert store.add("third", np.full((4, 5, 3), 3, np.uint8))
    assert [store.get(name) is not None for name in ("first", "second", "third", "fourth")] == [True] * 3 + [False]
    may_go_on.set()
    store.flush()
    rows = [store.get(name) for name in ("first", "second", "third")]
    assert [row is not None and row.max() for row in rows] == [1, 2, 3]
    assert not any(row is not None and row.flags.owndata for row in rows), "mapped"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:.*fork:RuntimeWarning")
def test_a_child_forked_beside_the_writer_writes_its_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_store, "_WAITING_BYTES", 2 * 4 * 5 * 3)
    store = PictureStore(cache, LOADING, 3)
    names = []
    for number in range(40):
        names.append(f"parent {number}")
        store.add(names[-1], np.full((4, 5, 3), number, np.uint8))
        if number % 10 == 3:
            more = [f"child {number} {each}" for each in range(5)]
            child = os.fork()
            if not child:
                try:
                    for name in more:
                        store.add(name, np.full((4, 5, 3), number, np.uint8))
                    store.flush()
                finally:
                    os._exit(int(bool(store._waiting)))
            assert os.waitpid(child, 0)[1] == 0
            names += more
    store.flush()
    later = PictureStore(cache, LOADING, 3)
    assert [name for name in names if later.get(name) is None] == []


def test_two_processes_keep_an_image_once(cache: Path) -> None:
    one, two = PictureStore(cache, LOADING, 3), PictureStore(cache, LOADING, 3)
    for store in (one, two):
        store.add("ab", np.full((4, 5, 3), 7, np.uint8))
        store.flush()
    assert sum(segment.stat().st_size for segment in cache.glob("pixels/*/*.rgb")) == 4 * 5 * 3
    assert two.get("ab") is not None


def test_other_shapes_and_types_are_not_kept(cache: Path) -> None:
    store = PictureStore(cache, LOADING, 3)
    assert not store.add("ab", np.zeros((5, 4, 3), np.uint8))
    assert not store.add("ab", np.zeros((4, 5, 3), np.uint16))
