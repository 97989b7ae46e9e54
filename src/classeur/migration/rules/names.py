"""Rules about class names."""

from collections.abc import Iterable

from classeur.migration.rules.flaw import Flaw
from classeur.migration.values import Trace, given

_MOST = 12  # a longer list hardly has folders' names


def other_order(trace: Trace) -> Iterable[Flaw]:
    """CLS017: hand-written class names, in another order than the folders."""
    from_folders = [each for each in trace.iterators if each.method == "flow_from_directory"]
    if not from_folders or any(given(each.arguments, "classes", None) is not None for each in from_folders):
        return
    for naming in trace.namings:
        names = list(naming.names)
        if len(names) > _MOST or len(set(names)) < len(names) or names in (sorted(names), sorted(names, key=str.lower)):
            continue
        yield Flaw(
            naming.place,
            f"the hand-written class names are in the order {', '.join(map(repr, names))}; flow_from_directory numbers"
            " folders in alphabetical order: take the names from class_indices",
        )
