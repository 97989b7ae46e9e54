import numpy as np
from scipy.spatial.distance import cdist

from classeur.evaluation.neighbours import nearest


def test_the_nearest_are_those_of_the_smallest_angle() -> None:
    random = np.random.default_rng(0)
    features, searched = random.normal(size=(5, 8)).astype(np.float32), random.normal(size=(30, 8)).astype(np.float32)
    distances = cdist(features.astype(float), searched.astype(float), "cosine")
    for found, of_one in zip(nearest(features, searched, count=4), distances, strict=True):
        assert [each.row for each in found] == np.argsort(of_one)[:4].tolist()
        np.testing.assert_allclose([each.similarity for each in found], 1 - np.sort(of_one)[:4], atol=1e-3)


def test_features_of_0_are_like_nothing() -> None:
    [[found]] = nearest(np.zeros((1, 3)), np.eye(3), count=1)
    assert found.similarity == 0
