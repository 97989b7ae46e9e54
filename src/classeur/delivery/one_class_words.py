"""Sentences about a training on one class."""

from collections.abc import Mapping

from classeur.data.findings import Finding
from classeur.delivery.wording import Words, command_line, counted, limit


def fitted_score(num_images: int, num_features: int, *, false_alarms: float) -> str:
    """Return what was fitted, and how many false alarms to expect."""
    return (
        f"a score of how unlike {counted(num_images, 'image')} another is, on {num_features:,} features; its threshold,"
        f" for {limit(false_alarms)} of false alarms, was found on training images that were held out"
    )


def few_images(num_images: int, *, needed: int, asked: float, promised: float) -> str:
    """Return that the images are too few for the share of false alarms that was asked for."""
    return (
        f"{counted(num_images, 'training image')} cannot promise false alarms as rare as {limit(asked)}: expect"
        f" {limit(promised)} or more, or add images until there are {needed:,} to train on"
    )


def _one_class(finding: Finding) -> str:
    name, values = finding.subject, finding.values
    return (
        f"Of {counted(values['num_validation'], 'validation image')} of {name}, {values['accuracy']:.1%} are called"
        f" {name} (95 %: {values['low']:.1%} … {values['high']:.1%}); the rest are false alarms. This says nothing yet"
        f" about what is unlike {name}: no such image was there."
    )


def _measure_unlike(finding: Finding) -> str:
    (change,) = finding.changes
    assert change.command is not None
    known, unlike = change.values["folders"]
    return (
        f"Put images of both into the folders {known} and {unlike} of a folder DIR, and measure it:"
        f" {command_line(change.command)}"
    )


ONE_CLASS_WORDS: Mapping[str, Words] = {"one-class-known": Words(_one_class, _measure_unlike)}
