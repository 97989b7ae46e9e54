"""Which judged images count: those that belong with no image that the run was trained on.

One rule for every number of a run, on validation, test, folds and other data: an image that was trained on, or that
shows what such an image shows, cannot tell what the model does with new ones.
"""

from collections.abc import Sequence

import numpy as np

from classeur.run import Run

Row = dict[str, str]


def leaks_of(run: Run, split: str) -> list[Row]:
    """Return the rows of leaks.csv of a split; none if nothing leaks."""
    return [row for row in run.read_table(run.leaks_path) if row["split"] == split] if run.leaks_path.exists() else []


def are_new(run: Run, split: str, hashes: Sequence[str]) -> np.ndarray:
    """Return which images of a split belong with none in training, bool (n,); files of equal bytes all do, or none."""
    leaking = {row["hash"] for row in leaks_of(run, split)}
    return np.array([each not in leaking for each in hashes], bool)


def counting(run: Run, split: str, hashes: Sequence[str]) -> np.ndarray:
    """Return which images of a split count, bool (n,): those that are new, and where none is, all of them."""
    new = are_new(run, split, hashes)
    return new if new.any() else np.ones(len(new), bool)
