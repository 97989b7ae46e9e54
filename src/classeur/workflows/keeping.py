"""Older splits that are kept: their file, and by what their groups were made."""

from pathlib import Path

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.kept_split import Kept
from classeur.data.table_lines import run_of
from classeur.delivery.progress import Reporter
from classeur.run import Run
from classeur.training.facts import FoldsFacts, read_facts


def kept_file(keep: Path | str | None) -> Path | None:
    """Return the file of an older split: the one that is named, or that of a run or of a cross-validation."""
    if keep is None:
        return None
    path = Path(keep)
    if not path.is_dir():
        return path
    run = Run(path)
    return run.fold_table_path if run.holds_folds else run.split_path


def grouping_to_keep(group_by: str | None, keep: Path | None, reporter: Reporter) -> str | None:
    """Return by what images are grouped: as asked for, else as the run of an older split records it.

    Args:
        group_by: as asked for.
        keep: the file of the older split. One of `split` records nothing.
        reporter: where it is said what is taken over.

    Raises:
        BrokenRunError: if the run is damaged.
    """
    if group_by is not None or keep is None:
        return group_by
    run = run_of(keep)
    if run is None:
        return None
    recorded = (run.read(run.folds_path, FoldsFacts) if run.holds_folds else read_facts(run)).recipe.split.group_by
    if recorded is not None:
        reporter.say(f"groups are kept whole by {recorded}, as in {run.path}")
    return recorded


def say_vain_shares(option: str, folder: ImageFolder, kept: Kept, keep: Path | str, reporter: Reporter) -> None:
    """Say that shares which are asked for change nothing where an older split leaves nothing to divide."""
    if all(kept.splits[row] for row in np.flatnonzero(folder.usable).tolist()):
        reporter.warn(f"{option} changes nothing: no image is new, and all others stay where they are in {keep}")
