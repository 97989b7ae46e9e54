"""The tail's gradient beside differences of its own values, its logits beside ONNX Runtime's."""

from pathlib import Path

import numpy as np
import pytest

from classeur.models.lite_onnx import build_head_onnx
from classeur.models.onnx_graph import Graph
from classeur.models.onnx_layers import Step
from classeur.models.onnx_network import Network, add_network, dense_head
from classeur.models.onnx_tail import MappedModel, Operator, Tail, UnknownTailError, tail_of

RANDOM = np.random.default_rng(0)


def _layers(*steps: Step) -> Network:
    return Network(steps, "pixels", steps[-1].name)


def _small(path: Path, *, pooled: bool, middle: str = "relu") -> MappedModel:
    """A network of one convolution, by hand: pooled, or flat with two dense layers as in the tutorial."""
    kernel = RANDOM.normal(size=(3, 3, 3, 4)).astype(np.float32) / 100
    convolution = Step(
        "conv",
        "Conv2D",
        {
            "kernel_size": (3, 3),
            "strides": (1, 1),
            "padding": "same",
            "dilation_rate": (1, 1),
            "groups": 1,
            "activation": "relu",
            "data_format": "channels_last",
            "use_bias": True,
        },
        [kernel, np.zeros(4, np.float32)],
        ("pixels",),
    )
    settings = {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid", "data_format": "channels_last"}
    if pooled:
        behind = [Step("mean", "GlobalAveragePooling2D", {"data_format": "channels_last"}, [], ("conv",))]
        width = 4
    else:
        behind = [
            Step("pool", "MaxPooling2D", settings, [], ("conv",)),
            Step("flat", "Flatten", {}, [], ("pool",)),
            Step(
                "dense",
                "Dense",
                {"activation": middle},
                [RANDOM.normal(size=(64, 5)).astype(np.float32), np.ones(5, np.float32)],
                ("flat",),
            ),
        ]
        width = 5
    last = [
        Step(
            "last",
            "Dense",
            {},
            [RANDOM.normal(size=(width, 3)).astype(np.float32), np.array([0.5, 0, -0.5], np.float32)],
            (behind[-1].name,),
        ),
        Step("softmax", "Softmax", {}, [], ("last",)),
    ]
    graph = Graph()
    outputs = add_network(graph, _layers(convolution, *behind, *last), {"pixels": graph.pixels((8, 8))})
    path.write_bytes(graph.model("small", outputs).SerializeToString())
    return MappedModel(path)


@pytest.mark.parametrize("pooled", [True, False])
def test_the_tail_of_a_map_gives_the_logits_and_their_gradient(tmp_path: Path, *, pooled: bool) -> None:
    model = _small(tmp_path / "model.onnx", pooled=pooled)
    answers = model(RANDOM.integers(0, 255, (2, 8, 8, 3)).astype(np.uint8))
    assert model.tail is not None
    assert model.tail.is_affine == pooled
    assert answers.maps is not None
    assert answers.maps.shape == (2, 4, 8, 8)
    np.testing.assert_allclose(model.tail.run(answers.maps), answers.logits, atol=1e-4)
    # Away from the kinks of ReLU and of the greatest, every value is different and none is 0.
    maps = RANDOM.uniform(0.1, 1, answers.maps.shape)
    weights = RANDOM.normal(size=(2, 3))
    along, step = RANDOM.normal(size=maps.shape), 1e-6

    def weighted(values: np.ndarray) -> float:
        return float((model.tail.run(values) * weights).sum())

    slope = (weighted(maps + step * along) - weighted(maps - step * along)) / (2 * step)
    assert (model.tail.gradient(maps, weights) * along).sum() == pytest.approx(slope, rel=1e-5)


# kind, attributes, constants behind the map, shape of the map
OPERATORS = [
    ("ReduceMean", {"axes": [2, 3], "keepdims": 0}, [], (2, 3, 4, 4)),
    ("ReduceMean", {"keepdims": 1}, [np.array([1, -2])], (2, 3, 4, 5)),
    ("Squeeze", {}, [np.array([2, 3])], (2, 3, 1, 1)),
    ("Gemm", {"transB": 1, "alpha": 2.0}, [RANDOM.normal(size=(5, 3)), RANDOM.normal(size=5)], (2, 3)),
    ("Gemm", {}, [RANDOM.normal(size=(3, 5))], (2, 3)),
    ("Sub", {}, [RANDOM.normal(size=3)], (2, 3)),
    ("Mul", {}, [RANDOM.normal(size=(1, 3))], (2, 3)),
    ("Div", {}, [np.array([2.0, 3.0, 4.0])], (2, 3)),
    ("Pad", {}, [np.array([0, 1, 0, 2])], (2, 3)),
    ("Reshape", {}, [np.array([0, 6])], (2, 3, 2)),
    ("Transpose", {"perm": [0, 2, 3, 1]}, [], (2, 3, 4, 5)),
    ("MaxPool", {"kernel_shape": [2, 3]}, [], (2, 3, 6, 6)),
    ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 0, 0]}, [], (2, 3, 6, 6)),
]


@pytest.mark.parametrize(("kind", "attributes", "behind", "shape"), OPERATORS)
def test_every_operator_has_the_gradient_of_its_values(kind: str, attributes: dict, behind: list, shape: tuple) -> None:
    names = tuple(f"constant{number}" for number in range(len(behind)))
    operator = Operator(kind, ("map", *names), "logits", attributes)
    tail = Tail((operator,), dict(zip(names, behind, strict=True)), "map", "logits")
    maps = RANDOM.permutation(int(np.prod(shape))).reshape(shape) + 1.0
    weights = RANDOM.normal(size=tail.run(maps).shape)
    along, step = RANDOM.normal(size=shape), 1e-4
    slope = ((tail.run(maps + step * along) - tail.run(maps - step * along)) * weights).sum() / (2 * step)
    gradient = tail.gradient(maps, weights)
    assert gradient.shape == shape
    assert (gradient * along).sum() == pytest.approx(slope, rel=1e-6)


def test_both_ways_of_a_value_that_is_used_twice_count() -> None:
    squared = Operator("Mul", ("map", "map"), "logits", {})
    maps = np.array([[2.0, 3.0]])
    tail = Tail((squared,), {}, "map", "logits")
    assert tail.gradient(maps, np.ones((1, 2))).tolist() == [[4.0, 6.0]]
    assert not tail.is_affine


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("MaxPool", {"kernel_shape": [2, 2], "auto_pad": b"SAME_UPPER"}),
        ("MaxPool", {"kernel_shape": [2, 2], "dilations": [2, 2]}),
        ("MaxPool", {"kernel_shape": [2, 2], "ceil_mode": 1}),
        ("Gemm", {"transA": 1}),
        ("Flatten", {"axis": 2}),
        ("Pad", {"mode": b"reflect"}),
    ],
)
def test_an_attribute_that_is_not_known_here_is_refused(kind: str, attributes: dict) -> None:
    from onnx import helper

    nodes = [
        helper.make_node("Conv", ["pixels", "kernel"], ["map"]),
        helper.make_node(kind, ["map"], ["logits"], **attributes),
    ]
    model = helper.make_model(helper.make_graph(nodes, "odd", [], []))
    with pytest.raises(UnknownTailError, match=rf"{kind} with {next(reversed(attributes))}"):
        tail_of(model, "odd.onnx")


def test_an_operator_without_a_gradient_is_named(tmp_path: Path) -> None:
    model = _small(tmp_path / "model.onnx", pooled=False, middle="tanh")
    assert model.tail is None
    assert "Tanh" in model.unmapped
    assert model(np.zeros((1, 8, 8, 3), np.uint8)).maps is None


def test_a_head_alone_has_no_map() -> None:
    head = build_head_onnx(dense_head(np.ones((4, 1), np.float32), np.zeros(1, np.float32)), 4)
    with pytest.raises(UnknownTailError, match="no convolution"):
        tail_of(head, "head.onnx")


def test_a_mean_is_over_the_axes_that_its_input_names() -> None:
    mean = Operator("ReduceMean", ("map", "axes"), "logits", {"keepdims": 0})
    maps = RANDOM.normal(size=(2, 3, 4, 5))
    tail = Tail((mean,), {"axes": np.array([1, -2])}, "map", "logits")
    np.testing.assert_allclose(tail.run(maps), maps.mean(axis=(1, 2)))
