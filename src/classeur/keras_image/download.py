"""`get_file` as in older Keras: returns the archive's path and unpacks beside it."""

import gzip
import lzma
import posixpath
import tarfile
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from classeur.data.archive import file_sizes, unpack
from classeur.data.archive_members import MAX_BYTES, MAX_MEMBERS, MAX_RATIO, RATIO_FREE_BYTES
from classeur.errors import ArchiveError
from classeur.models.engine import load_keras
from classeur.storage import writing_to

_keras = load_keras()

_TAR_ENDINGS = (".tar.gz", ".tgz", ".tar.bz2", ".tar.bz", ".tar.xz", ".tar")


def get_file(
    fname: Any = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """Download a file unless it is there, and return its path; unpack it beside itself if asked to.

    Keras 3 unpacks into a folder of its own and returns that, so `os.path.dirname(path)` in old code points to the
    wrong place. Here `extract=True` returns the path of the archive, and `untar=True` that of the folder `fname`.
    Files that are already unpacked are not touched; a failure leaves nothing incomplete behind.

    Args:
        fname: name of the file; the last part of `origin` if None.
        origin: address; `file://` works too.
        untar: whether it is a tar archive, kept as `fname`.tar.gz, that unpacks to `fname`.
        extract: whether to unpack it.
        archive_format: "auto", "tar", "zip", a list of them, or None for no archive.
        md5_hash, file_hash, hash_algorithm, cache_subdir, cache_dir, force_download: as in `keras.utils.get_file`.

    Raises:
        ValueError: if there is no `origin`, or the checksum differs.
        ArchiveError: if the archive is damaged or unsafe, as in `classeur.data.archive.unpack`; nothing is unpacked.
        StorageError: if the disk is full or cannot be written.
        Exception: what `keras.utils.get_file` raises for a download that fails.
    """
    name = None if fname is None else str(fname)
    target = None
    if untar:
        archive_format = "tar"
        stem = name or _without_ending(Path(urlsplit(origin or "").path).name)
        name, target = f"{_without_ending(stem)}.tar.gz", _without_ending(stem)
    path = Path(
        _keras.utils.get_file(
            fname=name, origin=origin, md5_hash=md5_hash, file_hash=file_hash, cache_subdir=cache_subdir,
            hash_algorithm=hash_algorithm, cache_dir=cache_dir, force_download=force_download,
        )
    )  # fmt: skip
    if extract or untar:
        formats = ("tar", "zip") if archive_format == "auto" else archive_format or ()
        _unpack(path, (formats,) if isinstance(formats, str) else tuple(formats))
    return str(path.with_name(target) if target else path)


def _without_ending(name: str) -> str:
    return next((name.removesuffix(ending) for ending in _TAR_ENDINGS if name.endswith(ending)), name)


def _unpack(path: Path, formats: tuple[str, ...]) -> None:
    """Unpack the members of an archive that are missing: all into a temporary folder first, then into place."""
    folder = path.parent
    if "tar" in formats and tarfile.is_tarfile(path):
        sizes = _tar_sizes(path)
        take: Callable[[Path, Path], object] = _untar
    elif "zip" in formats and zipfile.is_zipfile(path):
        sizes, take = file_sizes(path), unpack
    else:
        warnings.warn(
            f"{path} is not an archive of the kind {' or '.join(formats) or 'None'}; not unpacked", stacklevel=3
        )
        return
    if path.name in sizes:
        raise ArchiveError(f"{path} contains a file of its own name, which would replace it; use another archive")
    if sizes and all(_is_there(folder / name, num_bytes) for name, num_bytes in sizes.items()):
        return
    with writing_to(folder), tempfile.TemporaryDirectory(".unpacking", f".{path.name}.", folder) as temporary:
        whole = Path(temporary) / "whole"
        take(path, whole)
        _move_missing(whole, folder)


def _move_missing(source: Path, target: Path) -> None:
    """Move to `target` what it lacks of `source`: whole folders that are missing, else single files."""
    for each in source.iterdir():
        place = target / each.name
        if each.is_dir() and not each.is_symlink():
            try:
                each.rename(place)  # the target is missing or an empty folder: one rename
            except OSError:
                place.mkdir(exist_ok=True)
                _move_missing(each, place)
        elif not _is_there(place, each.lstat().st_size):
            each.replace(place)


def _is_there(path: Path, num_bytes: int) -> bool:
    return path.is_symlink() or (path.is_file() and path.stat().st_size == num_bytes)


def _tar_sizes(path: Path) -> dict[str, int]:
    """Return a tar archive's files and their sizes, within the limits for zips."""
    sizes: dict[str, int] = {}
    num_bytes, num_members = 0, 0
    with _tar(path) as archive:
        for member in archive:
            num_members += 1
            num_bytes += member.size
            is_bomb = num_bytes > max(RATIO_FREE_BYTES, MAX_RATIO * path.stat().st_size)
            if num_members > MAX_MEMBERS or num_bytes > MAX_BYTES or is_bomb:
                advice = "if you trust it, unpack it yourself"
                raise ArchiveError(f"{path} would unpack to far more than photographs need; {advice}")
            if member.isfile():
                sizes[posixpath.normpath(member.name)] = member.size
        while archive.fileobj and archive.fileobj.read(2**20):  # up to the checksum at its end
            pass
    return sizes


def _untar(path: Path, target: Path) -> None:
    with _tar(path) as archive:
        try:
            archive.extractall(target, filter="data")
        except tarfile.FilterError as error:
            raise ArchiveError(f"{path} is unsafe: {error}; nothing was unpacked") from error


@contextmanager
def _tar(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path) as archive:
            yield archive
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise ArchiveError(f"{path} cannot be read ({error}); download it again") from error
