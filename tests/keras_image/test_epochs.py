"""`steps_per_epoch` gives every epoch all its steps, over the border of the iterator's epochs."""

from typing import Any

import numpy as np
import pytest

from classeur.errors import NothingUsableError
from classeur.keras_image import ImageDataGenerator
from classeur.keras_image.epochs import EndlessEpochs, FirstSteps


class Noted:
    """An iterator of `n` batches that notes what it was asked for."""

    def __init__(self, n: int, broken: tuple[int, ...] = ()) -> None:
        self.n, self.broken = n, broken
        self.log: list[Any] = []

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> int:
        self.log.append(index)
        if index in self.broken:
            raise NothingUsableError("broken")
        return index

    def on_epoch_end(self) -> None:
        self.log.append("end")


def train(epochs: EndlessEpochs, num_epochs: int, *, num_looked_at: int = 0) -> list[list[int]]:
    """Ask as Keras asks: for the first batches, then epoch after epoch."""
    for index in range(num_looked_at):
        epochs[index]
    epochs.on_epoch_end()
    trained_on = []
    for _ in range(num_epochs):
        epochs.on_epoch_begin()
        trained_on.append([epochs[index] for index in range(len(epochs))])
        epochs.on_epoch_end()
    return trained_on


@pytest.mark.parametrize("num_looked_at", [0, 1, 2])
@pytest.mark.parametrize(("n", "steps"), [(16, 15), (16, 16), (3, 7), (5, 2), (1, 4), (4, 1)])
def test_epochs_go_on_over_the_border(n: int, steps: int, num_looked_at: int) -> None:
    iterator = Noted(n)
    got = train(EndlessEpochs(iterator, steps), 3, num_looked_at=min(num_looked_at, steps))  # type: ignore[arg-type]
    stream = [position % n for position in range(3 * steps)]
    assert [index for epoch in got for index in epoch] == stream
    asked = [entry for entry in iterator.log if entry != "end"]
    assert asked == stream
    assert iterator.log.count("end") == (3 * steps - 1) // n


def test_an_epoch_that_was_begun_in_vain_is_begun_again() -> None:
    epochs = EndlessEpochs(Noted(6), 4)  # type: ignore[arg-type]
    epochs.on_epoch_begin()
    assert [epochs[0], epochs[1]] == [0, 1]
    epochs.on_epoch_end()
    assert train(epochs, 2) == [[0, 1, 2, 3], [4, 5, 0, 1]]


def test_a_fraction_of_a_step_is_a_step() -> None:
    assert len(EndlessEpochs(Noted(6), 2000 / 128)) == 16  # type: ignore[arg-type]
    assert len(FirstSteps(Noted(6), 7.0, leaves_out_broken=True)) == 7  # type: ignore[arg-type]


def test_broken_batches_are_passed_over() -> None:
    assert train(EndlessEpochs(Noted(4, broken=(1, 3)), 3), 2) == [[0, 2, 0], [2, 0, 2]]  # type: ignore[arg-type]
    with pytest.raises(NothingUsableError):
        train(EndlessEpochs(Noted(2, broken=(0, 1)), 3), 1)  # type: ignore[arg-type]


def test_first_steps_begin_anew_at_every_pass() -> None:
    iterator = Noted(3)
    first = FirstSteps(iterator, 5, leaves_out_broken=True)  # type: ignore[arg-type]
    for _ in range(2):
        first.on_epoch_begin()
        assert [first[index] for index in range(len(first))] == [0, 1, 2, 0, 1]
        first.on_epoch_end()
    assert "end" not in iterator.log


def test_first_steps_leave_out_broken_batches() -> None:
    first = FirstSteps(Noted(4, broken=(1, 3)), 6, leaves_out_broken=True)  # type: ignore[arg-type]
    assert list(first.usable(range(6))) == [0, 2, 0]
    assert [first[index] for index in range(4)] == [0, 2, 2, 0]
    nothing = FirstSteps(Noted(2, broken=(0, 1)), None, leaves_out_broken=True)  # type: ignore[arg-type]
    with pytest.raises(NothingUsableError):
        list(nothing.usable(range(2)))
    with pytest.raises(NothingUsableError):
        nothing[0]


def test_every_picture_is_trained_on_equally_often() -> None:
    x = np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1)
    epochs = EndlessEpochs(ImageDataGenerator().flow(x, np.arange(10), batch_size=3, seed=1), 3)
    labels = [int(label) for epoch in train(epochs, 4) for _, batch in epoch for label in batch]
    assert np.bincount(labels).tolist() == [3] * 10
