"""Captions: texts in pictures, short enough for their place and made of characters that can be drawn."""

import unicodedata

from rich.cells import cell_len, chop_cells

# Columns of one line of a caption in errors.png, and of each name if the line is too short for both.
_LINE_WIDTH = 36
_NAME_WIDTH = 22


def error_caption(*, predicted: str, probability: float, true: str, file_name: str) -> str:
    """Return the caption of a wrongly classified image: predicted class, probability, true class and file name.

    >>> print(error_caption(predicted="cats", probability=0.998, true="dogs", file_name="dog.7.jpg"))
    called cats (100 %), is dogs
    dog.7.jpg
    """
    called = f"called {inside(elide(predicted, width=_NAME_WIDTH))} ({100 * probability:.0f} %),"
    is_true = f"is {elide(true, width=_NAME_WIDTH)}"
    together = cell_len(f"{called} {is_true}") <= _LINE_WIDTH
    return f"{called}{' ' if together else chr(10)}{is_true}\n{elide(file_name, width=_LINE_WIDTH)}"


def inside(name: str) -> str:
    """Return a name for the middle of a line: after Arabic or Hebrew the number would otherwise move to its left."""
    return (
        f"{name}\N{LEFT-TO-RIGHT MARK}"
        if any(unicodedata.bidirectional(each) in ("R", "AL") for each in name)
        else name
    )


def elide(name: str, *, width: int) -> str:
    """Return a name in one line; if it is too long, … replaces its middle, since names differ at their ends.

    Args:
        name: any text; line ends and other control characters become spaces, a byte that is not UTF-8 a question mark.
        width: largest number of columns, at least 3; a Korean, Chinese or Japanese character takes two.

    >>> elide("a_very_long_name_of_a_class", width=12)
    'a_very…class'
    """
    line = drawable(name).replace("\n", " ")
    if cell_len(line) <= width:
        return line
    left = width // 2
    head = chop_cells(line, left)[0]
    tail = chop_cells(line[::-1], width - left - 1)[0][::-1]
    return f"{head}…{tail}"


def drawable(text: str) -> str:
    """Return text as a font can draw it.

    Letters are composed: macOS keeps file names decomposed, and few fonts have parts of Korean syllables. A byte of a
    file name that is not UTF-8 becomes a question mark; a control character other than a line end becomes a space.
    """
    composed = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    return "".join(" " if unicodedata.category(each) == "Cc" and each != "\n" else each for each in composed)
