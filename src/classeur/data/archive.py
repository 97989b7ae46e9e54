"""Zips, unpacked completely or not at all.

A zip may come from anyone, so every member is checked before the first byte is written, and the stated sizes are
checked again on the unpacked bytes. Files are written to a temporary folder beside the target, which is
renamed into place at the end. An error or a Ctrl-C before that leaves nothing at the target.
"""

import atexit
import calendar
import functools
import glob
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from filelock import FileLock

from classeur.errors import ArchiveError, DataNotFoundError, StorageError
from classeur.rows import CacheWarning
from classeur.storage import mark_used, writing_to

MAX_MEMBERS = 5_000_000
"""classeur is built for up to a million photographs; the rest allows for sidecar files and folders."""

MAX_BYTES = 64 * 2**30
"""A million photographs of 64 KiB each."""

MAX_RATIO = 200
"""JPEG and PNG shrink by a few percent, bitmaps of flat drawings some tens of times; deflate's limit is 1032
(zlib, "Technical details"), and zip bombs sit at it or, by overlapping members, far above."""

RATIO_FREE_BYTES = 100 * 2**20
"""Below this size any ratio is harmless: a small folder of blank bitmaps is not a bomb."""

_CHUNK_BYTES = 2**20
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


class _Member(NamedTuple):
    info: ZipInfo
    path: str  # below the target, with "/"
    is_folder: bool


def is_archive(path: Path) -> bool:
    """Return whether a path is meant as a zip, by its name or its first bytes.

    A damaged `pets.zip` counts: `unpack` then reports what is wrong with it.

    >>> is_archive(Path("no/such.zip"))
    False
    """
    if not path.is_file():
        return False
    if path.suffix.lower() == ".zip":
        return True
    with suppress(OSError), path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    return False


def unpack(
    archive: Path,
    target: Path,
    *,
    without_top: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Unpack a zip of a folder into `target`, completely or not at all.

    Files get their time in the zip, read as UTC, so that unpacking again gives the same; permissions are not kept.

    If two processes may unpack into the same target, the caller must hold a lock; `unpacked` does.

    Args:
        archive: the zip.
        target: a folder that does not exist or is empty; its parents are made.
        without_top: if the zip has a single folder at its top (beside macOS's `__MACOSX`), put its contents directly
            into `target`.
        progress: called with (bytes written, bytes in all) after each MiB and each file.

    Returns:
        The target as an absolute path.

    Raises:
        DataNotFoundError: if there is no such file.
        ArchiveError: if the zip is damaged or encrypted, or a member leads outside, is not a plain file or folder, has
            the name of another, or exceeds `MAX_MEMBERS`, `MAX_BYTES` or `MAX_RATIO`.
        StorageError: if the target is not empty, or the disk is full or cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with ZipFile(Path(folder, "pets.zip"), "w") as pets:
    ...         pets.writestr("pets/cat/1.jpg", b"meow")
    ...     Path(unpack(Path(folder, "pets.zip"), Path(folder, "out")), "pets", "cat", "1.jpg").read_bytes()
    b'meow'
    """
    target = target.resolve()
    check_vacant(target)
    with _opened(archive) as file:
        members = _checked(archive, file.infolist())
        if without_top:
            members = _without_top(members)
        with _in_place_of(target) as temporary:
            _write(file, members, temporary, progress)
    return target


def file_sizes(archive: Path) -> dict[str, int]:
    """Return the files of a zip by the paths that `unpack` gives them, each with its size in bytes.

    Raises:
        DataNotFoundError, ArchiveError: as `unpack`.
    """
    with _opened(archive) as file:
        members = _checked(archive, file.infolist())
    return {member.path: member.info.file_size for member in members if not member.is_folder}


def unpacked(archive: Path, cache: Path, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """Return the folder in a zip, unpacked once into `cache/unpacked/` and found there afterwards.

    The folder is named by the zip's content (32 hex digits of its SHA-256), so a renamed zip is found and a changed
    one is not mistaken for it. A lock lets processes at the same time share one unpacking. If the cache cannot
    be written, a `CacheWarning` is given, and a temporary folder replaces it until this process ends.

    Args:
        archive: the zip.
        cache: the cache folder.
        progress: as in `unpack`; not called when the folder is there already.

    Raises:
        DataNotFoundError, ArchiveError: as `unpack`.
        StorageError: if the temporary folder cannot be written either.
    """
    if not archive.is_file():
        raise DataNotFoundError(archive)
    try:
        name = sha256_of(archive)[:32]
    except OSError as error:
        raise ArchiveError(f"{archive} cannot be read ({error.strerror}); make it readable, or copy it") from error
    try:
        return _unpacked_in(cache.resolve() / "unpacked", name, archive, progress)
    except StorageError as error:
        try:
            folder = _unpacked_in(_temporary_folder(), name, archive, progress)
        except StorageError as second:
            raise StorageError(
                f"{error} with CLASSEUR_CACHE; it cannot be unpacked elsewhere either: {second}"
            ) from second
        warnings.warn(f"{error} with CLASSEUR_CACHE; {archive} is unpacked for this command only", CacheWarning, 2)
        return folder


def _unpacked_in(parent: Path, name: str, archive: Path, progress: Callable[[int, int], None] | None) -> Path:
    folder = parent / name
    with writing_to(folder):
        if (
            not folder.is_dir()
        ):  # it is renamed into place when complete, so an existing one needs no lock and no right to write
            parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                if not folder.is_dir():
                    remove_leftovers(folder)
                    unpack(archive, folder, progress=progress)
    mark_used(folder)
    return folder


@functools.cache
def _temporary_folder() -> Path:
    """Return a temporary folder of this process, which is removed when it ends.

    Raises:
        StorageError: if it cannot be made.
    """
    with writing_to(Path(tempfile.gettempdir())):
        folder = tempfile.mkdtemp(prefix="classeur-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def check_vacant(target: Path) -> None:
    """Make sure that a folder may be put at `target`.

    Raises:
        StorageError: if something other than an empty folder is there, or it is the current folder, which would be
            replaced while in use.
    """
    with writing_to(target):
        if target.exists() and not target.is_dir():
            raise StorageError(f"{target} exists and is not a folder; choose another folder")
        if target.is_dir() and any(target.iterdir()):
            raise StorageError(f"{target} exists and is not empty; choose another folder, or move this one away")
        if target.is_dir() and target.samefile(Path.cwd()):
            raise StorageError(f"{target} is the current folder; choose a new folder inside it")


def remove_leftovers(target: Path) -> None:
    """Remove what a killed `unpack` left beside `target`; the caller must hold a lock on it."""
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*.unpacking"):
        shutil.rmtree(leftover, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


@contextmanager
def _opened(archive: Path) -> Iterator[ZipFile]:
    if not archive.is_file():
        raise DataNotFoundError(archive)
    try:
        file = ZipFile(archive)
    except Exception as error:  # damaged bytes raise a dozen kinds of errors in zipfile
        raise ArchiveError(
            f"{archive} cannot be read as a zip ({_reason(error)}); download it or create it again"
        ) from error
    with file:
        yield file


def _checked(archive: Path, infos: list[ZipInfo]) -> list[_Member]:
    """Return the members with the paths that they will have, or refuse the archive."""
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
        folders.update(_parents(path))
        members.append(_Member(info, path, is_folder))
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


def _parents(path: str) -> Iterator[str]:
    for position, character in enumerate(path):
        if character == "/":
            yield path[:position]


def _without_top(members: list[_Member]) -> list[_Member]:
    tops = {member.path.split("/")[0] for member in members} - {_FINDERS_NOTES}
    if len(tops) != 1 or any(not member.is_folder and "/" not in member.path for member in members):
        return members
    members = [member for member in members if member.path.split("/")[0] != _FINDERS_NOTES]
    inner = (member._replace(path=member.path.partition("/")[2]) for member in members)
    return [member for member in inner if member.path]


@contextmanager
def _in_place_of(target: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `target` if the block succeeds and vanishes if it does not."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unpacking")
    with writing_to(target):
        try:
            temporary.mkdir(parents=True)
            yield temporary
            if target.is_dir():
                target.rmdir()  # empty; Windows cannot rename onto a folder
            temporary.rename(target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _write(file: ZipFile, members: list[_Member], folder: Path, progress: Callable[[int, int], None] | None) -> None:
    folders = {parent for member in members for parent in _parents(member.path)}
    folders.update(member.path for member in members if member.is_folder)
    num_bytes, written = sum(member.info.file_size for member in members), 0
    try:
        for path in sorted(folders):  # a parent sorts before its children
            (folder / path).mkdir()
        for info, path, is_folder in members:
            if is_folder:
                continue
            with (folder / path).open("xb") as output, closing(_chunks(file, info, path)) as chunks:
                for chunk in chunks:
                    output.write(chunk)
                    written += len(chunk)
                    if progress:
                        progress(written, num_bytes)
            os.utime(folder / path, (_seconds(info),) * 2)
    except FileExistsError as error:
        # Only the file system knows which names are equal (upper and lower case, composed and decomposed accents).
        fault = "differs from another file only in case or accents, which this disk does not distinguish: rename one"
        raise ArchiveError(f"{file.filename}: {path!r} {fault} (nothing was unpacked)") from error


def _chunks(file: ZipFile, info: ZipInfo, path: str) -> Generator[bytes, None, None]:
    """Yield a member's bytes, no more than its header states; the checksum is tested at the end."""
    left = info.file_size
    try:
        with file.open(info) as source:
            while chunk := source.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    break
                yield chunk
        if left:
            raise BadZipFile(f"not the {info.file_size:,} bytes that its header states")
    except Exception as error:  # and as much in the decompressors
        message = f"is damaged ({_reason(error)}): download the zip or create it again"
        raise ArchiveError(f"{file.filename}: {path!r} {message} (nothing was unpacked)") from error


def _seconds(info: ZipInfo) -> int:
    try:
        return calendar.timegm(info.date_time)
    except ValueError:  # month 0 and the like, from programs that record no time
        return calendar.timegm((1980, 1, 1, 0, 0, 0))
