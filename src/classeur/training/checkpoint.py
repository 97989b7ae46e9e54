"""Checkpoints: everything needed to resume as if training had not stopped, written in the background.

They contain weights, optimizer, states of dropout's generators, running means, history, phase, epoch and step. A thread
writes them, completely or not at all. `last` is of the last complete epoch, `step` of a step in the epoch after it,
`best` of the best epoch.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from classeur.errors import BrokenRunError
from classeur.storage import writing_to, written_atomically
from classeur.training.history import History
from classeur.training.recipe import Phase
from classeur.untrusted import MAX_ARCHIVE_BYTES, LimitError, check_arrays, opened

# A checkpoint may come with a stranger's run.
_MAX_ARRAYS = 100_000

Arrays = dict[str, np.ndarray]

_Count = Annotated[int, Field(ge=0, le=2**40)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Means(BaseModel):
    """Running means over the images of an epoch.

    >>> Means().with_batch(1.0, 2, 4).with_batch(4.0, 2, 2).loss
    2.0
    """

    model_config = ConfigDict(frozen=True)

    num_images: _Count = 0
    loss_sum: float = 0.0
    num_correct: _Count = 0

    @property
    def loss(self) -> float:
        """Mean loss per image."""
        return self.loss_sum / max(self.num_images, 1)

    @property
    def accuracy(self) -> float:
        """Share of the images that were classified correctly, 0 … 1."""
        return self.num_correct / max(self.num_images, 1)

    def with_batch(self, loss: float, num_correct: int, num_images: int) -> "Means":
        """Return the means with one more batch, given its mean loss."""
        return Means(
            num_images=self.num_images + num_images,
            loss_sum=self.loss_sum + loss * num_images,
            num_correct=self.num_correct + num_correct,
        )


class Position(BaseModel):
    """The position of a training: `step` batches into `epoch`, both counted from 0."""

    model_config = ConfigDict(frozen=True)

    epoch: _Count = 0
    step: _Count = 0
    means: Means = Means()  # of the epoch so far
    phase: Phase = "whole"  # of the optimizer's state
    seconds: _Seconds = 0.0  # wall time of training so far, over all sessions
    cpu_seconds: _Seconds = 0.0  # processor time of the process, likewise
    epoch_seconds: _Seconds = 0.0  # of the epoch so far
    history: History = History()


class Checkpoints:
    """The checkpoints of a run; a context manager that has written everything at its end.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Checkpoints(Path(folder.name)) as checkpoints:
    ...     checkpoints.save("last", Position(epoch=2), {"0": np.ones(3, np.float32)})
    >>> Checkpoints(Path(folder.name)).load("last")[0].epoch
    2
    >>> folder.cleanup()
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first checkpoint."""
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
            StorageError: if writing failed.
        """
        if self._pending:
            self._pending.result()
            self._pending = None

    def path(self, name: str) -> Path:
        """Return the file of a checkpoint: `last`, `step` or `best`."""
        return self._folder / f"{name}.npz"

    def newest(self) -> str | None:
        """Return the checkpoint to resume from: `step` or `last`, whichever is further; None if there is neither.

        Raises:
            BrokenRunError: if one of them is damaged.
        """
        positions = {name: self._read(name, arrays=False)[0] for name in ("last", "step") if self.path(name).exists()}
        return max(positions, key=lambda name: (positions[name].epoch, positions[name].step), default=None)

    def save(self, name: str, position: Position, arrays: Arrays) -> None:
        """Write a checkpoint in the background; waits only for the previous one. `last` removes an older `step`.

        Raises:
            StorageError: if the previous one could not be written.
        """
        self.wait()
        self._pending = self._executor.submit(self._write, name, position, arrays)

    def remove(self, name: str) -> None:
        """Remove a checkpoint, if there is one.

        Raises:
            StorageError: if it cannot be removed.
        """
        with writing_to(self._folder):
            self.path(name).unlink(missing_ok=True)

    def load(self, name: str) -> tuple[Position, Arrays]:
        """Return a checkpoint.

        Raises:
            BrokenRunError: if there is none, or it is damaged.
        """
        return self._read(name, arrays=True)

    def _read(self, name: str, *, arrays: bool) -> tuple[Position, Arrays]:
        path = self.path(name)
        try:
            # Opened here: given a path, NumPy leaves a damaged file open.
            with opened(path, MAX_ARCHIVE_BYTES) as file:
                check_arrays(file, max_members=_MAX_ARRAYS)
                archive = np.load(file, allow_pickle=False)
                position = Position.model_validate_json(archive["position"].tobytes())
                read = {each: archive[each] for each in archive.files if arrays and each != "position"}
        except FileNotFoundError as error:
            raise BrokenRunError(
                f"{path} is missing, so the training cannot be resumed; train again with --overwrite"
            ) from error
        except Exception as error:  # a damaged zip raises nearly any error
            what = str(error) if isinstance(error, LimitError) else type(error).__name__
            advice = (
                "remove it to resume from the last complete epoch" if name == "step" else "train again with --overwrite"
            )
            raise BrokenRunError(f"{path} is damaged ({what}); {advice}") from error
        return position, read

    def _write(self, name: str, position: Position, arrays: Arrays) -> None:
        path = self.path(name)
        encoded = np.frombuffer(json.dumps(position.model_dump()).encode(), np.uint8)
        with written_atomically(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, position=encoded, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes allow_pickle here
        if name == "last":
            self.remove("step")
