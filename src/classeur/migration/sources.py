"""Files of code: scripts and notebooks, found in folders, read into cells, written with a backup."""

import ast
import io
import json
import os
import re
import shutil
import stat
import tokenize
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from classeur.errors import CodeError, StorageError, UsageError
from classeur.migration.magics import Hidden, hide_magics
from classeur.migration.tracer import Parsed
from classeur.storage import storage_error, writing_to, written_atomically

ENDINGS = (".py", ".ipynb")
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "virtualenv", "build", "dist"})


class Unreadable(NamedTuple):
    """Code that cannot be read, and why."""

    cell: int | None
    line: int
    column: int
    reason: str


class Cell(NamedTuple):
    """A cell of code, or the whole of a script."""

    number: int | None  # counts the code cells from 1; None for a script
    text: str
    hidden: Hidden


class Source(NamedTuple):
    """A script or a notebook."""

    path: Path
    cells: tuple[Cell, ...]
    parsed: tuple[Parsed, ...]  # the cells that are Python
    unreadable: tuple[Unreadable, ...]
    encoding: str = "utf-8"
    notebook: Any = None


def find_sources(paths: Iterable[Path]) -> list[Path]:
    """Return the scripts and notebooks among paths and in folders; hidden folders and environments are skipped.

    Raises:
        CodeError: if there is nothing at a path, or no code in a folder.
        UsageError: if a file is neither script nor notebook.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(_walk(path))
            if not inside:
                raise CodeError(f"{path} contains no .py or .ipynb file; give a script, a notebook or a folder of them")
            found |= dict.fromkeys(inside)
        elif not path.exists():
            raise CodeError(f"no such file or folder: {path}; give a script, a notebook or a folder of them")
        elif path.suffix.lower() not in ENDINGS:
            raise UsageError(f"{path} is not a script or notebook; expected a name that ends in .py or .ipynb")
        else:
            found[path] = None
    return list(found)


def _walk(folder: Path) -> Iterable[Path]:
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in _SKIPPED and not (here / name / "pyvenv.cfg").exists()
        ]
        yield from (here / name for name in files if not name.startswith(".") and Path(name).suffix.lower() in ENDINGS)


def read_source(path: Path) -> Source:
    """Return a script's or a notebook's cells; errors in reading are recorded in it, never raised."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Source(path, (), (), (Unreadable(None, 1, 1, "it is a pipe or a device, not a file"),))
        content = path.read_bytes()
    except OSError as error:
        return Source(path, (), (), (Unreadable(None, 1, 1, error.strerror or str(error)),))
    if path.suffix.lower() == ".ipynb":
        return _read_notebook(path, content)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        return Source(
            path, (), (), (Unreadable(None, 1, 1, f"it is not in the encoding that it declares: {_line(error)}"),)
        )
    return source_of_cells(path, [(None, text)])._replace(encoding=encoding)


def source_of_cells(path: Path, texts: Iterable[tuple[int | None, str]]) -> Source:
    """Return the source of numbered texts.

    >>> source = source_of_cells(Path("a.py"), [(None, "print 'old'")])
    >>> [(each.line, each.reason) for each in source.unreadable]
    [(1, "Missing parentheses in call to 'print'. Did you mean print(...)?")]
    """
    cells = tuple(Cell(number, text, hide_magics(text, is_notebook=number is not None)) for number, text in texts)
    parsed, unreadable = [], []
    for cell in cells:
        if not cell.hidden.is_python:
            continue
        match cell.hidden.tree:
            case ast.Module() as tree:
                parsed.append(Parsed(cell.number, cell.hidden.code, tree))
            case error:
                unreadable.append(Unreadable(cell.number, error.lineno or 1, error.offset or 1, _line(error.msg)))
    return Source(path, cells, tuple(parsed), tuple(unreadable))


def _read_notebook(path: Path, content: bytes) -> Source:
    def no_notebook(reason: str, line: int = 1) -> Source:
        return Source(path, (), (), (Unreadable(None, line, 1, f"not a notebook: {reason}"),))

    if not content.strip():
        return no_notebook("the file is empty")
    try:
        text = content.decode("utf-8")
        written = json.loads(text)
    except UnicodeDecodeError:
        return no_notebook("it is not UTF-8 text, as notebooks are")
    except json.JSONDecodeError as error:
        return no_notebook("it is not JSON, as notebooks are", error.lineno)
    except RecursionError:
        return no_notebook("its JSON is too deeply nested")
    if not isinstance(written, dict) or not {"cells", "worksheets"} & set(written):
        return no_notebook("it is JSON, but has no cells")
    import nbformat  # slow: not for scripts

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about missing ids, which stay missing
            notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
        texts = [(number, _source(cell)) for number, cell in enumerate(_code_cells(notebook), 1)]
    except Exception:  # a damaged notebook makes nbformat raise nearly anything
        return no_notebook("its cells do not follow the notebook format; open it in Jupyter and save it")
    return source_of_cells(path, texts)._replace(notebook=written)


def _code_cells(notebook: Any) -> list[Any]:
    """Return the code cells of any version of the format: 3 kept them in worksheets."""
    if "cells" in notebook:
        cells = notebook["cells"]
    else:
        cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    return [cell for cell in cells if cell.get("cell_type") == "code"]


def _source(cell: Any) -> str:
    source = cell.get("source", cell.get("input", ""))
    return source if isinstance(source, str) else "".join(source)


def write_source(source: Source, texts: dict[int | None, str]) -> Path:
    """Write the new text of cells, and return the backup of the old file: name.bak, or .bak1 … if that exists.

    Outputs, metadata and ids of a notebook do not change.

    A link stays a link: its target is written.

    Raises:
        StorageError: if the file is read-only, or file or backup cannot be written; the file is then unchanged.
    """
    with writing_to(source.path):
        path = source.path.resolve() if source.path.is_symlink() else source.path
        if not path.stat().st_mode & 0o222:
            raise StorageError(f"{path} is read-only; make it writable, or migrate a copy")
        if source.notebook is None:
            content = texts[None].encode(source.encoding)
        else:
            content = _notebook_with(source, texts)
    backup = _back_up(path)
    try:
        with written_atomically(path) as temporary:
            temporary.write_bytes(content)
            shutil.copymode(path, temporary)
    except StorageError:
        backup.unlink(missing_ok=True)
        raise
    return backup


def _notebook_with(source: Source, texts: dict[int | None, str]) -> bytes:
    original = source.path.read_bytes().decode("utf-8")
    notebook = json.loads(original)
    for number, cell in enumerate(_code_cells(notebook), 1):
        if number in texts:
            key = "source" if "source" in cell else "input"
            whole = isinstance(cell[key], str)
            cell[key] = texts[number] if whole else texts[number].splitlines(keepends=True)
    indented = re.match(r"\{\r?\n( *)", original)
    written = json.dumps(notebook, ensure_ascii="\\u" in original, indent=len(indented[1]) if indented else None)
    return (written + ("\n" if original.endswith("\n") else "")).encode("utf-8")


def _back_up(path: Path) -> Path:
    number = 0
    while True:
        backup = path.with_name(f"{path.name}.bak{number or ''}")
        try:
            with open(backup, "xb") as file:
                file.write(path.read_bytes())
            return backup
        except FileExistsError:
            number += 1
        except OSError as error:
            backup.unlink(missing_ok=True)
            raise storage_error(backup, error) from error


def _line(error: object) -> str:
    return " ".join(str(error).split())[:200]
