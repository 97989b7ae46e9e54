"""Prediction: the model's answer for one image, or why there is none, and its columns in every table."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Self, get_args

import numpy as np

Status = Literal["ok", "unsure", "none of these", "unusable"]

STATUSES: tuple[Status, ...] = get_args(Status)
"""What a prediction can be; only one that is ok names a class."""

USUALLY_STRANGE = 0.01
"""The share of known images that are further from the training images than what is called known."""


class Limits(NamedTuple):
    """From where on a model gives no class; None where it always does."""

    unsure_up_to: float | None = None  # it answers where its highest probability is above
    unlike_above: float | None = None  # it answers where an image is as unlike the training images, or less


# No pydantic model: to load pydantic takes a third of the time of one prediction.
@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer for one image, or why there is none."""

    path: str  # of the file; "" if there is none
    status: Status
    predicted: str = ""  # class name; "" where the model gives no class
    probability: float | None = None  # of the most probable class; None if there is none
    reason: str = ""  # why the image cannot be used, or the model gives no class
    unlike: float | None = None  # how unlike the training images, about 1 for one of them; None if that is not known
    probabilities: dict[str, float] = field(default_factory=dict)  # class name → probability

    @classmethod
    def of(
        cls,
        path: str,
        probabilities: np.ndarray,
        class_names: Sequence[str],
        *,
        unlike: float | None = None,
        limits: Limits = Limits(),  # noqa: B008  (a constant)
    ) -> Self:
        """Return the prediction from probabilities, float (classes,); the first class among equals.

        Where one is not finite there is none: an image can make a model compute numbers that are too large.

        >>> Prediction.of("a.jpg", np.array([0.25, 0.75]), ("cats", "dogs")).predicted
        'dogs'
        >>> Prediction.of("a.jpg", np.array([0.25, 0.75]), ("cats", "dogs"), limits=Limits(unsure_up_to=0.8)).status
        'unsure'
        """
        if not np.isfinite(probabilities).all() or not (unlike is None or np.isfinite(unlike)):
            return cls(path=path, status="unusable", reason="the model gives no finite probability for it")
        best = int(probabilities.argmax())
        name, most = class_names[best], float(probabilities[best])
        status: Status = "ok"
        reason = ""
        if limits.unlike_above is not None and unlike is not None and unlike > limits.unlike_above:
            status = "none of these"
            reason = f"unlike the training images: {unlike:.2f}, above {limits.unlike_above:.2f}"
        elif limits.unsure_up_to is not None and most <= limits.unsure_up_to:
            status, reason = "unsure", f"perhaps {name}: {most:.4f}, not above {limits.unsure_up_to:.4f}"
        return cls(
            path=path,
            status=status,
            predicted=name if status == "ok" else "",
            probability=most,
            reason=reason,
            unlike=unlike,
            probabilities=dict(zip(class_names, probabilities.tolist(), strict=True)),
        )

    def top(self, count: int) -> Self:
        """Return the prediction with its most probable classes alone, the most probable first.

        >>> Prediction.of("a.jpg", np.array([0.125, 0.25, 0.625]), ("cats", "dogs", "hens")).top(2).probabilities
        {'hens': 0.625, 'dogs': 0.25}
        """
        ranked = sorted(self.probabilities.items(), key=lambda item: -item[1])
        return replace(self, probabilities=dict(ranked[:count]))

    def row(self, columns: Sequence[str], **besides: str) -> list[str]:
        """Return the prediction as text, in the order of the columns; "" for a value that it does not have.

        Args:
            columns: of `prediction_columns`, all or some, or of `top_columns`.
            besides: further facts about the image, by column.

        >>> prediction = Prediction.of("a.jpg", np.array([0.25, 0.75]), ("cats", "dogs"))
        >>> prediction.row(["path", "label", "p(cats)", "reason"], label="dogs")
        ['a.jpg', 'dogs', '0.250000', '']
        """
        return ["" if cell is None else _text(cell) for cell in self.cells(columns, **besides)]

    def cells(self, columns: Sequence[str], **besides: str) -> list[str | float | None]:
        """Return what `row` does with numbers as numbers, and None for a number that it does not have."""
        cells: dict[str, str | float | None] = {
            "path": self.path,
            "status": self.status,
            "predicted": self.predicted,
            "probability": self.probability,
            "reason": self.reason,
            **{_probability_column(name): value for name, value in self.probabilities.items()},
            **besides,
        }
        if _RANK.format(1) in columns:
            for rank, (name, value) in enumerate(self.top(len(self.probabilities)).probabilities.items(), 1):
                cells |= {_RANK.format(rank): name, _probability_column(_RANK.format(rank)): value}
        return [cells.get(column) for column in columns]


def prediction_columns(class_names: Sequence[str], *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns of predictions, in their order: in every table, CSV and terminal alike.

    Args:
        class_names: of the model; each has a column with its probability.
        besides: further columns with facts about each image.

    >>> prediction_columns(["cats", "dogs"], besides=["label"])
    ('path', 'status', 'predicted', 'probability', 'reason', 'label', 'p(cats)', 'p(dogs)')
    """
    return (*_FIRST, *besides, *map(_probability_column, class_names))


def top_columns(count: int) -> tuple[str, ...]:
    """Return the columns of predictions of which only the most probable classes are wanted, by their ranks.

    >>> top_columns(2)
    ('path', 'status', 'predicted', 'probability', 'reason', 'top 1', 'p(top 1)', 'top 2', 'p(top 2)')
    """
    ranks = [_RANK.format(rank) for rank in range(1, count + 1)]
    return (*_FIRST, *(column for rank in ranks for column in (rank, _probability_column(rank))))


def is_probability(column: str) -> bool:
    """Return whether a column of predictions holds probabilities.

    >>> [column for column in prediction_columns(["cats"]) if is_probability(column)]
    ['probability', 'p(cats)']
    """
    return column == "probability" or column.startswith("p(")


_FIRST = ("path", "status", "predicted", "probability", "reason")
_RANK = "top {}"


def _probability_column(class_name: str) -> str:
    return f"p({class_name})"


def _text(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:.6f}"
