"""Rules about class names."""

from collections.abc import Iterable

from classeur.migration.rules.flaw import Data, Flaw, is_of_folder
from classeur.migration.values import Naming, Opaque, Trace, Value, given, is_known

_MOST = 12  # a longer list hardly has folders' names


def other_order(trace: Trace) -> Iterable[Flaw]:
    """CLS017: hand-written class names, in another order than the folders."""
    from_folders: list[Data] = [each for each in (*trace.iterators, *trace.datasets) if is_of_folder(each)]
    chosen = [_chosen(each) for each in from_folders]
    if not from_folders or any(not is_known(each) or each != chosen[0] for each in chosen):
        return
    for naming in trace.namings:
        names = list(naming.names)
        if len(names) > _MOST or len(set(names)) < len(names):
            continue
        if chosen[0] is None:
            if names not in (sorted(names), sorted(names, key=str.lower)):
                yield _flaw(naming, "Keras numbers folders in alphabetical order")
        elif names != chosen[0] and sorted(names) == sorted(chosen[0]):
            order = ", ".join(map(repr, chosen[0]))
            yield _flaw(naming, f"the folders are numbered as they are given, {order}")


def _chosen(data: Data) -> Value:
    """Return the order of classes that data are given; None for the alphabetical order."""
    found = [given(data.arguments or {}, name, None) for name in ("classes", "class_names")]
    order = next((each for each in found if each is not None), None)
    if not isinstance(order, list | tuple):
        return order if order is None else Opaque()
    return list(order) if all(isinstance(each, str) for each in order) else Opaque()


def _flaw(naming: Naming, why: str) -> Flaw:
    written = ", ".join(map(repr, naming.names))
    return Flaw(
        naming.place,
        f"the hand-written class names are in the order {written}; {why}: take the names from class_indices",
    )
