"""The kept logits of a run, which are checked to be of this run: files of another may have been copied over them."""

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from classeur.errors import BrokenRunError
from classeur.evaluation.logits import SplitLogits, read_logits
from classeur.evaluation.sampling import Sampling
from classeur.run import Run
from classeur.workflows.counting import counting


def kept_logits(run: Run, num_classes: int | None = None) -> dict[str, SplitLogits]:
    """Return the logits of the images that count, of each split that a run's model was judged on.

    Args, errors: as `whole_logits`.
    """
    return {name: _counted(run, name, split) for name, split in whole_logits(run, num_classes).items()}


def whole_logits(run: Run, num_classes: int | None = None) -> dict[str, SplitLogits]:
    """Return the logits of each split that a run's model was judged on, also of images that do not count.

    They are compared with the images of split.csv, and with the hash that evaluation.json has of them. A split without
    a hash is left out, as if it had not been judged: nothing tells whether its logits are in the order of its images.

    Args:
        run: whose logits.npz is read.
        num_classes: that each split must have; not compared if None.

    Raises:
        BrokenRunError: if the file is missing, damaged or of another run.
    """
    kept = read_logits(run.logits_path)
    evaluation = run.read_json(run.evaluation_path) if run.evaluation_path.exists() else {}
    digests = {name: _digest(evaluation, name) for name in kept}
    images: dict[str, list[str]] = {}
    for row in run.read_table(run.split_path) if run.split_path.exists() else ():
        images.setdefault(row["split"], []).append(row["hash"])
    known = {name: split for name, split in kept.items() if digests[name]}
    for name, split in known.items():
        if num_classes is not None and split.logits.shape[1] != num_classes:
            raise _foreign(run, f"{name} has {split.logits.shape[1]:,} classes; expected {num_classes:,}")
        if images and sorted(split.hashes) != sorted(images.get(name, [])):
            raise _foreign(run, f"its {name} images are others than those of split.csv")
        if digests[name] != split.digest:
            raise _foreign(run, f"its {name} logits are others than those of evaluation.json")
    return known


def kept_split(run: Run, split: str, num_classes: int | None = None) -> SplitLogits:
    """Return the kept logits of the images of a split that count.

    Args, errors: as `whole_split`.
    """
    return _counted(run, split, whole_split(run, split, num_classes))


def whole_split(run: Run, split: str, num_classes: int | None = None) -> SplitLogits:
    """Return the kept logits of a split, also of images that do not count.

    Raises:
        BrokenRunError: as `whole_logits`, or if it was not judged, or by a version that kept no hash of its logits.
    """
    kept = whole_logits(run, num_classes).get(split)
    if kept is None:
        option = "" if split == "validation" else f" --split {split}"
        raise BrokenRunError(
            f"{run.evaluation_path} has no score of {split}, or not which logits it is of, as a version before wrote"
            f" it; run: classeur evaluate {shlex.quote(str(run.path))}{option}"
        )
    return kept


def groups_of(run: Run, split: str, hashes: Sequence[str]) -> np.ndarray | None:
    """Return what the images of a split were drawn together with, by number, int (n,); None if each stands alone.

    Args:
        run: whose split.csv says it.
        split: of the images.
        hashes: of their content.
    """
    rows = run.read_table(run.split_path) if run.split_path.exists() else ()
    group = {row["hash"]: row.get("group", "") for row in rows if row["split"] == split}
    return Sampling.of([group.get(each, "") for each in hashes]).clusters


def _counted(run: Run, split: str, kept: SplitLogits) -> SplitLogits:
    return kept.only(counting(run, split, kept.hashes))


def _digest(evaluation: dict[str, Any], split: str) -> str:
    """Return the hash that evaluation.json has of the logits of a split; "" if there is none."""
    splits = evaluation.get("splits")
    found = splits.get(split) if isinstance(splits, dict) else None
    digest = found.get("logits") if isinstance(found, dict) else None
    return digest if isinstance(digest, str) else ""


def _foreign(run: Run, reason: str) -> BrokenRunError:
    return BrokenRunError(
        f"{run.logits_path} is not of this run ({reason}); copy the whole run again, or remove that file and evaluate"
        " each split again"
    )
