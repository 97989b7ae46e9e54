"""The files that the rows of a CSV name: by path, by path without ending, or in the folders below the CSV's."""

import os
from pathlib import Path

from classeur.data.tree import system_reason
from classeur.images.decoding import IMAGE_ENDINGS
from classeur.storage import is_output


class AmbiguousNameError(Exception):
    """A name that fits several files."""


class NamedFiles:
    """The folders that a CSV's paths lead to; each is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.abspath(folder)  # noqa: PTH100 (strings are several times as fast)
        self._contents: dict[str, tuple[frozenset[str], dict[str, list[str]]]] = {}
        self._below: list[str] | None = None

    def find(self, path: str) -> str:
        """Return the absolute path of the named file; if there is none, the path as written.

        Raises:
            AmbiguousNameError: if no file has exactly this path, and several fit.
        """
        # Windows' separators are also read on other systems.
        place = os.path.normpath(os.path.join(self.folder, path.replace("\\", "/")))  # noqa: PTH118
        where, name = os.path.split(place)
        if name in self._read(where)[0]:
            return place
        fitting = self._fitting(place)
        if not fitting and not os.path.isabs(path) and place.startswith(self.folder.rstrip(os.sep) + os.sep):  # noqa: PTH117
            below = place[len(self.folder.rstrip(os.sep)) + 1 :]
            fitting = [found for inner in self._folders() for found in self._fitting(os.path.join(inner, below))]  # noqa: PTH118
        if len(fitting) > 1:
            names = [os.path.relpath(found, self.folder).replace(os.sep, "/") for found in fitting]
            listed = " and ".join(names) if len(names) == 2 else f"{', '.join(names[:2])} and {len(names) - 2} more"
            raise AmbiguousNameError(f"'{path}' fits {listed}; write the full path")
        return fitting[0] if fitting else place

    def _fitting(self, place: str) -> list[str]:
        """Return the images in a path's folder with its name in other case, or with its name and an ending."""
        where, name = os.path.split(place)
        names, by_stem = self._read(where)
        if name in names:
            return [place]
        return [os.path.join(where, found) for found in by_stem.get(name.lower(), ())]  # noqa: PTH118

    def _read(self, where: str) -> tuple[frozenset[str], dict[str, list[str]]]:
        """Return a folder's names, and its images by name and by name without ending, both in lower case."""
        if where not in self._contents:
            try:
                names = sorted(os.listdir(where))  # noqa: PTH208
            except OSError:
                names = []
            by_stem: dict[str, list[str]] = {}
            for name in names:
                stem, ending = os.path.splitext(name)  # noqa: PTH122
                if ending.lower() in IMAGE_ENDINGS:
                    by_stem.setdefault(stem.lower(), []).append(name)
                    by_stem.setdefault(name.lower(), []).append(name)
            self._contents[where] = frozenset(names), by_stem
        return self._contents[where]

    def _folders(self) -> list[str]:
        """Return the folders below the CSV's own, at any depth, without those that classeur or the system made."""
        if self._below is None:
            self._below = []
            for where, names, _ in os.walk(self.folder):
                names[:] = sorted(
                    name for name in names if not system_reason(name) and not is_output(Path(where, name))
                )
                self._below += (os.path.join(where, name) for name in names)  # noqa: PTH118
        return self._below
