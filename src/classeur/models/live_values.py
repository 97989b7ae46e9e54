"""How many values a network holds at once while it runs: what it computes is kept until its last use, and no longer."""

from collections.abc import Collection, Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One computation of a network."""

    output: str
    inputs: Sequence[str]  # of other steps; those that no step gives are free
    num_values: int  # of the output
    passing: int = 0  # values that it holds beside them while it runs


_MOST_GROWTH = 128
"""A VGG19 holds 67 values at once for each of the image, a NASNetLarge 51, an EfficientNet 16 to 32."""

_FREE_VALUES = 2**20
"""4 MB: what a network may make of any image, however small."""


def allowed_values(num_inputs: int) -> int:
    """Return how many values may be held at once for an input of so many.

    >>> allowed_values(224 * 224 * 3)
    19267584
    """
    return max(_MOST_GROWTH * num_inputs, _FREE_VALUES)


def most_values(steps: Sequence[Step], kept: Collection[str] = ()) -> int:
    """Return the most values that are held at once, whichever of the usual orders the steps are run in.

    Steps are run as they are given, depth first (as ONNX Runtime does), or each as soon as its inputs are there (as
    TensorFlow does).

    Args:
        steps: in an order in which they can run.
        kept: outputs that are held to the end.

    >>> most_values([Step("a", (), 5), Step("b", "a", 7), Step("c", "b", 1)])
    12
    """
    orders = (range(len(steps)), _depth_first(steps), _by_level(steps))
    return max(_most_in([steps[place] for place in order], kept) for order in orders)


def _most_in(steps: Sequence[Step], kept: Collection[str]) -> int:
    last = {name: place for place, step in enumerate(steps) for name in (step.output, *step.inputs)}
    sizes: dict[str, int] = {}
    alive = most = 0
    for place, step in enumerate(steps):
        sizes[step.output] = step.num_values
        alive += step.num_values
        most = max(most, alive + step.passing)
        for name in {step.output, *step.inputs}:
            if last[name] == place and name not in kept:
                alive -= sizes.get(name, 0)
    return most


def _depth_first(steps: Sequence[Step]) -> list[int]:
    """Return an order in which each step stands as late as the steps that need it allow."""
    places = {step.output: place for place, step in enumerate(steps)}
    order: list[int] = []
    done: set[int] = set()
    waiting = [(place, False) for place in range(len(steps))]  # the last first
    while waiting:
        place, is_ready = waiting.pop()
        if place in done:
            continue
        if is_ready:
            done.add(place)
            order.append(place)
            continue
        waiting.append((place, True))
        waiting += [(places[name], False) for name in steps[place].inputs if name in places]
    return order


def _by_level(steps: Sequence[Step]) -> list[int]:
    """Return the order in which steps can run that need nothing more."""
    levels: dict[str, int] = {}
    for step in steps:
        levels[step.output] = 1 + max((levels.get(name, 0) for name in step.inputs), default=0)
    return sorted(range(len(steps)), key=lambda place: levels[steps[place].output])
