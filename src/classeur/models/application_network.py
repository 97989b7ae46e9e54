"""Backbones of keras.applications with their ImageNet weights, from raw pixels to features."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classeur.errors import WeightsError
from classeur.models.application_weights import checked_weights
from classeur.models.applications import FAMILIES, application, application_image_size
from classeur.models.efficientnet_lite import with_head
from classeur.models.engine import load_keras

if TYPE_CHECKING:
    import keras

# Of ImageNet's pixels, red, green, blue. Source: keras 3.15, keras/src/applications/imagenet_utils.py.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE_MEAN = (123.68, 116.779, 103.939)

# Scale and offset of pixels 0 … 255 for each of Keras' modes.
_RESCALINGS: dict[str, tuple[float | list[float], float | list[float]]] = {
    "tf": (1 / 127.5, -1.0),
    "caffe": (1.0, [-mean for mean in _CAFFE_MEAN]),
    "torch": (
        [1 / (255 * deviation) for deviation in _DEVIATION],
        [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
    ),
    "inside": (1.0, 0.0),
}


def build_application_backbone(kind: str, *, image_size: tuple[int, int] | None = None) -> "keras.Model":
    """Return a backbone of keras.applications without its classifier, from raw pixels to features, with its weights.

    Its features are those of Keras' function with `include_top=False, pooling="avg"` for what Keras' own
    `preprocess_input` makes of the pixels, which is done inside the network, by layers of Keras alone.

    Args:
        kind: a key of `APPLICATIONS`.
        image_size: (height, width) in pixels; what it was trained on if None.

    Returns:
        an uncompiled model: `pixels`, uint8 (n, height, width, 3), RGB → {"feature_map": float32 (n, rows, columns,
        channels), "features": float32 (n, num_features)}: its mean over the places, of ConvNeXt normalised.

    Raises:
        UnknownNameError: if there is no such backbone; suggests the nearest.
        ImageSizeError: if a side is too small.
        WeightsError: if the weights are missing and cannot be downloaded, damaged or others.
    """
    image_size = application_image_size(kind, image_size)
    weights = checked_weights(kind)
    network = lay_out_backbone(kind, image_size)
    load_weights(network, kind, weights)
    return network


def build_application(
    kind: str, image_size: tuple[int, int], num_classes: int, *, dropout: float = 0.0, seed: int = 0
) -> "keras.Model":
    """Return the backbone, frozen, and one Dense layer named `classifier`, zero as yet: from raw pixels to logits.

    Args:
        kind: a key of `APPLICATIONS`.
        image_size: (height, width) in pixels.
        num_classes: at least 2.
        dropout, seed: of no effect; every network takes them.

    Returns:
        an uncompiled model, uint8 (n, height, width, 3) → float32 (n, 1) or (n, num_classes): logits.

    Raises:
        ImageSizeError: if a side is too small.
        WeightsError: if the weights are missing and cannot be downloaded, damaged or others.
    """
    del dropout, seed
    return with_head(build_application_backbone(kind, image_size=image_size), num_classes)


def lay_out_backbone(kind: str, image_size: tuple[int, int]) -> "keras.Model":
    """Return the layers of a backbone with random weights: what `load_weights` completes, and tests of structure use.

    Args:
        kind: a key of `APPLICATIONS`.
        image_size: (height, width) in pixels, not too small.
    """
    chosen = application(kind)
    keras = load_keras()
    pixels = keras.Input((*image_size, 3), dtype="uint8", name="pixels")
    values = preprocessing_layer(chosen.family)(pixels)
    function = getattr(keras.applications, chosen.function)
    layers = function(include_top=False, weights=None, input_tensor=values, pooling="avg", **chosen.options).layers
    pooling = next(layer for layer in reversed(layers) if isinstance(layer, keras.layers.GlobalAveragePooling2D))
    pooling.name, layers[-1].name = "pooling", "features"  # one layer, except where ConvNeXt normalises the means
    outputs = {"feature_map": pooling.input, "features": layers[-1].output}
    return keras.Model(pixels, outputs, name=kind)


def preprocessing_layer(family: str) -> "keras.layers.Layer":
    """Return the layer that does what a family's `preprocess_input` does to pixels, but leaves them red, green, blue.

    Args:
        family: a key of `FAMILIES`.
    """
    scale, offset = _RESCALINGS[FAMILIES[family].preprocessing]
    return load_keras().layers.Rescaling(scale, offset=offset, name="preprocessing")


def load_weights(network: "keras.Model", kind: str, path: Path) -> None:
    """Give a backbone the weights of Keras' file.

    Raises:
        WeightsError: if the file is no such file, or that of another network.
    """
    try:
        network.load_weights(path)
    except Exception as error:  # h5py and Keras raise nearly anything for a damaged file
        reason = " ".join(str(error).split())[:120]
        raise WeightsError(
            f"{path} holds no weights of {kind} ({reason}); remove it, then it is downloaded again from"
            f" {application(kind).address}"
        ) from error
    preprocessing = FAMILIES[application(kind).family].preprocessing
    if preprocessing == "caffe":
        _take_rgb(network)
    if application(kind).family == "efficientnet":
        _finish_normalisation(network)


def _take_rgb(network: "keras.Model") -> None:
    """Turn round the channels of the first kernel, which was trained on blue, green, red."""
    layers = load_keras().layers
    first = next(layer for layer in network.layers if isinstance(layer, layers.Conv2D))
    kernel, *bias = first.get_weights()
    first.set_weights([np.ascontiguousarray(kernel[:, :, ::-1]), *bias])


def _finish_normalisation(network: "keras.Model") -> None:
    """Divide what the first normalisation gives by the root of ImageNet's deviation.

    The file holds the deviation as its variance, so that Keras, where it loads these weights itself, adds a layer that
    divides once more. Source: keras 3.15, keras/src/applications/efficientnet.py.
    """
    layers = load_keras().layers
    normalisation: Any = next(layer for layer in network.layers if isinstance(layer, layers.Normalization))
    mean, variance, count = normalisation.get_weights()
    normalisation.set_weights([mean, variance * np.asarray(_DEVIATION, variance.dtype), count])
    normalisation.finalize_state()
