"""The head against scikit-learn's logistic regression, and by what it promises."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from classeur.training import head as head_module
from classeur.training.folds import assign_folds
from classeur.training.head import Head, fit_head, train_head
from classeur.training.logits import log_losses, softmax


def drawn(num_classes: int, *, count: int, num_features: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features like a network's: not negative, of very different spreads, correlated; and labels, all classes there."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % num_classes
    centres = generator.normal(size=(num_classes, 6))
    hidden = centres[labels] + 0.8 * generator.normal(size=(count, 6))
    features = hidden @ generator.normal(size=(6, num_features)) + generator.normal(size=(count, num_features))
    return (np.maximum(features, 0) * generator.gamma(1, size=num_features)).astype(np.float32), labels


def standardised(head: Head, features: np.ndarray) -> np.ndarray:
    return head.standardisation.standardise(features)


@pytest.mark.parametrize("inverse_penalty", [1e-4, 0.01, 1, 100])
@pytest.mark.parametrize(
    ("num_classes", "count", "num_features"), [(2, 300, 40), (2, 60, 200), (5, 300, 40), (4, 30, 90)]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_are_scikit_learns(
    inverse_penalty: float, num_classes: int, count: int, num_features: int, weighted: bool
) -> None:
    features, labels = drawn(num_classes, count=count, num_features=num_features)
    weights = np.random.default_rng(1).gamma(1, size=count) if weighted else None
    head = fit_head(features, labels, num_classes=num_classes, inverse_penalty=inverse_penalty, weights=weights)
    rows = standardised(head, features)
    oracle = LogisticRegression(C=inverse_penalty, solver="newton-cg", tol=1e-8, max_iter=1000)
    oracle.fit(rows, labels, sample_weight=weights)
    for each in (features, drawn(num_classes, count=200, num_features=num_features, seed=2)[0]):
        expected = oracle.predict_proba(standardised(head, each))
        assert np.abs(head.probabilities(each) - expected).max() <= 1e-4


@pytest.mark.parametrize("num_classes", [2, 3])
def test_one_dense_layer_on_raw_features_says_the_same(num_classes: int) -> None:
    features, labels = drawn(num_classes, count=90, num_features=30)
    head = fit_head(features, labels, num_classes=num_classes, inverse_penalty=0.1)
    kernel, bias = head.fold()
    columns = 1 if num_classes == 2 else num_classes
    assert (kernel.shape, bias.shape) == ((30, columns), (columns,))
    assert (kernel.dtype, bias.dtype) == (np.float32, np.float32)
    assert head.logits(features) == pytest.approx(features @ kernel + bias, abs=1e-4)
    assert head.probabilities(features).shape == (90, num_classes)


def test_the_same_input_gives_the_same_bits_also_in_another_process() -> None:
    code = (
        "import numpy as np\n"
        "from classeur.training.head import train_head\n"
        "features = np.random.default_rng(0).normal(size=(200, 50)).astype(np.float32)\n"
        "labels = (features[:, :3] + 0.3).argmax(axis=1)\n"
        "bits = train_head(features, labels, num_classes=3).head.weights.tobytes().hex()\n"
    )
    here: list[dict[str, str]] = [{}, {}]
    for names in here:
        exec(code, names)
    there = subprocess.run([sys.executable, "-c", code + "print(bits)"], capture_output=True, text=True, check=True)
    assert [names["bits"] for names in here] == [there.stdout.strip()] * 2


@settings(max_examples=20)
@given(st.integers(2, 4), st.integers(0, 1000), st.sampled_from([1e-3, 0.1, 10]))
def test_names_and_order_do_not_matter(num_classes: int, seed: int, inverse_penalty: float) -> None:
    features, labels = drawn(num_classes, count=60, num_features=10, seed=seed)
    generator = np.random.default_rng(seed)
    order, names = generator.permutation(60), generator.permutation(num_classes)
    one, two = (
        fit_head(*data, num_classes=num_classes, inverse_penalty=inverse_penalty)
        for data in ((features, labels), (features[order], names[labels[order]]))
    )
    assert two.probabilities(features)[:, names] == pytest.approx(one.probabilities(features), abs=2e-4)


@settings(max_examples=20)
@given(st.floats(0.1, 10), st.integers(0, 1000))
def test_weights_and_penalty_are_one_scale(factor: float, seed: int) -> None:
    features, labels = drawn(3, count=60, num_features=10, seed=seed)
    weighted = fit_head(features, labels, num_classes=3, inverse_penalty=0.1, weights=np.full(60, factor))
    scaled = fit_head(features, labels, num_classes=3, inverse_penalty=0.1 * factor)
    assert weighted.probabilities(features) == pytest.approx(scaled.probabilities(features), abs=2e-4)


def test_features_that_hardly_vary_are_not_blown_up() -> None:
    features, labels = drawn(2, count=100, num_features=20)
    features[:, 3] = 7.5  # never varies
    features[:, 4] = 0
    features[8, 4] = 1e-6  # in one image a little, then in a new one a lot
    head = fit_head(features, labels, num_classes=2, inverse_penalty=1)
    new = features.copy()
    new[:, 3:5] += 1.0
    assert np.isfinite(head.fold()[0]).all()
    assert head.probabilities(new) == pytest.approx(head.probabilities(features), abs=0.02)


def held_out_logits(
    features: np.ndarray, labels: np.ndarray, folds: np.ndarray, inverse_penalty: float, weights: np.ndarray
) -> np.ndarray:
    """Each image's logits by scikit-learn, fitted to the other folds; softmax leaves a number open, so centred."""
    out = np.empty((len(labels), int(labels.max()) + 1))
    for fold in range(folds.max() + 1):
        oracle = LogisticRegression(C=inverse_penalty, solver="newton-cg", tol=1e-6).fit(
            features[folds != fold], labels[folds != fold], sample_weight=weights[folds != fold]
        )
        out[folds == fold] = log_softmax(oracle.decision_function(features[folds == fold]), axis=1)
    return out


@pytest.mark.parametrize("weighted", [False, True])
def test_the_penalty_is_chosen_by_images_that_were_held_out(weighted: bool) -> None:
    features, labels = drawn(4, count=160, num_features=60)
    weights = np.where(labels == 2, 8.0, 0.5) if weighted else np.ones(160)
    tried = (1e-3, 0.01, 0.1, 1)
    trained = train_head(features, labels, num_classes=4, seed=3, weights=weights, inverse_penalties=tried)
    rows, folds = standardised(trained.head, features), assign_folds(labels, num_folds=5, seed=3)
    expected = {each: held_out_logits(rows, labels, folds, each, weights) for each in tried}
    assert len(trained.choice.losses) >= 3
    for inverse_penalty, loss in trained.choice.losses:
        losses = log_losses(expected[inverse_penalty], labels)
        assert loss == pytest.approx(np.average(losses, weights=weights), rel=0.02)
    best = min(trained.choice.losses, key=lambda each: each[1])[0]
    assert trained.choice.inverse_penalty == trained.head.inverse_penalty == best
    assert softmax(trained.choice.logits) == pytest.approx(np.exp(expected[best]), abs=0.02)
    fitted = fit_head(features, labels, num_classes=4, inverse_penalty=best, weights=weights)
    assert trained.head.probabilities(features) == pytest.approx(fitted.probabilities(features), abs=1e-4)


def test_equal_files_are_held_out_together() -> None:
    """Labels by chance, each image four times: whoever sees a copy knows the label, whoever does not knows nothing."""
    generator = np.random.default_rng(0)
    features = np.repeat(generator.normal(size=(60, 100)), 4, axis=0)
    labels = np.repeat(np.arange(60) % 2, 4)
    apart = train_head(features, labels, num_classes=2)
    together = train_head(features, labels, num_classes=2, groups=np.repeat(np.arange(60), 4))
    assert min(loss for _, loss in apart.choice.losses) < 0.3
    assert min(loss for _, loss in together.choice.losses) > 0.65
    assert together.choice.inverse_penalty < apart.choice.inverse_penalty


def test_few_images_and_lonely_classes() -> None:
    features, labels = drawn(2, count=2, num_features=5)
    one_each = train_head(features, labels, num_classes=2)
    assert one_each.choice.losses == ()
    assert np.isnan(one_each.choice.logits).all()
    assert (one_each.head.probabilities(features).argmax(axis=1) == labels).all()
    features, labels = drawn(3, count=31, num_features=5)
    labels[labels == 2] = 0
    labels[30] = 2  # one image of class 2, none of class 3
    trained = train_head(features, labels, num_classes=4)
    assert np.isnan(trained.choice.logits[30]).all()
    assert np.isfinite(trained.choice.logits[:30]).all()
    assert trained.head.probabilities(features)[:, 3].max() < 1e-3


def test_a_large_choice_judges_fewer_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = drawn(5, count=200, num_features=30)
    monkeypatch.setattr(head_module, "_MOST_PRODUCTS", 2.5 * 200 * 31 * 5)
    head, choice = train_head(features, labels, num_classes=5)
    folds = assign_folds(labels, num_folds=5)
    assert (np.isnan(choice.logits).any(axis=1) == (folds >= 2)).all()
    monkeypatch.setattr(head_module, "_MOST_PRODUCTS", 100.0)  # one fold, and a head that is near
    head, choice = train_head(features, labels, num_classes=5)
    exact = fit_head(features, labels, num_classes=5, inverse_penalty=choice.inverse_penalty)
    assert head.probabilities(features) == pytest.approx(exact.probabilities(features), abs=2e-3)


def test_a_fit_beyond_what_is_exact_goes_by_decades_and_comes_near(monkeypatch: pytest.MonkeyPatch) -> None:
    (features, new), (labels, new_labels) = (np.split(each, [240]) for each in drawn(20, count=640, num_features=60))
    monkeypatch.setattr(head_module, "_MOST_PRODUCTS", 240 * 61 * 20 - 1.0)
    head, choice = train_head(features, labels, num_classes=20)
    tried = [inverse_penalty for inverse_penalty, _ in choice.losses]
    assert tried == list(head_module.INVERSE_PENALTIES[::2][: len(tried)])
    folds = assign_folds(labels, num_folds=5)
    for inverse_penalty, loss in choice.losses:
        exact = fit_head(features[folds != 0], labels[folds != 0], num_classes=20, inverse_penalty=inverse_penalty)
        rows = np.flatnonzero(folds == 0)
        # Standardised by all images, not by these: so far they may differ besides.
        assert loss == pytest.approx(log_losses(exact.logits(features[rows]), labels[rows]).mean(), rel=0.05)
    rises = [after > before for (_, before), (_, after) in itertools.pairwise(choice.losses)]
    assert rises.index(True) == len(rises) - 1  # one rise, over a decade, ends the search
    exact = fit_head(features, labels, num_classes=20, inverse_penalty=choice.inverse_penalty)
    assert head.probabilities(new) == pytest.approx(exact.probabilities(new), abs=0.01)
    near, least = (log_losses(each.logits(new), new_labels).mean() for each in (head, exact))
    assert near == pytest.approx(least, abs=2e-3)


def test_newtons_method_does_not_jump_to_and_fro(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels that features hardly tell: a full step lowers the loss a little, on the other side of the least one."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(600, 400)) * np.arange(1, 401) ** -0.5
    features = features @ np.linalg.qr(generator.normal(size=(400, 400)))[0]
    steps: list[None] = []
    newton = head_module._newton_direction
    monkeypatch.setattr(head_module, "_newton_direction", lambda *args: steps.append(None) or newton(*args))
    fit_head(features, np.arange(600) % 100, num_classes=100, inverse_penalty=0.1, exact=False)
    assert len(steps) <= 6


@given(st.integers(1, 5), st.integers(0, 100))
def test_losses_and_probabilities_are_scipys(num_columns: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    logits = 20 * generator.normal(size=(30, num_columns))
    labels = generator.integers(0, max(num_columns, 2), 30)
    whole = np.concatenate([np.zeros((30, 1)), logits], axis=1) if num_columns == 1 else logits
    expected = log_softmax(whole, axis=1)
    assert softmax(logits) == pytest.approx(np.exp(expected), abs=1e-12)
    assert log_losses(logits, labels) == pytest.approx(-expected[np.arange(30), labels], abs=1e-12)


def test_what_no_head_can_be_fitted_to() -> None:
    features, labels = drawn(2, count=20, num_features=5)
    with pytest.raises(ValueError, match="at least two classes"):
        fit_head(features, 0 * labels, num_classes=1, inverse_penalty=1)
    features[3, 2] = np.nan
    with pytest.raises(ValueError, match="1 of 5 are not finite"):
        fit_head(features, labels, num_classes=2, inverse_penalty=1)
