"""From files to upright RGB, for every training, prediction and export.

`read_file` is the only function of classeur that opens an image file; `decode` is a pure function of its bytes.
"""

import io
import math
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import simplejpeg
from PIL import Image, UnidentifiedImageError

from classeur.images.exif import shot_of
from classeur.images.formats import is_cut_short, other_format
from classeur.images.profiles import profile_of
from classeur.images.scratch import Scratch
from classeur.untrusted import opened

# Raised whenever the same bytes give other pixels, so that pixels cached by an older decoder are not used.
DECODING_VERSION = 2

# Files with other endings are not read. The content decides the format, so a PNG named .jpg is read as PNG.
IMAGE_ENDINGS = frozenset((
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm",
    ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp",
))  # fmt: skip

MAX_IMAGE_BYTES = 2**30
"""Of a file: 178,956,970 pixels, as many as are decoded, take 716 MB in RGBA as it is."""

# Formats that Pillow may try. EPS and the like are not among them: opening one would start another program.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "AVIF", "HEIF", "JPEG2000", "TGA")

# The first of them, which Pillow knows before it has loaded all of its formats: that takes as long as ten photographs.
_COMMON_FORMATS = _FORMATS[:3]

# ISO 14496-12 brands of HEIF still images and sequences coded with HEVC (nokiatech.github.io/heif, "Brands").
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))

# EXIF 2.32, tag 0x0112: the orientation of the first row and column → the turn that makes the image upright.
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda pixels: pixels[::-1, ::-1],
    4: np.flipud,
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}
_ORIENTATION_TAG = 0x0112

# Of a JPEG: those that Pillow opens in mode RGB, as simplejpeg names them.
_COLOURS = ("YCbCr", "RGB")

# Formats whose files may have several frames; counting them seeks through the file, so it comes last.
_ANIMATED = frozenset(("GIF", "PNG", "TIFF", "WEBP", "MPO", "AVIF", "HEIF"))


# The only reason that is not the file's fault.
NO_MEMORY = "does not fit in memory"


class UnusableImageError(Exception):
    """A file without a usable image; the text is the reason, without the file's name."""


class UnreadFormatError(UnusableImageError):
    """A file that may be sound, in an unsupported format."""

    def __init__(self, format_: str, reason: str | None = None) -> None:
        super().__init__(reason or f"{format_}: a format that is not supported")
        self.format = format_


class Decoded(NamedTuple):
    """An upright RGB image and its file's metadata."""

    pixels: np.ndarray  # uint8 (height, width, 3)
    mode: str  # the file's own, as Pillow names it: L, RGB, CMYK, I;16, …
    format: str  # JPEG, PNG, …
    num_frames: int
    used_range: float  # share of its range that 16-bit grey uses, 0 … 1; 1 for all others and with `stretch`
    camera: str = ""  # maker, model and serial number, as EXIF names them
    taken: float = 0.0  # seconds since 1970 by the camera's clock; 0 if EXIF does not say
    has_place: bool = False  # whether EXIF holds coordinates
    profile: str = ""  # name of an embedded colour profile other than sRGB


def read_file(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        UnusableImageError: if the file cannot be read (gone, no permission, a pipe or a device, too large).
    """
    try:
        with opened(path, MAX_IMAGE_BYTES) as file:
            return file.read()
    except OSError as error:
        raise UnusableImageError(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # also of a path that no file can have
        raise UnusableImageError(f"cannot be read: {error}") from error
    except MemoryError as error:
        raise UnusableImageError(NO_MEMORY) from error


def decode(data: bytes, *, stretch: bool = False, scratch: Scratch | None = None) -> Decoded:
    """Return the first frame of an image file as upright RGB.

    Of a HEIC with several images it is the one that the file names as its own. Orientation is applied and a palette
    resolved. Transparent pixels become white: their hidden colours are often
    what an editor cut off. 16-bit grey is shifted right by 8; floats and 32-bit integers
    are stretched linearly from their own minimum … maximum to 0 … 255, and so is 16-bit grey with `stretch`. CMYK and
    YCbCr are converted as Pillow does.

    Args:
        data: the bytes of the whole file.
        stretch: whether 16-bit grey is stretched from its own range too.
        scratch: memory to decode into; the pixels may share it until it is used again. None allocates memory.

    Raises:
        UnreadFormatError: if its format is not supported.
        UnusableImageError: if it is not an image, damaged, or its header has more than 178,956,970 pixels (Pillow's
            limit against decompression bombs).

    >>> buffer = io.BytesIO()
    >>> Image.new("L", (4, 2), 7).save(buffer, "PNG")
    >>> decoded = decode(buffer.getvalue())
    >>> decoded.pixels.shape, decoded.pixels[0, 0].tolist(), decoded.mode, decoded.format
    ((2, 4, 3), [7, 7, 7], 'L', 'PNG')
    """
    if not data:
        raise UnusableImageError("the file is empty (0 bytes)")
    _prepare_for_heic(data)
    try:
        image = _opened(data)
        pixels, used_range = (decode_jpeg(data, scratch) if image.format == "JPEG" else None), 1.0
        if pixels is None:
            image.load()
        mode, format_ = image.mode, image.format or "?"
        orientation = _orientation(image)
        shot, profile = shot_of(image), profile_of(image.info)
        if pixels is None:
            rgb, used_range = _to_rgb(image, stretch=stretch)
            pixels = np.asarray(rgb)
        num_frames = _num_frames(image) if format_ in _ANIMATED else 1
    except UnusableImageError:
        raise
    except UnidentifiedImageError as error:
        raise _no_image(data) from error
    except Image.DecompressionBombError as error:
        raise UnusableImageError("its header has more than 178,956,970 pixels, too many to decode safely") from error
    except MemoryError as error:
        raise UnusableImageError(NO_MEMORY) from error
    except Exception as error:  # decoders of damaged data raise nearly anything: SyntaxError, struct.error, KeyError, …
        if other := other_format(data):
            raise UnreadFormatError(other) from error
        raise UnusableImageError(f"broken or cut short: {_one_line(error)}") from error
    if orientation in _TURNS:
        pixels = np.ascontiguousarray(_TURNS[orientation](pixels))
    return Decoded(pixels, mode, format_, num_frames, used_range, *shot, profile)


def _opened(data: bytes) -> Image.Image:
    """Return an image whose header is read, in the first format that takes it.

    Raises:
        UnidentifiedImageError: if none does.
    """
    with suppress(UnidentifiedImageError):
        return Image.open(io.BytesIO(data), formats=_COMMON_FORMATS)
    return Image.open(io.BytesIO(data), formats=_formats())


def decode_jpeg(data: bytes, scratch: Scratch | None) -> np.ndarray | None:
    """Return the pixels of a sound colour JPEG, the same as Pillow's and twice as fast.

    Args:
        data: the bytes of the whole file.
        scratch: see `decode`.

    Returns:
        uint8 (height, width, 3), not turned; None if Pillow should decode it, or say why not: another format, a file at
        which the decoder warns, or one with more pixels than Pillow takes.
    """
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if colours not in _COLOURS or height * width > (Image.MAX_IMAGE_PIXELS or math.inf):
            return None
        buffer = None if scratch is None else scratch.take("decoded", (height * width * 3,), np.uint8)
        pixels: np.ndarray = simplejpeg.decode_jpeg(data, "RGB", strict=True, buffer=buffer)
    except ValueError:
        return None
    return pixels


@cache
def _formats() -> tuple[str, ...]:
    """Return the formats to try of those that Pillow can read now."""
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 … 8; unreadable EXIF counts as upright, as in image viewers."""
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
        return int(orientation) if orientation in _TURNS else 1
    except Exception:
        return 1


def _num_frames(image: Image.Image) -> int:
    """Return the number of frames in the file; 1 if they cannot be counted, since only the first is used."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:
        return 1


def _to_rgb(image: Image.Image, *, stretch: bool) -> tuple[Image.Image, float]:
    """Return the image in mode RGB and the share of its value range that it uses."""
    if image.mode == "F" or image.mode.startswith("I"):
        # Pillow reads a 16-bit PGM as 32-bit integers.
        sixteen_bit = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
        return _grey_to_rgb(np.asarray(image), sixteen_bit=sixteen_bit, stretch=stretch)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(layer, mask=layer)
        return ground, 1.0
    if image.mode == "RGB":
        # Counting frames moves to other pages; if a later page is damaged, the first cannot be read again.
        return (image.copy() if image.format in _ANIMATED else image), 1.0
    return image.convert("RGB"), 1.0


def _grey_to_rgb(values: np.ndarray, *, sixteen_bit: bool, stretch: bool) -> tuple[Image.Image, float]:
    """Return 16-bit, 32-bit or float grey (height, width) as RGB, and the share of the range used."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise UnusableImageError("has no finite pixel value")
    low, high = float(finite.min()), float(finite.max())
    used_range = (high - low) / 65535 if sixteen_bit and not stretch else 1.0
    if sixteen_bit and not stretch:
        grey = (np.clip(values, 0, 65535).astype(np.uint16) >> 8).astype(np.uint8)
    else:
        scale = 255.0 / (high - low) if high > low else 0.0
        level = (np.clip(values.astype(np.float64), low, high) - low) * scale
        grey = np.rint(np.nan_to_num(level, nan=0.0)).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB"), used_range


def heic_reader() -> str:
    """Return which release of pi-heif reads HEIC; empty if it is not installed. It is not loaded for this."""
    from importlib.metadata import PackageNotFoundError, version  # 15 ms, which a prediction does without

    try:
        return version("pi-heif")
    except PackageNotFoundError:
        return ""


def _prepare_for_heic(data: bytes) -> None:
    """Make Pillow read HEIC if the file is one, and refuse it if it is cut short."""
    # An AVIF file may begin with a brand that both use, followed by its own; Pillow reads AVIF itself.
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS and b"avif" not in data[16:64]:
        _register_heic()
        if is_cut_short(data):
            raise UnusableImageError("broken or cut short: the last bytes are missing")


@cache
def _register_heic() -> None:
    try:
        import pi_heif
    except ImportError as error:
        raise UnreadFormatError("HEIC", "HEIC is read by pi-heif; install it with: pip install pi-heif") from error
    # It turns and mirrors as HEIC itself says, and calls the EXIF orientation, which repeats that, upright.
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    _formats.cache_clear()


def _no_image(data: bytes) -> UnusableImageError:
    """Return why Pillow could not identify the file."""
    if format_ := other_format(data):
        return UnreadFormatError(format_)
    if data.isascii() and "".join(data.decode("ascii").split()).isprintable():
        return UnusableImageError("not an image: the file contains text")
    return UnusableImageError("not a readable image, or its header is damaged")


def _one_line(error: Exception) -> str:
    """Return an error's text as one short line."""
    return (" ".join(str(error).split()) or type(error).__name__)[:200]
