"""The outlier score against scikit-learn and SciPy, and its threshold by the share of false alarms that it promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import roc_auc_score

from classeur.evaluation.outliers import (
    auroc,
    fit_compact_unlikeness,
    fit_outlier_test,
    fit_unlikeness,
    folded_logits,
    shrunk_covariance,
    threshold_for,
)


def drawn(count: int, *, shift: float = 0.0, num_features: int = 12, seed: int = 0) -> np.ndarray:
    """Features like a network's: correlated, not negative; `shift` moves them towards something else."""
    generator = np.random.default_rng(seed)
    hidden = generator.normal(size=(count, 4))
    mixing = np.random.default_rng(99).normal(size=(4, num_features))
    features = 3 + hidden @ mixing + 0.5 * generator.normal(size=(count, num_features))
    features[:, 0] += shift
    return np.maximum(features, 0)


def of_unit_length(features: np.ndarray) -> np.ndarray:
    return features / np.linalg.norm(features, axis=1, keepdims=True)


@pytest.mark.parametrize(("count", "num_features"), [(200, 12), (20, 60)])
def test_the_covariance_is_scikit_learns_ledoit_wolf(count: int, num_features: int) -> None:
    features = drawn(count, num_features=num_features)
    deviations = features - features.mean(axis=0)
    expected, _ = ledoit_wolf(deviations, assume_centered=True)
    assert shrunk_covariance(deviations) == pytest.approx(expected, abs=2e-6)


def test_the_score_is_scipys_mahalanobis_distance_to_the_nearest_class() -> None:
    features, labels = np.concatenate([drawn(80), drawn(90, shift=6, seed=1)]), np.repeat([0, 2], [80, 90])
    unlikeness, rows = fit_unlikeness(features, labels), of_unit_length(features)
    centres = np.stack([rows[labels == label].mean(axis=0) for label in (0, 2)])
    precision = np.linalg.inv(shrunk_covariance(rows - centres[labels // 2]))
    new = drawn(50, shift=2, seed=3)
    expected = cdist(of_unit_length(new), centres, "mahalanobis", VI=precision).min(axis=1) ** 2 / 12
    assert unlikeness.score(new) == pytest.approx(expected, rel=1e-6)


def test_layers_of_a_network_say_the_same() -> None:
    features, labels = np.concatenate([drawn(80), drawn(90, shift=6, seed=1)]), np.repeat([0, 1], [80, 90])
    unlikeness = fit_unlikeness(features, labels)
    kernel, biases = unlikeness.fold()
    normalised = of_unit_length(features).astype(np.float32)
    scores = np.min([np.square(normalised @ kernel + bias).mean(axis=1) for bias in biases], axis=0)
    assert scores == pytest.approx(unlikeness.score(features), rel=1e-3)


@pytest.mark.parametrize(("count", "num_features"), [(150, 12), (40, 60)])
def test_no_more_false_alarms_than_promised(count: int, num_features: int) -> None:
    """Over twenty drawings; the images of one share its threshold, so their number alone says little."""
    alarms = []
    for seed in range(20):
        test = fit_outlier_test(drawn(count, num_features=num_features, seed=2 * seed), false_alarms=0.1)
        assert test.false_alarms == 0.1
        alarms.append(test.is_unlike(drawn(500, num_features=num_features, seed=2 * seed + 1)).mean())
    assert 0.02 < np.mean(alarms) < 0.1 + 2 * np.std(alarms) / 20**0.5


def test_what_differs_is_found_and_a_p_value_falls_below_the_share_where_the_alarm_is() -> None:
    test = fit_outlier_test(drawn(300), false_alarms=0.05)
    like, unlike = drawn(300, seed=1), drawn(300, shift=8, seed=2)
    assert auroc(test.unlikeness.score(like), test.unlikeness.score(unlike)) > 0.95
    for features in (like, unlike):
        p_values = test.p_values(features)
        assert ((p_values <= 0.05) == test.is_unlike(features)).mean() > 0.99
        assert ((p_values > 0) & (p_values <= 1)).all()


def test_of_few_images_less_can_be_promised_and_it_is_said() -> None:
    few = drawn(5)
    test = fit_outlier_test(few, false_alarms=0.05)
    assert test.false_alarms == pytest.approx(1 / 6)
    assert test.threshold == test.held_out.max()
    assert len(test.held_out) == 5


def test_equal_files_do_not_lower_the_threshold() -> None:
    """Each image eight times: whoever has seen a copy thinks it is nothing new."""
    features = np.repeat(drawn(20, num_features=40), 8, axis=0)
    groups = np.repeat(np.arange(20), 8)
    apart, together = fit_outlier_test(features), fit_outlier_test(features, groups=groups)
    new = drawn(300, num_features=40, seed=5)
    assert together.is_unlike(new).mean() < 0.2 < apart.is_unlike(new).mean()


def test_brighter_pictures_are_no_outliers() -> None:
    test = fit_outlier_test(drawn(200))
    features = drawn(50, seed=1)
    assert test.unlikeness.score(3 * features) == pytest.approx(test.unlikeness.score(features))


def test_images_that_do_not_vary_and_features_that_are_all_0() -> None:
    constant = np.tile(drawn(1), (6, 1))
    test = fit_outlier_test(constant)
    assert test.is_unlike(np.concatenate([constant, drawn(3, shift=5, seed=1)])).tolist() == [False] * 6 + [True] * 3
    nothing = np.zeros((6, 4))
    assert not fit_outlier_test(nothing).is_unlike(nothing).any()


@pytest.mark.parametrize("groups", [None, ["a"]])
def test_one_image_is_too_few(groups: list[str] | None) -> None:
    with pytest.raises(ValueError, match="expected two"):
        fit_outlier_test(drawn(1), groups=groups)
    with pytest.raises(ValueError, match="expected two"):
        fit_outlier_test(drawn(3), groups=["a"] * 3)


@pytest.mark.parametrize("share", [0, 1, -0.1])
def test_a_share_of_false_alarms_that_cannot_be(share: float) -> None:
    with pytest.raises(ValueError, match="false alarms"):
        fit_outlier_test(drawn(10), false_alarms=share)


scores = st.lists(st.integers(-5, 5), min_size=1, max_size=30)


@given(scores, scores)
def test_auroc_is_scikit_learns_and_turns_around(like: list[int], unlike: list[int]) -> None:
    one, two = np.array(like, float), np.array(unlike, float)
    expected = roc_auc_score(np.repeat([0, 1], [len(one), len(two)]), np.concatenate([one, two]))
    assert auroc(one, two) == pytest.approx(expected)
    assert auroc(two, one) == pytest.approx(1 - expected)


def test_a_probability_is_5_percent_for_a_usual_image_and_a_half_at_the_threshold() -> None:
    test = fit_outlier_test(drawn(400, num_features=30))
    new = drawn(300, num_features=30, shift=2, seed=1)
    found, scores = test.probabilities(new), test.unlikeness.score(new)
    assert found.sum(axis=1) == pytest.approx(1)
    assert ((found[:, 1] > 0.5) == test.is_unlike(new)).all()
    assert (np.diff(found[np.argsort(scores), 1]) >= 0).all()
    slope, start = np.polyfit(scores, test.logits(new)[:, 0], 1)
    usual = float(np.median(test.held_out))
    expected = {usual: 0.05, test.threshold: 0.5, 2 * test.threshold - usual: 0.95}
    for score, probability in expected.items():
        assert 1 / (1 + np.exp(-start - slope * score)) == pytest.approx(probability, abs=1e-6)


@pytest.mark.parametrize("count", [12, 300])
def test_many_false_alarms_raise_every_probability_and_make_no_step(count: int) -> None:
    usual, more = (fit_outlier_test(drawn(count), false_alarms=share) for share in (0.05, 0.6))
    new = drawn(50, seed=1)
    assert (more.logits(new) > usual.logits(new)).all()
    assert (more.threshold * more._steepness) < 30
    assert usual.probabilities(new)[:, 1].min() > 1e-4


def test_folded_into_two_dense_layers_it_gives_the_same_logits() -> None:
    test, new = fit_outlier_test(drawn(80)), drawn(50, shift=2, seed=3)
    whitening, last = test.fold()
    assert {each.dtype for each in (*whitening, *last)} == {np.dtype(np.float32)}
    assert folded_logits(new, whitening, last) == pytest.approx(test.logits(new), rel=1e-3, abs=1e-3)


def test_scores_that_do_not_vary_give_no_step() -> None:
    """A step would not survive the rounding of a network in float32."""
    test = fit_outlier_test(np.tile(drawn(1), (6, 1)))
    assert test.probabilities(drawn(1))[0] == pytest.approx([0.95, 0.05], abs=1e-3)
    test = fit_outlier_test(drawn(20))
    test = test._replace(held_out=np.full(20, test.threshold))
    assert np.abs(test.logits(drawn(20))).max() < 20


def known_images(num_images: int, num_features: int = 12) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    mixing = random.normal(size=(num_features, num_features)) * np.geomspace(1, 0.05, num_features)
    labels = random.integers(0, 3, num_images)
    return 3 + 2 * np.eye(3, num_features)[labels] + 0.3 * random.normal(
        size=(num_images, num_features)
    ) @ mixing, labels


def test_score_in_all_directions_is_the_whole_one() -> None:
    features, labels = known_images(300)
    compact, whole = fit_compact_unlikeness(features, labels, rank=11), fit_unlikeness(features, labels)
    other = np.random.default_rng(1).normal(3, 1, (50, 12))
    for rows in (features, other):
        assert compact.score(rows) == pytest.approx(whole.score(rows), rel=1e-3)


def test_score_in_few_directions_tells_as_well() -> None:
    features, labels = known_images(2000)
    compact = fit_compact_unlikeness(features[:1000], labels[:1000], rank=6)
    assert 0.8 < compact.score(features[1000:]).mean() < 1.3
    other = np.random.default_rng(1).normal(3, 1, (500, 12))
    assert auroc(compact.score(features[1000:]), compact.score(other)) > 0.95
    assert [each.dtype for each in compact] == [np.float32] * 3


@pytest.mark.parametrize("num_images", [2, 5, 80])
def test_score_of_fewer_images_than_features_is_finite(num_images: int) -> None:
    features, labels = known_images(num_images, 400)
    score = fit_compact_unlikeness(features, labels, rank=128)
    assert np.isfinite(score.score(features)).all()
    other = np.random.default_rng(1).normal(3, 1, (50, 400))
    assert np.median(score.score(other)) > np.median(score.score(features))


@pytest.mark.parametrize("num_images", [99, 250])
def test_threshold_refuses_as_many_known_images_as_it_says(num_images: int) -> None:
    random = np.random.default_rng(0)
    beyond = []
    for _ in range(2000):
        threshold = threshold_for(random.random(num_images), 0.05)
        assert threshold is not None
        beyond.append(1 - threshold)
    # At most the share on average, and hardly less.
    assert 0.05 - 1 / num_images <= np.mean(beyond) <= 0.05 + 2 * np.std(beyond) / 2000**0.5


def test_threshold_that_too_few_images_can_tell_is_none() -> None:
    assert threshold_for(np.arange(18.0), 0.05) is None
    assert threshold_for(np.arange(19.0), 0.05) == 18
