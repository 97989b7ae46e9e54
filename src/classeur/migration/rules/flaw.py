"""A flaw, and functions that several rules use."""

from collections.abc import Iterator as Iterable
from typing import Any, NamedTuple

from classeur.migration.api import AUGMENTING_ARGUMENTS
from classeur.migration.values import Dataset, Generator, Iterator, Opaque, Place, Trace, Use, Value, given

Data = Any  # an Iterator or a Dataset


class Flaw(NamedTuple):
    """The place of a mistake, and the reason in one sentence."""

    place: Place
    why: str
    around: Place | None = None  # the whole call, for a comment that ignores


def augmentations(generator: Generator) -> list[str]:
    """Return the arguments by which a generator is known to change images at random."""
    return [name for name in AUGMENTING_ARGUMENTS if _changes(generator.arguments.get(name))]


def _changes(value: Value) -> bool:
    if isinstance(value, list | tuple):
        return len(value) > 0 and not all(item in (0, 0.0, 1, 1.0) for item in value)
    return isinstance(value, bool | int | float) and bool(value)


def is_shuffled(data: Data) -> bool:
    """Return whether data are known to have another order in each pass: `shuffle` is True by default."""
    return data.reorders if isinstance(data, Dataset) else given(data.arguments, "shuffle", True) is True


def named(data: Data) -> str:
    """Return the name of data in a sentence."""
    if data.names:
        return f"'{data.names[-1 if isinstance(data, Dataset) else 0]}'"  # a dataset has also those that it is made of
    return "the iterator" if isinstance(data, Iterator) else "the dataset"


def is_of_folder(data: Value) -> bool:
    """Return whether data are read from one folder for each class."""
    of_iterator = isinstance(data, Iterator) and data.method == "flow_from_directory"
    return of_iterator or (isinstance(data, Dataset) and data.arguments is not None)


def folder_of(data: Data) -> str | None:
    """Return the folder that data are read from; a stand-in if it is not known, None if there is none."""
    value = (data.arguments or {}).get("directory")
    if isinstance(value, str):
        return value.rstrip("/") or "/"
    return f"⟨{id(value)}⟩" if isinstance(value, Opaque) else None


def subset_of(data: Data) -> Value:
    """Return which part of a `validation_split` data take; None for all of it."""
    return given(data.arguments or {}, "subset", None)


def split_of(data: Data) -> Value:
    """Return the `validation_split` of data."""
    of = data.generator.arguments if isinstance(data, Iterator) else data.arguments or {}
    return given(of, "validation_split", None) or 0.0


def fits_with_validation(trace: Trace) -> Iterable[tuple[Use, Use]]:
    """Yield each training on an iterator or a dataset with what validates it."""
    for fit, validation in zip(trace.uses, trace.uses[1:], strict=False):
        both = any(isinstance(fit.data, kind) and isinstance(validation.data, kind) for kind in (Iterator, Dataset))
        if fit.kind == "fit" and validation.kind == "validation" and fit.place == validation.place and both:
            yield fit, validation


def batch_size_of(iterator: Iterator) -> int | None:
    """Return an iterator's batch size if it is known."""
    value = given(iterator.arguments, "batch_size", 32)
    return None if isinstance(value, Opaque | bool) or not isinstance(value, int) else value
