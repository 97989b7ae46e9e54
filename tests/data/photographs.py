"""Pictures with about the spectrum of photographs, and what happens to copies of photographs."""

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance


def draw_photograph(seed: int, *, size: tuple[int, int] = (120, 90)) -> Image.Image:
    """Return coloured noise, (width, height) in pixels, whose amplitude falls as 1/frequency^1.3."""
    width, height = size
    draw = np.random.default_rng(seed)
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width) * width)
    waves = draw.normal(size=(3, *frequencies.shape)) + 1j * draw.normal(size=(3, *frequencies.shape))
    grey, *colours = np.fft.irfft2(waves / np.maximum(frequencies, 1) ** 1.3, s=(height, width))
    shades = [55 * grey / grey.std() + 15 * colour / colour.std() for colour in (grey, *colours)]
    return Image.fromarray(np.clip(np.stack(shades, axis=2) + 128, 0, 255).astype(np.uint8))


def draw_disc(seed: int, colour: tuple[int, int, int], *, noise: int = 0, side: int = 160) -> Image.Image:
    """Return a disc on a pale ground, at a place that the seed draws, with noise that both draw."""
    draw = np.random.default_rng(seed)
    middle, radius = draw.uniform(0.45, 0.55, 2) * side, draw.uniform(0.12, 0.15) * side
    draw = np.random.default_rng([seed, noise])
    rows, columns = np.indices((side, side))
    inside = np.hypot(rows - middle[0], columns - middle[1]) < radius
    levels = np.where(inside[..., None], colour, 245) + draw.normal(0, 4, (side, side, 3))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def shoot(scene: Image.Image, seed: int) -> Image.Image:
    """Return a scene as a fixed camera takes it: with noise of its own."""
    levels = np.asarray(scene, np.float32)
    levels = levels + np.random.default_rng(seed).normal(0, 5, levels.shape)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def scratched(image: Image.Image, place: tuple[int, int] = (90, 60)) -> Image.Image:
    """Draw a thin light line."""
    image = image.copy()
    ImageDraw.Draw(image).line((*place, place[0] + 36, place[1] + 14), fill=(235, 235, 235), width=3)
    return image


def with_other_hues(image: Image.Image) -> Image.Image:
    """Turn the hues by 155°."""
    hue, saturation, value = image.convert("HSV").split()
    return Image.merge("HSV", (hue.point(lambda level: (level + 110) % 256), saturation, value)).convert("RGB")


def without_corner(image: Image.Image, left: float, top: float) -> Image.Image:
    """Keep nine tenths of each axis, from these shares on."""
    width, height = image.size
    box = (left * width, top * height, (left + 0.9) * width, (top + 0.9) * height)
    return image.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))


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
