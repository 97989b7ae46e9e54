"""Kinds of images on a console: the accuracy on each group, and the slice that a model does worst on."""

from classeur.cli.console import console, print_table
from classeur.delivery.score_words import interval, number, slice_words
from classeur.evaluation.scoring import Score

# Groups that are listed.
_MOST_GROUPS = 10


def print_groups(score: Score) -> None:
    """Print the accuracy on each group that has a name, the worst first; nothing if there are none."""
    if not score.by_group:
        return
    shown = list(score.by_group.items())[:_MOST_GROUPS]
    rows = [(name, f"{each.n:,}", number(each.value), interval(each)) for name, each in shown]
    print_table(("group, worst first", "images", "accuracy", "95 % interval"), rows)
    if len(score.by_group) > len(shown):
        console().print(f"… and {len(score.by_group) - len(shown):,} more; see all with --json", markup=False)
    console().print()


def print_worst_slice(score: Score) -> None:
    """Print the slice that is worse beyond chance; nothing if none is."""
    if score.slices and score.slices.worst:
        console().print(slice_words(score.slices.worst, score.slices.num_looked_at), markup=False)
