"""Scripts and notebooks in the manner of each era, what is expected of each, and a process that runs them.

A file in `scripts` begins with lines `# codes:` (of the linter), `# left:` (what must be done by hand: a piece of the
line, a bar, a piece of the reason), `# hand:` (how a person does it in such a line: old => new), `# so:` (what
follows from it, or is in a line that `migrate` has changed too), `# argv:` and `# holds:` (expressions that are true
once it has run). In `notebooks`, `# %%` begins a cell.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from classeur.migration.files import migrate

HERE = Path(__file__).parent
LIMIT = 90  # seconds for one script: a hundred times what most take
_HEADER = re.compile(r"# (codes|left|hand|so|argv|holds): ?(.*)")


class Case(NamedTuple):
    """A script or a notebook, and what is expected of it."""

    path: Path
    code: str  # with its header, so that lines count as in the file
    expected: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """Its name without an ending."""
        return self.path.stem

    @property
    def codes(self) -> list[str]:
        """The linter's codes, each as often as it is found."""
        return " ".join(self.expected["codes"]).split()


class Named(NamedTuple):
    """A line that `migrate` left to do by hand."""

    line: str
    reason: str


class Result(NamedTuple):
    """What `migrate` did with a case."""

    codes: list[str]
    left: list[Named]
    again: list[str]  # the diff of a second migration
    path: Path


def cases() -> list[Case]:
    """Return all of them, by name."""
    found = [*(HERE / "scripts").glob("*.py"), *(HERE / "notebooks").glob("*.txt")]
    return sorted((_case(path) for path in found), key=lambda each: each.name)


def _case(path: Path) -> Case:
    code = path.read_text(encoding="utf-8")
    expected: dict[str, list[str]] = {name: [] for name in ("codes", "left", "hand", "so", "argv", "holds")}
    for line in code.splitlines():
        if not (found := _HEADER.fullmatch(line)):
            break
        if "TensorBoard" in found[2] and find_spec("tensorboard") and found[1] in ("left", "hand"):
            continue  # it is missing on most machines, and named where it is
        expected[found[1]].append(found[2])
    return Case(path, code, {name: tuple(lines) for name, lines in expected.items()})


def migrate_case(case: Case, folder: Path) -> Result:
    """Write a case into a folder, check it, migrate it twice, and do by hand what is left."""
    path = folder / (f"{case.name}.ipynb" if case.path.suffix == ".txt" else case.path.name)
    _write_cells(path, _cells_of(case))
    before = _cells_in(path)
    codes = sorted(problem.code for problem in migrate([path], check=True))
    (done,) = migrate([path], write=True)
    assert done.fault is None
    left = [Named(_line(before, each.cell, each.line), each.reason) for each in done.migration.left]
    (twice,) = migrate([path])
    if case.expected["hand"] or case.expected["so"]:
        cells = _cells_in(path)
        for kind in ("hand", "so"):
            for edit in case.expected[kind]:
                cells = _edited(cells, edit)
        _write_cells(path, cells)
    if any("cannot be read" in each.reason for each in left):  # with what is read only now
        migrate([path], write=True)
    return Result(codes, left, twice.migration.diff(), path)


def unexpected(case: Case, left: Sequence[Named]) -> list[str]:
    """Return what was left that nobody expects, and what was expected and not left."""
    rest = list(left)
    missing = []
    for each in case.expected["left"]:
        line, _, reason = (part.strip() for part in each.partition("|"))
        match = next((named for named in rest if line in named.line and reason in named.reason), None)
        if match is None:
            missing.append(f"not named: {each}")
        else:
            rest.remove(match)
    return missing + [f"named: {each.line.strip()} | {each.reason}" for each in rest]


def _cells_of(case: Case) -> list[str]:
    if case.path.suffix == ".py":
        return [case.code]
    return [each.removeprefix("\n").removesuffix("\n") for each in re.split(r"^# %%$", case.code, flags=re.M)[1:]]


def _cells_in(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [text]
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def _write_cells(path: Path, cells: Sequence[str]) -> None:
    if path.suffix == ".py":
        path.write_text(cells[0], encoding="utf-8")
        return
    written = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell.splitlines(True)}
        for cell in cells
    ]
    notebook = {"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def _line(cells: Sequence[str], cell: int | None, line: int) -> str:
    return cells[(cell or 1) - 1].splitlines()[line - 1]


def _edited(cells: Sequence[str], edit: str) -> list[str]:
    old, _, new = (part.strip() for part in edit.partition("=>"))
    lines = [cell.split("\n") for cell in cells]
    found = [(each, at) for each in lines for at, line in enumerate(each) if old in line and not _HEADER.match(line)]
    assert found, f"nothing to do by hand: {old}"
    for each, at in found:
        each[at] = each[at].replace(old, new)
    return ["\n".join(each) for each in lines]


class WarmProcess:
    """A process that has imported Keras, and runs one script after the other in children of its own."""

    def __init__(self, home: Path) -> None:
        """Start it, with a home for what Keras and classeur keep."""
        environment = {
            **os.environ,
            "CLASSEUR_CACHE": str(home / "cache"), "KERAS_HOME": str(home / "keras"),
            "IPYTHONDIR": str(home / "ipython"), "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(home / "matplotlib"),
            "CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "1",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "warm_process.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def run(self, path: Path, *, argv: Sequence[str] = (), holds: Sequence[str] = (), limit: float = LIMIT) -> Any:
        """Run a script or notebook in its folder, and return what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"path": str(path), "folder": str(path.parent), "argv": argv, "holds": holds, "limit": limit}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()


def write_commands(folder: Path) -> None:
    """Write stand-ins for the commands that reach out of the machine, or that it may lack."""
    folder.mkdir(exist_ok=True)
    unzip = f"#!{sys.executable}\nimport sys, zipfile\n"
    unzip += "words = [each for each in sys.argv[1:] if not each.startswith('-')]\n"
    unzip += "zipfile.ZipFile(words[0]).extractall(words[1] if len(words) > 1 else '.')\n"
    for name in ("wget", "pip", "nvidia-smi"):
        (folder / name).write_text("#!/bin/sh\necho $0: done\n")
    (folder / "unzip").write_text(unzip)
    for path in folder.iterdir():
        path.chmod(0o755)
