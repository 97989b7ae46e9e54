"""Which judged images count: those that belong with no image that the run was trained on.

One rule for every number of a run, on validation, test, folds and other data: an image that was trained on, or that
shows what such an image shows, cannot tell what the model does with new ones.
"""

from collections.abc import Sequence

import numpy as np

from classeur.errors import BrokenRunError
from classeur.run import Run

Row = dict[str, str]


def leaks_of(run: Run, split: str | None = None) -> list[Row]:
    """Return the rows of leaks.csv of a split, or of all; none if nothing leaks.

    Raises:
        BrokenRunError: if the file is lost, or of another run.
    """
    if not run.leaks_path.exists():
        _check_none_is_lost(run)
        return []
    rows = run.read_table(run.leaks_path)
    _check_of_run(run, rows)
    return [row for row in rows if split in (None, row["split"])]


def are_new(run: Run, split: str, hashes: Sequence[str]) -> np.ndarray:
    """Return which images of a split belong with none in training, bool (n,); files of equal bytes all do, or none."""
    leaking = {row["hash"] for row in leaks_of(run, split)}
    return np.array([each not in leaking for each in hashes], bool)


def counting(run: Run, split: str, hashes: Sequence[str]) -> np.ndarray:
    """Return which images of a split count, bool (n,): those that are new, and where none is, all of them."""
    return all_if_none(are_new(run, split, hashes))


def all_if_none(new: np.ndarray) -> np.ndarray:
    """Return which images count, bool (n,), by which are new."""
    return new if new.any() else np.ones(len(new), bool)


def _check_none_is_lost(run: Run) -> None:
    """Check that a run without leaks.csv had none, by run.json; of a version before, by what evaluation.json weighs."""
    facts = run.read_json(run.facts_path) if run.facts_path.exists() else {}
    num_leaks = facts.get("num_leaks")
    if num_leaks is None and run.evaluation_path.exists():
        splits = run.read_json(run.evaluation_path).get("splits")
        weighed = [each.get("leaked") for each in splits.values()] if isinstance(splits, dict) else []
        num_leaks = sum(each["num_leaks"] for each in weighed if each)
    if num_leaks:
        raise BrokenRunError(
            f"{run.leaks_path} is missing, which names the images that belong with images in training ({num_leaks:,});"
            " copy the whole run again"
        )


def _check_of_run(run: Run, rows: Sequence[Row]) -> None:
    """Check that leaks are images of a run, or images that it left out."""
    if not run.split_path.exists():
        return
    names = ("label", "split", "hash")
    own = {tuple(row[name] for name in names) for row in run.read_table(run.split_path)}
    aside = {row["path"] for row in run.read_table(run.set_aside_path)} if run.set_aside_path.exists() else set()
    for row in rows:
        if tuple(row[name] for name in names) not in own and row["path"] not in aside:
            raise BrokenRunError(
                f"{run.leaks_path} is not of this run: {row['path']} is no {row['split']} image of split.csv; copy the"
                " whole run again"
            )
