"""The files of a run that a report reads, each checked: what is damaged is named; and the files that it may replace."""

import itertools
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import isclose
from pathlib import Path

import numpy as np

from classeur.data.findings import Change, Command, Finding
from classeur.delivery.progress import Reporter
from classeur.delivery.report import Answered, CurvePoint, Report
from classeur.delivery.report_text import Language
from classeur.errors import BrokenRunError, StorageError
from classeur.estimate import Estimate
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run
from classeur.training.facts import RunFacts, finished_facts
from classeur.untrusted import read_json

# Points of the curve of errors by answers.
_NUM_POINTS = 200
# Where a page says what made it, and what it says there.
_HEAD_BYTES, _MADE_BY = 4096, b'<meta name="generator" content="classeur">'
# By how much an end of an interval may be beyond what it is of, by rounding.
_ROUNDING = 1e-9
# Commands whose arguments are runs; those of others are data.
_ON_RUNS = frozenset(("compare", "evaluate", "explain", "export", "predict", "report", "summary"))
# Options and values that name a run, and options that name a file.
_RUN_OPTIONS, _FILE_OPTIONS = ("out", "from_run"), ("exclude", "keep_split")
_RUN_VALUES = ("earlier", "beside")


def check_report_place(page: Path, facts: Path | None) -> None:
    """Check that a page, and the facts beside it, replace nothing but what classeur wrote.

    Raises:
        StorageError: if another file is there.
    """
    for path, is_own in ((page, _is_page), (facts, _is_facts)):
        if path is not None and path.exists() and not is_own(path):
            raise StorageError(
                f"{path} is not a report of classeur; name another place with --to, or replace it with --overwrite"
            )


def _is_page(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return _MADE_BY in file.read(_HEAD_BYTES)
    except OSError:
        return False


def _is_facts(path: Path) -> bool:
    try:
        facts = read_json(path)
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and {"runs", "comparison"} <= facts.keys() <= Report.model_fields.keys()


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Name a file whose content cannot be used.

    Raises:
        BrokenRunError: if it cannot.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BrokenRunError(f"{path} is damaged; train again with --overwrite, or copy the whole run again") from error


def sound_facts(run: Run) -> RunFacts:
    """Return run.json of a run that has a model.

    Raises:
        RunError: as `finished_facts` does; if the machine is described by something else than numbers, too.
    """
    facts = finished_facts(run)
    with _reading(run.facts_path):
        float(facts.machine.get("memory_gib", 0))
        int(facts.machine.get("processors", 1))
    return facts


def sound_evaluation(run: Run, facts: RunFacts) -> Evaluation:
    """Return the scores of a run.

    Raises:
        BrokenRunError: if they are not of its classes, or no scores.
    """
    evaluation = run.read(run.evaluation_path, Evaluation)
    splits = evaluation.splits
    bad = next((name for name, each in splits.items() if not _is_sound(each, facts.class_names)), None)
    if bad is not None or "validation" not in splits:
        wrong = f"is damaged: its score of {bad} has other classes than the run, or shares that cannot be"
        what = "has no score of validation" if bad is None else wrong
        raise BrokenRunError(
            f"{run.evaluation_path} {what}; run: classeur evaluate {shlex.quote(str(run.path))} --split"
            f" {bad or 'validation'}, or copy the whole run again"
        )
    return evaluation


def _is_sound(score: Score, class_names: tuple[str, ...]) -> bool:
    """Return whether numbers are shares, fit each other, and are of these classes."""
    classes = score.per_class
    shape = {len(score.confusion), *map(len, score.confusion)}
    shares = [score.accuracy, score.balanced_accuracy, score.auroc, *score.by_group.values()]
    shares += [share for each in classes.values() for share in (each.recall, each.precision, each.f1, each.auroc)]
    return (
        tuple(classes) == class_names
        and shape == {len(class_names)}
        and score.num_correct == sum(row[number] for number, row in enumerate(score.confusion))
        and isclose(score.accuracy.value, score.num_correct / score.num_images, abs_tol=_ROUNDING)
        and score.loss.value >= 0
        and all(_is_share(each) for each in shares if each is not None)
    )


def _is_share(estimate: Estimate) -> bool:
    return _is_range(0.0, estimate.low, estimate.value, estimate.high, 1.0)


def _is_range(*ends: float) -> bool:
    """Return whether numbers rise; false of what is no number."""
    return all(low <= high + _ROUNDING for low, high in itertools.pairwise(ends))


def told_diagnosis(run: Run, language: Language, reporter: Reporter) -> Diagnosis:
    """Return a run's diagnosis, whose commands do not say where anything lies.

    Args:
        run: whose it is.
        language: that it is told in; advice without a sentence, as of an older classeur, is left out.
        reporter: where it is said what is left out.

    Raises:
        BrokenRunError: if there is no sentence for a finding.
    """
    diagnosis = run.read(run.diagnosis_path, Diagnosis)
    with _reading(run.diagnosis_path):
        own = diagnosis.findings[0].subject
        found = []
        for each in diagnosis.findings:
            language.evidence(each)
            known = tuple(change for change in each.changes if _is_known(change, each, language))
            for change in each.changes:
                if change not in known:
                    reporter.warn(f"{run.diagnosis_path} advises '{change.code}', which is not known here; left out")
            found.append(_without_places(each.model_copy(update={"changes": known}), own))
    return diagnosis.model_copy(update={"findings": tuple(found)})


def _is_known(change: Change, finding: Finding, language: Language) -> bool:
    with suppress(LookupError, TypeError, ValueError):
        language.advice(finding.model_copy(update={"changes": (change,)}))
        return True
    return False


def _without_places(finding: Finding, own: str) -> Finding:
    """Return a finding with runs as `RUNS/NAME`, and with `DATA` for the data, however they were typed."""
    values = {
        name: f"RUNS/{Path(value).name}" if name in _RUN_VALUES and value else value
        for name, value in finding.values.items()
    }
    changes = tuple(
        each if each.command is None else each.model_copy(update={"command": _placeless(each.command)})
        for each in finding.changes
    )
    is_run = finding.subject == own or finding.subject == finding.values.get("earlier")
    subject = Path(finding.subject).name or finding.subject if is_run else finding.subject
    return finding.model_copy(update={"subject": subject, "values": values, "changes": changes})


def _placeless(command: Command) -> Command:
    if command.verb in _ON_RUNS:
        arguments = tuple(f"RUNS/{Path(each).name}" for each in command.arguments)
    else:
        arguments = tuple("DATA" for _ in command.arguments)
    options = {
        name: f"RUNS/{Path(value).name}"
        if name in _RUN_OPTIONS and value
        else name.upper()
        if name in _FILE_OPTIONS and value
        else value
        for name, value in command.options.items()
    }
    return command.model_copy(update={"arguments": arguments, "options": options})


def curve_points(run: Run, evaluation: Evaluation) -> tuple[CurvePoint, ...]:
    """Return a run's accuracies by number of training images; none if they were not measured.

    Raises:
        BrokenRunError: if they are damaged.
    """
    if not run.learning_curve_path.exists():
        return ()
    num_images = evaluation.splits["validation"].num_images
    rows = run.read_table(run.learning_curve_path)
    with _reading(run.learning_curve_path):
        points = tuple(
            CurvePoint(
                num_images=int(row["num_images"]),
                accuracy=Estimate(
                    value=float(row["val_accuracy"]),
                    low=float(row["val_low"]),
                    high=float(row["val_high"]),
                    method="learning curve",
                    n=num_images,
                ),
            )
            for row in rows
        )
        # Its interval is of other trainings too: it need not hold what these few had.
        ends = [(each.accuracy.low, each.accuracy.high, each.accuracy.value) for each in points]
        if not all(_is_range(0, low, high, 1) and _is_range(0, value, 1) for low, high, value in ends):
            raise ValueError("no shares")
    return points


def risk_points(run: Run) -> tuple[Answered, ...]:
    """Return a run's errors by share of images that are answered, some 200; none if they were not measured.

    Raises:
        BrokenRunError: if they are damaged.
    """
    if not run.risk_coverage_path.exists():
        return ()
    rows = run.read_table(run.risk_coverage_path)
    places = np.unique(np.linspace(0, len(rows) - 1, min(_NUM_POINTS, len(rows))).astype(int))
    with _reading(run.risk_coverage_path):
        points = tuple(Answered(coverage=float(rows[at]["coverage"]), error=float(rows[at]["error"])) for at in places)
        if not all(_is_range(0, value, 1) for each in points for value in (each.coverage, each.error)):
            raise ValueError("no shares")
    return points
