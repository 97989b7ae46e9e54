"""The pixel cache: decoded pixels on disk, which every later step maps into memory.

A store has the pixels of one (height, width, fit, stretch, routine version), keyed by the content of the files, so it
is independent of folders and splits. It is a folder of immutable segments. Each is written under a temporary name and
counts only after its list of hashes is renamed into place. Pixels are read through the system's page cache, not held by
the process. Only if no folder can be written are they held in memory, up to half of the machine's.
"""

import itertools
import json
import secrets
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from filelock import FileLock

from classeur.environment import memory_num_bytes
from classeur.errors import StorageError
from classeur.images.decoding import DECODING_VERSION
from classeur.images.resizing import ROUTINE_VERSION, Fit, Preparation
from classeur.storage import mark_used, storage_error, write_text, writing_to
from classeur.threads import map_in_threads

# Largest size of a segment, about 3,900 images of 150×150: as much is lost if a scan is interrupted.
_SEGMENT_NUM_BYTES = 256 * 2**20

# Share of the machine's memory for pixels that cannot be written to disk.
_MEMORY_SHARE = 0.5


class CacheWarning(UserWarning):
    """The cache could not be used; results are correct, but slower or not cached."""


class PixelStore:
    """uint8 pixels (height, width, 3) of images, by content hash.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = PixelStore(Path(folder), image_size=(8, 8), fit="squash")
    ...     store.add([("aa", np.full((8, 8, 3), 7, np.uint8))])
    ...     store.missing(["aa", "bb"]), store.select(["aa"]).gather([0]).shape
    (['bb'], (1, 8, 8, 3))
    """

    def __init__(self, cache: Path, *, image_size: tuple[int, int], fit: Fit, stretch: bool = False) -> None:
        """Open the store of these pixels below the folder `cache`, or create it.

        Gives a `CacheWarning` if the cache cannot be written; the pixels are then held in memory.
        """
        self.image_size, self.fit, self.stretch = image_size, fit, stretch
        height, width = image_size
        stretched = "-stretched" if stretch else ""
        self._folder = cache / "pixels" / f"{height}x{width}-{fit}{stretched}-v{ROUTINE_VERSION}.{DECODING_VERSION}"
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

    @property
    def preparation(self) -> Preparation:
        """The settings that decide these pixels."""
        return Preparation(image_size=self.image_size, fit=self.fit, stretch=self.stretch)

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
                segment = self._map(listing.with_suffix(".rgb"), len(facts["hashes"]))
                checksum = int(facts["crc32"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._drop(listing, str(error))
                continue
            number = self._listings[listing.name] = self._adopt(facts["hashes"], segment)
            self._checksums[number] = (listing, checksum)

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Return those of `hashes` whose pixels are not here, in their order, each once.

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

    def add(self, images: Iterable[tuple[str, np.ndarray]]) -> None:
        """Add the pixels (height, width, 3) of images, each under its content hash.

        They are read one by one, with a limited number in memory. If the disk is full, a `CacheWarning` is given, and
        the rest is held in memory.
        """
        iterator = iter(images)
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

    def select(self, hashes: Sequence[str]) -> "Pixels":
        """Return the pixels of images in this order.

        Raises:
            KeyError: if one of them is not in the store.
        """
        self._verify({self._places[hash_][0] for hash_ in hashes})
        places = np.array([self._places[hash_] for hash_ in hashes], np.int64).reshape(-1, 2)
        return Pixels(self._segments, places, self.image_size)

    def _sweep(self) -> None:
        """Remove the leftovers of an interrupted build: under the lock, no other process is writing."""
        listed = {listing.stem for listing in self._folder.glob("[!.]*.json")}
        orphans = (data for data in self._folder.glob("[!.]*.rgb") if data.stem not in listed)
        for leftover in itertools.chain(self._folder.glob(".tmp-*"), orphans):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)

    @property
    def _segment_length(self) -> int:
        return max(1, _SEGMENT_NUM_BYTES // (self.image_size[0] * self.image_size[1] * 3))

    def _write(self, images: Iterator[tuple[str, np.ndarray]]) -> None:
        """Write a segment, one image at a time; if the disk refuses, memory takes the images read so far."""
        name = secrets.token_hex(8)
        data, temporary = self._folder / f"{name}.rgb", self._folder / f".tmp-{name}.rgb"
        hashes: list[str] = []
        unwritten: list[tuple[str, np.ndarray]] = []
        checksum = 0
        try:
            with writing_to(data), open(temporary, "wb", buffering=0) as file:
                for image in images:
                    unwritten = [image]
                    block = np.ascontiguousarray(image[1]).data.cast("B")
                    rest = block
                    while rest:
                        rest = rest[file.write(rest) :]
                    checksum = zlib.crc32(block, checksum)
                    hashes.append(image[0])
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
        """Load the images of a segment that could not be finished into memory."""
        if hashes:
            written = np.fromfile(path, np.uint8, len(hashes) * int(np.prod(self.image_size)) * 3)
            self._hold(zip(hashes, written.reshape(-1, *self.image_size, 3), strict=True))

    def _hold(self, images: Iterable[tuple[str, np.ndarray]]) -> None:
        """Hold a segment's images in memory.

        Raises:
            StorageError: if the pixels in memory would exceed their share.
        """
        for hash_, pixels in images:
            self._held_num_bytes += pixels.nbytes
            memory = memory_num_bytes()
            if memory and self._held_num_bytes > _MEMORY_SHARE * memory:
                raise StorageError(
                    f"{self._folder} cannot be written, and the pixels take more than {_MEMORY_SHARE:.0%} of the"
                    " memory; free some space, or set CLASSEUR_CACHE to another folder"
                )
            self._adopt([hash_], pixels[None].copy())

    def _map(self, data: Path, num_images: int) -> np.ndarray:
        shape = (num_images, *self.image_size, 3)
        if data.stat().st_size != int(np.prod(shape)):
            raise ValueError("it is incomplete")
        # A plain array on the same map: indexing a memmap costs a tenth of a warp.
        return np.asarray(np.memmap(data, np.uint8, "r", shape=shape))

    def _adopt(self, hashes: Iterable[str], segment: np.ndarray) -> int:
        """Register a segment's images; return its number."""
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
            self._places = {hash_: place for hash_, place in self._places.items() if place[0] != number}
            self._drop(listing, "its checksum differs")

    def _drop(self, listing: Path, reason: str) -> None:
        warnings.warn(
            f"{listing.stem} of the pixel cache is damaged ({reason}); its images are decoded again", CacheWarning, 3
        )
        with suppress(OSError):
            listing.unlink(missing_ok=True)
            listing.with_suffix(".rgb").unlink(missing_ok=True)

    def _fall_back(self, error: StorageError) -> None:
        self._in_memory = True
        warnings.warn(
            f"{error} with CLASSEUR_CACHE; pixels are held in memory for this command", CacheWarning, stacklevel=3
        )


class Pixels:
    """The pixels of a list of images, mapped from the store; image i is `pixels[i]`, uint8 (height, width, 3)."""

    def __init__(self, segments: list[np.ndarray], places: np.ndarray, image_size: tuple[int, int]) -> None:
        """Take the store's segments, and for each image its (segment, row), int64 (n, 2)."""
        self._segments = segments
        self._places = places
        self.image_size = image_size

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> np.ndarray:
        segment, row = self._places[index]
        pixels: np.ndarray = self._segments[segment][row]
        return pixels

    def gather(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return a copy of some images' pixels, uint8 (n, height, width, 3)."""
        batch = np.empty((len(indices), *self.image_size, 3), np.uint8)
        for row, index in enumerate(indices):
            batch[row] = self[int(index)]
        return batch
