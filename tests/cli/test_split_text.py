"""A split on a console: many folds are below each other, so that no cell is folded."""

import pytest

from classeur.cli.split_text import print_split
from classeur.workflows.split import Manifest


@pytest.mark.parametrize("num_classes", [2, 30])
def test_many_folds_are_below_each_other(num_classes: int, capsys: pytest.CaptureFixture[str]) -> None:
    names = tuple(f"class {number}" for number in range(num_classes))
    counts = {f"fold {number}": dict.fromkeys(names, 2) for number in range(1, 101)}
    print_split(
        Manifest(path="s.csv", fingerprint="f", made_here=True, seed=0, class_names=names, counts=counts,
                 num_folds=100, num_groups=0)
    )  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "part"
    assert lines[100].split() == ["fold", "100", *["2"] * (2 if num_classes == 2 else 0), str(2 * num_classes)]
    assert lines[-1] == "next: classeur train s.csv --folds 100"


def test_a_split_has_its_parts_beside_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"train": {"a": 8, "b": 7}, "validation": {"a": 2, "b": 2}}
    print_split(
        Manifest(path="s.csv", fingerprint="f", made_here=True, seed=0, class_names=("a", "b"), counts=counts,
                 num_groups=1)
    )  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["class", "train", "validation"], ["a", "8", "2"], ["b", "7", "2"], ["total", "15", "4"],
    ]  # fmt: skip
