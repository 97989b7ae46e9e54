"""Facts for a bug report, on a console."""

import importlib.util
import json
import os

from classeur.environment import installed_versions, machine
from classeur.storage import default_cache


def print_doctor(*, as_json: bool) -> None:
    """Print versions, Keras backends, the machine and the cache; nothing private."""
    cache = default_cache()
    num_bytes = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) if cache.is_dir() else 0
    facts = {
        "versions": installed_versions(),
        "backends": {name: importlib.util.find_spec(name) is not None for name in ("tensorflow", "jax", "torch")},
        "settings": {
            name: os.environ.get(name, "")
            for name in ("KERAS_BACKEND", "TF_ENABLE_ONEDNN_OPTS", "CLASSEUR_CACHE", "CUDA_VISIBLE_DEVICES")
        },
        "machine": machine(),
        "cache": {"folder": str(cache), "megabytes": round(num_bytes / 1e6, 1)},
    }
    if as_json:
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for title, group in facts.items():
        print(title)
        for name, value in group.items():  # type: ignore[attr-defined]
            print(f"  {name}: {value if value != '' else 'not set'}")
