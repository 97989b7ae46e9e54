"""The scan of a data set: one pass that opens and decodes each file once, and collects the facts about it.

`look_at` does all the work on one file. It needs no store, and it can be pickled with its arguments and results, so
that other processes or machines can run it; `scan` takes the map that runs it.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

import numpy as np

from classeur.data.facts import Facts, FactsTable, content_hash
from classeur.data.folder import Changes, ImageFolder
from classeur.data.listing import Listing, list_images
from classeur.data.perceptual import perceptual_hash
from classeur.images.decoding import NO_MEMORY, UnreadFormatError, UnusableImageError, decode, read_file
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation
from classeur.images.resampling import load_kernels
from classeur.images.resizing import resize
from classeur.images.scratch import Scratch
from classeur.threads import MapRows, map_in_threads, working_on

Progress = Callable[[int, int], None]  # (done, total)

# Files per call of the map: one file per call costs 5 % more time.
_GROUP = 8

_SCRATCH = Scratch()

_in_threads: MapRows = partial(map_in_threads, num_ahead=4)


class Unopened(NamedTuple):
    """A file to look at, and what is known about it."""

    path: Path
    preparation: Preparation  # how its pixels are made
    before: Facts | None = None  # its facts from an earlier scan
    has_pixels: bool = False  # whether the store has the pixels that `before` describes


class Look(NamedTuple):
    """The result of looking at one file."""

    facts: Facts
    pixels: np.ndarray | None  # uint8 (height, width, 3); None if it is set aside or its pixels are cached


class Group(NamedTuple):
    """Some files that are looked at one after the other."""

    files: tuple[Unopened, ...]
    num_in_all: int  # files of all groups


def scan(
    data: Path | str,
    store: PixelStore,
    *,
    cache: Path,
    columns: Mapping[str, str] | None = None,
    check: Callable[[Listing], None] | None = None,
    verify: bool = False,
    map_rows: MapRows = _in_threads,
    progress: Progress | None = None,
) -> ImageFolder:
    """Return the contents of a data set, and put the pixels of every usable image into the store.

    Each file is opened and decoded once. A file whose size and modification time are known from an earlier scan is not
    opened again, unless the store lacks its pixels.

    Args:
        data: a folder, zip or CSV, as `listing.list_images` takes them.
        store: where the pixels go; it sets their size and fit.
        cache: the folder for the table of facts and for unpacked zips.
        columns: names of a CSV's columns, as `tables.read_table` takes them.
        check: called with the listing before any file is opened; raises if it cannot be used.
        verify: read and hash every file again, even if its size and time are unchanged.
        map_rows: applies `look_at_group` to the groups, in their order: in threads by default, one per processor.
            `ProcessPoolExecutor().map` works too.
        progress: called with (files done, files to open), from this thread.

    Raises:
        DataError: if there is no such data, or it cannot be listed.
    """
    listing = list_images(Path(data), cache=cache, columns=columns)
    if check is not None:
        check(listing)
    table, preparation = FactsTable(listing.key, cache, stretch=store.stretch), store.preparation
    with store.building():
        before = table.read()
        facts: list[Facts | None] = [
            None if verify else _known_facts(listing.root, path, before) for path in listing.paths
        ]
        lacking = set(store.missing(row.hash for row in before.values() if not row.reason and row.hash))
        pending = [index for index, row in enumerate(facts) if row is None or (not row.reason and row.hash in lacking)]
        files = (  # one after the other: a million paths would be a gigabyte
            Unopened(
                listing.root / listing.paths[index],
                preparation,
                known := before.get(listing.paths[index]),
                has_pixels=known is not None and known.hash in store,
            )
            for index in pending
        )
        looks = _looks(files, len(pending), map_rows, progress)
        store.add(_noted(looks, pending, facts, store))
        rows = [row or Facts() for row in facts]
        if rows and (pending or len(before) != len(rows)):
            table.write(listing.paths, rows)
    found = _image_folder(str(data), listing, rows, num_decoded=len(pending))
    changes = _changes(before, dict(zip(listing.paths, rows, strict=True)))
    changes = changes.model_copy(update={"unlike_table": _unlike_table(listing, rows)})
    return found.model_copy(update={"changes": changes, "preparation": preparation})


def look_at_group(group: Group) -> list[Look]:
    """Look at some files, one after the other, in this thread.

    Raises:
        WorkError: naming the file, after an unexpected error.
    """
    load_kernels(group.num_in_all)
    looks, path = [], Path()
    with working_on(lambda: str(path)):
        for file in group.files:
            path = file.path
            looks.append(look_at(file))
    return looks


def look_at(file: Unopened) -> Look:
    """Open one file and return its facts, and its pixels if it is usable and they are not cached.

    Bytes that an earlier scan has decoded are not decoded again.
    """
    facts, before = Facts(), file.before
    try:
        stat = os.stat(file.path)
        facts = facts._replace(num_bytes=stat.st_size, modified=stat.st_mtime_ns)
        if not S_ISREG(stat.st_mode):  # opening a pipe would wait without end
            return Look(facts._replace(reason="cannot be read: not a regular file"), None)
        data = read_file(file.path)
        facts = facts._replace(hash=content_hash(data))
        if (
            before is not None
            and before.hash == facts.hash
            and (before.reason not in ("", NO_MEMORY) or file.has_pixels)
        ):
            return Look(before._replace(num_bytes=facts.num_bytes, modified=facts.modified), None)
        decoded = decode(data, stretch=file.preparation.stretch, scratch=_SCRATCH)
    except OSError as error:
        return Look(facts._replace(reason=f"cannot be read: {error.strerror or error}"), None)
    except UnusableImageError as error:
        format_ = error.format if isinstance(error, UnreadFormatError) else ""
        return Look(facts._replace(reason=str(error), format=format_), None)
    picture = decoded.pixels
    pixels = resize(picture, file.preparation.image_size, fit=file.preparation.fit)
    facts = facts._replace(
        width=picture.shape[1],
        height=picture.shape[0],
        mode=decoded.mode,
        format=decoded.format,
        num_frames=decoded.num_frames,
        used_range=min(decoded.used_range, _spread(picture)),
        perceptual_hash=perceptual_hash(picture),
        camera=decoded.camera,
        taken=decoded.taken,
        has_place=int(decoded.has_place),
        profile=decoded.profile,
    )
    return Look(facts, pixels)


def _looks(files: Iterator[Unopened], num_files: int, map_rows: MapRows, progress: Progress | None) -> Iterator[Look]:
    """Yield the result for each file, in their order."""
    groups = (Group(tuple(itertools.islice(files, _GROUP)), num_files) for _ in range(0, num_files, _GROUP))
    for done, look in enumerate(itertools.chain.from_iterable(map_rows(look_at_group, groups)), 1):
        yield look
        if progress:
            progress(done, num_files)


def _noted(
    looks: Iterator[Look], indices: list[int], facts: list[Facts | None], store: PixelStore
) -> Iterator[tuple[str, np.ndarray]]:
    """Write the facts of each file to its index, and yield (hash, pixels) of those that the store lacks."""
    yielded: set[str] = set()
    for index, (row, pixels) in zip(indices, looks, strict=True):
        facts[index] = row
        if pixels is not None and row.hash not in yielded and store.missing([row.hash]):
            yielded.add(row.hash)
            yield row.hash, pixels


def _known_facts(root: Path, path: str, known: dict[str, Facts]) -> Facts | None:
    """Return an earlier scan's facts of a file whose size and modification time are still the same."""
    facts = known.get(path)
    if facts is None or not facts.hash or facts.reason == NO_MEMORY:  # it may be readable now
        return None
    try:
        stat = os.stat(root / path)
    except OSError:
        return None
    return facts if (stat.st_size, stat.st_mtime_ns) == (facts.num_bytes, facts.modified) else None


def _spread(picture: np.ndarray) -> float:
    """Return the share of 0 … 255 that the colour with most uses: exact below one half, else a lower bound."""
    for part in (picture[::16], picture):  # for most images a few rows suffice
        # Of each colour by itself: one blue has three levels. Along the rows first, which is many times as fast.
        most, least = part.max(axis=0).max(axis=0), part.min(axis=0).min(axis=0)
        spread = int((most - least).max()) / 255
        if spread > 0.5:
            break
    return spread


def _unlike_table(listing: Listing, rows: Sequence[Facts]) -> tuple[str, ...]:
    """Return the paths whose bytes are not those that a CSV records; none if all are others: it means another hash."""
    recorded = [
        (path, hash_, row.hash) for path, hash_, row in zip(listing.paths, listing.hashes, rows, strict=True) if hash_
    ]
    unlike = tuple(path for path, hash_, now in recorded if now and hash_ != now)
    return unlike if len(unlike) < len(recorded) else ()


def _changes(before: dict[str, Facts], now: dict[str, Facts]) -> Changes:
    """Return what differs, by path; nothing if there was no scan before."""
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


def _image_folder(data: str, listing: Listing, rows: list[Facts], *, num_decoded: int) -> ImageFolder:
    number = {name: index for index, name in enumerate(listing.class_names)}
    return ImageFolder(
        data=data,
        root=str(listing.root.resolve()),
        layout=listing.layout,
        class_names=tuple(listing.class_names),
        left_out={reason: tuple(paths) for reason, paths in sorted(listing.left_out.items())},
        notes=tuple(listing.notes),
        groups=tuple(listing.groups) if any(listing.groups) else (),
        folds=tuple(listing.folds) if any(listing.folds) else (),
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
        perceptual_hashes=tuple(row.perceptual_hash for row in rows),
        cameras=tuple(row.camera for row in rows),
        taken=[row.taken for row in rows],
        have_places=[row.has_place for row in rows],
        profiles=tuple(row.profile for row in rows),
        num_decoded=num_decoded,
    )
