"""Findings: the results of inspection and diagnosis, as values. Only `delivery.words` turns them into sentences."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning", "note"]
Values = dict[str, Any]  # JSON's types: numbers, strings for paths and names, lists of these


class Command(BaseModel):
    """A classeur command in its parts, as the command line and the Python function of that name take them.

    >>> Command(verb="evaluate", arguments=("runs/a",), options={"split": "test"}).verb
    'evaluate'
    """

    model_config = ConfigDict(frozen=True)

    verb: str
    arguments: tuple[str, ...] = ()
    options: Values = {}  # with `_`, as in Python; True is a flag


class Change(BaseModel):
    """What to do about a finding: a change of the recipe, a command, or manual work, which `code` names."""

    model_config = ConfigDict(frozen=True)

    code: str  # stable, kebab case: `remove-copies`, `add-augmentation`
    options: Values = {}  # options of `train` that it changes, and their new values
    command: Command | None = None  # the complete command that does it
    values: Values = {}  # further numbers for its sentence: cost, counts


DROPPING = (Change(code="drop-leaks", options={"drop_leaks": True}),)
"""What a training can do about validation images that belong with training."""


class Finding(BaseModel):
    """One fact worth knowing, with its numbers, and what to do about it.

    >>> copy = Finding(code="duplicate", severity="warning", subject="a.jpg", values={"paths": ["a.jpg", "b.jpg"]})
    >>> len(copy.values["paths"]), copy.changes
    (2, ())
    """

    model_config = ConfigDict(frozen=True)

    code: str  # stable, for scripts: kebab case
    severity: Severity
    subject: str  # a path, a class, a split, or the run
    values: Values = {}  # what was found
    changes: tuple[Change, ...] = ()  # the most useful first
