"""Text for a terminal, without what would control it or turn it round: names may come from a stranger.

The one place for it. Names in JSON, CSV and messages of errors for programs stay as they are.
"""

from unicodedata import category

# Unicode's categories of characters that control a terminal or break a line.
CONTROLLING = ("Cc", "Zl", "Zp")
# Bytes of a name that is not UTF-8, which Python has as surrogates, that control a terminal of eight bits (C1).
_CONTROLLING_BYTES = frozenset(map(chr, range(0xDC80, 0xDCA0)))

# Characters that change the order in which what is around them is shown, so that a name reads as another: Unicode's
# property Bidi_Control, but two isolates and their end, which turn nothing that is outside them if they are ended.
_TURNING = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2067)))
_BEGINS, _ENDS = ("\N{LEFT-TO-RIGHT ISOLATE}", "\N{FIRST STRONG ISOLATE}"), "\N{POP DIRECTIONAL ISOLATE}"


def in_one_line(text: str) -> str:
    r"""Return text for one line of a terminal: a line break in a name would look like another line.

    >>> in_one_line("a\nb\tc\x1b[31m")
    'a?b?c?[31m'
    """
    return printable(text).replace("\n", "?").replace("\t", "?")


def printable(text: str) -> str:
    r"""Return text without what would control a terminal or turn it round: a name may come from a stranger.

    Source: Unicode Standard Annex 9, Unicode Bidirectional Algorithm, 2 and 6.1.

    >>> printable("a\x1b[31mb\nc"), printable("cats/\u202egnp.exe")
    ('a?[31mb\nc', 'cats/?gnp.exe')
    >>> printable("a\udc9b2J")
    'a?2J'
    """
    if text.isprintable():
        return text
    return "\n".join(map(_ended, "".join(map(_shown, text)).split("\n")))


def _shown(letter: str) -> str:
    is_control = letter in _CONTROLLING_BYTES or (category(letter) in CONTROLLING and letter not in "\n\t")
    return "?" if letter in _TURNING or is_control else letter


def _ended(line: str) -> str:
    """Return a line without isolates if one of them is not ended, or ends what was not begun."""
    depth = 0
    for letter in line:
        depth += (letter in _BEGINS) - (letter == _ENDS)
        if depth < 0:
            break
    return line if depth == 0 else "".join("?" if letter in (*_BEGINS, _ENDS) else letter for letter in line)
