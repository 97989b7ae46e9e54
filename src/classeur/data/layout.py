"""The meaning of a data set's folders: classes, splits, or left out."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from classeur.data.split_names import SplitName, is_plain, split_names
from classeur.data.tree import Folder, Tree
from classeur.errors import LayoutError

OUTSIDE = "outside the class folders"
UNLABELLED = "a {split} folder without class folders"

# Flat folders of these names beside classes are hardly ever classes themselves; `valid` and `dev` may be.
_NEVER_CLASSES = frozenset((
    "val", "validation", "test", "testing", "eval", "evaluation", "holdout", "heldout",
))  # fmt: skip
# Numbered folders of these names are classes.
_CLASS_WORDS = re.compile("class|label|categor|kind|type", re.IGNORECASE)


class Note(NamedTuple):
    """A note on the names in a data set; `inspection` makes findings of them.

    - `split-like-classes`: `classes` that look like splits; `shared`, the folders that all of them have, if these are
      not numbered.
    - `splits-inside-classes`: class folders (`classes`) that contain splits (`splits`).
    - `unlabelled-test`: the folder of a `split` that is left out as it has no class folders; `num_images`.
    - `folder-left-out`: a folder of images beside class or split folders; `num_images`.
    - `folder-closed`: a folder that cannot be opened; the `class_name` and `split` that it stands for, or "".
    - `link-not-followed`: a link to a folder that is missing, around it, or already listed; `reason`.
    - `own-output`: a folder that classeur made, left out.
    - `no-images`: nothing to train on; `archives`, the zips that are there.

    The subject is a path relative to the listing's root, or the path of the data set as the user gave it.
    """

    code: str
    subject: str
    values: dict[str, Any]


class Layout(NamedTuple):
    """The meaning of the folders below a top folder."""

    kind: Literal["classes", "splits", "flat"]
    root: Folder
    classes: list[tuple[str, Folder]]  # (split or "", a class folder)
    unlabelled: list[tuple[str, Folder]]  # (split, its folder without class folders)
    notes: list[Note]


def read_layout(tree: Tree, data: Path) -> Layout:
    """Return the meaning of the folders.

    Args:
        tree: the folders.
        data: their path as the user gave it.

    Raises:
        LayoutError: if two folders stand for the same split or class, or a class has a line break or control character
            in its name.
    """
    root = _descend(tree.top)
    named = split_names(folder.name for folder in root.folders)
    holding = {folder.name: _holder(folder) for folder in root.folders}
    chosen, implicit = _chosen(root, named, holding)
    _check_rivals(data, chosen)
    notes = [Note("own-output", relative_to(root, path), {}) for path in sorted(tree.outputs)]
    notes += [
        Note("link-not-followed", relative_to(root, path), {"reason": reason})
        for path, reason in sorted(tree.lost_links)
    ]
    unlabelled: list[tuple[str, Folder]] = []
    if chosen:
        kind: Literal["classes", "splits", "flat"] = "splits"
        classes = [(said.split, folder) for name, said in chosen.items() for folder in holding[name].folders]
        classes += [("train", folder) for folder in implicit]
        rests = {said.rest for said in chosen.values()}
        unlabelled = [
            (said.split, folder)
            for folder in root.folders
            if (said := named.get(folder.name)) and not holding[folder.name].folders and said.split != "train"
            if not said.rest or said.rest in rests
        ]
    elif _are_unlabelled_splits(root, named, holding):
        kind, classes = "flat", []
        notes.append(_split_like(data, root.folders, ()))
    else:
        kind = "classes"
        unlabelled = _flat_tests(root, named)
        left = {folder.path for _, folder in unlabelled}
        classes = [("", folder) for folder in root.folders if folder.path not in left]
        notes += _suspicions(data, [folder for _, folder in classes], named, holding)
        if not classes:
            kind = "flat"
    _check_names(data, classes)
    notes += [
        Note("unlabelled-test", relative_to(root, folder.path), {"split": split, "num_images": len(folder.below())})
        for split, folder in unlabelled
        if folder.below()
    ]
    return Layout(kind, root, classes, unlabelled, notes)


def composed(name: str) -> str:
    """Return a class name in Unicode's composed form: macOS and Linux spell é differently."""
    return unicodedata.normalize("NFC", name)


def control_character(name: str) -> str:
    """Return the character in a class name that would break a list with one name per line, in words, or ""."""
    for character in name:
        if character in "\n\r\v\f\x85\u2028\u2029":
            return "a line break"
        if unicodedata.category(character) == "Cc":
            return "a control character"
    return ""


def _descend(top: Folder) -> Folder:
    """Return the folder that contains the classes or splits: folders with only one folder of folders are skipped."""
    folder = top
    while len(folder.folders) == 1 and not folder.images:
        (inner,) = folder.folders
        said = split_names([inner.name]).get(inner.name)
        if (said and not said.rest) or not inner.folders or inner.images:
            break
        folder = inner
    return folder


def _holder(folder: Folder) -> Folder:
    """Return the folder that contains a split's classes: itself, or `train/train`, or `train/images`."""
    while len(folder.folders) == 1 and not folder.images:
        (inner,) = folder.folders
        outer_said, inner_said = (next(iter(split_names([name]).values()), None) for name in (folder.name, inner.name))
        same = inner.name == folder.name or (outer_said and inner_said and outer_said.split == inner_said.split)
        if not same and not (is_plain(inner.name) and inner.folders and not inner.images):
            break
        folder = inner
    return folder


def _chosen(
    root: Folder, named: dict[str, SplitName], holding: dict[str, Folder]
) -> tuple[dict[str, SplitName], list[Folder]]:
    """Return {folder name: split} of the folders that are splits with class folders."""
    classes = {name: {composed(folder.name) for folder in holding[name].folders} for name in named}
    labelled = {name: said for name, said in named.items() if classes[name]}
    exact = {name: said for name, said in labelled.items() if not said.rest}
    if len(named) == len(root.folders) and not any(said.rest for said in named.values()):
        return exact, []
    trains = [name for name, said in labelled.items() if said.split == "train"]
    for train in sorted(trains, key=lambda name: (labelled[name].rest, name)):
        partners = {
            name
            for name, said in named.items()
            if said.split != "train" and (said.rest == named[train].rest or classes[name] & classes[train])
        }
        if train in exact or partners:  # `train station` alone is not a split
            chosen = {**exact, train: labelled[train]}
            claimed = {said.split for said in chosen.values()}
            more = {name: said for name, said in labelled.items() if name in partners and said.split not in claimed}
            return {**chosen, **more}, []
    others = [folder for folder in root.folders if folder.name not in named]
    names = {composed(folder.name) for folder in others}
    beside = {name: said for name, said in labelled.items() if classes[name] & names and said.split != "train"}
    return (beside, others) if beside else ({}, [])


def _check_rivals(data: Path, chosen: dict[str, SplitName]) -> None:
    for split, count in Counter(said.split for said in chosen.values()).items():
        if count > 1:
            rivals = " and ".join(sorted(name for name, said in chosen.items() if said.split == split))
            raise LayoutError(f"{data} has two folders for one split, {rivals}; remove one, or list the files in a CSV")


def _check_names(data: Path, classes: Iterable[tuple[str, Folder]]) -> None:
    """Check that every class name fits on a line of a list, and no two folders of a split have the same name."""
    spelt: dict[tuple[str, str], Folder] = {}
    for split, folder in classes:
        fault = control_character(folder.name)
        if fault:
            raise LayoutError(f"{data} has a class folder with {fault} in its name, {folder.path!r}; rename the folder")
        rival = spelt.setdefault((split, composed(folder.name)), folder)
        if rival is not folder:
            raise LayoutError(
                f"{data} has two class folders that are spelt alike, {rival.path!a} and {folder.path!a}"
                f" (both {composed(folder.name)}); put their images into one"
            )


def _are_unlabelled_splits(root: Folder, named: dict[str, SplitName], holding: dict[str, Folder]) -> bool:
    """Return whether all folders are splits with images directly in them."""
    if not root.folders or len(named) < len(root.folders) or any(holding[name].folders for name in named):
        return False
    return len({said.rest for said in named.values()}) == 1 and (
        len({said.split for said in named.values()}) > 1 or not any(said.rest for said in named.values())
    )


def _flat_tests(root: Folder, named: dict[str, SplitName]) -> list[tuple[str, Folder]]:
    """Return folders such as `test` without class folders, beside two classes or more."""
    flat = [
        (said.split, folder)
        for folder in root.folders
        if (said := named.get(folder.name)) and not said.rest and said.word in _NEVER_CLASSES and not folder.folders
    ]
    return flat if len(root.folders) - len(flat) >= 2 else []


def _suspicions(
    data: Path, classes: list[Folder], named: dict[str, SplitName], holding: dict[str, Folder]
) -> list[Note]:
    """Return notes on classes that may be splits, and on splits within classes."""
    notes = []
    like_splits = [
        folder
        for folder in classes
        if (said := named.get(folder.name)) and not said.rest and (said.split != "train" or folder.folders)
    ]
    inner = [[folder.name for folder in holding[folder.name].folders] for folder in classes]
    shared = set(inner[0]).intersection(*inner[1:]) if len(classes) > 1 else set()
    flat = any(holding[folder.name].images for folder in classes)
    splits = {name for name, said in split_names(shared).items() if not said.rest}
    if "train" in {said.split for said in split_names(splits).values()}:
        values = {"classes": [folder.name for folder in classes], "splits": sorted(splits)}
        notes.append(Note("splits-inside-classes", str(data), values))
    elif len(shared) > 1 and not flat and not _are_numbered(shared):
        like_splits = classes
    if like_splits:
        notes.append(_split_like(data, like_splits, shared if like_splits is classes else ()))
    return notes


def _are_numbered(names: Collection[str]) -> bool:
    """Return whether names differ in their numbers alone, as those of patients and days do, and of classes hardly."""
    words = {re.sub(r"\d+", "0", name) for name in names}
    return len(words) == 1 and "0" in (word := words.pop()) and not _CLASS_WORDS.search(word)


def _split_like(data: Path, folders: Iterable[Folder], shared: Collection[str]) -> Note:
    values = {"classes": [folder.name for folder in folders], "shared": sorted(shared)}
    return Note("split-like-classes", str(data), values)


def relative_to(root: Folder, path: str) -> str:
    """Return a path below the top as a path relative to the root, which may be deeper.

    >>> relative_to(Folder("pets"), "pets/cats/1.jpg"), relative_to(Folder("pets"), "readme.txt")
    ('cats/1.jpg', '../readme.txt')
    """
    if not root.path:
        return path
    if path.startswith(f"{root.path}/"):
        return path[len(root.path) + 1 :]
    return os.path.relpath(path, root.path).replace(os.sep, "/")
