"""What leaks do to an accuracy, in words: also of one image."""

from classeur.delivery.leaked_words import leaked_words
from classeur.evaluation.leaked import leaked


def test_where_all_are_leaks_one_and_several_are_told_rightly() -> None:
    rest = "with images in training, so {} cannot show what the model does with new ones"
    assert leaked_words(leaked([True], [True], dropped=False)) == f"it belongs {rest.format('it')}"
    assert leaked_words(leaked([True] * 2, [True] * 2, dropped=False)) == f"all of them belong {rest.format('they')}"
