"""Claims: what a benchmark says at its head, held to what it has just measured."""

import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

Rates = Mapping[str, Sequence[float]]  # contender → images a second in each round, all in turn


class Claim(NamedTuple):
    """That one contender is at least so many times as fast as another: the median of the rounds' ratios."""

    ours: str
    least: float
    theirs: str

    def __str__(self) -> str:
        return f"{self.ours} is at least {self.least:g} times as fast as {self.theirs}"

    def broken_by(self, rates: Rates) -> str | None:
        """Return what is wrong with the claim, or None: it holds, or was not measured.

        >>> Claim("ours", 2, "theirs").broken_by({"ours": [30, 10, 20], "theirs": [20, 10, 10]})
        'ours is at least 2 times as fast as theirs: measured 1.50'
        """
        if self.ours not in rates or self.theirs not in rates:
            return None
        ratios = [one / other for one, other in zip(rates[self.ours], rates[self.theirs], strict=True)]
        measured = statistics.median(ratios)
        return f"{self}: measured {measured:.2f}" if measured < self.least else None


def hold(claims: Iterable[Claim], *measured: Rates) -> None:
    """End with status 1, a line for each claim that does not hold; return if all do."""
    broken = [line for rates in measured for claim in claims if (line := claim.broken_by(rates))]
    for line in broken:
        print(f"error: claimed, but not so: {line}", file=sys.stderr)
    if broken:
        sys.exit(1)
