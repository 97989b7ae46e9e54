"""A diagnosis as it is told: one paragraph for a terminal, values and words side by side in JSON."""

from pydantic import BaseModel, ConfigDict

from classeur.data.findings import Values
from classeur.delivery.words import advice, as_told, evidence
from classeur.improvement.diagnosis import Diagnosis


class ToldDiagnosis(BaseModel):
    """A diagnosis with its words; diagnosis.json. `Diagnosis` reads it too, and leaves the words out."""

    model_config = ConfigDict(frozen=True)

    verdict: str
    paragraph: str
    findings: tuple[Values, ...]  # of each its values and changes, and beside them `text` and `advice`


def told(diagnosis: Diagnosis) -> ToldDiagnosis:
    """Return a diagnosis with its words."""
    return ToldDiagnosis(
        verdict=diagnosis.verdict,
        paragraph=paragraph(diagnosis),
        findings=tuple(as_told(finding) for finding in diagnosis.findings),
    )


def paragraph(diagnosis: Diagnosis) -> str:
    """Return the findings as one paragraph: what was seen, then what to do, the verdict's advice last."""
    verdict, *others = diagnosis.findings
    words = [evidence(finding) for finding in diagnosis.findings]
    words += [text for finding in (*others, verdict) if (text := advice(finding))]
    return " ".join(words)
