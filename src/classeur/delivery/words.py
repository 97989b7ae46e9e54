"""Findings in words: the only place where values become sentences, for the terminal, JSON and reports alike."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from classeur.data.findings import Command, Finding


class Words(NamedTuple):
    """How one code is told."""

    evidence: Callable[[Finding], str]  # what was seen, with its numbers
    advice: Callable[[Finding], str]  # what to do next; "" where there is nothing


# Code → its words. A new finding has its line in one of the tables that are joined here.
WORDS: Mapping[str, Words] = {}


def evidence(finding: Finding) -> str:
    """Return what was seen, in words."""
    return WORDS[finding.code].evidence(finding) if finding.code in WORDS else finding.evidence


def advice(finding: Finding) -> str:
    """Return what to do about it, in words; "" where there is nothing to do."""
    return WORDS[finding.code].advice(finding) if finding.code in WORDS else finding.advice


def command_line(command: Command) -> str:
    """Return a command as a person types it, quoted for a shell.

    >>> command_line(Command(verb="train", arguments=("my pets",), options={"image_size": (96, 128), "resume": True}))
    "classeur train 'my pets' --image-size 96x128 --resume"
    """
    words = ["classeur", command.verb, *map(shlex.quote, command.arguments)]
    for name, value in command.options.items():
        if value is None or value is False:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(shlex.quote(_typed(value)))
    return " ".join(words)


def _typed(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
