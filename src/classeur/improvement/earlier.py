"""Earlier runs of the same data: whether one of them did better."""

from collections.abc import Sequence

from classeur.data.findings import Change, Command, Finding
from classeur.improvement.comparison import Judged, pair


def better_earlier(run: Judged, earlier: Sequence[Judged]) -> Finding | None:
    """Return a finding if an earlier run did better on their common validation images, by chance or not.

    The best of several runs looks better than it is. So its p-value is multiplied by the number of runs to choose from,
    and its interval is wider (Bonferroni's correction).

    Args:
        run: the new one.
        earlier: of the same data.
    """
    confidence = 1 - 0.05 / max(len(earlier), 1)
    pairs = [found for each in earlier if (found := pair(run, each, confidence=confidence))]
    best = max(pairs, key=lambda each: each.difference.value, default=None)
    if best is None or best.difference.value <= 0:
        return None
    p_value = min(1.0, best.p_value * len(earlier))
    return Finding(
        code="earlier-better",
        severity="warning" if p_value < 0.05 else "note",
        subject=best.second,
        values={
            "earlier": best.second,
            "num_images": best.difference.n,
            "difference": best.difference.value,
            "low": best.difference.low,
            "high": best.difference.high,
            "p_value": p_value,
            "num_earlier": len(earlier),
        },
        changes=(Change(code="keep-run", command=Command(verb="compare", arguments=(best.second, run.name))),),
    )
