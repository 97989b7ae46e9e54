import pytest

from classeur.data.split_names import SPLIT_NAMES, SPLITS, is_plain, split_names


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["Train", "VAL", "test"], ["train", "validation", "test"]),
        (["train", "eval"], ["train", "test"]),
        (["train", "eval", "test"], ["train", "validation", "test"]),
        (["train", "valid", "evaluation"], ["train", "validation", "test"]),
        (["train", "holdout", "test"], ["train", "validation", "test"]),
        (["Training", "Eval", "Holdout"], ["train", "validation", "test"]),
        (["train", "held-out"], ["train", "test"]),
        (["seg_train", "seg-test"], ["train", "test"]),
        (["trainingset", "TestImages", "dev 2"], ["train", "test", "validation"]),
        (["PublicTest", "PrivateTest"], ["test", "test"]),
        (["test-multiple_fruits"], ["test"]),
    ],
)
def test_usual_names_are_known(names: list[str], splits: list[str]) -> None:
    assert [said.split for said in split_names(names).values()] == splits


@pytest.mark.parametrize(
    "name", ["", "cats", "latest", "strain", "constrain", "my test cats", "train_val", "고양이", "7", "éval"]
)
def test_other_names_say_nothing(name: str) -> None:
    assert split_names([name]) == {}


def test_what_else_a_name_says_is_kept() -> None:
    said = split_names(["seg_train", "training_set", "train station"])
    assert [found.rest for found in said.values()] == [("seg",), (), ("station",)]


def test_every_word_is_a_split() -> None:
    assert set(SPLIT_NAMES.values()) == set(SPLITS)


def test_plain_names_say_nothing_of_what_is_in_them() -> None:
    assert [is_plain(name) for name in ("images", "Image Data", "img2", "", "2", "cats")] == [True] * 3 + [False] * 3
