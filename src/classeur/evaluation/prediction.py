"""Prediction: the model's output for one image, or why there is none, and its columns in every table."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict


class Prediction(BaseModel):
    """A model's output for one image, or why there is none."""

    model_config = ConfigDict(frozen=True)

    path: str  # of the file; "" if there is none
    status: Literal["ok", "unusable"]
    predicted: str = ""  # class name
    probability: float | None = None  # of the predicted class; None if there is none
    reason: str = ""  # why the image cannot be used
    probabilities: dict[str, float] = {}  # class name → probability

    @classmethod
    def of(cls, path: str, probabilities: np.ndarray, class_names: Sequence[str]) -> Self:
        """Return the prediction from probabilities, float (classes,); the first class among equals.

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
        """Return the prediction as text, in the order of the columns; "" for a value that it does not have.

        Args:
            columns: of `prediction_columns`, all or some.
            besides: further facts about the image, by column.

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
        besides: further columns with facts about each image.

    >>> prediction_columns(["cats", "dogs"], besides=["label"])
    ('path', 'status', 'predicted', 'probability', 'reason', 'label', 'p(cats)', 'p(dogs)')
    """
    first = ("path", "status", "predicted", "probability", "reason")
    return (*first, *besides, *map(_probability_column, class_names))


def _probability_column(class_name: str) -> str:
    return f"p({class_name})"
