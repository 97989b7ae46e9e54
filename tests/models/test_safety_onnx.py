"""The door for ONNX files: what ONNX Runtime is never given, and that what it is given has the shapes that it says."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from classeur.errors import BrokenRunError, UnsafeModelError
from classeur.models import onnx_safety
from classeur.models.lite_onnx import build_lite_onnx
from classeur.models.onnx_safety import check_foreign_onnx, check_onnx, read_onnx
from classeur.models.onnx_shapes import Node, Shape, shape_of
from classeur.models.protobuf import read_message
from classeur.untrusted import LimitError


def constant(name: str, value: Any, dtype: Any = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value, dtype), name)


def honest_nodes() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Transpose", ["pixels"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["first"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["floats", "kernel"], ["map"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("GlobalAveragePool", ["map"], ["means"]),
        helper.make_node("Flatten", ["means"], ["features"]),
        helper.make_node("Softmax", ["features"], ["probabilities"]),
    ]


def made(
    nodes: Sequence[onnx.NodeProto] | None = None,
    *,
    constants: Sequence[onnx.TensorProto] = (),
    inputs: Sequence[onnx.ValueInfoProto] | None = None,
    output: str = "probabilities",
    opsets: Sequence[tuple[str, int]] = (("", 17),),
) -> onnx.ModelProto:
    """Return a small classifier, uint8 (n, 8, 8, 3) → probabilities (n, 2), with something in place of a part of it."""
    kernel = constant("kernel", np.linspace(-1, 1, 54).reshape(2, 3, 3, 3))
    graph = helper.make_graph(
        honest_nodes() if nodes is None else nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 8, 8, 3])] if inputs is None else inputs,
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [kernel, *constants],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(*each) for each in opsets], ir_version=8)


def with_node(operator: str, inputs: list[str], **attributes: Any) -> onnx.ModelProto:
    """Return the classifier with a node more."""
    nodes = honest_nodes()
    nodes.insert(3, helper.make_node(operator, inputs, ["strange"], **attributes))
    return made(nodes, constants=[constant("large", [2**40], np.int64), constant("far", [0, 0, 9**6, 0] * 2, np.int64)])


def in_another_file() -> onnx.ModelProto:
    model = made()
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../../etc/passwd")
    return model


def larger_than_filled() -> onnx.ModelProto:
    model = made()
    model.graph.initializer[0].dims[0] = 2**40
    return model


def sparse() -> onnx.ModelProto:
    model = made()
    values = constant("values", [1.0])
    model.graph.sparse_initializer.add(values=values, indices=constant("i", [0], np.int64), dims=[2**40])
    return model


def with_function() -> onnx.ModelProto:
    model = made()
    body = [helper.make_node("Relu", ["x"], ["y"])]
    model.functions.append(helper.make_function("local", "Own", ["x"], ["y"], body, [helper.make_opsetid("", 17)]))
    return model


def with_training() -> onnx.ModelProto:
    model = made()
    model.training_info.add()
    return model


def loop() -> onnx.ModelProto:
    body = helper.make_graph([], "body", [], [])
    return made([*honest_nodes(), helper.make_node("Loop", ["", ""], ["x"], body=body)])


def doubling() -> onnx.ModelProto:
    nodes = honest_nodes()[:2]
    names = ["floats", *(f"twice{number}" for number in range(40))]
    nodes += [helper.make_node("Concat", [one, one], [two], axis=1) for one, two in pairwise(names)]
    return made(nodes, output=names[-1])


def many_at_once(*, depth_first: bool = False) -> onnx.ModelProto:
    """Return 40 maps of 98,304 values, all of which are there when the greatest is sought.

    Args:
        depth_first: each is used up before the next in the order of the file, but not where the graph is gone through
            from its end.
    """
    nodes = [*honest_nodes()[:2], helper.make_node("Conv", ["floats", "wide"], ["map"])]
    names = [f"map{number}" for number in range(40)]
    for name in names:
        nodes.append(helper.make_node("Mul", ["map", "scale"], [name]))
        if depth_first:
            nodes += [
                helper.make_node("GlobalMaxPool", [name], [f"{name}/greatest"]),
                helper.make_node("GlobalAveragePool", [name], [f"{name}/mean"]),
            ]
    if depth_first:
        for kind in ("greatest", "mean"):
            nodes.append(helper.make_node("Max", [f"{name}/{kind}" for name in names], [kind]))
        nodes.append(helper.make_node("Add", ["greatest", "mean"], ["probabilities"]))
    else:
        nodes.append(helper.make_node("Max", names, ["probabilities"]))
    return made(nodes, constants=[constant("wide", np.ones((1536, 3, 1, 1))), constant("scale", [2.0])])


def folded() -> onnx.ModelProto:
    """Return maps that depend on no image: ONNX Runtime computes them as it opens the file, and keeps them."""
    nodes = honest_nodes()
    for number in range(40):
        nodes += [
            helper.make_node("MatMul", ["column", "row"], [f"large{number}"]),
            helper.make_node("ReduceMax", [f"large{number}"], [f"one{number}"]),
        ]
    return made(nodes, constants=[constant("column", np.ones((300, 1))), constant("row", np.ones((1, 300)))])


def outer_product() -> onnx.ModelProto:
    nodes = [
        *honest_nodes()[:2],
        helper.make_node("Reshape", ["floats", "column"], ["a"]),
        helper.make_node("Reshape", ["floats", "row"], ["b"]),
        helper.make_node("MatMul", ["a", "b"], ["probabilities"]),
    ]
    wide = [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 100, 100, 3])]
    return made(
        nodes,
        inputs=wide,
        constants=[constant("column", [30_000, 1], np.int64), constant("row", [1, 30_000], np.int64)],
    )


def two_values() -> onnx.ModelProto:
    model = with_node("LeakyRelu", ["map"], alpha=0.1)
    model.graph.node[3].attribute[0].ints.append(5)
    return model


def two_outputs() -> onnx.ModelProto:
    nodes = honest_nodes()
    nodes[3].output.append("more")
    return made(nodes)


def one_output_twice() -> onnx.ModelProto:
    return made([*honest_nodes(), helper.make_node("Relu", ["map"], ["means"])])


def of_texts() -> onnx.ModelProto:
    return made(constants=[helper.make_tensor("words", TensorProto.STRING, [1], ["a"])])


def of_kind(kind: int) -> onnx.ModelProto:
    model = made()
    model.graph.initializer[0].data_type = kind
    return model


def said_to_be_elsewhere() -> onnx.ModelProto:
    model = made()
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    return model


def own_format() -> bytes:
    """Return a sound file in which ONNX Runtime would see its own format: a name begins at the fifth byte."""
    content = made().SerializeToString()
    assert content.startswith(b"\x08\x08")
    return b"\x08\x08\x12\x07ORTM..." + content[2:]


STRANGE: dict[str, tuple[Callable[[], onnx.ModelProto | bytes], str]] = {
    "weights in another file": (in_another_file, "in another file"),
    "weights that nothing fills": (larger_than_filled, "not what they fill"),
    "weights said to be elsewhere": (said_to_be_elsewhere, "in another file"),
    "weights of texts": (of_texts, "field 6"),
    "weights of an unknown type": (lambda: of_kind(23), "of type 23"),
    "a node with two outputs": (two_outputs, "outputs of its own kind"),
    "an output twice": (one_output_twice, "outputs of its own kind"),
    "a tensor as an attribute": (
        lambda: with_node("Relu", ["map"], value=constant("a", [1.0])), "a tensor as an attribute",
    ),
    "sparse weights": (sparse, "field 15"),
    "functions of its own": (with_function, "field 25"),
    "a training": (with_training, "field 20"),
    "operators of others": (lambda: made(opsets=[("", 17), ("com.microsoft", 1)]), "com.microsoft"),
    "operators of others, not said": (lambda: with_node("Inverse", ["map"], domain="com.microsoft"), "com.microsoft"),
    "a loop": (loop, "field 6"),
    "an operator that makes any shape": (lambda: with_node("ConstantOfShape", ["large"]), "ConstantOfShape"),
    "an operator that repeats": (lambda: with_node("Expand", ["map", "large"]), "Expand"),
    "more padding than image": (lambda: with_node("Pad", ["map", "far"]), "makes .* values of an image"),
    "padding of a convolution": (
        lambda: with_node("Conv", ["floats", "kernel"], kernel_shape=[3, 3], pads=[10**6] * 4), "reach 1,000,000 on a",
    ),
    "holes in a convolution": (
        lambda: with_node("Conv", ["floats", "kernel"], dilations=[6000, 6000], auto_pad="SAME_UPPER"), "reach 12,000",
    ),
    "steps of a convolution": (
        lambda: with_node("Conv", ["floats", "kernel"], strides=[1, 10**9], pads=[1] * 4), "reach 1,000,000,000 on",
    ),
    "a window beyond the image": (
        lambda: with_node("MaxPool", ["map"], kernel_shape=[1, 10**6], auto_pad="SAME_UPPER"), "reach 1,000,000 on",
    ),
    "padding that cuts": (
        lambda: with_node("Conv", ["floats", "kernel"], pads=[-1, 1, 1, 1]), "windows that reach",
    ),
    "many maps at once": (many_at_once, "hold .* values of an image at once"),
    "many maps at once, depth first": (lambda: many_at_once(depth_first=True), "values of an image at once"),
    "many maps of no image": (folded, "values of an image at once"),
    "a shape that only the image tells": (lambda: with_node("Reshape", ["map", "means"]), "before it"),
    "a shape that is computed": (lambda: with_node("Reshape", ["map", "floats"]), "only its input tells"),
    "twice, forty times": (doubling, "that makes .* values of an image"),
    "each with each": (outer_product, "that makes 900,000,000 values of an image"),
    "a large image": (
        lambda: made(inputs=[helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 10**5, 10**5, 3])]),
        "inputs other than",
    ),
    "two images": (
        lambda: made(inputs=[helper.make_tensor_value_info(n, TensorProto.UINT8, ["n", 8, 8, 3]) for n in "ab"]),
        "inputs other than",
    ),
    "texts": (lambda: with_node("Cast", ["map"], to=TensorProto.STRING), "Cast to the type 8"),
    "two values of one attribute": (two_values, "two values"),
    "an output of nothing": (lambda: made(output="none"), "nothing computes"),
    "no operator": (lambda: with_node("../../evil\x1b", ["map"]), "evil"),
    "another format": (own_format, "ONNX Runtime itself"),
    "no ONNX at all": (lambda: b"PK\3\4" + bytes(99), "."),
    "nothing": (lambda: b"", "."),
    "cut short": (lambda: made().SerializeToString()[:-30], "cut short"),
    "a number without end": (lambda: b"\x08" + b"\xff" * 30, "does not end"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_file_is_refused(tmp_path: Path, name: str) -> None:
    make, match = STRANGE[name]
    content = make()
    path = tmp_path / "model.onnx"
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    with pytest.raises(UnsafeModelError, match=match) as caught:
        read_onnx(path)
    assert str(caught.value).isprintable(), "one line"
    assert len(str(caught.value)) < 400


def test_an_honest_file_comes_back_and_runs(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(made(), path)
    content = read_onnx(path)
    assert content == path.read_bytes()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert session.run(None, {"pixels": np.zeros((5, 8, 8, 3), np.uint8)})[0].shape == (5, 2)


@pytest.mark.parametrize("operator", ["Expand", "Tile", "ConstantOfShape"])
@pytest.mark.parametrize("source", ["weights", "a node", "a node of numbers"])
def test_a_file_from_elsewhere_makes_nothing_large(operator: str, source: str) -> None:
    """It may have any operator; a shape in it is looked at wherever it stands."""

    def content(side: int) -> bytes:
        shape = constant("shape", [3, side], np.int64)
        nodes = [
            *honest_nodes(),
            helper.make_node(operator, ["shape"] if operator == "ConstantOfShape" else ["first", "shape"], ["large"]),
        ]
        if source == "weights":
            return made(nodes, constants=[shape]).SerializeToString()
        given: Any = {"value": shape} if source == "a node" else {"value_ints": [3, side]}
        return made([helper.make_node("Constant", [], ["shape"], **given), *nodes]).SerializeToString()

    check_foreign_onnx(content(10**6))
    with pytest.raises(LimitError, match=f"{operator} that makes 3,000,000,000 values"):
        check_foreign_onnx(content(10**9))


def test_no_file_and_no_package() -> None:
    with pytest.raises(BrokenRunError, match="missing"):
        read_onnx(Path("none.onnx"))
    code = (
        "import sys; from classeur.models.onnx_safety import check_onnx\n"
        "check_onnx(sys.stdin.buffer.read()); print(sorted({'onnx', 'onnxruntime', 'keras'} & set(sys.modules)))"
    )
    content = made().SerializeToString()
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True, env=os.environ)
    assert done.stdout.split() == [b"[]"]


def test_so_many_nodes_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_safety, "MAX_NODES", 5)
    with pytest.raises(LimitError, match="6 nodes; at most 5"):
        check_onnx(made().SerializeToString())


def test_a_known_operator_is_no_longer_enough_to_fill_the_memory() -> None:
    """`pads` is a number of the graph, not of the weights: 600 bytes that would have asked for 16 TB."""
    content = STRANGE["padding of a convolution"][0]()
    assert isinstance(content, onnx.ModelProto)
    assert len(content.SerializeToString()) < 1000


@pytest.mark.parametrize("kind", ["efficientnet_lite0", "efficientnet_lite2"])
def test_our_own_graphs_pass(kind: str) -> None:
    check_onnx(build_lite_onnx(kind, image_size=(64, 96), with_feature_map=True).SerializeToString())


OPERATORS: dict[str, tuple[str, list[Any], dict[str, Any]]] = {
    "convolution with steps and holes": ("Conv", [np.zeros((4, 3, 3, 2))], {"strides": [2, 3], "dilations": [2, 1]}),
    "convolution in groups": ("Conv", [np.zeros((6, 1, 3, 3))], {"group": 3, "pads": [0, 1, 2, 0]}),
    "convolution, same": ("Conv", [np.zeros((4, 3, 3, 3))], {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    "greatest": ("MaxPool", [], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 0, 0]}),
    "greatest, rounded up": ("MaxPool", [], {"kernel_shape": [3, 2], "strides": [2, 2], "ceil_mode": 1}),
    "average": ("AveragePool", [], {"kernel_shape": [2, 2]}),
    "mean of all": ("GlobalAveragePool", [], {}),
    "flat": ("Flatten", [], {}),
    "flat from the third axis": ("Flatten", [], {"axis": 2}),
    "another shape": ("Reshape", [np.array([0, -1, 5], np.int64)], {}),
    "another order": ("Transpose", [], {"perm": [0, 2, 1, 3]}),
    "the order turned round": ("Transpose", [], {}),
    "an axis more": ("Unsqueeze", [np.array([0, -1], np.int64)], {}),
    "mean along axes": ("ReduceMean", [], {"axes": [2, -1], "keepdims": 0}),
    "length": ("ReduceL2", [], {"axes": [1]}),
    "sum": ("ReduceSum", [np.array([1], np.int64)], {"keepdims": 0}),
    "side by side": ("Concat", [np.zeros((1, 2, 11, 10))], {"axis": 1}),
    "padding": ("Pad", [np.array([0, 0, 1, 2, 0, 0, 3, -1], np.int64)], {}),
    "part": ("Slice", [np.array([1, -9], np.int64), np.array([2**31, -1], np.int64), np.array([2, 3], np.int64),
                       np.array([2, 3], np.int64)], {}),
    "backwards": ("Slice", [np.array([-1], np.int64), np.array([-(2**31)], np.int64), np.array([3], np.int64),
                            np.array([-2], np.int64)], {}),
    "product": ("MatMul", [np.zeros((10, 7))], {}),
    "numbers of a channel": ("Mul", [np.zeros((3, 1, 1))], {}),
    "a row and a column": ("Add", [np.zeros((2, 1, 3, 11, 1))], {}),
    "limits": ("Clip", [np.float32(0), np.float32(6)], {}),
    "rectified": ("LeakyRelu", [], {"alpha": 0.1}),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
def test_shapes_are_those_that_onnx_runtime_makes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, constants, attributes = OPERATORS[name]
    names = [f"c{number}" for number in range(len(constants))]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node(operator, ["floats", *names], ["result"], **attributes),
    ]
    tensors = [
        constant(each, value, value.dtype if value.dtype == np.int64 else np.float32)
        for each, value in zip(names, constants, strict=True)
    ]
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, 3, 11, 10])]
    content = made(nodes, constants=tensors, inputs=inputs, output="result").SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"pixels": np.zeros((1, 3, 11, 10), np.uint8)})[0].shape
    found = []

    def seen(node: Node) -> Shape:
        found.append(shape_of(node))
        return found[-1]

    monkeypatch.setattr(onnx_safety, "shape_of", seen)
    check_onnx(content)
    assert found[-1] == expected


MISFITS: dict[str, Node] = {
    "an input that is left out": Node("Relu", [None], [None], {}),
    "nothing of an image": Node("Conv", [(1, 3, 2, 2), (4, 3, 3, 3)], [None, None], {}),
    "less than is there": Node("Slice", [(1, 3)] * 3, [None, [3], [2]], {}),
    "nine axes": Node("Identity", [(1,) * 9], [None], {}),
    "another number of values": Node("Reshape", [(1, 6), (2,)], [None, [2, 4]], {}),
    "two unknown sides": Node("Reshape", [(1, 6), (2,)], [None, [-1, -1]], {}),
    "an axis twice": Node("Transpose", [(1, 6)], [None], {"perm": [0, 0]}),
    "an axis twice, more": Node("Unsqueeze", [(1, 6)], [None], {"axes": [3, 3]}),
    "a side that is not one": Node("Squeeze", [(1, 6)], [None], {"axes": [1]}),
    "sides that differ": Node("Concat", [(1, 6, 2), (1, 6, 3)], [None, None], {"axis": 1}),
    "padding of fewer axes": Node("Pad", [(1, 6), (2,)], [None, [1, 1]], {}),
    "padding along axes": Node("Pad", [(1, 6), (4,), (), (2,)], [None, [0] * 4, None, [0, 1]], {}),
    "a product of others": Node("MatMul", [(1, 6), (5, 6)], [None, None], {}),
    "a product of others, turned": Node("Gemm", [(1, 6), (6, 5)], [None, None], {"transB": 1}),
    "an axis beyond": Node("Concat", [(1, 6)], [None], {"axis": 2}),
    "no steps": Node("MaxPool", [(1, 3, 8, 8)], [None], {"kernel_shape": [2, 2], "strides": [0, 0]}),
}


@pytest.mark.parametrize("name", MISFITS)
def test_inputs_that_do_not_fit_are_refused(name: str) -> None:
    with pytest.raises(LimitError):
        shape_of(MISFITS[name])


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"\x3a\x00\x3a\x00", "field 7 twice"),
        (b"\x38\x01", "no message"),
        (b"\x0b", "cannot be read"),
        (b"\x3a\x7f\x00", "cut short"),
        (b"\x08", "cut short"),
        (b"\x42\x02\x0a\xff", "cut short"),
        (b"\x42\x03\x0a\x01\xff", "not UTF-8"),
        (b"", "no message"),
    ],
)
def test_bytes_that_are_no_message_are_refused(content: bytes, match: str) -> None:
    with pytest.raises(LimitError, match=match):
        check_onnx(content)


def test_fields_are_read_as_the_package_reads_them() -> None:
    model = made()
    fields = read_message(memoryview(model.SerializeToString()), frozenset(range(30)), "a model")
    assert sorted(fields) == sorted(field.number for field, _ in model.ListFields())
    with pytest.raises(LimitError, match="field 7"):
        read_message(memoryview(model.SerializeToString()), frozenset((1, 8)), "a model")
