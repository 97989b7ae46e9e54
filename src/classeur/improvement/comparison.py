"""Comparison: which of two runs is better, on the images that both were evaluated on."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from classeur.evaluation.intervals import paired_difference
from classeur.evaluation.scoring import Score


class Judged(NamedTuple):
    """A run's validation: its score, and which images are correct, by content hash and label."""

    name: str
    score: Score
    correct: Mapping[tuple[str, str], bool]  # (hash, label) → right
    options: Mapping[str, Any] = {}  # all options of its recipe


class Pair(BaseModel):
    """A run compared with the first one."""

    model_config = ConfigDict(frozen=True)

    first: str
    second: str
    num_shared: int  # images that both were evaluated on
    difference: float  # accuracy of second minus first on these, 0 … 1
    low: float  # 95 % interval of the difference
    high: float
    p_value: float  # of McNemar's test; below 0.05 exactly if the interval excludes 0
    only_first: int  # images that only the first got right
    only_second: int

    @property
    def is_significant(self) -> bool:
        """Whether the runs differ by more than chance explains."""
        return self.p_value < 0.05

    def sentence(self) -> str:
        """Return the result as a sentence."""
        points, low, high = (100 * value for value in (self.difference, self.low, self.high))
        where = f"on the same {self.num_shared:,} images"
        if self.is_significant:
            better = "better" if points > 0 else "worse"
            return (
                f"{self.second} is {better} than {self.first} by {abs(points):.1f} points {where}"
                f" (95 %: {low:+.1f} … {high:+.1f}; McNemar p = {self.p_value:.2g})."
            )
        return (
            f"{self.second} and {self.first} differ by {points:+.1f} points {where}, which chance can explain"
            f" (95 %: {low:+.1f} … {high:+.1f}; McNemar p = {self.p_value:.2g})."
        )


class Comparison(BaseModel):
    """Runs side by side."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...]
    scores: tuple[Score, ...]
    settings: dict[str, tuple[Any, ...]] = {}  # each option in which the runs differ: its value in each run
    pairs: tuple[Pair, ...]  # each later run against the first; none without common images


def compare(runs: Sequence[Judged]) -> Comparison:
    """Return the runs side by side, and each later one compared with the first on their common images."""
    return Comparison(
        names=tuple(run.name for run in runs),
        scores=tuple(run.score for run in runs),
        settings=_differing([run.options for run in runs]),
        pairs=tuple(found for run in runs[1:] if (found := pair(runs[0], run))),
    )


def pair(first: Judged, second: Judged, *, confidence: float = 0.95) -> Pair | None:
    """Return one run compared with another on their common images; None if there are none."""
    shared = [key for key in first.correct if key in second.correct]
    if not shared:
        return None
    only_first = sum(first.correct[key] and not second.correct[key] for key in shared)
    only_second = sum(second.correct[key] and not first.correct[key] for key in shared)
    found = paired_difference(only_second, only_first, len(shared), confidence=confidence)
    return Pair(
        first=first.name,
        second=second.name,
        num_shared=len(shared),
        difference=found.value,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        only_first=only_first,
        only_second=only_second,
    )


def _differing(options: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return the options whose values differ between runs; None for a run without the option."""
    names = dict.fromkeys(name for each in options for name in each)
    values = {name: tuple(each.get(name) for each in options) for name in names}
    return {name: each for name, each in values.items() if any(value != each[0] for value in each)}
