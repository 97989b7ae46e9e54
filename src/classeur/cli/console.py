"""Tables and findings on a console, and pictures if the terminal can show them."""

import base64
import itertools
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from classeur.delivery.printable import in_one_line, printable

if TYPE_CHECKING:
    from classeur.data.findings import Finding

_STYLES = {"error": "red", "warning": "yellow", "note": "cyan"}


class _PlainConsole(Console):
    """Prints text without what controls a terminal."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(printable(each) if isinstance(each, str) else each for each in objects), **options)


def console() -> Console:
    """Return the console of standard output; in a file or pipe it is so wide that no line is wrapped."""
    wide = None if sys.stdout.isatty() else 160
    # With NO_COLOR, Rich only drops colours; bold helps a log or a screen reader as little.
    return _PlainConsole(
        width=wide,
        highlight=False,
        soft_wrap=not sys.stdout.isatty(),
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


def print_line(text: str) -> None:
    """Print a line without what controls a terminal; it is not wrapped."""
    print(in_one_line(text))


def print_json(noun: BaseModel, *, indent: int | None = 2) -> None:
    """Print a pydantic model as JSON in ASCII, so that a path that is not UTF-8 can be printed and read back."""
    print(json.dumps(noun.model_dump(mode="json"), indent=indent))


def print_values(values: Mapping[str, Any]) -> None:
    """Print values in JSON's types as ASCII, as `print_json` prints models."""
    print(json.dumps(dict(values), indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table; columns of numbers after the first are aligned right."""
    cells = [[str(cell) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", title_style="bold")
    for number, name in enumerate(columns):
        numeric = number > 0 and all(row[number][:1].isdigit() or row[number][:1] in "-+" for row in cells)
        table.add_column(_plain(name), justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(_plain(cell) for cell in row))
    console().print(table)


def print_findings(findings: Sequence["Finding"], *, most: int | None = None) -> None:
    """Print findings, the serious ones first, each with its advice, up to a number of each kind."""
    from classeur.data.findings import worst_first
    from classeur.delivery.words import kind

    out = console()
    for code, group in itertools.groupby(worst_first(findings), lambda finding: finding.code):
        alike = list(group)
        for finding in alike[:most]:
            out.print(_line(finding))
        if most is not None and len(alike) > most:
            num_more = len(alike) - most
            out.print(f"        … and {num_more:,} more {kind(code, num_more)}; --all shows them")


def print_kinds(findings: Sequence["Finding"]) -> None:
    """Print how many findings there are of each kind, the worst first, each with the command that mends it."""
    from classeur.delivery.findings_table import kinds

    found = kinds(findings)
    width = max(len(each.noun) for each in found)
    for severity, _, number, noun, is_remark, command in found:
        count = "" if is_remark else f"{number:,}"
        line = f"[{_STYLES[severity]}]{severity:<7}[/] {count:>6} {noun:<{width}}  {_plain(command)}"
        console().print(line.rstrip())


def _line(finding: "Finding") -> str:
    from classeur.delivery.words import advice, evidence

    told = "; ".join(filter(None, (evidence(finding), advice(finding))))
    style = _STYLES[finding.severity]
    return f"[{style}]{finding.severity:<7}[/] {finding.code:<14} {_plain(finding.subject)}: {_plain(told)}"


def show_picture(path: Path) -> None:
    """Show a PNG in the terminal if it supports iTerm2's or kitty's protocol; else do nothing."""
    if not sys.stdout.isatty():
        return
    encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    if os.environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode") or "ITERM_SESSION_ID" in os.environ:
        # iterm2.com/documentation-images.html
        print(f"\x1b]1337;File=inline=1;preserveAspectRatio=1:{encoded}\a")
    elif os.environ.get("TERM") == "xterm-kitty" or os.environ.get("TERM_PROGRAM") == "ghostty":
        # sw.kovidgoyal.net/kitty/graphics-protocol: chunks of 4,096, a=T transmit and show, f=100 PNG
        chunks = [encoded[start : start + 4096] for start in range(0, len(encoded), 4096)]
        for number, chunk in enumerate(chunks):
            head = "a=T,f=100," if number == 0 else ""
            print(f"\x1b_G{head}m={int(number < len(chunks) - 1)};{chunk}\x1b\\", end="")
        print()


def _plain(text: str) -> str:
    """Escape brackets, which Rich would read as markup, and leave out what controls a terminal or breaks the line."""
    return in_one_line(text).replace("[", r"\[")
