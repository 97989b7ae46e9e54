"""Learning curve: accuracy against the number of training images, and what more of them would bring.

Measured by heads on nested parts of the training images, extrapolated by an inverse power law. Values only; what to say
of them is for `delivery` to say.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from classeur.estimate import Estimate
from classeur.evaluation.sampling import Sampling
from classeur.training.folds import Groups, draw_arrivals
from classeur.training.head import Head, fit_head

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)

# Images × features × classes beyond which a curve is left out: a thousand classes of eight images on 1,280 features.
# Its parts have three times as many images together as one fit, each begun from nothing.
MOST_PRODUCTS = 1e10

# Validation images, or groups of them, below which they cannot tell what more training images would bring: a bootstrap
# of fewer repeats them, whatever others would be.
FEWEST_UNITS = 10

_CONFIDENCE = 0.95
_NUM_REPLICATES = 1000

# Exponents of the power law. Above 0.5, the rate of a well-posed estimate, up to 1, the fastest of any; below, what is
# seen of networks: Hestness et al., "Deep Learning Scaling is Predictable, Empirically" (2017), 0.07 to 0.35 and up.
_EXPONENTS = np.geomspace(0.1, 1.0, 24)

# Keeps this use of the seed apart from every other (b"curve").
_STREAM = 0x6375727665


class CurvePoint(NamedTuple):
    """The accuracies of trainings on so many images."""

    num_images: int
    num_draws: int
    train: Estimate  # on the images that each was trained on
    validation: Estimate


class Judges(NamedTuple):
    """Validation images by what they tell: those that were drawn together tell little more than one."""

    num_groups: int  # 0 if each image stands alone
    num_units: float  # images that stand alone, or groups; of unequal sizes they count for fewer

    @property
    def are_enough(self) -> bool:
        """Whether they can tell of other images than themselves, such as those of more photographs."""
        return self.num_units >= FEWEST_UNITS

    @classmethod
    def of(cls, sampling: Sampling, num_images: int) -> Self:
        """Return what images tell.

        Source: as `Sampling.design`, the effective number of groups.
        """
        if sampling.clusters is None:
            return cls(0, float(num_images))
        sizes = np.bincount(sampling.clusters)
        return cls(len(sizes), num_images**2 / float(np.square(sizes).sum()))


class LearningCurve(NamedTuple):
    """Accuracies by number of training images, and the power laws a + b · n^−c that fit them."""

    points: tuple[CurvePoint, ...]  # by number of images, rising
    floors: np.ndarray  # float64 (replicates,): a, the error that no number of images takes away
    factors: np.ndarray  # float64 (replicates,): b
    exponents: np.ndarray  # float64 (replicates,): c
    noise: np.ndarray  # float64 (replicates,): how far one training is from the mean of many
    num_groups: int = 0  # of the training images, where some belong together; 0 if each stands alone
    judges: Judges = Judges(0, 0.0)  # what its validation images tell

    def error_at(self, num_images: float) -> Estimate:
        """Return the validation error to expect of one training on so many images: median and 95 % interval.

        The interval tells of the validation images, of the images drawn and of the power law's own uncertainty; it is
        for validation images like these, and for more images of the kind that is there already.
        """
        return self._estimate(np.clip(self._means_at(num_images) + self.noise, 0, 1))

    def gain(self, factor: float = 2.0) -> Estimate:
        """Return by how much the error would fall with `factor` times as many images as the curve ends with."""
        now = self.points[-1].num_images
        return self._estimate(self._means_at(now) - self._means_at(factor * now))

    def num_images_to_halve(self) -> Estimate:
        """Return about how many images would halve the validation error; inf where none would.

        Half of what each power law says of as many as there are, not of what was measured, which may be above the law:
        so it is at least twice their number, as no law here falls faster than n⁻¹.
        """
        above = self._means_at(self.points[-1].num_images) / 2 - self.floors
        with np.errstate(over="ignore"):
            counts = (self.factors / np.where(above > 0, above, 1)) ** (1 / self.exponents)
        return self._estimate(np.where(above > 0, counts, np.inf))

    def _estimate(self, replicates: np.ndarray) -> Estimate:
        low, high = _interval(replicates)
        judged = self.points[-1].validation.n
        return Estimate(
            value=float(np.median(replicates)), low=low, high=high, method="power laws of a bootstrap", n=judged
        )

    def _means_at(self, num_images: float) -> np.ndarray:
        return np.asarray(self.floors + self.factors * num_images**-self.exponents)


def is_affordable(num_images: int, num_features: int, num_classes: int) -> bool:
    """Return whether a curve of so many training images is worth its time; beyond `MOST_PRODUCTS` it is left out.

    >>> is_affordable(2000, 1280, 2), is_affordable(12_000, 1280, 1000)
    (True, False)
    """
    return num_images * num_features * num_classes <= MOST_PRODUCTS


def measure_curve(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    validation: tuple[np.ndarray, np.ndarray],
    num_classes: int,
    inverse_penalty: float,
    groups: Groups | None = None,
    validation_groups: Groups | None = None,
    weights: np.ndarray | None = None,
    head: Head | None = None,
    shares: Sequence[float] = SHARES,
    num_draws: int = 16,
    seed: int = 0,
) -> LearningCurve:
    """Return the learning curve of heads on parts of the training images, each judged on the same validation images.

    Parts are drawn by class, equal files together, at least one image of a class. The penalty is that of all training
    images: it is a scale of the weights and hardly depends on their number.

    Args:
        features, labels, num_classes, inverse_penalty, weights: as `fit_head` takes them.
        validation: features and labels that none of the heads is trained on.
        groups: (n,), equal values are never separated.
        validation_groups: the same of the validation images, which were drawn together.
        head: one that is already fitted to all of them with this penalty and these weights; fitted here if None.
        shares: of the training images, in (0, 1], rising; those that make the same part twice count once.
        num_draws: of the smallest part; a part twice as large is drawn half as often, at least three times.
        seed: of the draws and of the intervals.
    """
    right: list[np.ndarray] = []
    train: list[float] = []
    drawn = draw_parts(labels, groups=groups, shares=shares, num_draws=num_draws, seed=seed)
    for parts in drawn:
        is_whole = len(parts[0]) == len(labels)
        heads = [
            head
            if head and is_whole
            else fit_head(
                features[part],
                labels[part],
                num_classes=num_classes,
                inverse_penalty=inverse_penalty,
                weights=None if weights is None else weights[part],
                exact=is_whole,  # the last point is the head that is kept
            )
            for part in parts
        ]
        right.append(np.stack([_predicted(each, validation[0]) == validation[1] for each in heads]))
        trained = [
            np.mean(_predicted(each, features[part]) == labels[part]) for each, part in zip(heads, parts, strict=True)
        ]
        train.append(float(np.mean(trained)))
    sizes = [_mean_size(parts) for parts in drawn]
    curve = fit_curve(sizes, right, train_accuracies=train, groups=validation_groups, seed=seed)
    num_groups = len(labels) if groups is None else len(np.unique(np.asarray(groups)))
    return curve._replace(num_groups=num_groups if num_groups < len(labels) else 0)


def draw_parts(
    labels: np.ndarray,
    *,
    groups: Groups | None = None,
    shares: Sequence[float] = SHARES,
    num_draws: int = 16,
    seed: int = 0,
) -> list[list[np.ndarray]]:
    """Return the images of each training of a curve: for each size its draws, int (images,); sizes rise.

    Where groups are large, a larger share may be the same groups again, or of fewer draws that have smaller ones: that
    is no point of a curve.

    Args:
        labels, groups, shares, num_draws, seed: as `measure_curve` takes them.
    """
    arrivals = [draw_arrivals(labels, groups=groups, seed=seed * 65536 + draw) for draw in range(num_draws)]
    drawn: list[list[np.ndarray]] = []
    for share in shares:
        wanted = 1 if share >= 1 else max(3, round(num_draws * shares[0] / share))
        parts = [np.flatnonzero(each < share) for each in arrivals[:wanted]]
        while share >= 1 and drawn and _mean_size(drawn[-1]) >= len(labels):
            drawn.pop()  # the last point is of all images, and of the head that is kept
        if not drawn or (_mean_size(drawn[-1]) < _mean_size(parts) and _have_grown(drawn[-1], parts)):
            drawn.append(parts)
    return drawn


def _have_grown(smaller: Sequence[np.ndarray], larger: Sequence[np.ndarray]) -> bool:
    """Return whether parts are larger than those of the same draws before; of a larger share there are fewer draws."""
    return any(len(few) < len(many) for few, many in zip(smaller, larger, strict=False))


def _mean_size(parts: Sequence[np.ndarray]) -> int:
    return round(float(np.mean([len(part) for part in parts])))


def fit_curve(
    sizes: Sequence[int],
    right: Sequence[np.ndarray],
    *,
    train_accuracies: Sequence[float],
    groups: Groups | None = None,
    seed: int = 0,
) -> LearningCurve:
    """Return the learning curve of trainings that were judged on the same validation images.

    The intervals are of a Bayesian bootstrap over the validation images, the same images for all sizes, with half an
    image right and half an image wrong added, so that one draw has Jeffreys' interval and no error is not no doubt;
    and of the differences between draws. Images that were drawn together are drawn together again: groups are weighed,
    and half a group of the mean size is added. No point is surer than the accuracy of one training of its size.

    Args:
        sizes: training images, rising.
        right: for each size bool (draws, validation images), whether each training got each image right.
        train_accuracies: for each size, the mean accuracy on the images trained on.
        groups: of the validation images, equal values were drawn together; each alone if None.
        seed: of the bootstrap.

    Source: Rubin, Annals of Statistics 9 (1981) 130–134, the bootstrap; Figueroa et al., BMC Medical Informatics and
    Decision Making 12 (2012) 8, the inverse power law.
    """
    generator = np.random.Generator(np.random.Philox(key=np.array([seed % 2**64, _STREAM], np.uint64)))
    wrong = np.stack([1 - each.mean(axis=0) for each in right], axis=1)  # (images, sizes), of the draws
    # Of each group how many images are wrong, at each size, and how many there are.
    units = _sums_of_groups(np.concatenate([wrong, np.ones((len(wrong), 1))], axis=1), groups)
    # Groups alike at all sizes are drawn at once: a sum of exponentials is a gamma.
    kinds, counts = np.unique(units, axis=0, return_counts=True)
    mean = len(wrong) / len(units)
    all_right, all_wrong = np.append(np.zeros(len(sizes)), mean), np.full(len(sizes) + 1, mean)
    kinds = np.concatenate([kinds, all_right[None], all_wrong[None]])
    shares = generator.standard_gamma(np.concatenate([counts, [0.5, 0.5]]), (_NUM_REPLICATES, len(kinds)))
    drawn = shares @ kinds
    errors = drawn[:, :-1] / drawn[:, -1:]
    # A single draw varies as those of the size before it, or a little less.
    spreads: list[float] = []
    for each in right:
        several = len(each) > 1
        spreads.append(float(each.mean(axis=1).std(ddof=1)) if several else (spreads[-1] if spreads else 0.0))
    num_draws = np.array([len(each) for each in right])
    errors = errors + generator.standard_normal(errors.shape) * np.array(spreads) / np.sqrt(num_draws)
    errors = np.clip(errors, 0, 1)
    noise = generator.standard_normal(_NUM_REPLICATES) * spreads[-1]
    sampling = _sampling_of(groups, len(wrong))
    points = tuple(
        CurvePoint(
            size,
            len(each),
            _proportion(accuracy, size),
            _bootstrapped(each, 1 - replicates, sampling),
        )
        for size, each, accuracy, replicates in zip(sizes, right, train_accuracies, errors.T, strict=True)
    )
    laws = _fit_power_laws(np.array(sizes, float), errors)
    return LearningCurve(points, *laws, noise, judges=Judges.of(sampling, len(wrong)))


def _sums_of_groups(values: np.ndarray, groups: Groups | None) -> np.ndarray:
    """Return the sums of values (images, columns) over the images of each group, float64 (groups, columns)."""
    if groups is None:
        return values
    _, numbers = np.unique(np.asarray(groups), return_inverse=True)
    return np.stack([np.bincount(numbers, column) for column in values.T], axis=1)


def _predicted(head: Head, features: np.ndarray) -> np.ndarray:
    """Return the class of each image, int64 (n,), in float32: a third of the time of this curve went into more."""
    kernel, bias = head.fold()
    logits = features @ kernel + bias
    predicted: np.ndarray = logits.argmax(axis=1) if logits.shape[1] > 1 else (logits[:, 0] > 0).astype(np.int64)
    return predicted


def _fit_power_laws(sizes: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a, b ≥ 0 and c of a + b · n^−c for each row of errors (replicates, sizes), by weighted least squares."""
    precision = 1 / (errors.var(axis=0) + 1e-12)
    falls = sizes[:, None] ** -_EXPONENTS  # (sizes, exponents)
    total = precision.sum()
    x = precision @ falls
    xx = precision @ falls**2
    y = errors @ precision
    xy = (errors * precision) @ falls  # (replicates, exponents)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = (total * xy - x * y[:, None]) / (total * xx - x**2)
    factors = np.where(np.isfinite(factors), np.maximum(factors, 0), 0)
    floors = (y[:, None] - factors * x) / total
    below = floors < 0  # then the best is on the border
    factors = np.where(below, xy / xx, factors)
    floors = np.where(below, 0, floors)
    residuals = errors[:, :, None] - floors[:, None] - factors[:, None] * falls
    misfits = np.einsum("s,rsc->rc", precision, residuals**2)
    chosen = misfits.argmin(axis=1)
    rows = np.arange(len(errors))
    return floors[rows, chosen], factors[rows, chosen], _EXPONENTS[chosen]


def _sampling_of(groups: Groups | None, num_images: int) -> Sampling:
    """Return the sampling of images of which equal groups were drawn together."""
    if groups is None:
        return Sampling(None)
    names, numbers = np.unique(np.asarray(groups), return_inverse=True)
    return Sampling(numbers.astype(np.int64) if len(names) < num_images else None)


def _bootstrapped(right: np.ndarray, replicates: np.ndarray, sampling: Sampling) -> Estimate:
    """Return the accuracy of trainings, bool (draws, images), from its replicates.

    It is no surer than that of one training of these, whose interval is wider where groups are few.
    """
    alone = [found for each in right if (found := sampling.proportion(each)) is not None]
    low, high = _interval(replicates)
    return Estimate(
        value=float(right.mean()),
        low=min(low, float(np.mean([each.low for each in alone]))),
        high=max(high, float(np.mean([each.high for each in alone]))),
        method="Bayesian bootstrap",
        n=right.shape[1],
    )


def _interval(replicates: np.ndarray) -> tuple[float, float]:
    # Without interpolation, which between finite and infinite is neither.
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(replicates, (tail, 1 - tail), method="nearest")
    return float(low), float(high)


def _proportion(share: float, num_images: int) -> Estimate:
    """Return a share of images with Jeffreys' interval."""
    from scipy.special import betaincinv  # what only reads runs does without SciPy

    tail = (1 - _CONFIDENCE) / 2
    right, wrong = share * num_images + 0.5, (1 - share) * num_images + 0.5
    low, high = (float(betaincinv(right, wrong, at)) for at in (tail, 1 - tail))
    return Estimate(value=share, low=low, high=high, method="Jeffreys", n=num_images)
