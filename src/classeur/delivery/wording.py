"""Parts of sentences about findings: numbers with their nouns, and lists; commands are typed by `data.findings`."""

from collections.abc import Callable, Sequence
from math import floor
from typing import NamedTuple

from classeur.data.findings import Finding
from classeur.data.findings import command_line as command_line
from classeur.data.findings import typed as typed


class Words(NamedTuple):
    """The sentences for one code."""

    evidence: Callable[[Finding], str]  # what was found, with its numbers
    advice: Callable[[Finding], str]  # what to do next, or ""
    kind: tuple[str, str] = ("remark", "remarks")  # singular and plural; a remark is about the whole


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """Return a number with its noun.

    >>> counted(1, "file"), counted(2500, "file"), counted(2, "class", "classes")
    ('1 file', '2,500 files', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def are(number: int) -> str:
    """Return the verb of so many things.

    >>> are(1), are(0)
    ('is', 'are')
    """
    return "is" if number == 1 else "are"


def belong(number: int, others: str) -> str:
    """Return that so many images are what a split keeps on one side with others.

    >>> belong(1, "images in training"), belong(2, "images in training")
    ('belongs with images in training', 'belong with images in training')
    """
    return f"{'belongs' if number == 1 else 'belong'} with {others}"


def percent(share: float) -> str:
    """Return a measured share as text: with one decimal, so that only what is exactly 0% or 100% is called so.

    >>> percent(0.189), percent(0.97), percent(1 / 2527), percent(0.9999), percent(1.0)
    ('18.9%', '97.0%', '<0.1%', '>99.9%', '100%')
    """
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def limit(share: float) -> str:
    """Return a share that is asked for or promised, as a person writes it.

    >>> limit(0.01), limit(0.005), limit(0.95), limit(0.0005), limit(0.9999)
    ('1%', '0.5%', '95%', '0.05%', '99.99%')
    """
    if 0.999 < share < 1:
        return f"{100 * share:.10g}%"
    return f"{share:.1%}".replace(".0%", "%") if share >= 0.001 or not share else f"{100 * share:.2g}%"


def rounded_down(value: float, num_digits: int) -> str:
    """Return a number that is below a bound so that it reads as below it.

    >>> rounded_down(0.3999, 2), rounded_down(79.6, 0), rounded_down(0.3, 2)
    ('0.39', '79', '0.30')
    """
    return f"{floor(value * 10**num_digits + 1e-9) / 10**num_digits:.{num_digits}f}"


def duration(seconds: float) -> str:
    """Return a time in words, rounded.

    >>> [duration(seconds) for seconds in (0.2, 42, 200, 5000)]
    ['1 s', '42 s', '3 min', '1 h 23 min']
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def sized(num_bytes: float) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> sized(5), sized(49_152), sized(2_500_000_000)
    ('5 B', '49.2 kB', '2.5 GB')
    """
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if num_bytes >= length:
            return f"{num_bytes / length:.1f} {unit}"
    return f"{num_bytes:.0f} B"


def listed(names: Sequence[str], *, most: int = 3) -> str:
    """Return names in one line; of many names, the first few.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
