"""The two projects as their pyproject.toml files describe them."""

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]


def project(folder: str) -> dict[str, Any]:
    """Return the table [project] of a folder of the checkout."""
    found = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(found, dict)
    return found


CORE, WHOLE = project("."), project("distributions/classeur")
EXTRAS_OF_CORE: dict[str, list[str]] = CORE["optional-dependencies"]


def names(requirements: list[str]) -> set[str]:
    """Return the distributions that requirements name."""
    return {Requirement(each).name for each in requirements}
