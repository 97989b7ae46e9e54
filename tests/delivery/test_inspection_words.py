"""Each finding in words: one line, with its numbers, singular and plural."""

from pathlib import Path
from typing import Any

import pytest

from classeur.data.findings import Change, Command, Finding
from classeur.delivery.inspection_words import INSPECTION_WORDS
from classeur.delivery.words import advice, evidence, kind

CASES: list[tuple[str, dict[str, Any], list[Change], str, str]] = [
    (
        "no-class", {"layout": "classes", "num_images": 0}, [Change(code="add-classes")],
        "no class folder", "put the images into one folder for each class",
    ),
    ("no-class", {"layout": "flat", "num_images": 1}, [], "1 image but no class folder", ""),
    ("no-class", {"layout": "table", "num_images": 0}, [], "it has no row", ""),
    (
        "one-class", {"classes": ["cats"]}, [Change(code="another-class")],
        "only one class, cats: train learns what is like it, and calls all else unlike",
        "add another class to tell two apart",
    ),
    (
        "empty-class", {"split": "train"}, [Change(code="add-images"), Change(code="remove-class")],
        "no usable image for training", "add images, or remove the class",
    ),
    ("empty-class", {"split": ""}, [], "no usable image", ""),
    (
        "unread-format", {"reason": "DICOM: a format that is not supported"},
        [Change(code="convert", values={"kind": "picture"})],
        "DICOM: a format that is not supported", "convert it to PNG or JPEG",
    ),
    (
        "leak-share",
        {"split": "validation", "num_seen": 189, "num_images": 1000, "share": 0.189, "most_points": 18.9}, [],
        "189 of 1,000 validation images (18.9%) have an identical file in training, so an accuracy that counts"
        " them may be off by up to 18.9 points", "",
    ),
    (
        "leak-share",
        {"split": "test", "num_seen": 1, "num_images": 2527, "share": 1 / 2527, "most_points": 100 / 2527},
        [], "1 of 2,527 test images (<0.1%) has an identical file in training, so an accuracy that counts it may be"
        " off by less than 0.1 points", "",
    ),
    (
        "leak", {"paths": list("abcdef"), "splits": ["train", "test"]}, [],
        "same bytes as b, c, d and 2 more, in training and test", "",
    ),
    (
        "near-duplicates",
        {"num_pairs": 1, "num_images": 2, "kinds": {"moved": 1}, "num_contradictions": 0, "num_leaks": 0}, [],
        "1 pair of near-duplicates, 2 images: 1 cropped, or the next frame", "",
    ),
    (
        "near-duplicates",
        {
            "num_pairs": 1003, "num_images": 8, "kinds": {"copy": 1000, "moved": 2, "mirrored": 1},
            "num_contradictions": 1, "num_leaks": 2,
        }, [],
        "1,003 pairs of near-duplicates, 8 images: 1,000 re-encoded, resized or of other brightness; 2 cropped, or next"
        " frames; 1 mirrored; 1 group in two classes and 2 groups in two splits", "",
    ),
    (
        "near-leak-share",
        {"split": "validation", "num_seen": 12, "num_images": 1000, "share": 0.012, "most_points": 1.2},
        [Change(code="remove-copies")],
        "12 of 1,000 validation images (1.2%) have a near-duplicate in training, beside identical files, so an"
        " accuracy that counts them may be off by up to 1.2 points",
        "remove the copies from one side, then train and evaluate again",
    ),
    (
        "near-leak", {"paths": ["a", "b"], "splits": ["train", "validation"], "kinds": {"mirrored": 2, "altered": 1}},
        [Change(code="keep-in-one-split")],
        "shows the same as b (mirrored; changed in parts), in training and validation",
        "keep it in one of them: an image used for training cannot test the model",
    ),
    (
        "near-contradiction", {"paths": ["a", "b", "c"], "classes": ["cats", "dogs"], "kinds": {"turned": 1}},
        [Change(code="choose-label")], "shows the same as b, c (turned), in the classes cats and dogs",
        "decide which label is right, and remove the others",
    ),
    (
        "near-duplicate", {"paths": ["a", "b"], "kinds": {"moved": 3}}, [Change(code="keep-one")],
        "shows the same as b (cropped, or the next frame)", "keep one: each copy counts again in training",
    ),
    (
        "group-leak", {"split": "validation", "groups": list("pqrst"), "num_shared": 12, "num_images": 40},
        [
            Change(
                code="keep-groups-whole",
                command=Command(verb="split", arguments=("pets",), options={"anew": True, "to": "anew.csv"}),
            )
        ],
        "12 of 40 validation images are of a group that is in training too (p, q, r and 2 more), so they do not"
        " count in the accuracy",
        "put all images of a group into one split: classeur split pets --anew --to anew.csv",
    ),
    (
        "groups-in-names",
        {"group_by": "([^/_]+)_[^/]*$", "num_groups": 9, "num_images": 80, "num_across": 0, "groups": ["p1", "p2"]},
        [
            Change(
                code="group", options={"group_by": "([^/_]+)_[^/]*$"},
                command=Command(verb="split", arguments=("pets",), options={"group_by": "([^/_]+)_[^/]*$"}),
            ),
        ],
        "the names of files look like 9 groups of 80 images (p1, p2)",
        "if they are patients, animals, senders or days, keep each of them in one split:"
        " classeur split pets --group-by '([^/_]+)_[^/]*$'",
    ),
    (
        "long-burst",
        {"num_images": 30, "camera": "Zeiss", "class_name": "cells", "num_of_class": 30, "last": "b.jpg",
         "most_seconds": 3.0},
        [
            Change(
                code="join-long-burst",
                command=Command(verb="split", arguments=("pets",), options={"long_bursts": True}),
            ),
        ],
        "30 images of one camera (Zeiss) are each at most 3 seconds after the one before, up to b.jpg; as they are more"
        " than a fifth of cells, they are not kept in one split",
        "if they show the same thing, keep them in one split: classeur split pets --long-bursts",
    ),
    (
        "burst-leak", {"num_bursts": 1, "num_images": 2, "paths": ["a.jpg", "b.jpg"], "most_seconds": 3.0}, [],
        "1 burst of 2 images, taken at most 3 seconds apart, is in several splits (a.jpg, b.jpg), and what is"
        " judged of a burst that is in training too does not count in the accuracy", "",
    ),
    (
        "group-leak", {"split": "validation", "groups": ["p"], "num_shared": 1, "num_images": 40},
        [Change(code="drop-leaks", options={"drop_leaks": True})],
        "1 of 40 validation images is of a group that is in training too (p), so it does not count in the accuracy",
        "leave it out of validation with train --drop-leaks",
    ),
    (
        "groups-in-names",
        {"group_by": "folder", "num_groups": 9, "num_images": 80, "num_across": 1, "groups": ["p1"]}, [],
        "folders look like 9 groups of 80 images (p1); 1 of them is in several splits", "",
    ),
    (
        "few-levels", {"num_images": 1, "num_sixteen_bit": 1, "num_bits": 12, "num_levels": 16, "paths": ["a.png"]},
        [Change(code="stretch", options={"stretch": True})],
        "1 of 1 16-bit image uses 12 bits or fewer, so that the network sees 16 of 256 levels (a.png)",
        "train with --stretch, which spreads each image's own range over all levels",
    ),
    (
        "several-frames", {"num_images": 2, "most_frames": 42, "paths": ["a.gif", "b.gif"]}, [],
        "2 files have several frames or pages, up to 42; the first is used (a.gif, b.gif)", "",
    ),
    (
        "imbalance", {"num_images": 1, "num_largest": 3100, "largest": "b"},
        [
            Change(
                code="balance", options={"balance": True},
                command=Command(verb="train", arguments=("my pets",), options={"balance": True}),
            ),
        ],
        "1 image, against 3,100 of b",
        "let classes weigh alike, which finds more of s and may find less of b: classeur train 'my pets' --balance",
    ),
    (
        "few-images", {"classes": ["a"], "num_images": [4], "least": 5}, [Change(code="add-images")],
        "1 class has fewer than 5 images to train on: a 4", "add images",
    ),
    (
        "few-images", {"classes": list("abcde"), "num_images": [1, 1, 2, 3, 4], "least": 5}, [],
        "5 classes have fewer than 5 images to train on: a 1, b 1, c 2 and 2 more", "",
    ),
    (
        "enlarged", {"num_images": 1, "share": 0.001, "image_size": [150, 200]},
        [Change(code="smaller-size", options={"image_size": [96, 128]})],
        "1 image (0.1%) is smaller than 150x200 and enlarged to it",
        "with --model tutorial, --image-size 96x128 has the same detail, in less time;"
        " a pretrained network does better at its own size",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "values", "changes", "text", "expected_advice"), CASES)
def test_findings_are_told(
    code: str, values: dict[str, Any], changes: list[Change], text: str, expected_advice: str
) -> None:
    finding = Finding(code=code, severity="note", subject="s", values=values, changes=tuple(changes))
    assert evidence(finding) == text
    assert advice(finding) == expected_advice


def test_every_code_has_a_name_for_one_and_for_several() -> None:
    assert [kind("unusable", 1), kind("unusable", 2)] == ["file that cannot be used", "files that cannot be used"]
    assert [kind("enlarged", 1), kind("enlarged", 0)] == ["remark", "remarks"]


def test_each_code_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    assert [code for code in INSPECTION_WORDS if f"`{code}`" not in page] == []
