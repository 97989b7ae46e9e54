"""Text for a terminal, without what would control it: names may come from a stranger."""

from unicodedata import category

# Unicode's categories of characters that control a terminal or break a line.
CONTROLLING = ("Cc", "Zl", "Zp")


def in_one_line(text: str) -> str:
    r"""Return text for one line of a terminal: a line break in a name would look like another line.

    >>> in_one_line("a\nb\tc\x1b[31m")
    'a?b?c?[31m'
    """
    return printable(text).replace("\n", "?").replace("\t", "?")


def printable(text: str) -> str:
    r"""Return text without what would control a terminal: a name may come from a stranger.

    >>> printable("a\x1b[31mb\nc")
    'a?[31mb\nc'
    """
    if text.isprintable():
        return text
    return "".join("?" if category(letter) in CONTROLLING and letter not in "\n\t" else letter for letter in text)
