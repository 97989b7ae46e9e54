"""Every error that a user of classeur can meet.

Each message is one line: what was received, what was expected, and what to do. The command line prints it and exits
with the error's `exit_status`: 1 could not, 2 wrong usage.

ClasseurError
├── UsageError                    wrong usage (exit status 2)
│   ├── ImageSizeError            an image size that no network can take
│   ├── UnknownNameError          a name that is not among those known; suggests the nearest
│   ├── RangeError                a number outside its range
│   ├── RecipeError               a recipe file that is none
│   └── PictureError              something that is no picture, in place of one
├── DataError                     the data cannot be used as they are
│   ├── DataNotFoundError         no such folder, zip or CSV
│   ├── NoPictureError            paths and patterns that name no picture
│   ├── ArchiveError              an archive that is unsafe, encrypted or broken
│   ├── TableError                a CSV that does not say which files are of which class
│   ├── LayoutError               no class, one class, an empty class, a class that is only in validation
│   └── NothingUsableError        every file is broken
├── DownloadError                 no network, no such data set, a transfer cut short
├── StorageError                  a full disk, a folder that cannot be written
├── RunError                      a run directory that cannot be used
│   ├── NotARunError              no run directory there
│   ├── RunExistsError            a run directory that would be overwritten
│   ├── UnfinishedRunError        its training has not ended
│   ├── BusyRunError              another process works on it
│   └── BrokenRunError            a file in it is cut short or missing
├── WeightsError                  a backbone's weights are missing, damaged or not the known ones
├── CodeError                     code to migrate that is not there
├── WorkError                     something unforeseen while working on one file, which it names
├── MissingExtraError             a feature whose extra is not installed
└── ImpossibleCountsError         counts that cannot have come from judging images
"""

import copyreg
import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# Names that an error lists beside the one that it suggests.
_MOST_LISTED = 15


class ClasseurError(Exception):
    """Anything that classeur says in one line instead of a traceback."""

    exit_status = 1

    def __reduce__(self) -> tuple[Any, ...]:
        # By its text, not by what it was made of: so each comes whole out of another process.
        return copyreg.__newobj__, (type(self), *self.args)  # type: ignore[attr-defined]


class UsageError(ClasseurError):
    """The command or call was given something that it cannot take."""

    exit_status = 2


class ImageSizeError(UsageError):
    """An image size outside what can be trained on."""


class RangeError(UsageError):
    """A number outside its range."""


class RecipeError(UsageError):
    """A recipe file that cannot be read, or is no recipe."""


class UnknownNameError(UsageError):
    """A name that is not among those known.

    >>> print(UnknownNameError("model", "tutorail", ["tutorial"]))
    no model is called 'tutorail'; did you mean 'tutorial'? Known: tutorial
    """

    def __init__(
        self, what: str, received: str, known: Iterable[str], *, aliases: Mapping[str, str] | None = None
    ) -> None:
        """Name the nearest of `known`, or what `aliases` says that others call so; list them all where they are few."""
        names = sorted(set(known))
        nearest = _nearest(received, names, aliases)
        listed = f"{', '.join(names)}" if len(names) <= _MOST_LISTED or not nearest else ""
        hint = f"did you mean '{nearest[0]}'?{' Known: ' if listed else ''}" if nearest else "known: "
        super().__init__(f"no {what} is called '{received}'; {hint}{listed}")

    @classmethod
    def of_option(
        cls, verb: str, received: str, known: Iterable[str], *, aliases: Mapping[str, str] | None = None
    ) -> "UnknownNameError":
        """Return the error of a call with a name that the verb does not take."""
        names = sorted(known)
        nearest = _nearest(received, names, aliases)
        error = cls("option", received, names, aliases=aliases)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"it takes {', '.join(names)}"
        error.args = (f"{verb} has no option '{received}'; {hint}",)
        return error


def _nearest(received: str, names: list[str], aliases: Mapping[str, str] | None) -> list[str]:
    alias = (aliases or {}).get(received.lower())
    return [alias] if alias in names else difflib.get_close_matches(received.lower(), names, n=1, cutoff=0.5)


class PictureError(UsageError):
    """Something that is no picture, where one was expected."""

    def __init__(self, received: object) -> None:
        kind = type(received).__name__
        dtype, shape = getattr(received, "dtype", None), getattr(received, "shape", None)
        if dtype is not None and shape is not None:
            kind = f"an array of {dtype} {shape}"
        super().__init__(
            f"{kind} is no picture; expected a path, a file's bytes, a PIL image, or an array of uint8 (height, width,"
            " 3) in RGB, 0 … 255"
        )


class DataError(ClasseurError):
    """The data cannot be used as they are."""


class DataNotFoundError(DataError):
    """No folder, zip or CSV at that place."""

    def __init__(self, path: Path) -> None:
        if address := address_in(str(path)):
            what = f"{address} is an address, not a folder, zip or CSV; download it first and give what you have then"
        else:
            what = (
                f"no such folder, zip or CSV: {path}; give a folder of class folders, or run: classeur fetch"
                " cats-and-dogs"
            )
        super().__init__(what)


def address_in(path: str) -> str:
    """Return the address that a path is, such as `s3://bucket/pets`, as it was before `Path` took a slash; else "".

    >>> address_in("https:/example.com/pets.zip"), address_in("C:/pets"), address_in("pets/cats")
    ('https://example.com/pets.zip', '', '')
    """
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):[\\/]+", path)
    return f"{found[1]}://{path[found.end() :]}" if found else ""


class NoPictureError(DataError):
    """Paths and patterns that name no picture."""


class ArchiveError(DataError):
    """An archive that is unsafe, encrypted or broken; nothing of it was written."""


class TableError(DataError):
    """A CSV that does not say which files are of which class."""


class LayoutError(DataError):
    """The folders do not describe a classification: no class, one class, an empty class, a class without training."""


class NothingUsableError(DataError):
    """Not one file could be used."""


class DownloadError(ClasseurError):
    """A download that could not be made or finished."""


class StorageError(ClasseurError):
    """A place that cannot be written: full, read-only, or in the way."""


class RunError(ClasseurError):
    """A run directory that cannot be used."""


class NotARunError(RunError):
    """No run directory there."""

    def __init__(self, path: Path) -> None:
        what = "is not a run directory (it has no run.json)" if path.exists() else "does not exist"
        super().__init__(f"{path} {what}; make one with: classeur train DATA --out {path}")


class RunExistsError(RunError):
    """A run directory that would be overwritten."""

    def __init__(self, path: Path, *, is_run: bool) -> None:
        if is_run:
            what = "already holds a run; choose another --out, go on with --resume, or replace it with --overwrite"
        else:
            what = "exists and is no run of classeur's; choose another --out"
        super().__init__(f"{path} {what}")


class UnfinishedRunError(RunError):
    """A run whose training has not ended."""


class BusyRunError(RunError):
    """Another process works on the run."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use: another process trains it; wait for its end, or choose another --out")


class BrokenRunError(RunError):
    """A file of the run is cut short, missing or not what it should be."""


class WeightsError(ClasseurError):
    """The weights of a pretrained network are missing, damaged or not those that are known."""


class CodeError(ClasseurError):
    """No code where code to migrate was expected."""


class WorkError(ClasseurError):
    """Something unforeseen, in a thread, while working on one file."""

    def __init__(self, name: str, error: Exception) -> None:
        what = " ".join(str(error).split()) or type(error).__name__
        super().__init__(f"{name}: {what} ({type(error).__name__}); set the file aside, or report this with --debug")


class MissingExtraError(ClasseurError):
    """A feature whose extra is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra; install it with: pip install 'classeur[{extra}]'")


class ImpossibleCountsError(ClasseurError):
    """Counts that cannot have come from judging images."""

    def __init__(self, num_correct: int, num_images: int) -> None:
        super().__init__(f"{num_correct} correct of {num_images} images is impossible; expected 0 … n of n ≥ 1")
