"""Known data sets, downloaded over HTTP.

A transfer goes to a `.part` file beside the target. After a lost connection, a killed process or a Ctrl-C the file
stays, and the next call asks only for the rest. Then the zip is unpacked as a whole (`archive`), its
checksum is recorded beside the folder, and the `.part` is removed.
"""

import http
import http.client
import os
import posixpath
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from filelock import FileLock
from pydantic import BaseModel

from classeur.data.archive import check_vacant, remove_leftovers, sha256_of, unpack
from classeur.errors import ArchiveError, ClasseurError, DownloadError, UnknownNameError
from classeur.options import takes_options
from classeur.storage import write_text, writing_to

_TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 2**16

_Record = TypeVar("_Record", bound=BaseModel)


class DataSet(NamedTuple):
    """A data set that can be downloaded by name."""

    name: str
    url: str
    file_name: str
    description: str
    licence: str
    sha256: str | None
    """The zip's checksum, if its publisher states one."""


_CATS_AND_DOGS = DataSet(
    name="cats-and-dogs",
    url="https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip",
    file_name="cats_and_dogs_filtered.zip",
    description="2,000 training and 1,000 validation photographs of cats and dogs: the TensorFlow tutorial's data",
    licence="a part of Kaggle's 'Dogs vs. Cats'; its publisher states no licence: use it to learn, do not republish it",
    sha256=None,
)

DATA_SETS: dict[str, DataSet] = {data_set.name: data_set for data_set in (_CATS_AND_DOGS,)}


class Fetched(NamedTuple):
    """A data set on this machine, and its source."""

    folder: Path
    sha256: str
    num_bytes: int
    """Checksum of the zip."""
    url: str
    resumed_bytes: int
    """How many of `num_bytes` were here already: all, if nothing had to be transferred."""


class _Source(BaseModel, frozen=True):
    """`FOLDER.source.json`: the zip that a folder was unpacked from."""

    name: str
    url: str
    sha256: str
    num_bytes: int
    fetched_at: str


class _Started(BaseModel, frozen=True):
    """`FOLDER.zip.part.json`: the file, and its version, of which a `.part` is the beginning."""

    url: str
    validator: str | None
    num_bytes: int | None


@takes_options()
def fetch(
    name: str,
    *,
    to: Path | None = None,
    url: str | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Fetched:
    """Download and unpack a known data set, unless it is there already.

    A zip with a single folder at its top is unpacked without that folder: `to` gets its contents. Beside
    `to` a `.source.json` records the address, the checksum, the size and the time. If it is there and names this data
    set, nothing is downloaded.

    Args:
        name: a key of `DATA_SETS`.
        to: the folder to make; by default one in the current folder, named as the zip.
        url: another address of the same zip, such as a mirror.
        progress: called with (bytes here, bytes in all, or None if the server does not tell) during the download.

    Raises:
        UnknownNameError: if no data set has that name.
        DownloadError: if the server cannot be reached, refuses, stops (call again to resume) or sends a damaged zip.
        StorageError: if `to` contains something else, or the disk is full or cannot be written.

    >>> fetch("cats-and-dog")
    Traceback (most recent call last):
    classeur.errors.UnknownNameError: no data set is called 'cats-and-dog'; did you mean 'cats-and-dogs'? ...
    """
    if name not in DATA_SETS:
        raise UnknownNameError("data set", name, DATA_SETS)
    data_set = DATA_SETS[name]
    url = url or data_set.url
    if not url.startswith(("https://", "http://")):
        raise DownloadError(f"{url} is not a web address; expected https://… or http://…")
    folder = (to or Path(data_set.file_name).with_suffix("")).resolve()
    part = folder.with_name(f"{folder.name}.zip.part")
    lock = part.with_name(f"{part.name}.lock")
    with writing_to(folder):
        if found := _found(data_set, folder):
            return found
        check_vacant(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(lock):
            if found := _found(data_set, folder):  # downloaded by the process that held the lock
                return found
            resumed_bytes = _download(url, part, progress=progress)
            source = _unpack(data_set, url, part, folder)
    return Fetched(folder, source.sha256, source.num_bytes, url, resumed_bytes)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock, and remove its file however the block ends.

    It is removed while it is held: a process that waits for the removed file notices, and locks the new file
    (filelock 3.24 or later). Windows does not remove an open file, so there it is removed afterwards, unless another
    process holds it by then.
    """
    with FileLock(path):
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
    if os.name == "nt":
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _found(data_set: DataSet, folder: Path) -> Fetched | None:
    source = _read(_Source, _source_path(folder))
    if source is None or source.name != data_set.name or not folder.is_dir() or not any(folder.iterdir()):
        return None
    return Fetched(folder, source.sha256, source.num_bytes, source.url, source.num_bytes)


def _unpack(data_set: DataSet, url: str, part: Path, folder: Path) -> _Source:
    source = _Source(
        name=data_set.name,
        url=url,
        sha256=sha256_of(part),
        num_bytes=part.stat().st_size,
        fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    try:
        if data_set.sha256 not in (None, source.sha256):
            raise ArchiveError(f"its SHA-256 is {source.sha256}, not {data_set.sha256}")
        remove_leftovers(folder)
        # Before the folder: after a kill in between, no record describes a missing folder, and the .part is complete.
        write_text(_source_path(folder), source.model_dump_json(indent=2) + "\n")
        unpack(part, folder, without_top=True)
    except ArchiveError as error:
        _source_path(folder).unlink(missing_ok=True)
        _discard(part)
        raise DownloadError(f"{url} did not send the data set ({error}); try again later, or use a mirror") from error
    except ClasseurError:
        _source_path(folder).unlink(missing_ok=True)
        raise
    _discard(part)
    return source


def _download(url: str, part: Path, *, progress: Callable[[int, int | None], None] | None) -> int:
    """Complete the file `part`; return how many of its bytes were there before."""
    started = _read(_Started, _started_path(part))
    here = part.stat().st_size if part.is_file() and started and started.url == url else 0
    if started and here and here == started.num_bytes:
        return here
    rest = _resume(started, here) if started and here else None
    with rest or _request(url) as response:
        if rest is None or rest.status != http.HTTPStatus.PARTIAL_CONTENT:
            here = 0
        num_bytes = None if response.length is None else here + response.length
        if not here:
            _discard(part)  # first: the new record must never be beside the old bytes
            started = _Started(url=url, validator=_validator(response), num_bytes=num_bytes)
            write_text(_started_path(part), started.model_dump_json(indent=2) + "\n")
        _receive(response, part, here=here, num_bytes=num_bytes, progress=progress)
    return here


def _resume(started: _Started, here: int) -> http.client.HTTPResponse | None:
    """Request the rest of a file; None if the answer is neither the rest nor the whole file.

    Source: RFC 9110, sections 13.1.5 (If-Range), 14.2 (Range), 14.4 (Content-Range).
    """
    if started.validator is None:
        return None
    try:
        response = _request(started.url, {"Range": f"bytes={here}-", "If-Range": started.validator})
    except _RangeError:
        return None
    content_range = response.headers.get("Content-Range", "")
    rest = re.match(rf"bytes {here}-\d+/(\d+)$", content_range)
    # Some servers support Range but ignore If-Range: never append the rest of a new version to an old beginning.
    is_same = _validator(response) == started.validator and rest and int(rest[1]) == started.num_bytes
    if response.status == http.HTTPStatus.OK or is_same:
        return response
    response.close()
    return None


class _RangeError(DownloadError):
    """Status 416."""


def _request(url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    file_name = posixpath.basename(urlsplit(url).path)
    request = urllib.request.Request(url, headers={"User-Agent": "classeur", **(headers or {})})
    advice = f"if you have the zip, use it as the data: classeur inspect {file_name}"
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        kind = _RangeError if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE else DownloadError
        raise kind(f"{url} answered {error.code} {error.reason}; try again later; or, {advice}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        message = f"no network, or {urlsplit(url).netloc} is down: {url} could not be reached ({reason})"
        raise DownloadError(f"{message}; try again later; or, {advice}") from error
    return response


def _validator(response: http.client.HTTPResponse) -> str | None:
    """Return what identifies a file's version; None if the server sends nothing that If-Range allows."""
    tag = response.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")


def _receive(
    response: http.client.HTTPResponse,
    part: Path,
    *,
    here: int,
    num_bytes: int | None,
    progress: Callable[[int, int | None], None] | None,
) -> None:
    fault = None
    with part.open("ab") as file:
        while True:
            if progress:
                progress(here, num_bytes)
            try:
                chunk = response.read(_CHUNK_BYTES)
            except (OSError, http.client.HTTPException) as error:
                fault = str(error)
                break
            if not chunk:
                break
            file.write(chunk)
            here += len(chunk)
    if num_bytes is not None and here != num_bytes:
        fault = fault or f"{num_bytes:,} were expected"
    if fault:
        message = f"{response.url} stopped after {here:,} bytes ({fault})"
        raise DownloadError(f"{message}; run the same command again to resume")


def _source_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.source.json")


def _started_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _started_path(part).unlink(missing_ok=True)


def _read(kind: type[_Record], path: Path) -> _Record | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
