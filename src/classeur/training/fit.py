"""The training loop: every image once an epoch, stopped and resumed at any step.

A loop of our own, since Keras' `fit` cannot begin inside an epoch. Means are kept here and not in Keras' metrics, which
`train_on_batch` and `test_on_batch` begin anew at each batch.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classeur.models.engine import load_keras
from classeur.pipeline.batches import Batch, Batches
from classeur.training.checkpoint import Arrays, Checkpoints, Means, Position
from classeur.training.history import Epoch, History
from classeur.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


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


def compile_network(network: "keras.Model", recipe: Recipe) -> None:
    """Compile with Adam and cross-entropy of logits, as the tutorial does.

    Unlike the tutorial's `metrics=['accuracy']`, which compares the logit with 0.5 and so calls a picture a dog only
    from probability 0.62 on, accuracy is counted at logit 0, probability 0.5.
    """
    keras = load_keras()
    two_classes = network.outputs[0].shape[-1] == 1
    network.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True)
        if two_classes
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[
            keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")
            if two_classes
            else keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        ],
    )
    network.optimizer.build(network.trainable_variables)


def fit(
    network: "keras.Model",
    recipe: Recipe,
    training: Batches,
    validation: Batches,
    checkpoints: Checkpoints,
    *,
    resume: bool = False,
    checkpoint_seconds: float = 60.0,
    on_step: Callable[[Step], None] | None = None,
    on_epoch: Callable[[History], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train a compiled network.

    Args:
        network: uint8 images → logits, compiled by `compile_network`.
        recipe: epochs, early stopping and what to keep.
        training: shuffled and augmented.
        validation: neither.
        checkpoints: where to go on from, written at each epoch and every `checkpoint_seconds`.
        resume: begin at the newest checkpoint.
        checkpoint_seconds: of wall time between checkpoints inside an epoch.
        on_step: called after each step.
        on_epoch: called after each epoch, once its checkpoint is under way.
        should_stop: asked after each step; when it says so, a checkpoint is written and training ends.

    Raises:
        BrokenRunError: if there is no checkpoint to resume from.
        StorageError: if a checkpoint cannot be written.
    """
    position = _restore(network, checkpoints) if resume else Position()
    before, began = position.seconds, time.monotonic()

    def seconds() -> float:
        return before + time.monotonic() - began

    while len(position.history.epochs) < recipe.epochs and not _stops_early(position.history, recipe):
        epoch_began = time.monotonic() - position.epoch_seconds
        saved = time.monotonic()
        for here in _steps(network, training, position, recipe, on_step):
            position = here
            stopping = should_stop()
            if stopping or time.monotonic() - saved > checkpoint_seconds:
                saved = time.monotonic()
                position = position.at(seconds(), epoch_seconds=saved - epoch_began)
                checkpoints.save("last", position, _state(network))
            if stopping:
                best = _best_weights(network, checkpoints, recipe, position.history)
                return Fitted(position.history, True, seconds(), best)
        validated = _validate(network, validation)
        epoch = Epoch(
            epoch=position.epoch + 1,
            loss=position.means.loss,
            accuracy=position.means.accuracy,
            val_loss=validated.loss,
            val_accuracy=validated.accuracy,
            learning_rate=float(network.optimizer.learning_rate),
            seconds=time.monotonic() - epoch_began,
        )
        position = Position(epoch=epoch.epoch, seconds=seconds(), history=position.history.with_epoch(epoch))
        if recipe.keep == "best" and position.history.best_epoch == epoch.epoch:
            checkpoints.save("best", position, _weights(network))
        checkpoints.save("last", position, _state(network))
        if on_epoch:
            on_epoch(position.history)
    best = _best_weights(network, checkpoints, recipe, position.history)
    return Fitted(position.history, False, seconds(), best)


def _steps(
    network: "keras.Model",
    training: Batches,
    position: Position,
    recipe: Recipe,
    on_step: Callable[[Step], None] | None,
) -> Iterator[Position]:
    """Train on the rest of an epoch; yield the position after each step."""
    began, done_before = time.monotonic(), position.means.num_images
    means = position.means
    with closing(training.epoch(position.epoch, first=position.step)) as batches:
        for step, batch in enumerate(batches, position.step + 1):
            logs = network.train_on_batch(batch.pixels, _targets(network, batch), return_dict=True)
            means = means.with_batch(logs, len(batch.labels))
            if on_step:
                speed = (means.num_images - done_before) / max(time.monotonic() - began, 1e-9)
                on_step(Step(position.epoch + 1, recipe.epochs, training.num_images, means, speed))
            yield position.model_copy(update={"step": step, "means": means})


def _validate(network: "keras.Model", validation: Batches) -> Means:
    """Return loss and accuracy over every validation image."""
    means = Means()
    for batch in validation.epoch(0):
        logs = network.test_on_batch(batch.pixels, _targets(network, batch), return_dict=True)
        means = means.with_batch(logs, len(batch.labels))
    return means


def _targets(network: "keras.Model", batch: Batch) -> np.ndarray:
    """Return labels as the loss takes them: float32 (n, 1) for one logit, int64 (n,) for one a class."""
    if network.outputs[0].shape[-1] == 1:
        return batch.labels.astype(np.float32)[:, None]
    return batch.labels


def _stops_early(history: History, recipe: Recipe) -> bool:
    """Return whether the best epoch lies `stop_early` epochs back."""
    return recipe.stop_early is not None and len(history.epochs) - history.best_epoch >= recipe.stop_early


def _weights(network: "keras.Model") -> Arrays:
    """Return a copy of the network's variables, dropout's generator states among them, by their number."""
    return _copies("network", network.variables)


def _state(network: "keras.Model") -> Arrays:
    """Return a copy of all that changes during training."""
    return {**_weights(network), **_copies("optimizer", network.optimizer.variables)}


def _copies(part: str, variables: "Sequence[keras.Variable]") -> Arrays:
    """Return copies of variables, as arrays on the host, by their number."""
    keras = load_keras()
    return {
        f"{part}/{number}": np.array(keras.ops.convert_to_numpy(variable)) for number, variable in enumerate(variables)
    }


def _restore(network: "keras.Model", checkpoints: Checkpoints) -> Position:
    """Put the newest checkpoint into the network; return where it stands."""
    position, arrays = checkpoints.load("last")
    for part, variables in (("network", network.variables), ("optimizer", network.optimizer.variables)):
        for number, variable in enumerate(variables):
            variable.assign(arrays[f"{part}/{number}"])
    return position


def _best_weights(
    network: "keras.Model", checkpoints: Checkpoints, recipe: Recipe, history: History
) -> list[np.ndarray] | None:
    """Return the variables of the best epoch, in the order of `network.variables`, where they are kept."""
    if recipe.keep != "best" or not history.epochs:
        return None
    checkpoints.wait()
    arrays = checkpoints.load("best")[1]
    return [arrays[f"network/{number}"] for number in range(len(network.variables))]
