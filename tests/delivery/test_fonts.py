"""Fonts: a picture has the glyphs of every name where an installed font has them; else it says what to install."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from classeur.delivery import fonts, plots
from classeur.delivery.fonts import FontWarning, find_fallback, set_fonts
from classeur.delivery.plots import plot_row

PICTURE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture(autouse=True)
def only_dejavu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Matplotlib's own fonts alone, and nothing remembered."""
    own = str(Path(font_manager.findfont("DejaVu Sans")).parent)
    listed = [font for font in font_manager.fontManager.ttflist if font.fname.startswith(own)]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", listed)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    monkeypatch.setattr(fonts, "_told", set())
    find_fallback.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]
    yield
    find_fallback.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


def make_font(path: Path, family: str, characters: str) -> Path:
    """Write a font in which each of the characters is a filled square."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(100, 0), (100, 700), (800, 700), (800, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    names = [f"u{ord(each):04X}" for each in characters]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap(dict(zip(map(ord, characters), names, strict=True)))
    builder.setupGlyf(dict.fromkeys([".notdef", *names], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names], (900, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    builder.save(path)
    return path


def figure_of(*texts: str) -> Figure:
    figure = Figure()
    for text in texts:
        figure.text(0.5, 0.5, text)
    return figure


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_latin_greek_and_cyrillic_look_for_no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = figure_of("cats", "chats à l'été…", "γάτες", "кошки")
    before = [text.get_fontfamily() for text in figure.texts]
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: pytest.fail("asked for the system's fonts"))
    monkeypatch.setattr(fonts, "_known_fonts", lambda: pytest.fail("went through matplotlib's fonts"))
    set_fonts(figure)
    assert [text.get_fontfamily() for text in figure.texts] == before


def test_a_font_that_was_installed_after_matplotlib_made_its_list_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    paths = [make_font(tmp_path / "k.ttf", "Hangul Sans", "고양이강아지"), tmp_path / "broken.ttf"]
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: list(map(str, paths)))
    figure = figure_of("cats", "고양이", "강아지!")
    set_fonts(figure)
    assert words(figure) == ["cats", "고양이", "강아지!"]
    assert "Hangul Sans" not in figure.texts[0].get_fontfamily()
    assert figure.texts[1].get_fontfamily()[-1] == "Hangul Sans"
    figure.savefig(tmp_path / "a.png")  # a glyph that is missing would be a warning, and that an error


def test_several_fonts_draw_what_none_has_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (family, characters) in enumerate([("One Sans", "고양"), ("Two", "고양이"), ("Kana", "ネコ")]):
        font_manager.fontManager.addfont(make_font(tmp_path / f"{number}.ttf", family, characters))
    assert find_fallback(frozenset("고양이ネコ ab")) == (("Two", "Kana"), frozenset())
    assert find_fallback(frozenset("고양")).families == ("One Sans",), "among equals, one without serifs"


@pytest.mark.parametrize("family", ["Last Resort High-Efficiency", ".LastResort", "Noto Color Emoji"])
def test_a_font_of_boxes_or_of_coloured_pictures_is_none(tmp_path: Path, family: str) -> None:
    font_manager.fontManager.addfont(make_font(tmp_path / "a.ttf", family, "고🐶"))
    assert find_fallback(frozenset("고🐶")) == ((), frozenset("고🐶"))


def test_without_a_font_one_line_says_what_to_install(tmp_path: Path) -> None:
    with pytest.warns(FontWarning) as caught:
        plot_row([PICTURE] * 2, tmp_path / "a.png", captions=["고양이", "강아지"])
        plot_row([PICTURE], tmp_path / "b.png", captions=["곰"])
    assert [str(each.message) for each in caught if each.category is FontWarning] == [
        "no installed font has Korean letters; pictures show their sounds or Unicode numbers instead; install Noto "
        "Sans CJK (Debian, Ubuntu: fonts-noto-cjk)"
    ]


@pytest.mark.parametrize(
    ("text", "drawn", "said"),
    [
        ("고양이 cat", "goyangi cat", "Korean letters"),
        ("ネコ", "neko", "Japanese letters"),
        ("猫", "<732B>", "Chinese characters"),
        ("แมว", "<E41><E21><E27>", "Thai letters"),
        ("🫎", "<1FACE>", "emoji or symbols"),
        ("猫！", "<732B><FF01>", "Chinese characters or East Asian punctuation"),
    ],
)
def test_what_no_font_has_can_still_be_told_apart(text: str, drawn: str, said: str) -> None:
    figure = figure_of(text)
    with pytest.warns(FontWarning, match=f"no installed font has {said};"):
        set_fonts(figure)
    assert words(figure) == [drawn]


def test_characters_that_are_not_seen_are_no_matter_of_fonts() -> None:
    figure = figure_of("☺\N{VARIATION SELECTOR-16}")
    with warnings.catch_warnings(action="error", category=FontWarning):
        set_fonts(figure)
    assert words(figure)[0].rstrip("\N{VARIATION SELECTOR-16}") == "☺"


def test_what_is_spelled_out_stays_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[Text] = []
    real = plots.fit_to_width
    monkeypatch.setattr(plots, "fit_to_width", lambda text, width: (titles.append(text), real(text, width)))
    with pytest.warns(FontWarning):
        plot_row([PICTURE], tmp_path / "a.png", captions=["猫" * 15])
    (title,) = titles
    assert title.get_text().startswith("<732B>")
    assert title.get_window_extent().width <= 300


def test_a_dollar_sign_is_no_formula(tmp_path: Path) -> None:
    figure = figure_of("$x_5$", "$\\nothing$ 5é")
    set_fonts(figure)
    figure.savefig(tmp_path / "a.png")  # a formula that does not parse would raise
    assert words(figure) == ["$x_5$", "$\\nothing$ 5é"]


@pytest.mark.parametrize("text", ["고양이", "猫", "ネコ"])
def test_a_real_font_draws_its_glyphs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    monkeypatch.undo()
    find_fallback.cache_clear()
    fallback = find_fallback(frozenset(text))
    if fallback.missing:
        pytest.skip("no Chinese, Japanese and Korean font is installed; Debian: fonts-noto-cjk")
    figure = figure_of(text)
    set_fonts(figure)
    figure.savefig(tmp_path / "a.png")
    assert words(figure) == [text]
