"""Sentences for what a split keeps together, and for what is on both sides of one."""

from collections.abc import Mapping

from classeur.data.findings import Finding
from classeur.delivery.wording import Words, command_line, counted


def _long_chain(finding: Finding) -> str:
    values = finding.values
    return (
        f"{counted(values['num_images'], 'image')} show nearly the same, each as one before it, up to {values['last']};"
        f" as they are more than a fifth of {values['class_name']}, only copies, mirrored and turned ones are kept in"
        " one split"
    )


def _join(finding: Finding) -> str:
    return ", or ".join(
        f"if they show the same thing, keep them in one split: {command_line(change.command)}"
        for change in finding.changes
        if change.command
    )


SPLIT_WORDS: Mapping[str, Words] = {
    "long-chain": Words(_long_chain, _join, ("long chain of near-duplicates", "long chains of near-duplicates")),
}
