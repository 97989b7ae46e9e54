"""How many findings of the linter are true, and how many mistakes it names, on scripts with both written in them.

Run: python tests/migration/measure_mistakes.py [development|held_out] [--list]

A comment at the end of a line, `# expect: CLS004 CLS005`, says which findings are expected there.
"""

import re
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from classeur.migration.linter import check_source
from classeur.migration.sources import read_source

MISTAKES = Path(__file__).parent / "mistakes"
_EXPECTED = re.compile(r"#\s*expect:((?:\s*CLS\d{3})+)\s*$")


class Named(NamedTuple):
    """A mistake in a script: where, and its code."""

    script: str
    cell: int | None
    line: int
    code: str


def scripts_of(part: str) -> list[Path]:
    """Return the scripts and notebooks of a part, in order."""
    return sorted(path for path in (MISTAKES / part).iterdir() if path.suffix in (".py", ".ipynb"))


@cache
def judge(path: Path) -> tuple[set[Named], set[Named]]:
    """Return the mistakes that are written in a script, and those that the linter finds."""
    source = read_source(path)
    expected = {
        Named(path.name, cell.number, number, code)
        for cell in source.cells
        for number, line in enumerate(re.split(r"\r\n|\r|\n", cell.text), 1)
        if (found := _EXPECTED.search(line))
        for code in found[1].split()
    }
    return expected, {Named(path.name, each.cell, each.line, each.code) for each in check_source(source)}


def main() -> None:
    part = next((each for each in sys.argv[1:] if not each.startswith("-")), "development")
    expected: set[Named] = set()
    found: set[Named] = set()
    for path in scripts_of(part):
        written, named = judge(path)
        expected |= written
        found |= named
    true = expected & found
    if "--list" in sys.argv:
        for title, group in (("false", found - expected), ("missed", expected - found)):
            for each in sorted(group, key=lambda each: (each.script, each.cell or 0, each.line)):
                print(title, each.script, each.cell or "", each.line, each.code)
    print(
        f"{part}: {len(scripts_of(part))} scripts; true {len(true)} of {len(found)} findings"
        f" ({len(true) / max(1, len(found)):.1%}); named {len(true)} of {len(expected)} mistakes"
        f" ({len(true) / max(1, len(expected)):.1%})"
    )


if __name__ == "__main__":
    main()
