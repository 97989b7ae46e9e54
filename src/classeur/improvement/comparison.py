"""Comparison: which of two runs is better, judged on the same images where they share them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from classeur.evaluation.intervals import mcnemar_p_value, paired_interval
from classeur.evaluation.scoring import Score


class Judged(NamedTuple):
    """A run's validation: its score, and which images it got right, by content hash and label."""

    name: str
    score: Score
    correct: Mapping[tuple[str, str], bool]  # (hash, label) → right
    options: Mapping[str, object] = {}  # of its recipe


class Pair(BaseModel):
    """A run against the first one."""

    model_config = ConfigDict(frozen=True)

    first: str
    second: str
    num_shared: int  # images that both judged
    difference: float  # accuracy of second minus first on these, 0 … 1
    low: float  # 95 % interval of the difference
    high: float
    p_value: float  # McNemar's, exact
    only_first: int  # images that the first alone got right
    only_second: int

    def sentence(self) -> str:
        """Return what the pair says, in words."""
        points, low, high = (100 * value for value in (self.difference, self.low, self.high))
        where = f"on the same {self.num_shared:,} images"
        if self.p_value < 0.05:
            better = "better" if points > 0 else "worse"
            return (
                f"{self.second} is {better} than {self.first} by {abs(points):.1f} points {where}"
                f" (95 %: {low:+.1f} … {high:+.1f}; McNemar p = {self.p_value:.2g})."
            )
        return (
            f"{self.second} and {self.first} differ by {points:+.1f} points {where}: no more than chance explains"
            f" (95 %: {low:+.1f} … {high:+.1f}; McNemar p = {self.p_value:.2g})."
        )


class Comparison(BaseModel):
    """Runs side by side."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...]
    scores: tuple[Score, ...]
    pairs: tuple[Pair, ...]  # each later run against the first; none where they share no image


def compare(runs: Sequence[Judged]) -> Comparison:
    """Return the runs side by side, and each later one against the first on the images that both judged."""
    pairs = [pair for run in runs[1:] if (pair := _pair(runs[0], run))]
    return Comparison(
        names=tuple(run.name for run in runs), scores=tuple(run.score for run in runs), pairs=tuple(pairs)
    )


def _pair(first: Judged, second: Judged) -> Pair | None:
    shared = [key for key in first.correct if key in second.correct]
    if not shared:
        return None
    outcomes = [(first.correct[key], second.correct[key]) for key in shared]
    both, only_first, only_second, neither = (
        outcomes.count(outcome) for outcome in ((True, True), (True, False), (False, True), (False, False))
    )
    low, high = paired_interval(both, only_second, only_first, neither)
    return Pair(
        first=first.name,
        second=second.name,
        num_shared=len(shared),
        difference=(only_second - only_first) / len(shared),
        low=low,
        high=high,
        p_value=mcnemar_p_value(only_first, only_second),
        only_first=only_first,
        only_second=only_second,
    )
