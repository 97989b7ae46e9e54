"""Names in sentences of another direction: in Arabic or Hebrew, a number beside a name would change its place."""

import unicodedata
from typing import Any, TypeVar

from pydantic import BaseModel

AnyModel = TypeVar("AnyModel", bound=BaseModel)

# Unicode's bidirectional classes of what is read from the right.
_FROM_RIGHT = frozenset(("R", "AL", "AN"))
# Embeddings, overrides and isolates: what one of them begins would not end with the name.
_DIRECTING = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A)],
    "\N{REPLACEMENT CHARACTER}",
)
_FIRST_STRONG, _FROM_LEFT, _END = (
    "\N{FIRST STRONG ISOLATE}",
    "\N{LEFT-TO-RIGHT ISOLATE}",
    "\N{POP DIRECTIONAL ISOLATE}",
)


def isolated(name: str) -> str:
    r"""Return a name, or a path, that leaves the order of what is around it as it is.

    The parts of a path stay in their order. A character that would turn the text after it is shown as U+FFFD. Names
    that are read from the left are returned unchanged.

    Source: Unicode Standard Annex 9, Unicode Bidirectional Algorithm, 2.4 and 6.1.

    >>> isolated("cats"), isolated("\u202egnp.exe"), isolated("\u05d7") == "\u2068\u05d7\u2069"
    ('cats', '�gnp.exe', True)
    """
    if name.isascii():
        return name
    shown = visible(name)
    if not is_from_right(shown):
        return shown
    if "/" in shown:
        return f"{_FROM_LEFT}{'/'.join(map(isolated, shown.split('/')))}{_END}"
    return f"{_FIRST_STRONG}{shown}{_END}"


def visible(text: str) -> str:
    """Return text with U+FFFD for each character that would turn what comes after it."""
    return text.translate(_DIRECTING)


def is_from_right(text: str) -> bool:
    """Return whether some of a text is read from the right."""
    return not text.isascii() and any(unicodedata.bidirectional(each) in _FROM_RIGHT for each in text)


def isolated_in(model: AnyModel) -> AnyModel:
    """Return a finding or a comparison with its names isolated; not in commands, which are copied to be run."""
    values = model.model_dump()
    changed = _isolated(values)
    return model if changed == values else type(model).model_validate(changed)


def _isolated(values: Any) -> Any:
    if isinstance(values, str):
        return isolated(values)
    if isinstance(values, dict):
        return {
            isolated(name) if isinstance(name, str) else name: each if name == "command" else _isolated(each)
            for name, each in values.items()
        }
    return type(values)(map(_isolated, values)) if isinstance(values, list | tuple) else values
