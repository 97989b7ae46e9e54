"""Rules about the order of predictions."""

from collections.abc import Iterable

from classeur.migration.rules.flaw import Flaw, is_shuffled, named
from classeur.migration.values import Iterator, Meeting, Steps, Trace, Use, given


def shuffled_against_order(trace: Trace) -> Iterable[Flaw]:
    """CLS002: predictions in one order, labels or names in another."""
    for meeting in trace.meetings:
        for iterator in _predicted(meeting) & _ordered(meeting):
            if is_shuffled(iterator):
                yield Flaw(
                    meeting.place,
                    f"{named(iterator)} shuffles (shuffle=True, also if left out), so its predictions are in another"
                    " order than its .classes and .filenames: give flow_from_directory shuffle=False",
                )


def shuffled_in_report(trace: Trace) -> Iterable[Flaw]:
    """CLS003: a score of predictions of an iterator that shuffles."""
    for meeting in trace.meetings:
        if meeting.function:
            for iterator in _predicted(meeting) - _ordered(meeting):
                if is_shuffled(iterator):
                    yield Flaw(
                        meeting.place,
                        f"{meeting.function} takes predictions of {named(iterator)}, which shuffles (shuffle=True,"
                        " also if left out): no list of labels is in that order; give it shuffle=False",
                    )


def used_without_reset(trace: Trace) -> Iterable[Flaw]:
    """CLS009: an iterator is used again without `reset`.

    Keras 3's and classeur's methods start at the first batch; `next` and the old `…_generator` methods continue.
    """
    ordered = set().union(*(_ordered(meeting) for meeting in trace.meetings)) if trace.meetings else set()
    begun: dict[Iterator, Use] = {}
    for use in trace.uses:
        iterator = use.data
        if not isinstance(iterator, Iterator):
            continue
        if use.kind == "reset":
            begun.pop(iterator, None)
        elif _goes_on(use):
            if iterator not in begun:
                if not _is_whole(use):
                    begun[iterator] = use
                continue
            earlier = begun[iterator]
            another = (earlier.kind, earlier.method) != (use.kind, use.method)
            judged = use.kind == "predict" or (use.kind == "next" and iterator in ordered)
            if judged and another:
                yield Flaw(
                    use.place,
                    f"{named(iterator)} was already used by {earlier.method} (line {earlier.place.line}) and continues"
                    f" from there: call {iterator.names[0] if iterator.names else 'iterator'}.reset() before"
                    f" {use.method}",
                )


def _is_whole(use: Use) -> bool:
    """Return whether a use ends at the end of the iterator's pass."""
    steps = given(use.arguments, "steps", None)
    return use.kind != "next" and (steps is None or (isinstance(steps, Steps) and steps.kind == "ceil"))


def _goes_on(use: Use) -> bool:
    if use.kind == "next":
        return True
    plain = use.model is None or not use.model.is_classeur
    return plain and use.method.endswith("_generator") and use.kind in ("evaluate", "predict")


def _predicted(meeting: Meeting) -> set[Iterator]:
    return {tag.source for tag in meeting.tags if tag.kind == "predicted"}


def _ordered(meeting: Meeting) -> set[Iterator]:
    return {tag.source for tag in meeting.tags if tag.kind == "order"}
