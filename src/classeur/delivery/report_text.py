"""The languages of a report: its sentences, filled with numbers, and those of findings and comparisons."""

import string
from collections.abc import Callable, Mapping
from math import isinf
from typing import Any, NamedTuple

from classeur.data.findings import Finding
from classeur.delivery.comparison_words import comparison_sentences
from classeur.delivery.findings_korean import KOREAN_WORDS, comparison_in_korean
from classeur.delivery.report_english import ENGLISH
from classeur.delivery.report_korean import KOREAN
from classeur.delivery.wording import Words, counted, listed, percent
from classeur.delivery.words import WORDS
from classeur.estimate import Estimate
from classeur.improvement.comparison import Comparison

_MOST_LISTED = 6


class Language(NamedTuple):
    """How a report speaks.

    >>> LANGUAGES["en"].say("cell", actual="cats", predicted="dogs", images=1)
    'cats called dogs: 1 image'
    >>> LANGUAGES["ko"].say("cell", actual="cats", predicted="dogs", images=1)
    '실제 cats, 답 dogs: 1장'
    """

    sentences: Mapping[str, str]
    findings: Mapping[str, Words]
    comparison: Callable[[Comparison], list[str]]

    def say(self, key: str, **values: Any) -> str:
        """Return a sentence with its values."""
        return _FORMATTER.vformat(self.sentences[key], (), values)

    def evidence(self, finding: Finding) -> str:
        """Return what was found."""
        return self.findings[finding.code].evidence(finding)

    def advice(self, finding: Finding) -> str:
        """Return what to do about it; "" if nothing."""
        return self.findings[finding.code].advice(finding)


class _Formatter(string.Formatter):
    """Fills fields as `str.format` does; numbers of things, shares, estimates and lists have formats of their own.

    `{images:image|images}` counts, `{x:share}` is a percentage, `{e:range}` the interval of an estimate, `{e:interval}`
    the estimate with it, and `{names:list}` the first names of a list.
    """

    def format_field(self, value: Any, format_spec: str) -> Any:
        if format_spec == "share":
            return percent(value.value if isinstance(value, Estimate) else value)
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


_FORMATTER = _Formatter()

LANGUAGES: Mapping[str, Language] = {
    "en": Language(ENGLISH, WORDS, comparison_sentences),
    "ko": Language(KOREAN, KOREAN_WORDS, comparison_in_korean),
}
