"""Near-duplicates: how many of those that are planted among photographs are found, and how long it takes.

Run: python benchmarks/near_duplicates.py PHOTOGRAPHS [--count 300] [--sheet FOLDER]
     python benchmarks/near_duplicates.py --growth
"""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance


def encoded(image: Image.Image, quality: int = 92) -> bytes:
    """Return a JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def reencode(image: Image.Image, draw: np.random.Generator) -> bytes:
    """Quality 50 … 85."""
    return encoded(image, int(draw.integers(50, 86)))


def resize(image: Image.Image, draw: np.random.Generator) -> bytes:
    """A scale of 0.4 … 1.6."""
    scale = draw.uniform(0.4, 1.6)
    return encoded(image.resize([max(16, round(side * scale)) for side in image.size], Image.Resampling.BICUBIC))


def brighten(image: Image.Image, draw: np.random.Generator) -> bytes:
    """A factor of 0.85 or 1.15, or between them and 5 %."""
    return encoded(ImageEnhance.Brightness(image).enhance(1 + draw.choice([-1, 1]) * draw.uniform(0.05, 0.15)))


def mirror(image: Image.Image, draw: np.random.Generator) -> bytes:
    """Left to right."""
    return encoded(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def turn(image: Image.Image, draw: np.random.Generator) -> bytes:
    """One of the other six turns of a square."""
    return encoded(image.transpose(Image.Transpose(int(draw.integers(1, 7)))))


def crop(image: Image.Image, draw: np.random.Generator) -> bytes:
    """5 … 10 % of the width and of the height are cut off, divided between the two sides by chance."""
    box = []
    for side in image.size:
        cut = draw.uniform(0.05, 0.10) * side
        low = draw.uniform(0, cut)
        box.append((low, side - cut + low))
    (left, right), (top, bottom) = box
    return encoded(image.crop((round(left), round(top), round(right), round(bottom))))


def watermark(image: Image.Image, draw: np.random.Generator) -> bytes:
    """White letters, a fifth to a third of the width, somewhere in the lower half."""
    image = image.copy()
    width, height = image.size
    length = draw.uniform(0.2, 0.33) * width
    left, top = draw.uniform(0, width - length), draw.uniform(height / 2, 0.92 * height)
    ImageDraw.Draw(image).text((left, top), "© studio", fill="white", font_size=length / 4.3)
    return encoded(image)


def burst(image: Image.Image, draw: np.random.Generator) -> bytes:
    """The next frame: shifted by up to 4 %, 1 % nearer or further, other noise; both frames lack the outer tenth."""
    width, height = image.size
    inner = 0.9 * draw.uniform(0.99, 1.01)
    left = width * ((1 - inner) / 2 + draw.uniform(-0.04, 0.04))
    top = height * ((1 - inner) / 2 + draw.uniform(-0.04, 0.04))
    box = (left, top, left + inner * width, top + inner * height)
    frame = np.asarray(image.resize(image.size, Image.Resampling.BICUBIC, box), np.float32)
    return encoded(Image.fromarray(np.clip(frame + draw.normal(0, 4, frame.shape), 0, 255).astype(np.uint8)))


KINDS = {
    "re-encoded": reencode,
    "resized": resize,
    "brightness": brighten,
    "mirrored": mirror,
    "turned": turn,
    "cropped": crop,
    "watermark": watermark,
    "burst": burst,
}
