"""Options of `train` that say how a run's data are read on this machine, so that an advised command repeats them."""

from pathlib import Path

from classeur.data.table_lines import columns_text
from classeur.run import Run


def data_options(run: Run) -> dict[str, str]:
    """Return the columns, the plan and the older split that a run was trained with, as they are typed here."""
    columns = columns_text(run.columns)
    return {**({"columns": columns} if columns else {}), **{name: _typed(path) for name, path in run.files.items()}}


def _typed(path: str) -> str:
    here = Path.cwd()
    return str(Path(path).relative_to(here) if Path(path).is_relative_to(here) else path)
