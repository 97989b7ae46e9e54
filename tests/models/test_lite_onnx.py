"""EfficientNet-Lite's ONNX graph: what the original code says, and what the file promises to whoever runs it."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from lite_reference import CASES, CHANNEL_STEP, REFERENCE, drawn_pictures

from classeur.errors import ClasseurError, ImageSizeError, UnknownNameError
from classeur.models import onnx_graph
from classeur.models.lite_blocks import Convolution
from classeur.models.lite_onnx import build_lite_onnx, folded

LITE0 = "efficientnet_lite0"


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(("kind", "image_size"), [(kind, size) for kind, sizes in CASES.items() for size in sizes])
def test_it_says_what_the_original_code_says(kind: str, image_size: tuple[int, int]) -> None:
    opened = session(build_lite_onnx(kind, image_size=image_size, with_feature_map=True))
    pixels = drawn_pictures(image_size)
    features, feature_map = opened.run(["features", "feature_map"], {"pixels": pixels})
    name = f"{kind}_{image_size[0]}x{image_size[1]}"
    with np.load(REFERENCE) as reference:
        assert np.abs(features - reference[f"{name}_features"]).max() <= 5e-5
        expected = reference[f"{name}_feature_map"]
        assert feature_map[..., ::CHANNEL_STEP].shape == expected.shape
        assert np.abs(feature_map[..., ::CHANNEL_STEP] - expected).max() <= 1e-4
    assert np.abs(feature_map.mean((1, 2)) - features).max() <= 1e-5
    assert np.abs(features - opened.run(["features"], {"pixels": pixels[..., ::-1]})[0]).max() > 0.1  # BGR is seen


def test_inputs_outputs_and_metadata() -> None:
    model = build_lite_onnx(LITE0)
    opened = session(model)
    (pixels,), (features,) = opened.get_inputs(), opened.get_outputs()
    assert (pixels.name, pixels.type, pixels.shape) == ("pixels", "tensor(uint8)", ["n", 224, 224, 3])
    assert (features.name, features.type, features.shape) == ("features", "tensor(float)", ["n", 1280])
    assert {entry.key: entry.value for entry in model.metadata_props}["weights_license"] == "Apache-2.0"
    assert {(opset.domain, opset.version) for opset in model.opset_import} == {("", 17)}
    assert {node.domain for node in model.graph.node} == {""}
    assert {tensor.data_location for tensor in model.graph.initializer} == {onnx.TensorProto.DEFAULT}
    assert build_lite_onnx(LITE0).SerializeToString(deterministic=True) == model.SerializeToString(deterministic=True)


def test_it_needs_neither_keras_nor_tensorflow() -> None:
    code = (
        "import sys; from classeur.models.lite_onnx import build_lite_onnx; build_lite_onnx('efficientnet_lite0')\n"
        "print([name for name in ('keras', 'tensorflow', 'jax', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_folded_normalisation_computes_the_same() -> None:
    random = np.random.default_rng(0)
    convolution = Convolution("one", "kernel", "norm", filters=6)
    weights = {
        "kernel": random.normal(size=(6, 4, 1, 1)).astype(np.float32),
        **{f"norm.{name}": random.normal(size=6).astype(np.float32) for name in ("weight", "bias", "running_mean")},
        "norm.running_var": random.uniform(0.01, 3, 6).astype(np.float32),
    }
    x = random.normal(size=4)
    kernel, bias = folded(convolution, weights)
    convolved = weights["kernel"][:, :, 0, 0] @ x
    centred = (convolved - weights["norm.running_mean"]) / np.sqrt(weights["norm.running_var"] + 1e-3)
    expected = centred * weights["norm.weight"] + weights["norm.bias"]
    assert np.allclose(kernel[:, :, 0, 0] @ x + bias, expected, atol=1e-5)


def test_what_cannot_be_built_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSEUR_WEIGHTS", "/nowhere")
    with pytest.raises(
        ImageSizeError, match="31x224 is too small for efficientnet_lite0; expected sides of 32 or more"
    ):
        build_lite_onnx(LITE0, image_size=(31, 224))
    with pytest.raises(UnknownNameError, match="did you mean 'efficientnet_lite2'"):
        build_lite_onnx("efficientnet_lite_2")
    monkeypatch.setattr(onnx_graph.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ClasseurError, match="pip install onnx"):
        build_lite_onnx(LITE0)
