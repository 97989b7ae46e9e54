"""A diagnosis for people: one paragraph for a terminal, and values with their sentences for JSON.

Its commands name the run and the data. Where these were given as absolute paths, diagnosis.json has `RUNS` and `DATA`
in their places, and `EXCLUDE` and `KEEP_SPLIT` for files elsewhere: a run is handed on, and its files say nothing of
the machine that it was made on.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from classeur.data.findings import Finding, Values
from classeur.delivery.words import advice, as_told, evidence
from classeur.errors import BrokenRunError
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run

# What stands for the folder beside which advised runs lie, and for the data.
_RUNS, _DATA = "RUNS", "DATA"


class ToldDiagnosis(BaseModel):
    """A diagnosis with its sentences; diagnosis.json. `Diagnosis` reads the same file and ignores the sentences."""

    model_config = ConfigDict(frozen=True)

    verdict: str
    paragraph: str
    findings: tuple[Values, ...]  # values and changes of each, and its `text` and `advice`


def write_diagnosis(run: Run, diagnosis: Diagnosis, *, data: str) -> None:
    """Write a run's diagnosis.json.

    Args:
        run: whose diagnosis it is.
        diagnosis: its commands name paths as a person typed them.
        data: that of the data among them.
    """
    places = {data: _DATA, str(run.path.parent): _RUNS, **{path: name for name, path in _files(run).items()}}
    hidden = {path: name for path, name in places.items() if Path(path).is_absolute()}
    kept = Diagnosis.model_validate(_with_places(diagnosis.model_dump(mode="json"), hidden))
    run.write(run.diagnosis_path, told(kept))


def read_diagnosis(run: Run) -> Diagnosis:
    """Return a run's diagnosis, with the paths of this machine in its commands.

    Raises:
        BrokenRunError: if its file is missing or damaged.
    """
    places = {_RUNS: str(run.path.parent), **_files(run)}
    with suppress(BrokenRunError):  # not known here: a person fills it in
        places[_DATA] = str(run.data)
    kept = run.read(run.diagnosis_path, Diagnosis)
    return Diagnosis.model_validate(_with_places(kept.model_dump(mode="json"), places))


def without_places(findings: Sequence[Finding], *, data: str) -> tuple[Finding, ...]:
    """Return findings about data that do not say where these lie, if that was given as an absolute path."""
    if not Path(data).is_absolute():
        return tuple(findings)
    return tuple(Finding.model_validate(_with_places(each.model_dump(mode="json"), {data: _DATA})) for each in findings)


def _files(run: Run) -> dict[str, str]:
    """Return what stands for each file that the training was given beside the data, and its path."""
    return {name.upper(): path for name, path in run.files.items()}


def _with_places(values: Any, places: Mapping[str, str]) -> Any:
    """Return values in JSON's types in which each path at or below one of these places is named by another."""
    if isinstance(values, dict):
        return {name: _with_places(each, places) for name, each in values.items()}
    if isinstance(values, list):
        return [_with_places(each, places) for each in values]
    if isinstance(values, str):
        for place, name in places.items():
            if values == place or values.startswith((f"{place}/", f"{place}\\")):
                return name + values[len(place) :]
    return values


def told(diagnosis: Diagnosis) -> ToldDiagnosis:
    """Return a diagnosis with its sentences."""
    return ToldDiagnosis(
        verdict=diagnosis.verdict,
        paragraph=paragraph(diagnosis),
        findings=tuple(as_told(finding) for finding in diagnosis.findings),
    )


def paragraph(diagnosis: Diagnosis) -> str:
    """Return the findings as one paragraph: what was found, then what to do, a line each, the verdict's advice last."""
    verdict, *others = diagnosis.findings
    found = " ".join(evidence(finding) for finding in diagnosis.findings)
    return "\n".join([found, *(text for finding in (*others, verdict) if (text := advice(finding)))])
