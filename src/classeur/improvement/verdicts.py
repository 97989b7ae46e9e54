"""Verdicts: what is wrong with a run, the first that its numbers show, and what to do next.

Each comes with its certainty. `certain`: an interval, a test or a count shows it. `likely`: the numbers have its marks,
and not those of the others.
"""

from collections.abc import Callable, Mapping

from classeur.data.findings import Change, Command, Finding, Severity, Values
from classeur.improvement.accuracies import (
    Right,
    accuracy_values,
    chance_of,
    enough_images,
    is_by_heart,
    read_accuracies,
)
from classeur.improvement.advice import (
    after_a_leak,
    against_collapse,
    against_overfitting,
    against_stillness,
    against_underfitting,
    larger_rate,
    look_at_data,
    smaller_rate,
)
from classeur.improvement.evidence import Evidence
from classeur.improvement.losses import TAIL
from classeur.improvement.weakness import Weakness, lost_class
from classeur.options import OPTIONS

# Validation loss has risen by this share over its lowest value: Prechelt's "generalisation loss" (Neural Networks:
# Tricks of the Trade, 1998) of 5 %.
_LOSS_RISE = 0.05
# The learning rate that Adam is usually given: Kingma, Ba, "Adam" (2015), section 2.
_USUAL_RATE = OPTIONS["learning_rate"].default
# A rate may be too low from this share of the usual one on, if the loss needs so many times the epochs to halve.
_LOW_RATE, _MANY_TIMES = 1 / 3, 3
# A network is dead that gives this share of its training images one answer, after so many epochs at the loss of chance.
_ONE_ANSWER, _FEWEST_STANDING = 0.99, 3


def name_verdict(evidence: Evidence) -> str:
    """Return what is wrong with a run, by the first of these that its numbers show; "fine" if none does.

    What makes the numbers useless comes first (a leak), then what ended the learning, then how far it came.
    """
    train, validation = Right.of(evidence.train), Right.of(evidence.validation)
    reading = read_accuracies(train, validation, chance_of(evidence.train))
    losses = evidence.losses
    if evidence.leak is not None and evidence.leak.is_serious:
        return "leak-suspected"
    if losses.has_diverged:
        return "diverged"
    if _collapsed_class(evidence, reading) is not None:
        return "collapsed"
    if reading in ("chance", "underfitting") and losses.values:
        if _is_rate_high(evidence):
            return "rate-too-high"
        if _is_rate_low(evidence):
            return "rate-too-low"
    if reading == "chance" and _is_dead(evidence):
        return "dead"
    if reading != "chance" and is_by_heart(train, validation, chance_of(evidence.validation)):
        return "chance"
    if reading == "underfitting" and losses.is_falling:
        return "not-converged"
    return reading


def _is_rate_high(evidence: Evidence) -> bool:
    losses = evidence.losses
    return evidence.learning_rate > _USUAL_RATE and (losses.has_leapt or losses.zigzags)


def _is_rate_low(evidence: Evidence) -> bool:
    is_slow = evidence.losses.epochs_to_halve > _MANY_TIMES * len(evidence.losses.values)
    return evidence.learning_rate <= _LOW_RATE * _USUAL_RATE and is_slow


def _is_dead(evidence: Evidence) -> bool:
    """Return whether a network gives all images one answer, and its loss has long stood at that of chance."""
    answers = [sum(column) for column in zip(*evidence.train.confusion, strict=True)]
    gives_one = max(answers) >= _ONE_ANSWER * evidence.train.num_images
    return gives_one and evidence.losses.num_standing >= _FEWEST_STANDING


def _collapsed_class(evidence: Evidence, reading: str) -> Weakness | None:
    """Return a class of which hardly any training image is recognised, unlike the others; None if there is none."""
    lost = lost_class(evidence.train)
    if lost is None:
        return None
    is_rare = 2 * lost.num_images < max(each.num_images for each in evidence.train.per_class.values())
    return lost if is_rare or reading in ("overfitting", "fine") else None


def _leak(evidence: Evidence) -> Finding:
    """Validation images that were trained on."""
    leak = evidence.leak
    assert leak is not None, "named by it"
    values: Values = {
        "num_leaked": leak.num_images,
        "num_validation": leak.num_images + leak.num_other,
        "leaked_accuracy": leak.num_correct / leak.num_images,
        "other_accuracy": leak.num_other_correct / leak.num_other if leak.num_other else None,
        "num_alike": leak.num_alike,
    }
    if leak.difference is not None:
        values.update(zip(("difference", "low", "high"), leak.difference, strict=True))
    # What is alike was found by how it looks, what is equal by its bytes.
    certainty = "certain" if leak.num_alike < leak.num_images else "likely"
    return _finding(evidence, "leak-suspected", "error", {"certainty": certainty, **values}, *after_a_leak(evidence))


def _diverged(evidence: Evidence) -> Finding:
    """The loss ends above that of a network that knows nothing, or is no number."""
    values = {"certainty": "certain", **_rate_values(evidence)}
    return _finding(evidence, "diverged", "error", values, smaller_rate(evidence))


def _rate_too_high(evidence: Evidence) -> Finding:
    """The loss has leapt or jumps, and the training images are not learned."""
    values = {"certainty": "likely", **_rate_values(evidence), **_accuracies(evidence)}
    return _finding(evidence, "rate-too-high", "error", values, smaller_rate(evidence))


def _rate_too_low(evidence: Evidence) -> Finding:
    """The loss falls so slowly that more epochs would not do, at a rate below the usual one."""
    values = {"certainty": "likely", **_rate_values(evidence), **_accuracies(evidence)}
    return _finding(evidence, "rate-too-low", "warning", values, larger_rate(evidence))


def _rate_values(evidence: Evidence) -> Values:
    losses = evidence.losses
    return {
        "learning_rate": evidence.learning_rate,
        "usual_rate": _USUAL_RATE,
        "chance_loss": losses.of_chance,
        "most_loss": _number(losses.most),
        "last_loss": _number(losses.last),
        "num_rises": losses.num_rises,
        "num_epochs": len(losses.values),
        "epochs_to_halve": _number(losses.epochs_to_halve),
    }


def _number(value: float) -> float | None:
    """Return a number that JSON has, or None."""
    return value if abs(value) < float("inf") else None


def _collapsed(evidence: Evidence) -> Finding:
    """One class is hardly ever recognised, not even its training images."""
    lost = lost_class(evidence.train)
    assert lost is not None, "named by it"
    of_validation = evidence.validation.per_class[lost.class_name].recall
    values = {
        "certainty": "certain",
        "class_name": lost.class_name,
        "recall": lost.recall,
        "num_images": lost.num_images,
        "recall_of_others": lost.recall_of_others,
        "p_value": lost.p_value,
        "of_groups": lost.of_groups,
        "validation_recall": None if of_validation is None else of_validation.value,
        "most_images": max(each.num_images for each in evidence.train.per_class.values()),
        "chance": chance_of(evidence.train),
        **_accuracies(evidence),
    }
    return _finding(evidence, "collapsed", "error", values, *against_collapse(evidence))


def _dead(evidence: Evidence) -> Finding:
    """Every image gets one answer, and the loss stands at that of chance."""
    losses = evidence.losses
    values = {
        "certainty": "certain",
        "num_standing": losses.num_standing,
        "num_epochs": len(losses.values),
        "last_loss": losses.last,
        "chance_loss": losses.of_chance,
        **_accuracies(evidence),
    }
    return _finding(evidence, "dead", "error", values, against_stillness(evidence))


def _chance(evidence: Evidence) -> Finding:
    """New images are classified no better than by always predicting the most frequent class."""
    train, chance = Right.of(evidence.train), chance_of(evidence.train)
    by_heart = is_by_heart(train, Right.of(evidence.validation), chance_of(evidence.validation))
    values = {"certainty": "certain", "by_heart": by_heart, **_accuracies(evidence), "chance": chance}
    if by_heart:
        values["validation_chance"] = chance_of(evidence.validation)
    change = look_at_data(evidence) if by_heart else against_stillness(evidence)
    return _finding(evidence, "chance", "error", values, change)


def _overfitting(evidence: Evidence) -> Finding:
    """Training images are classified better than new ones, by more than chance explains."""
    losses = evidence.history.column("val_loss")
    best = min(range(len(losses)), key=losses.__getitem__, default=0)
    risen: Values = {}
    if losses and losses[-1] > (1 + _LOSS_RISE) * losses[best]:
        risen = {"least_loss_epoch": best + 1, "least_loss": losses[best], "last_loss": losses[-1]}
    values = {"certainty": "certain", **_accuracies(evidence), **risen}
    return _finding(evidence, "overfitting", "warning", values, against_overfitting(evidence))


def _not_converged(evidence: Evidence) -> Finding:
    """Even the training images are not classified well, and their loss still falls."""
    losses = evidence.losses
    values = {"certainty": "likely", **_accuracies(evidence), "num_epochs": len(losses.values)}
    if len(losses.values) > TAIL:
        values = {
            **values, "num_tail_epochs": TAIL, "loss_before": losses.values[-1 - TAIL], "last_loss": losses.last,
        }  # fmt: skip
    return _finding(evidence, "not-converged", "warning", values, against_underfitting(evidence))


def _underfitting(evidence: Evidence) -> Finding:
    """Even the training images are not classified well, and their loss no longer falls."""
    values = {"certainty": "certain", **_accuracies(evidence)}
    return _finding(evidence, "underfitting", "warning", values, against_underfitting(evidence))


def _too_few(evidence: Evidence) -> Finding:
    """The images are too few for a verdict; gives how many of this accuracy would suffice."""
    train, validation, chance = Right.of(evidence.train), Right.of(evidence.validation), chance_of(evidence.train)
    num_train, num_validation = enough_images(train, validation, chance)
    numbers: Values = {"num_train": num_train, "num_validation": num_validation}
    of_groups = (train.of_groups or validation.of_groups) is not None
    change = Change(code="more-images", values={**numbers, "of_groups": of_groups})
    is_above = train.is_above(chance)
    values = {"certainty": "certain", **_accuracies(evidence), "chance": chance, "is_above_chance": is_above}
    return _finding(evidence, "too-few", "warning", values, change)


def _fine(evidence: Evidence) -> Finding:
    """None of the verdicts above."""
    look = Change(code="look", command=Command(verb="evaluate", arguments=(evidence.run,)))
    # Where nothing is wrong there is nothing to look at.
    changes = () if evidence.validation.accuracy.value == 1 else (look,)
    return _finding(evidence, "fine", "note", {"certainty": "likely", **_accuracies(evidence)}, *changes)


def _accuracies(evidence: Evidence) -> Values:
    return accuracy_values(Right.of(evidence.train), Right.of(evidence.validation))


def _finding(evidence: Evidence, code: str, severity: Severity, values: Values, *changes: Change) -> Finding:
    return Finding(code=code, severity=severity, subject=evidence.run, values=values, changes=changes)


# `name_verdict` chooses one of these.
VERDICTS: Mapping[str, Callable[[Evidence], Finding]] = {
    "leak-suspected": _leak,
    "diverged": _diverged,
    "collapsed": _collapsed,
    "rate-too-high": _rate_too_high,
    "rate-too-low": _rate_too_low,
    "dead": _dead,
    "chance": _chance,
    "overfitting": _overfitting,
    "not-converged": _not_converged,
    "underfitting": _underfitting,
    "too-few": _too_few,
    "fine": _fine,
}
