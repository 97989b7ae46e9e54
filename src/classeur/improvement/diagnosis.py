"""Diagnosis: is a run overfitting, underfitting, stuck at chance or none of these; by which numbers; what to try next.

Judged on images as they are: the score of the training images without augmentation and dropout, beside that of the
validation images. The curves alone mislead: with augmentation, training accuracy is measured on harder pictures.
"""

import shlex
from collections.abc import Callable
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from classeur.data.findings import Finding
from classeur.evaluation.intervals import difference_interval
from classeur.evaluation.scoring import Evaluation, Score
from classeur.options import OPTIONS
from classeur.training.history import History
from classeur.training.recipe import Recipe

# A gap below this many points is not worth a change, however certain.
_GAP = 0.05
# Validation loss that has risen by this share over its least: Prechelt's "generalisation loss" (Neural Networks:
# Tricks of the Trade, 1998) of 5 %.
_LOSS_RISE = 0.05
# Training accuracy below which a network has not learned its own images.
_UNDERFIT = 0.9
# Epochs over which "still rising" is judged.
_TAIL = 3


class Diagnosis(BaseModel):
    """What is to be said of a run, the verdict first."""

    model_config = ConfigDict(frozen=True)

    verdict: str  # overfitting, underfitting, chance, fine
    findings: tuple[Finding, ...]

    def paragraph(self) -> str:
        """Return the findings as one paragraph: what was seen, then what to do, the verdict's advice last."""
        verdict, *others = self.findings
        words = [finding.evidence for finding in self.findings]
        words += [finding.advice for finding in (*others, verdict) if finding.advice]
        return " ".join(words)


class Evidence(NamedTuple):
    """What a check looks at."""

    recipe: Recipe
    history: History
    train: Score
    validation: Score
    num_classes: int
    run: str  # as a person would type its path
    data: str


def diagnose(
    recipe: Recipe, history: History, evaluation: Evaluation, *, run: str = "RUN", data: str = "DATA"
) -> Diagnosis:
    """Return what is to be said of a finished run.

    Args:
        recipe: what it was asked for.
        history: at least one epoch.
        evaluation: with the scores of `train` and `validation`.
        run, data: as a person would type their paths, for the commands that are advised.
    """
    evidence = Evidence(
        recipe,
        history,
        evaluation.splits["train"],
        evaluation.splits["validation"],
        len(evaluation.class_names),
        run,
        data,
    )
    verdict = next(finding for check in VERDICTS if (finding := check(evidence)))
    learned = verdict.code in ("overfitting", "fine")
    others = [finding for check in REMARKS if (learned or check is not _weak_class) and (finding := check(evidence))]
    return Diagnosis(verdict=verdict.code, findings=(verdict, *others))


def _chance(evidence: Evidence) -> Finding | None:
    """Stuck: no better than always naming the most frequent class, on its own training images."""
    counts = [score.num_images for score in evidence.train.per_class.values()]
    chance = max(counts) / sum(counts)
    if evidence.train.low > chance:
        return None
    return Finding(
        code="chance",
        severity="error",
        subject=evidence.run,
        evidence=f"This run is stuck at chance: it gets {_accuracy(evidence.train)} of its own training images right,"
        f" where always naming the most frequent class gives {chance:.1%}.",
        advice="Nothing was learned yet. Try a smaller learning rate and more epochs: "
        + _command(
            evidence,
            learning_rate=_third(evidence.recipe.optimisation.learning_rate),
            epochs=2 * evidence.recipe.optimisation.epochs,
        ),
    )


def _overfitting(evidence: Evidence) -> Finding | None:
    """Training images are known better than new ones, by more than chance explains."""
    train, validation = evidence.train, evidence.validation
    gap = train.accuracy - validation.accuracy
    low, high = difference_interval(
        (train.num_correct, train.num_images), (validation.num_correct, validation.num_images)
    )
    if low <= 0 or gap < _GAP:
        return None
    words = (
        f"This run is overfitting: it gets {_accuracy(train)} of the training images right but {_accuracy(validation)}"
        f" of the validation images, a gap of {100 * gap:.1f} points (95 %: {100 * low:.1f} … {100 * high:.1f})."
    )
    losses = evidence.history.column("val_loss")
    best = min(range(len(losses)), key=losses.__getitem__)
    if losses[-1] > (1 + _LOSS_RISE) * losses[best]:
        words += (
            f" Validation loss was least in epoch {best + 1} ({losses[best]:.3f}) and has risen to {losses[-1]:.3f}."
        )
    return Finding(
        code="overfitting",
        severity="warning",
        subject=evidence.run,
        evidence=words,
        advice=_against_overfitting(evidence),
    )


def _against_overfitting(evidence: Evidence) -> str:
    recipe = evidence.recipe
    if recipe.augmentation.is_identity:
        changes = {"augment": "all", "dropout": recipe.network.dropout or 0.2}
        return f"Show it more varied pictures: {_command(evidence, **changes)}"
    if not recipe.network.dropout:
        return f"Add dropout to the augmentation: {_command(evidence, dropout=0.2)}"
    if recipe.optimisation.keep == "last":
        return f"Keep the best epoch and stop when it gets no better: {_command(evidence, keep='best', stop_early=5)}"
    return "Augmentation and dropout are on already: more photographs would help most."


def _underfitting(evidence: Evidence) -> Finding | None:
    """Even its own training images are not known well."""
    if evidence.train.accuracy >= _UNDERFIT:
        return None
    losses = evidence.history.column("loss")
    falling = len(losses) <= _TAIL or losses[-1] < min(losses[:-_TAIL])
    words = (
        f"This run is underfitting: it gets only {_accuracy(evidence.train)} of its own training images right, and"
        f" {_accuracy(evidence.validation)} of the validation images, so the two do not drift apart."
    )
    if falling and len(losses) > _TAIL:
        before = losses[-1 - _TAIL]
        words += f" Training loss is still falling ({before:.3f} → {losses[-1]:.3f} over the last {_TAIL} epochs)."
    if falling or evidence.recipe.network.dropout or not evidence.recipe.augmentation.is_identity:
        advice = f"Train longer: {_command(evidence, epochs=2 * evidence.recipe.optimisation.epochs)}"
    else:
        third = _third(evidence.recipe.optimisation.learning_rate)
        advice = f"Try another learning rate: {_command(evidence, learning_rate=third)}"
    return Finding(code="underfitting", severity="warning", subject=evidence.run, evidence=words, advice=advice)


def _fine(evidence: Evidence) -> Finding:
    """Nothing of the above."""
    gap = 100 * (evidence.train.accuracy - evidence.validation.accuracy)
    return Finding(
        code="fine",
        severity="note",
        subject=evidence.run,
        evidence=f"This run shows neither overfitting nor underfitting: {_accuracy(evidence.train)} of the training"
        f" images and {_accuracy(evidence.validation)} of the validation images are right ({gap:+.1f} points).",
        advice=f"Look at what it still gets wrong: classeur evaluate {shlex.quote(evidence.run)}",
    )


def _uncertain(evidence: Evidence) -> Finding | None:
    """Few validation images leave the accuracy uncertain."""
    score = evidence.validation
    half = 100 * (score.high - score.low) / 2
    if half < 2:
        return None
    return Finding(
        code="uncertain",
        severity="note",
        subject=evidence.run,
        evidence=f"{score.num_images:,} validation images leave its accuracy uncertain by ±{half:.1f} points (95 %):"
        " smaller differences between two runs are not worth reading.",
        advice="",
    )


def _weak_class(evidence: Evidence) -> Finding | None:
    """One class fares much worse than the model as a whole."""
    score = evidence.validation
    name, worst = min(score.per_class.items(), key=lambda item: item[1].recall)
    num_right = round(worst.recall * worst.num_images)
    if not worst.num_images or num_right == score.num_correct:
        return None
    low, _ = difference_interval(
        (score.num_correct - num_right, score.num_images - worst.num_images), (num_right, worst.num_images)
    )
    if low <= 0.05:
        return None
    return Finding(
        code="weak-class",
        severity="note",
        subject=name,
        evidence=f"Of the {name}, only {worst.recall:.1%} of {worst.num_images:,} are recognised.",
        advice="More photographs of this class help most.",
    )


# The first that holds is the verdict; `_fine` always does.
VERDICTS: tuple[Callable[[Evidence], Finding | None], ...] = (_chance, _overfitting, _underfitting, _fine)
# A new remark is a function, and a place here.
REMARKS: tuple[Callable[[Evidence], Finding | None], ...] = (_weak_class, _uncertain)


def _accuracy(score: Score) -> str:
    return f"{score.accuracy:.1%}"


def _third(learning_rate: float) -> float:
    """Return a third of it, as a person would type it."""
    return float(f"{learning_rate / 3:.2g}")


def _command(evidence: Evidence, **changes: object) -> str:
    """Return the command that repeats the run with changes."""
    options = {name: value for name, value in evidence.recipe.options().items() if name not in changes}
    if "augment" in changes:
        options = {name: value for name, value in options.items() if OPTIONS[name].part != "augmentation"}
    words = []
    for name, value in {**options, **changes}.items():
        flag = f"--{name.replace('_', '-')}"
        shown = (
            "x".join(map(str, value))
            if isinstance(value, tuple)
            else f"{value:g}"
            if isinstance(value, float)
            else value
        )
        words.append(flag if value is True else f"{flag} {shown}")
    data, out = shlex.quote(evidence.data), shlex.quote(f"{evidence.run}-2")
    return " ".join(["classeur train", data, "--out", out, *words])
