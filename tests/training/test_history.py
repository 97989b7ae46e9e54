"""History: which epoch is best, and through CSV and back."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from classeur.run import to_csv
from classeur.training.history import COLUMNS, Epoch, History


def history_of(*validations: tuple[float, float]) -> History:
    """Return a history of (accuracy, loss) on validation images."""
    history = History()
    for number, (accuracy, loss) in enumerate(validations, 1):
        history = history.with_epoch(
            Epoch(
                epoch=number, loss=1 / number, accuracy=accuracy, val_loss=loss, val_accuracy=accuracy,
                learning_rate=0.001, seconds=1.5,
            )
        )  # fmt: skip
    return history


def test_the_best_epoch() -> None:
    assert History().best_epoch == 0
    assert history_of((0.5, 0.7), (0.8, 0.5), (0.7, 0.4)).best_epoch == 2
    assert history_of((0.8, 0.7), (0.8, 0.5), (0.8, 0.6)).best_epoch == 2, "the lower loss among equals"
    assert history_of((0.8, 0.5), (0.8, 0.5)).best_epoch == 1, "the first among equals"


def test_the_columns_are_those_of_the_run_directory() -> None:
    assert COLUMNS == ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
    assert history_of((0.5, 0.7), (0.8, 0.5)).column("val_loss") == [0.7, 0.5]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6)), max_size=5))
def test_through_csv_and_back(validations: list[tuple[float, float]]) -> None:
    history = history_of(*validations)
    read = History.from_rows(csv.DictReader(io.StringIO(to_csv(COLUMNS, history.rows()))))
    assert [epoch.epoch for epoch in read.epochs] == [epoch.epoch for epoch in history.epochs]
    for name in COLUMNS:
        for one, two in zip(read.column(name), history.column(name), strict=True):
            assert abs(one - two) <= 5e-7 * max(1, abs(two)), name
