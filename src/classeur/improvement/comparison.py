"""Comparison: which of several runs is better, on the images that all of them were evaluated on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.errors import DifferentImagesError
from classeur.estimate import Estimate
from classeur.evaluation.intervals import PairedDifference, paired_difference
from classeur.evaluation.power import num_images_for, smallest_difference
from classeur.evaluation.scoring import Score
from classeur.evaluation.seeds import accuracy_of_seeds, difference_of_seeds
from classeur.options import OPTIONS

_LEVEL = 0.05
_MOST_NAMED = 3

Key = tuple[str, str]  # of an image: its content hash, its label


class Judged(NamedTuple):
    """A run's validation: its score, and which images are correct."""

    name: str
    score: Score
    correct: Mapping[Key, bool]
    options: Mapping[str, Any] = {}  # all options of its recipe
    paths: Mapping[Key, str] = {}  # of the images, for people
    data: str = ""  # a hash of its data and their split

    @property
    def recipe(self) -> tuple[Any, ...]:
        """What runs have in common that differ in their seed alone."""
        return self.data, *((name, value) for name, value in sorted(self.options.items()) if name != "seed")


class Pair(BaseModel):
    """A run compared with the first one, by Tango's interval and McNemar's test, which never disagree."""

    model_config = ConfigDict(frozen=True)

    first: str
    second: str
    difference: Estimate  # accuracy of second minus first, −1 … 1
    p_value: float  # corrected for all pairs; below 0.05 exactly if the interval excludes 0
    num_pairs: int = 1  # for which both are corrected
    only_first: int  # images that only the first got right
    only_second: int
    smallest_difference: float | None = None  # that so many images would show, four times in five
    num_images_needed: int | None = None  # to show a difference as large as this one, four times in five

    @property
    def is_significant(self) -> bool:
        """Whether the runs differ by more than chance explains."""
        return self.p_value < _LEVEL


class Repeated(BaseModel):
    """A recipe that was trained several times, with other seeds, on the same split."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...]
    accuracy: Estimate  # the mean, for other seeds and other images
    seed_deviation: float  # standard deviation of one training's accuracy, of the seed alone
    image_error: float  # standard error of the mean, of the images alone


class RecipeDifference(BaseModel):
    """A repeated recipe compared with the first one, for other seeds and other images."""

    model_config = ConfigDict(frozen=True)

    first: tuple[str, ...]
    second: tuple[str, ...]
    difference: Estimate  # mean accuracy of second minus first
    p_value: float  # corrected for all; below 0.05 exactly if the interval excludes 0
    num_pairs: int = 1

    @property
    def is_significant(self) -> bool:
        """Whether the recipes differ by more than chance explains."""
        return self.p_value < _LEVEL


class Comparison(BaseModel):
    """Runs side by side."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...]
    scores: tuple[Score, ...]
    settings: dict[str, tuple[Any, ...]] = {}  # each option in which the runs differ: its value in each run
    same_data: bool = True  # whether all that is known of the runs' data is the same: images, labels and split
    pairs: tuple[Pair, ...]  # each later run against the first
    repeated: tuple[Repeated, ...] = ()  # recipes that were trained with several seeds
    recipes: tuple[RecipeDifference, ...] = ()  # each later one of these against the first


def compare(runs: Sequence[Judged]) -> Comparison:
    """Return the runs side by side, and each later one compared with the first on the same images.

    Several comparisons are corrected by Holm's method. An interval is at the level at which its test is made, so that
    it excludes 0 exactly where the corrected test finds a difference.

    Args:
        runs: two or more.

    Raises:
        DifferentImagesError: if they were not evaluated on the same images, or under other labels; says which.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.
    """
    _check_same_images(runs)
    pairs = _pairs(runs)
    groups = _groups(runs)
    repeated = {recipe: group for recipe, group in groups.items() if len(group) > 1}
    # Two trainings by one recipe are a pair to most who ask.
    tables = [_table(group, runs[0].correct) for group in repeated.values() if len(runs[0].correct) > 1]
    names = [tuple(run.name for run in group) for group in repeated.values()]
    spreads = map(accuracy_of_seeds, tables)
    return Comparison(
        names=tuple(run.name for run in runs),
        scores=tuple(run.score for run in runs),
        settings=_differing([run.options for run in runs]),
        same_data=len({run.data for run in runs} - {""}) <= 1,
        pairs=pairs,
        repeated=tuple(
            Repeated(
                names=group, accuracy=spread.mean, seed_deviation=spread.seed_deviation, image_error=spread.image_error
            )
            for group, spread in zip(names, spreads, strict=False)
        ),
        recipes=_recipe_differences(names, tables),
    )


def pair(first: Judged, second: Judged, *, confidence: float = 0.95) -> Pair | None:
    """Return one run compared with another on their common images, without a correction; None if there are none."""
    shared = [key for key in first.correct if key in second.correct]
    if not shared:
        return None
    counts = _only(first, second, shared)
    return _pair(first, second, counts, _difference(*counts, len(shared), confidence), len(shared))


class Step(NamedTuple):
    """What Holm's method makes of one of several tests."""

    p_value: float  # corrected
    level: float  # at which it is made


def holm(p_values: Sequence[float], *, level: float = _LEVEL) -> list[Step]:
    """Return the corrected p-value of each of several tests, and the level of an interval that agrees with it.

    The smallest of m p-values is tested at level / m, the next at level / (m − 1), up to the first that is not below
    its own; that one's level is also that of all after it, none of which finds anything.

    Source: Holm, as above; corrected p-values as in Wright, Biometrics 48 (1992) 1005–1013.

    >>> [round(step.p_value, 3) for step in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    >>> [round(step.level, 4) for step in holm([0.01, 0.04, 0.03])]
    [0.0167, 0.025, 0.025]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    steps = [Step(1.0, level)] * len(p_values)
    corrected, its_level, has_ended = 0.0, level, False
    for place, number in enumerate(order):
        left = len(p_values) - place
        corrected = min(1.0, max(corrected, left * p_values[number]))
        if not has_ended:
            its_level = level / left
            has_ended = p_values[number] >= its_level
        steps[number] = Step(corrected, its_level)
    return steps


def _pairs(runs: Sequence[Judged]) -> tuple[Pair, ...]:
    first, keys = runs[0], list(runs[0].correct)
    if not keys:
        return ()
    counts = [_only(first, run, keys) for run in runs[1:]]
    steps = holm([_difference(*each, len(keys), 0.95).p_value for each in counts])
    return tuple(
        _pair(first, run, each, _difference(*each, len(keys), 1 - step.level), len(keys), step, len(steps))
        for run, each, step in zip(runs[1:], counts, steps, strict=True)
    )


def _only(first: Judged, second: Judged, keys: Sequence[Key]) -> tuple[int, int]:
    """Return how many images only the first got right, and how many only the second."""
    only_first = sum(first.correct[key] and not second.correct[key] for key in keys)
    return only_first, sum(second.correct[key] and not first.correct[key] for key in keys)


def _difference(only_first: int, only_second: int, num_images: int, confidence: float) -> PairedDifference:
    return paired_difference(only_second, only_first, num_images, confidence=confidence)


def _pair(
    first: Judged,
    second: Judged,
    counts: tuple[int, int],
    found: PairedDifference,
    num_images: int,
    step: Step | None = None,
    num_pairs: int = 1,
) -> Pair:
    p_value = found.p_value if step is None else step.p_value
    confidence = 1 - _LEVEL if step is None else 1 - step.level
    disagreement = sum(counts) / num_images
    is_open = p_value >= _LEVEL and disagreement > 0
    return Pair(
        first=first.name,
        second=second.name,
        difference=Estimate(
            value=found.value,
            low=found.low,
            high=found.high,
            method=_method("Tango", num_pairs),
            n=num_images,
        ),
        p_value=p_value,
        num_pairs=num_pairs,
        only_first=counts[0],
        only_second=counts[1],
        smallest_difference=smallest_difference(num_images, disagreement, confidence=confidence) if is_open else None,
        num_images_needed=(
            # Fewer than there are would be needed only by chance: these did not suffice.
            max(num_images + 1, num_images_for(found.value, disagreement, confidence=confidence))
            if is_open and found.value
            else None
        ),
    )


def _method(name: str, num_pairs: int) -> str:
    return name if num_pairs == 1 else f"{name}, corrected by Holm for {num_pairs} pairs"


def _groups(runs: Sequence[Judged]) -> dict[tuple[Any, ...], list[Judged]]:
    """Return the runs by recipe, each with another seed than the others of its recipe."""
    groups: defaultdict[Any, list[Judged]] = defaultdict(list)
    for run in runs:
        recipe = repr(run.recipe)
        if run.options and run.options.get("seed") not in [other.options.get("seed") for other in groups[recipe]]:
            groups[recipe].append(run)
    return dict(groups)


def _table(group: Sequence[Judged], keys: Mapping[Key, bool]) -> np.ndarray:
    """Return which run got which image right, bool (runs, images)."""
    return np.array([[run.correct[key] for key in keys] for run in group])


def _recipe_differences(names: Sequence[tuple[str, ...]], tables: Sequence[np.ndarray]) -> tuple[RecipeDifference, ...]:
    if len(tables) < 2:
        return ()
    steps = holm([difference_of_seeds(table, tables[0]).p_value for table in tables[1:]])
    found = [
        difference_of_seeds(table, tables[0], confidence=1 - step.level)
        for table, step in zip(tables[1:], steps, strict=True)
    ]
    return tuple(
        RecipeDifference(
            first=names[0],
            second=name,
            difference=Estimate(
                value=each.value,
                low=each.low,
                high=each.high,
                method=_method("t of seeds and images", len(steps)),
                n=tables[0].shape[1],
            ),
            p_value=step.p_value,
            num_pairs=len(steps),
        )
        for name, each, step in zip(names[1:], found, steps, strict=True)
    )


def _check_same_images(runs: Sequence[Judged]) -> None:
    """Check that all runs were evaluated on the same images.

    Raises:
        DifferentImagesError: naming the first two that were not, and which images differ.
    """
    first = runs[0]
    for run in runs[1:]:
        if first.correct.keys() != run.correct.keys():
            raise DifferentImagesError(
                f"{first.name} and {run.name} were evaluated on different validation images: {_which(first, run)};"
                " compare runs of one split, such as that of a CSV by classeur split"
            )


def _which(first: Judged, second: Judged) -> str:
    """Return in words which images one of two runs has and the other has not."""
    labels = [dict(iter(run.correct)) for run in (first, second)]
    parts = []
    relabelled = [key for key in first.correct if labels[1].get(key[0], key[1]) != key[1]]
    if relabelled:
        parts.append(f"{_some(first, relabelled)} of another label")
    for run, other in ((first, labels[1]), (second, labels[0])):
        missing = [key for key in run.correct if key[0] not in other]
        if missing:
            parts.append(f"{_some(run, missing)} only in {run.name}")
    return ", ".join(parts)


def _some(run: Judged, keys: Sequence[Key]) -> str:
    """Return a number of images with the paths of a few."""
    named = [run.paths[key] for key in keys[:_MOST_NAMED] if key in run.paths]
    such = f" ({', '.join(named)}{', …' if len(keys) > len(named) else ''})" if named else ""
    return f"{len(keys):,} of {len(run.correct):,}{such}"


def _differing(options: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return the options whose values differ between runs; None for a run without the option.

    One that some runs do not have, a head no epochs for instance, and that is as usual in the others, tells nothing.
    """
    names = dict.fromkeys(name for each in options for name in each)
    values = {name: tuple(each.get(name) for each in options) for name in names}
    return {
        name: each
        for name, each in values.items()
        if any(value != each[0] for value in each) and not _is_as_usual(name, each)
    }


def _is_as_usual(name: str, values: Sequence[Any]) -> bool:
    return name in OPTIONS and all(value is None or value == OPTIONS[name].default for value in values)
