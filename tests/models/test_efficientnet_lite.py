"""EfficientNet-Lite of Keras layers: what the original code says, on each backend, and what is saved of it."""

from pathlib import Path

import numpy as np
import pytest
from lite_reference import CASES, CHANNEL_STEP, REFERENCE, drawn_pictures

from classeur.errors import ImageSizeError, UnknownNameError, WeightsError
from classeur.models.efficientnet_lite import build_backbone
from classeur.models.engine import load_keras

LITE0 = "efficientnet_lite0"
ALL_CASES = [(kind, image_size) for kind, sizes in CASES.items() for image_size in sizes]


def test_what_cannot_be_built_is_said_before_keras_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "none")
    with pytest.raises(UnknownNameError, match="did you mean 'efficientnet_lite0'"):
        build_backbone("efficientnetlite0")
    with pytest.raises(ImageSizeError, match="224x8 is too small"):
        build_backbone(LITE0, image_size=(224, 8))
    monkeypatch.setenv("CLASSEUR_WEIGHTS", str(tmp_path / "nowhere.pth"))
    with pytest.raises(WeightsError, match="nowhere.pth"):  # never without weights
        build_backbone(LITE0)


@pytest.mark.keras
@pytest.mark.backends
@pytest.mark.parametrize(
    ("kind", "image_size"),
    [pytest.param(*case, marks=() if case == (LITE0, (97, 130)) else pytest.mark.slow) for case in ALL_CASES],
)
def test_it_says_what_the_original_code_says(kind: str, image_size: tuple[int, int]) -> None:
    said = build_backbone(kind, image_size=image_size).predict_on_batch(drawn_pictures(image_size))
    name = f"{kind}_{image_size[0]}x{image_size[1]}"
    with np.load(REFERENCE) as reference:
        # Half of 1e-4, so that no two backends are further apart than that.
        assert np.abs(said["features"] - reference[f"{name}_features"]).max() <= 5e-5
        expected = reference[f"{name}_feature_map"]
        assert said["feature_map"].shape == (*expected.shape[:3], 1280)
        assert np.abs(said["feature_map"][..., ::CHANNEL_STEP] - expected).max() <= 1e-4


@pytest.mark.keras
def test_a_saved_backbone_needs_no_classeur(tmp_path: Path) -> None:
    network = build_backbone(LITE0, image_size=(32, 48))
    assert network.count_params() == 3_413_024  # 4.65 million with the classifier of 1,000
    assert (network.inputs[0].name, network.inputs[0].dtype) == ("pixels", "uint8")
    assert not any(type(layer).__module__.startswith("classeur") for layer in network.layers)
    network.save(tmp_path / "backbone.keras")
    loaded = load_keras().saving.load_model(tmp_path / "backbone.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), np.uint8)
    before, after = network.predict_on_batch(pixels), loaded.predict_on_batch(pixels)
    assert np.array_equal(before["features"], after["features"])
    assert before["feature_map"].shape == (2, 1, 2, 1280)
