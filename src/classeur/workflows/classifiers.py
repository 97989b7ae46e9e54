"""`load`: a run's classifier, loaded once, however often `load` is called."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classeur.evaluation.classifier import Classifier, Engine
from classeur.models.assembly import load_model
from classeur.run import Run
from classeur.training.facts import RunFacts, finished_facts

if TYPE_CHECKING:
    import keras


def load(run: Run | Path | str) -> Classifier:
    """Return a run's classifier: a function of images that returns predictions.

    The model itself is loaded with the first prediction. A run that has not changed is not loaded again.

    Args:
        run: a finished run, or one that was stopped.

    Raises:
        RunError: if it is no such run.

    >>> classifier = load("runs/first")  # doctest: +SKIP
    >>> classifier("cat.jpg").predicted  # doctest: +SKIP
    'cats'
    """
    run = Run.open(run)
    return classifier_of(_LazyEngine(run), finished_facts(run), run=run.path.name)


def classifier_of(engine: Engine, facts: RunFacts, *, run: str) -> Classifier:
    """Return the classifier of a run, with `engine` as its model."""
    return Classifier(
        engine,
        class_names=facts.class_names,
        preparation=facts.recipe.preparation,
        provenance={"run": run, "data_fingerprint": facts.data_fingerprint, "versions": facts.versions},
    )


def keras_engine(model: "keras.Model") -> Engine:
    """Return the engine of a Keras model."""

    def probabilities(batch: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict_on_batch(batch))

    return probabilities


class _LazyEngine:
    """The model of a run, loaded with its first batch."""

    def __init__(self, run: Run) -> None:
        self._path = run.model_path
        self._engine: Callable[[np.ndarray], np.ndarray] | None = None

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        if self._engine is None:
            stat = self._path.stat() if self._path.exists() else None
            version = (stat.st_mtime_ns, stat.st_size) if stat else (0, 0)
            self._engine = keras_engine(_loaded(self._path.resolve(), version))
        return self._engine(batch)


# Two, so that a program can compare two runs.
@lru_cache(maxsize=2)
def _loaded(path: Path, version: tuple[int, int]) -> "keras.Model":  # noqa: ARG001 (a changed file is another one)
    return load_model(path)
