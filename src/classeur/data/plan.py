"""What to leave out of a data set and why, as a CSV that a person edits; nothing of the user's is moved or deleted."""

import itertools
import os
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data.archive import is_archive
from classeur.data.duplicates import equal_groups
from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.data.image_checks import find_flat
from classeur.data.listed_files import listed_places
from classeur.data.manifest import named_beside, places_of
from classeur.data.near_duplicates import SAME_CONTENT, NearDuplicate
from classeur.data.near_findings import in_long_chains
from classeur.data.split_names import SPLITS
from classeur.data.table_lines import has_column
from classeur.errors import TableError
from classeur.run import to_csv
from classeur.storage import write_text

PLAN_COLUMNS = ("path", "label", "finding", "reason")
# What stands in place of a finding where an earlier plan leaves an image out.
EXCLUDED = "excluded"

# Kind of a pair of near-duplicates → how the two differ, in words.
KIND_WORDS: Mapping[str, str] = {
    "copy": "re-encoded, resized or of other brightness",
    "mirrored": "mirrored",
    "turned": "turned",
    "moved": "cropped, or the next frame",
    "altered": "changed in parts",
}


class Planned(NamedTuple):
    """An image to leave out."""

    row: int
    code: str  # of the finding
    reason: str


def planned(folder: ImageFolder, pairs: Sequence[NearDuplicate] = ()) -> list[Planned]:
    """Return the images to leave out, in the folder's order.

    Of equal files in one class and split all but the first; of those in several splits the ones in training, so that
    what is judged stays as it is, or in validation where the other is in the test; of those in several classes all,
    since at most one label is right; and images of almost one shade. Of near-duplicates likewise: the ones in training
    that are like one that is judged, and those of the same content in several classes. The next frame of another class
    may show something else, and so may what differs in a part; so a person should look. Of a chain that is more than a
    fifth of a class, as before a fixed camera, none is left out: it would take the class. And near-duplicates in one
    class and split stay, since each adds something.

    Args:
        folder: as scanned.
        pairs: its near-duplicates.
    """
    flat = {finding.subject: finding.values["used_range"] for finding in find_flat(folder)}
    rows = {
        row: Planned(row, "low-range", f"uses only {flat[path]:.1%} of the range from black to white")
        for row, path in enumerate(folder.paths)
        if path in flat
    }
    for group in equal_groups(folder):
        rows.update((each.row, each) for each in _of_group(folder, group))
    for each in _of_pairs(folder, pairs):
        rows.setdefault(each.row, each)
    return [rows[row] for row in sorted(rows)]


def already_left_out(folder: ImageFolder) -> list[Planned]:
    """Return the images that an earlier plan leaves out: a training follows one plan, so a new one has them too."""
    return [Planned(row, EXCLUDED, reason) for row, reason in enumerate(folder.reasons) if reason.startswith(LEFT_OUT)]


def write_plan(to: Path, folder: ImageFolder, pairs: Sequence[NearDuplicate] = ()) -> int:
    """Write the images to leave out, with those that are left out already, and return their number.

    Args:
        to: the CSV.
        folder, pairs: as `planned` takes them.

    Raises:
        StorageError: if the file cannot be written.
    """
    places, base = _places(folder), os.path.realpath(to.parent)
    rows = [
        (named_beside(places[row], base), folder.class_names[folder.labels[row]], code, reason)
        for row, code, reason in sorted((*planned(folder, pairs), *already_left_out(folder)))
    ]
    write_text(to, to_csv(PLAN_COLUMNS, rows))
    return len(rows)


def _places(folder: ImageFolder) -> list[str]:
    """Return the absolute path of each row; in a zip, as if the zip were a folder: it is unpacked in another one."""
    if not is_archive(Path(folder.data)):
        return places_of(folder)
    top = os.path.realpath(folder.data)
    return [f"{top}{os.sep}{path}" for path in folder.paths]


def _of_pairs(folder: ImageFolder, pairs: Sequence[NearDuplicate]) -> Iterator[Planned]:
    """Yield what to leave out of near-duplicates, and of the files with their bytes."""
    equal: defaultdict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(folder.usable).tolist():
        equal[folder.hashes[row]].append(row)
    in_long = in_long_chains(folder, pairs)
    for pair in pairs:
        if pair.first in in_long:
            continue
        ends = [equal[folder.hashes[row]] for row in (pair.first, pair.second)]
        for rows, others in (ends, ends[::-1]):
            for row in rows:
                contrary = next((each for each in others if folder.labels[each] != folder.labels[row]), None)
                if contrary is not None and pair.kind in SAME_CONTENT:
                    label = folder.class_names[folder.labels[contrary]]
                    why = f"shows the same as {folder.paths[contrary]}, of class {label} ({KIND_WORDS[pair.kind]})"
                    yield Planned(row, "near-contradiction", why)
                judged = [each for each in others if _order(folder, each) > _order(folder, row)]
                if judged:
                    other = max(judged, key=lambda each: _order(folder, each))
                    where = f"which is for {folder.splits[other]} ({KIND_WORDS[pair.kind]})"
                    why = f"shows the same as {folder.paths[other]}, {where}"
                    yield Planned(row, "near-leak", why)


def _order(folder: ImageFolder, row: int) -> int:
    """Return how far the judgement of a row's split reaches: training, validation, test; all alike without a split."""
    return ("", *SPLITS).index(folder.splits[row])


class Without(NamedTuple):
    """A folder whose images of a plan are set aside."""

    folder: ImageFolder
    unknown: list[str]  # paths of the plan that are not in it
    folders: dict[str, int]  # folder that the plan names → usable images below it


def without(folder: ImageFolder, plan: Path) -> Without:
    """Return the folder with the images of a plan set aside; a folder that the plan names stands for all below it.

    Raises:
        TableError: if the plan is not a CSV with a column of paths, the folder has none of them, or it is the list of
            all that `inspect` has found.
    """
    if all(has_column(plan, name, errors="surrogateescape") for name in ("severity", "beside")):
        raise TableError(
            f"{plan} lists all that was found, also of images to keep; write what to leave out, and edit it: classeur"
            f" inspect {shlex.quote(folder.data)} --plan plan.csv"
        )
    places = [os.path.normpath(place) for place in _places(folder)]
    listed, folders = listed_places(plan, dict(zip(folder.paths, places, strict=True)))
    num_listed, reasons = len(listed), list(folder.reasons)
    usable = {place for place, reason in zip(places, folder.reasons, strict=True) if not reason}
    below = set(itertools.chain.from_iterable(folders.values()))
    for row, place in enumerate(places):
        is_listed = listed.pop(place, None) is not None
        if (is_listed or place in below) and not reasons[row]:
            reasons[row] = f"{LEFT_OUT}{plan.name}"
    if listed and len(listed) == num_listed and not folders:
        raise TableError(
            f"{plan} names no image of {folder.data} (its first is {next(iter(listed.values()))}, sought in"
            f" {os.path.dirname(next(iter(listed)))}); give the plan of these data: paths are absolute, relative to the"  # noqa: PTH120
            " plan, or as inspect prints them"
        )
    columns = {name: getattr(folder, name) for name in ImageFolder.model_fields}
    return Without(
        ImageFolder(**{**columns, "reasons": tuple(reasons)}),
        list(listed.values()),
        {name: len(usable.intersection(inside)) for name, inside in folders.items()},
    )


def unreadable(folder: ImageFolder) -> list[tuple[str, str]]:
    """Return path and reason of the files that cannot be used, without those that a plan leaves out."""
    return [(path, reason) for path, reason in folder.set_aside() if not reason.startswith(LEFT_OUT)]


def _of_group(folder: ImageFolder, group: list[int]) -> Iterator[Planned]:
    """Yield what to leave out of a group of equal files."""
    if len({int(folder.labels[row]) for row in group}) > 1:
        for row in group:
            other = next(each for each in group if folder.labels[each] != folder.labels[row])
            label = folder.class_names[folder.labels[other]]
            yield Planned(row, "contradiction", f"same bytes as {folder.paths[other]}, of class {label}")
        return
    kept = next((name for name in ("test", "validation") if any(folder.splits[row] == name for row in group)), "")
    of_kept = [row for row in group if not kept or folder.splits[row] == kept]
    for row in group:
        if row != of_kept[0]:
            code = "duplicate" if row in of_kept else "leak"
            where = "" if row in of_kept else f", which is for {kept}"
            yield Planned(row, code, f"same bytes as {folder.paths[of_kept[0]]}{where}")
