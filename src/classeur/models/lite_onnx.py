"""EfficientNet-Lite as an ONNX graph, made from its weights alone: no Keras, no TensorFlow.

Each batch normalisation is folded into the convolution in front of it, which leaves convolutions, ReLU6 and additions.
"""

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from classeur.errors import ClasseurError
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

if TYPE_CHECKING:
    import onnx

# Read by every ONNX Runtime since 1.13, of 2022; nothing newer is needed.
_OPSET, _IR_VERSION = 17, 8


def build_lite_onnx(
    kind: str,
    *,
    image_size: tuple[int, int] | None = None,
    with_feature_map: bool = False,
    weights: Weights | None = None,
) -> "onnx.ModelProto":
    """Return EfficientNet-Lite without its classifier as an ONNX model, from raw pixels to features.

    The same arguments give the same bytes. It computes what `build_backbone` does, within 10⁻⁴.

    Args:
        kind: efficientnet_lite0 or efficientnet_lite2.
        image_size: (height, width) in pixels, each at least 32; what it was trained on (224, 260) if None.
        with_feature_map: whether there is an output of what is averaged.
        weights: of this kind, from `load_weights`; loaded here if None.

    Returns:
        a checked model: `pixels`, uint8 (n, height, width, 3), RGB → `features`, float32 (n, 1280), and, asked for,
        `feature_map`, float32 (n, ⌈height / 32⌉, ⌈width / 32⌉, 1280). Its metadata name the weights and their licence.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.
        ImageSizeError: if a side is too small.
        WeightsError: if the weights are missing, damaged or others.
        ClasseurError: if the package onnx is not installed.
    """
    image_size = lite_image_size(kind, image_size)
    plan = convolutions(kind)
    if importlib.util.find_spec("onnx") is None:
        raise ClasseurError("an ONNX graph is made by the package onnx; install it with: pip install onnx")
    from onnx import TensorProto, checker, helper

    graph = _Graph()
    weights = load_weights(kind) if weights is None else weights
    values = graph.add("Transpose", ["pixels"], "channels_first", perm=[0, 3, 1, 2])
    values = graph.add("Cast", [values], "pixels_float32", to=TensorProto.FLOAT)
    values = graph.add("Sub", [values, graph.constant("offset", np.float32(OFFSET))], "centred")
    values = kept = graph.add("Mul", [values, graph.constant("scale", np.float32(1 / SCALE))], "rescaling")
    limits = [graph.constant("zero", np.float32(0)), graph.constant("six", np.float32(6))]
    height, width = image_size
    for convolution in plan:
        kept = values if convolution.opens else kept
        values = _add_convolution(graph, convolution, weights, values, (height, width))
        height, width = -(-height // convolution.stride), -(-width // convolution.stride)
        if convolution.relu6:
            values = graph.add("Clip", [values, *limits], f"{convolution.name}_relu6")
        if convolution.adds:
            values = graph.add("Add", [values, kept], f"{convolution.name}_add")
    outputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", NUM_FEATURES])]
    if with_feature_map:
        shape: list[str | int] = ["n", height, width, NUM_FEATURES]
        outputs.append(helper.make_tensor_value_info("feature_map", TensorProto.FLOAT, shape))
        graph.add("Transpose", [values], "feature_map", perm=[0, 2, 3, 1])
    graph.add("Flatten", [graph.add("GlobalAveragePool", [values], "mean")], "features")
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", *image_size, 3])]
    model = helper.make_model(
        helper.make_graph(graph.nodes, kind, inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="classeur",
    )
    facts = {"backbone": kind, "weights_sha256": WEIGHT_FILES[kind].sha256, "weights_license": "Apache-2.0"}
    helper.set_model_props(model, facts)
    checker.check_model(model)
    return model


def _add_convolution(
    graph: "_Graph", convolution: Convolution, weights: Weights, values: str, size: tuple[int, int]
) -> str:
    """Add a convolution of `values`, which are (height, width) large, and return the name of its output."""
    kernel, bias = folded(convolution, weights)
    name = convolution.name
    return graph.add(
        "Conv",
        [values, graph.constant(f"{name}/kernel", kernel), graph.constant(f"{name}/bias", bias)],
        name,
        kernel_shape=[convolution.kernel] * 2,
        strides=[convolution.stride] * 2,
        pads=_same_padding(convolution, *size),
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


def _same_padding(convolution: Convolution, height: int, width: int) -> list[int]:
    """Return TensorFlow's SAME padding as ONNX has it: top, left, bottom, right; an odd one is larger at the end."""
    lacking = [
        max((-(-side // convolution.stride) - 1) * convolution.stride + convolution.kernel - side, 0)
        for side in (height, width)
    ]
    return [count // 2 for count in lacking] + [count - count // 2 for count in lacking]


class _Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: np.ndarray | np.float32) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name
