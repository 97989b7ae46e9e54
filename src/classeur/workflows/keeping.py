"""Older splits that are kept: their file, and by what their groups were made."""

from pathlib import Path

from classeur.delivery.progress import Reporter
from classeur.run import Run
from classeur.training.facts import read_facts


def kept_file(keep: Path | str | None) -> Path | None:
    """Return the file of an older split: the one that is named, or the split.csv of a run."""
    if keep is None:
        return None
    path = Path(keep)
    return Run(path).split_path if path.is_dir() else path


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
    run = Run(keep.parent)
    if keep.name != run.split_path.name or not run.facts_path.is_file():
        return None
    recorded = read_facts(run).recipe.split.group_by
    if recorded is not None:
        reporter.say(f"groups are kept whole by {recorded}, as in {run.path}")
    return recorded
