"""Logits of judged images, in full precision: what every number of an evaluation is computed from.

A probability rounded to six decimals is 1 for a good model, and its log loss 0. Logits keep the difference.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from classeur.data.facts import content_hash
from classeur.errors import BrokenRunError
from classeur.storage import written_atomically
from classeur.untrusted import MAX_ARCHIVE_BYTES, check_arrays, opened

# Three arrays of each of three splits.
_MAX_ARRAYS = 9


class SplitLogits(NamedTuple):
    """The logits of the images of a split, with what tells the images."""

    logits: np.ndarray  # float (n, classes), in the order of the run's class names
    labels: np.ndarray  # int64 (n,), class indices
    hashes: tuple[str, ...]  # content hashes

    def only(self, rows: np.ndarray) -> "SplitLogits":
        """Return some of the images, those where `rows`, bool (n,), says so."""
        kept = tuple(each for each, is_kept in zip(self.hashes, rows.tolist(), strict=True) if is_kept)
        return SplitLogits(self.logits[rows], self.labels[rows], kept)

    @property
    def digest(self) -> str:
        """A hash of all of it, in its order."""
        arrays = (np.asarray(self.logits), np.asarray(self.labels, np.int64), np.array(self.hashes, "S"))
        return content_hash(b"".join(each.astype(each.dtype.newbyteorder("<")).tobytes() for each in arrays))


def write_logits(path: Path, splits: Mapping[str, SplitLogits]) -> None:
    """Write the logits of splits to an .npz, whole or not at all.

    Raises:
        StorageError: if it cannot be written.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, split in splits.items():
        arrays[f"{name}/logits"] = split.logits
        arrays[f"{name}/labels"] = np.asarray(split.labels, np.int64)
        arrays[f"{name}/hashes"] = np.array(split.hashes, "S")
    with written_atomically(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_logits(path: Path) -> dict[str, SplitLogits]:
    """Return the logits of each split of a run's logits.npz.

    Raises:
        BrokenRunError: if the file is missing, damaged or not what a run writes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "logits.npz"
    ...     write_logits(path, {"test": SplitLogits(np.array([[0.0, 40.0]]), np.array([1]), ("a1",))})
    ...     read_logits(path)["test"].logits.tolist()
    [[0.0, 40.0]]
    """
    try:
        with opened(path, MAX_ARCHIVE_BYTES) as file:
            check_arrays(file, max_members=_MAX_ARRAYS, kinds="ifS")
            with np.load(file) as arrays:
                names = dict.fromkeys(name.partition("/")[0] for name in arrays.files)
                return {name: _checked(*(arrays[f"{name}/{of}"] for of in SplitLogits._fields)) for name in names}
    except FileNotFoundError as error:
        raise BrokenRunError(f"{path} is missing; train again with --overwrite, or copy the whole run again") from error
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        reason = " ".join(str(error).split())[:120]
        raise BrokenRunError(
            f"{path} is damaged ({reason}); copy the whole run again, or remove that file and evaluate each split again"
        ) from error


def _checked(logits: np.ndarray, labels: np.ndarray, hashes: np.ndarray) -> SplitLogits:
    """Return the arrays of a split.

    Raises:
        ValueError: if they do not fit each other.
    """
    is_whole = logits.ndim == 2 and labels.shape == hashes.shape == logits.shape[:1]
    kinds = (logits.dtype.kind, labels.dtype.kind, hashes.dtype.kind)
    if not is_whole or kinds != ("f", "i", "S") or not ((labels >= 0) & (labels < logits.shape[1])).all():
        raise ValueError(f"logits {logits.shape} with labels {labels.shape} and hashes {hashes.shape}")
    if num_lost := np.count_nonzero(~np.isfinite(logits)):
        raise ValueError(f"{num_lost:,} of {logits.size:,} logits are no numbers")
    return SplitLogits(logits, labels, tuple(each.decode("ascii") for each in hashes.tolist()))
