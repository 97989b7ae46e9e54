"""Verdicts on constructed runs, by their numbers; where these are too few, that is the verdict."""

from typing import Any

import numpy as np
import pytest
from constructed_runs import diagnosed, halves, scored

from classeur.delivery.wording import command_line
from classeur.delivery.words import advice, evidence
from classeur.evaluation.scoring import Score, score
from classeur.improvement.comparison import Judged
from classeur.improvement.diagnosis import Diagnosis
from classeur.improvement.leaks import Leak, leak_of

FLAT = (0.5, 0.6, 0.6, 0.6, 0.6)


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
        ((700, 1000), (620, 1000), "underfitting"),  # more is missing in training than is lost after it
        ((860, 1000), (660, 1000), "overfitting"),
        ((980, 1000), (505, 1000), "chance"),  # nothing of it holds for new images
        ((700, 1000), (14, 20), "underfitting"),  # what it has learned of its own images can be told
    ],
)
def test_verdicts(train: tuple[int, int], validation: tuple[int, int], expected: str) -> None:
    found = diagnosed(halves(*train), halves(*validation), losses=FLAT)
    assert found.verdict == found.findings[0].code == expected
    assert found.findings[0].values["train_accuracy"] == train[0] / train[1]
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(("num_wrong", "advised"), [(0, []), (1, ["look"])])
def test_what_is_wrong_is_looked_at_where_something_is(num_wrong: int, advised: list[str]) -> None:
    found = diagnosed(halves(1000, 1000), halves(1000 - num_wrong, 1000))
    assert found.verdict == "fine"
    assert [change.code for change in found.findings[0].changes] == advised


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
    (found, *_) = diagnosed(*always).findings
    assert found.code == "collapsed", "90 % by always saying cats is nothing learned"
    assert (found.values["class_name"], found.values["recall"], found.values["chance"]) == ("dogs", 0, 0.9)
    learned = scored(cats=(890, 900), dogs=(60, 100)), scored(cats=(89, 90), dogs=(6, 10))
    assert diagnosed(*learned).verdict == "fine"


def test_a_small_class_can_be_lost_beside_a_weak_one() -> None:
    train = scored(glass=(95, 100), paper=(60, 100), plastic=(0, 6), metal=(97, 100))
    (found, *_) = diagnosed(train, scored(glass=(90, 100), paper=(60, 100), plastic=(0, 50), metal=(90, 100))).findings
    assert (found.code, found.values["class_name"]) == ("collapsed", "plastic")
    assert found.values["num_images"] == 6
    assert [change.code for change in found.changes] == ["more-of-lost-class"]
    head: dict[str, Any] = {"model": "auto", "epochs": None}
    found = diagnosed(train, train, losses=(), options=head).findings[0]
    assert [change.code for change in found.changes] == ["balance", "more-of-lost-class"]
    balanced = diagnosed(train, train, losses=(), options={**head, "balance": True}).findings[0]
    assert [change.code for change in balanced.changes] == ["more-of-lost-class"]


def test_a_class_of_a_network_that_says_one_thing_is_not_lost() -> None:
    one = scored(cats=(200, 200), dogs=(0, 200))
    assert diagnosed(one, one, losses=(0.69, 0.6931, 0.6932, 0.6930)).verdict == "dead"
    assert diagnosed(one, one, losses=(0.75, 0.73, 0.66, 0.65)).verdict == "chance"
    some = scored(cats=(190, 200), dogs=(20, 200))
    assert diagnosed(some, some, losses=(0.69, 0.6931, 0.6932, 0.6930)).verdict == "chance"


@pytest.mark.parametrize(
    ("rate", "losses", "expected"),
    [
        (10.0, (1e9, 40.0, 7.0), "diverged"),
        (10.0, (1e9, float("nan"), float("nan")), "diverged"),
        (10.0, (1e9, float("inf")), "diverged"),
        (0.001, (0.69, 0.7, 1.2), "diverged"),
        (0.03, (3.0, 0.7, 0.694), "rate-too-high"),
        (0.001, (1.2, 0.7, 0.694, 0.693, 0.693), "dead"),  # not above the usual
        (0.01, (0.7, 0.6, 0.75, 0.6, 0.72), "rate-too-high"),  # it jumps
        (0.01, (0.7, 0.69, 0.68, 0.67, 0.66), "chance"),
        (1e-6, (0.7, 0.6995, 0.699, 0.6985), "rate-too-low"),
        (1e-6, (0.6931, 0.6931, 0.6931, 0.6931), "rate-too-low"),
        (0.001, (0.7, 0.6995, 0.699, 0.6985), "dead"),
        (1e-4, (0.7, 0.5, 0.3, 0.2), "chance"),  # its loss falls fast: it is not the rate
    ],
)
def test_the_learning_rate_is_told_by_losses_and_rate(rate: float, losses: tuple[float, ...], expected: str) -> None:
    one = scored(cats=(200, 200), dogs=(0, 200))
    found = diagnosed(one, one, losses=losses, options={"learning_rate": rate})
    assert found.verdict == expected
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found


def test_what_is_learned_all_the_same_is_no_matter_of_the_rate() -> None:
    good = halves(950, 1000), halves(940, 1000)
    assert diagnosed(*good, losses=(9.0, 0.3, 0.2), options={"learning_rate": 0.03}).verdict == "fine"
    assert diagnosed(*good, losses=(0.3, 0.2999, 0.2998), options={"learning_rate": 1e-6}).verdict == "fine"


def test_a_loss_is_judged_by_how_frequent_the_classes_are() -> None:
    """Of 19 : 1 that of chance is 0.199; weighed alike it is 0.693 again."""
    one = scored(cats=(380, 380), dogs=(0, 20))
    options: dict[str, Any] = {"learning_rate": 0.01}
    assert diagnosed(one, one, losses=(0.6, 0.5, 0.4), options=options).verdict == "diverged"
    assert diagnosed(one, one, losses=(0.6, 0.5, 0.4), options={**options, "balance": True}).verdict == "collapsed"


def test_validation_images_that_were_trained_on_come_first() -> None:
    scores = halves(980, 1000), halves(700, 1000)
    found = diagnosed(*scores, leak=Leak(100, 98, 900, 602)).findings[0]
    assert (found.code, found.severity, found.values["certainty"]) == ("leak-suspected", "error", "certain")
    assert (found.values["num_leaked"], found.values["leaked_accuracy"]) == (100, 0.98)
    assert found.values["other_accuracy"] == pytest.approx(602 / 900)
    assert found.values["low"] < found.values["difference"] < found.values["high"]
    assert diagnosed(*scores, leak=Leak(9, 9, 991, 691)).verdict == "overfitting", "under one in a hundred"
    assert diagnosed(*scores, leak=Leak(0, 0, 1000, 700)).verdict == "overfitting"
    alike = diagnosed(*scores, leak=Leak(100, 98, 900, 602, num_alike=100)).findings[0]
    assert alike.values["certainty"] == "likely"
    everything = diagnosed(*scores, leak=Leak(1000, 700, 0, 0)).findings[0]
    assert everything.values["other_accuracy"] is None
    assert "there are no others" in evidence(everything)
    assert [change.code for change in everything.changes] == ["look-at-data", "divide-anew"], "nothing would be left"


def test_of_a_validation_that_leaks_throughout_another_split_is_advised() -> None:
    def command(**options: object) -> str:
        given = {"leak": Leak(1000, 700, 0, 0), "options": {"group_by": "folder"}, **options}
        (finding, *_) = diagnosed(halves(980, 1000), halves(700, 1000), **given).findings
        assert finding.changes[1].command is not None
        return command_line(finding.changes[1].command)

    columns = {"columns": "label=kind"}
    assert command(data_options=columns).endswith("--anew --group-by folder --columns label=kind --to anew.csv")
    kept = command(data_options={"keep_split": "old.csv", **columns})
    assert kept.startswith("classeur train ")
    assert "--columns label=kind" in kept
    assert "--keep-split" not in kept


def test_a_leak_is_counted_by_bytes_and_by_likeness() -> None:
    correct = {(str(number), "cats"): number < 3 for number in range(10)}
    run = Judged("a", halves(3, 10), correct)
    assert leak_of(run, {"0", "5", "x"}) == Leak(2, 1, 8, 2)
    assert leak_of(run, {"0", "5"}, {("5", "cats"), ("7", "cats")}) == Leak(3, 1, 7, 2, num_alike=1)


def in_scenes(rights: list[int], *, size: int = 50, first: int = 0) -> Score:
    """Return the score of scenes of so many images, half cats and half dogs, of which so many are right."""
    labels = np.tile(np.arange(size) % 2, len(rights))
    right = np.concatenate([np.arange(size) < number for number in rights])
    groups = [f"scene {first + number}" for number in np.repeat(np.arange(len(rights)), size)]
    predicted = np.where(right, labels, 1 - labels)
    return score(3 * np.eye(2)[predicted], labels, class_names=("cats", "dogs"), groups=groups)


def test_a_gap_between_few_scenes_is_not_certain() -> None:
    """11 points of 300 images are certain, and of 6 scenes of which one is all wrong they are not."""
    train, validation = in_scenes([46] * 20, first=10), in_scenes([50, 50, 50, 50, 44, 0])
    alone = diagnosed(halves(920, 1000), halves(244, 300)).findings[0]
    assert (alone.code, alone.values["gap_low"] > 0.05) == ("overfitting", True)
    found = diagnosed(train, validation).findings[0]
    assert found.code == "too-few"
    assert found.values["gap"] == pytest.approx(alone.values["gap"], abs=0.01)
    assert found.values["gap_low"] < 0
    needed = found.changes[0].values
    assert needed["of_groups"]
    assert needed["num_validation"] > 600
    assert "of more groups" in advice(found)
    every = diagnosed(train, in_scenes([38] * 6)).findings[0]
    assert (every.code, every.values["gap_low"] > 0.05) == ("overfitting", True), "all scenes show it"


def test_of_groups_a_leak_has_the_interval_of_groups() -> None:
    keys = [(str(number), "cats") for number in range(80)]
    groups = {key: f"scene {number // 20}" for number, key in enumerate(keys)}
    run = Judged("a", halves(60, 80), {key: number < 60 for number, key in enumerate(keys)}, groups=groups)
    trained_on = {key[0] for key in keys[:40]}
    single, of_groups = (leak_of(each, trained_on).difference for each in (run._replace(groups={}), run))
    assert single is not None
    assert of_groups is not None
    assert single[0] == of_groups[0] == 0.5
    assert single[1] > 0 > of_groups[1], "two scenes of each"


def test_a_rising_validation_loss_comes_with_its_numbers() -> None:
    values = diagnosed(halves(980, 1000), halves(700, 1000), losses=(0.6, 0.5, 0.9)).findings[0].values
    assert (values["least_loss_epoch"], values["least_loss"], values["last_loss"]) == (2, 0.5, 0.9)
    values = diagnosed(halves(980, 1000), halves(700, 1000), losses=(0.6, 0.5, 0.51)).findings[0].values
    assert "least_loss" not in values


def test_a_loss_that_still_falls_is_not_underfitting_yet() -> None:
    scores = halves(700, 1000), halves(690, 1000)
    falling = diagnosed(*scores, losses=(0.7, 0.65, 0.6, 0.55, 0.5)).findings[0]
    assert (falling.code, falling.values["certainty"]) == ("not-converged", "likely")
    assert (falling.values["loss_before"], falling.values["last_loss"]) == (0.65, 0.5)
    flat = diagnosed(*scores, losses=FLAT).findings[0]
    assert (flat.code, flat.values["certainty"]) == ("underfitting", "certain")


def beside(only_run: int, only_beside: int, *, name: str = "runs/transfer") -> dict[str, Any]:
    """Return a run and a transfer beside it that differ on so many of 400 images."""
    keys = [(str(number), "") for number in range(400)]
    right = {key: not only_run <= number < only_run + only_beside for number, key in enumerate(keys)}
    theirs = {key: number >= only_run for number, key in enumerate(keys)}
    score = halves(300, 400)
    return {"correct": Judged("runs/a", score, right), "transferred": [Judged(name, score, theirs)]}


def test_a_transfer_that_did_better_comes_with_its_figure() -> None:
    scores = halves(390, 400), halves(300, 400)
    found = diagnosed(*scores, **beside(10, 70))
    assert codes(found) == ["overfitting", "uncertain", "transfer-better"]
    values = found.findings[-1].values
    assert values["difference"] == pytest.approx(60 / 400)
    assert values["accuracy"] == pytest.approx(360 / 400)
    assert (values["beside"], values["num_images"]) == ("runs/transfer", 400)
    assert values["low"] > 0
    assert found.findings[-1].severity == "warning"
    sound = diagnosed(halves(395, 400), halves(390, 400), **beside(0, 8)).findings
    assert [(finding.code, finding.severity) for finding in sound] == [("fine", "note"), ("transfer-better", "note")]
    (change,) = found.findings[-1].changes
    assert change.command is not None
    assert (change.command.verb, change.command.arguments) == ("compare", ("runs/transfer", "RUN"))
    kept = diagnosed(*scores, **beside(10, 70, name="")).findings[-1].changes[0]
    assert kept.command is not None
    assert (kept.code, kept.command.verb) == ("transfer", "train"), "measured on features, it is still to be trained"


def test_a_transfer_that_did_no_better_is_not_advised_and_one_that_nobody_tried_has_no_figure() -> None:
    scores = halves(390, 400), halves(300, 400)
    assert codes(diagnosed(*scores, **beside(40, 42))) == ["overfitting", "uncertain"]
    assert codes(diagnosed(*scores, **beside(70, 10))) == ["overfitting", "uncertain"]
    untried = diagnosed(*scores).findings[-1]
    assert untried.code == "from-scratch"
    assert set(untried.values) == {"certainty", "num_train"}


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
    assert found.verdict in ("chance", "not-converged")
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


def test_what_helps_most_comes_next() -> None:
    def verb_of(diagnosis: Diagnosis) -> tuple[str, str]:
        assert diagnosis.next_command is not None
        return diagnosis.next_command.verb, str(diagnosis.next_command.options.get("out"))

    scores = halves(390, 400), halves(300, 400)
    assert verb_of(diagnosed(*scores)) == ("train", "transfer")
    assert verb_of(diagnosed(*scores, **beside(10, 70))) == ("compare", "None"), "it is there already"
    assert verb_of(diagnosed(*scores, **beside(10, 70), leak=Leak(100, 98, 900, 602))) == ("inspect", "None")
    assert verb_of(diagnosed(*scores, losses=(9.0, 9.0), options={"learning_rate": 3.0}, from_run="runs/b")) == (
        "train",
        "RUN-2",
    )
    assert diagnosed(halves(17, 20), halves(850, 1000)).next_command is None
