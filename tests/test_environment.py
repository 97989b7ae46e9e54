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
from classeur.environment import installed_versions, machine, memory_num_bytes


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


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("0::/\n", {"memory.max": "1000"}, [1000]),
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "500", "memory.max": "900"}, [500, 900]),
        ("0::/seen/from/outside\n", {"memory.max": "1000"}, [1000]),
        ("5:cpu:/x\n9:memory:/x\n0::/\n", {"memory/x/memory.limit_in_bytes": "7", "cpu/x/memory.max": "3"}, [7]),
        ("0::/../../etc\n", {"memory.max": "max"}, []),
        ("nonsense\n", {}, []),
        (None, {}, []),
    ],
)
def test_a_container_has_the_memory_of_its_group(
    tmp_path: Path, cgroup: str | None, files: dict[str, str], expected: list[int]
) -> None:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    if cgroup is not None:
        (tmp_path / "proc" / "self" / "cgroup").write_text(cgroup)
    for name, text in files.items():
        path = tmp_path / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert environment._group_limits(tmp_path) == expected


def test_the_least_limit_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_group_limits", lambda root: [12, 9] if root == Path("/") else [])
    assert memory_num_bytes() == 9
