"""The languages of a report: its sentences, filled with numbers, and those of findings and comparisons."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from classeur.data.findings import Finding
from classeur.delivery.comparison_words import comparison_sentences
from classeur.delivery.fields import fill
from classeur.delivery.korean_comparison import comparison_in_korean
from classeur.delivery.korean_scores import slice_in_korean
from classeur.delivery.korean_words import KOREAN_WORDS
from classeur.delivery.report_english import ENGLISH
from classeur.delivery.report_korean import KOREAN
from classeur.delivery.score_words import slice_words
from classeur.delivery.wording import Words
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

    def say(self, key: str, **values: Any) -> str:
        """Return a sentence with its values."""
        return fill(self.sentences[key], **values)

    def evidence(self, finding: Finding) -> str:
        """Return what was found."""
        return self.findings[finding.code].evidence(finding)

    def advice(self, finding: Finding) -> str:
        """Return what to do about it; "" if nothing."""
        return self.findings[finding.code].advice(finding)


LANGUAGES: Mapping[str, Language] = {
    "en": Language(ENGLISH, WORDS, comparison_sentences, slice_words),
    "ko": Language(KOREAN, KOREAN_WORDS, comparison_in_korean, slice_in_korean),
}
