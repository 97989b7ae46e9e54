import csv
import importlib.metadata
import io
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import EpsImagePlugin, Image, ImageOps

from classeur.images import decoding
from classeur.images.decoding import IMAGE_ENDINGS, UnusableImageError, decode, read_file

# What Pillow murmurs of broken metadata; the command line silences it too.
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")


def picture(width: int = 30, height: int = 20, *, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def pixels_of(data: bytes, **options: bool) -> np.ndarray:
    return decode(data, **options).pixels


def grey_of(data: bytes, **options: bool) -> np.ndarray:
    rgb = pixels_of(data, **options)
    assert (rgb == rgb[:, :, :1]).all()
    return rgb[:, :, 0]


def reason_of(data: bytes) -> str:
    with pytest.raises(UnusableImageError) as caught:
        decode(data)
    return str(caught.value)


@pytest.fixture
def troubled(shared: Path) -> Path:
    return shared / "data" / "troubled"


# The 46 files


def test_the_troubled_files_get_exactly_the_expected_verdicts(troubled: Path) -> None:
    with open(troubled / "expected.csv", encoding="utf-8", newline="") as file:
        expected = {row["file"]: row for row in csv.DictReader(file)}
    found = {}
    for name in expected:
        try:
            decoded = decode(read_file(troubled / name))
        except UnusableImageError:
            found[name] = ("unusable", "", "", "", "", "")
        else:
            assert decoded.pixels.dtype == np.uint8
            size = (str(decoded.pixels.shape[1]), str(decoded.pixels.shape[0]))
            found[name] = ("usable", *size, decoded.mode, decoded.format, str(decoded.num_frames))
    columns = ("verdict", "width", "height", "mode", "format", "frames")
    assert found == {name: tuple(row[column] for column in columns) for name, row in expected.items()}
    assert len(found) == 46


def test_reasons_are_one_line_without_addresses(troubled: Path) -> None:
    reasons = {}
    for path in sorted(troubled.iterdir()):
        try:
            decode(path.read_bytes())
        except UnusableImageError as error:
            reasons[path.name] = str(error)
    for reason in reasons.values():
        assert reason
        assert "\n" not in reason
        assert len(reason) < 240
        assert not re.search(r"0x[0-9a-f]{6}|BytesIO", reason)
    assert reasons["camera_shy.jpg"] == "not an image: the file contains text"
    assert reasons["empty.jpg"] == "the file is empty (0 bytes)"
    assert "178,956,970 pixels" in reasons["decompression_bomb.gif"]
    assert "truncated" in reasons["truncated_jpeg.jpg"]


def test_where_warnings_are_errors_the_verdicts_are_the_same(troubled: Path) -> None:
    for name in ("hopper_bad_exif.jpg", "invalid-exif.jpg", "exif_typeerror.jpg"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert decode((troubled / name).read_bytes()).format == "JPEG"


# Oracles: Pillow's own turning, and OpenCV


def opencv_rgb(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB))


@pytest.mark.parametrize("ending", ["2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "7.jpg", "8.jpg", "6.webp"])
def test_turned_files_equal_pillow_and_opencv(troubled: Path, ending: str) -> None:
    data = (troubled / f"hopper_orientation_{ending}").read_bytes()
    found = pixels_of(data)
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(found, np.asarray(ImageOps.exif_transpose(image).convert("RGB")))
    if ending.endswith(".jpg"):  # OpenCV leaves WebP as it lies
        np.testing.assert_array_equal(found, opencv_rgb(data))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_orientation_of_a_picture_that_is_not_square(format_: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(picture(), format_, exif=exif)
    found = decode(data).pixels
    assert found.shape == ((20, 30, 3) if orientation < 5 else (30, 20, 3))
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(found, np.asarray(ImageOps.exif_transpose(image)))
    if format_ in ("JPEG", "PNG"):
        np.testing.assert_array_equal(np.asarray(found), opencv_rgb(data))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_counts_as_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert decode(encoded(picture(), "JPEG", exif=exif)).pixels.shape == (20, 30, 3)


def test_photographs_equal_pillow_and_opencv(shared: Path) -> None:
    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as file:
        names = sorted(name for name in file.namelist() if name.endswith(".jpg"))[::250]
        assert len(names) >= 10
        for name in names:
            data = file.read(name)
            found = pixels_of(data)
            np.testing.assert_array_equal(found, opencv_rgb(data), name)
            with Image.open(io.BytesIO(data)) as image:
                np.testing.assert_array_equal(found, np.asarray(ImageOps.exif_transpose(image).convert("RGB")), name)


# Modes


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_16_bit_grey_is_shifted_right_by_8(first: int, second: int) -> None:
    values = np.array([[first, second]], np.uint16)
    decoded = decode(encoded(Image.fromarray(values), "PNG"))
    assert decoded.mode == "I;16"
    np.testing.assert_array_equal(decoded.pixels[:, :, 0], values >> 8)
    assert decoded.used_range == pytest.approx(abs(first - second) / 65535)


def test_16_bit_grey_is_read_alike_from_png_tiff_and_pgm() -> None:
    values = np.random.default_rng(0).integers(0, 65536, (4, 6)).astype(np.uint16)
    pgm = b"P5 6 4 65535\n" + values.astype(">u2").tobytes()
    for data in (encoded(Image.fromarray(values), "PNG"), encoded(Image.fromarray(values), "TIFF"), pgm):
        np.testing.assert_array_equal(grey_of(data), values >> 8)


def test_stretch_takes_16_bit_grey_from_its_own_range() -> None:
    values = np.array([[291, 694], [400, 500]], np.uint16)
    data = encoded(Image.fromarray(values), "PNG")
    assert grey_of(data).max() - grey_of(data).min() == 1
    assert decode(data).used_range == pytest.approx(403 / 65535)
    np.testing.assert_array_equal(grey_of(data, stretch=True), np.rint((values - 291.0) * 255 / 403))
    assert decode(data, stretch=True).used_range == 1.0


def test_stretch_changes_no_8_bit_picture() -> None:
    image = Image.fromarray(np.array([[100, 110]], np.uint8))
    for data in (encoded(image, "PNG"), encoded(picture(), "JPEG"), encoded(picture(), "GIF")):
        np.testing.assert_array_equal(pixels_of(data, stretch=True), pixels_of(data))


def test_floats_are_stretched_from_their_own_range() -> None:
    values = np.array([[-2.0, 0.0, 1.0, 6.0]], np.float32)
    decoded = decode(encoded(Image.fromarray(values), "TIFF"))
    assert decoded.mode == "F"
    assert decoded.used_range == 1.0
    np.testing.assert_array_equal(decoded.pixels[:, :, 0], np.rint((values + 2.0) * 255 / 8))


def test_32_bit_integers_are_stretched_from_their_own_range() -> None:
    values = np.array([[-(2**31), 0, 2**31 - 1]], np.int32)
    np.testing.assert_array_equal(grey_of(encoded(Image.fromarray(values), "TIFF")), [[0, 128, 255]])


def test_values_that_are_no_numbers_are_black_and_infinite_ones_the_ends() -> None:
    values = np.array([[np.nan, -np.inf, np.inf, 1.0, 2.0, 3.0]], np.float32)
    np.testing.assert_array_equal(grey_of(encoded(Image.fromarray(values), "TIFF")), [[0, 0, 255, 0, 128, 255]])


def test_one_finite_value_beside_infinite_ones_is_black() -> None:
    values = np.array([[3.0, np.inf, -np.inf, np.nan]], np.float32)
    np.testing.assert_array_equal(grey_of(encoded(Image.fromarray(values), "TIFF")), [[0, 0, 0, 0]])


def test_no_finite_value_is_said() -> None:
    values = np.full((2, 2), np.nan, np.float32)
    assert reason_of(encoded(Image.fromarray(values), "TIFF")) == "has no finite pixel value"


def test_a_float_map_is_stretched_like_any_other_float() -> None:
    values = np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)
    decoded = decode(encoded(Image.fromarray(values), "PPM"))  # PFM: Pillow calls it PPM, as it does 16-bit PGM
    np.testing.assert_array_equal(decoded.pixels[:, :, 0], np.rint(values * 255))
    assert decoded.used_range == 1.0


def over_white(rgba: np.ndarray) -> np.ndarray:
    rgb, alpha = rgba[..., :3].astype(float), rgba[..., 3:] / 255
    return np.rint(rgb * alpha + 255 * (1 - alpha))


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_lies_over_white(format_: str) -> None:
    rgb = np.asarray(picture())
    alpha = np.random.default_rng(1).integers(0, 256, (*rgb.shape[:2], 1), np.uint8)
    alpha[:3], alpha[3:6] = 0, 255
    options: dict[str, Any] = {"lossless": True, "exact": True} if format_ == "WEBP" else {}
    rgba = np.concatenate([rgb, alpha], axis=2)
    data = encoded(Image.fromarray(rgba), format_, **options)
    assert decode(data).mode == "RGBA"
    found = pixels_of(data)
    assert np.abs(found - over_white(rgba)).max() <= 1
    assert (found[:3] == 255).all(), "of what was cut off nothing is left"
    np.testing.assert_array_equal(found[3:6], rgb[3:6])


def test_grey_with_alpha_lies_over_white() -> None:
    data = encoded(Image.merge("LA", (Image.new("L", (2, 2), 40), Image.new("L", (2, 2), 0))), "PNG")
    assert decode(data).mode == "LA"
    assert (grey_of(data) == 255).all()


def test_a_palette_is_resolved_and_lies_over_white() -> None:
    palette = Image.new("P", (3, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    palette.putdata([0, 1, 2])
    first, second, third = [10, 20, 30], [40, 50, 60], [70, 80, 90]
    white = [255, 255, 255]
    for transparency, expected in (
        (None, [first, second, third]),
        (1, [first, white, third]),
        (bytes([0, 255, 255]), [white, second, third]),
    ):
        options = {} if transparency is None else {"transparency": transparency}
        decoded = decode(encoded(palette, "PNG", **options))
        assert decoded.mode == "P"
        assert decoded.pixels.tolist() == [expected]


def test_a_gif_s_first_frame_lies_over_white() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putdata([0, 1])
    data = encoded(palette, "GIF", transparency=1)
    assert pixels_of(data).tolist() == [[[10, 20, 30], [255, 255, 255]]]


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_transparent_colour_is_white(mode: str) -> None:
    image = Image.new(mode, (2, 2), (1, 2, 3) if mode == "RGB" else 0)
    data = encoded(image, "PNG", transparency=(1, 2, 3) if mode == "RGB" else 0)
    assert "transparency" in Image.open(io.BytesIO(data)).info
    assert (pixels_of(data) == 255).all()


def test_one_bit_is_black_and_white() -> None:
    data = b"P1 3 1\n0 1 0\n"  # PBM: 1 is black
    assert grey_of(data).tolist() == [[255, 0, 255]]
    assert decode(data).mode == "1"


def test_cmyk_is_converted_as_pillow_does(troubled: Path) -> None:
    data = (troubled / "pil_sample_cmyk.jpg").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(pixels_of(data), np.asarray(image.convert("RGB")))
    assert decode(data).mode == "CMYK"


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_of_several_frames_the_first_is_used(format_: str) -> None:
    red, blue = Image.new("RGB", (16, 12), (255, 0, 0)), Image.new("RGB", (16, 12), (0, 0, 255))
    decoded = decode(encoded(red, format_, save_all=True, append_images=[blue, red]))
    assert (decoded.num_frames, decoded.format) == (3, format_)
    assert np.abs(decoded.pixels.astype(int) - (255, 0, 0)).max() <= 3


def test_a_broken_second_page_leaves_the_first_as_it_is() -> None:
    first = picture()
    data = bytearray(encoded(first, "TIFF", save_all=True, append_images=[picture(12, 10), picture(12, 10)]))
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        second = image._frame_pos[1]
    for offset in range(2, 122, 2):
        broken = data[: second + offset] + b"\xff\xff" + data[second + offset + 2 :]
        np.testing.assert_array_equal(pixels_of(bytes(broken)), np.asarray(first), f"offset {offset}")


# What is never opened


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


def test_eps_starts_no_other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("another program was started")

    with Image.open(io.BytesIO(EPS)) as image:
        assert image.format == "EPS"  # Pillow, left alone, would open it
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert reason_of(EPS) == "PostScript: a format that is not supported"
    assert not {".eps", ".ps", ".pdf", ".wmf", ".emf", ".svg"} & IMAGE_ENDINGS


# HEIC: files drawn by heic/draw.py; upright, their corners are red and green above, blue and yellow below.


RED, GREEN, BLUE, YELLOW = (200, 30, 40), (30, 180, 60), (40, 60, 200), (220, 200, 40)


def heic(name: str) -> bytes:
    return (Path(__file__).parent / "heic" / f"{name}.heic").read_bytes()


def corners(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """Return the nearest of the four colours at each corner: top left, top right, bottom left, bottom right."""
    height, width = pixels.shape[:2]
    known = (RED, GREEN, BLUE, YELLOW)
    found = []
    for row, column in ((height // 4, width // 4), (height // 4, -width // 4), (-height // 4, width // 4), (-1, -1)):
        distances = [np.abs(pixels[row, column].astype(int) - colour).max() for colour in known]
        assert min(distances) <= 4
        found.append(known[int(np.argmin(distances))])
    return found


@pytest.mark.parametrize("name", ["orientation_1", "tiles"])
def test_heic_is_read(name: str) -> None:
    decoded = decode(heic(name))
    assert (decoded.format, decoded.mode, decoded.num_frames) == ("HEIF", "RGB", 1)
    assert decoded.pixels.shape == (64, 96, 3)
    assert corners(decoded.pixels) == [RED, GREEN, BLUE, YELLOW]


# EXIF 2.32, tag 0x0112: where the first row and column of what is stored belong.
@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [RED, GREEN, BLUE, YELLOW]),
        (2, [GREEN, RED, YELLOW, BLUE]),
        (3, [YELLOW, BLUE, GREEN, RED]),
        (4, [BLUE, YELLOW, RED, GREEN]),
        (5, [RED, BLUE, GREEN, YELLOW]),
        (6, [BLUE, RED, YELLOW, GREEN]),
        (7, [YELLOW, GREEN, BLUE, RED]),
        (8, [GREEN, YELLOW, RED, BLUE]),
    ],
)
def test_a_heic_is_turned_once_by_its_own_orientation(orientation: int, expected: list[tuple[int, ...]]) -> None:
    pixels = pixels_of(heic(f"orientation_{orientation}"))
    assert pixels.shape == ((64, 96, 3) if orientation < 5 else (96, 64, 3))
    assert corners(pixels) == expected
    turned = ImageOps.exif_transpose(with_orientation(orientation))
    assert corners(np.asarray(turned)) == expected


def with_orientation(orientation: int) -> Image.Image:
    pixels = np.array([RED, GREEN, BLUE, YELLOW], np.uint8).reshape(2, 2, 3).repeat(32, axis=0).repeat(48, axis=1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return Image.open(io.BytesIO(encoded(Image.fromarray(pixels), "PNG", exif=exif)))


def test_exif_turns_no_heic_that_does_not_turn_itself() -> None:
    """HEIF, ISO/IEC 23008-12, and viewers: EXIF's orientation only repeats what the file's own properties say."""
    data = heic("exif_alone")
    assert data != heic("orientation_1")
    assert len(data) == len(heic("orientation_1"))
    assert corners(pixels_of(data)) == [RED, GREEN, BLUE, YELLOW]


def test_a_heic_of_ten_bits_keeps_its_brightness() -> None:
    expected = np.linspace(0, 255, 96)
    assert np.abs(grey_of(heic("ten_bit")).astype(float) - expected).max() <= 2


def test_of_several_images_the_heic_s_own_is_used_and_the_others_counted() -> None:
    decoded = decode(heic("burst"))
    assert decoded.num_frames == 4
    assert corners(decoded.pixels) == [BLUE] * 4


def test_transparent_pixels_of_a_heic_become_white() -> None:
    pixels = pixels_of(heic("alpha"))
    assert (pixels[:, 60:] == 255).all()
    assert np.abs(pixels[:28, :40].astype(int) - RED).max() <= 4


def test_a_grey_heic_is_read() -> None:
    assert np.abs(grey_of(heic("grey")).astype(int) - 77).max() <= 1


@pytest.mark.parametrize("name", ["orientation_6", "tiles", "burst", "ten_bit"])
def test_a_heic_that_is_cut_short_is_unusable_wherever_it_ends(name: str) -> None:
    data = heic(name)
    for length in range(12, len(data), 7):
        assert reason_of(data[:length])
    assert reason_of(data[:-1]) == "broken or cut short: the last bytes are missing"


def test_what_a_camera_adds_behind_a_heic_does_no_harm() -> None:
    for trailer in (b"\0", b"\0\0\xff\xffSEFHabc", b"\0\0\0\x0cfree1234", b"anything at all, even longer"):
        assert corners(pixels_of(heic("tiles") + trailer)) == [RED, GREEN, BLUE, YELLOW]


HEIC_WITHOUT_READER = """
import sys
sys.modules["pi_heif"] = None
from classeur.images.decoding import UnreadFormatError, decode
try:
    decode(open(sys.argv[1], "rb").read())
except UnreadFormatError as error:
    print(error.format, error)
"""


def test_without_its_reader_heic_names_the_command_that_installs_it() -> None:
    path = Path(__file__).parent / "heic" / "tiles.heic"
    code = [sys.executable, "-c", HEIC_WITHOUT_READER, str(path)]
    found = subprocess.run(code, capture_output=True, text=True, check=True)
    assert found.stdout == "HEIC HEIC is read by pi-heif; install it with: pip install pi-heif\n"


def test_the_reader_s_release_is_known_without_loading_it() -> None:
    code = (
        "import sys; from classeur.images.decoding import heic_reader; print(heic_reader(), 'pi_heif' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == f"{importlib.metadata.version('pi-heif')} False\n"


@pytest.mark.parametrize("brand", [b"avif", b"mif1"])
def test_avif_is_pillow_s_whatever_brand_leads(brand: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_register_heic", None)  # calling it would fail
    data = encoded(picture(), "AVIF")
    assert data[8:12] == b"avif"
    assert decode(data[:8] + brand + data[12:]).format == "AVIF"


# Files


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnusableImageError, match=r"^cannot be read: No such file or directory$"):
        read_file(tmp_path / "gone.jpg")
    with pytest.raises(UnusableImageError, match=r"^cannot be read: "):
        read_file(tmp_path)
    for never in ("a\0.jpg", "x" * 5000):
        with pytest.raises(UnusableImageError, match=r"^cannot be read: "):
            read_file(tmp_path / never)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_is_not_waited_for_and_a_device_not_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/null")
    for name in ("pipe.jpg", "device.jpg"):
        with pytest.raises(UnusableImageError, match=r"^cannot be read: a pipe or a device, not a file$"):
            read_file(tmp_path / name)


def test_a_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "sparse.jpg", "wb") as file:
        file.truncate(decoding.MAX_IMAGE_BYTES + 1)
    with pytest.raises(UnusableImageError, match=r"^cannot be read: 1,073,741,825 bytes; at most 1,073,741,824"):
        read_file(tmp_path / "sparse.jpg")


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"BM"])
)
def test_any_bytes_are_a_picture_or_unusable(data: bytes, magic: bytes) -> None:
    try:
        decoded = decode(magic + data)
    except UnusableImageError as error:
        assert str(error)
        assert "\n" not in str(error)
    else:
        assert decoded.pixels.dtype == np.uint8


@given(st.integers(0, 10**6), st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]))
def test_a_file_cut_short_is_unusable_or_decodes(position: int, format_: str) -> None:
    data = encoded(picture(), format_)
    try:
        assert decode(data[: position % len(data)]).pixels.shape == (20, 30, 3)
    except UnusableImageError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(("text", "reason"), [("two\n  lines", "two lines"), ("", "OddError"), ("x" * 999, "x" * 200)])
def test_what_a_decoder_says_becomes_one_short_line(monkeypatch: pytest.MonkeyPatch, text: str, reason: str) -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            return text

    def fail(*arguments: Any, **options: Any) -> Any:
        raise OddError

    monkeypatch.setattr(Image, "open", fail)
    assert reason_of(b"bytes") == f"broken or cut short: {reason}"
