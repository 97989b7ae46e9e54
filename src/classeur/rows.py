"""Rows kept beside the data: arrays of one shape, by content hash, on disk, which every later step maps into memory.

A store is a folder of immutable segments, so it is independent of data sets and splits. Each segment is written under a
temporary name and counts only after its list of hashes is renamed into place. Rows are read through the system's page
cache, not held by the process. Only if no folder can be written are they held in memory, up to half of the machine's.
"""

import itertools
import json
import secrets
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock

from classeur.environment import memory_num_bytes
from classeur.errors import StorageError
from classeur.storage import mark_used, storage_error, write_text, writing_to
from classeur.threads import map_in_threads

# Share of the machine's memory for rows that cannot be written to disk.
_MEMORY_SHARE = 0.5


class CacheWarning(UserWarning):
    """The cache could not be used; results are correct, but slower or not cached."""


class Kept(NamedTuple):
    """What a store keeps, for its messages."""

    noun: str  # pixels
    remedy: str  # its images are decoded again


class RowStore:
    """Arrays of one shape and type by content hash. One thread may read rows while another one adds some.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Kept("numbers", "they are drawn again")
    ...     store = RowStore(Path(folder), shape=(2,), dtype=np.float32, ending=".f32", segment_num_bytes=99, kept=kept)
    ...     store.add([("aa", np.array([1, 2], np.float32))])
    ...     store.missing(["aa", "bb"]), store.rows(["aa"]).tolist()
    (['bb'], [[1.0, 2.0]])
    """

    def __init__(
        self,
        folder: Path,
        *,
        shape: tuple[int, ...],
        dtype: type[np.generic],
        ending: str,
        segment_num_bytes: int,
        kept: Kept,
    ) -> None:
        """Open the store in `folder`, or create it.

        Gives a `CacheWarning` if the folder cannot be written; rows are then held in memory.

        Args:
            folder: of this store alone.
            shape, dtype: of each row.
            ending: of the names of segments.
            segment_num_bytes: largest size of a segment: as much is lost if the work is interrupted.
            kept: what it keeps.
        """
        self._folder = folder
        self._shape, self._dtype, self._ending, self._kept = shape, np.dtype(dtype), ending, kept
        self._segment_length = max(1, segment_num_bytes // self._row_num_bytes)
        self._segments: list[np.ndarray] = []
        self._places: dict[str, tuple[int, int]] = {}  # hash → (segment, row)
        self._listings: dict[str, int] = {}  # name of a listing → its segment
        self._checksums: dict[int, tuple[Path, int]] = {}  # segment → (listing, CRC-32), until it is verified
        self._in_memory = False
        self._held_num_bytes = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f".tmp-{secrets.token_hex(4)}"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            self._fall_back(storage_error(self._folder, error))
        self.reload()

    def reload(self) -> None:
        """Map the segments that other processes have added since."""
        try:
            # Not the hidden ones: another process is writing them.
            listings = sorted(self._folder.glob("[!.]*.json"))
        except OSError:  # a folder that cannot be read; the warning came when the store was opened
            return
        for listing in listings:
            if listing.name in self._listings:
                continue
            try:
                facts = json.loads(listing.read_text(encoding="utf-8"))
                segment = self._map(listing.with_suffix(self._ending), len(facts["hashes"]))
                checksum = int(facts["crc32"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._drop(listing, str(error))
                continue
            number = self._listings[listing.name] = self._adopt(facts["hashes"], segment)
            self._checksums[number] = (listing, checksum)

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Return those of `hashes` whose rows are not here, in their order, each once.

        The checksums of the segments involved are verified, once. A damaged segment is removed, with a `CacheWarning`.
        """
        hashes = list(dict.fromkeys(hashes))
        self._verify({self._places[hash_][0] for hash_ in hashes if hash_ in self._places})
        return [hash_ for hash_ in hashes if hash_ not in self._places]

    def __contains__(self, hash_: object) -> bool:
        return hash_ in self._places

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the store's lock, so that two processes share one build: entries of the other are visible on entry."""
        if self._in_memory:
            yield
            return
        with FileLock(self._folder / "build.lock"):
            self.reload()
            self._sweep()
            yield

    def add(self, rows: Iterable[tuple[str, np.ndarray]]) -> None:
        """Add rows, each under its content hash.

        They are read one by one, with a limited number in memory. If the disk is full, a `CacheWarning` is given, and
        the rest is held in memory.
        """
        iterator = iter(rows)
        while True:
            first = next(iterator, None)
            if first is None:
                return
            rest = itertools.chain([first], itertools.islice(iterator, self._segment_length - 1))
            if not self._in_memory:
                try:
                    self._write(rest)
                    continue
                except StorageError as error:
                    self._fall_back(error)
            self._hold(rest)

    def places(self, hashes: Sequence[str]) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the mapped segments, and (segment, row) of each hash, int64 (n, 2).

        Raises:
            KeyError: if one of them is not in the store.
        """
        self._verify({self._places[hash_][0] for hash_ in hashes})
        return self._segments, np.array([self._places[hash_] for hash_ in hashes], np.int64).reshape(-1, 2)

    def rows(self, hashes: Sequence[str]) -> np.ndarray:
        """Return a copy of some rows in this order, (n, *shape).

        Raises:
            KeyError: if one of them is not in the store.
        """
        segments, places = self.places(hashes)
        rows = np.empty((len(hashes), *self._shape), self._dtype)
        for number in np.unique(places[:, 0]).tolist():
            of_segment = places[:, 0] == number
            rows[of_segment] = segments[number][places[of_segment, 1]]
        return rows

    def _sweep(self) -> None:
        """Remove the leftovers of an interrupted build: under the lock, no other process is writing."""
        listed = {listing.stem for listing in self._folder.glob("[!.]*.json")}
        orphans = (data for data in self._folder.glob(f"[!.]*{self._ending}") if data.stem not in listed)
        for leftover in itertools.chain(self._folder.glob(".tmp-*"), orphans):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)

    @property
    def is_on_disk(self) -> bool:
        """Whether rows are written to the folder; they are held in memory if it cannot be written."""
        return not self._in_memory

    @property
    def num_bytes(self) -> int:
        """Bytes of all rows that are here."""
        return sum(segment.nbytes for segment in self._segments)

    @property
    def _row_num_bytes(self) -> int:
        return int(np.prod(self._shape)) * self._dtype.itemsize

    def _write(self, rows: Iterator[tuple[str, np.ndarray]]) -> None:
        """Write a segment, one row at a time; if the disk refuses, memory takes the rows read so far."""
        name = secrets.token_hex(8)
        data, temporary = self._folder / f"{name}{self._ending}", self._folder / f".tmp-{name}{self._ending}"
        hashes: list[str] = []
        unwritten: list[tuple[str, np.ndarray]] = []
        checksum = 0
        try:
            with writing_to(data), open(temporary, "wb", buffering=0) as file:
                for row in rows:
                    unwritten = [row]
                    block = np.ascontiguousarray(row[1]).data.cast("B")
                    rest = block
                    while rest:
                        rest = rest[file.write(rest) :]
                    checksum = zlib.crc32(block, checksum)
                    hashes.append(row[0])
                    unwritten = []
            with writing_to(data):
                temporary.replace(data)
            listing = data.with_suffix(".json")
            write_text(listing, json.dumps({"hashes": hashes, "crc32": checksum}))
        except BaseException as error:
            with suppress(OSError):
                if isinstance(error, StorageError):
                    self._rescue(data if data.exists() else temporary, hashes)
                    self._hold(unwritten)
                data.unlink(missing_ok=True)
                temporary.unlink(missing_ok=True)
            raise
        self._listings[listing.name] = self._adopt(hashes, self._map(data, len(hashes)))

    def _rescue(self, path: Path, hashes: list[str]) -> None:
        """Load the rows of a segment that could not be finished into memory."""
        if hashes:
            written = np.fromfile(path, self._dtype, len(hashes) * int(np.prod(self._shape)))
            self._hold(zip(hashes, written.reshape(-1, *self._shape), strict=True))

    def _hold(self, rows: Iterable[tuple[str, np.ndarray]]) -> None:
        """Hold a segment's rows in memory.

        Raises:
            StorageError: if the rows in memory would exceed their share.
        """
        for hash_, row in rows:
            self._held_num_bytes += row.nbytes
            memory = memory_num_bytes()
            if memory and self._held_num_bytes > _MEMORY_SHARE * memory:
                raise StorageError(
                    f"{self._folder} cannot be written, and the {self._kept.noun} take more than {_MEMORY_SHARE:.0%} of"
                    " the memory; free some space, or set CLASSEUR_CACHE to another folder"
                )
            self._adopt([hash_], row[None].copy())

    def _map(self, data: Path, num_rows: int) -> np.ndarray:
        if data.stat().st_size != num_rows * self._row_num_bytes:
            raise ValueError("it is incomplete")
        # A plain array on the same map: indexing a memmap costs a tenth of a warp.
        return np.asarray(np.memmap(data, self._dtype, "r", shape=(num_rows, *self._shape)))

    def _adopt(self, hashes: Iterable[str], segment: np.ndarray) -> int:
        """Register a segment's rows; return its number."""
        self._segments.append(segment)
        number = len(self._segments) - 1
        self._places.update((hash_, (number, row)) for row, hash_ in enumerate(hashes))
        return number

    def _verify(self, numbers: set[int]) -> None:
        """Verify the checksums of segments, each once; remove those that differ."""
        pending = sorted(numbers & self._checksums.keys())
        if not pending:  # the usual case: needs no thread pool
            return
        checksums = map_in_threads(lambda number: zlib.crc32(self._segments[number].data), pending)
        for number, found in zip(pending, checksums, strict=True):
            listing, expected = self._checksums.pop(number)
            if found == expected:
                mark_used(listing)
                continue
            for hash_ in [hash_ for hash_, place in list(self._places.items()) if place[0] == number]:
                del self._places[hash_]
            self._drop(listing, "its checksum differs")

    def _drop(self, listing: Path, reason: str) -> None:
        warnings.warn(
            f"{listing.stem} of the cached {self._kept.noun} is damaged ({reason}); {self._kept.remedy}",
            CacheWarning,
            3,
        )
        with suppress(OSError):
            listing.unlink(missing_ok=True)
            listing.with_suffix(self._ending).unlink(missing_ok=True)

    def _fall_back(self, error: StorageError) -> None:
        self._in_memory = True
        warnings.warn(
            f"{error} with CLASSEUR_CACHE; {self._kept.noun} are held in memory for this command",
            CacheWarning,
            stacklevel=3,
        )
