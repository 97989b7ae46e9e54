"""History: the results of each epoch, as data."""

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict


class Epoch(BaseModel):
    """One epoch. Training's loss and accuracy are means over its steps, on augmented images and with dropout."""

    model_config = ConfigDict(frozen=True)

    epoch: int  # from 1
    loss: float
    accuracy: float  # 0 … 1
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float  # wall time, validation included


COLUMNS = tuple(Epoch.model_fields)


class History(BaseModel):
    """The epochs of a training so far.

    >>> history = History().with_epoch(Epoch(
    ...     epoch=1, loss=0.7, accuracy=0.5, val_loss=0.69, val_accuracy=0.55, learning_rate=1e-3, seconds=4))
    >>> history.best_epoch
    1
    """

    model_config = ConfigDict(frozen=True)

    epochs: tuple[Epoch, ...] = ()

    def with_epoch(self, epoch: Epoch) -> "History":
        """Return the history with one more epoch."""
        return History(epochs=(*self.epochs, epoch))

    def column(self, name: str) -> list[float]:
        """Return one column, a value per epoch."""
        return [getattr(epoch, name) for epoch in self.epochs]

    @property
    def best_epoch(self) -> int:
        """Return the epoch of the highest validation accuracy; among equals, of the lowest loss; 0 without epochs."""
        return max(self.epochs, key=lambda epoch: (epoch.val_accuracy, -epoch.val_loss)).epoch if self.epochs else 0

    def rows(self) -> list[list[float | int]]:
        """Return the rows of history.csv, in the order of `COLUMNS`."""
        return [[round(value, 6) for value in epoch.model_dump().values()] for epoch in self.epochs]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> Self:
        """Return the history from the rows of history.csv."""
        return cls(epochs=tuple(Epoch.model_validate(row) for row in rows))
