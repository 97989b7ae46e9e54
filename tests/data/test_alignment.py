import numpy as np
import pytest
from photographs import draw_disc, draw_photograph, with_watermark
from PIL import Image

from classeur.data.alignment import compare, correlation, place, unmoved


def grey(image: Image.Image, side: int = 64) -> np.ndarray:
    return np.asarray(image.convert("L").resize((side, side), Image.Resampling.BILINEAR), np.float32)[None]


def test_scale_and_shift_of_a_crop_are_found() -> None:
    image = draw_photograph(1, size=(400, 400))
    # The middle of the second lies 10 px further right, 0.05 of half a side, and it shows 0.92 of the first.
    first, second = grey(image), grey(image.crop((26, 16, 394, 384)))
    found = place(first, second, unmoved(1), num_steps=10)
    assert found[0] == pytest.approx([1 / 0.92, 0, 1 / 0.92, -0.05 / 0.92], abs=0.01)
    assert correlation(first, second, found)[0] > 0.99 > correlation(first, second, unmoved(1))[0]


def test_light_does_not_matter_and_a_watermark_matters_where_it_is() -> None:
    image = draw_photograph(2)
    lit = compare(grey(image), grey(image) * 0.5 + 60, unmoved(1))
    assert lit.likeness[0] == pytest.approx(1, abs=1e-3)
    assert lit.shares[0] == 1
    marked = compare(grey(image), grey(with_watermark(image)), unmoved(1))
    assert 0.85 < marked.likeness[0] < 0.99
    assert 0.85 < marked.shares[0] < 1


def test_two_things_on_white_do_not_agree() -> None:
    """Their outlines are alike, so the whole pictures correlate; what is inside them does not."""
    things = []
    for seed in (3, 4):
        image = Image.new("RGB", (200, 200), "white")
        image.paste(draw_photograph(seed, size=(100, 140)).point([level // 2 for level in range(256)] * 3), (50, 30))
        things.append(grey(image))
    placed = place(*things, unmoved(1), num_steps=6)
    assert correlation(*things, placed)[0] > 0.8
    assert compare(*things, placed).likeness[0] < 0.75


def test_empty_pictures_have_nothing_to_compare() -> None:
    white = np.full((1, 64, 64), 255, np.float32)
    placed = place(white, white, unmoved(1), num_steps=3)
    assert np.array_equal(placed, unmoved(1))
    assert compare(white, white, placed).num_parts[0] == 0


def test_a_pale_picture_lies_over_itself() -> None:
    disc = grey(draw_disc(1, (40, 130, 50)))
    assert place(disc, disc, unmoved(1), num_steps=10)[0] == pytest.approx([1, 0, 1, 0], abs=1e-3)
