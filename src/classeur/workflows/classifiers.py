"""A run's classifier by Keras, loaded once, however often it is asked for."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classeur.data.findings import Command
from classeur.delivery.wording import command_line
from classeur.errors import BrokenRunError
from classeur.evaluation.classifier import Classifier, Engine
from classeur.evaluation.prediction import Limits
from classeur.models.assembly import with_logits
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.facts import RunFacts, finished_facts, read_facts
from classeur.workflows.data_options import data_options

if TYPE_CHECKING:
    import keras


def keras_classifier(run: Run, limits: Limits = Limits()) -> Classifier:  # noqa: B008  (a constant)
    """Return a run's classifier by Keras, which is loaded with the first prediction.

    A run that has not changed is not loaded again.

    Args:
        run: of the model.
        limits: from where on it gives no class.

    Raises:
        RunError: if it is no finished run, or one that was stopped.
    """
    return classifier_of(_LazyEngine(run), finished_facts(run), run=run.path.name, limits=limits)


def classifier_of(
    engine: Engine,
    facts: RunFacts,
    *,
    run: str,
    limits: Limits = Limits(),  # noqa: B008  (a constant)
) -> Classifier:
    """Return the classifier of a run, with `engine` as its model."""
    return Classifier(
        engine,
        class_names=facts.class_names,
        preparation=facts.recipe.preparation,
        limits=limits,
        provenance={
            "run": run,
            "data_fingerprint": facts.data_fingerprint,
            "versions": facts.versions,
            "engine": "keras",
        },
    )


def keras_engine(model: "keras.Model") -> Engine:
    """Return the engine of a Keras model: its logits."""
    return keras_answers(with_logits(model))


def keras_answers(model: "keras.Model") -> Callable[[np.ndarray], np.ndarray]:
    """Return what a Keras model answers to a batch: as it is saved, with probabilities."""

    def answers(batch: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict_on_batch(batch))

    return answers


def model_of(run: Run) -> "keras.Model":
    """Return a run's saved model.

    Raises:
        BrokenRunError: if its file is missing or damaged; the message has the command that rebuilds it.
    """
    with advising_how_to_remake(run):
        return load_model(run.model_path)


@contextmanager
def advising_how_to_remake(run: Run) -> Iterator[None]:
    """Add the command that rebuilds the model to an error about its file.

    Raises:
        BrokenRunError: in place of the one that the block raises.
    """
    try:
        yield
    except BrokenRunError as error:
        raise BrokenRunError(f"{error}; {_remaking(run, read_facts(run))}") from error


def _remaking(run: Run, facts: RunFacts) -> str:
    """Return what to do about a lost model of a run.

    A stopped training resumes from its checkpoint. The checkpoints of a finished one lack what is in the model, but the
    same recipe gives the same model.
    """
    if facts.status == "stopped":
        command = Command(verb="train", options={"out": str(run.path), "resume": True})
        return f"resume from the checkpoint with: {command_line(command)}"
    if facts.from_run:
        return f"train it again with --from {shlex.quote(facts.from_run)} and --overwrite"
    if not run.local_path.exists():
        return f"train again on its data, with --out {shlex.quote(str(run.path))} --overwrite"
    options = {
        "out": str(run.path),
        "overwrite": True,
        **data_options(run),
        **facts.recipe.options(),
    }
    command = Command(verb="train", arguments=(str(run.data),), options=options)
    return f"train it again with: {command_line(command)}"


class _LazyEngine:
    """The model of a run, loaded with its first batch."""

    def __init__(self, run: Run) -> None:
        self._path = run.model_path
        self._engine: Callable[[np.ndarray], np.ndarray] | None = None

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        if self._engine is None:
            stat = self._path.stat() if self._path.exists() else None
            version = (stat.st_mtime_ns, stat.st_size) if stat else (0, 0)
            self._engine = keras_answers(_loaded(self._path, version))
        return self._engine(batch)


# Two, so that a program can compare two runs. A changed file counts as another one.
@lru_cache(maxsize=2)
def _loaded(path: Path, version: tuple[int, int]) -> "keras.Model":  # noqa: ARG001
    return with_logits(model_of(Run(path.parent)))
