"""The findings of an inspection as data for a person: how many of each kind, JSON, and one row a file."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from classeur.data.findings import Finding, worst_first
from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.delivery.inspection_words import mending
from classeur.delivery.words import advice, as_told, evidence, kind

COLUMNS = (
    "finding", "severity", "code", "path", "label", "split", "beside", "text", "advice", "command", "values",
)  # fmt: skip
"""Of findings.csv: a row for each file of each finding, one with an empty path if it is about the whole."""

# Values with a row of their own for each element.
_IN_ROWS = frozenset(("paths", "pairs"))


# Codes that count images → the value that says how many.
_COUNTS = {"leak-share": "num_seen", "near-leak-share": "num_seen"}
# Codes that only count what others name.
_SUMS = frozenset(("near-duplicates",))


class Kind(NamedTuple):
    """How many findings there are of one kind."""

    severity: str  # of the worst
    code: str
    number: int  # of leak shares: of the images
    noun: str  # of a remark about the whole, which is one, its code in words
    is_remark: bool
    command: str  # what mends them, as it is typed, or ""


def kinds(findings: Iterable[Finding]) -> list[Kind]:
    """Return how many findings there are of each kind, the worst first.

    >>> kinds([Finding(code="leak", severity="error", subject="a.jpg")] * 2)
    [Kind(severity='error', code='leak', number=2, noun='leaks', is_remark=False, command='')]
    """
    ranked = worst_first(findings)
    numbers: Counter[str] = Counter()
    for finding in ranked:
        numbers[finding.code] += finding.values[_COUNTS[finding.code]] if finding.code in _COUNTS else 1
    firsts = {finding.code: finding for finding in reversed(ranked)}
    return [
        Kind(
            firsts[code].severity,
            code,
            number,
            code.replace("-", " ") if kind(code, 1) == "remark" else kind(code, number),
            kind(code, 1) == "remark",
            mending(firsts[code]),
        )
        for code, number in numbers.items()
        if code not in _SUMS
    ]


def as_json(inspection: Inspection) -> dict[str, Any]:
    """Return an inspection in JSON's types: its counts, the kinds of findings, and each with its values and words."""
    return {
        **inspection.model_dump(mode="json", exclude={"findings"}),
        "kinds": [each._asdict() for each in kinds(inspection.findings)],
        "findings": [as_told(finding) for finding in inspection.findings],
    }


def rows(inspection: Inspection, folder: ImageFolder) -> Iterator[Sequence[object]]:
    """Yield the rows of findings.csv, the worst findings first, numbered from 1."""
    places = {path: row for row, path in enumerate(folder.paths)}
    for number, finding in enumerate(inspection.findings, 1):
        values = {name: value for name, value in finding.values.items() if name not in _IN_ROWS}
        told = (evidence(finding), advice(finding), mending(finding), json.dumps(values, ensure_ascii=False))
        paths = finding.values.get("paths") or ([finding.subject] if finding.subject in places else [""])
        for path in paths:
            row = places.get(path)
            label = folder.class_names[folder.labels[row]] if row is not None and folder.labels[row] >= 0 else ""
            split = "" if row is None else folder.splits[row]
            yield number, finding.severity, finding.code, path, label, split, _beside(finding, path), *told


def _beside(finding: Finding, path: str) -> str:
    """Return the file that another is like, the most alike one."""
    for one, other, *_ in finding.values.get("pairs", ()):
        if path in (one, other):
            return str(other if path == one else one)
    if finding.code in ("duplicate", "leak", "contradiction"):
        return next((each for each in finding.values["paths"] if each != path), "")
    return ""
