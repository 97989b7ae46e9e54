"""The tutorial's network: three blocks of convolution and pooling, a dense layer of 512 units, an output layer."""

from typing import TYPE_CHECKING, Any

from classeur.models.engine import load_keras

if TYPE_CHECKING:
    import keras


def build_tutorial(
    image_size: tuple[int, int], num_classes: int, *, dropout: float = 0.0, seed: int = 0
) -> "keras.Sequential":
    """Return the tutorial's network, from raw pixels to logits.

    Convolutions of 16, 32 and 64 filters (3×3, same padding, ReLU), each with a 2×2 max pooling, then Dense 512 with
    ReLU and one unit for two classes, else one per class. The network begins with `Rescaling(1/255)`, so that it takes
    the pixels of the store.

    Args:
        image_size: (height, width) in pixels, each at least 8.
        num_classes: at least 2.
        dropout: share of units dropped after the first and after the last pooling; 0 adds no such layers.
        seed: of the initial weights (Glorot uniform, as in Keras) and of dropout.

    Returns:
        an uncompiled model, uint8 (n, height, width, 3) → float32 (n, 1) or (n, num_classes): logits.

    Source: TensorFlow tutorial "Image classification", version of 2019/2020.
    """
    keras = load_keras()
    layers = keras.layers

    def glorot(number: int) -> Any:
        return keras.initializers.GlorotUniform(seed=_layer_seed(seed, number))

    stack = [keras.Input((*image_size, 3), dtype="uint8", name="pixels"), layers.Rescaling(1 / 255, name="rescaling")]
    for number, filters in enumerate((16, 32, 64)):
        suffix = f"_{number}" if number else ""
        stack += [
            layers.Conv2D(
                filters, 3, padding="same", activation="relu", kernel_initializer=glorot(number), name=f"conv2d{suffix}"
            ),
            layers.MaxPooling2D(name=f"max_pooling2d{suffix}"),
        ]
        if dropout and number != 1:
            name = "dropout_1" if number else "dropout"
            stack.append(layers.Dropout(dropout, seed=_layer_seed(seed, 10 + number), name=name))
    stack += [
        layers.Flatten(name="flatten"),
        layers.Dense(512, activation="relu", kernel_initializer=glorot(3), name="dense"),
        layers.Dense(1 if num_classes == 2 else num_classes, kernel_initializer=glorot(4), name="dense_1"),
    ]
    return keras.Sequential(stack, name="tutorial")


def _layer_seed(seed: int, number: int) -> int:
    """Return a seed for one layer, below 2³¹ as every backend takes it."""
    return (seed * 1009 + number) % (2**31 - 1)
