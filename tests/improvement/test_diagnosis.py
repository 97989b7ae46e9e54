"""Verdicts on constructed runs, by their numbers; where these are too few, that is the verdict."""

import pytest
from constructed_runs import diagnosed, halves, scored

from classeur.evaluation.scoring import Score
from classeur.improvement.diagnosis import Diagnosis


@pytest.mark.parametrize(
    ("train", "validation", "expected"),
    [
        ((505, 1000), (500, 1000), "chance"),
        ((980, 1000), (700, 1000), "overfitting"),
        ((700, 1000), (690, 1000), "underfitting"),
        ((950, 1000), (940, 1000), "fine"),
        ((950, 1000), (910, 1000), "fine"),  # a gap of four points
        ((19, 24), (7, 12), "too-few"),  # 79 % against 58 %
        ((9, 9), (2, 2), "too-few"),
        ((6, 9), (1, 3), "too-few"),
        ((20, 20), (1, 8), "overfitting"),  # few, and it can be told all the same
        ((1900, 2000), (18, 20), "too-few"),
        ((17, 20), (850, 1000), "too-few"),  # the training images are the few
        ((85, 100), (84, 100), "fine"),  # 90 % lies within the interval
        ((700, 1000), (14, 20), "underfitting"),  # what it has learned of its own images can be told
    ],
)
def test_verdicts(train: tuple[int, int], validation: tuple[int, int], expected: str) -> None:
    found = diagnosed(halves(*train), halves(*validation))
    assert found.verdict == found.findings[0].code == expected
    assert found.findings[0].values["train_accuracy"] == train[0] / train[1]
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(("train", "validation"), [((19, 24), (7, 12)), ((9, 9), (2, 2)), ((1900, 2000), (18, 20))])
def test_too_few_says_how_many_would_tell(train: tuple[int, int], validation: tuple[int, int]) -> None:
    (change,) = diagnosed(halves(*train), halves(*validation)).findings[0].changes
    needed = change.values
    assert needed["num_validation"] > validation[1]

    def with_images(num_train: int, num_validation: int) -> str:
        scores = [
            halves(round(right / images * number), number)
            for (right, images), number in ((train, num_train), (validation, num_validation))
        ]
        return diagnosed(*scores).verdict

    assert with_images(needed["num_train"], needed["num_validation"]) != "too-few"
    assert with_images(needed["num_train"] // 2, needed["num_validation"] // 2) == "too-few"


def test_chance_is_the_most_frequent_class() -> None:
    always = scored(cats=(900, 900), dogs=(0, 100)), scored(cats=(90, 90), dogs=(0, 10))
    assert diagnosed(*always).verdict == "chance", "90 % by always saying cats is nothing learned"
    assert diagnosed(*always).findings[0].values["chance"] == 0.9
    learned = scored(cats=(890, 900), dogs=(60, 100)), scored(cats=(89, 90), dogs=(6, 10))
    assert diagnosed(*learned).verdict == "fine"


def test_a_rising_validation_loss_comes_with_its_numbers() -> None:
    values = diagnosed(halves(980, 1000), halves(700, 1000), losses=(0.6, 0.5, 0.9)).findings[0].values
    assert (values["least_loss_epoch"], values["least_loss"], values["last_loss"]) == (2, 0.5, 0.9)
    values = diagnosed(halves(980, 1000), halves(700, 1000), losses=(0.6, 0.5, 0.51)).findings[0].values
    assert "least_loss" not in values


def test_underfitting_knows_whether_the_loss_still_falls() -> None:
    scores = halves(700, 1000), halves(690, 1000)
    falling = diagnosed(*scores, losses=(0.7, 0.65, 0.6, 0.55, 0.5)).findings[0]
    assert (falling.values["loss_before"], falling.values["last_loss"]) == (0.65, 0.5)
    flat = diagnosed(*scores, losses=(0.5, 0.6, 0.6, 0.6, 0.6)).findings[0]
    assert "loss_before" not in flat.values


def codes(diagnosis: Diagnosis) -> list[str]:
    return [finding.code for finding in diagnosis.findings]


def test_a_weak_class_comes_with_what_it_is_taken_for() -> None:
    train = scored(glass=(99, 100), paper=(99, 100), plastic=(65, 70))
    weak = diagnosed(train, scored(glass=(95, 100), paper=(95, 100), plastic=(60, 100)))
    (finding,) = [each for each in weak.findings if each.code == "weak-class"]
    assert finding.subject == "plastic"
    assert (finding.values["recall"], finding.values["recall_of_others"]) == (0.6, 0.95)
    assert finding.values["taken_for"] == [["glass", 40]]
    assert finding.changes[0].code == "look-at-confusions"
    even = diagnosed(train, scored(glass=(95, 100), paper=(95, 100), plastic=(93, 100)))
    assert "weak-class" not in codes(even)
    assert [each.values["confusions"][0] for each in even.findings if each.code == "confusions"] == [
        ["plastic", "glass", 7]
    ]


def test_more_photographs_are_advised_where_a_class_has_few() -> None:
    train = scored(glass=(99, 100), paper=(99, 100), plastic=(20, 20))
    weak = diagnosed(train, scored(glass=(95, 100), paper=(95, 100), plastic=(10, 20)))
    (finding,) = [each for each in weak.findings if each.code == "weak-class"]
    assert (finding.changes[0].code, finding.values["num_train"]) == ("more-of-class", 20)


@pytest.mark.parametrize("train", [halves(505, 1000), halves(700, 1000)])
def test_no_class_is_called_weak_where_little_was_learned(train: Score) -> None:
    found = diagnosed(train, scored(cats=(95, 100), dogs=(40, 100)))
    assert found.verdict in ("chance", "underfitting")
    assert "weak-class" not in codes(found)


def test_a_class_without_validation_images_is_named() -> None:
    found = diagnosed(halves(950, 1000), scored(cats=(0, 0), dogs=(95, 100)))
    (finding,) = [each for each in found.findings if each.code == "unjudged"]
    assert (finding.values["classes"], finding.values["judged"]) == (["cats"], ["dogs"])
    assert "weak-class" not in codes(found)
    assert "unjudged" not in codes(diagnosed(halves(950, 1000), halves(95, 100)))


def test_few_images_leave_it_uncertain() -> None:
    few = diagnosed(halves(190, 200), halves(38, 40))
    assert codes(few) == ["fine", "uncertain"]
    assert codes(diagnosed(halves(1900, 2000), halves(3800, 4000))) == ["fine"]
