"""Sentences of a page as HTML: names escaped, commands marked as code, numbers written in one way."""

import re
from typing import Any

from markupsafe import Markup, escape

from classeur.data.findings import Command
from classeur.delivery.captions import drawable
from classeur.delivery.fields import FieldFormatter
from classeur.delivery.isolation import is_from_right, isolated, visible
from classeur.delivery.wording import command_line

_FLAG = re.compile(r"--[a-z0-9-]+")
# What findings and comparisons write for a terminal, and how the page writes it.
_NUMBERS = (
    (re.compile(r"(?<=\d) (?=%(?!p))"), ""),
    (re.compile(r"(?<=\d) (?=%p)"), "\N{NO-BREAK SPACE}"),
    (re.compile(r"(?<![\d.])(100|0)\.0%"), r"\1%"),
    (re.compile(r"(?<![\w./-])-(?=\d+\.\d)"), "\N{MINUS SIGN}"),
    (re.compile(r"\bp = \d(\.\d+)?e-\d+"), "p < 0.0001"),
)


def sentence(text: str) -> Markup:
    """Return a sentence that was made for a terminal; one that is HTML already is returned unchanged.

    >>> sentence("9.5 % <of> it, -0.5 points, p = 2.7e-27")
    Markup('9.5% &lt;of&gt; it, −0.5 points, p &lt; 0.0001')
    """
    return text if isinstance(text, Markup) else escape(in_one_way(drawable(text)))


def in_one_way(text: str) -> str:
    """Return text with its numbers as the page writes them."""
    for pattern, written in _NUMBERS:
        text = pattern.sub(written, text)
    return text


def name(text: str) -> str:
    """Return a name as it is shown: as Unicode, whatever bytes a file name has, in a direction of its own."""
    return isolated(drawable(text))


def code(text: str) -> Markup:
    """Return a command as code, in which no option is broken.

    >>> code("classeur train DATA --out 'a b'")
    Markup('<code>classeur train DATA <span class="flag">--out</span> &#39;a b&#39;</code>')
    """
    return Markup("<code>{}</code>").format(Markup(" ").join(map(_word, visible(drawable(text)).split(" "))))


def _word(word: str) -> Markup:
    if _FLAG.fullmatch(word):
        return Markup('<span class="flag">{}</span>').format(word)
    # An element, since a character would be copied with the command.
    return Markup("<bdi>{}</bdi>").format(word) if is_from_right(word) else escape(word)


def filled(text: str, **values: Any) -> Markup:
    """Return a sentence of the page with its fields; a field that is a `Command` becomes code.

    >>> filled("{a} < {b:share}", a="<b>", b=0.5)
    Markup('&lt;b&gt; &lt; 50.0%')
    """
    return Markup(_MARKING.vformat(str(escape(in_one_way(text))), (), values))


class _Marking(FieldFormatter):
    def format_field(self, value: Any, format_spec: str) -> Any:
        if isinstance(value, Markup) and not format_spec:
            return value
        if isinstance(value, Command):
            return code(command_line(value))
        if isinstance(value, str):
            return escape(name(value))
        if isinstance(value, list | tuple):
            value = [each if isinstance(each, Markup) else name(each) for each in value]
            return escape(super().format_field(value, format_spec))
        return escape(in_one_way(str(super().format_field(value, format_spec))))


_MARKING = _Marking()
