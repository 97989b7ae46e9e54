"""Colour profiles: which colours an image's numbers mean, if not those of sRGB.

Source of the layout: ICC.1:2022 (color.org), 7.2 header, 7.3 tag table, 10.6 curve, 10.15 multi-localized text, 10.18
parametric curve, 10.31 XYZ; 6.5.17 of ICC.1:2001 for texts of version 2. A profile comes from a stranger: nothing in it
is trusted, and one that cannot be read is named as such.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

# Red, green and blue of sRGB as profiles hold them, adapted to D50 (IEC 61966-2-1; sRGB2014.icc of color.org), and how
# far a profile's may be: makers round them, and Display P3's differ by 0.08.
_SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
_MOST_APART = 0.01
# Light at half of the range: sRGB 0.214, the power 2.2 that stands for it 0.218, the power 1.8 0.287.
_SRGB_HALF = 0.214
_MOST_HALF_APART = 0.02

# Numbers of each kind of parametric curve, (scale · x + shift)^power + above, and what those mean that it lacks; below
# `bound` it is slope · x + below.
_NUM_VALUES = (1, 3, 4, 5, 7)
_STRAIGHT = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)

_MOST_CHARACTERS = 80
_MOST_TAGS = 100

UNREADABLE = "unreadable profile"

# ITU-T H.273, table 2: colours that HEIC names by a number.
_PRIMARIES = {9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}


class _Parts(NamedTuple):
    """The tags of a profile, by their signatures."""

    space: bytes  # b"RGB ", b"GRAY", b"CMYK", …
    tags: dict[bytes, bytes]


def profile_of(info: Mapping[Any, Any]) -> str:
    """Return the name of the colours of an opened image that are not sRGB's; "" if they are, or none are named.

    By a profile's primaries and curve, not by its name: sRGB goes by dozens of names. A profile of tables has only its
    name.

    Args:
        info: what Pillow knows of the file.

    >>> profile_of({}), profile_of({"nclx_profile": {"color_primaries": 12}})
    ('', 'Display P3')
    """
    profile, code = info.get("icc_profile"), info.get("nclx_profile")
    if isinstance(profile, bytes) and profile:
        return _name(profile)
    return _PRIMARIES.get(code.get("color_primaries", 0), "") if isinstance(code, Mapping) else ""


@lru_cache(16)  # a folder's images come of few cameras
def _name(profile: bytes) -> str:
    try:
        parts = _read(profile)
        name = _text(parts.tags[b"desc"])
        is_srgb = _is_srgb(parts, name)
    except (LookupError, ValueError, ArithmeticError, struct.error):
        return UNREADABLE
    return "" if is_srgb else name or "a profile without a name"


def _read(profile: bytes) -> _Parts:
    if profile[36:40] != b"acsp":
        raise ValueError("no signature")
    (number,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for index in range(min(number, _MOST_TAGS)):
        name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        tags[name] = profile[offset : offset + size]
    return _Parts(profile[16:20], tags)


def _text(tag: bytes) -> str:
    if tag[:4] == b"desc":  # version 2
        (length,) = struct.unpack_from(">I", tag, 8)
        text = tag[12 : 12 + length].decode("latin-1")
    elif tag[:4] == b"mluc":
        length, offset = struct.unpack_from(">II", tag, 20)
        text = tag[offset : offset + length].decode("utf-16-be", "replace")
    else:
        raise ValueError("no text")
    return "".join(filter(str.isprintable, text)).strip()[:_MOST_CHARACTERS]


def _is_srgb(parts: _Parts, name: str) -> bool:
    tags = parts.tags
    if parts.space == b"GRAY":
        return abs(_half(tags[b"kTRC"]) - _SRGB_HALF) <= _MOST_HALF_APART
    if parts.space != b"RGB ":
        return False
    if b"rXYZ" not in tags:
        return "srgb" in name.lower()
    for colour, wanted in zip((b"rXYZ", b"gXYZ", b"bXYZ"), _SRGB, strict=True):
        found: list[float] = [value / 65536 for value in struct.unpack_from(">3i", tags[colour], 8)]
        if max(abs(one - other) for one, other in zip(found, wanted, strict=True)) > _MOST_APART:
            return False
    return all(abs(_half(tags[curve]) - _SRGB_HALF) <= _MOST_HALF_APART for curve in (b"rTRC", b"gTRC", b"bTRC"))


def _half(tag: bytes) -> float:
    """Return a curve's light, 0 … 1, at half of the range."""
    if tag[:4] == b"curv":
        (number,) = struct.unpack_from(">I", tag, 8)
        if number == 0:
            return 0.5
        if number == 1:
            return float(0.5 ** (struct.unpack_from(">H", tag, 12)[0] / 256))
        middle = struct.unpack_from(">2H", tag, 12 + 2 * ((number - 1) // 2))
        return float(middle[0] if number % 2 else sum(middle) / 2) / 65535
    if tag[:4] != b"para":
        raise ValueError("no curve")
    (kind,) = struct.unpack_from(">H", tag, 8)
    found: list[float] = [value / 65536 for value in struct.unpack_from(f">{_NUM_VALUES[kind]}i", tag, 12)]
    power, scale, shift, slope, bound, above, below = (*found, *_STRAIGHT[len(found) :])[:7]
    curved: float = max(scale * 0.5 + shift, 0) ** power
    if kind == 2:  # what is added everywhere
        return curved + slope
    return slope * 0.5 + below if kind > 2 and bound > 0.5 else curved + above
