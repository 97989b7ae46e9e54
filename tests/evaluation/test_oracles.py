"""Every number and interval of an evaluation against scikit-learn, SciPy and statsmodels."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.evaluation.ranking import area_under_roc, average_precision, log_odds
from classeur.evaluation.reliability import measure_reliability
from classeur.evaluation.sampling import Sampling, student_quantile
from classeur.evaluation.scoring import score
from classeur.training.logits import softmax


@st.composite
def judged(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Logits with ties and labels with every class."""
    num_classes, count = draw(st.integers(2, 5)), draw(st.integers(5, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = np.concatenate([np.arange(num_classes), rng.integers(0, num_classes, count)])
    logits = rng.normal(0, 2, (len(labels), num_classes)) + 2 * np.eye(num_classes)[labels]
    return np.round(logits, draw(st.integers(0, 6))), labels


@settings(max_examples=60)
@given(judged())
def test_numbers_are_scikit_learns(case: tuple[np.ndarray, np.ndarray]) -> None:
    logits, labels = case
    probabilities, num_classes = softmax(logits), logits.shape[1]
    predicted, one_hot = probabilities.argmax(1), np.eye(num_classes)[labels]
    result = score(logits, labels, class_names=[str(number) for number in range(num_classes)])
    assert result.balanced_accuracy.value == pytest.approx(sklearn.metrics.balanced_accuracy_score(labels, predicted))
    assert result.loss.value == pytest.approx(sklearn.metrics.log_loss(labels, probabilities))
    theirs = sklearn.metrics.brier_score_loss(
        labels, probabilities[:, 1] if num_classes == 2 else probabilities, scale_by_half=True
    )
    assert result.brier.value == pytest.approx(theirs)
    odds = log_odds(logits)
    areas = [sklearn.metrics.roc_auc_score(one_hot[:, at], odds[:, at]) for at in range(num_classes)]
    precisions = [sklearn.metrics.average_precision_score(one_hot[:, at], odds[:, at]) for at in range(num_classes)]
    assert result.auroc
    assert result.auroc.value == pytest.approx(np.mean(areas))
    assert result.average_precision
    assert result.average_precision.value == pytest.approx(np.mean(precisions))
    for at, each in enumerate(result.per_class.values()):
        assert each.auroc
        assert each.auroc.value == pytest.approx(areas[at])
        assert each.average_precision
        assert each.average_precision.value == pytest.approx(precisions[at])
        assert each.specificity
        others = labels != at
        assert each.specificity.value == pytest.approx((predicted[others] != at).mean())
    numbers = [result.accuracy, result.balanced_accuracy, result.loss, result.brier, result.auroc]
    for found in [*numbers, result.average_precision]:
        assert found.low <= found.value + 1e-12
        assert found.value <= found.high + 1e-12


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_log_odds_are_those_of_probabilities_where_these_can_tell(seed: int, num_classes: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 5, (20, num_classes))
    probabilities = softmax(logits)
    expected = np.log(probabilities) - np.log1p(-probabilities)
    # Nearer to 1, a probability's rounding shows in them.
    told = np.abs(expected) < 20
    assert log_odds(logits)[told] == pytest.approx(expected[told], rel=1e-6, abs=1e-6)


def test_log_odds_tell_where_probabilities_cannot() -> None:
    odds = log_odds(np.array([[0.0, 100.0, -50.0], [0.0, 90.0, 2000.0]], np.float32))
    assert odds[0] == pytest.approx([-100, 100, -150])
    assert odds[1] == pytest.approx([-2000, -1910, 1910])


@pytest.mark.parametrize("of", [area_under_roc, average_precision])
def test_influences_are_what_leaving_an_image_out_changes(of: object) -> None:
    """The infinitesimal jackknife against the jackknife."""
    rng = np.random.default_rng(0)
    labels = rng.random(400) < 0.3
    scores = rng.normal(0, 1, 400) + 1.5 * labels
    whole = of(scores, labels)  # type: ignore[operator]
    assert whole.influence.sum() == pytest.approx(0, abs=1e-12)
    left_out = [of(np.delete(scores, at), np.delete(labels, at)).value for at in range(400)]  # type: ignore[operator]
    jackknife = (399 / 400 * np.square(np.array(left_out) - np.mean(left_out)).sum()) ** 0.5
    assert Sampling(None).standard_error(whole.influence) == pytest.approx(jackknife, rel=0.02)


def test_a_mean_varies_as_scipy_says() -> None:
    values = np.random.default_rng(0).exponential(1, 30)
    influence = (values - values.mean()) / 30
    assert Sampling(None).standard_error(influence) == pytest.approx(scipy.stats.sem(values))
    # Two values that are as far apart as any: all degrees of freedom.
    assert Sampling(None).half_width(np.array([0.5, -0.5] * 10)) == pytest.approx(
        scipy.stats.t.ppf(0.975, 19) * Sampling(None).standard_error(np.array([0.5, -0.5] * 10)), rel=1e-3
    )


@pytest.mark.parametrize("freedom", [2, 3, 5, 10, 40, 1000, 2.5])
def test_students_quantile_is_scipys(freedom: float) -> None:
    assert student_quantile(freedom) == pytest.approx(
        scipy.stats.t.ppf(0.975, freedom), rel=0.03 if freedom < 4 else 2e-3
    )


def test_numbers_of_groups_are_statsmodels() -> None:
    """The standard error of a mean of groups is that of a regression on a constant, robust to clusters."""
    api = pytest.importorskip("statsmodels.api", reason="statsmodels is not installed: pip install statsmodels")
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 12, 100)
    values = rng.exponential(1, 12)[groups] + rng.exponential(1, 100)
    fitted = api.OLS(values, np.ones(100)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True})
    found = Sampling.of([f"g{each}" for each in groups]).standard_error((values - values.mean()) / 100)
    # statsmodels corrects by (n − 1) / (n − k) too, which is 1 for one constant.
    assert found == pytest.approx(fitted.bse[0], rel=1e-9)


def test_wilson_is_statsmodels() -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason="pip install statsmodels")
    for count in (0, 1, 25, 50):
        found = Sampling(None).proportion(np.arange(50) < count)
        assert found
        assert (found.low, found.high) == pytest.approx(proportion.proportion_confint(count, 50, method="wilson"))


def test_the_calibration_error_is_the_formula_of_bröcker_and_of_kumar() -> None:
    """Written out, bin by bin."""
    rng = np.random.default_rng(0)
    probabilities = rng.uniform(0.5, 1, 600)
    right = rng.random(600) < probabilities**2
    found = measure_reliability(probabilities, right, Sampling(None))
    order = np.argsort(probabilities)
    square = ece = 0.0
    for part in np.array_split(order, 15):
        share, mean = right[part].mean(), probabilities[part].mean()
        square += len(part) / 600 * ((mean - share) ** 2 - share * (1 - share) / (len(part) - 1))
        ece += len(part) / 600 * abs(mean - share)
    assert found.error
    assert found.error.value == pytest.approx(square**0.5, abs=2e-3)
    assert found.ece == pytest.approx(ece, abs=2e-3)
    assert found.error.low > 0.05, "it is far from calibrated"
    assert measure_reliability(probabilities[:9], right[:9], Sampling(None)).error is None


def test_3000_images_are_scored_at_once() -> None:
    """What takes time is a loop over images or resamples: there is none, so that a thousand times as many can be."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300_000)
    logits = rng.normal(0, 1, (300_000, 2)) + np.eye(2)[labels]
    assert score(logits, labels, class_names=("a", "b")).num_images == 300_000
