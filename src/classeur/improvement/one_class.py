"""The diagnosis of a run of one class: what its validation says, and what it cannot say."""

from classeur.data.findings import Change, Command, Finding
from classeur.evaluation.scoring import Score
from classeur.improvement.diagnosis import Diagnosis
from classeur.training.facts import UNLIKE


def diagnose_one_class(validation: Score, *, run: str) -> Diagnosis:
    """Return the findings about a finished run of one class: how many images like the known are called so.

    Args:
        validation: of the run.
        run: its path as the user typed it, for the advised command.
    """
    known = next(name for name in validation.per_class if name != UNLIKE)
    values = {
        "num_validation": validation.num_images,
        "accuracy": validation.accuracy.value,
        "low": validation.accuracy.low,
        "high": validation.accuracy.high,
    }
    measure = Change(
        code="measure-unlike",
        values={"folders": [known, UNLIKE]},
        command=Command(verb="evaluate", arguments=(run,), options={"data": "DIR"}),
    )
    finding = Finding(code="one-class-known", severity="note", subject=known, values=values, changes=(measure,))
    return Diagnosis(verdict=finding.code, findings=(finding,))
