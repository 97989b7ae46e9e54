"""The kept logits of a run, which are checked to be of this run: files of another may have been copied over them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from classeur.errors import BrokenRunError
from classeur.evaluation.logits import SplitLogits, read_logits
from classeur.evaluation.sampling import Sampling
from classeur.run import Run
from classeur.training.logits import log_losses

# By which part of itself a recorded loss may differ from the one computed again: the sum of the same numbers.
_TOLERANCE = 1e-6


def kept_logits(run: Run, num_classes: int | None = None) -> dict[str, SplitLogits]:
    """Return the logits of each split that a run's model was judged on.

    They are compared with the rest of the run, as far as it is there: the images of split.csv, and the hash that
    evaluation.json has of them; where it has none, as of an older run, the labels of split.csv and the recorded loss.

    Args:
        run: whose logits.npz is read.
        num_classes: that each split must have; not compared if None.

    Raises:
        BrokenRunError: if the file is missing, damaged or of another run.
    """
    kept = read_logits(run.logits_path)
    evaluation = run.read_json(run.evaluation_path) if run.evaluation_path.exists() else {}
    names = evaluation.get("class_names")
    images: dict[str, list[tuple[str, str]]] = {}
    for row in run.read_table(run.split_path) if run.split_path.exists() else ():
        images.setdefault(row["split"], []).append((row["hash"], row["label"]))
    for name, split in kept.items():
        if num_classes is not None and split.logits.shape[1] != num_classes:
            raise _foreign(run, f"{name} has {split.logits.shape[1]:,} classes; expected {num_classes:,}")
        there = images.get(name, [])
        if images and sorted(split.hashes) != sorted(hash_ for hash_, _ in there):
            raise _foreign(run, f"its {name} images are others than those of split.csv")
        recorded = _recorded(evaluation, name)
        if digest := recorded.get("logits"):
            if digest != split.digest:
                raise _foreign(run, f"its {name} logits are others than those of evaluation.json")
            continue
        if images and isinstance(names, list) and len(names) == split.logits.shape[1]:
            labels = [names[number] for number in split.labels.tolist()]
            if sorted(zip(split.hashes, labels, strict=True)) != sorted(there):
                raise _foreign(run, f"its {name} labels are others than those of split.csv")
        loss = _recorded_loss(recorded)
        if loss is not None and not np.isclose(log_losses(split.logits, split.labels).mean(), loss, rtol=_TOLERANCE):
            raise _foreign(run, f"its {name} loss is another than that of evaluation.json")
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


def _recorded(evaluation: dict[str, Any], split: str) -> dict[str, Any]:
    """Return what evaluation.json has of a split, if it is anything."""
    splits = evaluation.get("splits")
    found = splits.get(split) if isinstance(splits, dict) else None
    return found if isinstance(found, dict) else {}


def _recorded_loss(recorded: dict[str, Any]) -> float | None:
    """Return the loss that evaluation.json has of a split; None where there is no number."""
    loss = recorded.get("loss")
    value = loss.get("value") if isinstance(loss, dict) else None
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None


def _foreign(run: Run, reason: str) -> BrokenRunError:
    return BrokenRunError(
        f"{run.logits_path} is not of this run ({reason}); copy the whole run again, or remove that file and evaluate"
        " each split again"
    )
