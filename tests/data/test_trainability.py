from collections.abc import Callable
from typing import Any

import pytest

from classeur.data.folder import ImageFolder
from classeur.data.inspection import inspect
from classeur.data.trainability import check_trainable
from classeur.errors import LayoutError, NothingUsableError


@pytest.mark.parametrize("splits", ["", "train"])
def test_two_classes_with_images_can_be_trained_on(folder_of: Callable[..., ImageFolder], splits: str) -> None:
    check_trainable(folder_of(["a", "b"] * 2, splits=[splits] * 4))


@pytest.mark.parametrize(("split", "place"), [("", "b"), ("train", "train/b")])
def test_a_class_of_one_image_is_refused(folder_of: Callable[..., ImageFolder], split: str, place: str) -> None:
    folder = folder_of(["a", "a", "b"], splits=[split] * 3)
    with pytest.raises(LayoutError, match=rf"^class 'b' has 1 usable image to train on, .* add some to {place}, "):
        check_trainable(folder)
    assert [each.severity for each in inspect(folder).findings if each.code == "few-images"] == ["error"]


@pytest.mark.parametrize("splits", [[""] * 3, ["train", "train", "validation"]])
def test_one_class_can_be_trained_on_where_one_is_enough(
    folder_of: Callable[..., ImageFolder], splits: list[str]
) -> None:
    check_trainable(folder_of(["a"] * 3, splits=splits))


BAD: list[tuple[type[Exception], dict[str, Any], str]] = [
    (
        LayoutError,
        {"labels": [], "class_names": []},
        "data has no class folder; expected one folder per class, such as data/cats and data/dogs",
    ),
    (
        LayoutError,
        {"labels": [], "class_names": [], "layout": "table"},
        "data lists no image; expected a row path,label for each, such as cats/1.jpg,cats",
    ),
    (
        LayoutError,
        {"labels": [""], "class_names": [], "layout": "flat"},
        "data has 1 image but no class folder; expected one folder per class, such as data/cats and data/dogs",
    ),
    (
        LayoutError,
        {"labels": ["", ""], "class_names": [], "layout": "flat"},
        "data has 2 images but no class folder; expected one folder per class, such as data/cats and data/dogs",
    ),
    (
        LayoutError,
        {"labels": ["a", "a", "a"], "several_for": "tutorial"},
        "data has only one class, 'a'; tutorial needs at least two: add another class, or learn what is unlike this"
        " one: classeur train data --model auto",
    ),
    (
        NothingUsableError,
        {"labels": [], "class_names": ["a"]},
        "data has no image in its class folder",
    ),
    (
        LayoutError,
        {"labels": ["a", "a"], "reasons": ["", "broken"]},
        "class 'a', the only one, has 1 usable image to train on, equal ones counted once; what is like it is told from"
        " 3 at least, better from 20 or more: add images",
    ),
    (
        LayoutError,
        {"labels": ["a"] * 4, "hashes": ["x", "x", "x", "y"]},
        "class 'a', the only one, has 2 usable images to train on, equal ones counted once; what is like it is told"
        " from 3 at least, better from 20 or more: add images",
    ),
    (
        LayoutError,
        {"labels": ["a"] * 3, "splits": ["train", "validation", "validation"]},
        "class 'a', the only one, has 1 usable image to train on, equal ones counted once; what is like it is told from"
        " 2 at least, better from 20 or more: add images",
    ),
    (
        NothingUsableError,
        {"labels": [], "class_names": ["a", "b"]},
        "data has no image in its 2 class folders",
    ),
    (
        NothingUsableError,
        {"labels": ["a", "b"], "reasons": ["the file is empty (0 bytes)", "broken"]},
        "no file in data can be used (2 set aside), such as a/0.jpg: the file is empty (0 bytes)",
    ),
    (
        LayoutError,
        {"labels": ["a", "b", "b"], "splits": ["train", "validation", "test"]},
        "class 'b' has images for test and validation but none for training; add some to train/b, or remove the class",
    ),
    (
        LayoutError,
        {"labels": ["a", "b"], "splits": ["validation", "validation"]},
        "class 'a' has images for validation but none for training; add some to train/a, or remove the class",
    ),
    (
        LayoutError,
        {"labels": ["a", "b", "b"], "reasons": ["", "broken", "broken"]},
        "class 'b' has no usable image (2 set aside); repair or replace them, or remove the class",
    ),
    (
        LayoutError,
        {"labels": ["a"], "class_names": ["a", "b"]},
        "class 'b' is empty; add images to it, or remove its folder",
    ),
]


@pytest.mark.parametrize(("error", "columns", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_trained_on_is_said_in_one_line(
    folder_of: Callable[..., ImageFolder], error: type[Exception], columns: dict[str, Any], message: str
) -> None:
    facts = {name: value for name, value in columns.items() if name != "several_for"}
    with pytest.raises(error) as caught:
        check_trainable(folder_of(**facts), several_for=columns.get("several_for"))
    assert str(caught.value) == message
