"""Near-duplicates of a data set, found once and kept in the cache: the next command reads them."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from classeur.data.facts import content_hash
from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import KINDS, NearDuplicate, near_duplicates
from classeur.errors import StorageError
from classeur.images.pixels import PixelStore, pixels_key
from classeur.images.preparation import Preparation
from classeur.rows import CacheWarning
from classeur.storage import mark_used, written_atomically
from classeur.untrusted import MAX_ARCHIVE_BYTES, check_arrays, opened

# Raised whenever other pairs would be found in the same files.
_VERSION = 6

_COLUMNS = ("first", "second", "kind", "likeness")


def known_near_duplicates(
    folder: ImageFolder, *, cache: Path, pixels: PixelStore | None = None, features: np.ndarray | None = None
) -> list[NearDuplicate]:
    """Return the near-duplicates of a scanned folder, the most alike first; they are looked for only once.

    They depend on the files' contents alone: whatever the size of a training's images, they are compared on pixels of
    the usual preparation, which are read for the few images that are compared if the store lacks them.

    Args:
        folder: as scanned.
        cache: where pixels and pairs are kept.
        pixels: the store that the scan has filled; used if it is the usual one.
        features: of a network, one row for each row of the folder; they find a few pairs more, which are kept apart.
    """
    rows: dict[str, int] = {}  # content → the first image that has it
    for row in np.flatnonzero(folder.usable).tolist():
        rows.setdefault(folder.hashes[row], row)
    hashes = sorted(rows)
    usual = Preparation(stretch=folder.preparation.stretch)
    source = "" if features is None else " with features"
    key = f"{_VERSION}{source} {pixels_key(usual.image_size, usual.fit, stretch=usual.stretch)}"
    name = content_hash("\n".join([key, *hashes]).encode())
    path = cache / "pairs" / f"{name}.npz"
    kept = _read(path, len(hashes))
    if kept is None:
        numbers = {row: number for number, row in enumerate(rows[hash_] for hash_ in hashes)}
        store = pixels
        if store is None or store.preparation != usual:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CacheWarning)  # the scan has said that the cache cannot be written
                store = PixelStore(cache, **dict(usual))
        found = near_duplicates(folder, store, features=features)
        kept = [pair._replace(first=numbers[pair.first], second=numbers[pair.second]) for pair in found]
        _write(path, kept)
    return sorted(
        (
            pair._replace(first=min(ends), second=max(ends))
            for pair in kept
            for ends in [(rows[hashes[pair.first]], rows[hashes[pair.second]])]
        ),
        key=lambda pair: (-pair.likeness, pair.first, pair.second),
    )


def _read(path: Path, num_images: int) -> list[NearDuplicate] | None:
    """Return the pairs in a file; None if there is none, or it is damaged."""
    try:
        with opened(path, MAX_ARCHIVE_BYTES) as file:
            check_arrays(file, max_members=len(_COLUMNS), kinds="iuf")
            table = np.load(file, allow_pickle=False)
            first, second, kinds, likeness = (table[name].tolist() for name in _COLUMNS)
            if any(not 0 <= number < num_images for number in (*first, *second)):
                raise ValueError("it names images that are not there")
            pairs = [
                NearDuplicate(one, other, KINDS[kind], like)
                for one, other, kind, like in zip(first, second, kinds, likeness, strict=True)
            ]
        mark_used(path)
        return pairs
    except OSError:  # missing or not readable
        return None
    except Exception as error:  # a damaged zip raises nearly any error
        warnings.warn(f"the cached near-duplicates are damaged ({error}); they are looked for again", CacheWarning, 3)
        return None


def _write(path: Path, pairs: Sequence[NearDuplicate]) -> None:
    """Save pairs, if a file can be written: the scan has said so if not."""
    columns = {
        "first": np.array([pair.first for pair in pairs], np.int32),
        "second": np.array([pair.second for pair in pairs], np.int32),
        "kind": np.array([KINDS.index(pair.kind) for pair in pairs], np.uint8),
        "likeness": np.array([pair.likeness for pair in pairs], np.float64),
    }
    with suppress(StorageError), written_atomically(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **columns)  # type: ignore[arg-type]
