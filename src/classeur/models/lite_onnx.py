"""EfficientNet-Lite as an ONNX graph, made from its weights alone: no Keras, no TensorFlow.

Each batch normalisation is folded into the convolution in front of it, which leaves convolutions, ReLU6 and additions.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from classeur.models.lite_blocks import (
    EPSILON,
    NUM_FEATURES,
    OFFSET,
    SCALE,
    Convolution,
    convolutions,
    lite_image_size,
)
from classeur.models.lite_weights import WEIGHT_FILES, Weights, load_weights
from classeur.models.onnx_graph import Graph, Value
from classeur.models.onnx_layers import same_padding
from classeur.models.onnx_network import Network, add_network, add_unlike

if TYPE_CHECKING:
    import onnx


def build_lite_onnx(
    kind: str,
    *,
    image_size: tuple[int, int] | None = None,
    with_feature_map: bool = False,
    head: Network | None = None,
    weights: Weights | None = None,
    unlike: Sequence[np.ndarray] | None = None,
) -> "onnx.ModelProto":
    """Return EfficientNet-Lite as an ONNX model, from raw pixels to features, or with a head to probabilities.

    The same arguments give the same bytes. It computes what `build_backbone` does, within 10⁻⁴.

    Args:
        kind: efficientnet_lite0 or efficientnet_lite2.
        image_size: (height, width) in pixels, each at least 32; what it was trained on (224, 260) if None.
        with_feature_map: whether there is an output of what is averaged; there always is one with a head.
        head: layers on its features, such as `dense_head` makes; features are the output if None.
        weights: of this kind, from `load_weights`; loaded here if None.
        unlike: as `add_unlike` takes it, for an output `unlike`.

    Returns:
        a checked model: `pixels`, uint8 (n, height, width, 3), RGB → `features`, float32 (n, 1280), and, asked for,
        `feature_map`, float32 (n, ⌈height / 32⌉, ⌈width / 32⌉, 1280). With a head, `probabilities` and `logits`, both
        (n, classes), in front of these. Its metadata name the weights and their licence.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.
        ImageSizeError: if a side is too small.
        WeightsError: if the weights are missing, damaged or others.
        ClasseurError: if the package onnx is not installed.
    """
    image_size = lite_image_size(kind, image_size)
    plan = convolutions(kind)
    graph = Graph()
    feature_map, features = _add_backbone(graph, plan, image_size, load_weights(kind) if weights is None else weights)
    outputs = {} if head is None else add_network(graph, head, {head.input: features})
    if unlike is not None:
        outputs["unlike"] = add_unlike(graph, features, unlike)
    outputs["features"] = features
    if head is not None or with_feature_map:
        outputs["feature_map"] = feature_map
    facts = {"backbone": kind, "weights_sha256": WEIGHT_FILES[kind].sha256, "weights_license": "Apache-2.0"}
    return graph.model(kind, outputs, facts=facts)


def build_head_onnx(head: Network, num_features: int) -> "onnx.ModelProto":
    """Return a head alone as an ONNX model: `features`, float32 (n, features) → `probabilities`, (n, classes)."""
    graph = Graph()
    outputs = add_network(graph, head, {head.input: graph.features(num_features)})
    return graph.model("head", {"probabilities": outputs["probabilities"]})


def _add_backbone(
    graph: Graph, plan: list[Convolution], image_size: tuple[int, int], weights: Weights
) -> tuple[Value, Value]:
    """Add the backbone and return its feature map and the features."""
    values = graph.add("Sub", [graph.pixels(image_size).name, graph.constant("offset", OFFSET)], "centred")
    values = kept = graph.add("Mul", [values, graph.constant("scale", 1 / SCALE)], "rescaling")
    limits = [graph.constant("zero", 0), graph.constant("six", 6)]
    height, width = image_size
    for convolution in plan:
        kept = values if convolution.opens else kept
        values = _add_convolution(graph, convolution, weights, values, (height, width))
        height, width = -(-height // convolution.stride), -(-width // convolution.stride)
        if convolution.relu6:
            values = graph.add("Clip", [values, *limits], f"{convolution.name}_relu6")
        if convolution.adds:
            values = graph.add("Add", [values, kept], f"{convolution.name}_add")
    mean = graph.add("Flatten", [graph.add("GlobalAveragePool", [values], "mean")], "flat_mean")
    return Value(values, (height, width, NUM_FEATURES), True), Value(mean, (NUM_FEATURES,))


def _add_convolution(
    graph: Graph, convolution: Convolution, weights: Weights, values: str, size: tuple[int, int]
) -> str:
    """Add a convolution of `values`, which are (height, width) large, and return the name of its output."""
    kernel, bias = folded(convolution, weights)
    name, window, strides = convolution.name, [convolution.kernel] * 2, [convolution.stride] * 2
    return graph.add(
        "Conv",
        [values, graph.constant(f"{name}/kernel", kernel), graph.constant(f"{name}/bias", bias)],
        name,
        kernel_shape=window,
        strides=strides,
        pads=same_padding(size, window, strides),
        group=convolution.filters if convolution.depthwise else 1,
    )


def folded(convolution: Convolution, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Return a convolution's kernel and bias with its batch normalisation in them, float32.

    γ · (k∗x − μ) / √(σ² + ε) + β is a convolution with k · γ / √(σ² + ε) and the bias β − μ · γ / √(σ² + ε).
    """
    gamma, beta, mean, variance = (
        weights[f"{convolution.norm}.{name}"].astype(np.float64)
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    factors = gamma / np.sqrt(variance + EPSILON)
    kernel = weights[convolution.weight] * factors[:, None, None, None]
    return kernel.astype(np.float32), (beta - mean * factors).astype(np.float32)
