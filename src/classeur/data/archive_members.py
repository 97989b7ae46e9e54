"""The members of a zip that may come from anyone: each is checked before the first byte is unpacked."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipInfo

from classeur.errors import ArchiveError

MAX_MEMBERS = 5_000_000
"""classeur is built for up to a million photographs; the rest allows for sidecar files and folders."""

MAX_BYTES = 64 * 2**30
"""A million photographs of 64 KiB each."""

MAX_RATIO = 200
"""JPEG and PNG shrink by a few percent, bitmaps of flat drawings some tens of times; deflate's limit is 1032
(zlib, "Technical details"), and zip bombs sit at it or, by overlapping members, far above."""

RATIO_FREE_BYTES = 100 * 2**20
"""Below this size any ratio is harmless: a small folder of blank bitmaps is not a bomb."""

_MAX_NAME, _MAX_DEPTH = 1024, 64  # macOS allows paths of 1024 bytes; the depth limits the cost of the check itself
_READABLE_METHODS = (0, 8, 12, 14)  # stored, deflate, bzip2, LZMA: all that Python reads before 3.14
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # APPNOTE.TXT 4.4.4: encrypted, strongly encrypted, names masked
_UTF8_NAME = 0x800
_FINDERS_NOTES = "__MACOSX"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_IS_WINDOWS = os.name == "nt"
# learn.microsoft.com, "Naming Files, Paths, and Namespaces"
_NOT_ON_WINDOWS = re.compile(
    r'[<>:"|?*]|[ .](/|$)|(^|/)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.[^/]*)?(/|$)', re.IGNORECASE
)


class Member(NamedTuple):
    """A file or folder of a zip."""

    info: ZipInfo
    path: str  # below the target, with "/"
    is_folder: bool


def check_members(archive: Path, infos: list[ZipInfo]) -> list[Member]:
    """Return the members with the paths that they will have.

    Raises:
        ArchiveError: naming a member that may not be unpacked, or what the zip has too much of.
    """
    _check_size(archive, infos)
    members, files, folders = [], set[str](), set[str]()
    for info in infos:
        name = _name(info)
        path = "/".join(part for part in name.split("/") if part not in ("", "."))
        is_folder = name.endswith("/") or stat.S_ISDIR(info.external_attr >> 16)
        fault = _fault(info, name, path, is_folder=is_folder)
        if path in files and not is_folder:
            fault = "is in it twice: create the zip again"
        if fault:
            raise ArchiveError(f"{archive}: {name!r} {fault} (nothing was unpacked)")
        (folders if is_folder else files).add(path)
        folders.update(parents(path))
        members.append(Member(info, path, is_folder))
    for path in files & folders:
        raise ArchiveError(
            f"{archive}: {path!r} is both a file and a folder: create the zip again (nothing was unpacked)"
        )
    members = [member for member in members if member.path]
    if all(member.is_folder for member in members):
        raise ArchiveError(f"{archive} is empty; create the zip from the folder of images again")
    return members


def _check_size(archive: Path, infos: list[ZipInfo]) -> None:
    num_bytes = sum(info.file_size for info in infos)
    ratio = (
        num_bytes / archive.stat().st_size
    )  # the file's own size: sizes in the headers may be false, and members may overlap
    if len(infos) > MAX_MEMBERS:
        fault = f"has {len(infos):,} members (limit {MAX_MEMBERS:,})"
    elif num_bytes > MAX_BYTES:
        fault = f"would unpack to {num_bytes:,} bytes (limit {MAX_BYTES:,})"
    elif num_bytes > RATIO_FREE_BYTES and ratio > MAX_RATIO:
        fault = f"would unpack to {ratio:,.0f} times its size (limit {MAX_RATIO}), which no folder of photographs does"
    else:
        return
    largest = _name(max(infos, key=lambda info: info.file_size))
    advice = "if you trust it, unpack it yourself and give the folder"
    raise ArchiveError(f"{archive} {fault}; its largest member is {largest!r}; {advice}")


def _name(info: ZipInfo) -> str:
    r"""Return a member's name as its creator meant it, with "/".

    Without the UTF-8 flag a name is in code page 437 by the standard (APPNOTE.TXT, appendix D), but macOS writes UTF-8
    there anyway; hardly any other text is valid UTF-8 by chance. Old .NET programs write "\" for "/".
    """
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _fault(info: ZipInfo, name: str, path: str, *, is_folder: bool) -> str | None:
    """Return what is wrong with one member and what to do; None if it is sound."""
    parts = name.split("/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    # In orig_filename too: zipfile cuts `filename` at the first NUL.
    if _CONTROL.search(name + info.orig_filename):
        fault = "has a control character in its name"
    elif name.startswith("/") or re.match("[A-Za-z]:", name):
        fault = "is an absolute path"
    elif ".." in parts:
        fault = "leads outside the folder by '..'"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        fault = "is a link or a device, not a file or a folder"
    elif is_folder and info.file_size:
        fault = "is a folder with bytes of its own"
    elif not path and not is_folder:
        fault = "has no name"
    elif len(name) > _MAX_NAME or len(parts) > _MAX_DEPTH:
        fault = f"is longer than {_MAX_NAME} characters or deeper than {_MAX_DEPTH} folders"
    elif _IS_WINDOWS and _NOT_ON_WINDOWS.search(path):
        fault = "has a name that Windows does not allow"
    elif info.flag_bits & _ENCRYPTED:
        return "is encrypted: create the zip again without a password"
    elif info.compress_type not in _READABLE_METHODS:
        return f"is compressed by method {info.compress_type}, not by deflate: create the zip again as a plain zip"
    else:
        return None
    return f"{fault}: create the zip again without it"


def parents(path: str) -> Iterator[str]:
    """Yield the folders around a member, the outermost first."""
    for position, character in enumerate(path):
        if character == "/":
            yield path[:position]


def below_top(members: list[Member]) -> list[Member]:
    """Return the members without the one folder that all are in, if there is one."""
    tops = {member.path.split("/")[0] for member in members} - {_FINDERS_NOTES}
    if len(tops) != 1 or any(not member.is_folder and "/" not in member.path for member in members):
        return members
    members = [member for member in members if member.path.split("/")[0] != _FINDERS_NOTES]
    inner = (member._replace(path=member.path.partition("/")[2]) for member in members)
    return [member for member in inner if member.path]
