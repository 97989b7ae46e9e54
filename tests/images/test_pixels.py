import builtins
import errno
import io
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur import rows, storage
from classeur.errors import StorageError
from classeur.images import pixels as module
from classeur.images.pixels import PixelStore
from classeur.images.resizing import Fit
from classeur.rows import CacheWarning

SIZE = (4, 6)


def open_store(cache: Path, **options: Any) -> PixelStore:
    return PixelStore(cache, **{"image_size": SIZE, "fit": "squash", **options})


def noise(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (*SIZE, 3), np.uint8)


def images(*names: str) -> list[tuple[str, np.ndarray]]:
    return [(name, noise(int(name, 16))) for name in names]


def assert_holds(store: PixelStore, *names: str) -> None:
    assert store.missing(names) == []
    found = store.select(names).gather(range(len(names)))
    np.testing.assert_array_equal(found, np.stack([noise(int(name, 16)) for name in names]))


def files(cache: Path, ending: str = "") -> list[Path]:
    return sorted(path for path in (cache / "pixels").rglob(f"*{ending}") if path.is_file() and path.suffix != ".lock")


# Round trips


def test_what_is_added_is_there(cache: Path) -> None:
    store = open_store(cache)
    assert store.missing(["b", "a", "b"]) == ["b", "a"]
    store.add(images("a", "b", "c"))
    assert store.missing(["d", "a", "e", "d"]) == ["d", "e"]
    assert_holds(store, "c", "a", "c", "b")
    with pytest.raises(KeyError):
        store.select(["a", "d"])


def test_another_store_on_the_folder_finds_it(cache: Path) -> None:
    first, second = open_store(cache), open_store(cache)
    first.add(images("a", "b"))
    assert_holds(open_store(cache), "b", "a")
    assert second.missing(["a"]) == ["a"]
    second.reload()
    assert_holds(second, "a", "b")


def test_each_kind_of_pixels_has_its_own_folder(cache: Path) -> None:
    kinds = [{"fit": fit, "stretch": stretch} for fit in get_args(Fit) for stretch in (False, True)] + [
        {"image_size": (6, 4)}
    ]
    open_store(cache).add(images("a"))
    for kind in kinds[1:]:
        assert open_store(cache, **kind).missing(["a"]) == ["a"], kind
    assert open_store(cache).missing(["a"]) == []


@pytest.mark.parametrize("version", ["ROUTINE_VERSION", "DECODING_VERSION"])
def test_a_new_routine_leaves_the_pixels_of_the_old_alone(
    cache: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    open_store(cache).add(images("a"))
    monkeypatch.setattr(module, version, getattr(module, version) + 1)
    assert open_store(cache).missing(["a"]) == ["a"]


def test_pixels_are_an_array_of_images(cache: Path) -> None:
    store = open_store(cache)
    store.add(images("a", "b"))
    store.add(images("c"))
    pixels = store.select(["c", "a", "b"])
    assert len(pixels) == 3
    np.testing.assert_array_equal(pixels[1], noise(0xA))
    np.testing.assert_array_equal(pixels.gather([2, 2, 0]), np.stack([noise(0xB), noise(0xB), noise(0xC)]))
    empty = store.select([])
    assert (len(empty), empty.gather([]).shape) == (0, (0, *SIZE, 3))


def test_what_is_gathered_is_a_copy_and_what_is_kept_cannot_be_written(cache: Path) -> None:
    store = open_store(cache)
    store.add(images("a"))
    store.select(["a"]).gather([0])[:] = 0
    assert_holds(store, "a")
    with pytest.raises(ValueError, match="read-only"):
        store.select(["a"])[0][:] = 0


def test_rows_that_are_not_contiguous_are_kept_as_they_look(cache: Path) -> None:
    open_store(cache).add([("a", np.asfortranarray(noise(1))), ("b", noise(2)[::-1])])
    np.testing.assert_array_equal(open_store(cache).select(["a", "b"]).gather([0, 1]), [noise(1), noise(2)[::-1]])


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=5), st.integers(1, 4))
def test_any_additions_in_any_parts_are_found_again(
    tmp_path_factory: pytest.TempPathFactory, additions: list[list[int]], per_segment: int
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SEGMENT_NUM_BYTES", per_segment * noise(0).nbytes)
        store = open_store(cache)
        for numbers in additions:
            store.add((f"{number:x}", noise(number)) for number in numbers)
    names = [f"{number:x}" for numbers in additions for number in numbers]
    assert_holds(store, *names) if names else None
    assert_holds(open_store(cache), *names) if names else None


# Damage: said, and built again


def cut_short(data: Path, listing: Path) -> None:
    data.write_bytes(data.read_bytes()[:-1])


def too_long(data: Path, listing: Path) -> None:
    data.write_bytes(data.read_bytes() + b"\0")


def byte_flipped(data: Path, listing: Path) -> None:
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)


def data_gone(data: Path, listing: Path) -> None:
    data.unlink()


def data_empty(data: Path, listing: Path) -> None:
    data.write_bytes(b"")


def garbage_listing(data: Path, listing: Path) -> None:
    listing.write_bytes(b"\xff\xfe{")


def listing_cut_short(data: Path, listing: Path) -> None:
    listing.write_text(listing.read_text()[:-3])


def other_listing(data: Path, listing: Path) -> None:
    listing.write_text("[1, 2]")


def listing_without_checksum(data: Path, listing: Path) -> None:
    listing.write_text(json.dumps({"hashes": json.loads(listing.read_text())["hashes"]}))


DAMAGES = (
    cut_short, too_long, byte_flipped, data_gone, data_empty, garbage_listing, listing_cut_short, other_listing,
    listing_without_checksum,
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_said_and_rebuilt(cache: Path, damage: Callable[[Path, Path], None]) -> None:
    first = open_store(cache)
    first.add(images("a", "b"))
    (listing,) = files(cache, ".json")
    first.add(images("c"))
    damage(listing.with_suffix(".rgb"), listing)
    with pytest.warns(
        CacheWarning, match=rf"^{listing.stem} of the cached pixels is damaged .*; its images are decoded again$"
    ):
        store = open_store(cache)
        assert store.missing(["a", "b", "c"]) == ["a", "b"]
    store.add(images("a", "b"))
    assert_holds(store, "a", "b", "c")
    # Once is enough: the next one finds nothing to say (warnings are errors here), and nothing is left over.
    assert_holds(open_store(cache), "a", "b", "c")
    assert not listing.exists()
    assert not listing.with_suffix(".rgb").exists()


def test_leftovers_of_an_interrupted_build_count_for_nothing_and_go(cache: Path) -> None:
    store = open_store(cache)
    store.add(images("a"))
    kept = files(cache)
    (folder,) = {path.parent for path in kept}
    (folder / ".tmp-0123").write_bytes(b"half")
    (folder / ".tmp-4567-89.json").write_bytes(b"half")
    (folder / "89.rgb").write_bytes(b"never listed")
    again = open_store(cache)
    assert_holds(again, "a")
    assert len(files(cache)) == len(kept) + 3  # another process may be writing them just now
    with again.building():
        assert files(cache) == kept
    assert_holds(again, "a")


# Places that cannot be written


def test_a_cache_that_cannot_be_written_is_said_and_memory_serves(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(CacheWarning, match=r"file/cache/pixels/4x6-squash-v[\d.]+ cannot be written .*held in memory"):
        store = open_store(tmp_path / "file" / "cache")
    with store.building():
        store.add(images("a", "b"))
    store.reload()
    assert_holds(store, "b", "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="the system has no users")
def test_a_cache_that_may_not_be_looked_into_is_said_and_memory_serves(tmp_path: Path) -> None:
    script = """if True:
        import os, sys, warnings
        from pathlib import Path
        import numpy as np
        from classeur.images.pixels import PixelStore
        from classeur.rows import CacheWarning
        if os.getuid() == 0:
            os.setuid(65534)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            store = PixelStore(Path(sys.argv[1]), image_size=(4, 6), fit="squash")
            store.reload()
        store.add([("a", np.zeros((4, 6, 3), np.uint8))])
        print([w.category.__name__ for w in caught], store.missing(["a"]))
    """
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        found = subprocess.run([sys.executable, "-c", script, closed / "cache"], capture_output=True, text=True)
    finally:
        closed.chmod(0o700)
    assert (found.stdout, found.returncode) == ("['CacheWarning'] []\n", 0), found.stderr


class FullDisk(io.FileIO):
    """A file that takes some bytes and no more."""

    room = 100

    def write(self, data: Any) -> int:
        num_bytes = memoryview(data).nbytes
        if num_bytes > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= num_bytes
        return super().write(data)


def test_a_full_disk_is_said_and_nothing_half_written_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(cache)
    store.add(images("a"))
    before = files(cache)
    monkeypatch.setattr(rows, "open", lambda path, mode, buffering: FullDisk(path, mode), raising=False)
    with pytest.warns(CacheWarning, match=r"the disk is full at .*\.rgb; .*held in memory") as caught:
        store.add(images("b", "c"))
    assert len(caught) == 1
    store.add(images("d"))  # said once: warnings are errors here
    assert_holds(store, "d", "c", "b", "a")
    assert files(cache) == before
    assert open_store(cache).missing(["a", "b", "c", "d"]) == ["b", "c", "d"]


def test_a_disk_that_is_full_at_the_listing_leaves_no_data_either(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *arguments: Any, **options: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = open_store(cache)
    monkeypatch.setattr(storage.Path, "write_text", full)
    with pytest.warns(CacheWarning, match="the disk is full"):
        store.add(images("a"))
    assert_holds(store, "a")
    assert files(cache) == []


def test_a_disk_that_fills_up_midway_keeps_what_was_whole(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEGMENT_NUM_BYTES", noise(0).nbytes)
    opened: list[Path] = []

    def fills_up(path: Path, mode: str, buffering: int) -> Any:
        opened.append(path)
        return builtins.open(path, mode, buffering) if len(opened) == 1 else FullDisk(path, mode)

    monkeypatch.setattr(FullDisk, "room", 0)
    monkeypatch.setattr(rows, "open", fills_up, raising=False)
    store = open_store(cache)
    with pytest.warns(CacheWarning, match="the disk is full"):
        store.add(images("a", "b", "c"))
    assert_holds(store, "a", "b", "c")
    assert open_store(cache).missing(["a", "b", "c"]) == ["b", "c"]


def test_an_error_in_the_images_leaves_whole_segments_only(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEGMENT_NUM_BYTES", 2 * noise(0).nbytes)

    def interrupted() -> Iterator[tuple[str, np.ndarray]]:
        yield from images("a", "b", "c")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_store(cache).add(interrupted())
    assert open_store(cache).missing(["a", "b", "c"]) == ["c"]


def test_memory_holds_its_share_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(rows, "memory_num_bytes", lambda: 5 * noise(0).nbytes)
    with pytest.warns(CacheWarning):
        store = open_store(tmp_path / "file" / "cache")
    store.add(images("a", "b"))
    with pytest.raises(StorageError, match="more than 50% of the memory; free some space, or set CLASSEUR_CACHE"):
        store.add(images("c"))
    assert_holds(store, "a", "b")


def test_a_part_of_a_picture_that_the_disk_took_is_not_taken_for_the_whole(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reluctant(io.FileIO):
        def write(self, data: Any) -> int:
            return super().write(memoryview(data)[:7])

    monkeypatch.setattr(rows, "open", lambda path, mode, buffering: Reluctant(path, mode), raising=False)
    open_store(cache).add(images("a", "b"))
    assert_holds(open_store(cache), "a", "b")


def test_only_segments_that_are_asked_for_are_compared(cache: Path) -> None:
    first = open_store(cache)
    first.add(images("a"))
    (listing,) = files(cache, ".json")
    first.add(images("b"))
    byte_flipped(listing.with_suffix(".rgb"), listing)
    store = open_store(cache)
    assert_holds(store, "b")  # silent: warnings are errors here
    with pytest.warns(CacheWarning, match="its checksum differs"):
        assert store.missing(["a", "b"]) == ["a"]


# Bounds, and sharing


def test_segments_are_bounded_and_written_as_the_images_come(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 3 * noise(0).nbytes + 5
    monkeypatch.setattr(module, "_SEGMENT_NUM_BYTES", limit)
    written: list[int] = []

    def counted() -> Iterator[tuple[str, np.ndarray]]:
        for image in images("1", "2", "3", "4", "5", "6", "7"):
            written.append(len(files(cache, ".json")))
            yield image

    open_store(cache).add(counted())
    assert written == [0, 0, 0, 1, 1, 1, 2]
    assert sorted(path.stat().st_size // noise(0).nbytes for path in files(cache, ".rgb")) == [1, 3, 3]
    assert all(path.stat().st_size <= limit for path in files(cache, ".rgb"))


def test_an_image_larger_than_a_segment_has_one_of_its_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEGMENT_NUM_BYTES", 1)
    store = open_store(cache)
    store.add(images("a", "b"))
    assert_holds(store, "a", "b")


def test_two_processes_share_one_build(cache: Path) -> None:
    script = """if True:
        import sys, time
        from pathlib import Path
        import numpy as np
        from classeur.images.pixels import PixelStore
        store = PixelStore(Path(sys.argv[1]), image_size=(4, 6), fit="squash")
        print("ready", flush=True)
        sys.stdin.readline()
        with store.building():
            missing = store.missing(["a", "b"])
            time.sleep(0.3)
            store.add((name, np.full((4, 6, 3), number, np.uint8)) for number, name in enumerate(missing))
        print(len(missing), store.select(["a", "b"]).gather([0, 1])[:, 0, 0, 0].tolist())
    """
    command = [sys.executable, "-c", script, str(cache)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = sorted(process.communicate(timeout=30)[0] for process in processes)
    assert outputs == ["0 [0, 1]\n", "2 [0, 1]\n"]
    assert len(files(cache, ".rgb")) == 1


def test_opening_the_same_place_many_times_disturbs_nobody(cache: Path) -> None:
    store = open_store(cache)
    with store.building(), warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(5):
            open_store(cache)
        store.add(images("a"))
    assert len(files(cache)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{16}\.(rgb|json)", path.name) for path in files(cache))


def test_what_this_store_has_written_it_does_not_read_again(cache: Path) -> None:
    store = open_store(cache)
    store.add(images("a"))
    (listing,) = files(cache, ".json")
    listing.write_text("garbage")
    store.reload()  # silent: warnings are errors here
    assert_holds(store, "a")


def test_images_may_be_followed_by_others_of_the_same_store(cache: Path) -> None:
    store = open_store(cache)
    store.add(images("a", "b"))
    store.add(images("c"))
    both = store.select(["c"]).followed_by(store.select(["a", "c"]))
    np.testing.assert_array_equal(both.gather(range(3)), np.stack([noise(int(name, 16)) for name in "cac"]))
