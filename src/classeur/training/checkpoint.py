"""Checkpoints: all that a training needs to go on as if it had never stopped, written beside its steps.

Weights, optimizer, dropout's generator states, running means, history, epoch and step. Written by a thread, whole or
not at all; the newest replaces the one before.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.errors import BrokenRunError
from classeur.storage import written_atomically
from classeur.training.history import History

Arrays = dict[str, np.ndarray]


class Means(BaseModel):
    """Running means over the images of an epoch.

    >>> Means().with_batch(1.0, 2, 4).with_batch(4.0, 2, 2).loss
    2.0
    """

    model_config = ConfigDict(frozen=True)

    num_images: int = 0
    loss_sum: float = 0.0
    num_correct: int = 0

    @property
    def loss(self) -> float:
        """Mean loss of an image."""
        return self.loss_sum / max(self.num_images, 1)

    @property
    def accuracy(self) -> float:
        """Share of the images that were right, 0 … 1."""
        return self.num_correct / max(self.num_images, 1)

    def with_batch(self, loss: float, num_correct: int, num_images: int) -> "Means":
        """Return the means with one more batch, of this mean loss."""
        return Means(
            num_images=self.num_images + num_images,
            loss_sum=self.loss_sum + loss * num_images,
            num_correct=self.num_correct + num_correct,
        )


class Position(BaseModel):
    """Where a training stands: `step` batches into `epoch`, both counted from 0."""

    model_config = ConfigDict(frozen=True)

    epoch: int = 0
    step: int = 0
    means: Means = Means()  # of the epoch so far
    seconds: float = 0.0  # of training so far, all sittings together
    epoch_seconds: float = 0.0  # of the epoch so far
    history: History = History()


class Checkpoints:
    """The checkpoints of a run; a context manager that has written everything when it is left.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Checkpoints(Path(folder.name)) as checkpoints:
    ...     checkpoints.save("last", Position(epoch=2), {"0": np.ones(3, np.float32)})
    >>> Checkpoints(Path(folder.name)).load("last")[0].epoch
    2
    >>> folder.cleanup()
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first checkpoint."""
        self._folder = folder
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="classeur-checkpoint")
        self._pending: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._executor.shutdown(wait=True)
        if error is None:
            self.wait()

    def wait(self) -> None:
        """Return when everything is written.

        Raises:
            StorageError: if it could not be.
        """
        if self._pending:
            self._pending.result()
            self._pending = None

    def path(self, name: str) -> Path:
        """Return the file of a checkpoint: `last`, or `best`."""
        return self._folder / f"{name}.npz"

    def save(self, name: str, position: Position, arrays: Arrays) -> None:
        """Write a checkpoint in the background; waits only for the one before.

        Raises:
            StorageError: if the one before could not be written.
        """
        self.wait()
        self._pending = self._executor.submit(self._write, self.path(name), position, arrays)

    def load(self, name: str) -> tuple[Position, Arrays]:
        """Return a checkpoint.

        Raises:
            BrokenRunError: if there is none, or it is damaged.
        """
        path = self.path(name)
        try:
            # Opened here: given a path, NumPy leaves a damaged file open.
            with open(path, "rb") as file, np.load(file) as archive:
                arrays = dict(archive.items())
            position = Position.model_validate_json(arrays.pop("position").tobytes())
        except FileNotFoundError as error:
            raise BrokenRunError(
                f"{path} is missing: there is nothing to go on from; train again with --overwrite"
            ) from error
        except Exception as error:  # a damaged zip raises nearly anything
            raise BrokenRunError(f"{path} is damaged ({type(error).__name__}); train again with --overwrite") from error
        return position, arrays

    def _write(self, path: Path, position: Position, arrays: Arrays) -> None:
        encoded = np.frombuffer(json.dumps(position.model_dump()).encode(), np.uint8)
        with written_atomically(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, position=encoded, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes allow_pickle here
