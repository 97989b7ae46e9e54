"""Every error that a user of classeur can meet.

Each message is one line: what was received, what was expected, and what to do. The command line prints it and exits
with the error's `exit_status`: 1 could not, 2 wrong usage.

ClasseurError
├── UsageError                    wrong usage (exit status 2)
│   ├── ImageSizeError            an image size that is too small, too large or not a size
│   ├── UnknownNameError          a name that is not among those known; suggests the nearest
│   ├── RangeError                a number outside its range
│   ├── RecipeError               a file that is not a recipe
│   └── PictureError              something that is not an image, where one was expected
├── DataError                     the data cannot be used as they are
│   ├── DataNotFoundError         no such folder, zip or CSV
│   ├── NoPictureError            paths and patterns that name no image file
│   ├── ArchiveError              an archive that is unsafe, encrypted or broken
│   ├── TableError                a CSV that does not say which files are of which class
│   ├── LayoutError               no class, one class, an empty class, a class that is only in validation
│   └── NothingUsableError        every file is unusable
├── DownloadError                 no network, no such data set, a transfer cut short
├── StorageError                  a full disk, a folder that cannot be written
├── RunError                      a run directory that cannot be used
│   ├── NotARunError              no run directory there
│   ├── FoldsError                the runs of a cross-validation, where one run was expected
│   ├── RunExistsError            a run directory that would be overwritten
│   ├── UnfinishedRunError        its training is not finished
│   ├── BusyRunError              another process works on it
│   ├── BrokenRunError            a file in it is damaged or missing
│   ├── DifferentImagesError      runs to compare that were evaluated on different images
│   └── UnsafeModelError          its model could run code or exhaust the machine
├── WeightsError                  a backbone's weights are missing, damaged or not the known ones
├── CodeError                     no code to migrate
├── WorkError                     an unexpected error while working on one file, which it names
├── MissingExtraError             a feature whose packages are not installed
├── MissingBackendError           no Keras backend is installed, or not the one that is asked for
└── ImpossibleCountsError         counts that no evaluation can give
"""

import copyreg
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

# Names that an error lists beside the one that it suggests.
_MOST_LISTED = 15


class ClasseurError(Exception):
    """Base class: an error that is printed as one line, without a traceback."""

    exit_status = 1

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled by its text, not by its constructor's arguments: every error can come from another process.
        return copyreg.__newobj__, (type(self), *self.args)  # type: ignore[attr-defined]


class UsageError(ClasseurError):
    """The command or call was given a wrong argument."""

    exit_status = 2


class ImageSizeError(UsageError):
    """An image size outside what can be trained on."""


class RangeError(UsageError):
    """A number outside its range."""


class RecipeError(UsageError):
    """A recipe file that cannot be read, or is not a recipe."""


class UnknownNameError(UsageError):
    """A name that is not among those known.

    >>> print(UnknownNameError("model", "tutorail", ["tutorial"]))
    no model is called 'tutorail'; did you mean 'tutorial'? Known: tutorial
    """

    def __init__(
        self, what: str, received: str, known: Iterable[str], *, aliases: Mapping[str, str] | None = None
    ) -> None:
        """Suggest the nearest of `known`, or its alias in other tools; list all of them if they are few."""
        names = sorted(set(known))
        nearest = _nearest(received, names, aliases)
        listed = f"{', '.join(names)}" if len(names) <= _MOST_LISTED or not nearest else ""
        hint = f"did you mean '{nearest[0]}'?{' Known: ' if listed else ''}" if nearest else "known: "
        super().__init__(f"no {what} is called '{received}'; {hint}{listed}")

    @classmethod
    def of_option(
        cls, verb: str, received: str, known: Iterable[str], *, aliases: Mapping[str, str] | None = None
    ) -> "UnknownNameError":
        """Return the error of a call with an option that the function does not have."""
        names = sorted(known)
        nearest = _nearest(received, names, aliases)
        error = cls("option", received, names, aliases=aliases)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"it takes {', '.join(names)}"
        error.args = (f"{verb} has no option '{received}'; {hint}",)
        return error


def _nearest(received: str, names: list[str], aliases: Mapping[str, str] | None) -> list[str]:
    alias = (aliases or {}).get(received.lower())
    if alias in names:
        return [alias]
    # Of names equally near the first: difflib gives the last.
    matches = difflib.get_close_matches(received.lower(), names, n=max(len(names), 1), cutoff=0.5)
    ratios = [difflib.SequenceMatcher(None, name, received.lower()).ratio() for name in matches]
    return [min(name for name, ratio in zip(matches, ratios, strict=True) if ratio == max(ratios))] if matches else []


class PictureError(UsageError):
    """Something that is not an image, where one was expected."""

    def __init__(self, received: object) -> None:
        kind = type(received).__name__
        dtype, shape = getattr(received, "dtype", None), getattr(received, "shape", None)
        if dtype is not None and shape is not None:
            kind = f"an array of {dtype} {shape}"
        super().__init__(
            f"{kind} is not an image; expected a path, a file's bytes, a PIL image, or an array of uint8 (height,"
            " width, 3) in RGB, 0 … 255"
        )


class DataError(ClasseurError):
    """The data cannot be used as they are."""


class DataNotFoundError(DataError):
    """No folder, zip or CSV at that place."""

    def __init__(self, path: Path) -> None:
        if address := address_in(str(path)):
            what = f"{address} is an address, not a folder, zip or CSV; download it, then give the downloaded file"
        else:
            what = (
                f"no such folder, zip or CSV: {path}; give a folder of class folders, or run: classeur fetch"
                " cats-and-dogs"
            )
        super().__init__(what)


def address_in(path: str) -> str:
    """Return the address in a path, such as `s3://bucket/pets`, with the slash that `Path` removes; "" if it is none.

    >>> address_in("https:/example.com/pets.zip"), address_in("C:/pets"), address_in("pets/cats")
    ('https://example.com/pets.zip', '', '')
    """
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):[\\/]+", path)
    return f"{found[1]}://{path[found.end() :]}" if found else ""


class NoPictureError(DataError):
    """Paths and patterns that name no image file."""


class ArchiveError(DataError):
    """An archive that is unsafe, encrypted or broken; nothing of it was written."""


class TableError(DataError):
    """A CSV that does not say which files are of which class."""


class LayoutError(DataError):
    """The folders do not describe a classification: no class, one class, an empty class, a class to train on."""


class NothingUsableError(DataError):
    """No file can be used."""


class DownloadError(ClasseurError):
    """A download that could not be made or finished."""


class StorageError(ClasseurError):
    """A place that cannot be written: full, read-only, or occupied by something else."""


class RunError(ClasseurError):
    """A run directory that cannot be used."""


class NotARunError(RunError):
    """No run directory there."""

    def __init__(self, path: Path) -> None:
        what = "is not a run directory (it has no run.json)" if path.exists() else "does not exist"
        super().__init__(f"{path} {what}; make one with: classeur train DATA --out {path}")


class FoldsError(RunError):
    """The runs of a cross-validation, where one run was expected."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} holds the runs of a cross-validation, each trained on a part of the data; give one of them, such"
            f" as {path / 'fold1'}, or train one on all of the data, without --folds"
        )


class RunExistsError(RunError):
    """A run directory that would be overwritten."""

    def __init__(self, path: Path, *, is_run: bool) -> None:
        if is_run:
            what = (
                "already contains a run; resume it with --resume, replace it with --overwrite, or choose another --out"
            )
        else:
            what = "exists and is not a classeur run; choose another --out"
        super().__init__(f"{path} {what}")


class UnfinishedRunError(RunError):
    """A run whose training is not finished."""


class BusyRunError(RunError):
    """Another process works on the run."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use: another process trains it; wait until it ends, or choose another --out")


class BrokenRunError(RunError):
    """A file of the run is damaged or missing."""


class DifferentImagesError(RunError):
    """Runs to compare were evaluated on different images, or under other labels."""


class UnsafeModelError(RunError):
    """A model with something in it that no model needs: it might run code, read other files or exhaust the machine."""


class WeightsError(ClasseurError):
    """The weights of a pretrained network are missing, damaged or not those that are known."""


class CodeError(ClasseurError):
    """No code where code to migrate was expected."""


class WorkError(ClasseurError):
    """An unexpected error in a thread, while working on one file."""

    def __init__(self, name: str, error: Exception) -> None:
        what = " ".join(str(error).split()) or type(error).__name__
        super().__init__(f"{name}: {what} ({type(error).__name__}); remove the file, or run with --debug and report it")


class MissingExtraError(ClasseurError):
    """A feature whose packages are not installed.

    >>> print(MissingExtraError("migrate", "migrate", ["LibCST", "nbformat"]))
    migrate needs LibCST and nbformat; install them with: pip install 'classeur-core[migrate]'
    """

    def __init__(self, what: str, extra: str, packages: Sequence[str] = ()) -> None:
        """Name the extra of classeur-core that brings the packages, which are called as people call them."""
        listed = " and ".join(filter(None, [", ".join(packages[:-1]), *packages[-1:]])) or "an optional package"
        several = "them" if len(packages) > 1 else "it"
        whole = ", or everything with: pip install classeur" if extra == "train" else ""
        super().__init__(f"{what} needs {listed}; install {several} with: pip install 'classeur-core[{extra}]'{whole}")


class MissingBackendError(ClasseurError):
    """No backend for Keras, or not the one that `KERAS_BACKEND` names.

    >>> print(MissingBackendError("jax"))
    the Keras backend jax is not installed; install it with: pip install 'classeur-core[jax]'
    """

    def __init__(self, backend: str | None) -> None:
        """Take the backend that was asked for, None if any would do."""
        if backend is None:
            what = (
                "Keras needs a backend; install TensorFlow for the CPU with: pip install classeur, or JAX or PyTorch"
                " with: pip install 'classeur-core[cuda]', [jax] or [torch]"
            )
        else:
            name = "classeur" if backend == "tensorflow" else f"'classeur-core[{backend}]'"
            what = f"the Keras backend {backend} is not installed; install it with: pip install {name}"
        super().__init__(what)


class ImpossibleCountsError(ClasseurError):
    """Counts that no evaluation can give."""

    def __init__(self, num_correct: int, num_images: int) -> None:
        super().__init__(
            f"{num_correct} correct of {num_images} images is not possible; expected at least 1 image, and 0 … all of"
            " them correct"
        )
