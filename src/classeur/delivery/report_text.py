"""The languages of a report: its sentences, filled with numbers, and those of findings and comparisons."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from classeur.data.findings import Command, Finding
from classeur.delivery.comparison_words import comparison_sentences
from classeur.delivery.fields import fill
from classeur.delivery.isolation import isolated, isolated_in
from classeur.delivery.korean_comparison import comparison_in_korean
from classeur.delivery.korean_scores import slice_in_korean, slice_name_in_korean
from classeur.delivery.korean_words import KOREAN_WORDS
from classeur.delivery.report_english import ENGLISH
from classeur.delivery.report_korean import KOREAN
from classeur.delivery.report_markup import filled
from classeur.delivery.score_words import slice_name, slice_words
from classeur.delivery.wording import Words, command_line
from classeur.delivery.words import WORDS
from classeur.evaluation.slices import Slice
from classeur.improvement.comparison import Comparison


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
    slice: Callable[[Slice, int], str]
    slice_name: Callable[[Slice], str]
    is_page: bool = False  # whether `say` returns HTML

    def say(self, key: str, **values: Any) -> str:
        """Return a sentence with its values; names among these keep to themselves, whatever their direction."""
        if self.is_page:
            return filled(self.sentences[key], **values)
        return _Sentence(fill(self.sentences[key], **{name: _plain(value) for name, value in values.items()}))

    def evidence(self, finding: Finding) -> str:
        """Return what was found."""
        return self.findings[finding.code].evidence(isolated_in(finding))

    def advice(self, finding: Finding) -> str:
        """Return what to do about it; "" if nothing."""
        return self.findings[finding.code].advice(isolated_in(finding))


class _Sentence(str):
    """A sentence whose names keep to themselves already."""

    __slots__ = ()


def _plain(value: Any) -> Any:
    if isinstance(value, Command):
        return command_line(value)
    if isinstance(value, list | tuple):
        return list(map(_plain, value))
    return isolated(value) if isinstance(value, str) and not isinstance(value, _Sentence) else value


LANGUAGES: Mapping[str, Language] = {
    "en": Language(ENGLISH, WORDS, comparison_sentences, slice_words, slice_name),
    "ko": Language(KOREAN, KOREAN_WORDS, comparison_in_korean, slice_in_korean, slice_name_in_korean),
}
