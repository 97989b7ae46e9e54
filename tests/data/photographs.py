"""Pictures with about the spectrum of photographs, and what happens to copies of photographs."""

import numpy as np
from PIL import Image, ImageEnhance


def draw_photograph(seed: int, *, size: tuple[int, int] = (120, 90)) -> Image.Image:
    """Return coloured noise, (width, height) in pixels, whose amplitude falls as 1/frequency^1.3."""
    width, height = size
    draw = np.random.default_rng(seed)
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width) * width)
    waves = draw.normal(size=(3, *frequencies.shape)) + 1j * draw.normal(size=(3, *frequencies.shape))
    grey, *colours = np.fft.irfft2(waves / np.maximum(frequencies, 1) ** 1.3, s=(height, width))
    shades = [55 * grey / grey.std() + 15 * colour / colour.std() for colour in (grey, *colours)]
    return Image.fromarray(np.clip(np.stack(shades, axis=2) + 128, 0, 255).astype(np.uint8))


def cropped(image: Image.Image) -> Image.Image:
    """Cut 10 % of the width off the left, and 7 % of the height, most of it below."""
    width, height = image.size
    return image.crop((round(width * 0.1), round(height * 0.02), width, round(height * 0.95)))


def with_watermark(image: Image.Image) -> Image.Image:
    """Lay a white stripe over 2 % of the image."""
    image = image.copy()
    width, height = image.size
    image.paste("white", (width // 2, height * 4 // 5, width * 3 // 4, height * 22 // 25))
    return image


def brightened(image: Image.Image, factor: float) -> Image.Image:
    """Multiply all levels."""
    return ImageEnhance.Brightness(image).enhance(factor)
