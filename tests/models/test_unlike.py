"""The layers of an outlier score: a network on any frozen backbone answers as the fitted score does, saved or not."""

from pathlib import Path

import numpy as np
import pytest

from classeur.evaluation.outliers import OutlierTest, fit_outlier_test
from classeur.models.assembly import build_network, load_model, save_model, with_probabilities
from classeur.models.engine import load_keras
from classeur.models.unlike import with_outlier_score


def pictures(count: int, *, level: float = 120, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    coarse = generator.normal(level, 50, (count, 4, 4, 3)).repeat(8, axis=1).repeat(8, axis=2)
    return np.clip(coarse + generator.normal(0, 10, coarse.shape), 0, 255).astype(np.uint8)


@pytest.mark.keras
@pytest.mark.backends
def test_the_network_answers_as_the_score_does_also_when_saved(tmp_path: Path) -> None:
    keras = load_keras()
    network = build_network("efficientnet_lite0", (32, 32), 2)
    backbone = keras.Model(network.inputs[0], network.get_layer("classifier").input)

    def features(pixels: np.ndarray) -> np.ndarray:
        return np.asarray(backbone.predict_on_batch(pixels))

    test: OutlierTest = fit_outlier_test(features(pictures(60)))
    built = with_outlier_score(network, *test.fold())
    assert built.output_shape == (None, 1)
    new = np.concatenate([pictures(8, seed=1), pictures(8, level=60, seed=2)])
    expected = test.probabilities(features(new))
    assert 0 < (expected[:, 1] > 0.5).sum() < len(new)
    save_model(with_probabilities(built), tmp_path / "model.keras")
    model = load_model(tmp_path / "model.keras")
    assert np.asarray(model.predict_on_batch(new)) == pytest.approx(expected, abs=1e-4)
    black = np.zeros((1, 32, 32, 3), np.uint8)
    assert np.isfinite(np.asarray(model.predict_on_batch(black))).all()
