"""Migrations and the linter's findings, on a console."""

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from classeur.cli.console import console
from classeur.migration.files import Migrated
from classeur.migration.linter import Problem
from classeur.migration.rules.explanations import EXPLANATIONS

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def print_migrations(done: Sequence[Migrated], *, is_written: bool, as_json: bool) -> None:
    """Print each change as a diff and what is left to do by hand; end with status 1 if a file failed."""
    if as_json:
        print(json.dumps([_facts(each) for each in done], indent=2))
    else:
        for each in done:
            _print_migration(each)
        _print_summary(done, is_written=is_written)
    if any(each.fault or not each.migration.is_readable for each in done):
        raise typer.Exit(1)


def print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Print one line per problem, then what each code means; end with status 1 if there are any."""
    if as_json:
        print(json.dumps([problem.model_dump(mode="json") for problem in problems], indent=2))
    else:
        out = console()
        _list(problems)
        _explain({problem.code for problem in problems})
        out.print(f"{len(problems)} found" if problems else "nothing found")
    if problems:
        raise typer.Exit(1)


def _list(problems: Iterable[Problem]) -> None:
    out = console()
    for problem in problems:
        out.print(f"{problem.where}: ", end="", markup=False, style="bold")
        out.print(f"{problem.code} {problem.why}", markup=False, soft_wrap=True)


def _explain(codes: Iterable[str]) -> None:
    """Print what each code means, once."""
    out = console()
    for code in sorted(codes):
        title, why, mend = EXPLANATIONS[code]
        out.print(f"{code} {title}", markup=False, style="bold", soft_wrap=True)
        out.print(f"  why: {why}", markup=False, soft_wrap=True)
        out.print(f"  fix: {mend}", markup=False, soft_wrap=True)


def _print_migration(done: Migrated) -> None:
    out = console()
    diff = done.migration.diff() if done.backup is None and done.fault is None else []
    for style, lines in itertools.groupby(diff, _style):
        out.print("\n".join(lines), style=style, markup=False, soft_wrap=True)
    if done.backup is not None:
        out.print(f"{done.migration.path}: written; the old file is {done.backup}", markup=False)
    if done.fault is not None:
        out.print(f"{done.migration.path}: not written: {done.fault}", style="red", markup=False, soft_wrap=True)
    for left in done.migration.left:
        out.print(f"{done.migration.where(left)}: {left.reason}", style="yellow", markup=False, soft_wrap=True)


def _style(line: str) -> str | None:
    """Return the style of a line of a diff."""
    return "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1])


def _print_summary(done: Sequence[Migrated], *, is_written: bool) -> None:
    problems = [problem for each in done for problem in each.problems]
    if problems:
        out = console()
        out.print("The linter, on the changed code:", style="bold")
        _list(problems)
        _explain({problem.code for problem in problems})
    changed = sum(1 for each in done if each.migration.texts and not each.fault)
    left = sum(len(each.migration.left) for each in done)
    verb = "changed" if is_written else "would change"
    failed = sum(1 for each in done if each.fault)
    hint = f", {failed} could not be written" if failed else "" if is_written or not changed else "; write with --write"
    by_hand = f"{left} to do by hand, {len(problems)} found by the linter"
    console().print(f"{len(done)} read, {changed} {verb}, {by_hand}{hint}", markup=False)


def _facts(done: Migrated) -> dict[str, Any]:
    migration = done.migration
    return {
        "path": str(migration.path),
        "changed": bool(migration.texts),
        "backup": str(done.backup) if done.backup else None,
        "fault": done.fault,
        "diff": migration.diff(),
        "left": [{"cell": left.cell, "line": left.line, "reason": left.reason} for left in migration.left],
        "problems": [problem.model_dump(mode="json") for problem in done.problems],
    }
