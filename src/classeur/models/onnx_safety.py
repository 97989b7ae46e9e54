"""ONNX files: checked before ONNX Runtime gets them, without a package that reads them.

A file is taken whose operators are those of classifiers of images, whose weights are in it, and whose shapes are known
and plausible: no files beside it, no operators of others, no graphs in nodes, nothing that grows with what it computes.
"""

import math
from contextlib import suppress
from pathlib import Path

import numpy as np

from classeur.errors import BrokenRunError, UnsafeModelError
from classeur.models.live_values import Step, allowed_values, most_values
from classeur.models.onnx_shapes import Attribute, Node, Shape, shape_of
from classeur.models.protobuf import Message, as_text, decimals, one, part, read_message, text, whole, wholes
from classeur.untrusted import LimitError, opened

MAX_ONNX_BYTES = 2**31 - 1
"""Protobuf's own limit."""

MAX_NODES = 20_000
"""NASNetLarge has some 1,500."""

_MAX_VALUES = 2**24  # for one image, as in a saved network
_MAX_CONSTANT = 64  # numbers of a shape, of axes and the like
_DOMAINS = frozenset(("", "ai.onnx"))

# By these ONNX Runtime recognises a format of its own in bytes that it is given (onnxruntime.ai, ORT format, "Model
# Execution"): they can stand in a name.
_OTHER_FORMAT = b"ORTM"

# The fields of each message by their numbers in onnx.proto (onnx 1.23), without those for functions, training,
# devices, other files, graphs in nodes, sparse tensors, sequences and maps.
_MODEL = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 14))
_GRAPH_OF_MODEL, _OPSETS = 7, 8
_OPSET = frozenset((1, 2))
_GRAPH = frozenset((1, 2, 5, 10, 11, 12, 13, 16))
_NODES, _CONSTANTS, _INPUTS, _OUTPUTS = 1, 5, 11, 12
_NODE = frozenset((1, 2, 3, 4, 5, 6, 7, 9))
_ATTRIBUTE = frozenset((1, 2, 3, 4, 5, 7, 8, 13, 20))
_VALUES = frozenset((2, 3, 4, 5, 7, 8))  # of an attribute
_TENSOR = frozenset((1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 14, 16))
_RAW, _PLACE = 9, 14
_VALUE = frozenset((1, 2, 3, 4))
_TYPE, _TENSOR_TYPE = frozenset((1, 6)), frozenset((1, 2))
_SHAPE, _SIDE = frozenset((1,)), frozenset((1, 2, 3))

# TensorProto's number of a type → bytes of a value and the field that holds them where they are not raw.
_TYPES = {1: (4, 4), 2: (1, 5), 3: (1, 5), 6: (4, 5), 7: (8, 7), 9: (1, 5), 10: (2, 5), 11: (8, 10), 16: (2, 5)}
_FIXED = {4: 4, 10: 8}  # fields of numbers of so many bytes
_INT64 = 7

# Operators that make a tensor of the shape, or so many times as large, as this input of theirs says.
_MAKERS = {"ConstantOfShape": 0, "Expand": 1, "Tile": 1}
_MAX_MADE = 2**26
_ANY = frozenset(range(100))


def read_onnx(path: Path) -> bytes:
    """Return the bytes of an ONNX file that is safe to run; these, not the file, are to be given to ONNX Runtime.

    Raises:
        UnsafeModelError: if it has something that no classifier of images has.
        BrokenRunError: if it is missing or not readable.
    """
    try:
        with opened(path, MAX_ONNX_BYTES) as file:
            content = file.read()
        check_onnx(content)
    except LimitError as error:
        raise UnsafeModelError(
            f"{path} is not loaded, since it has {error}; no model of classeur's has that: ask who made it, or export"
            " it again"
        ) from error
    except OSError as error:
        raise BrokenRunError(f"{path} is missing or not readable ({error.strerror or error})") from error
    return content


def check_onnx(content: bytes) -> None:
    """Check an ONNX model.

    Raises:
        LimitError: naming the first thing in it that no classifier of images has.
    """
    if content[4:8] == _OTHER_FORMAT:
        raise LimitError("the format of ONNX Runtime itself in place of ONNX")
    model = read_message(memoryview(content), _MODEL, "an ONNX model")
    for each in model.get(_OPSETS, []):
        domain = text(read_message(part(each), _OPSET, "a set of operators"), 1)
        if domain not in _DOMAINS:
            raise LimitError(f"operators of {domain[:60]!r}")
    graph = read_message(part(one(model, _GRAPH_OF_MODEL)), _GRAPH, "a graph")
    if len(graph.get(_NODES, [])) > MAX_NODES:
        raise LimitError(f"{len(graph[_NODES]):,} nodes; at most {MAX_NODES:,} are run")
    _check_graph(graph)


def check_foreign_onnx(content: bytes) -> None:
    """Check of a model that may have any operator what can be told from its constants: no small file makes gigabytes.

    What it computes as it runs, and graphs in nodes, are not looked at.

    Raises:
        LimitError: naming the node that makes too much, or what cannot be read.
    """
    model = read_message(memoryview(content), _ANY, "an ONNX model")
    graph = read_message(part(one(model, _GRAPH_OF_MODEL)), _ANY, "a graph")
    shapes: dict[str, Shape] = {}
    constants: dict[str, list[int]] = {}
    for each in graph.get(_CONSTANTS, []):
        with suppress(LimitError):  # of another type, which is no shape
            _add_constant(part(each), "", shapes, constants)
    for each in graph.get(_NODES, []):
        node = read_message(part(each), _ANY, "a node")
        operator, outputs = text(node, 4), [as_text(name) for name in node.get(2, [])]
        for attribute in node.get(5, []) if operator == "Constant" else ():
            given = read_message(part(attribute), _ANY, "an attribute")
            if 5 in given:
                with suppress(LimitError):
                    _add_constant(part(one(given, 5)), outputs[0], shapes, constants)
            elif 8 in given:
                constants[outputs[0]] = wholes(given, 8)
        inputs = [as_text(name) for name in node.get(1, [])]
        place = _MAKERS.get(operator, len(inputs))
        made = math.prod(constants.get(inputs[place], ())) if place < len(inputs) else 1
        if made > _MAX_MADE:
            raise LimitError(f"{operator} that makes {made:,} values")


def _check_graph(graph: Message) -> None:
    shapes: dict[str, Shape] = {}
    constants: dict[str, list[int]] = {}
    for each in graph.get(_CONSTANTS, []):
        _add_constant(part(each), "", shapes, constants)
    images = [(name, shape) for name, shape in map(_named_shape, graph.get(_INPUTS, [])) if name not in shapes]
    if len(images) != 1 or not 2 <= len(images[0][1]) <= 4 or math.prod(images[0][1]) > _MAX_VALUES:
        raise LimitError(f"inputs other than one batch of images ({images[:3]})")
    shapes.update(images)
    image, num_inputs = images[0][0], math.prod(images[0][1])
    steps = [Step(image, (), num_inputs)]
    varying = {image}  # what depends on the image; all else ONNX Runtime computes once and holds
    most = allowed_values(num_inputs)
    for each in graph.get(_NODES, []):
        step = _added_node(part(each), shapes, constants)
        if step.num_values > most:
            raise LimitError(f"a node, {step.output[:60]!r}, that makes {step.num_values:,} values of an image")
        if not varying.isdisjoint(step.inputs):
            varying.add(step.output)
        steps.append(step)
    outputs = [text(read_message(part(each), _VALUE, "an output"), 1) for each in graph.get(_OUTPUTS, [])]
    for name in outputs:
        if name not in shapes:
            raise LimitError(f"the output {name[:60]!r}, which nothing computes")
    num_values = most_values(steps, {*outputs, *(step.output for step in steps if step.output not in varying)})
    if num_values > most:
        raise LimitError(f"nodes that hold {num_values:,} values of an image at once; at most {most:,} are held")


def _added_node(data: memoryview, shapes: dict[str, Shape], constants: dict[str, list[int]]) -> Step:
    """Add what a node computes to the shapes, and return it as a step of the network."""
    node = read_message(data, _NODE, "a node")
    operator, domain = text(node, 4), text(node, 7)
    outputs = [as_text(each) for each in node.get(2, [])]
    if domain not in _DOMAINS:
        raise LimitError(f"the operator {operator[:40]!r} of {domain[:60]!r}")
    if len(outputs) != 1 or outputs[0] in shapes:
        raise LimitError(f"{operator[:40]!r} with outputs of its own kind ({', '.join(outputs)[:60]})")
    attributes: dict[str, Attribute] = {}
    for each in node.get(5, []):
        attribute = read_message(part(each), _ATTRIBUTE, f"an attribute of {operator[:40]!r}")
        if len(attribute.keys() & _VALUES) > 1 or text(attribute, 1) in attributes:
            raise LimitError(f"{operator[:40]!r} with two values of {text(attribute, 1)[:40]!r}")
        if 5 in attribute:
            if operator != "Constant":
                raise LimitError(f"{operator[:40]!r} with a tensor as an attribute")
            _add_constant(part(one(attribute, 5)), outputs[0], shapes, constants)
            return Step(outputs[0], (), 0)
        attributes[text(attribute, 1)] = _value_of(attribute)
    inputs = [as_text(each) for each in node.get(1, [])]
    unknown = [name for name in inputs if name and name not in shapes]
    if unknown:
        raise LimitError(f"{operator[:40]!r} with the input {unknown[0][:60]!r}, which nothing computes before it")
    if operator == "Cast" and attributes.get("to") not in _TYPES:
        raise LimitError(f"Cast to the type {attributes.get('to')}")
    shape = shape_of(
        Node(operator, [shapes.get(name) for name in inputs], [constants.get(name) for name in inputs], attributes)
    )
    shapes[outputs[0]] = shape
    return Step(outputs[0], inputs, math.prod(shape))


def _value_of(attribute: Message) -> Attribute:
    """Return the value of an attribute, by the field that it is in."""
    if 8 in attribute:
        return wholes(attribute, 8)
    if 7 in attribute:
        return decimals(attribute, 7)
    if 4 in attribute:
        return text(attribute, 4)
    if 2 in attribute:
        return decimals(attribute, 2)[0]
    return whole(attribute, 3)


def _add_constant(data: memoryview, name: str, shapes: dict[str, Shape], constants: dict[str, list[int]]) -> None:
    """Add a tensor to the shapes; its numbers are all in the file.

    Args:
        data: the tensor.
        name: of the node that gives it; its own if empty.
        shapes, constants: receive it.
    """
    tensor = read_message(data, _TENSOR, "weights, or weights in another file:")
    name = name or text(tensor, 8)
    kind, shape = whole(tensor, 2), tuple(wholes(tensor, 1))
    if kind not in _TYPES or whole(tensor, _PLACE) != 0:
        raise LimitError(f"weights {name[:60]!r} of type {kind}, or in another file")
    size, field = _TYPES[kind]
    if _RAW in tensor:
        found = len(part(one(tensor, _RAW))) / size
    elif field in _FIXED:
        found = sum(len(bytes(each)) for each in tensor.get(field, []) if not isinstance(each, int)) / _FIXED[field]
    else:
        found = len(wholes(tensor, field))
    if min(shape, default=0) < 0 or len(shape) > 8 or math.prod(shape) != found or name in shapes:
        raise LimitError(f"weights {name[:60]!r}, whose shape {shape[:12]} is not what they fill ({found:,.0f})")
    shapes[name] = shape
    if kind == _INT64 and found <= _MAX_CONSTANT:
        raw = one(tensor, _RAW)
        constants[name] = wholes(tensor, field) if raw is None else np.frombuffer(part(raw), "<i8").tolist()


def _named_shape(value: object) -> tuple[str, Shape]:
    """Return the name and the shape of an input; a side that is not a number is that of the batch, here one image."""
    message = read_message(part(value), _VALUE, "an input")  # type: ignore[arg-type]
    kind = read_message(part(one(message, 2)), _TYPE, "an input that is no tensor,")
    tensor = read_message(part(one(kind, 1)), _TENSOR_TYPE, "an input")
    sides = read_message(part(one(tensor, 2)), _SHAPE, "a shape").get(1, [])
    numbers = [max(whole(read_message(part(side), _SIDE, "a shape"), 1, 1), 1) for side in sides]
    return text(message, 1), tuple(numbers)
