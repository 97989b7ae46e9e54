"""A network that tells images of one class from all others: the layers of a fitted outlier score on a backbone.

They take the place of the head. Every layer is one of Keras' own, so that a saved network needs no classeur and every
export has them: a normalisation, a matrix, squares, and their weighted sum.
"""

from typing import TYPE_CHECKING

import numpy as np

from classeur.models.engine import load_keras

if TYPE_CHECKING:
    import keras

# Kernel and bias of a Dense layer.
Weights = tuple[np.ndarray, np.ndarray]


def with_outlier_score(network: "keras.Model", whitening: Weights, last: Weights) -> "keras.Model":
    """Return the network with an outlier score in place of its last layer, which is named `classifier`.

    Args:
        network: as `build_network` returns it, of a frozen backbone.
        whitening: float32 (features, features) and (features,).
        last: float32 (features, 1) and (1,).

    Returns:
        an uncompiled model, uint8 (n, height, width, 3) → float32 (n, 1): the logit of being unlike.
    """
    keras = load_keras()
    layers = keras.layers
    features = network.get_layer("classifier").input
    values = layers.UnitNormalization(name="unit_length")(features)
    # Zeros: they are replaced at once, and drawing a million numbers takes longer.
    values = layers.Dense(features.shape[-1], kernel_initializer="zeros", name="whitening")(values)
    values = layers.Multiply(name="squares")([values, values])
    logits = layers.Dense(1, kernel_initializer="zeros", name="classifier")(values)
    model = keras.Model(network.inputs[0], logits, name=network.name)
    model.get_layer("whitening").set_weights(list(whitening))
    model.get_layer("classifier").set_weights(list(last))
    return model
