"""Rules about class names."""

from collections.abc import Iterable

from classeur.migration.rules.flaw import Data, Flaw, is_of_folder
from classeur.migration.values import Trace, given

_MOST = 12  # a longer list hardly has folders' names


def other_order(trace: Trace) -> Iterable[Flaw]:
    """CLS017: hand-written class names, in another order than the folders."""
    from_folders: list[Data] = [each for each in (*trace.iterators, *trace.datasets) if is_of_folder(each)]
    chosen = any(
        given(each.arguments or {}, name, None) is not None
        for each in from_folders
        for name in ("classes", "class_names")
    )
    if not from_folders or chosen:
        return
    for naming in trace.namings:
        names = list(naming.names)
        if len(names) > _MOST or len(set(names)) < len(names) or names in (sorted(names), sorted(names, key=str.lower)):
            continue
        yield Flaw(
            naming.place,
            f"the hand-written class names are in the order {', '.join(map(repr, names))}; Keras numbers"
            " folders in alphabetical order: take the names from class_indices",
        )
