"""Options of `train` that say how a run's data are read on this machine, so that an advised command repeats them."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from classeur.data.splitting import anew, dividing_words, without_given
from classeur.data.table_lines import columns_text
from classeur.errors import BrokenRunError
from classeur.run import Run


def data_options(run: Run) -> dict[str, str]:
    """Return the columns, the plan and the older split that a run was trained with, as they are typed here."""
    columns = columns_text(run.columns)
    return {**({"columns": columns} if columns else {}), **{name: _typed(path) for name, path in run.files.items()}}


def dividing_anew(run: Run, num_folds: int | None = None) -> str:
    """Return how the data of a run are divided anew, or those of a cross-validation into folds, as it is typed here."""
    data = "DATA"
    with suppress(BrokenRunError):  # not known here: a person fills it in
        data = _typed(str(run.data))
    facts = run.read_json(run.folds_path if run.holds_folds else run.facts_path)
    group_by = facts.get("recipe", {}).get("split", {}).get("group_by")
    options: dict[str, Any] = {"folds": num_folds, "group_by": group_by, **data_options(run)}
    # Where an older split was kept, the data name none.
    is_kept = options.pop("keep_split", None) is not None
    return dividing_words(without_given(data, **options) if is_kept else anew("divide-anew", data, **options))


def _typed(path: str) -> str:
    here = Path.cwd()
    return str(Path(path).relative_to(here) if Path(path).is_relative_to(here) else path)
