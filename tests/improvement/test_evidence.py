"""The name of a run's repetition: the next that is free, and never longer than it must be."""

import pytest

from classeur.improvement.evidence import next_run


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
