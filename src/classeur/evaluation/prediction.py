"""Prediction: what a model says of one picture, or why it cannot."""

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
    probability: float = 0.0  # of the predicted class
    probabilities: dict[str, float] = {}  # class name → probability
    reason: str = ""  # why the picture cannot be used

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
