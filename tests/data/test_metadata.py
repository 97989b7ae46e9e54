"""Coordinates and colour profiles, from files to findings."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from classeur.data.folder import ImageFolder
from classeur.data.inspection import inspect
from classeur.data.metadata import find_places, find_profiles
from classeur.data.scan import scan
from classeur.delivery.inspection_words import mending
from classeur.delivery.korean_inspection import KOREAN_INSPECTION
from classeur.delivery.words import in_words
from classeur.images.pixels import PixelStore

MakeFolder = Callable[..., ImageFolder]


def test_coordinates_are_found_and_how_to_remove_them_is_said(folder_of: MakeFolder) -> None:
    (finding,) = find_places(folder_of(["a"] * 4, have_places=[1, 0, 1, 0], data="my pets"))
    assert finding.values == {"num_images": 2, "paths": ["a/0.jpg", "a/2.jpg"]}
    assert in_words(finding) == (
        "2 images say where they were taken (GPS in EXIF): a/0.jpg, a/2.jpg; before you hand the images on, remove it,"
        " for instance with exiftool -gps:all= -overwrite_original -r 'my pets'"
    )
    (finding,) = find_places(folder_of(["a"] * 4, have_places=[0, 0, 0, 1]))
    assert in_words(finding).startswith("1 image says where it was taken (GPS in EXIF): a/3.jpg;")


def test_coordinates_are_removed_from_the_photographs_not_from_a_csv_or_zip(
    folder_of: MakeFolder, tmp_path: Path
) -> None:
    def advised(number: int, **columns: object) -> tuple[str, str]:
        (finding,) = find_places(folder_of(["a"] * number, have_places=[1] * number, **columns))
        return in_words(finding).partition("the images on")[2], mending(finding)

    files = "exiftool -gps:all= -overwrite_original '/my pets/a/0.jpg' '/my pets/a/1.jpg'"
    assert advised(2, layout="table", data="pets.csv", root="/my pets") == (
        f", remove it, for instance with {files}", files
    )  # fmt: skip
    (finding,) = find_places(folder_of(["a"], have_places=[1], layout="table", root="/my pets"))
    assert (
        KOREAN_INSPECTION["places"]
        .advice(finding)
        .endswith("exiftool -gps:all= -overwrite_original '/my pets/a/0.jpg'")
    )
    folder = "exiftool -gps:all= -overwrite_original -r '/my pets'"
    assert advised(9, layout="table", data="pets.csv", root="/my pets") == (
        f", remove it, for instance with {folder}, which changes the other photographs there too", folder
    )  # fmt: skip
    with ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("a/0.jpg", b"x")
    command = f"unzip {tmp_path}/pets.zip -d pets && exiftool -gps:all= -overwrite_original -r pets"
    assert advised(1, data=str(tmp_path / "pets.zip")) == (
        f", unpacked, remove it, for instance with {command}", command
    )  # fmt: skip


def test_colours_other_than_srgb_are_named_with_their_share(folder_of: MakeFolder) -> None:
    profiles = ["Display P3", "", "Display P3", "Adobe RGB (1998)"]
    (finding,) = find_profiles(folder_of(["a"] * 4, profiles=profiles))
    assert (finding.severity, finding.values["share"]) == ("note", 0.75)
    assert in_words(finding).startswith(
        "3 images (75.0%) have other colours than sRGB: Display P3 2, Adobe RGB (1998) 1; nothing is converted"
    )
    (finding,) = find_profiles(folder_of(["a"] * 4, profiles=["", "", "P3", ""]))
    assert in_words(finding).startswith("1 image (25.0%) has other colours than sRGB: P3 1")


@pytest.mark.parametrize("columns", [{}, {"have_places": [1, 1], "profiles": ["P3", "P3"], "reasons": ["cut", "cut"]}])
def test_what_has_none_or_is_set_aside_is_no_finding(folder_of: MakeFolder, columns: dict[str, object]) -> None:
    folder = folder_of(["a", "b"], **columns)
    assert find_places(folder) == find_profiles(folder) == []


def test_from_files_to_findings(image_folder: Callable[..., Path], cache: Path) -> None:
    data = image_folder({"a": 5, "b": 5})

    def found() -> list[str]:
        folder = scan(data, PixelStore(cache, image_size=(8, 8), fit="squash"), cache=cache)
        return [finding.code for finding in inspect(folder).findings]

    assert found() == []
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 59.5), 3: "E", 4: (126.0, 58.0, 40.0)})
    with Image.open(data / "a" / "00.jpg") as image:
        image.save(data / "a" / "00.jpg", exif=exif, icc_profile=b"strange")
    assert found() == ["places", "colour-profiles"]
