"""Copies of files, each in a folder of its predicted class."""

import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from classeur.delivery.progress import Reporter
from classeur.errors import StorageError
from classeur.evaluation.prediction import STATUSES, Prediction
from classeur.storage import mark_as_output, writing_to

# A name takes 255 bytes on most systems.
_MOST_BYTES = 255

# What no folder's name has: separators, control characters, halves of characters that are no bytes of a file system.
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f/\\\\\ud800-\udc7f\udd00-\udfff]")


def sorted_into(
    folder: Path, predictions: Iterable[Prediction], reporter: Reporter, *, class_names: Sequence[str]
) -> Iterator[Prediction]:
    """Copy each file into a folder of its predicted class, or of why there is none, and yield its prediction.

    A file that cannot be copied is reported, and its prediction yielded too. At the end the copies in each class are
    counted.

    Args:
        folder: its present files stay.
        predictions: of files; one without a path is only yielded.
        reporter: where this is shown.
        class_names: of the model.

    Raises:
        StorageError: if the folder itself cannot be made, or the disk is full.
    """
    counts: Counter[str] = Counter()
    num_failed, is_marked, names = 0, False, folder_names(class_names)
    for prediction in predictions:
        source = Path(prediction.path)
        if prediction.path and os.path.isfile(source):  # noqa: PTH113 — `Path` fails at a path that no file can have
            if not is_marked:
                mark_as_output(folder)
                is_marked = True
            name = names[prediction.predicted] if prediction.status == "ok" else prediction.status
            place = folder / name
            with writing_to(place):
                place.mkdir(parents=True, exist_ok=True)
            try:
                with writing_to(place):
                    _copy_beside(source, place)
                counts[name] += 1
            except StorageError as error:
                if "disk is full" in str(error):
                    raise
                num_failed += 1
                reporter.warn(f"{source} could not be copied: {error}")
        yield prediction
    said = ", ".join(f"{count:,} in {name}" for name, count in sorted(counts.items()))
    failed = f"; {num_failed:,} could not be copied" if num_failed else ""
    others = [(each, name) for each, name in names.items() if name != each and counts[name]]
    renamed = "".join(f"; class {each} is in {name}" for each, name in others)
    reporter.say(f"sorted into {folder}: {said or 'nothing'}{failed}{renamed}")


def _copy_beside(source: Path, place: Path) -> None:
    """Copy a file into a folder, numbered if another file has its name; the same file is copied once."""
    number = 1
    target = place / source.name
    while os.path.lexists(target):
        if target.is_file() and _same(target, source):
            return
        number += 1
        ending = f"-{number}{source.suffix}"
        target = place / (_shortened(source.stem, _MOST_BYTES - len(os.fsencode(ending))) + ending)
    temporary = place / f".tmp-{secrets.token_hex(8)}"
    try:
        shutil.copy2(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def folder_names(class_names: Sequence[str]) -> dict[str, str]:
    """Return a folder's name for each class, each of its own: a class may be called what no folder can be.

    A class that can have its own name has it; another that would share it, or that of what has no class, is numbered.

    >>> folder_names(["a/b", "a_b", "unusable"])
    {'a/b': 'a_b-2', 'a_b': 'a_b', 'unusable': 'unusable-2'}
    """
    plain = {name: _plain(name, _MOST_BYTES) for name in class_names}
    names: dict[str, str] = {}
    taken: set[str] = set(STATUSES[1:])
    for name in sorted(plain, key=lambda name: plain[name] != name):
        number, candidate = 1, plain[name]
        while candidate.casefold() in taken:  # some file systems tell no capitals
            number += 1
            ending = f"-{number}"
            candidate = _plain(name, _MOST_BYTES - len(ending)) + ending
        taken.add(candidate.casefold())
        names[name] = candidate
    return {name: names[name] for name in class_names}


def _plain(name: str, most_bytes: int) -> str:
    """Return a name that a folder can have."""
    name = _NOT_IN_NAMES.sub("_", name).strip(". ")
    return _shortened(name, most_bytes).rstrip(". ") or "_"


def _shortened(name: str, most_bytes: int) -> str:
    """Return the beginning of a name of Unicode or bytes of a file system, whole letters of at most so many bytes."""
    name = name[:most_bytes]
    while len(name.encode("utf-8", "surrogateescape")) > most_bytes:
        name = name[:-1]
    return name
