"""Mistakes to plant: small edits of the source, each with the tests that are nearest to it. They are kept in TOML."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


class Mistake(NamedTuple):
    """One edit of one file."""

    id: str
    file: str  # in src/classeur
    old: str  # stands in the file once
    new: str
    tests: tuple[str, ...]  # in tests, as pytest takes them
    backend: str = "tensorflow"  # of Keras, for what another one alone shows

    @property
    def path(self) -> Path:
        """The file, from the root of the tree."""
        return Path("src/classeur", self.file)

    def planted(self, text: str) -> str:
        """Return the file's text with the mistake in it.

        Raises:
            ValueError: if what it changes does not stand there exactly once.
        """
        if (count := text.count(self.old)) != 1:
            raise ValueError(
                f"{self.id}: {self.file} has its old text {count} times, not once; bring the list up to date"
            )
        return text.replace(self.old, self.new)


def read_mistakes(folder: Path = HERE) -> Iterator[Mistake]:
    """Yield all that are kept, file by file."""
    for path in sorted(folder.glob("*.toml")):
        for id_, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            yield Mistake(id_, **{**entry, "tests": tuple(entry["tests"])})
