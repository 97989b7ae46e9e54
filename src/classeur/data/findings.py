"""Findings: what inspection and diagnosis have to say, as values. Words are made of them in `delivery.words` alone."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning", "note"]
Values = dict[str, Any]  # JSON's types: numbers as numbers, paths and names as texts, lists of these


class Command(BaseModel):
    """A command of classeur's in its parts, as the command line and the Python call of that name take them.

    >>> Command(verb="evaluate", arguments=("runs/a",), options={"split": "test"}).verb
    'evaluate'
    """

    model_config = ConfigDict(frozen=True)

    verb: str
    arguments: tuple[str, ...] = ()
    options: Values = {}  # with `_`, as in Python; True is a flag


class Change(BaseModel):
    """Something to do about a finding: a change of the recipe, a command, or work for a person that `code` names."""

    model_config = ConfigDict(frozen=True)

    code: str  # stable, kebab case: `remove-copies`, `add-augmentation`
    options: Values = {}  # options of `train` that it changes, and what they become
    command: Command | None = None  # what carries it out, whole
    values: Values = {}  # what its words need besides: what it will cost, how many


class Finding(BaseModel):
    """One thing worth knowing, with its numbers, and what to do about it.

    >>> copy = Finding(code="duplicate", severity="warning", subject="a.jpg", values={"paths": ["a.jpg", "b.jpg"]})
    >>> len(copy.values["paths"]), copy.changes
    (2, ())
    """

    model_config = ConfigDict(frozen=True)

    code: str  # stable, for scripts: kebab case
    severity: Severity
    subject: str  # a path, a class, a split, or the run
    values: Values = {}  # what was seen
    changes: tuple[Change, ...] = ()  # the most useful first
