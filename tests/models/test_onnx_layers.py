"""Each layer's ONNX nodes compute what Keras computes when it predicts; what they cannot is refused by name."""

from typing import Any

import numpy as np
import onnxruntime
import pytest

from classeur.models.engine import load_keras
from classeur.models.onnx_graph import Graph
from classeur.models.onnx_layers import _LAYERS, Step, UnknownLayerError, add_step
from classeur.models.onnx_network import add_network, network_of

SIZE = (9, 11)  # odd sides, so that padding is uneven

# Layers that take what comes from pixels: name, and the settings to try.
PLAIN: list[tuple[str, dict[str, Any]]] = [
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2, "activation": "relu"}),
    ("Conv2D", {"filters": 4, "kernel_size": (4, 3), "padding": "same", "dilation_rate": 2, "use_bias": False}),
    ("Conv2D", {"filters": 6, "kernel_size": 2, "groups": 3, "strides": (2, 3), "activation": "gelu"}),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "strides": 2, "depth_multiplier": 2}),
    ("SeparableConv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "strides": 2, "activation": "relu6"}),
    ("SeparableConv2D", {"filters": 5, "kernel_size": 3, "dilation_rate": 2, "depth_multiplier": 2}),
    ("MaxPooling2D", {}),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}),
    ("AveragePooling2D", {"pool_size": (3, 2), "strides": 1, "padding": "same"}),
    ("GlobalAveragePooling2D", {}),
    ("GlobalAveragePooling2D", {"keepdims": True}),
    ("GlobalMaxPooling2D", {}),
    ("ZeroPadding2D", {"padding": ((0, 1), (2, 3))}),
    ("Cropping2D", {"cropping": ((1, 2), (0, 3))}),
    ("Flatten", {}),
    ("Reshape", {"target_shape": (11, -1)}),
    ("Rescaling", {"scale": [0.5, 1.0, 2.0], "offset": [1.0, -1.0, 0.0]}),
    ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 0.25]}),
    ("BatchNormalization", {}),
    ("BatchNormalization", {"scale": False, "epsilon": 0.5}),
    ("BatchNormalization", {"center": False}),
    ("LayerNormalization", {"epsilon": 1e-3}),
    ("LayerNormalization", {"scale": False}),
    ("UnitNormalization", {}),
    ("Dense", {"units": 4, "activation": "sigmoid"}),
    ("Dense", {"units": 4, "use_bias": False, "activation": "softmax"}),
    ("ReLU", {}),
    ("ReLU", {"max_value": 0.5}),
    ("ReLU", {"negative_slope": 0.3, "max_value": 0.5}),
    ("LeakyReLU", {"negative_slope": 0.2}),
    ("Softmax", {}),
    ("Dropout", {"rate": 0.5}),
    ("SpatialDropout2D", {"rate": 0.5}),
    ("GaussianDropout", {"rate": 0.5}),
    ("GaussianNoise", {"stddev": 0.5}),
    *(
        ("Activation", {"activation": name})
        for name in (
            "linear", "relu", "relu6", "sigmoid", "tanh", "softplus", "hard_sigmoid", "silu", "hard_silu", "gelu",
            "softmax",
        )
    ),
]  # fmt: skip


def randomise(model: Any, seed: int = 0) -> None:
    """Give every layer weights that change what it computes; a variance stays above 0."""
    random = np.random.default_rng(seed)
    for layer in model._flatten_layers(include_self=False):
        drawn = [random.normal(0, 0.5, each.shape) for each in layer.get_weights()]
        if type(layer).__name__ == "BatchNormalization":
            drawn[-1] = np.abs(drawn[-1]) + 0.1
        if type(layer).__name__ != "Normalization":
            layer.set_weights([each.astype(np.float32) for each in drawn])


def assert_same(model: Any, *, size: tuple[int, int] = SIZE) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, *size, 3), dtype=np.uint8)
    expected = np.asarray(model.predict_on_batch(pixels))
    graph, network = Graph(), network_of(model)
    outputs = add_network(graph, network, {network.input: graph.pixels(size)})
    made = graph.model("layer", {"probabilities": outputs["probabilities"]})
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(["probabilities"], {"pixels": pixels})[0]
    assert answers.shape == expected.shape
    assert np.ptp(expected), "the same everywhere: nothing is compared"
    assert np.abs(answers - expected).max() <= 1e-5 * max(1, np.abs(expected).max())


def begin() -> tuple[Any, Any, Any]:
    """Return Keras' layers, an input, and values about −1 … 1 of it."""
    keras = load_keras()
    pixels = keras.Input((*SIZE, 3), dtype="uint8", name="pixels")
    return keras, pixels, keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)


@pytest.mark.keras
@pytest.mark.parametrize(
    ("kind", "options"), PLAIN, ids=[f"{kind}-{'-'.join(map(str, options.values()))}" for kind, options in PLAIN]
)
def test_a_layer_computes_what_it_does_in_keras(kind: str, options: dict[str, Any]) -> None:
    keras, pixels, values = begin()
    model = keras.Model(pixels, getattr(keras.layers, kind)(**options)(values))
    randomise(model)
    assert_same(model)


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["Add", "Multiply", "Subtract", "Maximum", "Minimum", "Concatenate"])
@pytest.mark.parametrize("is_first", [True, False])
def test_two_values_meet_whatever_order_their_axes_are_in(kind: str, is_first: bool) -> None:
    keras, pixels, values = begin()
    both = [keras.layers.Conv2D(3, 3, padding="same")(values), keras.layers.Dense(3)(values)]
    model = keras.Model(pixels, getattr(keras.layers, kind)()(both if is_first else both[::-1]))
    randomise(model)
    assert_same(model)


@pytest.mark.keras
def test_weights_by_channel_reach_both_orders_of_axes() -> None:
    keras, pixels, values = begin()
    for _ in range(2):
        values = keras.layers.Conv2D(4, 3, padding="same")(values)
        values = keras.layers.Rescaling([1.0, 2.0, 3.0, 4.0], offset=[0.1, 0.2, 0.3, 0.4])(values)
        values = keras.layers.BatchNormalization()(keras.layers.Dense(4)(values))
    squeezed = keras.layers.Reshape((1, 1, 4))(keras.layers.GlobalAveragePooling2D()(values))
    model = keras.Model(pixels, keras.layers.Multiply()([values, squeezed]))
    randomise(model)
    assert_same(model)


@pytest.mark.keras
def test_layers_of_keras_applications_that_are_no_layers_of_keras() -> None:
    convnext = pytest.importorskip("keras.src.applications.convnext")
    inception = pytest.importorskip("keras.src.applications.inception_resnet_v2")
    keras, pixels, values = begin()
    scaled = convnext.LayerScale(0.5, 3)(values)
    values = inception.CustomScaleLayer(0.3)([values, convnext.StochasticDepth(0.5)(scaled)])
    model = keras.Model(pixels, (values + 3.0) * 0.5 + values)
    randomise(model)
    assert_same(model)


@pytest.mark.keras
def test_one_logit_becomes_two() -> None:
    keras, pixels, values = begin()
    logit = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(values))
    padded = keras.layers.ZeroPadding1D((1, 0))(keras.layers.Reshape((1, 1))(logit))
    model = keras.Model(pixels, keras.layers.Softmax()(keras.layers.Flatten()(padded)))
    randomise(model)
    assert_same(model)


def test_every_layer_is_tried_above() -> None:
    tried = {kind for kind, _ in PLAIN} | {"Add", "Multiply", "Subtract", "Maximum", "Minimum", "Concatenate"}
    assert set(_LAYERS) - tried == {"CustomScaleLayer", "LayerScale", "StochasticDepth", "ZeroPadding1D"}


@pytest.mark.parametrize(
    ("kind", "config", "what"),
    [
        ("Lambda", {}, "Lambda"),
        ("Conv2D", {"data_format": "channels_first"}, "channels first"),
        ("Activation", {"activation": "mish"}, "activation 'mish'"),
        ("ReLU", {"threshold": 1.0}, "threshold 1.0"),
        ("Softmax", {"axis": 1}, "axis 1"),
        ("LayerNormalization", {"axis": -1, "rms_scaling": True}, "rms_scaling"),
        ("MaxPooling2D", {"pool_size": 2, "padding": "full"}, "padding 'full'"),
    ],
)
def test_what_has_no_nodes_is_refused_by_name(kind: str, config: dict[str, Any], what: str) -> None:
    graph = Graph()
    with pytest.raises(UnknownLayerError, match=f"the layer odd .*{what}.* has no ONNX form in classeur"):
        add_step(graph, Step("odd", kind, config, (), ("pixels",)), [graph.pixels((8, 8))])
