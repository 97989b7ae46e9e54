"""Commands that a notebook or a script gives to the shell: the folders that they may make, the files that they name."""

import ast
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from classeur.migration.sources import Source

_SHELL_CELLS = ("bash", "sh", "shell", "script", "system", "sx")
_LINE = re.compile(r"\s*(?:!+|%(?:system|sx)\b|%(?=\w)|(?=[a-z]))\s*(.*)", re.S)
_RUNNING = ("system", "popen", "run", "call", "check_call", "check_output", "Popen", "getoutput", "run_line_magic")
_FIRST = r"(?:^|[;&|(]|\bsudo\b|\n)\s*"
_COPYING = re.compile(rf"{_FIRST}(?:unzip|tar|7z|unrar|cp|mv|ln|rsync|gsutil|aws|kaggle|gdown|wget|curl|svn|rclone)\b")
_CLONING = re.compile(
    r"\bgit\b|\bcd\s+(?!(?:/content|~|-|\.\.)/?\s*$)\S"
)  # what is in a folder that it enters is not known
_MAKING = re.compile(rf"{_FIRST}mkdir\b(?P<folders>[^;&|\n]*)")
_UNKNOWN = re.compile(r"[$`{}*?()]")


class Command(NamedTuple):
    """A line that the shell runs."""

    cell: int | None
    line: int
    text: str


def commands_of(source: Source, nodes: Iterable[tuple[int | None, ast.AST]]) -> list[Command]:
    """Return the commands of a source: lines with `!`, cells of the shell, and what Python gives to it."""
    found = []
    for cell in source.cells:
        if not cell.hidden.is_python:
            first, _, rest = cell.text.lstrip().partition("\n")
            if re.match(rf"%%(?:!|(?:{'|'.join(_SHELL_CELLS)})\b)", first):
                start = cell.text.count("\n") - rest.count("\n") + 1
                lines = enumerate(rest.split("\n"), start)
                found += [Command(cell.number, number, text) for number, text in lines if text.strip()]
        hidden = cell.hidden.lines
        for number, text in hidden.items():
            last = number
            while text.endswith("\\") and last + 1 in hidden:
                last += 1
                text = f"{text[:-1]} {hidden[last].strip()}"
            if (command := _LINE.match(text)) is not None:
                found.append(Command(cell.number, number + 1, command[1]))
    for place, node in nodes:
        if isinstance(node, ast.Call) and _last(node.func) in _RUNNING and node.args:
            found.append(Command(place, node.lineno, " ".join(_words(node))))
    return found


def may_make(command: str, folder: str) -> bool:
    """Return whether a command may make a folder.

    >>> may_make("mkdir -p a/b", "/content/a"), may_make("unzip -q cats.zip", "cats/train"), may_make("mkdir a", "b")
    (True, True, False)
    """
    parts = _parts(folder)
    if _CLONING.search(command) or (_COPYING.search(command) and _UNKNOWN.search(command)):
        return True
    if _COPYING.search(command) and any(part in re.split(r"[^\w-]+", command) for part in parts):
        return True
    for made in _MAKING.finditer(command):
        if _UNKNOWN.search(made["folders"]):
            return True
        try:
            words = shlex.split(made["folders"])
        except ValueError:
            return True
        if any(may_be_in(word, folder) for word in words if not word.startswith("-")):
            return True
    return False


def may_be_in(made: str, folder: str) -> bool:
    """Return whether a folder may be one of those in a path that was made, perhaps from elsewhere.

    >>> may_be_in("/content/a/b", "b"), may_be_in("a/b", "/content/a"), may_be_in("a/b", "c/b")
    (True, True, False)
    """
    path, wanted = _parts(made), _parts(folder)
    for end in range(1, len(path) + 1):
        length = min(end, len(wanted))
        if length and path[end - length : end] == wanted[-length:]:
            return True
    return False


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _words(call: ast.Call) -> Iterator[str]:
    """Yield the texts in the arguments of a call, and `$` for what is not known."""
    for each in call.args:
        for part in each.elts if isinstance(each, ast.List | ast.Tuple) else [each]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
            else:
                texts = [node.value for node in ast.walk(part) if isinstance(node, ast.Constant)]
                yield "".join(f"{text}$" for text in texts if isinstance(text, str)) or "$"
