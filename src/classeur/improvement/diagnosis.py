"""Diagnosis: what is wrong with a run; by which numbers, how certain; what to try next.

It compares the score on the training images, without augmentation and dropout, with that on the validation images. The
curves alone mislead: with augmentation, training accuracy is measured on harder images. The findings are values;
`delivery` has the sentences.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from classeur.data.findings import Command, Finding
from classeur.evaluation.learning_curve import LearningCurve
from classeur.evaluation.scoring import Evaluation
from classeur.improvement.comparison import Judged
from classeur.improvement.earlier import best_of, better_earlier
from classeur.improvement.evidence import Evidence, free_run, next_run
from classeur.improvement.leaks import Leak
from classeur.improvement.remarks import REMARKS, TRANSFERS
from classeur.improvement.verdicts import VERDICTS, name_verdict
from classeur.training.history import History
from classeur.training.recipe import Recipe


class Diagnosis(BaseModel):
    """The findings about a run, the verdict first."""

    model_config = ConfigDict(frozen=True)

    verdict: str  # one of `VERDICTS`
    findings: tuple[Finding, ...]

    @property
    def next_command(self) -> Command | None:
        """The one command to run next: a transfer where that is advised, which helps most, else the verdict's."""
        findings = sorted(self.findings, key=lambda finding: finding.code not in TRANSFERS)
        return next((change.command for each in findings for change in each.changes if change.command), None)


def diagnose(
    recipe: Recipe,
    history: History,
    evaluation: Evaluation,
    *,
    run: str = "RUN",
    data: str = "DATA",
    taken: Collection[str] = (),
    from_run: str | None = None,
    data_options: Mapping[str, str] = MappingProxyType({}),
    correct: Judged | None = None,
    earlier: Sequence[Judged] = (),
    transferred: Sequence[Judged] = (),
    leak: Leak | None = None,
    num_folds: int | None = None,
    curve: LearningCurve | None = None,
) -> Diagnosis:
    """Return the findings about a finished run.

    Args:
        recipe: of the run.
        history: at least one epoch, if there are epochs at all.
        evaluation: with the scores of `train` and `validation`.
        run, data: their paths as the user typed them, for the advised commands.
        taken: names that already exist in the run's folder.
        from_run: the path of the run whose weights it started with.
        data_options: of `train`, that say how the data are read on this machine: columns, exclude, keep_split.
        correct: the run's validation, image by image, for the comparison with earlier runs.
        earlier: runs of the same data, before this one.
        transferred: those among them, or what was just measured on kept features, that learned a head on a pretrained
            network; one without a name is no run. Nothing is made up where there is none.
        leak: the validation images that were trained on; not looked for if None.
        num_folds: of the cross-validation whose fold the run is; None of any other run.
        curve: accuracy by number of training images, where there are no epochs.
    """
    evidence = Evidence(
        recipe,
        history,
        evaluation.splits["train"],
        evaluation.splits["validation"],
        run,
        data,
        next_run(run, taken),
        from_run,
        free_run(run, "transfer", taken),
        data_options,
        curve,
        leak,
        num_folds,
        best_of(correct, transferred) if correct is not None else None,
    )
    verdict = VERDICTS[name_verdict(evidence)](evidence)
    findings = [verdict, *(finding for remark in REMARKS if (finding := remark(evidence, verdict.code)))]
    better = better_earlier(correct, earlier) if correct is not None else None
    if better is not None and better.subject not in [each.values.get("beside") for each in findings]:
        findings.append(better)
    return Diagnosis(verdict=verdict.code, findings=tuple(findings))
