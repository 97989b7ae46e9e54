"""What becomes of a mistake that is planted: noticed, survived or an error; and the source is as it was after it."""

from pathlib import Path

import pytest
from mistakes import Mistake
from plant import _planted

SOURCE = "def larger(a, b):\n    return a if a > b else b\n"
TESTS = (
    "from classeur.numbers import larger\n\n\ndef test_larger():\n    assert (larger(2, 1), larger(1, 1)) == (2, 1)\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in (
        ("src/classeur/numbers.py", SOURCE),
        ("tests/test_numbers.py", TESTS),
        ("src/classeur/__init__.py", ""),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "test", "expected"),
    [
        ("a > b", "a < b", "test_numbers.py", "noticed"),
        ("a > b", "a >= b", "test_numbers.py", "survived"),
        ("a > b", "a < b", "test_letters.py", "error (pytest ends with 4"),
        ("a < b", "a > b", "test_numbers.py", "error (x: numbers.py has its old text 0 times"),
    ],
)
def test_what_becomes_of_a_mistake(tree: Path, old: str, new: str, test: str, expected: str) -> None:
    assert _planted(tree, Mistake("x", "numbers.py", old, new, (test,))).startswith(expected)
    assert (tree / "src/classeur/numbers.py").read_text() == SOURCE
