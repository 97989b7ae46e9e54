"""The learning curve: what it measures, that it foretells, and that its intervals hold what they say."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from classeur.delivery.korean_words import KOREAN_WORDS
from classeur.delivery.words import WORDS
from classeur.evaluation.learning_curve import FEWEST_UNITS, LearningCurve, draw_parts, fit_curve, measure_curve
from classeur.evaluation.scoring import score
from classeur.improvement.remarks import more_images
from classeur.training.head import fit_head

SIZES = [50, 100, 200, 400, 800]
DRAWS = [16, 8, 4, 3, 1]


def judged(
    errors: list[float], *, num_images: int, generator: np.random.Generator, draws: list[int] = DRAWS
) -> list[np.ndarray]:
    """Trainings of these errors, judged on the same images: some of them are hard for all, so draws are alike."""
    hardness = generator.uniform(size=num_images)
    return [
        np.stack(
            [
                np.clip(hardness + 0.02 * generator.normal(size=num_images), 0, 1) >= error + 0.004 * generator.normal()
                for _ in range(count)
            ]
        )
        for error, count in zip(errors, draws, strict=True)
    ]


def curve_of(errors: list[float], *, num_images: int = 1000, seed: int = 0) -> LearningCurve:
    generator = np.random.default_rng(seed)
    right = judged(errors, num_images=num_images, generator=generator)
    return fit_curve(SIZES, right, train_accuracies=[1.0] * 5, seed=seed)


@pytest.mark.parametrize(("floor", "factor", "exponent"), [(0.0, 2.0, 0.5), (0.05, 1.5, 0.6), (0.1, 0.6, 0.3)])
def test_an_error_of_twice_as_many_images_is_foretold_within_the_interval(
    floor: float, factor: float, exponent: float
) -> None:
    """The true one, at 1,600 from 800, in 9 of 10 drawings at least; the interval is not so wide as to say nothing."""
    errors = [floor + factor * size**-exponent for size in [*SIZES, 1600]]
    held, widths = 0, []
    for seed in range(40):
        found = curve_of(errors[:-1], seed=seed).error_at(1600)
        held += found.low <= errors[-1] <= found.high
        widths.append(found.high - found.low)
    assert held >= 36
    assert np.median(widths) < 0.08


def test_more_photographs_help_where_the_curve_falls_and_not_where_it_is_level() -> None:
    falling, level = curve_of([0.4, 0.28, 0.2, 0.14, 0.1]), curve_of([0.1] * 5)
    assert falling.gain().low > 0.01
    assert level.gain().high < 0.01
    assert falling.gain(4).value > falling.gain(2).value
    halved = falling.num_images_to_halve()
    assert 1600 <= halved.low <= halved.value <= halved.high
    assert falling.error_at(halved.value).value == pytest.approx(0.05, abs=0.01)
    assert level.num_images_to_halve().value == np.inf


def test_one_training_may_be_as_far_off_as_draws_differ() -> None:
    """Which images are drawn decides between 80 and 90 %: so what one more training gives is known no better."""
    images = np.arange(5000)
    draws = np.stack([images >= wrong for wrong in [500, 1000] * 4])
    found = fit_curve([100, 200], [draws, draws[:1]], train_accuracies=[1, 1]).error_at(200)
    assert found.high - found.low > 0.15


def test_one_draw_has_jeffreys_interval() -> None:
    right = [np.arange(500)[None] >= wrong for wrong in (40, 15, 0)]
    points = fit_curve([10, 20, 40], right, train_accuracies=[1, 1, 1]).points
    for point, wrong in zip(points, (40, 15, 0), strict=True):
        expected = beta.ppf((0.025, 0.975), 500 - wrong + 0.5, wrong + 0.5)
        assert point.validation.value == 1 - wrong / 500
        assert (point.validation.low, point.validation.high) == pytest.approx(expected, abs=0.004)
    assert points[2].validation.low < 0.996  # no error among 500 is not no doubt


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(20, 200), st.integers(1, 5))
def test_laws_of_every_curve(seed: int, num_images: int, num_points: int) -> None:
    generator = np.random.default_rng(seed)
    sizes = (10 * 2 ** np.arange(num_points)).tolist()
    errors = generator.uniform(0, 0.6, num_points).tolist()
    right = judged(errors, num_images=num_images, generator=generator, draws=DRAWS[-num_points:])
    curve = fit_curve(sizes, right, train_accuracies=[0.9] * num_points, seed=seed)
    for point, each in zip(curve.points, right, strict=True):
        assert point.validation.value == each.mean()
        assert 0 <= point.validation.low <= point.validation.high <= 1
        assert 0 <= point.train.low <= 0.9 <= point.train.high <= 1
    for factor in (1, 2, 10):
        found = curve.error_at(factor * sizes[-1])
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert 0 <= curve.gain(factor).low <= curve.gain(factor).value <= curve.gain(factor).high
    again = fit_curve(sizes, right, train_accuracies=[0.9] * num_points, seed=seed)
    assert again.points == curve.points
    assert again.error_at(1000) == curve.error_at(1000)


def clusters(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    centres = np.random.default_rng(7).normal(size=(3, 60))
    return 0.35 * centres[labels] + generator.normal(size=(count, 60)), labels


def test_heads_on_parts_are_measured_and_the_last_point_is_the_head_on_all() -> None:
    features, labels = clusters(480, seed=0)
    validation = clusters(300, seed=1)
    curve = measure_curve(features, labels, validation=validation, num_classes=3, inverse_penalty=0.01)
    assert [point.num_images for point in curve.points] == [30, 60, 120, 240, 480]
    assert [point.num_draws for point in curve.points] == [16, 8, 4, 3, 1]
    whole = fit_head(features, labels, num_classes=3, inverse_penalty=0.01)
    right = (whole.probabilities(validation[0]).argmax(axis=1) == validation[1]).mean()
    assert curve.points[-1].validation.value == pytest.approx(right, abs=0.01)
    trained = (whole.probabilities(features).argmax(axis=1) == labels).mean()
    assert curve.points[-1].train.value == pytest.approx(trained, abs=0.01)
    assert curve.points[0].validation.value + 0.05 < curve.points[-1].validation.value


def test_a_head_that_is_there_is_the_last_point_and_is_not_fitted_again() -> None:
    features, labels = clusters(60, seed=0)
    validation = clusters(300, seed=1)
    settings = {"validation": validation, "num_classes": 3, "inverse_penalty": 0.01}
    fitted = fit_head(features, labels, num_classes=3, inverse_penalty=0.01)
    assert measure_curve(features, labels, head=fitted, **settings).points == (
        measure_curve(features, labels, **settings).points
    )
    other = fitted._replace(bias=fitted.bias + [50, 0, 0])  # says 0 to all
    points = measure_curve(features, labels, head=other, **settings).points
    assert points[-1].validation.value == np.mean(validation[1] == 0)
    assert points[-2].validation.value > 0.5


@pytest.mark.parametrize("num_classes", [2, 3])
def test_what_is_counted_is_what_the_head_says(num_classes: int) -> None:
    features, labels = clusters(200, seed=0)
    labels = labels % num_classes
    head = fit_head(features, labels, num_classes=num_classes, inverse_penalty=0.01)
    settings = {"num_classes": num_classes, "inverse_penalty": 0.01, "shares": (1.0,)}
    (point,) = measure_curve(features, labels, validation=(features, labels), **settings).points
    right = np.mean(head.probabilities(features).argmax(axis=1) == labels)
    assert point.train.value == point.validation.value == right


def test_half_of_the_images_foretells_the_whole_sets_error() -> None:
    held = 0
    for seed in range(10):
        features, labels = clusters(480, seed=10 + seed)
        validation = clusters(300, seed=100 + seed)
        curve = measure_curve(
            features[:240], labels[:240], validation=validation, num_classes=3, inverse_penalty=0.01, seed=seed
        )
        whole = fit_head(features, labels, num_classes=3, inverse_penalty=0.01, exact=False)
        error = (whole.probabilities(validation[0]).argmax(axis=1) != validation[1]).mean()
        found = curve.error_at(480)
        held += found.low <= error <= found.high
    assert held >= 9


def test_a_few_images_make_fewer_points_and_groups_arrive_whole() -> None:
    features, labels = clusters(15, seed=0)  # five of each class
    validation = clusters(30, seed=1)
    settings = {"validation": validation, "num_classes": 3, "inverse_penalty": 0.01}
    curve = measure_curve(features, labels, **settings)
    assert [point.num_images for point in curve.points] == [3, 6, 9, 15]  # an eighth of five is one, as a sixteenth is
    pairs = measure_curve(features[:12], labels[:12], groups=np.arange(12) % 6, **settings)
    assert [point.num_images for point in pairs.points] == [6, 12]


def test_weights_reach_the_heads() -> None:
    features, labels = clusters(120, seed=0)
    validation = clusters(300, seed=1)
    weights = np.where(labels == 0, 1000.0, 1e-3)
    plain, weighted = (
        measure_curve(features, labels, validation=validation, num_classes=3, inverse_penalty=0.01, weights=each)
        for each in (None, weights)
    )
    assert weighted.points[-1].validation.value < 0.5 < plain.points[-1].validation.value


@settings(max_examples=100)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=5), st.integers(0, 100))
def test_no_fewer_images_than_there_are_halve_the_errors(wrong: list[int], seed: int) -> None:
    """Whatever was measured: a curve that rises, one training that is worse than the law of the others."""
    sizes = [50 * 2**at for at in range(len(wrong))]
    right = [np.arange(60)[None] >= each for each in wrong]
    curve = fit_curve(sizes, right, train_accuracies=[1.0] * len(wrong), seed=seed)
    halved = curve.num_images_to_halve()
    assert 2 * sizes[-1] - 1e-6 * sizes[-1] <= halved.low <= halved.value <= halved.high
    values = more_images(curve, "animals").values
    if "num_to_halve" in values:
        assert 2 * values["num_train"] <= values["num_to_halve_low"] <= values["num_to_halve"] < 100 * sizes[-1]
    for words in (WORDS, KOREAN_WORDS):
        said = words["more-images"].evidence(more_images(curve, "animals"))
        about = re.search(r"(?:about|약) ([\d,]+)", said)
        assert about is None or int(about[1].replace(",", "")) > sizes[-1]


def test_a_last_training_above_the_law_of_the_others_is_not_halved_by_fewer() -> None:
    right = [np.arange(200)[None] >= each for each in (80, 40, 20, 10, 24)]
    found = more_images(fit_curve(SIZES, right, train_accuracies=[1.0] * 5), "animals")
    assert found.values.get("num_to_halve", np.inf) >= 1600


@settings(max_examples=30)
@given(st.integers(2, 6), st.integers(0, 100))
def test_images_that_were_drawn_together_count_once(copies: int, seed: int) -> None:
    """A curve judged by copies of images, each with its copies a group, is that judged by the images."""
    right = judged([0.4, 0.3, 0.2], num_images=60, generator=np.random.default_rng(seed), draws=[4, 3, 1])
    alone = fit_curve([10, 20, 40], right, train_accuracies=[1] * 3, seed=seed)
    copied = [np.repeat(each, copies, axis=1) for each in right]
    together = np.repeat(np.arange(60), copies)
    grouped = fit_curve([10, 20, 40], copied, train_accuracies=[1] * 3, groups=together, seed=seed)
    for one, other in zip(alone.points, grouped.points, strict=True):
        assert other.validation.low == pytest.approx(one.validation.low, abs=0.01)
        assert other.validation.high == pytest.approx(one.validation.high, abs=0.01)
    assert grouped.gain().high == pytest.approx(alone.gain().high)
    by_images = fit_curve([10, 20, 40], copied, train_accuracies=[1] * 3, seed=seed)
    assert by_images.points[-1].validation.low > alone.points[-1].validation.low


@settings(max_examples=50)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), st.integers(0, 12), st.integers(0, 100))
def test_the_last_point_is_no_surer_than_the_accuracy(sizes: list[int], wrong: int, seed: int) -> None:
    """It is the same head on the same images, and other trainings come to it; of one group, both know nothing."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    right = np.random.default_rng(seed).permutation(len(groups)) >= wrong
    curve = fit_curve([10], [right[None]], train_accuracies=[1], groups=groups, seed=seed)
    labels = np.arange(len(groups)) % 2
    logits = np.eye(2)[np.where(right, labels, 1 - labels)]
    found = score(logits, labels, class_names=["a", "b"], groups=list(map(str, groups))).accuracy
    (point,) = curve.points
    assert point.validation.value == found.value
    assert point.validation.low <= found.low <= found.high <= point.validation.high
    assert curve.judges.are_enough == (sum(sizes) ** 2 >= FEWEST_UNITS * sum(size**2 for size in sizes))


def test_two_groups_say_nothing_of_more_photographs() -> None:
    """Level at all sizes, on many images: it is these two patients that are level, and there are no others."""
    right = [np.arange(200)[None] >= 7] * 5
    sure = more_images(fit_curve(SIZES, right, train_accuracies=[1.0] * 5), "patients")
    assert "gain" in sure.values
    groups = np.arange(200) % 2
    found = more_images(fit_curve(SIZES, right, train_accuracies=[1.0] * 5, groups=groups), "patients")
    assert (found.values["num_validation"], found.values["num_validation_groups"]) == (200, 2)
    assert not {"gain", "gain_high", "num_to_halve"} & set(found.values)
    for words, said in ((WORDS, "2 groups cannot tell"), (KOREAN_WORDS, "묶음 2개의 검증 이미지로는 알 수 없습니다")):
        assert said in words["more-images"].evidence(found)


@st.composite
def grouped(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels of up to three classes, and groups of very different sizes, which may span classes."""
    sizes = draw(st.lists(st.sampled_from([1, 1, 2, 5, 20]), min_size=3, max_size=25))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    of_group = np.array(draw(st.lists(st.integers(0, 2), min_size=len(sizes), max_size=len(sizes))))
    labels = of_group[groups]
    spans = draw(st.integers(0, len(sizes) - 1))
    labels[groups == spans] = np.arange(np.sum(groups == spans)) % 3
    return np.unique(labels, return_inverse=True)[1], groups


@settings(max_examples=200)
@given(grouped(), st.integers(0, 100))
def test_parts_are_of_whole_groups_and_each_size_is_larger_than_the_one_before(
    data: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    labels, groups = data
    drawn = draw_parts(labels, groups=groups, seed=seed)
    for parts in drawn:
        for part in parts:
            inside = np.isin(np.arange(len(labels)), part)
            assert np.isin(groups, groups[inside]).tolist() == inside.tolist()
    sizes = [np.mean([len(part) for part in parts]) for parts in drawn]
    assert all(few < many for few, many in itertools.pairwise(sizes))
    assert [len(parts[0]) for parts in drawn][-1] == len(labels)
    for smaller, larger in itertools.pairwise(drawn):
        pairs = list(zip(smaller, larger, strict=False))
        assert all(set(one) <= set(other) for one, other in pairs)
        assert any(len(one) < len(other) for one, other in pairs)  # else it were the same training again
