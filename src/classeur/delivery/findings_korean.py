from classeur.delivery.words import WORDS as KOREAN_WORDS
from classeur.delivery.comparison_words import comparison_sentences as comparison_in_korean
