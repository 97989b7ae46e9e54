import importlib.metadata
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import pytest

from classeur import environment
from classeur.environment import installed_versions, machine


def test_versions_are_those_of_the_packages_themselves() -> None:
    versions = installed_versions()
    assert versions["numpy"] == np.__version__
    assert versions["pillow"] == PIL.__version__
    assert versions["python"] == platform.python_version()
    assert json.loads(json.dumps(versions)) == versions


def test_what_is_not_installed_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package == "numpy":
            return "9.9"
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert installed_versions() == {"python": platform.python_version(), "numpy": "9.9"}


def test_the_machine_is_told_in_plain_values() -> None:
    facts = machine()
    assert json.loads(json.dumps(facts)) == facts
    assert set(facts) == {"system", "architecture", "processor", "processors", "memory_gib"}
    assert facts["system"].startswith(platform.system())
    assert facts["processor"]
    assert facts["processors"] >= 1
    assert facts["memory_gib"] > 0


def test_a_system_that_tells_nothing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **options: Any) -> Any:
        raise OSError("not here")

    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(environment.os, "sysconf", refuse)
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert machine()["processor"] == platform.machine()
    assert machine()["memory_gib"] == 0


def test_nothing_heavy_is_imported_for_it() -> None:
    script = "import sys; from classeur.environment import installed_versions as v, machine as m; v(); m()"
    script += "; print(sorted({'keras', 'tensorflow', 'cv2', 'matplotlib', 'sklearn', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
