"""Chains: images joined one by the next, such as frames, and how long one may be before it would take a whole class."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from classeur.data.folder import ImageFolder

# A longer chain says nothing of what belongs together: a microscope that takes a frame every few seconds would make a
# class one group.
_MOST_SHARE = 0.2  # of a class
_FEWEST = 5  # images that may be a chain in a small class, too


class Chains(NamedTuple):
    """Rows of images that are joined one by the next, groups of two or more."""

    joined: list[list[int]]
    long: list[list[int]]  # with more than a fifth of a class


def length_check(folder: ImageFolder) -> Callable[[Mapping[int, int]], bool]:
    """Return a function that says whether images, counted by class, are more than a fifth of one, and than five."""
    images = Counter(label for label, reason in zip(folder.labels.tolist(), folder.reasons, strict=True) if not reason)

    def is_long(counts: Mapping[int, int]) -> bool:
        return any(count > max(_MOST_SHARE * images[label], _FEWEST) for label, count in counts.items())

    return is_long


def sorted_by_length(folder: ImageFolder, chains: Iterable[list[int]]) -> Chains:
    """Return chains, apart those that have more than a fifth of the usable images of a class, and more than five."""
    is_long, result = length_check(folder), Chains([], [])
    for chain in chains:
        (result.long if is_long(Counter(int(folder.labels[row]) for row in chain)) else result.joined).append(chain)
    return result


def largest_class(folder: ImageFolder, chain: list[int]) -> tuple[str, int]:
    """Return the class with the most images of a chain, and their number; its name is "" where there are no classes."""
    label, count = Counter(int(folder.labels[row]) for row in chain).most_common(1)[0]
    return (folder.class_names[label] if label >= 0 else ""), count
