import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from classeur.data.findings import Command, Finding
from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection, SideRange, find_notes, inspect
from classeur.data.layout import Note
from classeur.data.scan import scan
from classeur.delivery.inspection_words import INSPECTION_WORDS
from classeur.delivery.words import in_words
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation

MakeFolder = Callable[..., ImageFolder]


def told(folder: ImageFolder) -> list[Finding]:
    """Return what is found but that classes are small: almost all are here."""
    return [finding for finding in inspect(folder).findings if finding.code != "few-images"]


def codes(folder: ImageFolder) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity, finding.subject) for finding in told(folder)]


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
    (finding,) = told(folder_of(["a", "b", "b"], reasons=["", "the file is empty", ""]))
    assert (finding.code, finding.subject, finding.values) == ("unusable", "b/1.jpg", {"reason": "the file is empty"})
    assert [change.code for change in finding.changes] == ["mend"]


@pytest.mark.parametrize(
    ("columns", "code", "values", "change"),
    [
        ({}, "unusable", {"reason": "x"}, "mend"),
        ({"formats": ["JPEG", "", "JPEG"], "hashes": ["0", "", "2"]}, "unusable", {"reason": "x"}, "make-readable"),
        (
            {"formats": ["JPEG", "DICOM", "JPEG"]},
            "unread-format",
            {"reason": "x", "format": "DICOM", "kind": "picture"},
            "convert",
        ),
    ],
)
def test_what_to_do_about_a_file_depends_on_what_it_is(
    folder_of: MakeFolder, columns: dict[str, Any], code: str, values: dict[str, str], change: str
) -> None:
    (finding,) = told(folder_of(["a", "b", "b"], reasons=["", "x", ""], **columns))
    assert (finding.code, finding.values, [each.code for each in finding.changes]) == (code, values, [change])


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"labels": ["a"]}, [("empty-class", "error", "b")]),
        ({"labels": ["a", "b"], "splits": ["train", "validation"]}, [("empty-class", "error", "b")]),
        ({"labels": ["a", "b", "a"], "splits": ["train", "train", "test"]}, [("empty-class", "warning", "b")]),
        ({"labels": ["a", "b"], "splits": ["test", "test"]}, [("empty-class", "error", "b")]),
        ({"labels": []}, [("empty-class", "error", "b")]),
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
        expected = {"num_images": 10, "largest": "large", "num_largest": 31}
        (finding,) = told(folder)
        assert finding.values == expected
        assert [change.code for change in finding.changes] == ["balance", "add-images", "read-recall"]
        command = finding.changes[0].command
        assert command == Command(verb="train", arguments=("data",), options={"balance": True})
        assert finding.changes[0].options == {"balance": True}


@pytest.mark.parametrize(
    ("labels", "splits", "few"),
    [
        ("aaaaabbbbb", "", []),
        ("aaaabbbbb", "", [("a", 4)]),
        ("aaabbbbbc", "", [("c", 1), ("a", 3)]),
        ("aaaabbbb", "train", [("a", 4), ("b", 4)]),
        ("bbbbb", "", []),  # a has none, which is another finding
    ],
)
def test_classes_of_fewer_than_five_images_are_one_warning(
    folder_of: MakeFolder, labels: str, splits: str, few: list[tuple[str, int]]
) -> None:
    folder = folder_of(list(labels), class_names=sorted({*labels, "a"}), splits=[splits] * len(labels))
    found = [finding for finding in find_notes(folder) if finding.code == "few-images"]
    assert [list(zip(*(each.values[name] for name in ("classes", "num_images")), strict=True)) for each in found] == (
        [few] if few else []
    )
    severity = "error" if 1 in (count for _, count in few) else "warning"
    assert all(each.severity == severity and each in inspect(folder).findings for each in found)


def test_images_that_only_judge_do_not_make_a_class_large(folder_of: MakeFolder) -> None:
    labels, splits = ["a"] * 14 + ["b"] * 5, ["train"] * 4 + ["validation"] * 10 + ["train"] * 5
    (finding,) = (each for each in find_notes(folder_of(labels, splits=splits)) if each.code == "few-images")
    assert (finding.values["classes"], finding.values["num_images"]) == (["a"], [4])


def test_imbalance_in_validation_is_none(folder_of: MakeFolder) -> None:
    splits = ["train"] * 2 + ["validation"] * 9
    assert codes(folder_of(["a", "b", *["a"] * 8, "b"], splits=splits)) == []


def test_pictures_of_all_but_one_shade_are_found(folder_of: MakeFolder) -> None:
    folder = folder_of(
        ["a", "a", "b", "b"],
        used_ranges=[15 / 255, 1 / 16, 0.006, 0.0],
        modes=["RGB", "L", "L", "L"],
        reasons=["", "", "", "broken"],
    )
    found = [finding for finding in inspect(folder).findings if finding.code == "low-range"]
    assert [(finding.subject, finding.values) for finding in found] == [
        ("b/2.jpg", {"used_range": 0.006, "mode": "L"}),
        ("a/0.jpg", {"used_range": 15 / 255, "mode": "RGB"}),
    ], "the flattest first"


@pytest.mark.parametrize(
    ("used", "num_bits", "num_levels"), [(4095, 12, 16), (16383, 14, 64), (1023, 10, 4), (255, 8, 1), (0, 1, 1)]
)
def test_pictures_of_few_bits_in_files_of_16_are_named_together(
    folder_of: MakeFolder, used: int, num_bits: int, num_levels: int
) -> None:
    used_ranges = [used / 65535] * 3 + [1.0]
    folder = folder_of(["a", "a", "b", "b"], used_ranges=used_ranges, modes=["I;16", "I;16", "I;16B", "RGB"])
    (finding,) = told(folder)
    assert (finding.code, finding.severity, finding.subject) == ("few-levels", "warning", "data")
    assert finding.values == {
        "num_images": 3,
        "num_sixteen_bit": 3,
        "num_bits": num_bits,
        "num_levels": num_levels,
        "paths": ["a/0.jpg", "a/1.jpg", "b/2.jpg"],
    }
    assert finding.changes[0].options == {"stretch": True}


def test_a_dark_picture_among_others_of_16_bits_is_dark(folder_of: MakeFolder) -> None:
    folder = folder_of(["a", "b", "b"], used_ranges=[0.02, 0.9, 1.0], modes=["I;16"] * 3)
    assert codes(folder) == [("low-range", "warning", "a/0.jpg")]
    assert codes(folder_of(["a", "b"], used_ranges=[0.2, 0.2], modes=["I", "I"], formats=["TIFF", "TIFF"])) == []


def test_files_of_several_frames_are_named_together(folder_of: MakeFolder) -> None:
    folder = folder_of(
        ["a", "a", "b", "b"],
        num_frames=[42, 1, 3, 2],
        formats=["WEBP", "JPEG", "TIFF", "MPO"],
    )
    (finding,) = told(folder)
    assert (finding.code, finding.severity) == ("several-frames", "note")
    assert finding.values == {"num_images": 2, "most_frames": 42, "paths": ["a/0.jpg", "b/2.jpg"]}


@pytest.mark.parametrize(
    ("fit", "sides", "num_images", "size"),
    [
        ("squash", [(128, 128), (128, 200), (200, 200), (200, 200)], 2, None),
        ("squash", [(128, 128)] * 3 + [(200, 200)], 3, [128, 128]),
        ("crop", [(128, 300)] * 4, 4, [128, 128]),
        ("pad", [(128, 300)] * 4, 0, None),
        ("pad", [(100, 128)] * 4, 4, [128, 128]),
        ("squash", [(2, 300)] * 4, 4, None),
        ("squash", [(150, 150)] * 4, 0, None),
    ],
)
def test_images_that_are_enlarged_are_counted(
    folder_of: MakeFolder, fit: str, sides: list[tuple[int, int]], num_images: int, size: list[int] | None
) -> None:
    widths, heights = zip(*sides, strict=True)
    preparation = Preparation(image_size=(150, 150), fit=fit)  # type: ignore[arg-type]
    folder = folder_of(["a", "a", "b", "b"], widths=widths, heights=heights, preparation=preparation)
    found = [finding for finding in inspect(folder).findings if finding.code == "enlarged"]
    expected = {"num_images": num_images, "share": num_images / 4, "image_size": [150, 150]}
    assert [finding.values for finding in found] == ([expected] if num_images else [])
    assert [change.options["image_size"] for finding in found for change in finding.changes] == ([size] if size else [])


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_what_is_not_squashed_is_not_distorted(folder_of: MakeFolder, fit: str) -> None:
    preparation = Preparation(image_size=(8, 8), fit=fit)  # type: ignore[arg-type]
    folder = folder_of(["a", "b"] * 5, widths=[400] * 5 + [100] * 5, heights=[100] * 10, preparation=preparation)
    assert codes(folder) == []


@pytest.mark.parametrize(
    ("labels", "code", "severity"),
    [([], "no-class", "error"), (["", ""], "no-class", "error"), (["a", "a"], "one-class", "note")],
)
def test_too_few_classes_are_a_finding(folder_of: MakeFolder, labels: list[str], code: str, severity: str) -> None:
    (finding,) = told(folder_of(labels, class_names=sorted(set(labels) - {""})))
    assert (finding.code, finding.severity, finding.values["num_images"]) == (code, severity, len(labels))


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
        values = inspect(folder).findings[0].values
        assert (values["share"], values["factor"], values["median"]) == (0.2, 1.5, 1.0)


def test_panoramas_all_alike_are_no_finding(folder_of: MakeFolder) -> None:
    assert codes(folder_of(["a", "b"] * 5, widths=[400] * 10, heights=[100] * 10)) == []


def test_findings_come_worst_first_and_else_in_the_order_of_the_checks(folder_of: MakeFolder) -> None:
    folder = folder_of(
        ["a"] * 8 + ["b", "b"],
        class_names=["a", "b", "c"],
        splits=["train"] * 8 + ["train", "validation"],
        hashes=[*"11345678", "9", "1"],
        reasons=[""] * 7 + ["broken"] + [""] * 2,
        used_ranges=[0.01, 0.1] + [1.0] * 8,
        modes=["RGB", "I;16"] + ["RGB"] * 8,
        num_frames=[2] + [1] * 9,
        widths=[100] * 5 + [7] + [400] * 4,
        heights=[100] * 10,
    )
    found = list(dict.fromkeys(code for code, _, _ in codes(folder)))
    assert found == [
        "empty-class", "leak-share", "contradiction", "leak", "unusable", "few-levels", "low-range", "several-frames",
        "imbalance", "aspect-ratios", "enlarged",
    ]  # fmt: skip
    # Those of one kind stand together, by the worst of them: empty classes are errors and warnings.
    severities = list({code: severity for code, severity, _ in reversed(codes(folder))}.values())[::-1]
    assert severities == ["error"] * 4 + ["warning"] * 3 + ["note"] * 4
    near = {"near-duplicates", "near-leak-share", "near-contradiction", "near-leak", "near-duplicate"}
    others = {*near, "group-leak", "groups-in-names", "burst-leak", "long-burst"}  # test_grouping.py, test_bursts.py
    kinds = ("tiny", "blurred", "underexposed", "overexposed")
    others |= {
        *kinds,
        *(f"mostly-{code}" for code in kinds[1:]),
        "places",
        "colour-profiles",
    }
    assert {*found, *NOTES, *others, "no-class", "one-class", "few-images", "unread-format", "duplicate"} == set(
        INSPECTION_WORDS
    )


NOTES = {
    "split-like-classes": {"classes": ["Training", "Testing"], "shared": ["cats", "dogs"]},
    "splits-inside-classes": {"classes": ["cats"], "splits": ["train", "test"]},
    "unlabelled-test": {"split": "test", "num_images": 3},
    "folder-left-out": {"num_images": 1},
    "folder-closed": {"class_name": "cats", "split": ""},
    "link-not-followed": {"reason": "it leads back to a folder around it"},
    "own-output": {},
}


def test_what_the_names_tell_is_found_and_told(folder_of: MakeFolder) -> None:
    notes = [Note(code, "sub", values) for code, values in NOTES.items()]
    findings = find_notes(folder_of(["a", "b"] * 5, notes=[*notes, Note("no-images", "sub", {"archives": []})]))
    assert [finding.code for finding in findings] == list(NOTES)
    assert {finding.code: finding.values for finding in findings} == NOTES
    told = [in_words(finding) for finding in findings]
    assert told[0] == (
        "the classes Training, Testing look like splits; all of them contain cats, dogs; if they are splits, name them"
        " train, validation and test"
    )
    assert told[3].startswith("1 image left out")
    assert all(told)


@pytest.mark.parametrize(
    ("groups", "is_noted"),
    [((), True), (("Anna", "Ben", "Anna", "Ben"), False), (("x", "y", "z", "z"), True), (("x", "x", "x", "x"), True)],
)
def test_folders_that_are_groups_are_no_classes_in_splits(
    folder_of: MakeFolder, groups: tuple[str, ...], is_noted: bool
) -> None:
    note = Note("split-like-classes", "data", {"classes": ["benign", "malignant"], "shared": ["Anna", "Ben"]})
    names = ["benign", "benign", "malignant", "malignant"]
    paths = ["benign/Anna/1.jpg", "benign/Ben/1.jpg", "malignant/Anna/1.jpg", "malignant/Ben/1.jpg"]
    found = find_notes(folder_of(names, paths=paths, groups=groups, notes=[note]))
    assert ("split-like-classes" in [finding.code for finding in found]) == is_noted


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
        assert codes(folder) == expected + ([] if stretch else [("few-levels", "warning", str(data))])
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


def test_what_mends_a_finding_is_a_command_that_takes_the_data(folder_of: MakeFolder) -> None:
    columns = {"hashes": ["x", "x"], "used_ranges": [1.0, 0.01], "data": "my data"}
    changes = [change for finding in told(folder_of(["a", "a"], **columns)) for change in finding.changes]
    planned = Command(verb="inspect", arguments=("my data",), options={"plan": "plan.csv"})
    assert [change.command for change in changes if change.code in ("keep-one", "look")] == [planned, planned]
    # Images without classes have no plan.
    flat = folder_of(["", ""], class_names=[], layout="flat", **columns)
    assert {change.command for finding in told(flat) for change in finding.changes} == {None}


@pytest.mark.parametrize(("extra", "has_drop"), [("9", True), ("0", False), ("broken", False)])
def test_dropping_what_leaks_is_advised_only_where_something_would_be_left(
    folder_of: MakeFolder, extra: str, has_drop: bool
) -> None:
    """One image of the validation is of a burst, one of a group; of the third, new, equal or broken, it depends."""
    folder = folder_of(
        ["a"] * 9,
        splits=[*["train"] * 6, *["validation"] * 3],
        hashes=[*"012345", "6", "7", extra[0]],
        reasons=[*[""] * 8, "broken" if extra == "broken" else ""],
        cameras=["EOS"] * 9,
        taken=[1e9, 0, 0, 0, 0, 0, 1e9 + 1, 0, 0],
        groups=["", "p", *[""] * 5, "p", ""],
    )
    changes = {finding.code: [change.code for change in finding.changes] for finding in told(folder)}
    drop = ["drop-leaks"] if has_drop else []
    assert changes["burst-leak"] == [*drop, "keep-groups-whole"]
    assert changes["group-leak"] == [*drop, "keep-groups-whole"]
