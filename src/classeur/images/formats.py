"""The format of a file that cannot be read as an image: sound files of other formats are not called damaged."""

import io
import re
from typing import Literal

from PIL.TiffImagePlugin import COMPRESSION_INFO, ImageFileDirectory_v2

Kind = Literal["picture", "video", "document", "page", "archive", "data"]

# Position and bytes of a signature → name and kind of the format. (Gary Kessler's table, and the specifications.)
_MAGIC: tuple[tuple[int, bytes, str, Kind], ...] = (
    (0, b"\xff\x0a", "JPEG XL", "picture"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL", "picture"),
    (0, b"\xff\xd8\xff\xf7", "JPEG-LS", "picture"),
    (0, b"II\xbc", "JPEG XR", "picture"),
    (128, b"DICM", "DICOM", "picture"),
    (344, b"n+1\0", "NIfTI", "picture"),
    (0, b"SIMPLE  =", "FITS", "picture"),
    (0, b"8BPS", "Photoshop (PSD)", "picture"),
    (0, b"gimp xcf", "GIMP (XCF)", "picture"),
    (0, b"v/1\x01", "OpenEXR", "picture"),
    (0, b"#?RADIANCE", "Radiance HDR", "picture"),
    (0, b"DDS ", "DirectDraw Surface (DDS)", "picture"),
    (0, b"qoif", "QOI", "picture"),
    (0, b"BPG\xfb", "BPG", "picture"),
    (0, b"FLIF", "FLIF", "picture"),
    (0, b"\0\0\x01\0", "Windows icon (ICO)", "picture"),
    (0, b"icns", "Apple icon (ICNS)", "picture"),
    (0, b"FUJIFILMCCD-RAW", "raw photograph (Fujifilm RAF)", "picture"),
    (0, b"IIRO", "raw photograph (Olympus ORF)", "picture"),
    (0, b"IIRS", "raw photograph (Olympus ORF)", "picture"),
    (0, b"IIU\0", "raw photograph (Panasonic RW2)", "picture"),
    (0, b"FOVb", "raw photograph (Sigma X3F)", "picture"),
    (0, b"\0MRM", "raw photograph (Minolta MRW)", "picture"),
    (4, b"ftypcrx ", "raw photograph (Canon CR3)", "picture"),
    (0, b"%PDF-", "PDF", "document"),
    (0, b"%!PS", "PostScript", "document"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript", "document"),
    (0, b"AT&TFORM", "DjVu", "document"),
    (0, b"\x1aE\xdf\xa3", "video (Matroska or WebM)", "video"),
    (0, b"FLV\x01", "video (Flash)", "video"),
    (0, b"\0\0\x01\xba", "video (MPEG)", "video"),
    (0, b"\0\0\x01\xb3", "video (MPEG)", "video"),
    (8, b"AVI LIST", "video (AVI)", "video"),
    (4, b"moov", "video (QuickTime)", "video"),
    (4, b"mdat", "video (QuickTime)", "video"),
    (0, b"PK\x03\x04", "zip", "archive"),
    (0, b"\x1f\x8b\x08", "gzip", "archive"),
    (0, b"Rar!\x1a\x07", "RAR", "archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip", "archive"),
    (0, b"\x93NUMPY", "NumPy array", "data"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5", "data"),
)  # fmt: skip

# ISO base media files of these brands are images with a reader: if the reader fails, the file is damaged.
_PICTURE_BRANDS = frozenset((
    b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"jp2 ", b"jpx ",
))  # fmt: skip

_WEB_PAGE, _SVG = "web page (HTML)", "SVG"
_KINDS: dict[str, Kind] = {
    **{name: kind for _, _, name, kind in _MAGIC},
    "video (MP4 or QuickTime)": "video",
    _WEB_PAGE: "page",
    _SVG: "document",
}

# JPEG's frame headers (ITU-T T.81, table B.1): baseline, extended, progressive, and the last two arithmetically coded.
_READABLE_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def other_format(data: bytes) -> str | None:
    """Return the name of a file's format if it is known but not supported, from its bytes; else None.

    >>> other_format(b"%PDF-1.7"), other_format(b"<!DOCTYPE html><html>404</html>"), other_format(b"anything")
    ('PDF', 'web page (HTML)', None)
    """
    for position, magic, name, _ in _MAGIC:
        if data.startswith(magic, position):
            return name
    if data[4:8] == b"ftyp" and data[8:12] not in _PICTURE_BRANDS:
        return "video (MP4 or QuickTime)"
    if data.startswith((b"II*\0", b"MM\0*")):
        return _other_tiff(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _other_jpeg(data)
    return _other_text(data[:1024])


def is_cut_short(data: bytes) -> bool:
    """Return whether an ISO base media file, such as a HEIC, ends inside the box of its images or of what they are.

    libheif fills the tiles that it does not find, without an error.

    Source: ISO/IEC 14496-12, 4.2: each box begins with its size, 32 bits, and type; 1 stands for a size of 64 bits
    behind the type, 0 for the rest of the file.

    >>> box = (12).to_bytes(4) + b"mdat" + b"data"
    >>> is_cut_short(box), is_cut_short(box[:-1])
    (False, True)
    """
    place = 0
    while place + 8 <= len(data):
        size, type_ = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16])
        if size < 8:
            return False
        place += size
        if place > len(data):
            return type_ in (b"meta", b"mdat")  # cameras add trailers of their own, which are no boxes
    return False


def kind_of(format_: str) -> Kind:
    """Return the kind of a format, by a name from `other_format`.

    >>> kind_of("PDF"), kind_of("TIFF of 5 bands")
    ('document', 'picture')
    """
    return _KINDS.get(format_, "picture")


def _other_text(beginning: bytes) -> str | None:
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return _WEB_PAGE
    return _SVG if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start) else None


def _other_jpeg(data: bytes) -> str | None:
    """Return what is unusual about a JPEG that the usual decoders refuse."""
    position = 2
    while found := re.compile(rb"\xff+([^\xff\0])(..)", re.DOTALL).match(data, position):
        marker, length = found[1][0], int.from_bytes(found[2])
        if marker in _FRAMES:
            precision = data[found.end()] if found.end() < len(data) else 8
            if marker not in _READABLE_FRAMES:
                return "lossless or hierarchical JPEG"
            return f"JPEG of {precision} bits" if precision != 8 else None
        position = found.end() - 2 + length
    return None


def _other_tiff(data: bytes) -> str | None:
    """Return what is unusual about a complete TIFF."""
    try:
        directory = ImageFileDirectory_v2(data[:8])
        file = io.BytesIO(data)
        file.seek(directory.next)
        directory.load(file)
        starts, lengths = directory.get(273, directory.get(324)), directory.get(279, directory.get(325))
        if not all(start + length <= len(data) for start, length in zip(starts, lengths, strict=True)):
            return None
        bands, bits, sample = directory.get(277, 1), directory.get(258, (1,))[0], directory.get(339, (1,))[0]
        compression = directory.get(259, 1)
    except Exception:  # a damaged directory raises nearly anything
        return None
    if bands > 4:
        return f"TIFF of {bands} bands"
    if compression not in COMPRESSION_INFO:
        return f"TIFF compressed by method {compression}"
    if bits not in (1, 2, 4, 8, 16, 32) or (bits == 32 and bands > 1) or sample not in (1, 2, 3):
        what = {2: "integers", 3: "floats", 5: "complex integers", 6: "complex floats"}.get(sample, "values")
        return f"TIFF of {bits}-bit {what}"
    return None
