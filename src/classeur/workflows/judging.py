"""A new model, judged on the images of its training and validation, with a diagnosis."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from classeur.delivery.diagnosis import write_diagnosis
from classeur.estimate import Estimate
from classeur.evaluation.learning_curve import LearningCurve
from classeur.evaluation.scoring import Evaluation
from classeur.images.pixels import Pixels
from classeur.improvement.comparison import Judged as JudgedRun
from classeur.improvement.diagnosis import diagnose
from classeur.improvement.leaks import leak_of
from classeur.improvement.one_class import diagnose_one_class
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.history import History
from classeur.training.logits import of_each_class
from classeur.workflows.comparison import earlier_runs, judged_validation, names_beside, transfers, whole_validation
from classeur.workflows.counting import counting, leaks_of
from classeur.workflows.data_options import data_options
from classeur.workflows.judged import Judged, labels_of, rows_of
from classeur.workflows.recording import forget, record


def judge_run(
    run: Run,
    facts: RunFacts,
    pixels: Mapping[str, Pixels],
    logits: Mapping[str, np.ndarray],
    *,
    data: Path | str,
    curve: LearningCurve | None = None,
    transfer: JudgedRun | None = None,
) -> Estimate:
    """Score a new model on its splits, write the results and the diagnosis, and return its validation accuracy.

    Args:
        run: whose files are written; its model is saved.
        facts: of the run, after this training.
        pixels: of `train` and `validation`.
        logits: of the model on each of them, float (n, classes), or (n, 1) of two classes.
        data: its path as the user typed it, for the advised commands.
        curve: accuracy by number of training images, where there are no epochs.
        transfer: what a head on kept features makes of the same images, if it was tried.
    """
    evaluation = Evaluation(class_names=facts.class_names, splits={})
    forget(run)
    for name, of_split in pixels.items():
        rows = rows_of(run, name)
        labels = labels_of(rows, facts.class_names)
        counts = counting(run, name, [row["hash"] for row in rows])
        judged = Judged(name, rows, labels, _of_classes(logits[name]), of_split, counts)
        evaluation = record(run, judged, judged.score(facts.class_names), evaluation)
    validation = evaluation.splits["validation"]
    history = History.from_rows(run.read_table(run.history_path)) if run.history_path.exists() else History()
    if facts.one_class:
        write_diagnosis(run, diagnose_one_class(validation, run=_as_typed(run)), data=str(data))
    elif history.epochs or facts.backbone is not None:
        correct, earlier = judged_validation(run, facts), earlier_runs(run, facts)
        trained_on = {row["hash"] for row in rows_of(run, "train")}
        diagnosis = diagnose(
            facts.recipe,
            history,
            evaluation,
            run=_as_typed(run),
            data=str(data),
            data_options=data_options(run),
            taken=names_beside(run),
            from_run=None if facts.from_run is None else str(run.path.parent / facts.from_run),
            correct=correct,
            earlier=earlier,
            transferred=[] if facts.backbone is not None else transfers(earlier) or ([transfer] if transfer else []),
            leak=leak_of(whole_validation(run, facts), trained_on, _leaking(run)),
            num_folds=_num_folds(run),
            curve=curve,
        )
        write_diagnosis(run, diagnosis, data=str(data))
    return validation.accuracy


def _leaking(run: Run) -> set[tuple[str, str]]:
    """Return the validation images that belong with one in training, by content hash and label."""
    return {(row["hash"], row["label"]) for row in leaks_of(run, "validation")}


def _num_folds(run: Run) -> int | None:
    """Return the number of folds of the cross-validation whose fold a run is; None of any other run."""
    of_folds = Run(run.path.resolve().parent)
    return of_folds.read_json(of_folds.folds_path).get("num_folds") if of_folds.holds_folds else None


def _as_typed(run: Run) -> str:
    """Return a run's path for a command; `.` and `..` say nothing in another place."""
    return str(run.path if run.path.name not in ("", "..") else run.path.resolve())


def _of_classes(logits: np.ndarray) -> np.ndarray:
    """Return logits with a column for each class, in the precision in which they were computed."""
    return of_each_class(logits) if logits.shape[1] == 1 else logits
