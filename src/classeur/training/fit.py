"""The training loop: every image once an epoch, stopped and resumed at any step.

A loop of our own, since Keras' `fit` cannot begin inside an epoch. It waits for the device only to show how far it is,
and where a checkpoint needs the state.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classeur.models.engine import load_keras
from classeur.pipeline.batches import Batches
from classeur.training.checkpoint import Arrays, Checkpoints, Means, Position
from classeur.training.history import Epoch, History
from classeur.training.recipe import Optimisation
from classeur.training.steps import Outcome, Steps

if TYPE_CHECKING:
    import keras

# Steps that the device may be behind: enough to keep it busy, few enough that their inputs fit beside it.
_NUM_BEHIND = 2


class Step(NamedTuple):
    """What a progress line shows after a step."""

    epoch: int  # from 1
    num_epochs: int
    num_images: int  # an epoch
    means: Means  # over the epoch so far
    images_per_second: float


class Fitted(NamedTuple):
    """How a training ended; the network's weights are those of its last step."""

    history: History
    stopped: bool  # asked to, before the last epoch
    seconds: float
    best_weights: list[np.ndarray] | None  # with keep="best", those of the best epoch


def fit(
    steps: Steps,
    optimisation: Optimisation,
    training: Batches,
    validation: Batches,
    checkpoints: Checkpoints,
    *,
    resume: bool = False,
    checkpoint_seconds: float = 60.0,
    progress_seconds: float = 0.1,
    on_step: Callable[[Step], None] | None = None,
    on_epoch: Callable[[History], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train a network.

    Args:
        steps: the network and its optimizer.
        optimisation: epochs, early stopping and what to keep.
        training: shuffled and augmented.
        validation: neither.
        checkpoints: where to go on from, written at each epoch and every `checkpoint_seconds`.
        resume: begin at the newest checkpoint.
        checkpoint_seconds: of wall time between checkpoints inside an epoch.
        progress_seconds: of wall time at least between calls of `on_step`, which wait for the device.
        on_step: called after steps, now and then.
        on_epoch: called after each epoch, once its checkpoint is under way.
        should_stop: asked after each step; when it says so, a checkpoint is written and training ends.

    Raises:
        BrokenRunError: if there is no checkpoint to resume from.
        StorageError: if a checkpoint cannot be written.
    """
    position = _restore(steps, checkpoints) if resume else Position()
    before, began = position.seconds, time.monotonic()

    def seconds() -> float:
        return before + time.monotonic() - began

    while len(position.history.epochs) < optimisation.epochs and not _stops_early(position.history, optimisation):
        epoch_began = time.monotonic() - position.epoch_seconds
        saved = time.monotonic()
        means = _RunningMeans(position.means)
        for step in _steps(steps, training, position, means, optimisation, progress_seconds, on_step):
            stopping = should_stop()
            if stopping or time.monotonic() - saved > checkpoint_seconds:
                saved = time.monotonic()
                position = position.model_copy(
                    update={
                        "step": step,
                        "means": means.read(),
                        "seconds": seconds(),
                        "epoch_seconds": saved - epoch_began,
                    }
                )
                checkpoints.save("last", position, _state(steps))
            if stopping:
                best = _best_weights(steps.network, checkpoints, optimisation, position.history)
                return Fitted(position.history, True, seconds(), best)
        validated = _validate(steps, validation)
        epoch = Epoch(
            epoch=position.epoch + 1,
            loss=means.read().loss,
            accuracy=means.read().accuracy,
            val_loss=validated.loss,
            val_accuracy=validated.accuracy,
            learning_rate=float(steps.optimizer.learning_rate),
            seconds=time.monotonic() - epoch_began,
        )
        position = Position(epoch=epoch.epoch, seconds=seconds(), history=position.history.with_epoch(epoch))
        state = _state(steps)
        if optimisation.keep == "best" and position.history.best_epoch == epoch.epoch:
            weights = {name: array for name, array in state.items() if name.startswith("network/")}
            checkpoints.save("best", position, weights)
        checkpoints.save("last", position, state)
        if on_epoch:
            on_epoch(position.history)
    best = _best_weights(steps.network, checkpoints, optimisation, position.history)
    return Fitted(position.history, False, seconds(), best)


class _RunningMeans:
    """Means over an epoch so far, read from the device as late as can be."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._waiting: deque[Outcome] = deque()

    def add(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        if len(self._waiting) > _NUM_BEHIND:
            self._read_one()

    def read(self) -> Means:
        """Return the means, once the device is done with what was added."""
        while self._waiting:
            self._read_one()
        return self._means

    def _read_one(self) -> None:
        outcome = self._waiting.popleft()
        loss, num_correct = outcome.read()
        self._means = self._means.with_batch(loss, num_correct, outcome.num_images)


def _steps(
    steps: Steps,
    training: Batches,
    position: Position,
    means: _RunningMeans,
    optimisation: Optimisation,
    progress_seconds: float,
    on_step: Callable[[Step], None] | None,
) -> Iterator[int]:
    """Train on the rest of an epoch; yield the number of its steps so far after each."""
    began, done_before, shown = time.monotonic(), position.means.num_images, -np.inf
    with closing(training.epoch(position.epoch, first=position.step)) as batches:
        for step, batch in enumerate(batches, position.step + 1):
            means.add(steps.train(batch))
            if on_step and time.monotonic() - shown >= progress_seconds:
                now = means.read()
                shown = time.monotonic()
                speed = (now.num_images - done_before) / max(shown - began, 1e-9)
                on_step(Step(position.epoch + 1, optimisation.epochs, training.num_images, now, speed))
            yield step


def _validate(steps: Steps, validation: Batches) -> Means:
    """Return loss and accuracy over every validation image."""
    means = _RunningMeans(Means())
    for batch in validation.epoch(0):
        means.add(steps.judge(batch))
    return means.read()


def _stops_early(history: History, optimisation: Optimisation) -> bool:
    """Return whether the best epoch lies `stop_early` epochs back."""
    return optimisation.stop_early is not None and len(history.epochs) - history.best_epoch >= optimisation.stop_early


def _state(steps: Steps) -> Arrays:
    """Return a copy of all that changes during training, dropout's generator states among it, by number."""
    steps.settle()
    return {**_copies("network", steps.network.variables), **_copies("optimizer", steps.optimizer.variables)}


def _copies(part: str, variables: "Sequence[keras.Variable]") -> Arrays:
    """Return copies of variables, as arrays on the host, by their number."""
    keras = load_keras()
    return {
        f"{part}/{number}": np.array(keras.ops.convert_to_numpy(variable)) for number, variable in enumerate(variables)
    }


def _restore(steps: Steps, checkpoints: Checkpoints) -> Position:
    """Put the newest checkpoint into the network; return where it stands."""
    position, arrays = checkpoints.load("last")
    for part, variables in (("network", steps.network.variables), ("optimizer", steps.optimizer.variables)):
        for number, variable in enumerate(variables):
            variable.assign(arrays[f"{part}/{number}"])
    steps.adopt()
    return position


def _best_weights(
    network: "keras.Model", checkpoints: Checkpoints, optimisation: Optimisation, history: History
) -> list[np.ndarray] | None:
    """Return the variables of the best epoch, in the order of `network.variables`, where they are kept."""
    if optimisation.keep != "best" or not history.epochs:
        return None
    checkpoints.wait()
    arrays = checkpoints.load("best")[1]
    return [arrays[f"network/{number}"] for number in range(len(network.variables))]
