"""The kept mistakes can be planted in the source as it is now."""

import ast

import pytest
from mistakes import REPOSITORY, Mistake, read_mistakes

MISTAKES = list(read_mistakes())


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_stands_in_the_source_once_and_is_python(mistake: Mistake) -> None:
    text = (REPOSITORY / mistake.path).read_text(encoding="utf-8")
    planted = mistake.planted(text)
    assert planted != text
    ast.parse(planted)
    for test in mistake.tests:
        file, _, name = test.partition("::")
        assert name.rpartition("::")[2].partition("[")[0] in (REPOSITORY / "tests" / file).read_text(encoding="utf-8")


def test_each_has_a_name_of_its_own_and_there_are_enough_of_them() -> None:
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES) >= 60
    assert len({(mistake.file, mistake.old, mistake.new) for mistake in MISTAKES}) == len(MISTAKES)


def test_what_is_not_there_any_more_or_twice_is_an_error() -> None:
    mistake = Mistake("swapped", "x.py", old="a, b", new="b, a", tests=())
    assert mistake.planted("f(a, b)") == "f(b, a)"
    for text in ("f(c)", "f(a, b)\ng(a, b)"):
        with pytest.raises(ValueError, match=r"swapped: x\.py has its old text [02] times, not once"):
            mistake.planted(text)
