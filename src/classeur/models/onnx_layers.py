"""Keras' layers as ONNX nodes: what each computes when the network answers, never as it does in training.

Every layer of every network in keras.applications is here, beside those of the tutorial and of heads on features. What
is not here is refused by name: a node that only nearly does the same would be worse than none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from classeur.errors import ClasseurError
from classeur.models.onnx_graph import Graph, Value


class Step(NamedTuple):
    """A layer of a network, as Keras saves it."""

    name: str
    kind: str  # the name of its class in Keras
    config: Mapping[str, Any]
    weights: Sequence[np.ndarray]
    inputs: tuple[str, ...]  # the names of the steps whose outputs it takes, or of the network's input


class UnknownLayerError(ClasseurError):
    """A layer, or a setting of one, that has no ONNX nodes here."""

    def __init__(self, step: Step, what: str = "") -> None:
        super().__init__(
            f"the layer {step.name} ({step.kind}{f' with {what}' if what else ''}) has no ONNX form in classeur, so the"
            " network cannot be written as ONNX; it predicts through Keras"
        )


def add_step(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    """Add the nodes of a layer to a graph and return its output.

    Args:
        graph: receives the nodes.
        step: the layer.
        inputs: the values that it takes.

    Raises:
        UnknownLayerError: if there is no such layer here.
    """
    if step.kind not in _LAYERS:
        raise UnknownLayerError(step)
    if step.config.get("data_format") == "channels_first":
        raise UnknownLayerError(step, "channels first")
    return _LAYERS[step.kind](graph, step, inputs)


def _keep(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    """Return the input: what a layer does in training alone is not done here."""
    del graph, step
    return inputs[0]


def _dense(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_last(inputs[0])
    kernel, *bias = step.weights
    product = graph.add("MatMul", [value.name, graph.constant(f"{step.name}/kernel", kernel)], f"{step.name}_product")
    if bias:
        product = graph.add("Add", [product, graph.constant(f"{step.name}/bias", bias[0])], step.name)
    return _activated(graph, step, Value(product, (*value.shape[:-1], kernel.shape[1])))


def _conv(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    kernel, *bias = step.weights  # (height, width, channels of a group, filters)
    value = _convolved(graph, step, inputs[0], kernel.transpose(3, 2, 0, 1), bias, int(step.config["groups"]))
    return _activated(graph, step, value)


def _depthwise_conv(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    kernel, *bias = step.weights
    return _activated(graph, step, _convolved(graph, step, inputs[0], _depthwise(kernel), bias, kernel.shape[2]))


def _separable_conv(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    depthwise, pointwise, *bias = step.weights
    value = _convolved(graph, step, inputs[0], _depthwise(depthwise), [], depthwise.shape[2])
    once = step._replace(config={**step.config, "strides": (1, 1), "dilation_rate": (1, 1)})
    return _activated(graph, step, _convolved(graph, once, value, pointwise.transpose(3, 2, 0, 1), bias, 1))


def _depthwise(kernel: np.ndarray) -> np.ndarray:
    """Return (height, width, channels, multiplier) as ONNX has it: a group for each channel."""
    height, width, channels, multiplier = kernel.shape
    return kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)


def _convolved(
    graph: Graph, step: Step, value: Value, kernel: np.ndarray, bias: Sequence[np.ndarray], groups: int
) -> Value:
    """Add a convolution with a kernel (filters, channels of a group, height, width)."""
    value = graph.channels_first(value)
    place = _places(step, value, kernel.shape[2:])
    constants = [graph.constant(f"{step.name}/kernel", kernel)]
    constants += [graph.constant(f"{step.name}/bias", each) for each in bias]
    output = graph.add(
        "Conv",
        [value.name, *constants],
        step.name,
        kernel_shape=list(kernel.shape[2:]),
        strides=place.strides,
        dilations=place.dilations,
        pads=place.pads,
        group=groups,
    )
    return Value(output, (*place.size, kernel.shape[0]), True)


class _Places(NamedTuple):
    """Where a window is put: what ONNX wants to know of it, and how many places that makes."""

    strides: list[int]
    dilations: list[int]
    pads: list[int]
    size: tuple[int, int]


def _places(step: Step, value: Value, window: Sequence[int]) -> _Places:
    strides, dilations = (
        _pair(step.config.get(name) or default) for name, default in (("strides", window), ("dilation_rate", 1))
    )
    reaches = [(side - 1) * dilation + 1 for side, dilation in zip(window, dilations, strict=True)]
    padding, sides = step.config["padding"], value.shape[:2]
    if padding == "valid":
        pads, size = [0, 0, 0, 0], [(s - r) // t + 1 for s, r, t in zip(sides, reaches, strides, strict=True)]
    elif padding == "same":
        size = [-(-side // stride) for side, stride in zip(sides, strides, strict=True)]
        pads = same_padding(sides, reaches, strides)
    else:
        raise UnknownLayerError(step, f"padding {padding!r}")
    return _Places(strides, dilations, pads, (size[0], size[1]))


def same_padding(sides: Sequence[int], windows: Sequence[int], strides: Sequence[int]) -> list[int]:
    """Return TensorFlow's SAME padding as ONNX has it: top, left, bottom, right; an odd one is larger at the end.

    >>> same_padding((224, 7), (3, 3), (2, 1))
    [0, 1, 1, 1]
    """
    lacking = [
        max((-(-side // stride) - 1) * stride + window - side, 0)
        for side, window, stride in zip(sides, windows, strides, strict=True)
    ]
    return [count // 2 for count in lacking] + [count - count // 2 for count in lacking]


def _pair(value: Any) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)


def _pool(operator: str) -> "Layer":
    def add(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
        value = graph.channels_first(inputs[0])
        window = _pair(step.config["pool_size"])
        place = _places(step, value, window)
        # An average counts no padding, in Keras as in ONNX.
        output = graph.add(
            operator, [value.name], step.name, kernel_shape=window, strides=place.strides, pads=place.pads
        )
        return Value(output, (*place.size, value.shape[2]), True)

    return add


def _global_pool(operator: str) -> "Layer":
    def add(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
        value = graph.channels_first(inputs[0])
        output, channels = graph.add(operator, [value.name], step.name), value.shape[2]
        if step.config.get("keepdims"):
            return Value(output, (1, 1, channels), True)
        return Value(graph.add("Flatten", [output], f"{step.name}_flat"), (channels,))

    return add


def _zero_padding_2d(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_first(inputs[0])
    (top, bottom), (left, right) = step.config["padding"]
    pads = graph.constant(f"{step.name}/pads", [0, 0, top, left, 0, 0, bottom, right], np.int64)
    height, width, channels = value.shape
    shape = (height + top + bottom, width + left + right, channels)
    return Value(graph.add("Pad", [value.name, pads], step.name), shape, True)


def _zero_padding_1d(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    (value,), (before, after) = inputs, _pair(step.config["padding"])
    pads = graph.constant(f"{step.name}/pads", [0, before, 0, 0, after, 0], np.int64)
    length, width = value.shape
    return Value(graph.add("Pad", [value.name, pads], step.name), (before + length + after, width))


def _cropping_2d(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_first(inputs[0])
    (top, bottom), (left, right) = step.config["cropping"]
    height, width, channels = value.shape
    starts, ends, axes = ((top, left), (height - bottom, width - right), (2, 3))
    bounds = [
        graph.constant(f"{step.name}/{name}", numbers, np.int64)
        for name, numbers in (("starts", starts), ("ends", ends), ("axes", axes))
    ]
    shape = (ends[0] - top, ends[1] - left, channels)
    return Value(graph.add("Slice", [value.name, *bounds], step.name), shape, True)


def _flatten(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_last(inputs[0])
    return Value(graph.add("Flatten", [value.name], step.name), (int(np.prod(value.shape)),))


def _reshape(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value, shape = graph.channels_last(inputs[0]), tuple(step.config["target_shape"])
    known = -int(np.prod(shape))
    shape = tuple(int(np.prod(value.shape)) // known if side == -1 else side for side in shape)
    target = graph.constant(f"{step.name}/shape", [-1, *shape], np.int64)
    return Value(graph.add("Reshape", [value.name, target], step.name), shape)


def _rescaling(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = _times(graph, step, inputs[0], step.config["scale"])
    return value if not np.any(step.config["offset"]) else _plus(graph, step, value, step.config["offset"])


def _normalization(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    config, channels = step.config, inputs[0].shape[-1]
    # Its numbers are weights where it was adapted to data, else part of its settings.
    mean, variance = step.weights[:2] if step.weights else (config["mean"], config["variance"])
    mean, variance = (np.asarray(each, np.float32).reshape(-1) for each in (mean, variance))
    if config.get("invert") or len(mean) not in (1, channels) or len(variance) not in (1, channels):
        raise UnknownLayerError(step, "these settings")
    value = _plus(graph, step, inputs[0], -mean)
    return _times(graph, step, value, 1 / np.maximum(np.sqrt(variance), _KERAS_EPSILON))


# keras.backend.epsilon(), as it is unless somebody has set it.
_KERAS_EPSILON = np.float32(1e-7)


def _batch_normalization(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_first(inputs[0]) if len(inputs[0].shape) == 3 else inputs[0]
    _check_last_axis(step, value)
    *scaled, mean, variance = step.weights
    gamma = scaled.pop(0) if step.config["scale"] else np.ones_like(mean)
    beta = scaled.pop(0) if step.config["center"] else np.zeros_like(mean)
    numbers = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    constants = [graph.constant(f"{step.name}/{name}", each) for name, each in numbers.items()]
    epsilon = float(step.config["epsilon"])
    output = graph.add("BatchNormalization", [value.name, *constants], step.name, epsilon=epsilon)
    return value._replace(name=output)


def _layer_normalization(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_last(inputs[0])
    _check_last_axis(step, value)
    if step.config.get("rms_scaling"):
        raise UnknownLayerError(step, "rms_scaling")
    scaled, size = list(step.weights), value.shape[-1]
    gamma = scaled.pop(0) if step.config["scale"] else np.ones(size)
    beta = scaled.pop(0) if step.config["center"] else np.zeros(size)
    constants = [graph.constant(f"{step.name}/{name}", each) for name, each in (("gamma", gamma), ("beta", beta))]
    epsilon = float(step.config["epsilon"])
    return value._replace(
        name=graph.add("LayerNormalization", [value.name, *constants], step.name, axis=-1, epsilon=epsilon)
    )


def _unit_normalization(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_last(inputs[0])
    _check_last_axis(step, value)
    norm = graph.add("ReduceL2", [value.name], f"{step.name}_norm", axes=[-1], keepdims=1)
    least = graph.constant(f"{step.name}/least", np.float32(1e-12))  # as in Keras
    norm = graph.add("Max", [norm, least], f"{step.name}_above_zero")
    return value._replace(name=graph.add("Div", [value.name, norm], step.name))


def _layer_scale(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    return _times(graph, step, inputs[0], step.weights[0])


def _scaled_add(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    scaled = _times(graph, step, inputs[1], step.config["scale"])
    return _merge("Add")(graph, step, [inputs[0], scaled])


def _merge(operator: str) -> "Layer":
    def add(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
        first, *rest = _alike(graph, inputs)
        for other in rest:
            if len(other.shape) != len(first.shape):
                raise UnknownLayerError(step, "inputs of different numbers of axes")
            shape = np.broadcast_shapes(first.shape, other.shape)
            first = first._replace(name=graph.add(operator, [first.name, other.name], step.name), shape=shape)
        return first

    return add


def _concatenate(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    values = _alike(graph, inputs)
    first = values[0]
    _check_last_axis(step, first)
    axis = 1 if first.channels_first else len(first.shape)
    output = graph.add("Concat", [value.name for value in values], step.name, axis=axis)
    channels = sum(value.shape[-1] for value in values)
    return first._replace(name=output, shape=(*first.shape[:-1], channels))


def _alike(graph: Graph, values: Sequence[Value]) -> list[Value]:
    """Return values whose axes lie as those of the first do."""
    return [graph.channels_first(value) if values[0].channels_first else graph.channels_last(value) for value in values]


def _check_last_axis(step: Step, value: Value) -> None:
    axis = step.config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
    if axis not in (-1, len(value.shape)):
        raise UnknownLayerError(step, f"axis {axis}")


def _times(graph: Graph, step: Step, value: Value, factors: Any) -> Value:
    return _by_channel(graph, "Mul", f"{step.name}/scale", value, factors, f"{step.name}_scaled")


def _plus(graph: Graph, step: Step, value: Value, numbers: Any) -> Value:
    return _by_channel(graph, "Add", f"{step.name}/offset", value, numbers, step.name)


def _by_channel(graph: Graph, operator: str, constant: str, value: Value, numbers: Any, name: str) -> Value:
    """Add a node with one number, or with one for each channel."""
    numbers = np.asarray(numbers, np.float32)
    numbers = numbers.reshape(-1, 1, 1) if numbers.size > 1 and value.channels_first else numbers
    return value._replace(name=graph.add(operator, [value.name, graph.constant(constant, numbers)], name))


def _relu(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    config = step.config
    if config.get("threshold"):
        raise UnknownLayerError(step, f"threshold {config['threshold']}")
    value, highest = inputs[0], config.get("max_value")
    if config.get("negative_slope"):
        value = _leaky_relu(graph, step, [value])
        return value if highest is None else _clipped(graph, step, value, ["", highest])
    if highest is None:
        return value._replace(name=graph.add("Relu", [value.name], step.name))
    return _clipped(graph, step, value, [0.0, highest])


def _clipped(graph: Graph, step: Step, value: Value, bounds: list[Any]) -> Value:
    names = [graph.constant(f"{step.name}/bound", bound) if bound != "" else "" for bound in bounds]
    return value._replace(name=graph.add("Clip", [value.name, *names], f"{step.name}_clipped"))


def _leaky_relu(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    slope = float(step.config["negative_slope"])
    return inputs[0]._replace(name=graph.add("LeakyRelu", [inputs[0].name], step.name, alpha=slope))


def _softmax(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    value = graph.channels_last(inputs[0])
    _check_last_axis(step, value)
    return value._replace(name=graph.add("Softmax", [value.name], step.name, axis=-1))


def _activation(graph: Graph, step: Step, inputs: Sequence[Value]) -> Value:
    return _activated(graph, step, inputs[0])


def _activated(graph: Graph, step: Step, value: Value) -> Value:
    """Return a value after the activation that the layer's settings name."""
    name = step.config.get("activation") or "linear"
    if name == "linear":
        return value
    if name == "softmax":
        return _softmax(graph, step._replace(config={}), [value])
    if name == "relu6":
        return _clipped(graph, step, value, [0.0, 6.0])
    if name in ("silu", "swish"):
        gate = graph.add("Sigmoid", [value.name], f"{step.name}_gate")
        return value._replace(name=graph.add("Mul", [value.name, gate], f"{step.name}_silu"))
    if name == "gelu":
        return _gelu(graph, step, value)
    if name not in _ACTIVATIONS:
        raise UnknownLayerError(step, f"activation {name!r}")
    operator, attributes = _ACTIVATIONS[name]
    return value._replace(name=graph.add(operator, [value.name], f"{step.name}_{name}", **attributes))


def _gelu(graph: Graph, step: Step, value: Value) -> Value:
    """Return x/2 · (1 + erf(x / √2)), Keras' `gelu` that is not approximate."""

    def times(name: str, factor: float) -> str:
        return graph.add("Mul", [name, graph.constant(f"{step.name}/factor", np.float32(factor))], f"{step.name}_times")

    erf = graph.add("Erf", [times(value.name, 2**-0.5)], f"{step.name}_erf")
    share = graph.add("Add", [erf, graph.constant(f"{step.name}/one", np.float32(1))], f"{step.name}_share")
    return value._replace(name=graph.add("Mul", [times(value.name, 0.5), share], f"{step.name}_gelu"))


_ACTIVATIONS: dict[str, tuple[str, dict[str, float]]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_silu": ("HardSwish", {}),
    "hard_swish": ("HardSwish", {}),
}

Layer = Callable[[Graph, Step, Sequence[Value]], Value]

_LAYERS: dict[str, Layer] = {
    "Activation": _activation,
    "Add": _merge("Add"),
    "AveragePooling2D": _pool("AveragePool"),
    "BatchNormalization": _batch_normalization,
    "Concatenate": _concatenate,
    "Conv2D": _conv,
    "Cropping2D": _cropping_2d,
    "CustomScaleLayer": _scaled_add,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise_conv,
    "Dropout": _keep,
    "Flatten": _flatten,
    "GaussianDropout": _keep,
    "GaussianNoise": _keep,
    "GlobalAveragePooling2D": _global_pool("GlobalAveragePool"),
    "GlobalMaxPooling2D": _global_pool("GlobalMaxPool"),
    "LayerNormalization": _layer_normalization,
    "LayerScale": _layer_scale,
    "LeakyReLU": _leaky_relu,
    "MaxPooling2D": _pool("MaxPool"),
    "Maximum": _merge("Max"),
    "Minimum": _merge("Min"),
    "Multiply": _merge("Mul"),
    "Normalization": _normalization,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "SeparableConv2D": _separable_conv,
    "Softmax": _softmax,
    "SpatialDropout2D": _keep,
    "StochasticDepth": _keep,
    "Subtract": _merge("Sub"),
    "UnitNormalization": _unit_normalization,
    "ZeroPadding1D": _zero_padding_1d,
    "ZeroPadding2D": _zero_padding_2d,
}
