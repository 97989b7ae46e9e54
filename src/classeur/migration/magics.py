"""IPython's magics: hidden, so that a cell is valid Python, and restored afterwards.

They are hidden line by line, so every line keeps its number.
"""

import ast
import re
import warnings
from typing import NamedTuple

_MAGIC = re.compile(r"\s*[%!?]")
_ASSIGNED = re.compile(r"(\s*[\w.,\s\[\]'\"]+=\s*)[%!]")
_AUTOMATIC = re.compile(
    r"\s*(?:cd|ls|ll|mkdir|rmdir|cp|mv|rm|cat|less|more|man|pip|conda)[ \t]+[^=\s(,.\[].*|\s*cd[ \t]+\.\..*"
)
_HELP = re.compile(r"\s*[%\w.\[\]'\"()]+\?{1,2}\s*$")
_PYTHON_CELL_MAGICS = ("time", "timeit", "capture", "prun", "python", "python3", "debug", "memit", "notify")
_BEFORE = r"[ \t]*(?:[\w., \t\[\]'\"]+=(?!=)[ \t]*)?"
# Magics that run a statement, with their options: those that take a value, and those that do not.
_RUNS = {
    "time": "--[a-z-]+",
    "timeit": r"-[nrp][ \t]*\d+|-[tcqov]+",
    "prun": r"-[lsTD][ \t]*\S+|-[qr]+",
    "memit": r"-[rtip][ \t]*[\d.]+|-[ico]+",
    "lprun": r"-[fmTDu][ \t]*\S+|-[rsz]+",
    "mprun": r"-[fT][ \t]*\S+|-[rc]+",
}
_RUNNING = "|".join(rf"{name}[ \t]+(?:(?:{options})[ \t]+)*" for name, options in _RUNS.items())
_TIMED = re.compile(rf"({_BEFORE})(%(?:{_RUNNING}))([^-\s].*)")
_SHOWN_TIMED = re.compile(r"^(.*?)  #\x1b(\d+)([ta])\x1b", re.MULTILINE)
_HIDDEN = re.compile(r"(?:pass  |None  )?#\x1b(\d+)\x1b")


class Hidden(NamedTuple):
    """Code whose magics are hidden."""

    code: str  # Python, if the text was Python and magics
    lines: dict[int, str]  # the hidden text of each line, from the column where its stand-in begins
    is_python: bool  # False for a cell of another language
    tree: ast.Module | SyntaxError  # of the code, or why it has none


def parse(code: str) -> ast.Module:
    """Return the syntax tree, without the warnings that Python has about old code.

    Raises:
        SyntaxError: if it cannot be parsed, for any reason.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or "too deeply nested", (None, 1, 1, None)) from error


def hide_magics(text: str, *, is_notebook: bool = True) -> Hidden:
    r"""Return the text with a stand-in for each line that only IPython understands.

    >>> hidden = hide_magics("%matplotlib inline\nx = !ls\ny = 1\n")
    >>> compile(hidden.code, "", "exec") and show_magics(hidden.code, hidden)
    '%matplotlib inline\nx = !ls\ny = 1\n'
    """
    lines = text.splitlines(keepends=True)
    hidden: dict[int, str] = {}
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is not None and (cell_magic := re.match(r"%%(\w+)", lines[first])):
        if cell_magic[1] not in _PYTHON_CELL_MAGICS:
            return Hidden("", {}, False, ast.Module([], []))
        _hide(lines, first, hidden)
    while True:
        tree = _tree_of("".join(lines))
        if isinstance(tree, ast.Module):
            break
        number = (tree.lineno or 1) - 1
        if number < len(lines) and (
            _is_magic(lines[number]) or (is_notebook and _AUTOMATIC.fullmatch(lines[number].rstrip("\r\n")))
        ):
            _hide(lines, number, hidden)
            continue
        left = [number for number, line in enumerate(lines) if _is_magic(line)]
        if not left:
            break
        for number in left:
            _hide(lines, number, hidden)
    return Hidden("".join(lines), hidden, True, tree)


def show_magics(code: str, hidden: Hidden) -> str:
    """Return the code with every hidden line restored; a statement after `%time` may have changed."""
    code = _SHOWN_TIMED.sub(lambda found: _shown_timed(found[1], hidden.lines.get(int(found[2]), ""), found[3]), code)
    return _HIDDEN.sub(lambda found: hidden.lines.get(int(found[1]), found[0]), code)


def _shown_timed(statement: str, magic: str, kind: str) -> str:
    """Return a statement with the magic that runs it, before it or, of kind "a", after its assignment."""
    start = len(statement) - len(statement.lstrip())
    if kind == "a" and (before := re.match(_BEFORE, statement)) is not None:
        start = before.end()
    return f"{statement[:start]}{magic}{statement[start:]}"


def _is_magic(line: str) -> bool:
    if "\x1b" in line:
        return False
    return bool(_MAGIC.match(line) or _ASSIGNED.match(line) or _HELP.match(line))


def _is_statement(code: str) -> bool:
    return isinstance(_tree_of(code), ast.Module)


def _tree_of(code: str) -> ast.Module | SyntaxError:
    try:
        return parse(code)
    except SyntaxError as error:
        return error.with_traceback(None)


def _hide(lines: list[str], number: int, hidden: dict[int, str]) -> None:
    line = lines[number]
    body = line.rstrip("\r\n")
    if (timed := _TIMED.fullmatch(body)) and _is_statement(f"{timed[1].lstrip()}{timed[3]}"):
        hidden[number] = timed[2]
        kind = "a" if timed[1].strip() else "t"
        lines[number] = f"{timed[1]}{timed[3]}  #\x1b{number}{kind}\x1b{line[len(body) :]}"
        return
    assigned = _ASSIGNED.match(body)
    start = assigned.end() - 1 if assigned else len(body) - len(body.lstrip())
    stand_in = "None" if assigned else "pass"
    hidden[number] = body[start:]
    lines[number] = f"{body[:start]}{stand_in}  #\x1b{number}\x1b{line[len(body) :]}"
    while body.endswith("\\") and number + 1 < len(lines):  # the shell command continues
        number += 1
        line = lines[number]
        body = line.rstrip("\r\n")
        hidden[number] = body
        lines[number] = f"#\x1b{number}\x1b{line[len(body) :]}"
