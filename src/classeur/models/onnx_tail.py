"""The tail of an ONNX model: what follows its last map of features, with its gradient, in NumPy.

A tail is short: a pooling, one or two dense layers. Its gradient is computed here from the file itself, so that a
picture is explained by what is deployed, on every engine, without Keras.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classeur.errors import ClasseurError
from classeur.models.onnx_graph import PIXELS
from classeur.models.onnx_safety import read_onnx
from classeur.models.onnx_session import open_session

Array = np.ndarray

# What changes a map place by place: it still belongs to the map.
_ACTIVATIONS = ("Relu", "Clip", "Elu", "LeakyRelu", "Sigmoid", "HardSwish", "HardSigmoid", "Softplus", "Selu")
# Operators of two values that may both depend on the map.
_OF_TWO = ("Add", "Sub", "Mul")
# Operators whose gradient is the same for every picture: with these alone, logits are sums over places.
_AFFINE = ("GlobalAveragePool", "Flatten", "Reshape", "Transpose", "MatMul", "Gemm", "Add", "Sub", "Mul", "Div", "Pad")
_AFFINE_OR_NOTHING = (*_AFFINE, "Identity", "Squeeze", "ReduceMean")


# Attributes that change what an operator does, and the values with which it does what is known here.
_USUAL: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "MaxPool": {"auto_pad": (b"NOTSET", b"VALID"), "dilations": ([1, 1],), "ceil_mode": (0,), "storage_order": (0,)},
    "Gemm": {"transA": (0,)},
    "Flatten": {"axis": (1,)},
    "Pad": {"mode": (b"constant",)},
}


class UnknownTailError(ClasseurError):
    """What follows the last map of features has an operator whose gradient is not known here."""


class Operator(NamedTuple):
    """One operator of the tail."""

    kind: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


class Tail(NamedTuple):
    """What makes logits of the last map of features."""

    operators: tuple[Operator, ...]
    constants: Mapping[str, Array]
    map: str  # the value that it begins with, (n, channels, height, width)
    logits: str

    @property
    def is_affine(self) -> bool:
        """Whether logits are sums over the places of the map: a mean and dense layers without an activation."""
        # A product of two values of the map is none.
        return all(
            each.kind in _AFFINE_OR_NOTHING
            and not (each.kind == "Mul" and all(name not in self.constants for name in each.inputs))
            for each in self.operators
        )

    def run(self, maps: Array) -> Array:
        """Return the logits, float (n, classes), of maps (n, channels, height, width)."""
        return self._values(maps)[self.logits]

    def gradient(self, maps: Array, weights: Array) -> Array:
        """Return the gradient of `(logits * weights).sum()` by the maps, float (n, channels, height, width).

        Args:
            maps: float (n, channels, height, width).
            weights: float (n, classes).
        """
        values = self._values(maps)
        gradients: dict[str, Array] = {self.logits: weights}
        for operator in reversed(self.operators):
            above = gradients.get(operator.output)
            if above is None:
                continue
            given = [values[name] if name in values else self.constants[name] for name in operator.inputs if name]
            for place, name in enumerate(operator.inputs):
                if name in values:
                    part = _RULES[operator.kind].backward(_At(operator, given, above, place))
                    gradients[name] = gradients[name] + part if name in gradients else part
        return gradients[self.map]

    def _values(self, maps: Array) -> dict[str, Array]:
        """Return every value of the tail that depends on the maps."""
        values = {self.map: maps}
        for operator in self.operators:
            given = [values[name] if name in values else self.constants[name] for name in operator.inputs if name]
            values[operator.output] = _RULES[operator.kind].forward(operator, given)
        return values


class MappedAnswers(NamedTuple):
    """What a model says of pictures, and what it says it by."""

    logits: Array  # float32 (n, classes)
    maps: Array | None  # float32 (n, channels, height, width), where the tail behind them is known
    features: Array | None  # float32 (n, features), where the model gives them


class MappedModel:
    """An ONNX model that gives its last map of features beside its logits, and the tail that lies between.

    ONNX Runtime computes all that is large.
    """

    def __init__(self, path: Path) -> None:
        """Open a model.

        Raises:
            UnsafeModelError, BrokenRunError: as `open_session` does.
            UnknownTailError: if it gives no logits.
        """
        import onnx
        from onnx import TensorProto, helper

        model = onnx.load_model_from_string(read_onnx(path))
        outputs = {each.name for each in model.graph.output}
        if "logits" not in outputs:
            raise UnknownTailError(f"{path} gives no logits, so it cannot be said what speaks for them")
        self.tail: Tail | None = None
        self.unmapped = ""  # why there is no tail
        try:
            self.tail = tail_of(model, str(path))
        except UnknownTailError as error:
            self.unmapped = str(error)
        self._wanted = ["logits", *(name for name in ("features",) if name in outputs)]
        if self.tail is not None:
            self._wanted.append(self.tail.map)
            model.graph.output.append(helper.make_tensor_value_info(self.tail.map, TensorProto.FLOAT, None))
        self._session = open_session(model.SerializeToString(), name=str(path))

    def __call__(self, pixels: Array) -> MappedAnswers:
        """Return the answers to pixels, uint8 (n, height, width, 3)."""
        found = dict(zip(self._wanted, self._session.run(self._wanted, {PIXELS: pixels}), strict=True))
        maps = found.get(self.tail.map) if self.tail is not None else None
        return MappedAnswers(found["logits"], maps, found.get("features"))


def tail_of(model: Any, name: str) -> Tail:
    """Return what follows the last map of features in an `onnx.ModelProto`.

    The map is what the last pooling over all places takes or, where there is none, what the last convolution gives,
    with its activation.

    Raises:
        UnknownTailError: if there is no map, or an operator has no gradient here.
    """
    from onnx import helper, numpy_helper

    nodes = {output: node for node in model.graph.node for output in node.output}
    constants = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    # A picture depends on what has the pixels behind it; in the file's order, each node follows what it takes.
    reached = {PIXELS}
    order = []
    for node in model.graph.node:
        if reached.intersection(node.input):
            reached.update(node.output)
            order.append(node)
    needed = _ancestors("logits", nodes)
    order = [node for node in order if node.output[0] in needed]
    begin = _last_map(order)
    if begin is None:
        raise UnknownTailError(f"{name} has no map of features: no convolution comes before its logits")
    start, value = begin
    operators = []
    inside = {value}
    for node in order[start:]:
        if not inside.intersection(node.input):
            continue
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        for attribute, usual in _USUAL.get(node.op_type, {}).items():
            if attributes.get(attribute, usual[0]) not in usual:
                raise UnknownTailError(
                    f"{name} has {node.op_type} with {attribute} {attributes[attribute]} between its last map of"
                    " features and its logits, which is not known here"
                )
        operators.append(Operator(node.op_type, tuple(node.input), node.output[0], attributes))
        inside.add(node.output[0])
        others = node.input if node.op_type in _OF_TWO else node.input[1:]
        known = constants.keys() | (inside if node.op_type in _OF_TWO else set())
        if node.op_type not in _RULES or any(each and each not in known for each in others):
            raise UnknownTailError(
                f"{name} has {node.op_type} between its last map of features and its logits, whose gradient is not"
                " known here"
            )
    needed_constants = {each for operator in operators for each in operator.inputs if each in constants}
    return Tail(tuple(operators), {each: constants[each] for each in needed_constants}, value, "logits")


def _ancestors(name: str, nodes: Mapping[str, Any]) -> set[str]:
    """Return the names of all values that a value is made of, itself included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += nodes[each].input if each in nodes else ()
    return found


def _last_map(order: Sequence[Any]) -> tuple[int, str] | None:
    """Return the place behind the last map of features in the order of nodes, and the map's name."""
    for place in range(len(order) - 1, -1, -1):
        node = order[place]
        if node.op_type in ("GlobalAveragePool", "GlobalMaxPool"):
            return place, node.input[0]
        if node.op_type == "Conv":
            value = node.output[0]
            for after in order[place + 1 :]:
                if after.op_type in _ACTIVATIONS and after.input[0] == value:
                    value, place = after.output[0], place + 1
                else:
                    break
            return place + 1, value
    return None


class _At(NamedTuple):
    """Where a gradient is asked for: an operator, what it takes, the gradient of what it gives, and which input."""

    operator: Operator
    given: Sequence[Array]
    above: Array
    place: int

    def axes(self) -> tuple[int, ...]:
        return _axes(self.operator, self.given)


def _axes(operator: Operator, given: Sequence[Array]) -> tuple[int, ...]:
    """Return the axes over which there is a mean: an input or, in older files, an attribute."""
    axes = given[1].tolist() if len(given) > 1 else operator.attributes.get("axes", (2, 3))
    return tuple(axis % given[0].ndim for axis in axes)


def _summed_to(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Return a gradient of what was broadcast, summed to the shape that it had."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis, side in enumerate(shape) if side == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else gradient


def _mean_gradient(at: _At) -> Array:
    shape = at.given[0].shape
    kept = [1 if axis in at.axes() else side for axis, side in enumerate(shape)]
    share = at.above.reshape(kept) / math.prod(shape[axis] for axis in at.axes())
    return np.asarray(np.broadcast_to(share, shape))


def _windows(operator: Operator, maps: Array) -> Array:
    """Return the windows of a pooling, (n, channels, rows, columns, window)."""
    (rows, columns), (down, right) = operator.attributes["kernel_shape"], operator.attributes.get("strides", (1, 1))
    top, left, bottom, end = operator.attributes.get("pads", (0, 0, 0, 0))
    padded = np.pad(maps, ((0, 0), (0, 0), (top, bottom), (left, end)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (rows, columns), axis=(2, 3))
    windows = windows[:, :, ::down, ::right]
    return windows.reshape(*windows.shape[:4], rows * columns)


def _max_pool_gradient(at: _At) -> Array:
    """Return the gradient of a pooling by the greatest: it goes to the first of the greatest of each window."""
    maps, attributes = at.given[0], at.operator.attributes
    (_, columns), (down, right) = attributes["kernel_shape"], attributes.get("strides", (1, 1))
    top, left, bottom, end = attributes.get("pads", (0, 0, 0, 0))
    best = _windows(at.operator, maps).argmax(axis=-1)
    n, channels, height, width = maps.shape
    padded = np.zeros((n, channels, height + top + bottom, width + left + end), at.above.dtype)
    rows = np.arange(best.shape[2])[:, None] * down + best // columns
    across = np.arange(best.shape[3]) * right + best % columns
    images, layers = np.arange(n)[:, None, None, None], np.arange(channels)[None, :, None, None]
    np.add.at(padded, (images, layers, rows, across), at.above)
    return np.asarray(padded[:, :, top : top + height, left : left + width])


def _reshaped(_: Operator, given: Sequence[Array]) -> Array:
    shape = [given[0].shape[axis] if side == 0 else int(side) for axis, side in enumerate(given[1].tolist())]
    return given[0].reshape(shape)


def _padded(_: Operator, given: Sequence[Array]) -> Array:
    half = len(given[1]) // 2
    return np.pad(given[0], list(zip(given[1][:half].tolist(), given[1][half:].tolist(), strict=True)))


def _unpadded(at: _At) -> Array:
    before = at.given[1][: len(at.given[1]) // 2].tolist()
    inner = (slice(start, start + side) for start, side in zip(before, at.given[0].shape, strict=True))
    return at.above[tuple(inner)]


def _gemm(operator: Operator, given: Sequence[Array]) -> Array:
    kernel = given[1].T if operator.attributes.get("transB") else given[1]
    product = operator.attributes.get("alpha", 1.0) * (given[0] @ kernel)
    return np.asarray(product + operator.attributes.get("beta", 1.0) * given[2] if len(given) > 2 else product)


def _gemm_gradient(at: _At) -> Array:
    kernel = at.given[1] if at.operator.attributes.get("transB") else at.given[1].T
    return np.asarray(at.operator.attributes.get("alpha", 1.0) * (at.above @ kernel))


def _product_gradient(at: _At) -> Array:
    return _summed_to(at.above * at.given[1 - at.place], at.given[at.place].shape)


def _mean(operator: Operator, given: Sequence[Array]) -> Array:
    keepdims = bool(operator.attributes.get("keepdims", 1))
    return np.asarray(given[0].mean(axis=_axes(operator, given), keepdims=keepdims))


def _flat(_: Operator, given: Sequence[Array]) -> Array:
    return given[0].reshape(len(given[0]), -1)


def _as_taken(at: _At) -> Array:
    return at.above.reshape(at.given[0].shape)


class _Rule(NamedTuple):
    """What an operator gives, and the gradient of what it takes."""

    forward: Callable[[Operator, Sequence[Array]], Array]
    backward: Callable[[_At], Array]


_RULES: Mapping[str, _Rule] = {
    "GlobalAveragePool": _Rule(_mean, _mean_gradient),
    "ReduceMean": _Rule(_mean, _mean_gradient),
    "MaxPool": _Rule(lambda operator, given: _windows(operator, given[0]).max(axis=-1), _max_pool_gradient),
    "Relu": _Rule(lambda _, given: np.maximum(given[0], 0), lambda at: at.above * (at.given[0] > 0)),
    "Flatten": _Rule(_flat, _as_taken),
    "Squeeze": _Rule(_flat, _as_taken),
    "Reshape": _Rule(_reshaped, _as_taken),
    "Transpose": _Rule(
        lambda operator, given: given[0].transpose(operator.attributes["perm"]),
        lambda at: at.above.transpose(np.argsort(at.operator.attributes["perm"])),
    ),
    "MatMul": _Rule(lambda _, given: given[0] @ given[1], lambda at: at.above @ at.given[1].T),
    "Gemm": _Rule(_gemm, _gemm_gradient),
    "Add": _Rule(lambda _, given: given[0] + given[1], lambda at: _summed_to(at.above, at.given[at.place].shape)),
    "Sub": _Rule(
        lambda _, given: given[0] - given[1],
        lambda at: _summed_to(-at.above if at.place else at.above, at.given[at.place].shape),
    ),
    "Mul": _Rule(lambda _, given: given[0] * given[1], _product_gradient),
    "Div": _Rule(
        lambda _, given: given[0] / given[1], lambda at: _summed_to(at.above / at.given[1], at.given[0].shape)
    ),
    "Pad": _Rule(_padded, _unpadded),
    "Identity": _Rule(lambda _, given: given[0], lambda at: at.above),
}
