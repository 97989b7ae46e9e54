"""From a folder of images to a classifier you can trust.

Each command of the command line is a function here, with the same name and options; see docs/api.md. Names are loaded
on first use: importing classeur imports no Keras.
"""

import importlib
from typing import TYPE_CHECKING, Any

from classeur.extras import naming_missing_extras

if TYPE_CHECKING:
    from classeur.data.download import fetch as fetch
    from classeur.delivery.progress import Reporter as Reporter
    from classeur.delivery.words import in_words as in_words
    from classeur.errors import ClasseurError as ClasseurError
    from classeur.evaluation.classifier import Classifier as Classifier
    from classeur.migration.files import migrate as migrate
    from classeur.run import Run as Run
    from classeur.training.recipe import Recipe as Recipe
    from classeur.workflows.cache import cache as cache
    from classeur.workflows.comparison import compare as compare
    from classeur.workflows.curve import curve as curve
    from classeur.workflows.demo import demo as demo
    from classeur.workflows.evaluation import evaluate as evaluate
    from classeur.workflows.explain import explain as explain
    from classeur.workflows.export import export as export
    from classeur.workflows.fold_scores import cross_validation as cross_validation
    from classeur.workflows.inspection import inspect as inspect
    from classeur.workflows.loading import load as load
    from classeur.workflows.prediction import predict as predict
    from classeur.workflows.preview import preview as preview
    from classeur.workflows.report import report as report
    from classeur.workflows.split import split as split
    from classeur.workflows.summary import summary as summary
    from classeur.workflows.training import train as train

# Public name → where it is defined.
_HOMES = {
    "ClasseurError": "classeur.errors",
    "Classifier": "classeur.evaluation.classifier",
    "Recipe": "classeur.training.recipe",
    "Reporter": "classeur.delivery.progress",
    "Run": "classeur.run",
    "cache": "classeur.workflows.cache",
    "compare": "classeur.workflows.comparison",
    "cross_validation": "classeur.workflows.fold_scores",
    "curve": "classeur.workflows.curve",
    "demo": "classeur.workflows.demo",
    "evaluate": "classeur.workflows.evaluation",
    "explain": "classeur.workflows.explain",
    "export": "classeur.workflows.export",
    "fetch": "classeur.data.download",
    "in_words": "classeur.delivery.words",
    "inspect": "classeur.workflows.inspection",
    "load": "classeur.workflows.loading",
    "migrate": "classeur.migration.files",
    "predict": "classeur.workflows.prediction",
    "preview": "classeur.workflows.preview",
    "report": "classeur.workflows.report",
    "split": "classeur.workflows.split",
    "summary": "classeur.workflows.summary",
    "train": "classeur.workflows.training",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Return a public name; its module is imported on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'classeur' has no attribute '{name}'")
    with naming_missing_extras(f"classeur.{name}"):
        return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
