"""Images that must not be separated, by what their names say: a patient, an animal, a sender, a day.

`group_by` is `folder` (the folder around each image, inside its class folder), `folder:2` (the one around that), the
name of a column where the data are a CSV, or a regular expression on the path: images for which it gives the same text
are one group.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from classeur.data.findings import DROPPING, Change, Finding
from classeur.data.folder import ImageFolder
from classeur.data.layout import composed
from classeur.data.splitting import anew, dividing_command
from classeur.data.table_lines import has_column
from classeur.data.tables import TABLE_ENDINGS
from classeur.errors import UsageError

_FOLDER = re.compile(r"folder(?::([1-9][0-9]?))?")
_PLAIN = re.compile(r"[\w -]+")
_EXPECTED = r"expected folder, folder:2, a column of a CSV, or a regular expression on the path, such as '([^/_]+)_'"

# Names look like groups if there are several in a class, most of them of several images, and none has nearly all.
_FEWEST_GROUPS = 5
_FEWEST_PER_CLASS = 2
_LEAST_SHARE = 0.8  # of the images, in groups of two or more
_MOST_SHARE = 0.5  # of the images, in the largest group


def with_group_column(data: Path, columns: Mapping[str, str] | None, group_by: str | None) -> dict[str, str] | None:
    """Return the names of a CSV's columns, with that of the groups if `group_by` names a column.

    Raises:
        UsageError: if `group_by` is neither a column nor `folder` nor a regular expression.
        TableError: if the CSV cannot be read.
    """
    named = dict(columns) if columns else None
    if group_by is None or _FOLDER.fullmatch(group_by):
        return named
    is_table = data.suffix.lower() in TABLE_ENDINGS and data.is_file()
    if is_table and (has_column(data, group_by) or _PLAIN.fullmatch(group_by)):
        return {**(named or {}), "group": group_by}  # a column that is not there is refused where the CSV is read
    if _PLAIN.fullmatch(group_by):
        raise UsageError(f"'{group_by}' cannot group {data}; {_EXPECTED}")
    _compiled(group_by)
    return named


def grouped(folder: ImageFolder, group_by: str | None, columns: Mapping[str, str] | None = None) -> ImageFolder:
    """Return the folder with the groups that `group_by` names, in place of its own.

    Args:
        folder: scanned with the columns of `with_group_column`.
        group_by: as there; None leaves the folder as it is.
        columns: of `with_group_column`.

    Raises:
        UsageError: if no image has a group, or all are in one.
    """
    if group_by is None or (columns or {}).get("group") == group_by:
        return folder
    groups = group_names(folder, group_by)
    counts = Counter(name for name, reason in zip(groups, folder.reasons, strict=True) if name and not reason)
    usable = int(folder.usable.sum())
    example = next((path for path, reason in zip(folder.paths, folder.reasons, strict=True) if not reason), "")
    if not counts:
        raise UsageError(f"'{group_by}' finds no group in {folder.data}, not in {example} either; {_EXPECTED}")
    if len(counts) == 1 and counts.total() == usable:
        raise UsageError(f"'{group_by}' puts all {usable:,} images of {folder.data} into one group; {_EXPECTED}")
    return folder.model_copy(update={"groups": groups})


def group_names(folder: ImageFolder, group_by: str) -> tuple[str, ...]:
    """Return the group of each row, "" for none.

    Raises:
        UsageError: if `group_by` is not a regular expression.
    """
    if level := _FOLDER.fullmatch(group_by):
        number = int(level[1] or 1)
        return tuple(_folder_name(inner, number) for inner in _inner_folders(folder))
    expression = _compiled(group_by)
    return tuple(_text_of(expression.search(path)) for path in folder.paths)


def are_groups(folder: ImageFolder, names: Collection[str]) -> bool:
    """Return whether each folder of these names inside the classes is one group, the same in every class."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for inner, group in zip(_inner_folders(folder), folder.groups, strict=False):
        if inner:
            groups[inner[0]].add(group)
    its = [groups[composed(name)] for name in names]
    return all(len(each) == 1 and "" not in each for each in its) and len(set().union(*its)) == len(names)


def find_group_leaks(folder: ImageFolder) -> list[Finding]:
    """Return for validation and test how many of their images are of a group that is in training too, if any are."""
    sides: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for group, split, reason in zip(folder.groups, folder.splits, folder.reasons, strict=False):
        if group and not reason:
            sides[split][group] += 1
    findings = []
    for split in ("validation", "test"):
        shared = {group: count for group, count in sides[split].items() if group in sides["train"]}
        if shared:
            num_shared, num_images = sum(shared.values()), folder.splits.count(split)
            values = {
                "split": split,
                "groups": list(shared),
                "num_shared": num_shared,
                "num_images": num_images,
            }
            findings.append(
                Finding(
                    code="group-leak",
                    severity="error",
                    subject=folder.data,
                    values=values,
                    changes=(
                        *(DROPPING if split == "validation" else ()),
                        anew("keep-groups-whole", folder.data),
                    ),
                )
            )
    return findings


def find_groups(folder: ImageFolder) -> list[Finding]:
    """Return a finding if folders or names look like groups that a random split would separate."""
    if folder.groups or not len(folder.labels):
        return []
    for group_by in ("folder", *_expressions()):
        groups = group_names(folder, group_by)
        if not _look_like_groups(folder, groups):
            continue
        rows = [row for row, name in enumerate(groups) if name and not folder.reasons[row]]
        sides: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            sides[groups[row]].add(folder.splits[row])
        return [
            Finding(
                code="groups-in-names",
                severity="note",
                subject=folder.data,
                values={
                    "group_by": group_by,
                    "num_groups": len(sides),
                    "num_images": len(rows),
                    "num_across": sum(len(splits) > 1 for splits in sides.values()),
                    "groups": list(sides)[:3],
                },
                changes=(_change(folder, group_by),),
            )
        ]
    return []


def _change(folder: ImageFolder, group_by: str) -> Change:
    """Return what keeps the groups whole."""
    options = {"group_by": group_by}
    if any(folder.splits):
        return anew("keep-groups-whole", folder.data, **options)
    return Change(code="group", options=options, command=dividing_command(folder.data, **options))


def _look_like_groups(folder: ImageFolder, groups: Sequence[str]) -> bool:
    num_usable = int(folder.usable.sum())
    rows = [row for row, name in enumerate(groups) if name and not folder.reasons[row]]
    counts = Counter(groups[row] for row in rows)
    # In one class: `cats/001_a.jpg` and `dogs/001_a.jpg` are counted, not grouped.
    within = Counter((groups[row], int(folder.labels[row])) for row in rows)
    if len(counts) < max(_FEWEST_GROUPS, _FEWEST_PER_CLASS * len(folder.class_names)):
        return False
    in_groups = sum(count for count in within.values() if count > 1)
    return in_groups >= _LEAST_SHARE * num_usable and max(counts.values()) <= _MOST_SHARE * num_usable


def _expressions() -> Iterable[str]:
    """Return expressions for the first one, two and three words of the names of files that have more."""
    for num_words in (1, 2, 3):
        for sign in "_-":
            words = sign.join([f"[^/{sign}]+"] * num_words)
            yield f"({words}){sign}[^/]*$"
        yield rf"({'[.]'.join(['[^/.]+'] * num_words)})[.][^/]*[.][^/]*$"  # the last is before the file's ending


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"'{text}' is not a regular expression ({error}); {_EXPECTED}") from error


def _text_of(match: re.Match[str] | None) -> str:
    """Return what is in the parentheses of an expression, or all that it matches if it has none."""
    if match is None:
        return ""
    return "/".join(filter(None, match.groups())) or match[0]


def _inner_folders(folder: ImageFolder) -> Iterable[list[str]]:
    """Yield the folders around each image, the outermost first, from inside its class folder on."""
    for path, label in zip(folder.paths, folder.labels.tolist(), strict=True):
        folders = path.split("/")[:-1]
        name = folder.class_names[label] if label >= 0 else ""
        names = list(map(composed, folders))
        yield folders[names.index(name) + 1 :] if name in names else folders


def _folder_name(folders: Sequence[str], level: int) -> str:
    return folders[-level] if len(folders) >= level else ""
