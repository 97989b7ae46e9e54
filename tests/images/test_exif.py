import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from classeur.images.decoding import decode
from classeur.images.exif import Shot, shot_of

NOON = 1709294400.0  # 2024-03-01 12:00:00


def photograph(inner: dict[int, object] | None = None, format_: str = "JPEG", **tags: object) -> bytes:
    exif = Image.Exif()
    exif.update({int(name[1:], 16): value for name, value in tags.items()})
    exif.get_ifd(0x8769).update(inner or {})
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, format_, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_camera_and_time_are_read(format_: str) -> None:
    inner = {0x9003: "2024:03:01 12:00:00", 0x9291: "25", 0xA431: "SN 1"}
    data = photograph(inner, format_, x010F="Canon", x0110="EOS\0 ", x0132="2025:01:01 00:00:00")
    decoded = decode(data)
    assert (decoded.camera, decoded.taken) == ("Canon EOS SN 1", NOON + 0.25)


def test_a_photograph_without_its_time_has_that_of_its_last_change() -> None:
    assert decode(photograph(x0110="EOS", x0132="2024:03:01 12:00:00")).taken == NOON


def test_an_image_without_exif_says_nothing() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    decoded = decode(file.getvalue())
    assert (decoded.camera, decoded.taken) == ("", 0)


@pytest.mark.parametrize(
    "time",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2024:13:01 12:00:00",
        "2024:03:01 24:00:00",
        "yesterday",
        "",
        b"\xff",
    ],
)
def test_a_clock_that_was_not_set_says_no_time(time: object) -> None:
    assert decode(photograph({0x9003: time}, x0110="EOS")).taken == 0


@given(st.binary(max_size=60))
def test_damaged_exif_says_nothing(exif: bytes) -> None:
    image = Image.new("RGB", (2, 2))
    image.info["exif"] = b"Exif\0\0II*\0" + exif
    shot = shot_of(image)
    assert isinstance(shot, Shot)
    assert "\0" not in shot.camera


def placed(tags: dict[int, object]) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(tags)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
    return file.getvalue()


SEOUL = {1: "N", 2: (37.0, 33.0, 59.5), 3: "E", 4: (126.0, 58.0, 40.0)}


def test_coordinates_are_noticed() -> None:
    assert decode(placed(SEOUL)).has_place


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {0: b"\2\3\0\0"},  # the version alone, as many cameras write it
        {1: "N", 2: (37.0, 33.0, 59.5)},  # a latitude alone is no place
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},  # no fix
    ],
)
def test_a_camera_without_a_fix_says_no_place(tags: dict[int, object]) -> None:
    assert not decode(placed(tags)).has_place
