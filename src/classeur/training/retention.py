"""Retention: the checkpoints of a finished training, without the parts that its model contains."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from classeur.errors import BrokenRunError
from classeur.training.checkpoint import Arrays, Checkpoints

if TYPE_CHECKING:
    import keras


# Weights of the last layer as they were trained, where the model has them divided by a temperature.
_TRAINED = "trained"


def drop_held(
    checkpoints: Checkpoints,
    network: "keras.Model",
    *,
    holds_last: bool,
    last_layer: Sequence[np.ndarray] = (),
) -> None:
    """Remove from the checkpoints of a finished training what its model contains: half of their bytes or more.

    Args:
        checkpoints: of the run.
        network: the trained network.
        holds_last: whether the model has the weights of the last epoch.
        last_layer: the weights of its last layer as they were trained, if the model has others: a division in floating
            point cannot be taken back to the same bits.
    """
    if holds_last or last_layer:
        position, arrays = checkpoints.load("last")
        held = _named(network, {}) if holds_last else {}
        kept = {name: array for name, array in arrays.items() if name not in held}
        trained = {f"{_TRAINED}/{number}": array for number, array in enumerate(last_layer)}
        checkpoints.save("last", position, {**kept, **trained})
        checkpoints.wait()
    checkpoints.remove("best")


def put_back(
    checkpoints: Checkpoints, network: "keras.Model", model: "keras.Model", *, holds_last: bool, keeps_best: bool
) -> None:
    """Restore the checkpoints from the model, bit-identical, so that the training can be resumed.

    Args:
        checkpoints: of the run.
        network: built like the trained one.
        model: the run's, whose layers have the names of the network's.
        holds_last: as in `drop_held`.
        keeps_best: whether the training keeps the best epoch's weights.

    Raises:
        BrokenRunError: if the model is another network.
    """
    position, arrays = checkpoints.load("last")
    weights = {layer.name: layer.get_weights() for layer in model.layers}
    trained = {name: arrays.pop(name) for name in sorted(arrays) if name.startswith(f"{_TRAINED}/")}
    if trained:
        weights[network.layers[-1].name] = list(trained.values())
    try:
        held = _named(network, weights)
    except ValueError as error:
        raise BrokenRunError("the model of the run has other layers than its recipe; train it again") from error
    if holds_last:
        arrays = {**held, **arrays}
    if holds_last or trained:
        checkpoints.save("last", position, arrays)
    if keeps_best and not checkpoints.path("best").exists():
        # The states of the generators, which no model needs, are of the last epoch.
        states = {name: array for name, array in arrays.items() if name.startswith("network/")}
        checkpoints.save("best", position, {**states, **held})
    checkpoints.wait()


def _named(network: "keras.Model", weights: dict[str, list[np.ndarray]]) -> Arrays:
    """Return the weights by their names in a checkpoint; empty for a layer without weights here."""
    numbers = {id(variable): number for number, variable in enumerate(network.variables)}
    return {
        f"network/{numbers[id(variable)]}": value
        for layer in network.layers
        for variable, value in zip(
            layer.weights, weights.get(layer.name, [np.empty(0)] * len(layer.weights)), strict=True
        )
    }
