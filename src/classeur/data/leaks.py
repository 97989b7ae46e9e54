"""Images of a given validation or test that belong with images in training, so that they cannot show what is new."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from classeur.data.bursts import bursts_of
from classeur.data.duplicates import SERIOUS_SHARE
from classeur.data.findings import DROPPING, Finding
from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.plan import LEFT_OUT
from classeur.data.splitting import groups_of

# Why an image belongs with one in training, the surest first: equal bytes; a near-duplicate; a named group; a burst;
# or only by others between them.
KINDS = ("identical", "near-duplicate", "group", "burst", "chain")

# How the reason begins of a validation image that is left out for such.
DROPPED = f"{LEFT_OUT}--drop-leaks: "


class Leak(NamedTuple):
    """A judged image that belongs with one in training."""

    row: int
    kind: str  # one of KINDS
    other: int  # row of an image in training


def find_leaks(
    folder: ImageFolder, pairs: Sequence[NearDuplicate], together: Sequence[Sequence[int]]
) -> dict[str, list[Leak]]:
    """Return the images of validation and test that belong with one in training, by split, in the folder's order.

    Args:
        folder: with a split of its own.
        pairs: its near-duplicates.
        together: its rows that are not to be separated, beside equal files and named groups.
    """
    found: dict[str, list[Leak]] = {"validation": [], "test": []}
    trained = [row for row in np.flatnonzero(folder.usable).tolist() if folder.splits[row] == "train"]
    if len(trained) == folder.usable.sum() or not trained:
        return found
    by_hash = {folder.hashes[row]: row for row in reversed(trained)}
    by_group = {folder.groups[row]: row for row in reversed(trained) if folder.groups[row]} if folder.groups else {}
    alike: dict[str, int] = {}  # content → a training image that is its near-duplicate
    for pair in pairs:  # the most alike first
        for one, other in (pair[:2], pair[1::-1]):
            if folder.hashes[other] in by_hash:
                alike.setdefault(folder.hashes[one], by_hash[folder.hashes[other]])
    shot: dict[int, int] = {}
    for chain in bursts_of(folder).joined:
        of_training = [row for row in chain if folder.splits[row] == "train"]
        shot.update((row, of_training[0]) for row in chain if of_training)
    for group in groups_of(folder, np.flatnonzero(folder.usable).tolist(), together):
        first = next((row for row in group if folder.splits[row] == "train"), None)
        if first is None:
            continue
        for row in group:
            if folder.splits[row] not in found:
                continue
            named = by_group.get(folder.groups[row]) if folder.groups else None
            others = (by_hash.get(folder.hashes[row]), alike.get(folder.hashes[row]), named, shot.get(row), first)
            kind, other = next((kind, each) for kind, each in zip(KINDS, others, strict=True) if each is not None)
            found[folder.splits[row]].append(Leak(row, kind, other))
    return {name: sorted(leaks) for name, leaks in found.items()}


def leak_findings(folder: ImageFolder, leaks: Mapping[str, Sequence[Leak]]) -> list[Finding]:
    """Return for validation and test which share of them belongs with training, if any does.

    Args:
        folder: with a split.
        leaks: of it, as `find_leaks` returns them. A training can leave those of validation out.
    """
    totals: defaultdict[str, int] = defaultdict(int)
    for row in np.flatnonzero(folder.usable).tolist():
        totals[folder.splits[row]] += 1
    return [
        Finding(
            code="split-leaks",
            severity="error" if len(found) >= SERIOUS_SHARE * totals[name] else "warning",
            subject=folder.data,
            values={
                "split": name,
                "num_leaks": len(found),
                "num_images": totals[name],
                "share": len(found) / totals[name],
                "kinds": dict(Counter(leak.kind for leak in found).most_common()),
            },
            changes=DROPPING if name == "validation" and len(found) < totals[name] else (),
        )
        for name, found in leaks.items()
        if found
    ]


def without_leaks(folder: ImageFolder, leaks: Sequence[Leak]) -> ImageFolder:
    """Return the folder with these images set aside, each with the training image that it belongs with."""
    reasons = list(folder.reasons)
    for leak in leaks:
        reasons[leak.row] = f"{DROPPED}{leak.kind} of {folder.paths[leak.other]}, which is in training"
    columns = {name: getattr(folder, name) for name in ImageFolder.model_fields}
    return ImageFolder(**{**columns, "reasons": tuple(reasons)})
