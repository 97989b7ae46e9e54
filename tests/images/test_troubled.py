"""Real files that trouble image software, and real photographs, against oracles that nobody here wrote."""

import csv
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from classeur.images.decoding import UnusableImageError, decode, read_file

FILES = 46


def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "troubled" / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_verdict_is_the_expected_one(shared: Path) -> None:
    verdicts, expected = {}, {}
    for row in rows(shared):
        name = row["file"]
        facts = ("width", "height", "mode", "format", "frames")
        expected[name] = (row["verdict"], *(row[fact] for fact in facts))
        try:
            decoded = decode(read_file(shared / "data" / "troubled" / name))
        except UnusableImageError:
            verdicts[name] = ("unusable", *("" for _ in facts))
        else:
            width, height = decoded.image.size
            verdicts[name] = (
                "usable", str(width), str(height), decoded.mode, decoded.format, str(decoded.num_frames),
            )  # fmt: skip
    assert len(verdicts) == FILES
    assert verdicts == expected


def test_reasons_are_one_line_for_people(shared: Path) -> None:
    reasons = []
    for row in rows(shared):
        if row["verdict"] == "unusable":
            with pytest.raises(UnusableImageError) as caught:
                decode(read_file(shared / "data" / "troubled" / row["file"]))
            reasons.append(str(caught.value))
    assert len(reasons) > 10
    assert not [reason for reason in reasons if "\n" in reason or "0x" in reason or len(reason) < 10]


def test_turned_files_equal_pillow_and_opencv(shared: Path) -> None:
    for number in range(2, 9):
        path = shared / "data" / "troubled" / f"hopper_orientation_{number}.jpg"
        pixels = np.asarray(decode(read_file(path)).image)
        with Image.open(path) as image:
            assert np.array_equal(pixels, np.asarray(ImageOps.exif_transpose(image).convert("RGB"))), number
        encoded = np.frombuffer(path.read_bytes(), np.uint8)
        assert np.array_equal(pixels, cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)), number


def test_photographs_equal_opencv(shared: Path) -> None:
    with zipfile.ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[::100]
        for name in names:
            data = archive.read(name)
            theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
            assert np.array_equal(np.asarray(decode(data).image), theirs), name
    assert len(names) == 30


def test_postscript_is_not_opened() -> None:
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "EPS")
    with pytest.raises(UnusableImageError):
        decode(data.getvalue())
