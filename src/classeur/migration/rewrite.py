"""An updated script or notebook: new text for its cells, and what is left to do by hand."""

import ast
import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import libcst as cst

from classeur.migration.edits import Edits
from classeur.migration.magics import show_magics
from classeur.migration.mends.imports import gone_imports, missing_imports
from classeur.migration.mends.lines import rewrite_lines
from classeur.migration.mends.mender import Mender
from classeur.migration.mends.plan import Plan, make_plan
from classeur.migration.outline import outline_of
from classeur.migration.sources import Cell, Source, source_of_cells

# Code without any of these words has no Keras: most files of a folder, checked in a thousandth of the time.
_KERAS = re.compile(r"keras|tensorflow|classeur")


class Left(NamedTuple):
    """A change to make by hand."""

    cell: int | None
    line: int
    reason: str


class Migration(NamedTuple):
    """The result of `migrate` for a file."""

    source: Source
    texts: dict[int | None, str]  # of the changed cells
    left: tuple[Left, ...]

    @property
    def path(self) -> Path:
        """The file."""
        return self.source.path

    @property
    def is_readable(self) -> bool:
        """Whether every cell could be read."""
        return not self.source.unreadable

    @property
    def mended(self) -> Source:
        """The code after migration."""
        if not self.texts:
            return self.source
        texts = [(cell.number, self.texts.get(cell.number, cell.text)) for cell in self.source.cells]
        return source_of_cells(self.path, texts)

    def where(self, left: Left) -> str:
        """Return a place in the form that editors understand."""
        return f"{self.path}:{f'cell {left.cell}:' if left.cell is not None else ''}{left.line}"

    def diff(self) -> list[str]:
        """Return the change as the lines of a unified diff, without line ends."""
        lines: list[str] = []
        for cell in self.source.cells:
            if cell.number in self.texts:
                name = f"{self.path}" + (f" (cell {cell.number})" if cell.number is not None else "")
                before, after = cell.text.splitlines(), self.texts[cell.number].splitlines()
                lines += difflib.unified_diff(before, after, name, name, lineterm="")
        return lines


def mend_text(text: str) -> str:
    r"""Return a script's text after migration.

    >>> mend_text("from keras.preprocessing.image import ImageDataGenerator  # batches\n")
    'from classeur.keras_image import ImageDataGenerator  # batches\n'
    """
    return mend_source(source_of_cells(Path("text.py"), [(None, text)])).texts.get(None, text)


def mend_source(source: Source) -> Migration:
    """Return the migration of code that was read; cells that cannot be read are unchanged, and reported."""
    left = [Left(each.cell, each.line, f"cannot be read: {each.reason}") for each in source.unreadable]
    if not any(_KERAS.search(cell.text) for cell in source.cells):
        return Migration(source, {}, tuple(left))
    plan = make_plan(source)
    if not plan.knows_keras:
        return Migration(source, {}, tuple(left))
    mended: dict[int | None, Edits] = {}
    for parsed in source.parsed:
        plan.cell = parsed.cell
        for statement in plan.imports_in[parsed.cell]:
            gone = [
                reason for written, names in _imported(statement).items() for reason in gone_imports(written, names)
            ]
            for reason in gone or missing_imports(statement, plan):
                plan.say(statement.lineno, reason)
        with _told(left, parsed.cell):
            edits = Edits(parsed.code)
            Mender(plan, edits).mend(parsed.tree)
            mended[parsed.cell] = edits
    trees = {parsed.cell: parsed.tree for parsed in source.parsed if parsed.cell in mended}
    first = next((cell for cell, tree in trees.items() if _imports_anything(tree)), next(iter(mended), None))
    texts: dict[int | None, str] = {}
    for cell in source.cells:
        if cell.number in mended:
            plan.cell = cell.number
            with _told(left, cell.number):
                code = _with_imports(mended[cell.number], trees[cell.number], plan, is_first=cell.number == first)
                text = show_magics(code, cell.hidden)
                if text != cell.text:
                    texts[cell.number] = _as_before(cell, text)
    left += [Left(*each) for each in plan.unmended]
    return Migration(source, texts, tuple(sorted(left, key=lambda each: (each.cell or 0, each.line))))


def _with_imports(edits: Edits, tree: ast.Module, plan: Plan, *, is_first: bool) -> str:
    """Return a cell's mended code with its imports rewritten."""
    code, imports = edits.text(0, len(edits.code)), plan.imports_in[plan.cell]
    if not imports and not is_first:
        return code
    is_used = "scipy.misc." in code.replace("import scipy.misc", "")
    outline = outline_of(tree, imports, edits)
    module = rewrite_lines(cst.parse_module(outline.code), plan, is_first=is_first, is_used=is_used)
    return outline.shown(module.code)


def _imported(statement: ast.Import | ast.ImportFrom) -> dict[str, list[str]]:
    """Return the modules that a statement imports, with the names that it takes of each."""
    if isinstance(statement, ast.Import):
        return {each.name: [] for each in statement.names}
    return (
        {} if statement.level or not statement.module else {statement.module: [each.name for each in statement.names]}
    )


def _imports_anything(tree: ast.Module) -> bool:
    """Return whether a cell has an import at its top level."""
    return any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in tree.body)


@contextmanager
def _told(left: list[Left], cell: int | None) -> Iterator[None]:
    """Record code that Python parses but LibCST does not: very deep nesting, surrogates."""
    try:
        yield
    except (cst.ParserSyntaxError, RecursionError, UnicodeError) as error:
        reason = " ".join(str(getattr(error, "message", error)).split())[:200]
        left.append(Left(cell, getattr(error, "raw_line", 1), f"cannot be updated: {reason}"))


def _as_before(cell: Cell, text: str) -> str:
    """Return the text with the cell's original line ending."""
    return text if cell.text.endswith("\n") or not text.endswith("\n") else text[:-1]
