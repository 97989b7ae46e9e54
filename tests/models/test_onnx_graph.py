"""A graph under construction: names are used once, axes are turned once, the result is checked."""

import numpy as np
import onnx
import onnxruntime

from classeur.models.onnx_graph import Graph


def run(model: onnx.ModelProto, **inputs: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [np.asarray(each) for each in session.run(None, inputs)]


def test_pixels_come_back_in_their_order() -> None:
    graph = Graph()
    model = graph.model("same", {"feature_map": graph.pixels((2, 3))}, facts={"key": "value"})
    pixels = np.arange(36, dtype=np.uint8).reshape(2, 2, 3, 3)
    assert np.array_equal(run(model, pixels=pixels)[0], pixels)
    assert [(entry.key, entry.value) for entry in model.metadata_props] == [("key", "value")]


def test_names_are_used_once_and_never_an_output_s() -> None:
    graph = Graph()
    pixels = graph.pixels((2, 3))
    names = [graph.add("Relu", [pixels.name], "logits"), graph.add("Relu", [pixels.name], "logits")]
    names += [graph.constant("logits", 1.0), graph.constant("six", 6.0)]
    assert names == ["logits_2", "logits_3", "logits_4", "six"]


def test_a_value_is_turned_once() -> None:
    graph = Graph()
    value = graph.pixels((2, 3))
    assert graph.channels_first(value) is value
    assert graph.channels_last(value) == graph.channels_last(value)
    assert graph.channels_last(value).shape == (2, 3, 3)
    model = graph.model("both", {"features": value, "feature_map": value})
    assert [node.op_type for node in model.graph.node].count("Transpose") == 2  # of the pixels, and back


def test_outputs_have_one_order_whatever_order_they_are_given_in() -> None:
    graph = Graph()
    features = graph.features(3)
    model = graph.model("head", {"logits": features, "probabilities": features})
    assert [output.name for output in model.graph.output] == ["probabilities", "logits"]
