import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from classeur.images.decoding import decode
from classeur.images.profiles import UNREADABLE, profile_of

# Adapted to D50, as the profiles of their makers hold them.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
GAMMA_2_2, GAMMA_1_8 = (struct.pack(">4s4xIH2x", b"curv", 1, round(power * 256)) for power in (2.2, 1.8))
LINEAR = struct.pack(">4s4xI", b"curv", 0)
SRGB_CURVE = struct.pack(
    ">4s4xH2x5i", b"para", 3, *(round(value * 65536) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)
TABLE = struct.pack(">4s4xI5H2x", b"curv", 5, 0, 3000, 14100, 33000, 65535)


def profile(
    name: str = "a profile",
    *,
    space: bytes = b"RGB ",
    colours: tuple[tuple[float, ...], ...] = (),
    curve: bytes = b"",
    is_new: bool = True,
) -> bytes:
    if is_new:
        text = struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", 2 * len(name), 28) + name.encode("utf-16-be")
    else:
        text = struct.pack(">4s4xI", b"desc", len(name) + 1) + name.encode() + b"\0"
    tags = {b"desc": text}
    for letter, values in zip("rgb", colours, strict=False):
        tags[f"{letter}XYZ".encode()] = struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))
    if curve:
        tags.update({f"{letter}TRC".encode(): curve for letter in ("rgb" if space == b"RGB " else "k")})
    table, data = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += struct.pack(">4sII", tag, 132 + 12 * len(tags) + len(data), len(content))
        data += content
    return (b"\0" * 16 + space + b"\0" * 16 + b"acsp").ljust(128, b"\0") + table + data


def named(profile: bytes) -> str:
    return profile_of({"icc_profile": profile})


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("curve", [SRGB_CURVE, GAMMA_2_2, TABLE])
def test_srgb_is_known_by_its_colours_whatever_its_name(curve: bytes, is_new: bool) -> None:
    assert named(profile("c2", colours=SRGB, curve=curve, is_new=is_new)) == ""


def test_the_srgb_of_another_library_is_srgb() -> None:
    assert named(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()) == ""


@pytest.mark.parametrize("is_new", [True, False])
def test_other_colours_are_named(is_new: bool) -> None:
    assert named(profile("Display P3", colours=P3, curve=SRGB_CURVE, is_new=is_new)) == "Display P3"


@pytest.mark.parametrize("curve", [GAMMA_1_8, LINEAR])
def test_other_light_is_named(curve: bytes) -> None:
    assert named(profile("sRGB, they say", colours=SRGB, curve=curve)) == "sRGB, they say"


@pytest.mark.parametrize(("name", "expected"), [("sRGB v4 ICC preference", ""), ("scanner", "scanner"), ("", "")])
def test_a_profile_of_tables_has_only_its_name(name: str, expected: str) -> None:
    assert named(profile(name)) == (expected if name else "a profile without a name")


def test_grey_and_ink_have_profiles_too() -> None:
    assert named(profile("grey", space=b"GRAY", curve=GAMMA_2_2)) == ""
    assert named(profile("Dot Gain 20%", space=b"GRAY", curve=GAMMA_1_8)) == "Dot Gain 20%"
    assert named(profile("FOGRA39", space=b"CMYK")) == "FOGRA39"


@pytest.mark.parametrize("kind", range(5))
def test_curves_of_each_kind(kind: int) -> None:
    """Each is sRGB's or 2.2, in its own form."""
    values = {
        0: (2.2,),
        1: (2.2, 1, 0),
        2: (2.2, 1, 0, 0),
        3: (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        4: (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0),
    }[kind]

    def curve(*values: float) -> bytes:
        return struct.pack(f">4s4xH2x{len(values)}i", b"para", kind, *(round(value * 65536) for value in values))

    assert named(profile(colours=SRGB, curve=curve(*values))) == ""
    assert named(profile(colours=SRGB, curve=curve(1.8, *values[1:]))) == "a profile"


def test_below_its_bound_a_curve_is_straight() -> None:
    curve = struct.pack(">4s4xH2x5i", b"para", 3, *(round(value * 65536) for value in (2.4, 1, 0, 1, 0.6)))
    assert named(profile("half straight", colours=SRGB, curve=curve)) == "half straight"


def test_colours_of_files() -> None:
    for format_ in ("JPEG", "PNG", "WEBP", "TIFF"):
        file = io.BytesIO()
        image = Image.new("RGB", (8, 8))
        image.save(file, format_, icc_profile=profile("Display P3", colours=P3, curve=SRGB_CURVE))
        assert decode(file.getvalue()).profile == "Display P3", format_
        file = io.BytesIO()
        image.save(file, format_)
        assert decode(file.getvalue()).profile == ""


def test_pixels_are_the_same_with_and_without_a_profile() -> None:
    image, files = Image.linear_gradient("L").convert("RGB"), [io.BytesIO(), io.BytesIO()]
    image.save(files[0], "PNG")
    image.save(files[1], "PNG", icc_profile=profile("Display P3", colours=P3, curve=SRGB_CURVE))
    first, second = (decode(file.getvalue()).pixels for file in files)
    assert (first == second).all()


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_damaged_profile_is_no_error(noise: bytes, place: int) -> None:
    sound = profile("Display P3", colours=P3, curve=SRGB_CURVE)
    assert isinstance(named(sound[:place] + noise + sound[place + len(noise) :]), str)
    assert isinstance(named(sound[:place] or b"?"), str)


def test_what_is_no_profile_is_called_that() -> None:
    assert named(b"no profile") == UNREADABLE
    assert profile_of({"icc_profile": "text", "nclx_profile": 5}) == ""
    assert profile_of({"nclx_profile": {"color_primaries": 1}}) == ""
