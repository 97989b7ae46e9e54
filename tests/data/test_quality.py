"""Blurred, under- and overexposed and tiny images: each where it should be found, and where it must not."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from photographs import draw_photograph
from PIL import Image, ImageDraw, ImageFilter

from classeur.data.folder import ImageFolder
from classeur.data.inspection import inspect
from classeur.data.quality import Quality, find_quality, quality_of
from classeur.data.scan import scan
from classeur.data.synthetic import paint_animal
from classeur.delivery.words import in_words, kind
from classeur.images.pixels import PixelStore

MakeFolder = Callable[..., ImageFolder]
SIZE = (300, 240)


def blurred(image: Image.Image, share: float = 0.015) -> Image.Image:
    """By a Gaussian of a share of the longer side."""
    return image.filter(ImageFilter.GaussianBlur(share * max(image.size)))


def exposed(image: Image.Image, stops: float) -> Image.Image:
    """As if that many stops more light had come in; pictures' levels are about the 2.2nd root of light."""
    light = (np.asarray(image) / 255) ** 2.2 * 2**stops
    return Image.fromarray(np.rint(255 * np.minimum(light, 1) ** (1 / 2.2)).astype(np.uint8))


def overexposed(image: Image.Image) -> Image.Image:
    """By five stops, in some haze: nothing in it is black."""
    return exposed(Image.blend(image, Image.new("RGB", image.size, "white"), 0.15), 5)


def painted(seed: int) -> Image.Image:
    return Image.fromarray(paint_animal(("cat", "dog")[seed % 2], seed, image_size=SIZE[::-1]))


def on_white(image: Image.Image) -> Image.Image:
    """A small thing on white, as shops show it."""
    page = Image.new("RGB", SIZE, "white")
    page.paste(image.resize((100, 80)), (100, 80))
    return page


def on_black(image: Image.Image) -> Image.Image:
    page = Image.new("RGB", SIZE)
    page.paste(image.resize((100, 80)), (100, 80))
    return page


def beside_blur(image: Image.Image) -> Image.Image:
    """Sharp in the middle alone, as portraits are."""
    page = blurred(image, 0.03)
    page.paste(image.crop((100, 80, 200, 160)), (100, 80))
    return page


def text(_: Image.Image) -> Image.Image:
    page = Image.new("RGB", SIZE, "white")
    for line in range(12):
        ImageDraw.Draw(page).text((10, 20 * line), "The quick brown fox jumps over the lazy dog", fill="black")
    return page


def found(
    tmp_path: Path,
    cache: Path,
    images: Iterable[Image.Image],
    *,
    image_size: tuple[int, int] = (224, 224),
    fit: str = "squash",
) -> list[tuple[str, str]]:
    (tmp_path / "data").mkdir()
    for number, image in enumerate(images):
        image.save(tmp_path / "data" / f"{number:02}.png")
    store = PixelStore(cache, image_size=image_size, fit=fit)  # type: ignore[arg-type]
    folder = scan(tmp_path / "data", store, cache=cache)
    return [(finding.code, finding.subject) for finding in find_quality(folder, quality_of(folder, store))]


def photographs(number: int) -> list[Image.Image]:
    return [draw_photograph(seed, size=SIZE) for seed in range(number)]


@pytest.mark.parametrize("image_size", [(224, 224), (150, 200), (96, 96), (64, 64)])
@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
def test_each_is_found_and_nothing_else(tmp_path: Path, cache: Path, image_size: tuple[int, int], fit: str) -> None:
    good = photographs(8)
    poor = [good[0].resize((40, 31)), blurred(good[1]), exposed(good[2], -4), overexposed(good[3])]
    assert found(tmp_path, cache, [*good, *poor], image_size=image_size, fit=fit) == [
        ("tiny", "08.png"), ("blurred", "09.png"), ("underexposed", "10.png"), ("overexposed", "11.png"),
    ]  # fmt: skip


@pytest.mark.parametrize("change", [on_white, on_black, beside_blur, text, painted])
def test_what_is_only_unusual_is_not_found(
    tmp_path: Path, cache: Path, change: Callable[[Image.Image], Image.Image]
) -> None:
    changed = [painted(seed) if change is painted else change(image) for seed, image in enumerate(photographs(3))]
    assert found(tmp_path, cache, [*photographs(6), *changed]) == []


def test_a_little_less_is_not_found(tmp_path: Path, cache: Path) -> None:
    one, two, three, four = photographs(4)
    less = [one.resize((40, 32)), blurred(two, 0.004), exposed(three, -1.5), exposed(four, 1)]
    assert found(tmp_path, cache, [*photographs(6), *less]) == []


def test_the_worst_comes_first(tmp_path: Path, cache: Path) -> None:
    good = photographs(8)
    poor = [blurred(good[0], 0.015), blurred(good[1], 0.03), exposed(good[2], -4), exposed(good[3], -6)]
    assert [path for _, path in found(tmp_path, cache, [*good, *poor])] == ["09.png", "08.png", "11.png", "10.png"]


def page(seed: int, *, num_lines: int) -> Image.Image:
    """Small text on white paper with some noise, as letters are scanned."""
    drawn, random = Image.new("RGB", (600, 800), "white"), np.random.default_rng(seed)
    for line in range(num_lines):
        words = "".join(chr(97 + letter) if letter < 26 else " " for letter in random.integers(0, 30, 80))
        ImageDraw.Draw(drawn).text((40, 120 + 14 * line), words, fill=0)
    levels = np.asarray(drawn) + random.normal(0, 2, (800, 600, 1))
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def test_text_on_white_is_not_overexposed(tmp_path: Path, cache: Path) -> None:
    """Though small letters, made smaller still, are no more than grey."""
    pages = [page(seed, num_lines=lines) for seed, lines in enumerate((40, 30, 12, 6))]
    assert found(tmp_path, cache, [*photographs(6), *pages]) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (blurred, "blurred"),
        (lambda image: exposed(image, -4), "underexposed"),
        (overexposed, "overexposed"),
        (lambda image: image.resize((30, 24)), ""),  # which `enlarged` says
    ],
)
def test_how_a_whole_folder_was_made_is_one_note(
    tmp_path: Path, cache: Path, change: Callable[[Image.Image], Image.Image], code: str
) -> None:
    images = [*map(change, photographs(5)), *photographs(3)]
    assert [each for each, _ in found(tmp_path, cache, images)] == [f"mostly-{code}"] * bool(code)


def test_what_is_of_one_shade_is_found_once(tmp_path: Path, cache: Path) -> None:
    blank = [Image.new("RGB", SIZE, shade) for shade in ("black", "white", "grey", (12, 80, 200), (210, 190, 150))]
    assert found(tmp_path, cache, [*photographs(6), *blank]) == []
    store = PixelStore(cache, image_size=(224, 224), fit="squash")
    folder = scan(tmp_path / "data", store, cache=cache)
    codes = [finding.code for finding in inspect(folder, quality=quality_of(folder, store)).findings]
    assert codes.count("low-range") == 5


def test_nothing_is_measured_of_what_is_set_aside(tmp_path: Path, cache: Path) -> None:
    assert found(tmp_path, cache, []) == []
    (tmp_path / "data" / "1.png").write_bytes(b"\x89PNG")
    store = PixelStore(cache, image_size=(64, 64), fit="squash")
    folder = scan(tmp_path / "data", store, cache=cache)
    assert all(np.isnan(column).tolist() == [True] for column in quality_of(folder, store))


def test_words(folder_of: MakeFolder) -> None:
    quality = Quality(*(np.array(column, np.float32) for column in ([0.3999, 1, 1, 1, 1], [255, 79.6, 255, 255, 255],
        [99, 9, 255, 99, 99], [9, 9, 130.4, 9, 9], [0, 0, 0.89, 0, 0])))  # fmt: skip
    folder = folder_of(["a"] * 5, widths=[99, 99, 99, 30, 99], heights=[99] * 5)
    told = [in_words(finding).split("; ")[0] for finding in find_quality(folder, quality)]
    assert told == [
        "30×99 pixels",
        "blurred: detail of 1/64 of its side is 0.39 of that of 1/32",
        "underexposed: 99% of it is darker than 79 on a scale of 255",
        "overexposed: half of it is white, and 99% is brighter than 130 on a scale of 255",
    ]
    assert (kind("blurred", 1), kind("blurred", 2)) == ("blurred image", "blurred images")
    dark = np.full(3, 9, np.float32)
    (finding,) = find_quality(folder_of(["a"] * 3, widths=[99] * 3, heights=[99] * 3), Quality(*[dark] * 5))
    assert in_words(finding) == "3 images (100%) are dark as a whole: a/0.jpg, a/1.jpg, a/2.jpg"


@pytest.mark.parametrize(
    ("name", "codes"), [("cats_and_dogs_filtered.zip", []), ("flowers.zip", ["mostly-blurred", "overexposed"])]
)
def test_photographs_are_hardly_ever_named(shared: Path, cache: Path, name: str, codes: list[str]) -> None:
    """Flowers: all but three are 32×32 pixels enlarged to 128×128, and one is white for the greater part."""
    store = PixelStore(cache, image_size=(224, 224), fit="squash")
    folder = scan(shared / "data" / name, store, cache=cache)
    assert [finding.code for finding in find_quality(folder, quality_of(folder, store))] == codes


@pytest.mark.parametrize("image_size", [(32, 32), (48, 96)])
def test_of_pixels_that_are_kept_smaller_nothing_is_blurred(
    tmp_path: Path, cache: Path, image_size: tuple[int, int]
) -> None:
    good = photographs(4)
    images = [*good, exposed(good[0], -4), blurred(good[1])]
    assert found(tmp_path, cache, images, image_size=image_size) == [("underexposed", "04.png")]
