"""Findings as sentences in Korean: every code that `words` has."""

from collections.abc import Mapping

from classeur.delivery.korean_diagnosis import KOREAN_DIAGNOSIS
from classeur.delivery.korean_inspection import KOREAN_INSPECTION
from classeur.delivery.wording import Words

KOREAN_WORDS: Mapping[str, Words] = {**KOREAN_INSPECTION, **KOREAN_DIAGNOSIS}
