"""Fields of sentences: numbers, shares, estimates and lists in a sentence of any language."""

import string
from math import isinf
from typing import Any

from classeur.delivery.wording import counted, limit, listed, percent
from classeur.estimate import Estimate

_MOST_LISTED = 6


def fill(sentence: str, **values: Any) -> str:
    """Return a sentence with its fields, as `str.format` does; six formats are its own.

    `{n:image|images}` counts; `{x:share}` is a measured percentage, `{x:limit}` a promised one; `{x:points}` percentage
    points with a sign; `{e:range}` the interval of an estimate, `{e:interval}` an estimate with it; `{names:list}` the
    first names of a list.

    >>> fill("{right:share} of {images:image|images}", right=0.5, images=2000)
    '50.0% of 2,000 images'
    """
    return _FORMATTER.vformat(sentence, (), values)


class FieldFormatter(string.Formatter):
    """Formats fields as `fill` does."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Return a value in one of the formats."""
        if format_spec == "share":
            return percent(value.value if isinstance(value, Estimate) else value)
        if format_spec == "limit":
            return limit(value)
        if format_spec == "points":
            return f"{100 * value:+.1f}"
        if format_spec == "range":
            return f"{percent(value.low)} … {percent(value.high)}"
        if format_spec == "interval":
            return f"{percent(value.value)} (95 %: {percent(value.low)} … {percent(value.high)})"
        if format_spec == "list":
            return listed(value, most=_MOST_LISTED)
        if "|" in format_spec:
            return counted(value, *format_spec.split("|"))
        if isinstance(value, float) and isinf(value):
            return "∞"
        return super().format_field(value, format_spec)


_FORMATTER = FieldFormatter()
