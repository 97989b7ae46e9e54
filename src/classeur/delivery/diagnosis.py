"""A diagnosis for people: one paragraph for a terminal, and values with their sentences for JSON."""

from pydantic import BaseModel, ConfigDict

from classeur.data.findings import Values
from classeur.delivery.words import advice, as_told, evidence
from classeur.improvement.diagnosis import Diagnosis


class ToldDiagnosis(BaseModel):
    """A diagnosis with its sentences; diagnosis.json. `Diagnosis` reads the same file and ignores the sentences."""

    model_config = ConfigDict(frozen=True)

    verdict: str
    paragraph: str
    findings: tuple[Values, ...]  # values and changes of each, and its `text` and `advice`


def told(diagnosis: Diagnosis) -> ToldDiagnosis:
    """Return a diagnosis with its sentences."""
    return ToldDiagnosis(
        verdict=diagnosis.verdict,
        paragraph=paragraph(diagnosis),
        findings=tuple(as_told(finding) for finding in diagnosis.findings),
    )


def paragraph(diagnosis: Diagnosis) -> str:
    """Return the findings as one paragraph: what was found, then what to do, the verdict's advice last."""
    verdict, *others = diagnosis.findings
    words = [evidence(finding) for finding in diagnosis.findings]
    words += [text for finding in (*others, verdict) if (text := advice(finding))]
    return " ".join(words)
