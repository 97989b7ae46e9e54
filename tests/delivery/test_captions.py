"""Captions: both ends of a name are kept, and nothing is in them that no font can draw."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from classeur.delivery.captions import drawable, elide, error_caption


@given(st.text(), st.integers(3, 60))
def test_a_name_fits_its_width_and_one_line(name: str, width: int) -> None:
    line = elide(name, width=width)
    assert cell_len(line) <= width
    assert "\n" not in line


def test_a_name_that_fits_stays_and_a_long_one_keeps_both_ends() -> None:
    assert elide("cats", width=4) == "cats"
    assert elide("a" * 100 + "b" * 100, width=9) == "aaaa…bbbb"
    assert elide("고양이와 강아지", width=9) == "고양…아지", "two columns a character"


def test_what_no_font_can_draw() -> None:
    assert drawable("caf\udce9\tau lait\n") == "caf? au lait\n"
    assert elide("two\nlines", width=20) == "two lines"
    decomposed = unicodedata.normalize("NFD", "고양이 é")
    assert drawable(decomposed) == "고양이 é" != decomposed


def test_a_short_error_is_one_line_and_its_file() -> None:
    assert (
        error_caption(predicted="cats", probability=0.996, true="dogs", file_name="a.jpg")
        == "called cats (100 %), is dogs\na.jpg"
    )


@pytest.mark.parametrize("name", ["x" * 200, "고" * 200, "two\nlines " * 20])
def test_a_long_error_has_a_line_for_each_class(name: str) -> None:
    caption = error_caption(predicted=name, probability=0.5, true=f"{name}!", file_name=f"{name}.jpg")
    called, true, file_name = caption.split("\n")
    assert called.startswith("called ")
    assert called.endswith(" (50 %),")
    assert true.startswith("is ")
    assert true.endswith("!")
    assert file_name.endswith(".jpg")
    assert max(map(cell_len, (called, true, file_name))) <= 38


def test_a_name_written_from_the_right_leaves_the_number_on_its_right() -> None:
    mark = "\N{LEFT-TO-RIGHT MARK}"
    caption = error_caption(predicted="قطة", probability=0.5, true="cats", file_name="a.jpg")
    assert caption.startswith(f"called قطة{mark} (50 %)")
    assert mark not in error_caption(predicted="cats", probability=0.5, true="قطة", file_name="a.jpg")
