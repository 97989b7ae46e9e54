"""When a model gives no class: thresholds from the images that it was judged on, by what they promise."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from classeur.errors import BrokenRunError, RunError
from classeur.evaluation.outliers import CompactUnlikeness, threshold_for
from classeur.evaluation.prediction import Limits
from classeur.evaluation.risk import Promise, keep_error, least_images, least_promise, mean_group_size
from classeur.storage import written_atomically
from classeur.training.logits import softmax
from classeur.untrusted import MAX_ARCHIVE_BYTES, check_arrays, opened

# Of a score and of three splits.
_MAX_ARRAYS = 6


class Said(NamedTuple):
    """What a model said of images that it was judged on."""

    logits: np.ndarray  # float (n, columns)
    labels: np.ndarray  # int (n,)
    unlike: np.ndarray | None = None  # float (n,), how unlike the training images; None if the model does not tell
    groups: np.ndarray | None = None  # int (n,), what was drawn together, by number; None if each image stands alone

    @property
    def sureness(self) -> np.ndarray:
        """The highest probability of each image, float64 (n,)."""
        return np.asarray(softmax(self.logits).max(axis=1))

    @property
    def is_wrong(self) -> np.ndarray:
        """Whether another class is the most probable, bool (n,)."""
        return np.asarray(softmax(self.logits).argmax(axis=1) != self.labels)

    def known(self, unlike_above: float | None) -> "Said":
        """Return the images that are not called none of these."""
        if unlike_above is None or self.unlike is None:
            return self
        return self.only(self.unlike <= unlike_above)

    def only(self, rows: np.ndarray) -> "Said":
        """Return some of the images, those where `rows`, bool (n,), says so."""
        unlike, groups = (None if each is None else each[rows] for each in (self.unlike, self.groups))
        return Said(self.logits[rows], self.labels[rows], unlike, groups)


class Decision(NamedTuple):
    """Thresholds, and what was found for them."""

    limits: Limits = Limits()
    promise: Promise | None = None  # of the threshold for unsure
    none_of_these: float | None = None  # share of known images that the threshold for none of these refuses, at most


def decide(judged: Said, *, max_error: float | None, none_of_these: float | None) -> Decision:
    """Return from where on a model gives no class.

    Args:
        judged: images that neither the model nor its score was fitted to.
        max_error: share of the answers that may be wrong, with a confidence of 95 %; None or 1 for any.
        none_of_these: share of images like these that may be refused as unlike; None or 0 for none.

    Raises:
        RunError: if these images cannot promise it; says what they can.

    >>> logits = np.linspace(-9, 9, 400)[:, None]
    >>> judged = Said(logits, (logits[:, 0] > 1).astype(int))
    >>> decide(judged, max_error=0.02, none_of_these=None).promise.num_answered
    361
    """
    unlike_above = None
    if none_of_these:
        if judged.unlike is None:
            raise RunError("--none-of-these needs a score of what is unlike the training images, which it lacks")
        unlike_above = threshold_for(judged.unlike, none_of_these)
        if unlike_above is None:
            needed = int(np.ceil(1 / none_of_these)) - 1
            raise RunError(
                f"{len(judged.unlike):,} validation images cannot tell what only {_percent(none_of_these)} of known"
                f" ones are beyond; expected {needed:,} or more, or a larger share such as"
                f" {_percent(2 / (len(judged.unlike) + 1))}"
            )
    if max_error is None or max_error == 1:
        return Decision(Limits(None, unlike_above), none_of_these=none_of_these)
    known = judged.known(unlike_above)
    promise = keep_error(known.sureness, known.is_wrong, max_error, groups=known.groups)
    if promise is None:
        raise RunError(impossible(known, max_error))
    # With a threshold of 0 every image is answered, and the promise holds all the same.
    return Decision(Limits(promise.threshold or None, unlike_above), promise, none_of_these)


def impossible(judged: Said, max_error: float) -> str:
    """Return that no threshold can promise a limit, and which limit one can."""
    count, size = len(judged.labels), mean_group_size(judged.groups)
    best = least_promise(judged.sureness, judged.is_wrong, groups=judged.groups)
    could = (
        f"{_percent(best.limit)} can be promised, answering {_percent(best.coverage)} of them"
        if best
        else "no limit can be promised"
    )
    needed, images, more = least_images(max_error), f"{count:,} validation images", ""
    if needed * size > count:
        more = f"; it takes {needed:,} images or more, all right"
    if judged.groups is not None:
        num_groups, alone = len(np.unique(judged.groups)), round(count / size)
        images += f" in {num_groups:,} group{'' if num_groups == 1 else 's'}, which tell as much as {alone:,} alone"
        more = more and f"; it takes about {needed:,} groups as large as each other, all right"
    return f"no threshold promises at most {_percent(max_error)} of errors on {images}: {could}{more}"


def write_unlike(path: Path, unlikeness: CompactUnlikeness, scores: Mapping[str, np.ndarray]) -> None:
    """Write a score and how unlike the training images the images of splits are, in the order of logits.npz.

    Raises:
        StorageError: if it cannot be written.
    """
    arrays = {**unlikeness._asdict(), **{name: np.asarray(each, np.float32) for name, each in scores.items()}}
    with written_atomically(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def read_unlike(path: Path) -> tuple[CompactUnlikeness, dict[str, np.ndarray]] | None:
    """Return what `write_unlike` wrote; None if there is no such file.

    Raises:
        BrokenRunError: if the file is damaged or not what a run writes.
    """
    try:
        with opened(path, MAX_ARCHIVE_BYTES) as file:
            check_arrays(file, max_members=_MAX_ARRAYS, kinds="f")
            with np.load(file) as archive:
                arrays = {name: archive[name] for name in archive.files}
        unlikeness = CompactUnlikeness(*(arrays.pop(name) for name in CompactUnlikeness._fields))
        shapes = [each.shape for each in (*unlikeness, *arrays.values())]
        fits = [len(shape) for shape in shapes] == [2, 2, 1, *(1 for _ in arrays)] and shapes[0][0] == shapes[1][0]
        if not fits or shapes[1][1:] != shapes[2] or not all(map(_are_finite, (*unlikeness, *arrays.values()))):
            raise ValueError(f"arrays {shapes}")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        reason = " ".join(str(error).split())[:120]
        raise BrokenRunError(
            f"{path} is damaged ({reason}); train again with --overwrite, or copy the whole run again"
        ) from error
    return unlikeness, arrays


def _are_finite(array: np.ndarray) -> bool:
    return bool(np.isfinite(array).all())


def _percent(share: float) -> str:
    """Return a share as text, with two digits that count."""
    return f"{100 * share:.3g} %"
