"""Earlier runs of the same data: whether one of them did better."""

from collections.abc import Sequence
from typing import NamedTuple

from classeur.data.findings import Change, Command, Finding
from classeur.improvement.comparison import Judged, Pair, pair


class Best(NamedTuple):
    """The best of several runs, compared with a new one."""

    pair: Pair  # the new one first
    p_value: float  # corrected for the number of runs to choose from, as the pair's interval is
    num_runs: int


def best_of(run: Judged, others: Sequence[Judged]) -> Best | None:
    """Return the best of other runs, compared on the images that it has in common with a new one; None without any.

    The best of several runs looks better than it is. So its p-value is multiplied by the number of runs to choose from,
    and its interval is wider (Bonferroni's correction).
    """
    confidence = 1 - 0.05 / max(len(others), 1)
    pairs = [found for each in others if (found := pair(run, each, confidence=confidence))]
    best = max(pairs, key=lambda each: each.difference.value, default=None)
    return None if best is None else Best(best, min(1.0, best.p_value * len(others)), len(others))


def better_earlier(run: Judged, earlier: Sequence[Judged]) -> Finding | None:
    """Return a finding if an earlier run did better on their common validation images, by chance or not.

    Args:
        run: the new one.
        earlier: of the same data.
    """
    best = best_of(run, earlier)
    if best is None or best.pair.difference.value <= 0:
        return None
    found = best.pair
    return Finding(
        code="earlier-better",
        severity="warning" if best.p_value < 0.05 else "note",
        subject=found.second,
        values={
            "certainty": "certain" if best.p_value < 0.05 else "possible",
            "earlier": found.second,
            "num_images": found.difference.n,
            "difference": found.difference.value,
            "low": found.difference.low,
            "high": found.difference.high,
            "p_value": best.p_value,
            "num_groups": found.num_groups,
            "num_earlier": best.num_runs,
        },
        changes=(Change(code="keep-run", command=Command(verb="compare", arguments=(found.second, run.name))),),
    )
