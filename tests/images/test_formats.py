import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from classeur.images.decoding import UnreadFormatError, UnusableImageError, decode
from classeur.images.formats import is_cut_short, kind_of, other_format


def tiff(*, bands: int = 1, bits: int = 8, sample: int = 1, compression: int = 1, missing: int = 0) -> bytes:
    """A TIFF of 4 × 4 pixels by hand, its pixels at the end."""
    pixels = bytes(16 * bands * bits // 8)
    tags = {256: 4, 257: 4, 258: bits, 259: compression, 262: 1, 277: bands, 278: 4, 279: len(pixels), 339: sample}
    start = 8 + 2 + 12 * (len(tags) + 1) + 4
    rows = sorted([*tags.items(), (273, start)])
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in rows)
    data = b"II*\0" + struct.pack("<IH", 8, len(rows)) + body + struct.pack("<I", 0) + pixels
    return data[: len(data) - missing]


def jpeg(frame: int, precision: int = 8) -> bytes:
    head = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    return head + bytes([0xFF, frame, 0, 11, precision, 0, 4, 0, 4, 1, 1, 0x11, 0]) + bytes(40)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"\0" * 128 + b"DICM" + bytes(400), "DICOM", "picture"),
        (bytes.fromhex("0000000c4a584c200d0a870a") + bytes(100), "JPEG XL", "picture"),
        (b"\xff\x0a" + bytes(50), "JPEG XL", "picture"),
        (b"8BPS\0\1" + bytes(50), "Photoshop (PSD)", "picture"),
        (b"\0\0\0\x18ftypcrx " + bytes(50), "raw photograph (Canon CR3)", "picture"),
        (b"\0\0\0\x18ftypmp42" + bytes(50), "video (MP4 or QuickTime)", "video"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(50), "video (AVI)", "video"),
        (b"%PDF-1.7\n" + bytes(50), "PDF", "document"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "SVG", "document"),
        (b"\n<!DOCTYPE html><html>403 Forbidden</html>", "web page (HTML)", "page"),
        (b"PK\x03\x04" + bytes(50), "zip", "archive"),
        (tiff(bands=5), "TIFF of 5 bands", "picture"),
        (tiff(bits=64, sample=3), "TIFF of 64-bit floats", "picture"),
        (tiff(compression=34887), "TIFF compressed by method 34887", "picture"),
        (jpeg(0xC3), "lossless or hierarchical JPEG", "picture"),
        (jpeg(0xC1, precision=12), "JPEG of 12 bits", "picture"),
    ],
)
def test_a_sound_file_of_another_kind_is_named(data: bytes, name: str, kind: str) -> None:
    with pytest.raises(UnreadFormatError, match="a format that is not supported") as caught:
        decode(data)
    assert caught.value.format == name
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "data", [tiff(bands=5, missing=1), tiff(bands=5)[:40], jpeg(0xC0), b"\0\0\0\x18ftypheic", b"words", b"\xff\xd8\xff"]
)
def test_what_is_broken_stays_broken(data: bytes) -> None:
    with pytest.raises(UnusableImageError) as caught:
        decode(data)
    assert not isinstance(caught.value, UnreadFormatError)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "AVIF", "JPEG2000"])
@pytest.mark.parametrize("whole", [True, False])
def test_pictures_that_are_read_are_no_other_kind(format_: str, whole: bool) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)).save(buffer, format_)
    data = buffer.getvalue()
    assert other_format(data if whole else data[: len(data) * 2 // 3]) is None


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*", b"\xff\xd8\xff", b"\0\0\0\x18ftyp", b"<"]))
def test_any_bytes_have_a_name_or_none(data: bytes, magic: bytes) -> None:
    assert (other_format(magic + data) or "x").isprintable()


def box(type_: bytes, content: bytes, *, size: int | None = None) -> bytes:
    return (8 + len(content) if size is None else size).to_bytes(4) + type_ + content


def test_boxes_of_64_bits_and_to_the_end_are_measured() -> None:
    large = (1).to_bytes(4) + b"mdat" + (20).to_bytes(8) + b"data"
    assert not is_cut_short(box(b"ftyp", b"heic") + large + box(b"free", b""))
    assert is_cut_short(box(b"ftyp", b"heic") + large[:-1])
    assert not is_cut_short(box(b"ftyp", b"heic") + box(b"mdat", b"any", size=0))


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_box_that_is_smaller_than_its_header_ends_the_search(size: int) -> None:
    assert not is_cut_short(box(b"mdat", b"\0" * 8, size=size))
