"""Fonts: pictures take an installed font for characters that matplotlib's own font lacks.

Names in Latin, Greek or Cyrillic letters cost nothing. Arabic and Indian letters are joined by matplotlib 3.11 or
later; older versions draw them one by one.
"""

import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from matplotlib import font_manager, rcParams
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from rich.cells import cell_len

from classeur.delivery.captions import drawable, elide

# First word of a character's Unicode name → the usual name of such characters, and fonts that have them.
_CJK = "Noto Sans CJK (Debian, Ubuntu: fonts-noto-cjk)"
_SCRIPTS = {
    "HANGUL": ("Korean letters", _CJK),
    "CJK": ("Chinese characters", _CJK),
    "HIRAGANA": ("Japanese letters", _CJK),
    "KATAKANA": ("Japanese letters", _CJK),
    "FULLWIDTH": ("East Asian punctuation", _CJK),
    "IDEOGRAPHIC": ("East Asian punctuation", _CJK),
}
_SYMBOLS = ("emoji or symbols", "Symbola (Debian, Ubuntu: fonts-symbola)")
_OTHERS = "Noto Sans (Debian, Ubuntu: fonts-noto-core)"
# Letters whose Unicode name ends in their sound, which is written if no font has them.
_SOUNDED = ("HANGUL SYLLABLE ", "HIRAGANA LETTER ", "KATAKANA LETTER ")
# Scripts that were warned of.
_told: set[str] = set()


class FontWarning(UserWarning):
    """No installed font has some characters of a picture."""


class Fallback(NamedTuple):
    """Fonts and replacements for characters that the default font lacks."""

    families: tuple[str, ...]  # installed fonts that have some of them, the best first
    missing: frozenset[str]  # characters that no font has


def set_fonts(figure: Figure) -> None:
    """Give each text of a figure fonts that have its characters, and read no text as a formula.

    A character that no font has is written as its sound (Korean and Japanese letters) or as its Unicode number. Each
    script is warned of once in a process.

    Args:
        figure: with all of its texts.

    Warns:
        FontWarning: names the script and a font to install.
    """
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    for text in texts:
        text.set_parse_math(False)
    texts = [text for text in texts if not text.get_text().isascii()]
    words = [drawable(text.get_text()) for text in texts]
    fallback = find_fallback(frozenset("".join(words)))
    for text, word in zip(texts, words, strict=True):
        text.set_text("".join(_spelled(each) if each in fallback.missing else each for each in word))
        if fallback.families:
            text.set_fontfamily([*rcParams["font.family"], *fallback.families])
    _warn(fallback.missing)


def fit_to_width(text: Text, num_pixels: float) -> None:
    """Shorten each line of a text that is drawn wider than this, in its middle; measured, since letters differ."""
    lines = text.get_text().split("\n")
    for number, line in enumerate(lines):
        width = cell_len(line)
        text.set_text(line)
        while width > 3 and (drawn := text.get_window_extent().width) > num_pixels:
            width = max(3, min(width - 1, int(width * num_pixels / drawn) + 2))
            lines[number] = elide(line, width=width)
            text.set_text(lines[number])
    text.set_text("\n".join(lines))


@cache
def find_fallback(characters: frozenset[str]) -> Fallback:
    """Return the installed fonts that together have what the default font lacks.

    Fonts that were installed after matplotlib made its list of fonts are found too.
    """
    missing = characters - {each for each in characters if each.isspace()}
    for path in _default_fonts():
        missing -= _characters_in(path, missing)
    families: list[str] = []
    for fonts in (_known_fonts, _new_fonts):
        if missing:
            chosen, missing = _cover(missing, fonts())
            families += chosen
    return Fallback(tuple(families), missing)


def _cover(missing: frozenset[str], fonts: Iterator[tuple[str, str]]) -> tuple[list[str], frozenset[str]]:
    """Return the families that cover most characters, the best first, and the characters that none covers."""
    held: dict[str, frozenset[str]] = {}
    for family, path in fonts:
        if not held.get(family):
            held[family] = _characters_in(path, missing)
    region = _region(missing)

    def rank(family: str) -> tuple[int, bool, bool, bool, str]:
        # Sans-serif, as matplotlib's own font; among equals the name decides, so that the same machine draws the same.
        number = len(held[family] & missing)
        return -number, "Sans" not in family, "Mono" in family, not family.endswith(region), family

    chosen = []
    while missing and held:
        family = min(held, key=rank)
        if not held[family] & missing:
            break
        chosen.append(family)
        missing -= held[family]
    return chosen, missing


def _region(characters: frozenset[str]) -> str:
    """Return which forms of Chinese characters to prefer, as the names of Noto's and Source Han's fonts end."""
    scripts = {unicodedata.name(each, "?").split()[0] for each in characters}
    if scripts & {"HIRAGANA", "KATAKANA"}:
        return "JP"
    return "KR" if "HANGUL" in scripts else "SC"


def _known_fonts() -> Iterator[tuple[str, str]]:
    """Yield family and path of each font in matplotlib's list, upright and of regular weight first."""
    fonts = font_manager.fontManager.ttflist
    for font in sorted(fonts, key=lambda font: (font.style != "normal", font.weight not in (400, "normal", "regular"))):
        name = font.name.lower().replace(" ", "")
        # The first has a box for every character, the second has bitmaps that cannot be scaled or are drawn empty.
        if "lastresort" not in name and "coloremoji" not in name:
            yield font.name, font.fname


def _new_fonts() -> Iterator[tuple[str, str]]:
    """Add installed fonts to matplotlib's list, which is made once and kept on disk, and yield those that it lacked."""
    manager = font_manager.fontManager
    known = {font.fname for font in manager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - known):
        try:
            manager.addfont(path)
        except (
            Exception
        ):  # a damaged font file raises nearly anything; a bitmap font, as of coloured emoji, cannot be scaled
            continue
    for family, path in _known_fonts():
        if path not in known:
            yield family, path


def _characters_in(path: str, characters: frozenset[str]) -> frozenset[str]:
    try:
        font = FT2Font(path)
    except Exception:  # removed since matplotlib's list was made, or damaged
        return frozenset()
    return frozenset(each for each in characters if font.get_char_index(ord(each)))


def _default_fonts() -> list[str]:
    paths: list[str] = []
    for family in rcParams["font.family"]:
        try:
            paths.append(font_manager.findfont(family, fallback_to_default=False))
        except ValueError:
            continue
    return paths or [font_manager.findfont("DejaVu Sans")]


def _spelled(character: str) -> str:
    """Return a character's sound or Unicode number; nothing for one that only changes its neighbours."""
    name = unicodedata.name(character, "")
    if _changes_neighbours(character):
        return ""
    for start in _SOUNDED:
        if name.startswith(start):
            return name.removeprefix(start).lower().replace(" ", "-")
    return f"<{ord(character):X}>"


def _changes_neighbours(character: str) -> bool:
    """Return whether this is a joiner or a variation selector, which is invisible by itself."""
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


def _script(character: str) -> tuple[str, str]:
    """Return the usual name of such characters, and a font that has them."""
    word = unicodedata.name(character, "?").split()[0]
    if word in _SCRIPTS:
        return _SCRIPTS[word]
    if unicodedata.category(character)[0] in "LM":
        return f"{word.capitalize()} letters", _OTHERS
    return _SYMBOLS


def _warn(missing: frozenset[str]) -> None:
    """Warn in one line of the scripts that had no warning yet."""
    scripts = {_script(each) for each in missing if not _changes_neighbours(each)}
    new = sorted(script for script in scripts if script[0] not in _told)
    if not new:
        return
    _told.update(name for name, _ in new)
    names, fonts = " or ".join(name for name, _ in new), " and ".join(sorted({font for _, font in new}))
    warnings.warn(
        f"no installed font has {names}; pictures show their sounds or Unicode numbers instead; install {fonts}",
        FontWarning,
        stacklevel=2,
    )
