"""Findings: what inspection and diagnosis have to say, one type for both, so that one renderer shows them all."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning", "note"]


class Finding(BaseModel):
    """One thing worth knowing, and what to do about it.

    >>> Finding(code="leak", severity="error", subject="a.jpg", evidence="same bytes as b.jpg", advice="remove it").code
    'leak'
    """

    model_config = ConfigDict(frozen=True)

    code: str  # stable, for scripts: kebab case
    severity: Severity
    subject: str  # a path, a class, a split, or the run
    evidence: str  # what was seen, with its numbers
    advice: str  # what to do next; may be empty
