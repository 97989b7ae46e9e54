"""The training loop: every image once per epoch; it can be stopped and resumed at any step.

Keras' `fit` cannot start inside an epoch, so this is a loop of its own. It waits for the device only to show progress
and to write checkpoints.
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np

from classeur.errors import BrokenRunError
from classeur.models.engine import load_keras
from classeur.pipeline.batches import Batches
from classeur.training.checkpoint import Arrays, Checkpoints, Means, Position
from classeur.training.history import Epoch, History
from classeur.training.recipe import Optimisation
from classeur.training.steps import Outcome, Steps

if TYPE_CHECKING:
    import keras

# Steps that the device may lag behind: enough to keep it busy, few enough that their inputs fit in memory.
_NUM_BEHIND = 2


class Step(NamedTuple):
    """The numbers of a progress line after a step."""

    epoch: int  # from 1
    num_epochs: int
    num_images: int  # per epoch
    means: Means  # over the epoch so far
    images_per_second: float


class Fitted(NamedTuple):
    """The result of a training; the network itself has the weights of its last step."""

    history: History
    stopped: bool  # on request, before the last epoch
    seconds: float  # wall time, over all sessions
    cpu_seconds: float  # processor time, likewise
    kept_epoch: int  # the complete epoch whose weights the model has; 0 for a part of the first
    kept_weights: list[np.ndarray] | None  # in the order of `network.variables`; None if the network has them


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
        optimisation: epochs, early stopping and which weights to keep.
        training: batches for training, shuffled and augmented.
        validation: batches for validation, in order and not augmented.
        checkpoints: `last` is written after each epoch, `step` every `checkpoint_seconds` inside one.
        resume: whether to start from the newest checkpoint.
        checkpoint_seconds: wall time between checkpoints inside an epoch.
        progress_seconds: least wall time between calls of `on_step`, which wait for the device.
        on_step: called after some of the steps.
        on_epoch: called after each epoch, when its checkpoint is being written.
        should_stop: called after each step; if it returns True, a checkpoint is written and training ends. The model
            then has the weights of a complete epoch, in agreement with the history and the scores.

    Raises:
        BrokenRunError: if there is no checkpoint to resume from.
        StorageError: if a checkpoint cannot be written.
    """
    position = _restore(steps, checkpoints) if resume else Position(phase=steps.phase)
    clock = _Clock(position)
    stopped = False
    while not stopped and not _is_done(position.history, optimisation):
        if position.phase != optimisation.phase(position.epoch):
            position = position.model_copy(update={"phase": optimisation.phase(position.epoch)})
            steps.begin(position.phase)
        epoch_began = saved = time.monotonic()
        epoch_began -= position.epoch_seconds
        means = _RunningMeans(position.means)
        with closing(_steps(steps, training, position, means, optimisation, progress_seconds, on_step)) as numbers:
            for step in numbers:
                stopped = should_stop()
                if stopped or time.monotonic() - saved > checkpoint_seconds:
                    saved = time.monotonic()
                    here = {"step": step, "means": means.read(), "epoch_seconds": saved - epoch_began, **clock.read()}
                    position = position.model_copy(update=here)
                    checkpoints.save("step", position, _state(steps))
                if stopped:
                    break
            else:
                validated = _validate(steps, validation)
                position = _end_epoch(steps, position, means.read(), validated, clock, time.monotonic() - epoch_began)
                _save_epoch(steps, checkpoints, position, optimisation)
                if on_epoch:
                    on_epoch(position.history)
    steps.end()
    kept_epoch, weights = _kept(steps, checkpoints, position.history, optimisation, stopped=stopped)
    return Fitted(position.history, stopped, **clock.read(), kept_epoch=kept_epoch, kept_weights=weights)


class _Times(TypedDict):
    seconds: float
    cpu_seconds: float


class _Clock:
    """Wall and processor time of a training, continued from its previous session."""

    def __init__(self, position: Position) -> None:
        self._began = time.monotonic() - position.seconds, time.process_time() - position.cpu_seconds

    def read(self) -> _Times:
        """Return both by their names in `Position` and `Fitted`."""
        return {"seconds": time.monotonic() - self._began[0], "cpu_seconds": time.process_time() - self._began[1]}


class _RunningMeans:
    """Means over an epoch so far, read from the device as late as possible."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._waiting: deque[Outcome] = deque()

    def add(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        if len(self._waiting) > _NUM_BEHIND:
            self._read_one()

    def read(self) -> Means:
        """Return the means, after waiting for the device."""
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
) -> Generator[int, None, None]:
    """Train on the rest of an epoch; after each step, yield the number of its steps so far."""
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
    """Return loss and accuracy over all validation images."""
    means = _RunningMeans(Means())
    for batch in validation.epoch(0):
        means.add(steps.judge(batch))
    return means.read()


def _end_epoch(
    steps: Steps, position: Position, means: Means, validated: Means, clock: "_Clock", seconds: float
) -> Position:
    """Return the position after an epoch."""
    steps.settle()  # else, on JAX, the learning rate would be that of the phase's first step
    epoch = Epoch(
        epoch=position.epoch + 1,
        loss=means.loss,
        accuracy=means.accuracy,
        val_loss=validated.loss,
        val_accuracy=validated.accuracy,
        learning_rate=steps.learning_rate,
        seconds=seconds,
    )
    history = position.history.with_epoch(epoch)
    return Position(epoch=epoch.epoch, phase=position.phase, history=history, **clock.read())


def _save_epoch(steps: Steps, checkpoints: Checkpoints, position: Position, optimisation: Optimisation) -> None:
    """Write the checkpoints after an epoch."""
    state = _state(steps)
    if optimisation.keep == "best" and position.history.best_epoch == position.epoch:
        weights = {name: array for name, array in state.items() if name.startswith("network/")}
        checkpoints.save("best", position, weights)
    checkpoints.save("last", position, state)


def _kept(
    steps: Steps, checkpoints: Checkpoints, history: History, optimisation: Optimisation, *, stopped: bool
) -> tuple[int, list[np.ndarray] | None]:
    """Return the epoch whose weights are kept, and the weights if the network has others."""
    if not history.epochs:
        return 0, None
    if optimisation.keep == "best":
        return history.best_epoch, _weights(steps, checkpoints, "best")
    return len(history.epochs), _weights(steps, checkpoints, "last") if stopped else None


def _is_done(history: History, optimisation: Optimisation) -> bool:
    """Return whether no epoch is left, or the best one is `stop_early` epochs ago."""
    done = len(history.epochs)
    if optimisation.stop_early is not None and done - history.best_epoch >= optimisation.stop_early:
        return True
    return done >= optimisation.epochs


def _state(steps: Steps) -> Arrays:
    """Return a copy of everything that changes during training, with dropout's generator states, by number."""
    steps.settle()
    return {**_copies("network", steps.network.variables), **_copies("optimizer", steps.optimizer.variables)}


def _copies(part: str, variables: "Sequence[keras.Variable]") -> Arrays:
    """Return copies of variables, as arrays on the host, by their number."""
    keras = load_keras()
    return {
        f"{part}/{number}": np.array(keras.ops.convert_to_numpy(variable)) for number, variable in enumerate(variables)
    }


def _restore(steps: Steps, checkpoints: Checkpoints) -> Position:
    """Load the newest checkpoint into the network; return its position."""
    name = checkpoints.newest() or "last"
    position, arrays = checkpoints.load(name)
    if len(position.history.epochs) != position.epoch:
        raise BrokenRunError(
            f"{checkpoints.path(name)} is damaged (at epoch {position.epoch:,} with a history of"
            f" {len(position.history.epochs):,}); train again with --overwrite"
        )
    if position.phase != steps.phase:
        steps.begin(position.phase)
    for part, variables in (("network", steps.network.variables), ("optimizer", steps.optimizer.variables)):
        for variable, value in zip(variables, _values(checkpoints, name, arrays, part, variables), strict=True):
            variable.assign(value)
    steps.adopt()
    return position


def _weights(steps: Steps, checkpoints: Checkpoints, name: str) -> list[np.ndarray]:
    """Return a checkpoint's values of the network's variables, in their order."""
    checkpoints.wait()
    arrays = checkpoints.load(name)[1]
    return _values(checkpoints, name, arrays, "network", steps.network.variables)


def _values(
    checkpoints: Checkpoints, name: str, arrays: Arrays, part: str, variables: "Sequence[keras.Variable]"
) -> list[np.ndarray]:
    """Return a checkpoint's values of variables, in their order.

    Raises:
        BrokenRunError: if it lacks one, or has one of another shape.
    """
    values = [arrays.get(f"{part}/{number}") for number in range(len(variables))]
    fitting = [
        value for value, variable in zip(values, variables, strict=True)
        if value is not None and value.shape == tuple(variable.shape)
    ]  # fmt: skip
    if len(fitting) < len(variables):
        raise BrokenRunError(
            f"{checkpoints.path(name)} is not of this network: {len(variables) - len(fitting)} of the"
            f" {len(variables)} arrays of its {part} are missing or of another shape; train again with --overwrite"
        )
    return fitting
