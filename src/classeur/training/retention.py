"""Retention: what stays of the checkpoints of a finished training, whose model holds a part of them."""

from typing import TYPE_CHECKING

import numpy as np

from classeur.training.checkpoint import Arrays, Checkpoints

if TYPE_CHECKING:
    import keras


def drop_held(checkpoints: Checkpoints, network: "keras.Model", *, holds_last: bool) -> None:
    """Remove from the checkpoints of a finished training what its model holds: half of their bytes and more.

    Args:
        checkpoints: of the run.
        network: as it was trained.
        holds_last: whether the model has the weights of the last epoch.
    """
    if holds_last:
        position, arrays = checkpoints.load("last")
        held = _named(network, {})
        checkpoints.save("last", position, {name: array for name, array in arrays.items() if name not in held})
        checkpoints.wait()
    checkpoints.remove("best")


def put_back(
    checkpoints: Checkpoints, network: "keras.Model", model: "keras.Model", *, holds_last: bool, keeps_best: bool
) -> None:
    """Put what the model holds back into the checkpoints, to the bit, so that the training can go on.

    Args:
        checkpoints: of the run.
        network: like the one that was trained.
        model: the run's, whose layers have the names of the network's.
        holds_last: as it was when they were dropped.
        keeps_best: whether the training keeps the best epoch's weights.
    """
    position, arrays = checkpoints.load("last")
    held = _named(network, {layer.name: layer.get_weights() for layer in model.layers})
    if holds_last:
        arrays = {**held, **arrays}
        checkpoints.save("last", position, arrays)
    if keeps_best and not checkpoints.path("best").exists():
        # The generators' states, which no model needs, are those of the last epoch.
        states = {name: array for name, array in arrays.items() if name.startswith("network/")}
        checkpoints.save("best", position, {**states, **held})
    checkpoints.wait()


def _named(network: "keras.Model", weights: dict[str, list[np.ndarray]]) -> Arrays:
    """Return the weights by the names that a checkpoint has for them; empty where a layer is not among them."""
    numbers = {id(variable): number for number, variable in enumerate(network.variables)}
    return {
        f"network/{numbers[id(variable)]}": value
        for layer in network.layers
        for variable, value in zip(
            layer.weights, weights.get(layer.name, [np.empty(0)] * len(layer.weights)), strict=True
        )
    }
