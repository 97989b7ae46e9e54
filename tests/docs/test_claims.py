"""A benchmark's claims are held to what it measured."""

import runpy
from pathlib import Path
from typing import Any

import pytest

CLAIMS: dict[str, Any] = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "claims.py"))
Claim, hold = CLAIMS["Claim"], CLAIMS["hold"]


def test_what_holds_or_was_not_measured_is_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    hold([Claim("a", 1.5, "b"), Claim("a", 9, "c")], {"a": [3, 30, 1], "b": [2, 15, 1]}, {"d": [1.0]})
    assert capsys.readouterr().err == ""


def test_a_claim_that_the_numbers_deny_ends_with_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        hold([Claim("a", 1.5, "b"), Claim("a", 1, "b")], {"a": [3, 3, 9], "b": [2.5, 3, 3]})
    assert done.value.code == 1
    line = "error: claimed, but not so: a is at least 1.5 times as fast as b: measured 1.20"
    assert capsys.readouterr().err.splitlines() == [line]
