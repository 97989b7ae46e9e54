"""An ONNX file says itself what it is; weights in half precision are computed as before."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from classeur.errors import BrokenRunError
from classeur.models.lite_onnx import build_head_onnx
from classeur.models.onnx_file import (
    FACTS_KEY,
    OnnxFacts,
    Verified,
    weights_licence,
    with_float16_weights,
    write_onnx_file,
)
from classeur.models.onnx_graph import Graph, Value
from classeur.models.onnx_network import dense_head
from classeur.models.onnx_session import open_session

# A name with a line end, and one that is not UTF-8.
NAMES = ("ca\nts", "dogs\udcff")
FACTS = OnnxFacts(
    class_names=NAMES,
    image_size=(8, 9),
    fit="crop",
    stretch=True,
    provenance={"run": "first", "data_fingerprint": "ab", "versions": {"keras": "3"}},
    licence="Apache-2.0",
    verified=Verified(num_images=3, max_difference=1e-6, tolerance=1e-4),
)


def head(scale: float = 1.0) -> onnx.ModelProto:
    random = np.random.default_rng(0)
    kernel = (scale * random.normal(size=(7, 2))).astype(np.float32)
    return build_head_onnx(dense_head(kernel, random.normal(size=2).astype(np.float32)), 7)


def probabilities(model: onnx.ModelProto) -> Any:
    features = np.random.default_rng(1).normal(size=(5, 7)).astype(np.float32)
    return open_session(model.SerializeToString()).run(["probabilities"], {"features": features})[0]


def test_the_facts_come_back_whatever_the_names_are(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    num_bytes = write_onnx_file(path, head(), FACTS)
    assert num_bytes == path.stat().st_size
    session = open_session(path.read_bytes())
    assert OnnxFacts.of_session(session) == FACTS
    assert session.get_modelmeta().custom_metadata_map[FACTS_KEY].isascii()
    write_onnx_file(path, onnx.load(path), FACTS)  # written again, not twice
    assert [entry.key for entry in onnx.load(path).metadata_props] == [FACTS_KEY]


def test_a_file_without_facts_or_with_damaged_ones() -> None:
    model = head()
    assert OnnxFacts.of_session(open_session(model.SerializeToString())) is None
    for damaged in ("{", '{"version": 1}', "[]"):
        helper.set_model_props(model, {FACTS_KEY: damaged})
        with pytest.raises(BrokenRunError, match="the metadata 'classeur' of the ONNX file is damaged"):
            OnnxFacts.of_session(open_session(model.SerializeToString()))


def test_what_is_no_model_is_refused_in_one_line() -> None:
    for content in (b"", b"no model", head().SerializeToString()[:-40]):
        with pytest.raises(BrokenRunError, match=r"a\.onnx cannot be opened by ONNX Runtime") as caught:
            open_session(content, name="a.onnx")
        assert "\n" not in str(caught.value)


def test_a_file_that_wants_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # beside which it would be found
    path = tmp_path / "model.onnx"
    graph = Graph()
    product = graph.add("MatMul", [graph.features(7).name, graph.constant("kernel", np.ones((7, 9)))], "product")
    model = graph.model("plain", {"probabilities": Value(product, (9,))})
    onnx.save(model, path, save_as_external_data=True, location="weights", size_threshold=0)
    assert (tmp_path / "weights").exists()
    with pytest.raises(BrokenRunError, match="External data"):
        open_session(path.read_bytes())


def test_half_precision_keeps_large_weights_alone_and_says_nearly_the_same() -> None:
    model = head()
    before = model.SerializeToString()
    half = with_float16_weights(model)
    assert model.SerializeToString() == before, "the one given is not changed"
    dtypes = {each.name: numpy_helper.to_array(each).dtype for each in half.graph.initializer}
    assert dtypes["classifier/kernel_float16"] == np.float16
    assert dtypes["classifier/bias"] == np.float32
    difference = np.abs(probabilities(half) - probabilities(model)).max()
    assert 0 < difference < 1e-3


def test_what_does_not_fit_into_half_precision_stays() -> None:
    half = with_float16_weights(head(scale=1e6))
    assert {numpy_helper.to_array(each).dtype for each in half.graph.initializer} == {np.dtype(np.float32)}


def test_licences() -> None:
    assert weights_licence("efficientnet_lite2") == "Apache-2.0"
    assert weights_licence("unheard_of") == ""
