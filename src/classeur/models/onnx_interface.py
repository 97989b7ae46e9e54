"""A file of another converter with the input and the outputs by which classeur asks, and nothing else of its maker."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from classeur.models.onnx_graph import OUTPUTS, PIXELS

if TYPE_CHECKING:
    import onnx


class NoLogitsError(ValueError):
    """Probabilities that are not those of a softmax, so that the network has no logits."""


def with_own_interface(content: bytes, *, image_size: tuple[int, int], num_classes: int) -> "onnx.ModelProto":
    """Return a network that takes `pixels` and gives `probabilities` and `logits`, and computes as it did.

    What it says of itself, such as paths of the machine on which it was made, is left out.

    Args:
        content: of a file with one input, uint8 or float32 (n, height, width, 3), and probabilities, its only output or
            the one called so.
        image_size: (height, width) of its pixels.
        num_classes: of its probabilities.

    Raises:
        NoLogitsError: if no softmax computes the probabilities.
    """
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load_model_from_string(content)  # of weights in other files, only their names
    graph = model.graph
    names = [output.name for output in graph.output]
    place = names.index("probabilities") if "probabilities" in names else 0
    _rename(graph, {PIXELS, *OUTPUTS})
    probabilities = graph.output[place].name
    constants = {constant.name for constant in graph.initializer}
    (given,) = [each for each in graph.input if each.name not in constants]
    is_float = given.type.tensor_type.elem_type == TensorProto.FLOAT
    taken = helper.make_node("Cast" if is_float else "Identity", [PIXELS], [given.name], name=PIXELS)
    if is_float:
        taken.attribute.append(helper.make_attribute("to", TensorProto.FLOAT))
    for node in graph.node:
        for field in ("name", "doc_string", "metadata_props"):
            node.ClearField(field)
    nodes = [
        taken,
        *graph.node,
        helper.make_node("Identity", [_logits(graph, probabilities)], ["logits"], name="logits"),
        helper.make_node("Identity", [probabilities], ["probabilities"], name="probabilities"),
    ]
    inputs = [helper.make_tensor_value_info(PIXELS, TensorProto.UINT8, ["n", *image_size, 3])]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", num_classes])
        for name in ("probabilities", "logits")
    ]
    used = {node.domain for node in nodes} | {""}
    return helper.make_model(
        helper.make_graph(nodes, "network", inputs, outputs, list(graph.initializer)),
        opset_imports=[each for each in model.opset_import if each.domain in used],
        ir_version=model.ir_version,
        functions=list(model.functions),
    )


def _logits(graph: "onnx.GraphProto", probabilities: str) -> str:
    """Return the name of what the softmax that gives these probabilities takes."""
    makers = {output: node for node in graph.node for output in node.output}
    node = makers.get(probabilities)
    while node is not None and node.op_type == "Identity":
        node = makers.get(node.input[0])
    if node is None or node.op_type != "Softmax":
        raise NoLogitsError("probabilities that no softmax gives")
    return str(node.input[0])


def _rename(graph: "onnx.GraphProto", taken: set[str]) -> None:
    """Give values other names than those taken."""
    known = {name for names in _names(graph) for name in names} | taken
    others = {}
    for name in taken:
        number = 2
        while f"{name}_{number}" in known:
            number += 1
        others[name] = f"{name}_{number}"
    for names in _names(graph):
        names[:] = [others.get(name, name) for name in names]
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = others.get(value.name, value.name)


def _names(graph: "onnx.GraphProto") -> Iterator[Any]:
    """Yield the names of what each node takes, and of what it gives."""
    for node in graph.node:
        yield node.input
        yield node.output
