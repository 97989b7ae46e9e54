"""A flaw, and functions that several rules use."""

from collections.abc import Iterator as Iterable
from typing import NamedTuple

from classeur.migration.api import AUGMENTING_ARGUMENTS
from classeur.migration.values import Generator, Iterator, Opaque, Place, Trace, Use, Value, given


class Flaw(NamedTuple):
    """The place of a mistake, and the reason in one sentence."""

    place: Place
    why: str


def augmentations(generator: Generator) -> list[str]:
    """Return the arguments by which a generator is known to change images at random."""
    return [name for name in AUGMENTING_ARGUMENTS if _changes(generator.arguments.get(name))]


def _changes(value: Value) -> bool:
    if isinstance(value, list | tuple):
        return len(value) > 0 and not all(item in (0, 0.0, 1, 1.0) for item in value)
    return isinstance(value, bool | int | float) and bool(value)


def is_shuffled(iterator: Iterator) -> bool:
    """Return whether an iterator is known to shuffle: `shuffle` is True by default."""
    return given(iterator.arguments, "shuffle", True) is True


def named(iterator: Iterator) -> str:
    """Return the name of an iterator in a sentence."""
    return f"'{iterator.names[0]}'" if iterator.names else "the iterator"


def subset_of(iterator: Iterator) -> Value:
    """Return which part of a `validation_split` an iterator takes; None for all of it."""
    return given(iterator.arguments, "subset", None)


def fits_with_validation(trace: Trace) -> Iterable[tuple[Use, Use]]:
    """Yield each training on an iterator with the iterator that validates it."""
    for fit, validation in zip(trace.uses, trace.uses[1:], strict=False):
        both = isinstance(fit.data, Iterator) and isinstance(validation.data, Iterator)
        if fit.kind == "fit" and validation.kind == "validation" and fit.place == validation.place and both:
            yield fit, validation


def batch_size_of(iterator: Iterator) -> int | None:
    """Return an iterator's batch size if it is known."""
    value = given(iterator.arguments, "batch_size", 32)
    return None if isinstance(value, Opaque | bool) or not isinstance(value, int) else value
