"""Scores and intervals against scikit-learn, SciPy and Keras."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from classeur.errors import ImpossibleCountsError
from classeur.evaluation.intervals import difference_interval, paired_difference, wilson_interval
from classeur.evaluation.scoring import Evaluation, score

NAMES = ("ants", "bees", "cats")


@st.composite
def judged(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    count = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.dirichlet([0.5] * 3, count).astype(np.float32), rng.integers(0, 3, count)


@given(judged())
def test_scores_are_scikit_learns(case: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = case
    result = score(np.log(probabilities + 1e-30), labels, class_names=NAMES)
    predicted = probabilities.argmax(1)
    assert np.array_equal(result.confusion, sklearn.metrics.confusion_matrix(labels, predicted, labels=range(3)))
    assert sum(map(sum, result.confusion)) == result.num_images == len(labels)
    assert result.accuracy.value == pytest.approx(sklearn.metrics.accuracy_score(labels, predicted))
    theirs = sklearn.metrics.precision_recall_fscore_support(labels, predicted, labels=range(3), zero_division=np.nan)
    for number, each in enumerate(result.per_class.values()):
        if not each.num_images:
            assert (each.precision, each.recall, each.f1) == (None, None, None)
            continue
        ours = [np.nan if found is None else found.value for found in (each.precision, each.recall, each.f1)]
        ours.append(each.num_images)
        assert ours == pytest.approx([column[number] for column in theirs], nan_ok=True)
    assert Evaluation.model_validate_json(
        Evaluation(class_names=NAMES, splits={"test": result}).model_dump_json()
    ).splits == {"test": result}


@pytest.mark.keras
def test_loss_is_keras() -> None:
    from classeur.models.engine import load_keras

    keras = load_keras()
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(0, 5, (50, 3)).astype(np.float32), rng.integers(0, 3, 50)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    assert score(logits, labels, class_names=NAMES).loss.value == pytest.approx(float(theirs), rel=1e-4)


@given(
    st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95, 0.99])
)
def test_wilson_is_scipys(counts: tuple[int, int], confidence: float) -> None:
    theirs = binomtest(*counts).proportion_ci(confidence, method="wilson")
    assert wilson_interval(*counts, confidence=confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts(counts: tuple[int, int]) -> None:
    with pytest.raises(ImpossibleCountsError):
        wilson_interval(*counts)


def test_pairing_is_sharper_where_the_models_agree() -> None:
    paired = paired_difference(60, 30, 1000)
    loose = difference_interval((760, 1000), (730, 1000))
    assert paired.high - paired.low < loose.high - loose.low
