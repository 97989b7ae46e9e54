"""Sentences for a comparison: whether runs differ, by how much, and what it would take to tell."""

import itertools
from collections.abc import Sequence

from classeur.delivery.wording import counted, listed
from classeur.estimate import Estimate
from classeur.improvement.comparison import Comparison, Pair, RecipeDifference, Repeated


def pair_sentence(pair: Pair) -> str:
    """Return what two runs' difference is, and whether chance explains it."""
    name = "McNemar p" if pair.num_groups is None else "p"
    corrected = f", corrected for {pair.num_pairs} comparisons with {pair.first} (Holm)" if pair.num_pairs > 1 else ""
    points, test = _points(pair.difference), _tested(pair.difference, name, pair.p_value, corrected)
    where = f"on the same {_images(pair)}"
    if pair.is_significant:
        better = "better" if points > 0 else "worse"
        return f"{pair.second} is {better} than {pair.first} by {abs(points):.1f} points {where} ({test})."
    words = f"{pair.second} and {pair.first} differ by {points:+.1f} points {where}, which chance can explain ({test})."
    return f"{words} {_power_sentence(pair)}".rstrip()


def _images(pair: Pair) -> str:
    """Return of how many images, and of how many groups, a difference is."""
    groups = "" if pair.num_groups is None else f" of {counted(pair.num_groups, 'group')}"
    return f"{counted(pair.difference.n, 'image')}{groups}"


def _power_sentence(pair: Pair) -> str:
    """Return what so many images could have shown, and how many are needed; "" where the runs never differ."""
    images = _images(pair)
    if pair.num_images_needed is not None:
        needed = f"about {_rounded(pair.num_images_needed)}"
        if pair.num_groups is not None:
            needed += f", of {_rounded(pair.num_images_needed * pair.num_groups / pair.difference.n)} such groups,"
        needed += " would be needed to show a difference as small as this one"
        return f"It is no difference that {images} could show: {needed} four times in five."
    if pair.smallest_difference is not None:
        least = f"{100 * pair.smallest_difference:.1f} points or more"
        return f"Four times in five, {images} would show a difference of {least}."
    return ""


def repeated_sentence(repeated: Repeated) -> str:
    """Return the mean accuracy of trainings by several seeds, and what seeds and images make of it."""
    mean = repeated.accuracy
    return (
        f"{listed(repeated.names)} are {len(repeated.names)} seeds of one recipe: {mean.value:.1%} on average (95 %:"
        f" {mean.low:.1%} … {mean.high:.1%}, for other seeds and images). From seed to seed it varies by"
        f" {_spread(repeated.seed_deviation)}; the choice of {counted(mean.n, 'image')} leaves"
        f" {_spread(repeated.image_error)} (standard deviations)."
    )


def _spread(deviation: float | None) -> str:
    return "less than these trainings can tell" if deviation is None else f"±{100 * deviation:.1f} points"


def recipe_sentence(found: RecipeDifference) -> str:
    """Return what two recipes' difference is over their seeds, and whether chance explains it."""
    corrected = f", corrected for {found.num_pairs} comparisons of recipes (Holm)" if found.num_pairs > 1 else ""
    points, test = _points(found.difference), _tested(found.difference, "p", found.p_value, corrected)
    first, second = (f"the recipe of {names[0]}" for names in (found.first, found.second))
    if found.is_significant:
        better = "better" if points > 0 else "worse"
        return f"Over seeds and images, {second} is {better} than {first} by {abs(points):.1f} points ({test})."
    return (
        f"Over seeds and images, {second} and {first} differ by {points:+.1f} points, which chance can explain"
        f" ({test})."
    )


def comparison_sentences(comparison: Comparison) -> list[str]:
    """Return what was found: of recipes with several seeds and, where these do not cover it, of each pair of runs."""
    words = [repeated_sentence(each) for each in comparison.repeated]
    told, untold = told_pairs(comparison)
    return [
        *words,
        *map(recipe_sentence, comparison.recipes),
        *map(pair_sentence, told),
        *([_untold_sentence(comparison, untold)] if told and untold else []),
        *map(without_new_sentence, comparison.without_new),
    ]


def without_new_sentence(name: str) -> str:
    """Return why a run is compared with none.

    >>> without_new_sentence("runs/a")[:60]
    'runs/a is compared with none: each of its validation images '
    """
    return (
        f"{name} is compared with none: each of its validation images belongs with an image that it was trained on, so"
        " that its accuracy says nothing of new ones."
    )


def told_pairs(comparison: Comparison) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs that a sentence tells of, and those that only count among the comparisons that it is of.

    Which of several seeds came out best is not what is asked of a recipe.
    """
    covered = {name for each in comparison.repeated for name in each.names}
    is_told = [len(comparison.names) == 2 or not {each.first, each.second} <= covered for each in comparison.pairs]
    told = list(itertools.compress(comparison.pairs, is_told))
    return told, [each for each in comparison.pairs if each not in told]


def _untold_sentence(comparison: Comparison, untold: Sequence[Pair]) -> str:
    """Return which comparisons those that are told are corrected for, by name."""
    names, seeds = ([each.second for each in pairs] for pairs in (comparison.pairs, untold))
    are = "is a seed" if len(seeds) == 1 else "are seeds"
    return (
        f"The {len(names)} comparisons with {comparison.names[0]} are those of {', '.join(names)}; of these"
        f" {', '.join(seeds)} {are} of a recipe that is told above."
    )


def _points(difference: Estimate) -> float:
    return 100 * difference.value


def _tested(difference: Estimate, name: str, p_value: float, corrected: str) -> str:
    low, high = 100 * difference.low, 100 * difference.high
    return f"95 %: {low:+.1f} … {high:+.1f}; {name} = {p_value:.2g}{corrected}"


def _rounded(number: float) -> str:
    """Return a number with two digits."""
    return f"{float(f'{number:.2g}'):,.0f}"
