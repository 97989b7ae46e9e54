"""Comparison: which of several runs is better, on the images that all of them were evaluated on."""

import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.errors import DifferentImagesError
from classeur.estimate import Estimate
from classeur.evaluation.intervals import PairedDifference
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Score
from classeur.evaluation.seeds import accuracy_of_seeds, difference_of_seeds
from classeur.improvement.paired import (
    LEVEL,
    Counted,
    Key,
    Step,
    count,
    difference_of,
    holm,
    power_of,
    sampling_of,
    table_of,
)  # fmt: skip
from classeur.options import OPTIONS

_MOST_NAMED = 3


class Judged(NamedTuple):
    """A run's validation: its score, and which images are correct."""

    name: str
    score: Score
    correct: Mapping[Key, bool]
    options: Mapping[str, Any] = {}  # all options of its recipe
    paths: Mapping[Key, str] = {}  # of the images, for people
    data: str = ""  # a hash of its data and their split
    groups: Mapping[Key, str] = {}  # of the images that belong with others; "" for one that stands alone
    not_counted: Collection[Key] = frozenset()  # images of its validation that belong with its training, also dropped
    is_new: bool = True  # whether those that count belong with none in its training; False where no image does not

    @property
    def recipe(self) -> tuple[Any, ...]:
        """What runs have in common that differ in their seed alone."""
        return self.data, *((name, value) for name, value in sorted(self.options.items()) if name != "seed")


class Pair(BaseModel):
    """A run compared with the first one, by Tango's interval and McNemar's test, which never disagree.

    Where images come in groups, both are of other groups.
    """

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
    num_groups: int | None = None  # that the images come in; None where every image stands alone

    @property
    def is_significant(self) -> bool:
        """Whether the runs differ by more than chance explains."""
        return self.p_value < LEVEL


class Repeated(BaseModel):
    """A recipe that was trained several times, with other seeds, on the same split."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...]
    accuracy: Estimate  # the mean, for other seeds and other images
    # Standard deviation of one training's accuracy, of the seed alone; None where it is less than can be told.
    seed_deviation: float | None
    image_error: float | None  # standard error of the mean, of the images alone; likewise


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
        return self.p_value < LEVEL


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
    without_new: tuple[str, ...] = ()  # runs that are compared with none, as no validation image is new to them


def compare(runs: Sequence[Judged]) -> Comparison:
    """Return the runs side by side, and each later one compared with the first on the same images.

    They are compared on the images that count for all of them. Several comparisons are corrected by Holm's method. An
    interval is at the level at which its test is made, so that it excludes 0 exactly where the corrected test finds a
    difference. A run whose validation images all belong with its training is compared with none.

    Args:
        runs: two or more.

    Raises:
        DifferentImagesError: if they were not evaluated on the same images, or under other labels; says which.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.
    """
    check_same_images(runs)
    new = _on_common([run for run in runs if run.is_new])
    pairs = _pairs(new) if runs[0].is_new else ()
    repeated = {recipe: group for recipe, group in _by_recipe(new).items() if len(group) > 1}
    # Two trainings by one recipe are a pair to most who ask.
    tables = [
        table_of([run.correct for run in group], new[0].correct)
        for group in repeated.values()
        if len(new[0].correct) > 1
    ]
    names = [tuple(run.name for run in group) for group in repeated.values()]
    sampling = sampling_of([run.groups for run in new], list(new[0].correct) if new else [])
    spreads = [accuracy_of_seeds(table, sampling=sampling) for table in tables]
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
        recipes=_recipe_differences(names, tables, sampling),
        without_new=tuple(run.name for run in runs if not run.is_new),
    )


def pair(first: Judged, second: Judged, *, confidence: float = 0.95) -> Pair | None:
    """Return one run compared with another on their common images, without a correction.

    None if there are none, or if all that one of them was judged on belong with its training.
    """
    if not (first.is_new and second.is_new):
        return None
    shared = [key for key in first.correct if key in second.correct]
    if not shared:
        return None
    counted = count(first.correct, second.correct, shared, sampling_of([first.groups, second.groups], shared))
    return _pair(first, second, counted, difference_of(counted, confidence))


def _pairs(runs: Sequence[Judged]) -> tuple[Pair, ...]:
    first, keys = runs[0], list(runs[0].correct)
    if not keys:
        return ()
    sampling = sampling_of([run.groups for run in runs], keys)
    counts = [count(first.correct, run.correct, keys, sampling) for run in runs[1:]]
    steps = holm([difference_of(each, 0.95).p_value for each in counts])
    return tuple(
        _pair(first, run, each, difference_of(each, 1 - step.level), step, len(steps))
        for run, each, step in zip(runs[1:], counts, steps, strict=True)
    )


def _pair(
    first: Judged,
    second: Judged,
    counted: Counted,
    found: PairedDifference,
    step: Step | None = None,
    num_pairs: int = 1,
) -> Pair:
    p_value = found.p_value if step is None else step.p_value
    confidence = 1 - LEVEL if step is None else 1 - step.level
    least, needed = power_of(counted, found.value, confidence) if p_value >= LEVEL else (None, None)
    sampling = counted.sampling
    return Pair(
        first=first.name,
        second=second.name,
        difference=Estimate(
            value=found.value,
            low=found.low,
            high=found.high,
            method=_method(f"Tango{sampling.how}", num_pairs),
            n=counted.num_images,
        ),
        p_value=p_value,
        num_pairs=num_pairs,
        only_first=counted.only_first,
        only_second=counted.only_second,
        smallest_difference=least,
        num_images_needed=needed,
        num_groups=None if sampling.clusters is None else sampling.num_units(np.ones(counted.num_images, bool)),
    )


def _method(name: str, num_pairs: int) -> str:
    return name if num_pairs == 1 else f"{name}, corrected by Holm for {num_pairs} pairs"


def _by_recipe(runs: Sequence[Judged]) -> dict[tuple[Any, ...], list[Judged]]:
    """Return the runs by recipe, each with another seed than the others of its recipe."""
    groups: defaultdict[Any, list[Judged]] = defaultdict(list)
    for run in runs:
        recipe = repr(run.recipe)
        if run.options and run.options.get("seed") not in [other.options.get("seed") for other in groups[recipe]]:
            groups[recipe].append(run)
    return dict(groups)


def _recipe_differences(
    names: Sequence[tuple[str, ...]], tables: Sequence[np.ndarray], sampling: Sampling
) -> tuple[RecipeDifference, ...]:
    if len(tables) < 2:
        return ()
    steps = holm([difference_of_seeds(table, tables[0], sampling=sampling).p_value for table in tables[1:]])
    found = [
        difference_of_seeds(table, tables[0], confidence=1 - step.level, sampling=sampling)
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
                method=_method(f"t of seeds and images{sampling.how}", len(steps)),
                n=tables[0].shape[1],
            ),
            p_value=step.p_value,
            num_pairs=len(steps),
        )
        for name, each, step in zip(names[1:], found, steps, strict=True)
    )


def _on_common(runs: Sequence[Judged]) -> Sequence[Judged]:
    """Return the runs on the images that count for all of them; a plan may have left out what leaks for another."""
    if all(run.correct.keys() == runs[0].correct.keys() for run in runs):
        return runs
    common = [key for key in runs[0].correct if all(key in run.correct for run in runs)]
    return [run._replace(correct={key: run.correct[key] for key in common}) for run in runs]


def check_same_images(runs: Sequence[Judged]) -> None:
    """Check that all runs were evaluated on the same images, also where other ones of them count.

    Raises:
        DifferentImagesError: naming the first two that were not, and which images differ.
    """
    for first, run in itertools.combinations(runs, 2):
        whole = [{*each.correct, *each.not_counted} for each in (first, run)]
        if first.correct.keys() != run.correct.keys() and whole[0] != whole[1]:
            raise DifferentImagesError(
                f"{first.name} and {run.name} were evaluated on different validation images: {_which(first, run)};"
                " compare runs of one split, such as that of a CSV by classeur split"
            )


def _which(first: Judged, second: Judged) -> str:
    """Return in words which images one of two runs has and the other has not."""
    labels = [{key[0]: key[1] for key in run.correct} for run in (first, second)]
    parts = []
    relabelled = [key for key in first.correct if labels[1].get(key[0], key[1]) != key[1]]
    if relabelled:
        parts.append(f"{_some(first, relabelled)} of another label")
    for run, other, its_labels in ((first, second, labels[1]), (second, first, labels[0])):
        missing = [key for key in run.correct if key not in other.correct and its_labels.get(key[0], key[1]) == key[1]]
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
