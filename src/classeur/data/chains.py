"""Chains: images joined one by the next, such as frames, and how long one may be before it would take a whole class."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from classeur.data.findings import Change, Finding, Values
from classeur.data.folder import ImageFolder
from classeur.data.splitting import dividing_command

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


def long_finding(code: str, folder: ImageFolder, chain: list[int], **besides: Any) -> Finding:
    """Return the finding of a chain that is too long, which may be joined all the same where there is no split yet.

    Args:
        code: of the finding.
        folder: as scanned.
        chain: rows of its images, in their order.
        besides: further values.
    """
    label, count = Counter(int(folder.labels[row]) for row in chain).most_common(1)[0]
    values: Values = {
        "num_images": len(chain),
        "class_name": folder.class_names[label] if label >= 0 else "",  # "" where there are no classes
        "num_of_class": count,
        "last": folder.paths[chain[-1]],
        "paths": [folder.paths[row] for row in chain],
    }
    command = dividing_command(folder.data, long_bursts=True)
    return Finding(
        code=code,
        severity="note",
        subject=folder.paths[chain[0]],
        values=values | besides,
        changes=() if any(folder.splits) else (Change(code="join-long-burst", command=command),),
    )
