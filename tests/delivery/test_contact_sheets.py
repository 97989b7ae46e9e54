"""Contact sheets: every picture is there, whole, in its shape, and no text runs into another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from classeur.delivery import contact_sheets
from classeur.delivery.contact_sheets import Caption, Strip, Tile, draw_strips, draw_tiles

# Saturated and far apart, so that each is found again on the sheet.
COLOURS = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (250, 0, 250), (0, 250, 250)]
LONG = "a very long name of a class " * 4


def picture(number: int, height: int = 30, width: int = 40) -> np.ndarray:
    return np.full((height, width, 3), COLOURS[number % len(COLOURS)], np.uint8)


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[Text]:
    """The texts of the figures that were saved, drawn."""
    found: list[Text] = []
    real: Callable[..., Any] = Figure.savefig

    def save(figure: Figure, *arguments: Any, **options: Any) -> None:
        real(figure, *arguments, **options)
        found.extend(each for each in figure.texts if each.get_text())

    monkeypatch.setattr(Figure, "savefig", save)
    return found


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def seen(path: Path, number: int) -> tuple[int, int, int]:
    """Return how many pixels a colour has on a PNG, and width and height of where they are."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    down, across = np.nonzero((pixels == COLOURS[number]).all(axis=2))
    return len(down), int(np.ptp(across)) + 1 if len(down) else 0, int(np.ptp(down)) + 1 if len(down) else 0


def test_each_picture_is_there_in_its_shape(tmp_path: Path) -> None:
    shapes = [(30, 40), (40, 30), (30, 30), (10, 40)]
    tiles = [Tile([picture(number, *shape)], [Caption("a", "1.jpg")]) for number, shape in enumerate(shapes)]
    draw_tiles(tiles, tmp_path / "a.png", title="Title", subtitle="more")
    for number, (height, width) in enumerate(shapes):
        _, wide, high = seen(tmp_path / "a.png", number)
        assert max(wide, high) == 182  # within its edge
        assert wide / high == pytest.approx(width / height, rel=0.05)


def test_pairs_are_side_by_side(tmp_path: Path) -> None:
    tiles = [Tile([picture(0), picture(1)], [Caption("a", "1.jpg"), Caption("b", "2.jpg")], "mirrored")]
    draw_tiles(tiles, tmp_path / "a.png", title="Title", subtitle="more")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    left, right = (np.argwhere((pixels == COLOURS[number]).all(axis=2)).mean(axis=0) for number in (0, 1))
    assert left[0] == right[0]
    assert right[1] - left[1] == 184 + 4


def test_rows_are_only_as_high_as_their_pictures(tmp_path: Path) -> None:
    heights = []
    for shape in ((10, 40), (40, 40)):
        draw_tiles([Tile([picture(0, *shape)], [Caption()])] * 7, tmp_path / "a.png", title="T", subtitle="")
        heights.append(size_of(tmp_path / "a.png")[1])
    assert heights[1] - heights[0] == 2 * (184 - 46)


def test_a_sheet_of_one_is_narrow(tmp_path: Path) -> None:
    widths = []
    for number in (1, 5, 6, 7):
        draw_tiles([Tile([picture(0)], [Caption()])] * number, tmp_path / "a.png", title="T", subtitle="")
        widths.append(size_of(tmp_path / "a.png")[0])
    assert widths[0] < widths[1] < widths[2] == widths[3]


def test_a_sliver_is_seen_and_white_has_an_edge(tmp_path: Path) -> None:
    sliver = Tile([picture(0, 2, 4000)], [Caption()])
    white = Tile([np.full((30, 30, 3), 255, np.uint8)], [Caption()])
    draw_tiles([sliver, white], tmp_path / "a.png", title="T", subtitle="")
    assert seen(tmp_path / "a.png", 0)[2] >= 20
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert (pixels == 214).sum() >= 4 * 184 - 4


@pytest.mark.parametrize("name", [LONG, "고양이와 개 " * 20, "القطط والكلاب " * 9, "x" * 300, "$x^2_{$ %d \n"])
@pytest.mark.parametrize("num_pictures", [1, 2])
def test_no_text_leaves_its_place(tmp_path: Path, texts: list[Text], name: str, num_pictures: int) -> None:
    tiles = [Tile([picture(0)] * num_pictures, [Caption(name, name)] * num_pictures, name)] * 7
    draw_tiles(tiles, tmp_path / "a.png", title=name, subtitle=name, foot=name)
    width, height = size_of(tmp_path / "a.png")
    boxes = [text.get_window_extent() for text in texts]
    assert len(boxes) == 3 + 7 * (2 * num_pictures + 1)
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= width
        assert 0 <= box.y0 < box.y1 <= height
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            apart = one.x1 <= other.x0 or other.x1 <= one.x0 or one.y1 <= other.y0 + 3 or other.y1 <= one.y0 + 3
            assert apart, (one, other)
            in_a_line = abs(one.y0 - other.y0) < 3
            assert not in_a_line or one.x1 + 10 <= other.x0 or other.x1 + 10 <= one.x0, "they are read as one"


def test_short_names_are_whole(tmp_path: Path, texts: list[Text]) -> None:
    draw_tiles([Tile([picture(0)], [Caption("cats", "1.jpg")], "why")], tmp_path / "a.png", title="T", subtitle="S")
    assert [text.get_text() for text in texts] == ["T", "S", "cats", "1.jpg", "why"]


def test_a_class_has_its_name_and_its_pictures(tmp_path: Path, texts: list[Text]) -> None:
    strips = [Strip("cats", "2 images", [picture(0), picture(1)]), Strip(LONG, "no image", [])]
    draw_strips(strips, tmp_path / "a.png", title="Classes", subtitle="2 classes", foot="… and 3 more classes")
    assert seen(tmp_path / "a.png", 0)[1] == seen(tmp_path / "a.png", 1)[1] == 102
    assert [text.get_text() for text in texts][:2] == ["Classes", "2 classes"]
    assert "cats" in [text.get_text() for text in texts]
    assert max(text.get_window_extent().x1 for text in texts[3:]) < 24 + 184


def test_more_pictures_than_fit_a_strip_are_left_out(tmp_path: Path) -> None:
    pictures = [picture(0)] * contact_sheets.NUM_IN_STRIP + [picture(1)]
    draw_strips([Strip("cats", "", pictures)], tmp_path / "a.png", title="T", subtitle="")
    assert seen(tmp_path / "a.png", 0)[0] > 0 == seen(tmp_path / "a.png", 1)[0]
