"""Which folders are classes and which are splits, and what is said of those that are neither."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.data.listing import Listing, Note, list_images
from classeur.errors import LayoutError
from classeur.storage import mark_as_output

Lister = Callable[..., Listing]


def counts(found: Listing) -> dict[str, dict[str, int]]:
    return {split: dict(sorted(by_class.items())) for split, by_class in found.count_files().items()}


def noted(found: Listing) -> dict[str, list[Note]]:
    notes: dict[str, list[Note]] = {}
    for note in found.notes:
        notes.setdefault(note.code, []).append(note)
    return notes


# Splits by the names that people give them


@pytest.mark.parametrize(
    ("train", "other", "split"),
    [
        ("Training", "Testing", "test"),
        ("seg_train/seg_train", "seg_test/seg_test", "test"),
        ("training_set", "test_set", "test"),
        ("training_set/training_set", "test_set/test_set", "test"),
        ("train/train", "test/test", "test"),
        ("train", "dev", "validation"),
        ("train", "Holdout", "test"),
        ("train", "Eval", "test"),
        ("TRAIN", "VALID", "validation"),
        ("pets_train", "pets_val", "validation"),
        ("pets-train", "pets-test", "test"),
        ("train-images", "validation images", "validation"),
        ("TrainSet", "TestSet", "test"),
        ("trainset", "testset", "test"),
        ("train/images", "val/images", "validation"),
        ("train", "test1", "test"),
        ("train_data", "held-out", "test"),
    ],
)
def test_splits_are_known_by_their_usual_names(listed: Lister, train: str, other: str, split: str) -> None:
    found = listed(f"{train}/cats/1.jpg", f"{train}/dogs/2.jpg", f"{other}/cats/3.jpg", f"{other}/dogs/4.jpg")
    assert counts(found) == {"train": {"cats": 1, "dogs": 1}, split: {"cats": 1, "dogs": 1}}
    assert (found.layout, found.notes, found.left_out) == ("splits", [], {})


def test_what_is_called_eval_is_validation_beside_a_test(listed: Lister) -> None:
    found = listed("train/a/1.jpg", "train/b/2.jpg", "eval/a/3.jpg", "test/a/4.jpg")
    assert counts(found) == {"train": {"a": 1, "b": 1}, "validation": {"a": 1}, "test": {"a": 1}}


@pytest.mark.parametrize("name", ["train station", "training shoes", "latest", "dev kit", "retrain", "my test cats"])
def test_a_class_may_have_a_splits_word_in_its_name(listed: Lister, name: str) -> None:
    found = listed(f"{name}/in/1.jpg", f"{name}/out/2.jpg", "test tube/full/3.jpg", "bus/4.jpg")
    assert found.class_names == sorted([name, "test tube", "bus"])
    assert (found.layout, found.notes) == ("classes", [])


def test_a_labelled_test_beside_class_folders_is_a_test(listed: Lister) -> None:
    found = listed("cats/1.jpg", "dogs/2.jpg", "test/cats/3.jpg", "test/dogs/4.jpg")
    assert counts(found) == {"train": {"cats": 1, "dogs": 1}, "test": {"cats": 1, "dogs": 1}}


@pytest.mark.parametrize(
    ("train", "test", "split"),
    [("", "test", "test"), ("", "Testing", "test"), ("", "validation", "validation"), ("train/", "test", "test"),
     ("seg_train/seg_train/", "seg_test", "test"), ("pets_train/pets_train/", "pets_test/pets_test", "test")],
)  # fmt: skip
def test_a_test_without_class_folders_is_left_out_and_noted(listed: Lister, train: str, test: str, split: str) -> None:
    found = listed(f"{train}cats/1.jpg", f"{train}dogs/2.jpg", f"{test}/3.jpg", f"{test}/4.jpg")
    assert found.class_names == ["cats", "dogs"]
    assert found.left_out == {f"a {split} folder without class folders": [f"{test}/3.jpg", f"{test}/4.jpg"]}
    assert found.notes == [Note("unlabelled-test", test.split("/")[0], {"split": split, "num_images": 2})]


def test_splits_of_other_names_are_known_by_the_classes_that_they_share(listed: Lister) -> None:
    found = listed("pets_train/a/1.jpg", "pets_train/b/2.jpg", "shelter-test/a/3.jpg", "shelter-test/c/4.jpg")
    assert counts(found) == {"train": {"a": 1, "b": 1}, "test": {"a": 1, "c": 1}}


def test_a_second_test_of_another_name_is_left_out(listed: Lister) -> None:
    found = listed("train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "shelter_test/a/4.jpg", "pets_val/5.jpg")
    assert counts(found) == {"train": {"a": 1, "b": 1}, "test": {"a": 1}}
    assert found.left_out == {"outside the class folders": ["pets_val/5.jpg", "shelter_test/a/4.jpg"]}
    assert [(note.code, note.subject) for note in found.notes] == [
        ("folder-left-out", "pets_val"),
        ("folder-left-out", "shelter_test"),
    ]


def test_a_test_beside_one_class_may_be_the_other_class(listed: Lister) -> None:
    found = listed("control/1.jpg", "test/2.jpg")
    assert found.class_names == ["control", "test"]
    assert [note.values["classes"] for note in noted(found)["split-like-classes"]] == [["test"]]


def test_classes_with_images_and_the_same_folders_are_classes(listed: Lister) -> None:
    names = (f"{name}/{inner}1.jpg" for name in ("cats", "dogs") for inner in ("", "old/", "young/"))
    assert listed(*names).notes == []


def test_names_that_may_be_classes_stay_classes_and_are_noted(listed: Lister) -> None:
    found = listed("valid/1.jpg", "invalid/2.jpg", "torn/3.jpg")
    assert found.class_names == ["invalid", "torn", "valid"]
    assert [note.values["classes"] for note in noted(found)["split-like-classes"]] == [["valid"]]


def test_classes_that_all_hold_the_same_folders_look_like_splits(listed: Lister) -> None:
    found = listed("pets/cats/1.jpg", "pets/dogs/2.jpg", "more-pets/cats/3.jpg", "more-pets/dogs/4.jpg")
    assert found.layout == "classes"
    assert found.notes == [
        Note(
            "split-like-classes",
            str(found.data),
            {"classes": ["more-pets", "pets"], "shared": ["cats", "dogs"]},
        )
    ]


@pytest.mark.parametrize(
    ("inner", "is_noted"),
    [
        (("pat 1", "pat 2", "pat 13"), False),
        (("2024-01-05", "2024-01-06"), False),
        (("class1", "class2"), True),
        (("cats", "dogs2"), True),
        (("day1", "scan2"), True),
    ],
)
def test_folders_that_differ_in_their_numbers_are_patients_or_days_and_no_classes(
    listed: Lister, inner: tuple[str, ...], is_noted: bool
) -> None:
    found = listed(*(f"{outer}/{name}/{outer}.jpg" for outer in ("benign", "malignant") for name in inner))
    assert ("split-like-classes" in noted(found)) == is_noted


def test_splits_within_classes_are_noted(listed: Lister) -> None:
    found = listed("cats/train/1.jpg", "cats/test/2.jpg", "dogs/train/3.jpg", "dogs/test/4.jpg")
    assert [note.values for note in noted(found)["splits-inside-classes"]] == [
        {"classes": ["cats", "dogs"], "splits": ["test", "train"]}
    ]


@pytest.mark.parametrize("names", [["train", "test"], ["train"], ["pets_train", "pets_test"], ["val", "test"]])
def test_splits_with_images_directly_in_them_are_no_classes(listed: Lister, names: list[str]) -> None:
    found = listed(*(f"{name}/1.jpg" for name in names))
    assert (found.layout, found.class_names, len(found.paths)) == ("flat", [], len(names))
    assert [note.values["classes"] for note in noted(found)["split-like-classes"]] == [sorted(names)]


def test_a_folder_of_images_that_is_left_out_is_noted(listed: Lister) -> None:
    found = listed("train/a/1.jpg", "train/b/2.jpg", "train/x.jpg", "extra/a/3.jpg", "extra/4.jpg", "docs/readme.txt")
    assert found.left_out["outside the class folders"] == ["extra/4.jpg", "extra/a/3.jpg", "train/x.jpg"]
    assert found.notes == [Note("folder-left-out", "extra", {"num_images": 2})]


def test_notes_name_paths_below_the_root(listed: Lister, data: Path) -> None:
    mark_as_output(data / "data" / "data")
    (data / "data" / "gone").symlink_to("/no/such/disk")
    found = listed("data/train/a/1.jpg", "data/train/b/2.jpg", "data/extra/3.jpg", "data/test/4.jpg")
    assert found.root == data / "data"
    assert sorted(note.subject for note in found.notes) == ["data", "extra", "gone", "test"]


# Names of classes


@pytest.mark.parametrize(
    ("name", "fault"),
    [("a\nb", "a line break"), ("a\rb", "a line break"), ("a\u2028b", "a line break"), ("a\x1b[31m", "a control char")],
)
def test_class_names_that_no_list_can_hold_are_refused(listed: Lister, name: str, fault: str) -> None:
    with pytest.raises(LayoutError, match=rf"a class folder with {fault}.* in its name, 'train/a.*; rename") as caught:
        listed(f"train/{name}/1.jpg", "train/dogs/2.jpg")
    assert caught.value.args[0].isprintable()


def test_two_folders_that_are_spelt_alike_are_refused(listed: Lister) -> None:
    forms = [unicodedata.normalize(form, "é") for form in ("NFC", "NFD")]
    with pytest.raises(LayoutError, match=r"spelt alike, 'e\\u0301' and '\\xe9' \(both é\); put their images into one"):
        listed(*(f"{name}/1.jpg" for name in forms), "dogs/2.jpg")


@pytest.mark.parametrize("name", ["n" * 255, "고" * 80, "🐈", " ", "[a-z]*?"])
def test_long_and_odd_class_names_are_as_good_as_any(listed: Lister, name: str) -> None:
    assert name in listed(f"{name}/1.jpg", "dogs/2.jpg").class_names


# Laws

NAMES = st.sampled_from(["train", "Testing", "seg_train", "seg_test", "dev", "cats", "dogs", "images", "eval", "x"])
TREES = st.sets(
    st.builds(lambda names, file: "/".join([*names, file]), st.lists(NAMES, max_size=3), NAMES), max_size=15
)


@settings(max_examples=150)
@given(TREES)
def test_every_image_is_listed_or_left_out_once(
    tmp_path_factory: pytest.TempPathFactory, write_files: Callable[..., Path], tree: set[str]
) -> None:
    data = write_files(tmp_path_factory.mktemp("tree"), *(f"{name}.jpg" for name in tree))
    try:
        found = list_images(data, cache=data / "cache")
    except LayoutError as error:
        assert "two folders for one split" in str(error)
        return
    everything = [*found.paths, *(path for paths in found.left_out.values() for path in paths)]
    assert sorted((found.root / path).resolve() for path in everything) == sorted(data.resolve().rglob("*.jpg"))
    assert found.layout == "flat" or set(found.labels) <= set(found.class_names)
