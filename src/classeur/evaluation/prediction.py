"""Prediction: what a model says of one picture, or why it cannot, and the columns that it has in every table."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict


class Prediction(BaseModel):
    """What a model says of one picture, or why it cannot."""

    model_config = ConfigDict(frozen=True)

    path: str  # of the file; "" where there is none
    status: Literal["ok", "unusable"]
    predicted: str = ""  # class name
    probability: float | None = None  # of the predicted class; None where there is none
    reason: str = ""  # why the picture cannot be used
    probabilities: dict[str, float] = {}  # class name → probability

    @classmethod
    def of(cls, path: str, probabilities: np.ndarray, class_names: Sequence[str]) -> Self:
        """Return the prediction that probabilities, float (classes,), make; the first among equals.

        >>> Prediction.of("a.jpg", np.array([0.25, 0.75]), ("cats", "dogs")).predicted
        'dogs'
        """
        best = int(probabilities.argmax())
        return cls(
            path=path,
            status="ok",
            predicted=class_names[best],
            probability=float(probabilities[best]),
            probabilities={name: float(value) for name, value in zip(class_names, probabilities, strict=True)},
        )

    def row(self, columns: Sequence[str], **besides: str) -> list[str]:
        """Return the prediction as text, in the order of the columns; "" where it has nothing to say.

        Args:
            columns: of `prediction_columns`, all or some.
            besides: what else is known of the image, by column.

        >>> prediction = Prediction.of("a.jpg", np.array([0.25, 0.75]), ("cats", "dogs"))
        >>> prediction.row(["path", "label", "p(cats)", "reason"], label="dogs")
        ['a.jpg', 'dogs', '0.250000', '']
        """
        cells = {
            "path": self.path,
            "status": self.status,
            "predicted": self.predicted,
            "probability": "" if self.probability is None else f"{self.probability:.6f}",
            "reason": self.reason,
            **{_probability_column(name): f"{value:.6f}" for name, value in self.probabilities.items()},
            **besides,
        }
        return [cells.get(column, "") for column in columns]


def prediction_columns(class_names: Sequence[str], *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns of predictions, in their order: in every table, CSV and terminal alike.

    Args:
        class_names: of the model; each has a column with its probability.
        besides: what else is known of each image.

    >>> prediction_columns(["cats", "dogs"], besides=["label"])
    ('path', 'status', 'predicted', 'probability', 'reason', 'label', 'p(cats)', 'p(dogs)')
    """
    first = ("path", "status", "predicted", "probability", "reason")
    return (*first, *besides, *map(_probability_column, class_names))


def _probability_column(class_name: str) -> str:
    return f"p({class_name})"
