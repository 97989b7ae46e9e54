"""Views of this machine's packages as an installation with fewer of them has: links, so that nothing is downloaded."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from projects import REPOSITORY

RunIn = Callable[..., "subprocess.CompletedProcess[str]"]


def needed_by(requirements: list[str], extra: str = "") -> set[str]:
    """Return the installed distributions that these requirements need, directly or not, by their canonical names."""
    waiting, found = [(each, extra) for each in requirements], set()
    while waiting:
        text, extra = waiting.pop()
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in ("", *requirement.extras):
            if (key := (canonicalize_name(requirement.name), wanted)) not in found:
                found.add(key)
                waiting += [(each, wanted) for each in importlib.metadata.requires(requirement.name) or ()]
    return {name for name, _ in found}


@pytest.fixture(scope="session")
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], Path]:
    """A function from requirements to a folder with links to what they need, and to nothing else."""

    def make(requirements: list[str]) -> Path:
        folder = tmp_path_factory.mktemp("site")
        for name in needed_by(requirements):
            for file in importlib.metadata.files(name) or ():
                top = file.parts[0]
                if top not in ("..", "__pycache__") and not (folder / top).is_symlink():
                    (folder / top).symlink_to(
                        file.locate().parents[len(file.parts) - 2] if len(file.parts) > 1 else file.locate()
                    )
        return folder

    return make


@pytest.fixture
def run_in(cache: Path) -> RunIn:
    """A function that runs Python with the packages of a folder alone, and this checkout's source."""

    def run(site: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "KERAS"))},
            "PYTHONPATH": f"{site}{os.pathsep}{REPOSITORY / 'src'}",
            **variables,
        }
        command = [sys.executable, "-S", *arguments]  # without site-packages
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    return run
