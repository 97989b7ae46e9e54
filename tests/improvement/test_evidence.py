"""A run's repetition: its name, the next that is free and never longer than it must be; what its epochs take."""

import pytest
from constructed_runs import halves, history

from classeur.improvement.evidence import Evidence, next_run
from classeur.training.history import History
from classeur.training.recipe import Recipe


@pytest.mark.parametrize(
    ("run", "taken", "expected"),
    [
        ("runs/a", [], "runs/a-2"),
        ("runs/a-2", ["a", "a-2"], "runs/a-3"),
        ("runs/a", ["a", "a-2", "a-3"], "runs/a-4"),
        ("runs/a-9", ["a-9", "a-10"], "runs/a-11"),
        ("a", [], "a-2"),
        ("/somewhere/t64", ["t64"], "/somewhere/t64-2"),
        ("t64-2", ["t64", "t64-2"], "t64-3"),
        ("pets-2024", [], "pets-2024-2"),
        ("size-64", [], "size-64-2"),
        ("a-1", [], "a-1-2"),
        ("2-2", [], "2-3"),
        ("-2", [], "-2-2"),
    ],
)
def test_next_run(run: str, taken: list[str], expected: str) -> None:
    assert next_run(run, taken) == expected


def test_an_epoch_takes_what_it_usually_takes_without_the_compilation_in_the_first() -> None:
    first, *others = history((0.6, 0.5, 0.4)).epochs
    slow = History(epochs=(first.model_copy(update={"seconds": 60.0}), *others))
    evidence = Evidence(Recipe(), slow, halves(9, 10), halves(9, 10), "runs/a", "data", "runs/a-2")
    assert evidence.seconds_per_epoch == 2.0
