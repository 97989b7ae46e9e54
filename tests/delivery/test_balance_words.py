"""What balance does, in one sentence."""

from classeur.delivery.balance_words import balance_sentence
from classeur.training.balance import ClassEffect


def effects(*recalls: tuple[float | None, float | None]) -> list[ClassEffect]:
    return [ClassEffect(f"c{number}", 9 + number, 9, *each) for number, each in enumerate(recalls)]


def test_few_classes_are_all_told() -> None:
    told = balance_sentence(effects((0.5, 0.75), (1.0, 0.999), (0.2, 0.2), (None, None)))
    assert told == "with --balance, recall on validation: c0 50.0 → 75.0 %, c1 100.0 → 99.9 %, c2 20.0 → 20.0 %"


def test_of_many_classes_those_that_change_most_are_told() -> None:
    told = balance_sentence(effects((0.9, 0.89), (0.5, 0.9), (0.5, 0.5), (0.8, 0.6), (0.7, 0.71), (0.7, 0.8)))
    assert told.endswith(
        ": c1 50.0 → 90.0 %, c3 80.0 → 60.0 %, c5 70.0 → 80.0 %, c0 90.0 → 89.0 %, the other 2 less or not"
    )
    told = balance_sentence(effects((0.9, 0.8), *[(0.5, 0.5)] * 5))
    assert told.endswith(": c0 90.0 → 80.0 %, the other 5 less or not")


def test_where_nothing_changes_it_says_so() -> None:
    for recalls in ([(0.5, 0.5)] * 2, [(0.5, 0.5)] * 9):
        told = balance_sentence(effects(*recalls))
        assert told.startswith("--balance changes no class's recall on validation: c0 50.0 %, c1 50.0 %")
    assert told.endswith(", c3 50.0 % and 5 more")


def test_where_all_classes_are_as_large_it_has_nothing_to_do() -> None:
    equal = [ClassEffect(name, 9, 3, 0.5, 0.6) for name in ("cats", "dogs")]
    assert balance_sentence(equal) == "--balance has nothing to do: each class has 9 training images"
