"""Backbones of keras.applications: what Keras' own functions say of pixels that Keras itself preprocessed."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import classeur
from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.errors import ImageSizeError, UnknownNameError, UsageError, WeightsError
from classeur.models import applications
from classeur.models.application_network import (
    build_application,
    build_application_backbone,
    lay_out_backbone,
    preprocessing_layer,
)
from classeur.models.applications import APPLICATIONS, FAMILIES
from classeur.models.engine import load_keras
from classeur.models.features import FeatureExtractor
from classeur.models.saved import load_model

SMALL, SIZE = "mobilenet_0.25", (32, 48)

# The smallest backbone of each family.
SMALLEST = {
    "mobilenet": SMALL,
    "mobilenet_v2": "mobilenet_v2_0.35",
    "mobilenet_v3": "mobilenet_v3_small_0.75",
    "efficientnet": "efficientnet_b0",
    "efficientnet_v2": "efficientnet_v2_b0",
    "convnext": "convnext_tiny",
    "resnet": "resnet50",
    "resnet_v2": "resnet50_v2",
    "densenet": "densenet121",
    "nasnet": "nasnet_mobile",
    **{name: name for name in ("inception_v3", "inception_resnet_v2", "xception", "vgg16", "vgg19")},
}

# One of each other way to lay out the first layers: EfficientNetV2's large ones have another rescaling than b0 … b3.
ALSO = ("efficientnet_v2_s",)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' folder of models, empty, on a machine without a network."""
    folder = tmp_path / "keras" / "models"
    folder.mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(folder.parent))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    return folder


# What TensorFlow said of the drawn pictures and weights, by groups of 32 features.
EXPECTED = [
    [0.107647, 0.151721, 0.165089, 0.077093, 0.14133, 0.16409, 0.10358, 0.196351],
    [0.107922, 0.15158, 0.165558, 0.076632, 0.141415, 0.163786, 0.102647, 0.196454],
    [0.10727, 0.151542, 0.164737, 0.076551, 0.141266, 0.164735, 0.104017, 0.194678],
    [0.107381, 0.152601, 0.166047, 0.075802, 0.137931, 0.161364, 0.099936, 0.196766],
]


def accept_any_file(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Keras state no checksum, so that a test's file is taken."""
    changed = {**APPLICATIONS, kind: APPLICATIONS[kind]._replace(checksum=None)}
    monkeypatch.setattr(applications, "APPLICATIONS", changed)


def draw_weights(network: Any) -> None:
    """Give every weight of every layer a number of its own, the same on each backend."""
    random = np.random.default_rng(0)
    for variable in network.weights:
        value = np.asarray(variable)
        if value.dtype.kind != "f":
            continue
        if value.ndim > 1:  # of a depthwise kernel the last axis is 1
            fan_in = np.prod(value.shape[:2] if value.shape[-1] == 1 else value.shape[:-1])
            drawn = random.normal(0, (2 / fan_in) ** 0.5, value.shape)
        else:  # a bias or a mean is about 0; a variance or a scale about 1
            drawn = value.round() + random.uniform(-0.2, 0.3, value.shape)
        variable.assign(drawn.astype(value.dtype))


def pictures(image_size: tuple[int, int]) -> np.ndarray:
    """Return uint8 (2, height, width, 3), whose red, green and blue differ."""
    noise = np.random.default_rng(0).integers(0, 120, (2, *image_size, 3))
    return (noise + (0, 60, 130)).astype(np.uint8)


def preprocessed_by_keras(family: str, pixels: np.ndarray) -> np.ndarray:
    module = importlib.import_module(f"keras.applications.{family}")
    return np.asarray(module.preprocess_input(pixels.astype(np.float32)))


def test_what_cannot_be_built_is_said_before_keras_is_loaded(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "none")
    with pytest.raises(UnknownNameError, match="did you mean 'mobilenet_v2'"):
        build_application_backbone("mobilnet_v2")
    with pytest.raises(ImageSizeError, match="224x8 is too small"):
        build_application_backbone(SMALL, image_size=(224, 8))
    for build in (
        build_application_backbone,
        FeatureExtractor,
        lambda kind: build_application(kind, SIZE, 2),
    ):
        with pytest.raises(WeightsError, match="mobilenet_2_5_224_tf_no_top.h5"):  # never without weights
            build(SMALL)
    with pytest.raises(UsageError, match="computed by Keras"):
        FeatureExtractor(SMALL, engine="onnxruntime")


def test_a_training_says_it_before_anything_is_read(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classeur.workflows.training.prepare", None)
    options: dict[str, Any] = {"model": "MobileNetV2", "out": tmp_path / "run", "reporter": Reporter()}
    with pytest.raises(WeightsError, match="the weights of mobilenet_v2 are not in"):
        classeur.train(tmp_path, **options)
    with pytest.raises(UsageError, match="--epochs means nothing for"):
        classeur.train(tmp_path, epochs=3, **options)
    with pytest.raises(ImageSizeError, match="31x31 is too small for mobilenet_v2"):
        classeur.train(tmp_path, image_size=31, **options)
    assert not (tmp_path / "run").exists()


@pytest.mark.keras
@pytest.mark.parametrize("family", FAMILIES)
def test_pixels_are_preprocessed_as_by_keras(family: str) -> None:
    pixels = pictures((16, 24))
    ours = np.asarray(preprocessing_layer(family)(pixels))
    theirs = preprocessed_by_keras(family, pixels)
    if FAMILIES[family].preprocessing == "caffe":
        theirs = theirs[..., ::-1]  # the first kernel is turned round in place of the channels
    assert np.allclose(ours, theirs, rtol=1e-5, atol=2e-5)


@pytest.mark.keras
@pytest.mark.backends
def test_features_are_the_same_on_each_backend(models: Path) -> None:
    network = lay_out_backbone(SMALL, SIZE)
    draw_weights(network)
    network.save(models / APPLICATIONS[SMALL].file_name)
    extractor = FeatureExtractor(SMALL, image_size=SIZE)
    assert (extractor.engine, extractor.num_features) == ("keras", 256)
    pixels = np.concatenate([pictures(SIZE), pictures(SIZE)[:, ::-1]])
    (few, more) = extractor.extract([pixels[:1], np.concatenate([pixels] * 10)[1:]])
    assert more.shape == (39, 256)
    features = np.concatenate([few, more])
    assert np.abs(features[:4] - features[36:]).max() <= 1e-6
    # Half of 1e-4, so that no two backends are further apart than that.
    means = features[:4].reshape(4, 8, 32).mean(axis=2)
    assert np.abs(means - EXPECTED).max() <= 5e-5


@pytest.mark.keras
def test_a_network_is_the_backbone_and_one_layer_of_zeros(models: Path, tmp_path: Path) -> None:
    laid_out = lay_out_backbone(SMALL, SIZE)
    draw_weights(laid_out)
    laid_out.save(models / APPLICATIONS[SMALL].file_name)
    network = build_application(SMALL, SIZE, 5, dropout=0.5, seed=3)
    assert network.layers[-1].name == "classifier"
    assert [np.abs(each).max() for each in network.layers[-1].get_weights()] == [0, 0]
    assert network.output_shape == (None, 5)
    assert build_application(SMALL, SIZE, 2).output_shape == (None, 1)
    assert {each.name for each in network.trainable_variables} == {"kernel", "bias"}
    assert len(network.trainable_variables) == 2, "the backbone is frozen"
    assert not any(type(layer).__module__.startswith("classeur") for layer in network.layers)


@pytest.mark.keras
def test_a_training_is_whole(models: Path, tmp_path: Path) -> None:
    laid_out = lay_out_backbone(SMALL, SIZE)
    draw_weights(laid_out)
    laid_out.save(models / APPLICATIONS[SMALL].file_name)
    folder = paint_folder(tmp_path / "animals", num_train=20, num_validation=10, image_size=(48, 48))
    (folder.root / folder.broken).unlink()
    run = classeur.train(folder.root, out=tmp_path / "run", model=SMALL, image_size="32x48", reporter=Reporter())
    (models / APPLICATIONS[SMALL].file_name).unlink()
    assert np.asarray(load_model(run.model_path).predict_on_batch(pictures(SIZE))).shape == (2, 2)
    assert len(list(classeur.predict(run, folder.root / "validation", reporter=Reporter()))) == 11


@pytest.mark.keras
def test_a_file_of_another_network_or_none_is_one_line(models: Path) -> None:
    path = models / APPLICATIONS["mobilenet_0.5"].file_name
    lay_out_backbone(SMALL, SIZE).save(path)
    for content in (path.read_bytes(), path.read_bytes()[:5000], b"no HDF5"):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match=r"holds no weights of mobilenet_0.5 \(.*\); remove it") as caught:
            build_application_backbone("mobilenet_0.5", image_size=SIZE)
        assert len(str(caught.value).splitlines()) == 1
        assert path.read_bytes() == content


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:`input_shape` is undefined:UserWarning")  # MobileNets at a size without weights
@pytest.mark.parametrize("kind", [*SMALLEST.values(), *ALSO])
def test_its_features_are_keras_own(kind: str, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras' function, with its weights loaded from the same file, is given pixels that Keras preprocessed."""
    keras = load_keras()
    from keras.src.utils import file_utils

    backbone = APPLICATIONS[kind]
    build = getattr(keras.applications, backbone.function)
    side = backbone.smallest_size
    image_size = (side + 9, side + 34)
    written = build(include_top=False, weights=None, input_shape=(*image_size, 3), **backbone.options)
    draw_weights(written)
    written.save(models / backbone.file_name)
    accept_any_file(kind, monkeypatch)
    monkeypatch.setattr(file_utils, "get_file", lambda name, *_, **__: str(models / name))
    theirs = build(
        include_top=False, weights="imagenet", pooling="avg", input_shape=(*image_size, 3), **backbone.options
    )
    pixels = pictures(image_size)
    expected = np.asarray(theirs.predict_on_batch(preprocessed_by_keras(backbone.family, pixels)))
    ours = build_application_backbone(kind, image_size=image_size)
    said = ours.predict_on_batch(pixels)
    assert said["features"].shape == (2, backbone.num_features)
    assert np.isfinite(expected).all()
    # Weights that nobody trained amplify rounding, so that the yardstick is what another picture changes.
    scale, spread = np.abs(expected).max(), np.abs(expected[0] - expected[1]).max()
    assert spread > 3e-4 * scale
    assert np.abs(said["features"] - expected).max() <= 0.01 * spread
    assert said["feature_map"].shape[-1] == backbone.num_features
    if backbone.family != "convnext":  # which normalises the means
        means = said["feature_map"].mean((1, 2))
        assert np.abs(means - said["features"]).max() <= 1e-4 * scale
    ours.save(tmp_path / "backbone.keras")
    loaded = keras.saving.load_model(tmp_path / "backbone.keras")
    assert np.array_equal(loaded.predict_on_batch(pixels)["features"], said["features"])
    types = {type(layer) for layer in loaded.layers}
    assert not {"Lambda", "Resizing"} & {each.__name__ for each in types}
    assert all(each.__module__.startswith("keras.") for each in types)


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.parametrize("kind", APPLICATIONS)
def test_every_backbone_takes_its_smallest_and_an_odd_size(kind: str) -> None:
    backbone = APPLICATIONS[kind]
    side = backbone.smallest_size
    for image_size in ((side, side), (side + 13, side + 46)):
        network = lay_out_backbone(kind, image_size)
        assert (network.inputs[0].name, network.inputs[0].dtype) == ("pixels", "uint8")
        shapes = {name: tuple(output.shape) for name, output in network.output.items()}
        assert shapes["features"] == (None, backbone.num_features)
        assert shapes["feature_map"][3] == backbone.num_features
        assert min(shapes["feature_map"][1:3]) >= 1


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.parametrize(("kind", "least"), [("mobilenet_v2", 0.985), ("mobilenet_0.25", 0.95)])
def test_on_the_tutorials_photographs(
    kind: str, least: float, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(shared / "keras_home"))
    data = shared / "data" / "cats_and_dogs_filtered.zip"
    run = classeur.train(data, out=tmp_path / "run", model=kind, reporter=Reporter())
    score = classeur.evaluate(run, reporter=Reporter())
    assert score.num_images == 1000
    assert score.accuracy.value >= least
