"""Every command that classeur advises in its messages and docs can be typed."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import classeur
from classeur.cli import app

ROOT = Path(classeur.__file__).parent
PROGRAM: Any = typer.main.get_command(app)
# What stands for a part that is only known when the message is made.
UNKNOWN = "UNKNOWN"
# `…: classeur VERB …` up to where the sentence goes on; a verb is one of the program's.
ADVISED = re.compile(
    rf"(?:: |, or )classeur ((?:{'|'.join(PROGRAM.commands)})\b[^;,()`\n]*?)(?=[;,()`\n]|: |\.(?:\s|$)|$)"
)


def texts(source: str) -> Iterator[str]:
    """Yield every text of a module but its docstrings, with UNKNOWN for what is filled in."""
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else _filled(part)  # type: ignore[arg-type]
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
            yield node.value


def _filled(part: ast.FormattedValue) -> str:
    """Return what may stand in a gap: nothing where the code chooses or makes options, else a word or number."""
    if isinstance(part.value, ast.Name) and part.value.id.startswith("num_"):
        return "7"
    is_quoted = isinstance(part.value, ast.Call) and ast.unparse(part.value.func) == "shlex.quote"
    return "" if isinstance(part.value, ast.IfExp | ast.Call) and not is_quoted else UNKNOWN


@cache
def advised() -> list[tuple[str, str]]:
    found = [
        (path.relative_to(ROOT).as_posix(), match[1].strip())
        for path in sorted(ROOT.rglob("*.py"))
        if re.search(r"classeur(?!\.)", source := path.read_text(encoding="utf-8"))
        for text in texts(source)
        for match in ADVISED.finditer(text)
    ]
    docs = ROOT.parent.parent / "docs"
    for path in (docs.parent / "README.md", docs / "tutorial.md", docs / "api.md"):
        if path.exists():
            blocks = re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
            lines = [line.split(" #")[0] for block in blocks for line in block.splitlines()]
            found += [(path.name, line[len("classeur ") :]) for line in lines if line.startswith("classeur ")]
    return found


def test_enough_of_them_are_found() -> None:
    assert len(advised()) >= 20
    assert {verb.split()[0] for _, verb in advised()} >= {"train", "inspect", "evaluate", "fetch"}


@pytest.mark.parametrize(("where", "command"), advised())
def test_a_command_in_a_message_can_be_typed(where: str, command: str) -> None:
    verb, *arguments = shlex.split(command)
    PROGRAM.commands[verb].make_context(verb, arguments)


@pytest.mark.parametrize(("where", "command"), advised())
def test_a_command_in_a_message_names_the_real_run(where: str, command: str) -> None:
    """`RUN` in an error is of no use to anybody: it knows which run it speaks of."""
    if where.endswith(".py") and not where.startswith("cli/"):
        assert "RUN" not in shlex.split(command)
