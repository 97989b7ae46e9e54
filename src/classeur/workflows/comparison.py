"""`compare`: runs side by side, on the images that they share."""

from collections.abc import Sequence
from pathlib import Path

from classeur.delivery.plots import plot_comparison
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import UsageError
from classeur.evaluation.scoring import Evaluation
from classeur.improvement.comparison import Comparison, Judged
from classeur.improvement.comparison import compare as compare_judged
from classeur.run import Run
from classeur.training.facts import finished_facts
from classeur.training.history import History


def compare(
    runs: Sequence[Run | Path | str], *, picture: Path | str | None = None, reporter: Reporter | None = None
) -> Comparison:
    """Return runs side by side, judged on the validation images that they share.

    Args:
        runs: two or more finished runs.
        picture: where the curves of all of them are plotted; not plotted if None.
        reporter: where warnings are shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    if isinstance(runs, Run | Path | str):
        runs = [runs]
    opened = [Run.open(run) for run in runs]
    if len(opened) < 2:
        raise UsageError(f"compare needs two runs or more, not {len(opened)}; give them as a list")
    comparison = compare_judged([_judged(run) for run in opened])
    if len(comparison.pairs) < len(opened) - 1:
        reporter.warn("some runs share no validation image with the first: their accuracies are of different images")
    if picture is not None:
        histories = [(str(run.path), History.from_rows(run.read_table(run.history_path))) for run in opened]
        plot_comparison(histories, Path(picture))
    return comparison


def _judged(run: Run) -> Judged:
    facts = finished_facts(run)
    result = run.read(run.evaluation_path, Evaluation).splits["validation"]
    rows = [row for row in run.read_table(run.predictions_path) if row["split"] == "validation"]
    correct = {(row["hash"], row["label"]): row["label"] == row["predicted"] for row in rows}
    return Judged(str(run.path), result, correct, options=facts.recipe.flat())
