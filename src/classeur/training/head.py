"""Head: multinomial logistic regression on a backbone's features, its penalty chosen inside the training images.

Newton's method with conjugate gradients. One matrix product serves all folds at once, so that choosing costs little
more than fitting. Penalties are compared in float32; the head that is kept is fitted in float64, but for the products
of the conjugate gradients, which only decide how fast it arrives. Arrays are (columns, folds, images) and (columns,
folds, features): one column of logits for two classes, as in a network's last layer, else one a class.
"""

from typing import NamedTuple

import numpy as np

from classeur.training.folds import Groups, assign_folds
from classeur.training.logits import log_losses, softmax
from classeur.training.standardisation import Standardisation, measure_spread

# scikit-learn's C: the inverse of the penalty on the sum of squared weights, beside the sum of the images' losses.
INVERSE_PENALTIES = tuple(float(f"{10 ** (half / 2):.3g}") for half in range(-10, 5))  # 10⁻⁵ … 10², half a decade each

# Losses that rise over a decade do not fall again.
_HALF_DECADES_OF_RISE = 2

# Where no image can be held out: between the best of the tutorial's photographs and the best of the flowers.
_USUAL_INVERSE_PENALTY = 0.01

# Images × features × columns, the work of one product: beyond this over all folds, fewer of them are judged; beyond it
# in one, fewer penalties are tried, all less exactly.
_MOST_PRODUCTS = 3e9


class _Goal(NamedTuple):
    """How near to the least loss: after a step from where the squared Newton decrement is below this, it is reached.

    Half the decrement's root bounds how far any training image's probability is from its end: 5·10⁻⁶ for an exact head,
    and the step takes nine tenths of that away. To compare penalties, so much on the average image is enough.
    """

    precision: type[np.floating]
    decrement: float
    decrement_an_image: float


_EXACT = _Goal(np.float64, 1e-10, 0.0)
_ENOUGH = _Goal(np.float32, 0.0, 1e-4)
# Of a large choice: to compare penalties ten times apart, and the head that is kept.
_ROUGH = _Goal(np.float32, 0.0, 1e-3)
_NEAR = _Goal(np.float32, 0.0, 1e-5)

_MOST_STEPS = 100
_MOST_PRODUCTS_A_STEP = 500
_RELATIVE_RESIDUAL = 0.1
_RELATIVE_SLOPE = 0.2
_MOST_TRIES_A_STEP = 10

_USUAL_FOLDS = 5

# Of memory, for each image, class and fold that is judged at once: the logits, the shares and their products. Measured
# by tracemalloc on 20,000 images of 2 and 40 classes: 41 to 51.
_BYTES_OF_A_LOGIT = 50

# Rows that are turned to float64 at a time.
_BLOCK = 4096


class Head(NamedTuple):
    """A fitted head: standardised features to logits, and what standardised them."""

    weights: np.ndarray  # float64 (features, columns), for standardised features
    bias: np.ndarray  # float64 (columns,)
    standardisation: Standardisation
    inverse_penalty: float

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return the logits of features (n, features), float64 (n, columns): (n, 1) for two classes."""
        logits: np.ndarray = self.standardisation.standardise(features) @ self.weights + self.bias
        return logits

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the probabilities of features (n, features), float64 (n, classes)."""
        return softmax(self.logits(features))

    def tempered(self, temperature: float) -> "Head":
        """Return the head whose logits are these, divided by a temperature."""
        return self._replace(weights=self.weights / temperature, bias=self.bias / temperature)

    def fold(self) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel and bias of one Dense layer on raw features, float32 (features, columns) and (columns,)."""
        mean, spread = self.standardisation
        kernel = self.weights / spread[:, None]
        return kernel.astype(np.float32), (self.bias - mean @ kernel).astype(np.float32)


class PenaltyChoice(NamedTuple):
    """What was tried to choose a penalty, by images that were held out."""

    inverse_penalty: float
    losses: tuple[tuple[float, float], ...]  # (inverse penalty, mean log loss of held-out images, nats), as tried
    logits: np.ndarray  # float64 (n, columns), of each image by a head that never saw it; NaN where never held out


class TrainedHead(NamedTuple):
    """A head and how its penalty was chosen."""

    head: Head
    choice: PenaltyChoice


def head_num_bytes(num_images: int, num_features: int, *, num_classes: int) -> int:
    """Return about how much memory `train_head` takes beside the features: for the logits of all folds at once.

    >>> head_num_bytes(1_281_167, 1280, num_classes=1000)
    64058350000
    """
    num_folds = int(np.clip(_MOST_PRODUCTS // (num_images * num_features * num_classes + 1), 1, _USUAL_FOLDS))
    return _BYTES_OF_A_LOGIT * num_images * num_classes * num_folds


def fit_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    num_classes: int,
    inverse_penalty: float,
    weights: np.ndarray | None = None,
    exact: bool = True,
) -> Head:
    """Return the head of least penalised loss: scikit-learn's `LogisticRegression` on standardised features.

    The same input gives the same bits on one machine.

    Args:
        features: float (n, features), finite.
        labels: int (n,), 0 … num_classes − 1.
        num_classes: at least 2.
        inverse_penalty: scikit-learn's C, above 0.
        weights: of each image's loss, (n,), 0 or more; all 1 if None.
        exact: probabilities within 10⁻⁴ of the least loss's; else within a hundredth or so, several times as fast.

    Raises:
        ValueError: if there are fewer than two classes, or a feature is not finite.

    >>> features = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> head = fit_head(features, np.array([0, 0, 1, 1]), num_classes=2, inverse_penalty=1)
    >>> head.probabilities(np.array([[1.5], [3.0]]))[:, 1].round(2).tolist()
    [0.5, 0.78]
    """
    design = _standardise(features, num_classes)
    row = _row(weights, len(labels))
    solution = _solve(design, labels, row, inverse_penalty, _ENOUGH)
    if exact:
        solution = _solve(design, labels, row, inverse_penalty, _EXACT, solution)
    return design.head(solution, inverse_penalty)


def train_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    num_classes: int,
    groups: Groups | None = None,
    weights: np.ndarray | None = None,
    num_folds: int = _USUAL_FOLDS,
    seed: int = 0,
    inverse_penalties: tuple[float, ...] = INVERSE_PENALTIES,
) -> TrainedHead:
    """Return the head with the penalty of least log loss on held-out training images, fitted to all of them.

    From the strongest penalty to weaker ones by half a decade, each begun where the last ended, until the loss has
    risen over a decade. Features are standardised once by all training images, which takes no label into account.

    How much is computed depends on images × features × classes. Up to 3·10⁹ over all folds every fold is judged,
    beyond that as many as it allows, and at least one. Where one fit alone is beyond it (a thousand classes of twelve
    images on 1,280 features: 1.5·10¹⁰), penalties go by decades, their losses are less exact, and the head that is kept
    has followed the same path on all images; its probabilities are within a hundredth of the least loss's, not 10⁻⁴.

    Args:
        features, labels, num_classes, weights: as `fit_head` takes them; the loss of held-out images is weighted too.
        groups: (n,), images with equal values are held out together.
        num_folds: at least 2.
        seed: of the folds.
        inverse_penalties: rising.

    Raises:
        ValueError: as `fit_head` does.
    """
    design = _standardise(features, num_classes)
    row = _row(weights, len(labels))
    choice, start = _choose(
        design, labels, row, assign_folds(labels, num_folds=num_folds, groups=groups, seed=seed), inverse_penalties
    )
    if design.size <= _MOST_PRODUCTS:
        solution = _solve(design, labels, row, choice.inverse_penalty, _EXACT, start)
    else:
        # Images that were held out are far from where the choice ended: from there it takes longer than from nothing.
        path = [tried for tried, _ in choice.losses if tried < choice.inverse_penalty]
        start = None
        for tried in path:
            start = _solve(design, labels, row, tried, _ROUGH, start)
        solution = _solve(design, labels, row, choice.inverse_penalty, _NEAR, start)
    return TrainedHead(design.head(solution, choice.inverse_penalty), choice)


class _Solution(NamedTuple):
    coefficients: np.ndarray  # float64 (columns, folds, features and bias)
    logits: np.ndarray  # float64 (columns, folds, n)


class _Design(NamedTuple):
    """Standardised features with a column of ones for the bias."""

    rows: np.ndarray  # float32 (n, features and bias)
    standardisation: Standardisation
    num_columns: int

    @property
    def size(self) -> int:
        """Images × features × columns: the work of one product."""
        return self.rows.size * self.num_columns

    def logits(self, coefficients: np.ndarray) -> np.ndarray:
        """Return (columns, folds, n) of (columns, folds, features and bias), in their precision."""
        flat = coefficients.reshape(-1, self.rows.shape[1])
        out = np.empty((len(flat), len(self.rows)), flat.dtype)
        for part in self._parts(flat.dtype):
            np.matmul(flat, self.rows[part].astype(flat.dtype, copy=False).T, out=out[:, part])
        return out.reshape(*coefficients.shape[:2], -1)

    def gradient(self, residuals: np.ndarray) -> np.ndarray:
        """Return (columns, folds, features and bias) of (columns, folds, n), in their precision."""
        flat = residuals.reshape(-1, len(self.rows))
        out = np.zeros((len(flat), self.rows.shape[1]), flat.dtype)
        for part in self._parts(flat.dtype):
            out += flat[:, part] @ self.rows[part].astype(flat.dtype, copy=False)
        return out.reshape(*residuals.shape[:2], -1)

    def _parts(self, dtype: np.dtype) -> list[slice]:
        """Return the rows at once where they are of that type, else as many as are turned to it at a time."""
        size = len(self.rows) if dtype == self.rows.dtype else _BLOCK
        return [slice(first, first + size) for first in range(0, len(self.rows), size)]

    def head(self, solution: _Solution, inverse_penalty: float) -> Head:
        """Return the head of a solution of one fold."""
        coefficients = solution.coefficients[:, 0].astype(np.float64)
        weights, bias = coefficients[:, :-1].T, coefficients[:, -1]
        # The same number on every bias changes no probability.
        bias = bias - bias.mean() if self.num_columns > 1 else bias
        return Head(np.ascontiguousarray(weights), bias, self.standardisation, float(inverse_penalty))


def _standardise(features: np.ndarray, num_classes: int) -> _Design:
    if num_classes < 2:
        raise ValueError(f"a head needs at least two classes, received {num_classes}; see evaluation.outliers for one")
    standardisation = measure_spread(features)
    rows = np.ones((len(features), features.shape[1] + 1), np.float32)
    for first in range(0, len(rows), _BLOCK):
        rows[first : first + _BLOCK, :-1] = standardisation.standardise(features[first : first + _BLOCK])
    return _Design(rows, standardisation, 1 if num_classes == 2 else num_classes)


def _choose(
    design: _Design, labels: np.ndarray, row: np.ndarray, folds: np.ndarray, inverse_penalties: tuple[float, ...]
) -> tuple[PenaltyChoice, _Solution | None]:
    """Return the choice, and a solution at its penalty to begin the last fit with."""
    num_judged = int(np.clip(_MOST_PRODUCTS // design.size, 1, folds.max(initial=0) + 1))
    judged = np.flatnonzero((folds >= 0) & (folds < num_judged))
    out_of_fold = np.full((len(labels), design.num_columns), np.nan)
    held_out = np.empty_like(out_of_fold)
    if not judged.size or not row[0, judged].any():
        return PenaltyChoice(_USUAL_INVERSE_PENALTY, (), out_of_fold), None
    weights = row * (folds != np.arange(num_judged)[:, None])
    used = np.flatnonzero(weights.any(axis=0))  # of one fold, all but those that it judges
    part, part_labels, part_weights = design._replace(rows=design.rows[used]), labels[used], weights[:, used]
    is_large = design.size > _MOST_PRODUCTS
    goal, stride = (_ROUGH, 2) if is_large else (_ENOUGH, 1)
    losses: list[tuple[float, float]] = []
    chosen, best, num_rises, solution = inverse_penalties[0], np.inf, 0, None
    mean = np.zeros((design.num_columns, 1, design.rows.shape[1]))
    for inverse_penalty in inverse_penalties[::stride]:
        solution = _solve(part, part_labels, part_weights, inverse_penalty, goal, solution)
        for fold in range(num_judged):
            held_out[folds == fold] = design.rows[folds == fold] @ solution.coefficients[:, fold].T
        loss = float(np.average(log_losses(held_out[judged], labels[judged]), weights=row[0, judged]))
        num_rises = num_rises + 1 if losses and loss > losses[-1][1] else 0
        losses.append((inverse_penalty, loss))
        if loss < best:
            chosen, best, out_of_fold[judged] = inverse_penalty, loss, held_out[judged]
            mean = solution.coefficients.mean(axis=1, keepdims=True, dtype=np.float64)
        if num_rises * stride == _HALF_DECADES_OF_RISE:
            break
    return PenaltyChoice(chosen, tuple(losses), out_of_fold), _Solution(mean, design.logits(mean))


def _solve(
    design: _Design,
    labels: np.ndarray,
    weights: np.ndarray,
    inverse_penalty: float,
    goal: _Goal,
    start: _Solution | None = None,
) -> _Solution:
    """Return the solutions for several rows of weights (folds, n) at once, by Newton's method.

    Source: truncated Newton, Nocedal, Wright, Numerical Optimization (2006), section 7.1. A step within which no logit
    moves by more than 0.3 needs no search: second derivatives change by less than half in it (Bach, Electronic Journal
    of Statistics 4 (2010) 384–414, proposition 1).
    """
    num_folds = len(weights)
    weights = weights.astype(goal.precision)
    penalty = np.full(design.rows.shape[1], 1 / inverse_penalty, goal.precision)
    penalty[-1] = 0  # the bias goes free
    enough = goal.decrement + goal.decrement_an_image * weights.sum(axis=1)
    own = (labels, np.arange(len(labels)))  # where each image's own logit lies: (column, image)
    if design.num_columns == 1:
        own = (np.zeros(np.count_nonzero(labels), np.int64), np.flatnonzero(labels))
    coefficients, logits = start or (
        np.zeros((design.num_columns, num_folds, design.rows.shape[1])),
        np.zeros((design.num_columns, num_folds, len(labels))),
    )
    coefficients, logits = coefficients.astype(goal.precision), logits.astype(goal.precision)
    for _ in range(_MOST_STEPS):
        shares = _shares(logits)
        residuals = shares.copy()
        residuals[own[0], :, own[1]] -= 1
        residuals *= weights
        gradient = design.gradient(residuals) + penalty * coefficients
        direction, moves = _newton_direction(design, gradient, shares, weights, penalty)
        decrements = -(gradient * direction).sum(axis=(0, 2))
        step = np.ones(num_folds, goal.precision)
        if np.abs(moves).max(initial=0) > 0.3:
            step = _search(_Line(coefficients, direction, logits, moves, weights, penalty, own), decrements)
        coefficients = coefficients + step[:, None] * direction
        is_single = goal.precision == np.float32  # the moves are, too
        logits = logits + step[:, None] * moves if is_single else design.logits(coefficients)
        if (decrements <= enough).all():
            break
    return _Solution(coefficients, logits)


class _Line(NamedTuple):
    """The penalised losses along a direction."""

    coefficients: np.ndarray
    direction: np.ndarray
    logits: np.ndarray
    moves: np.ndarray  # of the logits, along it
    weights: np.ndarray
    penalty: np.ndarray
    own: tuple[np.ndarray, np.ndarray]

    def slopes(self, step: np.ndarray) -> np.ndarray:
        """Return how fast the losses rise there, by fold."""
        moved = self.moves * self.weights
        images = (_shares(self.logits + step[:, None] * self.moves) * moved).sum(axis=(0, 2))
        images -= moved[self.own[0], :, self.own[1]].sum(axis=0)
        then = self.coefficients + step[:, None] * self.direction
        slopes: np.ndarray = images + (self.penalty * then * self.direction).sum(axis=(0, 2))
        return slopes


def _search(line: _Line, decrements: np.ndarray) -> np.ndarray:
    """Return steps of at most 1, by fold, near the least loss along the direction: where the slope is nearly 0.

    A full step that merely lowers the loss can land as far on the other side, and the next one jumps back. The loss is
    convex: its slope rises from minus the decrement at 0, so that its root lies between two steps of unlike sign.
    """
    low, high = np.zeros_like(decrements), np.ones_like(decrements)
    below, above = -decrements, line.slopes(high)
    step, slope = high, above
    for _ in range(_MOST_TRIES_A_STEP):
        is_over = slope > _RELATIVE_SLOPE * decrements
        is_under = (slope < -_RELATIVE_SLOPE * decrements) & (step < 1)
        if not (is_over | is_under).any():
            break
        share = np.divide(-below, above - below, out=np.full_like(step, 0.5), where=above > below)
        # By secants, but never so near an end that the other stays for ever.
        step = np.where(is_over | is_under, low + (high - low) * share.clip(0.1, 0.9), step)
        slope = line.slopes(step)
        low, below = np.where(slope <= 0, step, low), np.where(slope <= 0, slope, below)
        high, above = np.where(slope > 0, step, high), np.where(slope > 0, slope, above)
    return step


def _newton_direction(
    design: _Design, gradient: np.ndarray, shares: np.ndarray, weights: np.ndarray, penalty: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return Newton's step to a tenth of the gradient, and how it moves the logits; float32, conjugate gradients."""
    rows = design.rows
    share, weight, damping, left = (
        each.astype(np.float32, copy=False) for each in (shares, weights, penalty, -gradient)
    )
    # Features have variance 1: so much of the diagonal as one number for each column and fold.
    diagonal = (weight * share * (1 - share)).sum(axis=2, keepdims=True) + damping
    diagonal = np.maximum(diagonal, np.finfo(np.float32).tiny)
    direction, moves = np.zeros_like(left), np.zeros_like(share)
    scaled = left / diagonal
    search, size = scaled, (left * scaled).sum(axis=(0, 2))
    enough = _RELATIVE_RESIDUAL**2 * size
    for _ in range(_MOST_PRODUCTS_A_STEP):
        moved = (search.reshape(-1, rows.shape[1]) @ rows.T).reshape(share.shape)
        curved = weight * share * (moved - (share * moved).sum(axis=0))
        product = (curved.reshape(-1, len(rows)) @ rows).reshape(search.shape) + damping * search
        curvature = (search * product).sum(axis=(0, 2))
        length = np.divide(size, curvature, out=np.zeros_like(size), where=curvature > 0)[:, None]
        direction += length * search
        moves += length * moved
        left = left - length * product
        scaled = left / diagonal
        size, last = (left * scaled).sum(axis=(0, 2)), size
        if (size <= enough).all():
            break
        search = scaled + np.divide(size, last, out=np.zeros_like(size), where=last > 0)[:, None] * search
    return direction.astype(gradient.dtype, copy=False), moves


def _shares(logits: np.ndarray) -> np.ndarray:
    """Return each column's probability (columns, folds, n); one column has a 0 beside it."""
    top = logits.max(axis=0)
    if len(logits) == 1:
        top = np.maximum(top, 0)
    powers = np.exp(logits - top)
    total = powers.sum(axis=0)
    if len(logits) == 1:
        total = total + np.exp(-top)
    shares: np.ndarray = powers / total
    return shares


def _row(weights: np.ndarray | None, num_images: int) -> np.ndarray:
    """Return weights of each image as those of one fold, float64 (1, n)."""
    return np.ones((1, num_images)) if weights is None else np.asarray(weights, np.float64)[None]
