"""Copies of files, each in a folder of its predicted class."""

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from classeur.delivery.progress import Reporter
from classeur.errors import StorageError
from classeur.evaluation.prediction import Prediction
from classeur.storage import mark_as_output, writing_to


def sorted_into(folder: Path, predictions: Iterable[Prediction], reporter: Reporter) -> Iterator[Prediction]:
    """Copy each file into a folder of its predicted class, or `unusable`, and yield its prediction.

    A file that cannot be copied is reported, and its prediction yielded too. At the end the copies in each class are
    counted.

    Args:
        folder: its present files stay.
        predictions: of files; one without a path is only yielded.
        reporter: where this is shown.

    Raises:
        StorageError: if the folder itself cannot be made, or the disk is full.
    """
    counts: Counter[str] = Counter()
    num_failed, is_marked = 0, False
    for prediction in predictions:
        source = Path(prediction.path)
        if prediction.path and os.path.isfile(source):  # noqa: PTH113 — `Path` fails at a path that no file can have
            if not is_marked:
                mark_as_output(folder)
                is_marked = True
            name = folder_name(prediction.predicted) if prediction.status == "ok" else "unusable"
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
    reporter.say(f"sorted into {folder}: {said or 'nothing'}{failed}")


def _copy_beside(source: Path, place: Path) -> None:
    """Copy a file into a folder, numbered if another file has its name; the same file is copied once."""
    number = 1
    target = place / source.name
    while os.path.lexists(target):
        if target.is_file() and _same(target, source):
            return
        number += 1
        ending = f"-{number}{source.suffix}"
        # A name takes 255 bytes on most systems.
        stem = source.stem.encode("utf-8", "surrogateescape")[: 255 - len(os.fsencode(ending))]
        target = place / (stem.decode("utf-8", "ignore") + ending)
    temporary = place / f".tmp-{secrets.token_hex(8)}"
    try:
        shutil.copy2(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def folder_name(class_name: str) -> str:
    """Return a class name as a folder's name: labels of a CSV may have characters that a path cannot have.

    >>> folder_name("a/b")
    'a_b'
    """
    name = class_name.replace("/", "_").replace("\\", "_").strip(". ")
    return name or "_"
