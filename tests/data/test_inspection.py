import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from classeur.data.folder import ImageFolder
from classeur.data.inspection import CHECKS, Inspection, SideRange, inspect
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore

MakeFolder = Callable[..., ImageFolder]


def codes(folder: ImageFolder) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity, finding.subject) for finding in inspect(folder).findings]


def test_the_counts_of_a_split_folder(folder_of: MakeFolder) -> None:
    folder = folder_of(
        ["a", "b", "a", "b", "b", "a"],
        splits=["train", "train", "validation", "validation", "validation", "test"],
        reasons=["", "", "", "broken", "", ""],
        left_out={"hidden": ("x", "y"), "no image's ending": ("z",)},
        widths=[10, 20, 30, 0, 40, 1000],
        heights=[11, 12, 13, 0, 14, 15],
        modes=["L", "RGB", "RGB", "", "RGB", "CMYK"],
        formats=["PNG", "JPEG", "JPEG", "", "JPEG", "PNG"],
        num_bytes=[1, 2, 3, 4, 5, 6],
    )
    found = inspect(folder)
    assert (found.num_found, found.num_usable, found.num_set_aside, found.num_left_out) == (9, 5, 1, 3)
    assert found.num_usable + found.num_set_aside + found.num_left_out == found.num_found
    assert found.left_out == {"hidden": 2, "no image's ending": 1}
    assert found.class_names == ("a", "b")
    assert found.counts == {
        "train": {"a": 1, "b": 1},
        "validation": {"a": 1, "b": 1},
        "test": {"a": 1, "b": 0},
    }
    assert list(found.counts) == ["train", "validation", "test"]
    assert found.totals == {"train": 2, "validation": 2, "test": 1}
    assert found.formats == {"JPEG": 3, "PNG": 2}
    assert found.modes == {"RGB": 3, "L": 1, "CMYK": 1}
    assert found.widths == SideRange(least=10, median=30, greatest=1000)
    assert found.heights == SideRange(least=11, median=13, greatest=15)
    assert found.total_num_bytes == 21


def test_where_nobody_has_split_the_counts_are_of_all(folder_of: MakeFolder) -> None:
    assert inspect(folder_of(["a", "b", "b"])).counts == {"all": {"a": 1, "b": 2}}


@pytest.mark.parametrize("labels", [[], ["a"]])
def test_without_a_usable_image_there_are_no_sizes(folder_of: MakeFolder, labels: list[str]) -> None:
    found = inspect(folder_of(labels, class_names=["a", "b"], reasons=["broken"] * len(labels)))
    assert (found.widths, found.heights, found.num_usable) == (None, None, 0)


def test_a_flat_folder_can_be_inspected(folder_of: MakeFolder) -> None:
    found = inspect(folder_of(["", ""], class_names=[], layout="flat"))
    assert (found.num_usable, found.class_names, found.totals) == (2, (), {"all": 0})


def test_a_sound_folder_has_no_finding(folder_of: MakeFolder) -> None:
    assert codes(folder_of(["a"] * 3 + ["b"] * 9)) == []


def test_what_is_set_aside_is_found_with_its_reason(folder_of: MakeFolder) -> None:
    (finding,) = inspect(folder_of(["a", "b", "b"], reasons=["", "the file is empty", ""])).findings
    assert (finding.code, finding.subject, finding.evidence) == ("unusable", "b/1.jpg", "the file is empty")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"labels": ["a"]}, [("empty-class", "error", "b")]),
        ({"labels": ["a", "b"], "splits": ["train", "validation"]}, [("empty-class", "error", "b")]),
        ({"labels": ["a", "b", "a"], "splits": ["train", "train", "test"]}, [("empty-class", "warning", "b")]),
    ],
)
def test_empty_classes(folder_of: MakeFolder, columns: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    found = [finding for finding in codes(folder_of(class_names=["a", "b"], **columns)) if finding[2] == "b"]
    assert found == expected


@pytest.mark.parametrize(("num_large", "is_found"), [(30, False), (31, True)])
@pytest.mark.parametrize("split", ["", "train"])
def test_imbalance_is_more_than_three_to_one(folder_of: MakeFolder, num_large: int, is_found: bool, split: str) -> None:
    labels = ["large"] * num_large + ["small"] * 10
    folder = folder_of(labels, splits=[split] * len(labels))
    assert codes(folder) == ([("imbalance", "note", "small")] if is_found else [])
    if is_found:
        assert inspect(folder).findings[0].evidence == "10 images, against 31 of large"


def test_imbalance_in_validation_is_none(folder_of: MakeFolder) -> None:
    splits = ["train"] * 2 + ["validation"] * 9
    assert codes(folder_of(["a", "b", *["a"] * 8, "b"], splits=splits)) == []


def test_pictures_of_all_but_one_shade_are_found(folder_of: MakeFolder) -> None:
    folder = folder_of(
        ["a", "a", "b", "b"],
        used_ranges=[0.049, 0.05, 0.006, 0.0],
        modes=["RGB", "L", "I;16", "L"],
        reasons=["", "", "", "broken"],
    )
    found = [finding for finding in inspect(folder).findings if finding.code == "low-range"]
    assert [(finding.subject, finding.advice) for finding in found] == [
        ("a/0.jpg", "look at it: it is all but one shade"),
        ("b/2.jpg", "train with --stretch"),
    ]
    assert found[1].evidence == "uses 0.6% of its value range (I;16)"


@pytest.mark.parametrize(("num_wide", "is_found"), [(1, False), (2, True)])
@pytest.mark.parametrize("turned", [False, True])
def test_shapes_that_squashing_would_distort_are_found(
    folder_of: MakeFolder, num_wide: int, is_found: bool, turned: bool
) -> None:
    # One in ten may differ; two may not.
    wide, narrow = [160] * num_wide + [100] * (10 - num_wide), [100] * 10
    sides = {"widths": narrow, "heights": wide} if turned else {"widths": wide, "heights": narrow}
    folder = folder_of(["a", "b"] * 5, **sides)
    assert codes(folder) == ([("aspect-ratios", "note", "data")] if is_found else [])
    if is_found:
        assert (
            "20% of the images are more than 1.5 times off the median of 1.00" in inspect(folder).findings[0].evidence
        )


def test_panoramas_all_alike_are_no_finding(folder_of: MakeFolder) -> None:
    assert codes(folder_of(["a", "b"] * 5, widths=[400] * 10, heights=[100] * 10)) == []


def test_findings_come_in_the_order_of_the_checks(folder_of: MakeFolder) -> None:
    folder = folder_of(
        ["a"] * 8 + ["b", "b"],
        class_names=["a", "b", "c"],
        hashes=[*"11345678", "9", "1"],
        reasons=[""] * 7 + ["broken"] + [""] * 2,
        used_ranges=[0.01] + [1.0] * 9,
        widths=[100] * 6 + [400] * 4,
        heights=[100] * 10,
    )
    found = [code for code, _, _ in codes(folder)]
    assert found == ["empty-class", "unusable", "contradiction", "low-range", "imbalance", "aspect-ratios"]
    assert len(found) == len(CHECKS)


def test_an_inspection_goes_to_json_and_back(folder_of: MakeFolder) -> None:
    for folder in (folder_of([]), folder_of(["고양이", "b"], hashes=["x", "x"], splits=["train", "validation"])):
        found = inspect(folder)
        assert Inspection.model_validate_json(found.model_dump_json()) == found
        assert json.loads(found.model_dump_json())["num_found"] == found.num_found


def test_files_on_disk_from_scan_to_findings(image_folder: Callable[..., Path], cache: Path) -> None:
    data = image_folder({"a": 3, "b": 3})
    dark = np.random.default_rng(0).integers(291, 695, (8, 8)).astype(np.uint16)
    Image.fromarray(dark).save(data / "a" / "dark.png")
    (data / "b" / "cut.png").write_bytes((data / "b" / "01.png").read_bytes()[:100])
    (data / "b" / ".hidden").write_text("")
    for stretch in (False, True):
        store = PixelStore(cache, image_size=(8, 8), fit="squash", stretch=stretch)
        folder = scan(data, store, cache=cache)
        expected = [("unusable", "warning", "b/cut.png")]
        assert codes(folder) == expected + ([] if stretch else [("low-range", "warning", "a/dark.png")])
    found = inspect(folder)
    assert (found.num_usable, found.num_set_aside, found.num_left_out) == (7, 1, 1)
    assert found.counts == {"all": {"a": 4, "b": 3}}


def test_the_tutorials_photographs_are_counted_as_it_counts_them(shared: Path, tmp_path: Path, cache: Path) -> None:
    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as file:
        names = sorted(name for name in file.namelist() if name.endswith(".jpg"))
        file.extractall(tmp_path / "data", names[::25])
    found = inspect(scan(tmp_path / "data", PixelStore(cache, image_size=(8, 8), fit="squash"), cache=cache))
    assert found.counts == {"train": {"cats": 40, "dogs": 40}, "validation": {"cats": 20, "dogs": 20}}
    assert (found.formats, found.num_found) == ({"JPEG": 120}, 120)
