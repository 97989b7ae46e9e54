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
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from filelock import FileLock

from classeur.data.archive_members import Member, below_top, check_members, parents
from classeur.errors import ArchiveError, DataNotFoundError, StorageError
from classeur.rows import CacheWarning
from classeur.storage import mark_used, writing_to

_CHUNK_BYTES = 2**20


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
        members = check_members(archive, file.infolist())
        if without_top:
            members = below_top(members)
        with _in_place_of(target) as temporary:
            _write(file, members, temporary, progress)
    return target


def file_sizes(archive: Path) -> dict[str, int]:
    """Return the files of a zip by the paths that `unpack` gives them, each with its size in bytes.

    Raises:
        DataNotFoundError, ArchiveError: as `unpack`.
    """
    with _opened(archive) as file:
        members = check_members(archive, file.infolist())
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


def _write(file: ZipFile, members: list[Member], folder: Path, progress: Callable[[int, int], None] | None) -> None:
    folders = {parent for member in members for parent in parents(member.path)}
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
