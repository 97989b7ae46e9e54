"""From a folder of images to a classifier you can trust.

Each command of the command line is one function here, of the same name and words; see docs/api.md. Names are loaded on
first use: importing classeur imports no Keras.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classeur.data.download import fetch as fetch
    from classeur.errors import ClasseurError as ClasseurError
    from classeur.migration.files import migrate as migrate
    from classeur.run import Run as Run
    from classeur.workflows.demo import demo as demo
    from classeur.workflows.judging import compare as compare
    from classeur.workflows.judging import evaluate as evaluate
    from classeur.workflows.judging import predict as predict
    from classeur.workflows.keeping import cache as cache
    from classeur.workflows.looking import inspect as inspect
    from classeur.workflows.looking import preview as preview
    from classeur.workflows.looking import summary as summary
    from classeur.workflows.training import train as train

# Public name → where it is defined.
_HOMES = {
    "ClasseurError": "classeur.errors",
    "Run": "classeur.run",
    "cache": "classeur.workflows.keeping",
    "compare": "classeur.workflows.judging",
    "demo": "classeur.workflows.demo",
    "evaluate": "classeur.workflows.judging",
    "fetch": "classeur.data.download",
    "inspect": "classeur.workflows.looking",
    "migrate": "classeur.migration.files",
    "predict": "classeur.workflows.judging",
    "preview": "classeur.workflows.looking",
    "summary": "classeur.workflows.looking",
    "train": "classeur.workflows.training",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Return a public name, loaded from its home on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'classeur' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
