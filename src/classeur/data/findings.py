"""Findings: the results of inspection and diagnosis, as values. Only `delivery.words` turns them into sentences.

A command that one advises is typed here, since errors of every room name commands too.
"""

import itertools
import shlex
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning", "note"]
_RANKS = {"error": 0, "warning": 1, "note": 2}
# Options whose value is a path.
_PATHS = frozenset(("exclude", "from_run", "keep", "keep_split", "out", "to"))
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


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, errors first, those of one kind together: the order wherever they are listed.

    >>> kinds = (("a", "note"), ("b", "warning"), ("c", "error"), ("b", "error"))
    >>> found = worst_first(Finding(code=code, severity=severity, subject="") for code, severity in kinds)
    >>> [(each.code, each.severity) for each in found]
    [('c', 'error'), ('b', 'error'), ('b', 'warning'), ('a', 'note')]
    """
    ranked = sorted(findings, key=lambda finding: _RANKS[finding.severity])
    by_code: dict[str, list[Finding]] = {}
    for finding in ranked:
        by_code.setdefault(finding.code, []).append(finding)
    return list(itertools.chain.from_iterable(by_code.values()))


def command_line(command: Command) -> str:
    """Return a command as it is typed, quoted for a shell; a path that begins with a dash is none of its options.

    >>> command_line(Command(verb="train", arguments=("my pets",), options={"image_size": (96, 128), "resume": True}))
    "classeur train 'my pets' --image-size 96x128 --resume"
    >>> command_line(Command(verb="compare", arguments=("-a", "b"), options={"out": "-c"}))
    'classeur compare ./-a b --out ./-c'
    """
    words = ["classeur", command.verb, *map(typed_path, command.arguments)]
    for name, value in command.options.items():
        if value is None or value is False:
            continue
        words.append("--from" if name == "from_run" else f"--{name.replace('_', '-')}")  # `from` is a keyword in Python
        if value is not True:
            words.append(typed_path(str(value)) if name in _PATHS else shlex.quote(typed(value)))
    return " ".join(words)


def typed_path(path: str) -> str:
    """Return a path as it is typed, quoted for a shell; one that begins with a dash would be read as an option.

    >>> typed_path("my pets"), typed_path("-d")
    ("'my pets'", './-d')
    """
    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def typed(value: Any) -> str:
    """Return an option's value as it is typed; a float keeps its exact value.

    >>> typed((96, 128)), typed((96, 96)), typed(15.0), typed(0.1234567891)
    ('96x128', '96', '15', '0.1234567891')
    """
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, list | tuple):
        return str(value[0]) if len(set(value)) == 1 else "x".join(map(str, value))
    return str(value)
