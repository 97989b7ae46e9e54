"""Print constraints that hold each direct dependency to its floor in pyproject.toml: python tests/floors/lowest.py.

`make test-floors` installs exactly these, and runs the quick tests: a floor that was never tried is a guess. They are
the dependencies of both projects and of the extras that classeur brings.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def lowest(repository: Path) -> Iterator[str]:
    """Yield `name==floor` of each dependency of a plain installation, with its marker."""
    core, whole = (
        tomllib.loads((repository / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for folder in (".", "distributions/classeur")
    )
    for dependency in (*core["dependencies"], *whole["dependencies"]):
        if dependency.startswith("classeur-core["):
            for extra in dependency[len("classeur-core[") : dependency.index("]")].split(","):
                yield from map(_held, core["optional-dependencies"][extra])
        else:
            yield _held(dependency)


def _held(dependency: str) -> str:
    return re.sub(r">=([\w.]+)", r"==\1", dependency, count=1)


if __name__ == "__main__":
    print("\n".join(lowest(REPOSITORY)))
