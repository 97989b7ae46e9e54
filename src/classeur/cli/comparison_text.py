"""Runs side by side, on a console."""

from classeur.cli.console import console, print_table
from classeur.delivery.comparison_words import comparison_sentences
from classeur.delivery.leaked_words import leaked_words
from classeur.delivery.score_words import interval
from classeur.delivery.wording import typed
from classeur.improvement.comparison import Comparison


def print_comparison(comparison: Comparison) -> None:
    """Print the options that differ between runs, then their scores, then what the comparison found."""
    if comparison.settings:
        print_table(
            ("setting", *comparison.names),
            [
                (name.replace("_", " "), *("–" if value is None else typed(value) for value in values))
                for name, values in comparison.settings.items()
            ],
        )
    else:
        console().print("the runs have the same settings", markup=False)
    if not comparison.same_data:
        console().print("the runs were trained on different data, or on another split of them", markup=False)
    console().print()
    print_table(
        ("run", "validation images", "accuracy", "95 % interval", "loss", "95 % interval"),
        [
            (
                name,
                f"{score.num_images:,}",
                f"{score.accuracy.value:.1%}",
                f"{score.accuracy.low:.1%} … {score.accuracy.high:.1%}",
                f"{score.loss.value:.3f}",
                interval(score.loss),
            )
            for name, score in zip(comparison.names, comparison.scores, strict=True)
        ],
    )
    for name, score in zip(comparison.names, comparison.scores, strict=True):
        if score.leaked is not None:
            console().print(f"{name}: {leaked_words(score.leaked)}", markup=False)
    for sentence in comparison_sentences(comparison):
        console().print(sentence, markup=False)
