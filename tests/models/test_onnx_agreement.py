"""Agreement: how far two models agree, and what a file that is not the original's looks like."""

import re

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from classeur.models.onnx_agreement import (
    Agreement,
    compare_answers,
    engine_of,
    interface_faults,
    take_spread,
)
from classeur.models.onnx_file import OnnxFacts
from classeur.models.onnx_session import FACTS_KEY, open_session

FACTS = OnnxFacts(class_names=("cats", "dogs"), image_size=(4, 5), fit="squash", stretch=False)


def test_the_same_is_the_same() -> None:
    expected = np.array([[0.9, 0.1], [0.2, 0.8]])
    agreement = compare_answers(expected, expected.astype(np.float32), tolerance=1e-4)
    assert agreement.holds
    assert agreement.fault() == ""
    assert agreement.max_difference < 1e-7


def test_a_label_counts_only_where_the_original_is_sure() -> None:
    expected = np.array([[0.50004, 0.49996], [0.6, 0.4]])
    turned = expected.copy()
    turned[0] = turned[0, ::-1]
    assert compare_answers(expected, turned, tolerance=1e-4).holds
    turned[1] = [0.4, 0.6]
    agreement = compare_answers(expected, turned, tolerance=0.3)
    assert (agreement.max_difference, agreement.num_other_labels) == (pytest.approx(0.2), 0), "margin 0.2 of 0.3"
    agreement = compare_answers(expected, turned, tolerance=0.19)
    assert (agreement.worst, agreement.num_other_labels, agreement.holds) == (1, 1, False)


def test_another_label_is_a_fault_by_itself() -> None:
    expected = np.array([[0.56, 0.44]])
    agreement = compare_answers(expected, np.array([[0.49, 0.51]]), tolerance=0.1)
    assert agreement.max_difference < 0.1
    assert agreement.fault() == "probabilities differ by up to 0.07, more than 0.1, and the image gets another class"


def test_what_is_no_number_does_not_agree() -> None:
    agreement = compare_answers(np.array([[0.9, 0.1]]), np.array([[np.nan, 0.1]]), tolerance=1e-4)
    assert not agreement.holds
    assert "they are not numbers" in agreement.fault()
    assert not Agreement(1, float("inf"), 0, 0, 1e-4).holds


def test_images_are_taken_from_first_to_last() -> None:
    assert take_spread(1000, 5).tolist() == [0, 249, 499, 749, 999]
    assert take_spread(1, 5).tolist() == [0]


def flattener(
    shape: list[str | int] | None = None,
    *,
    dtype: int = TensorProto.UINT8,
    outputs: tuple[str, ...] = ("probabilities",),
    facts: str | None = None,
) -> onnx.ModelProto:
    """Return a model whose outputs are the pixels as numbers, (n, all of them)."""
    shape = ["n", 4, 5, 3] if shape is None else shape
    nodes = [helper.make_node("Flatten", ["picture"], ["flat"])]
    nodes += [helper.make_node("Cast", ["flat"], [output], to=TensorProto.FLOAT) for output in outputs]
    infos = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 2]) for output in outputs]
    picture = helper.make_tensor_value_info("picture", dtype, shape)
    model = helper.make_model(
        helper.make_graph(nodes, "g", [picture], infos), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    if facts is not None:
        helper.set_model_props(model, {FACTS_KEY: facts})
    return model


def faults(model: onnx.ModelProto) -> list[str]:
    return interface_faults(open_session(model.SerializeToString()), FACTS)


@pytest.mark.parametrize("dtype", [TensorProto.UINT8, TensorProto.FLOAT])
def test_a_file_from_elsewhere_may_take_floats_and_name_things_as_it_likes(dtype: int) -> None:
    model = flattener(dtype=dtype, outputs=("Identity:0",))
    assert faults(model) == []
    pixels = np.random.default_rng(0).integers(0, 256, (37, 4, 5, 3), dtype=np.uint8)
    answers = engine_of(open_session(model.SerializeToString()))(pixels)
    assert np.array_equal(answers, pixels.reshape(37, -1))


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (flattener(["n", 8, 8, 3]), r"its input is tensor\(uint8\) \(n, 8, 8, 3\); expected uint8 \(n, 4, 5, 3\)"),
        (flattener(["n", "h", "w", 3]), r"\(n, h, w, 3\); expected uint8 \(n, 4, 5, 3\)"),
        (flattener([1, 4, 5, 3]), r"\(1, 4, 5, 3\); expected"),
        (flattener(["n", 3, 4, 5]), r"\(n, 3, 4, 5\); expected"),
        (flattener(dtype=TensorProto.INT64), r"tensor\(int64\)"),
        (flattener(outputs=("a", "b")), r"its outputs are a \(n, .*\), b \(n, .*\); expected probabilities \(n, 2\)"),
        (
            flattener(facts=FACTS.model_copy(update={"class_names": ("dogs", "cats")}).text()),
            r"its class names: \(dogs, cats\); expected \(cats, dogs\)",
        ),
        (flattener(facts=FACTS.model_copy(update={"fit": "crop"}).text()), "its fit: crop; expected squash"),
        (flattener(facts=FACTS.model_copy(update={"stretch": True}).text()), "its stretch: True; expected False"),
        (flattener(facts=FACTS.model_copy(update={"image_size": (8, 8)}).text()), r"its image size: \(8, 8\)"),
    ],
)
def test_what_is_other_is_said(model: onnx.ModelProto, fault: str) -> None:
    (found,) = faults(model)
    assert re.search(fault, found), found


@pytest.mark.parametrize("size", [16, 1, 2])
def test_a_file_that_holds_the_size_of_a_batch_does_not_pass(size: int, capfd: pytest.CaptureFixture[str]) -> None:
    model = flattener()
    model.graph.initializer.append(numpy_helper.from_array(np.array([size, 60]), "shape"))
    model.graph.node.insert(1, helper.make_node("Reshape", ["flat", "shape"], ["reshaped"]))
    model.graph.node[2].input[0] = "reshaped"
    engine = engine_of(open_session(model.SerializeToString()))
    with pytest.raises(Exception, match="cannot be reshaped"):
        engine(np.zeros((32, 4, 5, 3), np.uint8))
    assert capfd.readouterr().err == "", "what is raised is not printed, too"


@pytest.mark.parametrize("num_images", [1, 3, 4, 5, 20, 21, 40])
def test_every_image_is_answered_once_in_order(num_images: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (num_images, 4, 5, 3), dtype=np.uint8)
    engine = engine_of(open_session(flattener().SerializeToString()))
    assert np.array_equal(engine(pixels), pixels.reshape(num_images, -1))
