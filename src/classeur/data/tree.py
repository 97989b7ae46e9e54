"""The folders of a data set on the disk, each once, with the files that are always left out."""

import heapq
import os
from dataclasses import dataclass, field
from pathlib import Path

from classeur.images.decoding import IMAGE_ENDINGS
from classeur.storage import OUTPUT_SIGNS, is_output

NO_ENDING = "no image file's ending"
CLOSED = "a folder that cannot be opened"
MADE_HERE = "made by classeur"
BROKEN_LINK = "a link to nothing"
LISTED_LINK = "a link to a folder that is listed already"
UPWARD_LINK = "a link to a folder around it"

_BESIDE_RUNS = frozenset(("comparison.png",))  # written by `compare`
_SYSTEM_NAMES = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "icon\r"))


@dataclass(slots=True)
class Folder:
    """A folder: its images and folders, sorted by code point."""

    path: str  # below the top, with `/`; "" is the top itself
    images: list[str] = field(default_factory=list)  # file names
    folders: list["Folder"] = field(default_factory=list)
    closed: bool = False  # whether it cannot be opened
    has_output: bool = False  # whether classeur made a folder in it

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition("/")[2]

    def below(self) -> list[str]:
        """Return the paths of all images in it and below it, below the top."""
        paths: list[str] = []
        pending = [self]
        while pending:
            folder = pending.pop()
            paths += (_joined(folder.path, name) for name in folder.images)
            pending += folder.folders
        return paths


@dataclass(slots=True)
class Tree:
    """The contents of a folder: every file is an image of a folder, or left out."""

    top: Folder
    left_out: dict[str, list[str]]  # reason → paths below the top
    closed: list[Folder]  # folders that cannot be opened
    lost_links: list[tuple[str, str]]  # (path, reason) of links to folders that are not followed
    outputs: list[str]  # folders that classeur made


def read_tree(top: Path, *, cache: Path) -> Tree:
    """Return the folders and images below `top`, in an order that does not depend on the disk.

    Links to folders are followed. Each folder is listed once: by its own path if that is below the top, else by
    the first link to it. Folders that classeur made are left out with all their files, except the top itself.

    Args:
        top: the folder.
        cache: the cache folder, left out if it is below the top.
    """
    return _Reading(top, cache).read()


class _Reading:
    """One reading of a tree: what has been read so far."""

    def __init__(self, top: Path, cache: Path) -> None:
        self.base = os.path.abspath(top)  # noqa: PTH100 (strings are several times as fast)
        self.tree = Tree(Folder(""), {}, [], [], [])
        self.seen = {_identity(self.base)} - {None}
        self.counted: set[tuple[int, int] | None] = set()
        self.cache = _identity(cache)
        self.links: list[tuple[str, Folder]] = []  # heap of (path, the folder that contains it), to be followed
        self.aside: list[tuple[str, str]] = []  # (path, reason) of folders whose files are counted only

    def read(self) -> Tree:
        # Folders by their own paths first, then by links, and last those that are left out: links may lead into them.
        self._walk(self.tree.top)
        while self.links:
            path, parent = heapq.heappop(self.links)
            self._follow(path, parent)
        for path, reason in self.aside:
            self._count(path, reason)
        self._settle()
        for paths in self.tree.left_out.values():
            paths.sort()
        return self.tree

    def _walk(self, start: Folder, parent: Folder | None = None) -> None:
        pending: list[tuple[Folder, Folder | None]] = [(start, parent)]
        while pending:
            folder, parent = pending.pop()
            try:
                with os.scandir(self._place(folder.path)) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                folder.closed = True
                self.tree.closed.append(folder)
                self._leave_out(CLOSED, folder.path)
                found = []
            if parent is not None:
                if self._is_own(folder, found):
                    parent.has_output = True
                    self.tree.outputs.append(folder.path)
                    self.aside.append((folder.path, MADE_HERE))
                    continue
                parent.folders.append(folder)
            pending += [(inner, folder) for inner in self._sort_out(folder, found)]

    def _sort_out(self, folder: Folder, found: "list[os.DirEntry[str]]") -> list[Folder]:
        """Record the files and links of a folder; return the folders in it that are not known yet."""
        inner = []
        for entry in found:
            path = _joined(folder.path, entry.name)
            reason = system_reason(entry.name)
            if _is_folder(entry):
                if reason:
                    self.aside.append((path, reason))
                elif entry.is_symlink():
                    heapq.heappush(self.links, (path, folder))
                elif self._is_new(path):
                    inner.append(Folder(path))
            elif reason or os.path.splitext(entry.name)[1].lower() in IMAGE_ENDINGS:  # noqa: PTH122
                if reason:
                    self._leave_out(reason, path)
                else:
                    folder.images.append(entry.name)
            elif entry.is_symlink() and not os.path.exists(self._place(path)):  # noqa: PTH110
                self._lose(BROKEN_LINK, path)
            else:
                self._leave_out(NO_ENDING, path)
        return inner

    def _follow(self, path: str, parent: Folder) -> None:
        real, here = (os.path.realpath(self._place(name)) for name in (path, parent.path))
        if _identity(real) in self.seen:
            self._lose(LISTED_LINK, path)
        elif any(_holds(real, inner) for inner in (here, os.path.realpath(self.base))):
            self._lose(UPWARD_LINK, path)
        else:
            self.seen |= {_identity(real)} - {None}
            self._walk(Folder(path), parent)

    def _lose(self, reason: str, path: str) -> None:
        self.tree.lost_links.append((path, reason))
        self._leave_out(reason, path)

    def _is_new(self, path: str) -> bool:
        """Record a folder; if a link has led to it before, it is left out."""
        identity = _identity(self._place(path))
        if identity in self.seen:
            self._leave_out(LISTED_LINK, path)
            return False
        self.seen |= {identity} - {None}
        return True

    def _is_own(self, folder: Folder, found: "list[os.DirEntry[str]]") -> bool:
        place = self._place(folder.path)
        if self.cache is not None and _identity(place) == self.cache:
            return True
        return any(entry.name in OUTPUT_SIGNS for entry in found) and is_output(Path(place))

    def _count(self, path: str, reason: str) -> None:
        """Leave out every file below a folder except in folders that a link leads to; links in it are not followed."""
        place = self._place(path)
        if os.path.islink(place) and reason != MADE_HERE:  # noqa: PTH114
            self._leave_out(reason, path)
            return
        for where, folders, files in os.walk(place):
            identity = _identity(where)
            is_listed = identity in self.seen and not (where == place and reason == MADE_HERE)
            if is_listed or (identity is not None and identity in self.counted):
                folders.clear()
                continue
            self.counted.add(identity)
            links = [name for name in folders if os.path.islink(os.path.join(where, name))]  # noqa: PTH114, PTH118
            below = where[len(self.base) + 1 :].replace(os.sep, "/")
            for name in (*files, *links):
                self._leave_out(reason, _joined(below, name))

    def _settle(self) -> None:
        """Sort folders found by links among the others, and drop folders that contain only output of classeur."""
        folders, pending = [], [self.tree.top]
        while pending:
            folder = pending.pop()
            folders.append(folder)
            pending += folder.folders
        for folder in reversed(folders):  # the innermost first
            kept = []
            for inner in folder.folders:
                if not inner.has_output or inner.folders or set(inner.images) - _BESIDE_RUNS:
                    kept.append(inner)
                else:
                    folder.has_output = True
                    for name in inner.images:
                        self._leave_out(MADE_HERE, _joined(inner.path, name))
            folder.folders = sorted(kept, key=lambda inner: inner.name)

    def _place(self, path: str) -> str:
        return f"{self.base}{os.sep}{path}" if path else self.base

    def _leave_out(self, reason: str, path: str) -> None:
        self.tree.left_out.setdefault(reason, []).append(path)


def system_reason(name: str) -> str | None:
    """Return why files and folders of this name are always left out, or None."""
    if name.startswith("."):
        return "hidden"
    return "a system file" if name.lower() in _SYSTEM_NAMES else None


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def _identity(place: str | Path) -> tuple[int, int] | None:
    """Return what identifies a folder, by whatever path; None if it cannot be read."""
    try:
        stat = os.stat(place)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino) if stat.st_ino else None  # some network disks have no inode numbers


def _holds(outer: str, inner: str) -> bool:
    try:
        return os.path.commonpath((outer, inner)) == outer
    except ValueError:  # paths on two drives
        return False


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
