"""Lists of paths, one per line, as shells, PowerShell and Windows Explorer write them."""

from classeur.data.encoding import decode_text
from classeur.errors import UsageError

# First bytes of JPEG, PNG, GIF and TIFF, from their specifications.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")


def read_paths(data: bytes) -> list[str]:
    r"""Return the paths of a list, in order.

    Takes UTF-8, UTF-16 with its byte order mark, any line ends, and paths in quotes, as Explorer's
    "Copy as path" gives them. Bytes that are not UTF-8 are kept as Python keeps them in paths
    (`surrogateescape`). Blank lines are skipped.

    Raises:
        UsageError: if the bytes are of an image file, or contain a NUL, which no list does.

    >>> read_paths(b'\xef\xbb\xbf"C:\\pets\\a cat.jpg"\r\ndog.jpg\n')
    ['C:\\pets\\a cat.jpg', 'dog.jpg']
    """
    if data.startswith(_PICTURES) or _begins_later(data):
        raise UsageError(
            "standard input has an image, not a list of paths; give the image file, or write its path to standard input"
        )
    text = decode_text(data, errors="surrogateescape")
    if "\0" in text:
        raise UsageError(
            "standard input is not a list of paths (it contains a NUL); give one path per line, in UTF-8 or UTF-16 with"
            " a byte order mark"
        )
    # Not by `splitlines`, which also splits at characters that names may contain.
    lines = text.replace("\r\n", "\n").split("\n")
    return [path for path in map(_unquoted, lines) if path]


def _unquoted(line: str) -> str:
    line = line.strip("\r")
    stripped = line.strip(" \t")
    if len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        return stripped[1:-1]
    return line if stripped else ""


def _begins_later(data: bytes) -> bool:
    """Return whether these are image formats whose first bytes could begin a path: WebP, HEIC, AVIF and bitmaps."""
    webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    return webp or data[4:8] == b"ftyp" or (data.startswith(b"BM") and data[6:10] == b"\0\0\0\0")
