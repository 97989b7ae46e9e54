"""The linter: mistakes in a script or a notebook."""

import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from classeur.migration.api import VERBS
from classeur.migration.rules import RULES, UNREADABLE
from classeur.migration.sources import Source
from classeur.migration.tracer import trace
from classeur.migration.values import Place, Trace

# Every rule needs one of them; most files of other code have none, and are not followed.
_WORDS = ("keras", *VERBS)
_IGNORED = re.compile(r"#\s*classeur:\s*ignore(?:\[([\w,\s]*)\])?")


class Problem(BaseModel):
    """One mistake in the code, and the reason."""

    model_config = ConfigDict(frozen=True)

    code: str  # CLS…, stable
    path: Path
    cell: int | None  # number of the code cell; None for a script
    line: int  # from 1, in the cell
    column: int  # from 1
    why: str

    @property
    def where(self) -> str:
        """The place in the form that editors understand."""
        cell = f"cell {self.cell}:" if self.cell is not None else ""
        return f"{self.path}:{cell}{self.line}:{self.column}"


def check_source(source: Source) -> list[Problem]:
    r"""Return the mistakes in code that was read.

    >>> from classeur.migration.sources import source_of_cells
    >>> code = "from keras import Sequential, layers\nmodel = Sequential([layers.Dense(1, activation='softmax')])"
    >>> [problem.code for problem in check_source(source_of_cells(Path("a.py"), [(None, code)]))]
    ['CLS014']
    """
    problems = {
        Problem(
            code=UNREADABLE,
            path=source.path,
            cell=each.cell,
            line=each.line,
            column=each.column,
            why=f"cannot be read: line {each.line}: {each.reason}",
        )
        for each in source.unreadable
    }
    may_use_keras = any(word in cell.text for cell in source.cells for word in _WORDS)
    seen = trace(source.parsed) if may_use_keras else Trace()
    lines = {cell.number: re.split(r"\r\n|\r|\n", cell.text) for cell in source.cells}
    for code, rule in RULES.items():
        for flaw in rule(seen):
            place = flaw.place
            if not any(_is_ignored(code, each, lines[each.cell]) for each in (place, flaw.around) if each):
                problems.add(
                    Problem(
                        code=code, path=source.path, cell=place.cell, line=place.line, column=place.column, why=flaw.why
                    )
                )
    first: dict[tuple[int, int, int, str], Problem] = {}
    for problem in sorted(problems, key=lambda each: (each.cell or 0, each.line, each.column, each.code, each.why)):
        first.setdefault((problem.cell or 0, problem.line, problem.column, problem.code), problem)
    return list(first.values())


def _is_ignored(code: str, place: Place, lines: Iterable[str]) -> bool:
    """Return whether a comment on one of the lines of the place asks to ignore it."""
    for line in list(lines)[place.line - 1 : place.end_line]:
        found = _IGNORED.search(line)
        if found and (found[1] is None or code in re.split(r"[,\s]+", found[1])):
            return True
    return False
