"""Rules about the order of predictions."""

from collections.abc import Iterable
from typing import Any

from classeur.migration.rules.flaw import Flaw, is_shuffled, named
from classeur.migration.values import Drawn, Iterator, Meeting, Place, Trace


def shuffled_against_order(trace: Trace) -> Iterable[Flaw]:
    """CLS002: predictions in one order, labels or names in another."""
    for meeting in trace.meetings:
        predicted = _sources(meeting, "predicted") | {each.iterator for each in _sources(meeting, "batchwise")}
        for iterator in predicted & _sources(meeting, "order"):
            if is_shuffled(iterator):
                yield Flaw(
                    meeting.place,
                    f"{named(iterator)} shuffles (shuffle=True, also if left out), so its predictions are in another"
                    " order than its .classes and .filenames: give flow_from_directory shuffle=False",
                )


def shuffled_in_report(trace: Trace) -> Iterable[Flaw]:
    """CLS003: a score of predictions of data that shuffle."""
    for meeting in trace.meetings:
        if meeting.function:
            for data in _sources(meeting, "predicted") - _sources(meeting, "order"):
                if is_shuffled(data):
                    yield Flaw(
                        meeting.place,
                        f"{meeting.function} takes predictions of {named(data)}, which shuffles (shuffle=True,"
                        " also if left out): no list of labels is in that order; give it shuffle=False",
                    )


def used_without_reset(trace: Trace) -> Iterable[Flaw]:
    """CLS009: batches are drawn after others were, and their predictions are compared with the iterator's order.

    `fit`, `evaluate` and `predict`, and the `…_generator` methods since Keras 2.0.5, start at the first batch; `next`
    continues.
    """
    judged: set[Drawn] = set()
    for meeting in trace.meetings:
        ordered = _sources(meeting, "order")
        judged |= {each for each in _sources(meeting, "batchwise") if each.iterator in ordered}
    begun: dict[Iterator, Place] = {}
    for use in trace.uses:
        iterator = use.data
        if use.kind == "reset":
            begun.pop(iterator, None)
        elif use.kind == "next":
            first = begun.setdefault(iterator, use.place)
            if first != use.place and Drawn(iterator, use.place) in judged and not is_shuffled(iterator):
                name = iterator.names[0] if iterator.names else "iterator"
                yield Flaw(
                    use.place,
                    f"a batch of {named(iterator)} was already drawn in line {first.line}, and this continues from"
                    f" there, but .classes and .filenames start at the first image: call {name}.reset() before",
                )


def _sources(meeting: Meeting, kind: str) -> set[Any]:
    return {tag.source for tag in meeting.tags if tag.kind == kind}
