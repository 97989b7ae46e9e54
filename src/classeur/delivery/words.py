"""Findings as sentences: the only place where values become text, for the terminal, JSON and reports."""

from collections.abc import Iterable, Mapping

from classeur.data.findings import Finding, Values
from classeur.delivery.diagnosis_words import DIAGNOSIS_WORDS
from classeur.delivery.inspection_words import INSPECTION_WORDS
from classeur.delivery.one_class_words import ONE_CLASS_WORDS
from classeur.delivery.split_words import SPLIT_WORDS
from classeur.delivery.wording import Words, command_line

__all__ = ["WORDS", "Words", "advice", "as_told", "command_line", "evidence", "kind"]

# Code → its sentences. A new finding needs a line in one of the tables that are joined here.
WORDS: Mapping[str, Words] = {**INSPECTION_WORDS, **SPLIT_WORDS, **DIAGNOSIS_WORDS, **ONE_CLASS_WORDS}


def evidence(finding: Finding) -> str:
    """Return what was found, as a sentence."""
    return WORDS[finding.code].evidence(finding)


def advice(finding: Finding) -> str:
    """Return what to do about it, as a sentence; "" if there is nothing to do."""
    return WORDS[finding.code].advice(finding)


def in_words(finding: Finding) -> str:
    """Return a finding in a sentence: what was found, and what to do about it.

    >>> in_words(Finding(code="duplicate", severity="warning", subject="a.jpg", values={"paths": ["a.jpg", "b.jpg"]}))
    'same bytes as b.jpg'
    """
    parts = (evidence(finding), advice(finding))
    return "; ".join(part for part in parts if part)


def few_in_words(findings: Iterable[Finding], *, most: int = 3) -> list[str]:
    """Return a line with subject and sentence for each finding; of many of one kind, the first few and their number.

    >>> one = Finding(code="duplicate", severity="warning", subject="a.jpg", values={"paths": ["a.jpg", "b.jpg"]})
    >>> few_in_words([one] * 9, most=1)
    ['a.jpg: same bytes as b.jpg', 'and 8 more duplicates like these']
    """
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    lines = []
    for code, alike in by_code.items():
        lines += [f"{finding.subject}: {in_words(finding)}" for finding in alike[:most]]
        rest = len(alike) - most
        lines += [f"and {rest:,} more {kind(code, rest)} like these"] * (rest > 0)
    return lines


def kind(code: str, number: int) -> str:
    """Return the noun for a number of findings of a code.

    >>> kind("leak", 1), kind("leak", 189)
    ('leak', 'leaks')
    """
    one, several = WORDS[code].kind if code in WORDS else ("finding", "findings")
    return one if number == 1 else several


def as_told(finding: Finding) -> Values:
    """Return a finding for JSON: its values, and `text` and `advice`, the sentences for them."""
    return {
        **finding.model_dump(mode="json"),
        "text": evidence(finding),
        "advice": advice(finding),
    }
