"""EfficientNet-Lite of Keras layers with its ImageNet weights: the backbone that comes with classeur."""

from typing import TYPE_CHECKING, Any

import numpy as np

from classeur.models.engine import load_keras
from classeur.models.lite_blocks import EPSILON, OFFSET, SCALE, Convolution, convolutions, lite_image_size
from classeur.models.lite_weights import Weights, load_weights

if TYPE_CHECKING:
    import keras

# As it was trained; it matters where the network is trained further.
_MOMENTUM = 0.99


def build_backbone(
    kind: str, *, image_size: tuple[int, int] | None = None, weights: Weights | None = None
) -> "keras.Model":
    """Return EfficientNet-Lite without its classifier, from raw pixels to features, with its weights.

    Every layer is one of Keras' own, so that a saved network needs no classeur. (x − 127) / 128 stands in front, inside
    the network.

    Args:
        kind: efficientnet_lite0 or efficientnet_lite2.
        image_size: (height, width) in pixels, each at least 32; what it was trained on (224, 260) if None.
        weights: of this kind, from `load_weights`; loaded here if None.

    Returns:
        an uncompiled model: `pixels`, uint8 (n, height, width, 3), RGB → {"feature_map": float32 (n, ⌈height / 32⌉,
        ⌈width / 32⌉, 1280), after ReLU6, "features": float32 (n, 1280), its mean over the places}.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.
        ImageSizeError: if a side is too small.
        WeightsError: if the weights are missing, damaged or others.
    """
    image_size = lite_image_size(kind, image_size)
    plan = convolutions(kind)
    weights = load_weights(kind) if weights is None else weights
    keras = load_keras()
    layers = keras.layers
    pixels = keras.Input((*image_size, 3), dtype="uint8", name="pixels")
    values = kept = layers.Rescaling(1 / SCALE, offset=-OFFSET / SCALE, name="rescaling")(pixels)
    for convolution in plan:
        name = convolution.name
        kept = values if convolution.opens else kept
        values = _convolution_layer(convolution)(values)
        values = layers.BatchNormalization(momentum=_MOMENTUM, epsilon=EPSILON, name=f"{name}_norm")(values)
        if convolution.relu6:
            values = layers.ReLU(max_value=6, name=f"{name}_relu6")(values)
        if convolution.adds:
            values = layers.Add(name=f"{name}_add")([values, kept])
    features = layers.GlobalAveragePooling2D(name="features")(values)
    network = keras.Model(pixels, {"feature_map": values, "features": features}, name=kind)
    for convolution in plan:
        _set_weights(network, convolution, weights)
    return network


def build_lite(
    kind: str, image_size: tuple[int, int], num_classes: int, *, dropout: float = 0.0, seed: int = 0
) -> "keras.Model":
    """Return the backbone, frozen, and one Dense layer named `classifier`, zero as yet: from raw pixels to logits.

    Args:
        kind: efficientnet_lite0 or efficientnet_lite2.
        image_size: (height, width) in pixels, each at least 32.
        num_classes: at least 2.
        dropout, seed: of no effect; every network takes them.

    Returns:
        an uncompiled model, uint8 (n, height, width, 3) → float32 (n, 1) or (n, num_classes): logits.

    Raises:
        ImageSizeError: if a side is too small.
        WeightsError: if the weights are missing, damaged or others.
    """
    del dropout, seed
    return with_head(build_backbone(kind, image_size=image_size), num_classes)


def with_head(backbone: "keras.Model", num_classes: int) -> "keras.Model":
    """Return a backbone, frozen from here on, with a Dense layer named `classifier` on its `features`, zero as yet."""
    backbone.trainable = False
    keras = load_keras()
    units = 1 if num_classes == 2 else num_classes
    head = keras.layers.Dense(units, kernel_initializer="zeros", name="classifier")
    return keras.Model(backbone.input, head(backbone.get_layer("features").output), name=backbone.name)


def _convolution_layer(convolution: Convolution) -> Any:
    layers = load_keras().layers
    # Zeros: they are replaced at once, and drawing 3.4 million numbers takes longer than reading them.
    options = {"strides": convolution.stride, "padding": "same", "use_bias": False, "name": convolution.name}
    if convolution.depthwise:
        return layers.DepthwiseConv2D(convolution.kernel, depthwise_initializer="zeros", **options)
    return layers.Conv2D(convolution.filters, convolution.kernel, kernel_initializer="zeros", **options)


def _set_weights(network: "keras.Model", convolution: Convolution, weights: Weights) -> None:
    """Give a convolution and its batch normalisation their weights, in Keras' order of axes."""
    # From (filters, channels, height, width); a depthwise one has a filter a channel.
    axes = (2, 3, 0, 1) if convolution.depthwise else (2, 3, 1, 0)
    kernel = np.ascontiguousarray(weights[convolution.weight].transpose(axes))
    network.get_layer(convolution.name).set_weights([kernel])
    norm = [weights[f"{convolution.norm}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")]
    network.get_layer(f"{convolution.name}_norm").set_weights(norm)
