"""Facts for a bug report, on a console."""

import json
import os
import sys
from collections.abc import Sequence

from classeur.environment import installed_versions, machine, tensorflow_builds
from classeur.extras import EXTRAS, is_installed, missing_packages
from classeur.models.engine import BACKENDS
from classeur.storage import default_cache


def print_doctor(*, as_json: bool) -> None:
    """Print versions, Keras backends, the machine and the cache; nothing private."""
    cache = default_cache()
    num_bytes = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) if cache.is_dir() else 0
    facts = {
        "versions": installed_versions(),
        "extras": {extra: "installed" if not missing_packages(extra) else "not installed" for extra in EXTRAS},
        "backends": {name: is_installed(name) for name in BACKENDS},
        "settings": {
            name: os.environ.get(name, "")
            for name in ("KERAS_BACKEND", "TF_ENABLE_ONEDNN_OPTS", "CLASSEUR_CACHE", "CUDA_VISIBLE_DEVICES")
        },
        "machine": machine(),
        "cache": {"folder": str(cache), "megabytes": round(num_bytes / 1e6, 1)},
    }
    _warn_of_two_builds(tensorflow_builds())
    if as_json:
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for title, group in facts.items():
        print(title)
        for name, value in group.items():  # type: ignore[attr-defined]
            print(f"  {name}: {value if value != '' else 'not set'}")


def _warn_of_two_builds(builds: Sequence[str]) -> None:
    """Say on standard error where several distributions share TensorFlow's folder: a GPU may be out of use for it."""
    if len(builds) > 1:
        print(
            f"warning: {' and '.join(builds)} share one folder, and whichever came last is used; keep {builds[0]} alone"
            f" with: pip uninstall {' '.join(builds)}, then pip install {builds[0]}",
            file=sys.stderr,
        )
