"""Print constraints that hold each direct dependency to its floor in pyproject.toml: python tests/floors/lowest.py.

`make test-floors` installs exactly these, and runs the quick tests: a floor that was never tried is a guess.
"""

import re
import tomllib
from pathlib import Path


def lowest(project: Path) -> list[str]:
    """Return `name==floor` of each ordinary dependency, with its marker."""
    dependencies = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [re.sub(r">=([\w.]+)", r"==\1", dependency, count=1) for dependency in dependencies]


if __name__ == "__main__":
    print("\n".join(lowest(Path(__file__).parents[2] / "pyproject.toml")))
