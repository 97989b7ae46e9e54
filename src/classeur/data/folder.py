"""An image folder, scanned: one pass that opens and decodes each file once, and everything it tells.

What the pass found is kept beside the pixels, so that the next command opens only files that are new or changed.
"""

import hashlib
import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

import numpy as np
import PIL
from pydantic import BaseModel, ConfigDict

from classeur.data.columns import COLUMNS_CONFIG, FloatColumn, IntColumn, StrColumn
from classeur.data.listing import Listing, list_images
from classeur.errors import LayoutError, NothingUsableError, StorageError
from classeur.images.decoding import NO_MEMORY, UnusableImageError, decode, heic_reader, read_file
from classeur.images.pixels import CacheWarning, PixelStore
from classeur.images.resampling import compile_kernels
from classeur.images.resizing import resize
from classeur.images.scratch import Scratch
from classeur.storage import mark_used, written_atomically
from classeur.threads import map_in_threads, working_on

Progress = Callable[[int, int], None]  # (done, total)

_TABLE_VERSION = 2

# Files whose resizing in Pillow takes longer than compiling what is faster.
_MANY = 1500

# Files that a thread takes at once: handing them out one by one costs a twentieth.
_GROUP = 8

_SCRATCH = Scratch()


class Changes(BaseModel):
    """How a folder differs from what the scan before has seen; empty at the first.

    >>> Changes(gone=("cats/1.jpg",), num_new=2).summary
    '2 new, 1 gone (cats/1.jpg)'
    """

    model_config = ConfigDict(frozen=True)

    num_new: int = 0
    changed: tuple[str, ...] = ()  # paths whose size or time differs
    gone: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()  # with `verify`: paths whose bytes differ, but neither size nor time

    @property
    def summary(self) -> str:
        """What is new, changed and gone, in words, or ""."""
        parts = [f"{self.num_new:,} new"] if self.num_new else []
        for word, paths in (("changed", self.changed), ("gone", self.gone)):
            if paths:
                parts.append(f"{len(paths):,} {word} ({', '.join(paths[:3])}{', …' if len(paths) > 3 else ''})")
        return ", ".join(parts)


class ImageFolder(BaseModel):
    """What is known of a data set: one row a file that was taken for an image, in columns.

    A row whose `reason` is empty is usable; the others are set aside. What was never taken for an image is `left_out`.
    """

    model_config = COLUMNS_CONFIG

    data: str  # as the user named it
    root: str  # the folder that paths are relative to, absolute
    layout: str  # classes, splits, table or flat
    class_names: StrColumn  # sorted; also those without a usable image
    left_out: dict[str, tuple[str, ...]]  # reason → paths

    paths: StrColumn  # relative, with `/`
    splits: StrColumn  # train, validation, test, or "" where nobody has split them
    labels: IntColumn  # index into class_names; -1 in a flat folder
    reasons: StrColumn  # why the file cannot be used, or ""
    hashes: StrColumn  # BLAKE2b-128 of the file's bytes, 32 hexadecimal digits; "" where it could not be read
    num_bytes: IntColumn
    modified: IntColumn  # nanoseconds since 1970
    widths: IntColumn  # upright, pixels; 0 where set aside
    heights: IntColumn
    modes: StrColumn  # as Pillow names them
    formats: StrColumn
    num_frames: IntColumn
    used_ranges: FloatColumn  # share of the value range in use, 0 … 1; at least so much where it is above a half
    num_decoded: int = 0  # files opened by the scan that made this; the rest was known
    changes: Changes = Changes()

    @property
    def usable(self) -> np.ndarray:
        """Rows that can be used, bool (n,)."""
        return np.array([not reason for reason in self.reasons], bool)

    @property
    def num_found(self) -> int:
        """Files found: used + set aside + left out."""
        return len(self.paths) + sum(map(len, self.left_out.values()))

    def set_aside(self) -> list[tuple[str, str]]:
        """Return (path, reason) of every file that cannot be used."""
        return [(path, reason) for path, reason in zip(self.paths, self.reasons, strict=True) if reason]

    @cached_property
    def counts(self) -> dict[str, np.ndarray]:
        """Usable images of each class, int64 (classes,), by split; a split that is named at all has its entry."""
        counts = {split: np.zeros(len(self.class_names), np.int64) for split in dict.fromkeys(self.splits)}
        for split, label, reason in zip(self.splits, self.labels.tolist(), self.reasons, strict=True):
            if not reason and label >= 0:
                counts[split][label] += 1
        return counts


class _Facts(NamedTuple):
    """What one file tells; the columns of `ImageFolder` in a row."""

    reason: str = ""
    hash: str = ""
    num_bytes: int = 0
    modified: int = 0
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    num_frames: int = 0
    used_range: float = 1.0


def scan(
    data: Path | str,
    store: PixelStore,
    *,
    cache: Path,
    verify: bool = False,
    num_threads: int | None = None,
    progress: Progress | None = None,
) -> ImageFolder:
    """Return what is in a data set, and put the pixels of every usable image into the store.

    Each file is opened and decoded once. A file whose size and modification time are known from an earlier scan is not
    opened again, unless the store lacks its pixels.

    Args:
        data: a folder, zip or CSV, as `listing.list_images` takes them.
        store: where the pixels go; it decides their size and fit.
        cache: the folder where the table of facts is kept, and zips are unpacked.
        verify: read and hash every file again, whatever its size and time say.
        num_threads: one a processor if None.
        progress: called with (files done, files to open), from this thread.

    Raises:
        DataError: if there is no such data, or it cannot be listed.
    """
    listing = list_images(Path(data), cache=cache)
    table = _Table(listing.key, store, cache)
    with store.building():
        before = table.read()
        facts: list[_Facts | None] = [
            None if verify else _known_facts(listing.root, path, before) for path in listing.paths
        ]
        held = set(store.missing(row.hash for row in before.values() if not row.reason and row.hash))
        pending = [index for index, row in enumerate(facts) if row is None or (not row.reason and row.hash in held)]
        if len(pending) >= _MANY:
            compile_kernels()
        store.add(_decode_rows(listing, pending, facts, before, store, num_threads, progress))
        rows = [row or _Facts() for row in facts]
        if rows and (pending or len(before) != len(rows)):
            table.write(listing.paths, rows)
    found = _image_folder(str(data), listing, rows, num_decoded=len(pending))
    return found.model_copy(update={"changes": _changes(before, dict(zip(listing.paths, rows, strict=True)))})


def _changes(before: dict[str, _Facts], now: dict[str, _Facts]) -> Changes:
    """Return what differs, by path; nothing where no scan came before."""
    if not before:
        return Changes()
    both = [path for path in now if path in before]
    same_stat = {path: now[path][2:4] == before[path][2:4] for path in both}  # size and time
    return Changes(
        num_new=len(now) - len(both),
        changed=tuple(path for path in both if not same_stat[path]),
        gone=tuple(path for path in before if path not in now),
        altered=tuple(path for path in both if same_stat[path] and now[path].hash != before[path].hash),
    )


def check_trainable(folder: ImageFolder) -> None:
    """Return if the folder can be trained on.

    Raises:
        LayoutError: if it has no class, one class, an empty class, or a class without a training image.
        NothingUsableError: if no file can be used.
    """
    where = folder.data
    if not folder.class_names:
        found = f"{len(folder.paths)} images but no class folder" if folder.paths else "no class folder"
        raise LayoutError(f"{where} has {found}; expected one folder a class, such as {where}/cats and {where}/dogs")
    if len(folder.class_names) == 1:
        raise LayoutError(
            f"{where} has one class, '{folder.class_names[0]}'; expected two or more: there is nothing to tell apart"
        )
    if not folder.paths:
        raise NothingUsableError(f"{where} holds no image in its {len(folder.class_names)} class folders")
    if not folder.usable.any():
        path, reason = folder.set_aside()[0]
        raise NothingUsableError(f"none of the {len(folder.paths)} files in {where} can be used; {path}: {reason}")
    train_split = "train" if any(folder.splits) else ""
    for label, name in enumerate(folder.class_names):
        if train_split in folder.counts and folder.counts[train_split][label]:
            continue
        elsewhere = sorted(split for split, counts in folder.counts.items() if split and counts[label])
        broken = int(np.count_nonzero((folder.labels == label) & ~folder.usable))
        if elsewhere:
            raise LayoutError(
                f"class '{name}' has images for {' and '.join(elsewhere)} but none for training; add some to"
                f" train/{name}, or remove the class"
            )
        if broken:
            raise LayoutError(f"class '{name}' has no usable image ({broken} set aside); mend them or remove the class")
        raise LayoutError(f"class '{name}' is empty; put images into it, or remove its folder")


def _known_facts(root: Path, path: str, known: dict[str, _Facts]) -> _Facts | None:
    """Return an earlier scan's facts of a file whose size and modification time are still the same."""
    facts = known.get(path)
    if facts is None or not facts.hash or facts.reason == NO_MEMORY:  # what could not be read may be by now
        return None
    try:
        stat = os.stat(root / path)
    except OSError:
        return None
    return facts if (stat.st_size, stat.st_mtime_ns) == (facts.num_bytes, facts.modified) else None


def _decode_rows(
    listing: Listing,
    pending: list[int],
    facts: list[_Facts | None],
    before: dict[str, _Facts],
    store: PixelStore,
    num_threads: int | None,
    progress: Progress | None,
) -> Iterator[tuple[str, np.ndarray]]:
    """Decode the pending files in threads, note their facts, and yield (hash, pixels) of those that the store lacks."""

    def look_at(indices: list[int]) -> list[tuple[_Facts, np.ndarray | None]]:
        looks, path = [], listing.root
        with working_on(lambda: str(path)):
            for index in indices:
                path = listing.root / listing.paths[index]
                looks.append(_look_at(path, before.get(listing.paths[index]), store))
        return looks

    yielded: set[str] = set()
    groups = [pending[start : start + _GROUP] for start in range(0, len(pending), _GROUP)]
    looked_at = itertools.chain.from_iterable(map_in_threads(look_at, groups, num_threads=num_threads, num_ahead=4))
    for done, (index, (row, pixels)) in enumerate(zip(pending, looked_at, strict=True), 1):
        facts[index] = row
        if pixels is not None and row.hash not in yielded and store.missing([row.hash]):
            yielded.add(row.hash)
            yield row.hash, pixels
        if progress:
            progress(done, len(pending))


def _look_at(path: Path, before: _Facts | None, store: PixelStore) -> tuple[_Facts, np.ndarray | None]:
    """Open one file: its facts, and its pixels if it is usable and the store lacks them.

    Bytes that an earlier scan has decoded, as `before` tells, are not decoded again.
    """
    facts = _Facts()
    try:
        stat = os.stat(path)
        facts = facts._replace(num_bytes=stat.st_size, modified=stat.st_mtime_ns)
        if not S_ISREG(stat.st_mode):  # opening a pipe would wait for ever
            return facts._replace(reason="cannot be read: not a regular file"), None
        data = read_file(path)
        facts = facts._replace(hash=content_hash(data))
        if (
            before is not None
            and before.hash == facts.hash
            and (before.reason not in ("", NO_MEMORY) or before.hash in store)
        ):
            return before._replace(num_bytes=facts.num_bytes, modified=facts.modified), None
        decoded = decode(data, stretch=store.stretch, scratch=_SCRATCH)
    except OSError as error:
        return facts._replace(reason=f"cannot be read: {error.strerror or error}"), None
    except UnusableImageError as error:
        return facts._replace(reason=str(error)), None
    picture = decoded.pixels
    pixels = resize(picture, store.image_size, fit=store.fit)
    facts = facts._replace(
        width=picture.shape[1],
        height=picture.shape[0],
        mode=decoded.mode,
        format=decoded.format,
        num_frames=decoded.num_frames,
        used_range=min(decoded.used_range, _spread(picture)),
    )
    return facts, pixels


def _spread(picture: np.ndarray) -> float:
    """Return the share of 0 … 255 that a picture spans, at least; exactly where it is less than a half."""
    for part in (picture[::16], picture):  # most pictures show in a few rows that theirs is wide
        spread = (int(part.max()) - int(part.min())) / 255
        if spread > 0.5:
            break
    return spread


def content_hash(data: bytes) -> str:
    """Return BLAKE2b-128 of a file's bytes as 32 hexadecimal digits.

    >>> content_hash(b"")
    'cae66941d9efbd404e4d88758ea67670'
    """
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _image_folder(data: str, listing: Listing, rows: list[_Facts], *, num_decoded: int) -> ImageFolder:
    number = {name: index for index, name in enumerate(listing.class_names)}
    return ImageFolder(
        data=data,
        root=str(listing.root.resolve()),
        layout=listing.layout,
        class_names=tuple(listing.class_names),
        left_out={reason: tuple(paths) for reason, paths in sorted(listing.left_out.items())},
        paths=tuple(listing.paths),
        splits=tuple(listing.splits),
        labels=[number.get(label, -1) for label in listing.labels],
        reasons=tuple(row.reason for row in rows),
        hashes=tuple(row.hash for row in rows),
        num_bytes=[row.num_bytes for row in rows],
        modified=[row.modified for row in rows],
        widths=[row.width for row in rows],
        heights=[row.height for row in rows],
        modes=tuple(row.mode for row in rows),
        formats=tuple(row.format for row in rows),
        num_frames=[row.num_frames for row in rows],
        used_ranges=[row.used_range for row in rows],
        num_decoded=num_decoded,
    )


class _Table:
    """The facts of a folder's files on disk: one NumPy archive, texts as UTF-8 with NUL between them."""

    def __init__(self, key: str, store: PixelStore, cache: Path) -> None:
        name = content_hash(os.fsencode(key))
        # Whether a file's range is worth a word depends on the stretch, so each has its own table.
        self._path = cache / "facts" / f"{name}{'-stretched' if store.stretch else ''}.npz"
        # What can be read depends on the decoder.
        self._version = f"{_TABLE_VERSION} Pillow {PIL.__version__}{' HEIC' if heic_reader() else ''}"

    def read(self) -> dict[str, _Facts]:
        """Return {path: facts}; nothing where there is no table or it is damaged."""
        try:
            with open(self._path, "rb") as file, np.load(file) as table:
                if str(table["version"]) != self._version:
                    return {}
                mark_used(self._path)
                paths = _split_texts(table["paths"])
                columns = [
                    _split_texts(table[name]) if isinstance(default, str) else table[name].tolist()
                    for name, default in _Facts._field_defaults.items()
                ]
            return dict(zip(paths, map(_Facts._make, zip(*columns, strict=True)), strict=True))
        except OSError:  # none yet, or none that may be read
            return {}
        except Exception as error:  # a damaged zip raises nearly anything
            warnings.warn(
                f"the cache's facts of this folder are damaged ({error}); every file is read again", CacheWarning, 3
            )
            return {}

    def write(self, paths: list[str], rows: list[_Facts]) -> None:
        columns = {
            name: _join_texts([str(row[number]) for row in rows])
            if isinstance(default, str)
            else np.array([row[number] for row in rows], type(default))
            for number, (name, default) in enumerate(_Facts._field_defaults.items())
        }
        try:
            with written_atomically(self._path) as temporary, open(temporary, "wb") as file:
                np.savez(file, version=self._version, paths=_join_texts(paths), **columns)  # type: ignore[arg-type]
        except StorageError as error:
            warnings.warn(f"{error}; the next command will read the files again", CacheWarning, stacklevel=3)


def _join_texts(texts: list[str]) -> np.ndarray:
    return np.frombuffer("\0".join(texts).encode("utf-8", "surrogateescape"), np.uint8)


def _split_texts(array: np.ndarray) -> list[str]:
    return array.tobytes().decode("utf-8", "surrogateescape").split("\0")
