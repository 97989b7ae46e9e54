"""What EXIF says of a shot: the camera, when by its clock, and whether it says where.

Source of the tags: CIPA DC-008 (EXIF 2.32), tables 4, 7, 8 and 15.
"""

import calendar
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from PIL import Image

_MAKER, _MODEL, _CHANGED, _INNER = 0x010F, 0x0110, 0x0132, 0x8769
_PLACE, _LATITUDE, _LONGITUDE = 0x8825, 2, 4
_TAKEN, _FRACTION, _SERIAL_NUMBER = 0x9003, 0x9291, 0xA431

_TIME = re.compile(r"([12]\d{3}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_MOST_CHARACTERS = 120


class Shot(NamedTuple):
    """The camera of an image, and when and whether it is said where it was taken."""

    camera: str = ""  # maker, model and serial number; "" if none is named
    taken: float = 0.0  # seconds since 1970 by the camera's clock; 0 if it is not said
    has_place: bool = False  # whether it holds coordinates


def shot_of(image: Image.Image) -> Shot:
    """Return what the EXIF of an opened image says; unreadable EXIF says nothing.

    >>> picture = Image.new("RGB", (2, 2))
    >>> picture.getexif().update({0x0110: "EOS", 0x0132: "2024:03:01 10:00:02"})
    >>> shot_of(picture)
    Shot(camera='EOS', taken=1709287202.0, has_place=False)
    """
    try:
        exif = image.getexif()
        if not exif:
            return Shot()
        inner = exif.get_ifd(_INNER)
        names = [_text(each) for each in (exif.get(_MAKER), exif.get(_MODEL), inner.get(_SERIAL_NUMBER))]
        # The fraction is that of the time of the shot, not of the last change.
        taken = _seconds(_text(inner.get(_TAKEN)), _text(inner.get(_FRACTION))) or _seconds(_text(exif.get(_CHANGED)))
        has_place = _PLACE in exif and _is_place(exif.get_ifd(_PLACE))
    except Exception:  # damaged EXIF raises nearly anything
        return Shot()
    return Shot(" ".join(filter(None, names))[:_MOST_CHARACTERS], taken, has_place)


def _is_place(tags: Mapping[int, Any]) -> bool:
    """Return whether latitude and longitude are there; cameras without a fix write zeros, or none."""
    angles = [[float(part) for part in tags.get(tag, ())] for tag in (_LATITUDE, _LONGITUDE)]
    return all(angles) and any(math.isfinite(part) and part != 0 for angle in angles for part in angle)


def _text(value: Any) -> str:
    """Return a tag's text, without what is no text."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return "".join(filter(str.isprintable, value)).strip() if isinstance(value, str) else ""


def _seconds(time: str, fraction: str = "") -> float:
    """Return a time in seconds; 0 if it is none, such as that of a camera whose clock was never set."""
    match = _TIME.fullmatch(time)
    if match is None:
        return 0.0
    year, month, day, hour, minute, second = map(int, match.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return 0.0
    part = float(f"0.{fraction}") if fraction.isascii() and fraction.isdigit() else 0.0
    return calendar.timegm((year, month, day, hour, minute, second)) + part
