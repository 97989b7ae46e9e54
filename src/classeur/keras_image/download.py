"""`get_file` that returns what it returned when the tutorial was written: the archive's path, its content beside it."""

import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from classeur.models.engine import load_keras

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

    Keras 3 unpacks into a folder of its own and returns that, so that `os.path.dirname(path)` of old code points to the
    wrong place. Here `extract=True` returns the path of the archive, and `untar=True` that of the folder `fname`. What
    is unpacked already is left alone.

    Args:
        fname: name of the file; the last part of `origin` if None.
        origin: address, `file://` among others.
        untar: whether it is a tar archive, kept as `fname`.tar.gz, that unpacks to `fname`.
        extract: whether to unpack it.
        archive_format: "auto", "tar", "zip", a list of them, or None for no archive.
        md5_hash, file_hash, hash_algorithm, cache_subdir, cache_dir, force_download: as in `keras.utils.get_file`.

    Raises:
        ValueError: if there is no `origin`, the checksum differs, or the archive has members that lead out of it.
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
    """Unpack an archive into its own folder, what of it is not there."""
    folder = path.parent
    if "tar" in formats and tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            missing = [
                member for member in archive if not _is_there(folder / member.name, member.isfile(), member.size)
            ]
            try:
                archive.extractall(folder, missing, filter="data")
            except tarfile.FilterError as error:
                raise ValueError(f"{path} is unsafe: {error}; nothing more of it was unpacked") from error
    elif "zip" in formats and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not (folder / info.filename).resolve().is_relative_to(folder.resolve()):
                    raise ValueError(f"{path} is unsafe: {info.filename!r} leads out of it; nothing was unpacked")
            for info in archive.infolist():
                if not _is_there(folder / info.filename, not info.is_dir(), info.file_size):
                    archive.extract(info, folder)
    else:
        warnings.warn(f"{path} is no archive of the kind {' or '.join(formats) or 'None'}; not unpacked", stacklevel=3)


def _is_there(path: Path, is_file: bool, num_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == num_bytes if is_file else path.is_dir()
