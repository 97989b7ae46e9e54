"""Draw the HEIC files beside this script, once: pip install 'pillow-heif>=1.8', then python tests/images/heic/draw.py.

classeur reads HEIC and does not write it, so its tests read files that are kept: pillow-heif carries an encoder under
the GPL, which nobody needs to install for them.
"""

from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

HERE = Path(__file__).parent

# A wide picture in four colours: each of its corners tells how it was turned.
COLOURS = {
    "top left": (200, 30, 40),
    "top right": (30, 180, 60),
    "bottom left": (40, 60, 200),
    "bottom right": (220, 200, 40),
}
_WIDTH, _HEIGHT = 96, 64
_ORIENTATION = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00"  # EXIF's entry of the tag 0x0112, before its value


def corners() -> Image.Image:
    """Return the four colours, upright."""
    pixels = np.array(list(COLOURS.values()), np.uint8).reshape(2, 2, 3)
    return Image.fromarray(pixels.repeat(_HEIGHT // 2, axis=0).repeat(_WIDTH // 2, axis=1))


def exif(orientation: int) -> bytes:
    """Return EXIF data with an orientation and nothing else."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def write(name: str, image: Image.Image, **options: object) -> None:
    """Write a picture with Pillow, as pillow-heif has taught it."""
    image.save(HERE / name, "HEIF", quality=90, **options)


def main() -> None:
    """Write all files."""
    pillow_heif.register_heif_opener()
    for orientation in range(1, 9):  # as phones write them: turned by HEIC's own property, and EXIF repeats it
        write(f"orientation_{orientation}.heic", corners(), exif=exif(orientation))
    upright = (HERE / "orientation_1.heic").read_bytes()
    assert upright.count(_ORIENTATION + b"\x01") == 1
    (HERE / "exif_alone.heic").write_bytes(upright.replace(_ORIENTATION + b"\x01", _ORIENTATION + b"\x06"))
    write("tiles.heic", corners(), tile_size=32)  # as phones write large pictures
    ramp = np.linspace(0, 65535, _WIDTH).astype(np.uint16)[None, :, None].repeat(_HEIGHT, 0).repeat(3, 2)
    ten_bit = pillow_heif.from_bytes("RGB;16", (_WIDTH, _HEIGHT), ramp.tobytes())
    ten_bit.save(HERE / "ten_bit.heic", quality=90)
    burst = [Image.new("RGB", (_WIDTH, _HEIGHT), colour) for colour in COLOURS.values()]
    write("burst.heic", burst[0], save_all=True, append_images=burst[1:], primary_index=2)
    alpha = corners().convert("RGBA")
    alpha.putalpha(
        Image.fromarray(np.where(np.arange(_WIDTH) < _WIDTH // 2, 255, 0).astype(np.uint8)[None].repeat(_HEIGHT, 0))
    )
    write("alpha.heic", alpha)
    write("grey.heic", Image.new("L", (_WIDTH, _HEIGHT), 77))


if __name__ == "__main__":
    main()
