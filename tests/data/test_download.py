import hashlib
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from classeur.data import download as module
from classeur.data.download import DATA_SETS, Fetched, fetch
from classeur.errors import DownloadError, StorageError, UnknownNameError


def zip_of(seed: int) -> bytes:
    content = random.Random(seed).randbytes(200_000)
    with ZipFile(buffer := BytesIO(), "w") as file:
        file.writestr("cats_and_dogs_filtered/train/cats/cat.0.jpg", content)
        file.writestr("cats_and_dogs_filtered/train/dogs/dog.0.jpg", content[::-1])
    return buffer.getvalue()


BODY, CHANGED = zip_of(0), zip_of(1)


@dataclass
class Site:
    """What the server serves and how it behaves; `asked` holds the Range header of every request."""

    url: str = ""
    body: bytes = BODY
    tag: str | None = '"1"'
    modified: str | None = None
    status: int = 200
    ranges: bool = True
    heeds_if_range: bool = True
    states_length: bool = True
    in_chunks: bool = False
    drop_at: int | None = None
    stall: float = 0
    pause: float = 0
    asked: list[str | None] = field(default_factory=list)

    def answer(self, wanted: str | None, condition: str | None) -> tuple[int, dict[str, str], bytes]:
        headers = {"ETag": self.tag, "Last-Modified": self.modified}
        kept = {name: value for name, value in headers.items() if value}
        is_same = condition in (self.tag, self.modified)
        if self.status != 200 or not wanted or not self.ranges or (self.heeds_if_range and not is_same):
            return self.status, kept, self.body
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.body):
            return 416, {"Content-Range": f"bytes */{len(self.body)}"}, b""
        content_range = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        return 206, kept | {"Content-Range": content_range}, self.body[start:]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.headers["Range"])
            status, headers, body = site.answer(self.headers["Range"], self.headers["If-Range"])
            time.sleep(site.stall)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            if site.in_chunks:
                self.send_header("Transfer-Encoding", "chunked")
                body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
            elif site.states_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: site.drop_at])
            time.sleep(site.pause)  # and then the connection is closed

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/cats_and_dogs_filtered.zip"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def pets(tmp_path: Path, site: Site) -> Callable[[], Fetched]:
    return lambda: fetch("cats-and-dogs", to=tmp_path / "pets", url=site.url)


def failure(action: Callable[[], object], error: type[Exception] = DownloadError) -> str:
    with pytest.raises(error) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def holds(folder: Path, body: bytes) -> bool:
    with ZipFile(BytesIO(body)) as file:
        return (folder / "train" / "cats" / "cat.0.jpg").read_bytes() == file.read(file.infolist()[0])


def break_off(site: Site, action: Callable[[], object], *, at: int = 150_000) -> None:
    site.drop_at = at
    failure(action)
    site.drop_at = None
    site.asked.clear()


# --- it works ---


def test_fetches_unpacks_and_records(site: Site, tmp_path: Path) -> None:
    calls: list[tuple[int, int | None]] = []
    target = tmp_path / "new" / "pets"
    fetched = fetch("cats-and-dogs", to=target, url=site.url, progress=lambda *call: calls.append(call))
    digest = hashlib.sha256(BODY).hexdigest()
    assert fetched == Fetched(target, digest, len(BODY), site.url, 0)
    assert holds(target, BODY)
    assert calls[0] == (0, len(BODY))
    assert calls[-1] == (len(BODY), len(BODY))
    assert sorted(calls) == calls
    assert {path.name for path in target.parent.iterdir()} == {"pets", "pets.source.json"}
    record = json.loads((target.parent / "pets.source.json").read_text())
    age = datetime.now(UTC) - datetime.fromisoformat(record.pop("fetched_at"))
    assert 0 <= age.total_seconds() < 60
    assert record == {"name": "cats-and-dogs", "url": site.url, "sha256": digest, "num_bytes": len(BODY)}


def test_a_second_call_transfers_nothing(site: Site, pets: Callable[[], Fetched]) -> None:
    first = pets()
    assert pets() == first._replace(resumed_bytes=len(BODY))
    assert site.asked == [None]


def test_the_default_place(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert fetch("cats-and-dogs", url=site.url).folder == tmp_path / "cats_and_dogs_filtered"


def test_a_removed_folder_is_fetched_again(site: Site, pets: Callable[[], Fetched]) -> None:
    folder = pets().folder
    folder.rename(folder.with_name("elsewhere"))
    assert holds(pets().folder, BODY)
    assert site.asked == [None, None]


def test_callers_at_the_same_time_share_one_transfer(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    site.stall = 0.2
    found: list[Fetched] = []
    threads = [threading.Thread(target=lambda: found.append(pets())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert site.asked == [None]
    assert names(tmp_path) == {"pets", "pets.source.json"}, "the last of them leaves no lock behind"


def test_a_lock_that_is_removed_still_locks(tmp_path: Path) -> None:
    """Whoever waits on the file that its holder removes must not work beside a newcomer with a new file."""
    inside: list[int] = []
    crowds: list[int] = []

    def work() -> None:
        for _ in range(6):
            with module._locked(tmp_path / "lock"):
                inside.append(1)
                crowds.append(len(inside))
                time.sleep(0.005)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crowds == [1] * 18
    assert names(tmp_path) == set()


def test_every_data_set_is_described() -> None:
    for name, data_set in DATA_SETS.items():
        assert name == data_set.name
        assert data_set.url.endswith("/" + data_set.file_name)
        assert data_set.description
        assert data_set.licence


# --- resuming ---


@pytest.mark.parametrize(("tag", "modified"), [('"1"', None), (None, "Mon, 01 Jan 2024 00:00:00 GMT")])
def test_goes_on_where_it_broke_off(
    tag: str | None, modified: str | None, site: Site, tmp_path: Path, pets: Callable[[], Fetched]
) -> None:
    site.tag, site.modified, site.drop_at = tag, modified, 150_000
    message = failure(pets)
    assert "stopped after 150,000 bytes" in message
    assert "run the same command again" in message
    assert names(tmp_path) == {"pets.zip.part", "pets.zip.part.json"}
    site.drop_at = None
    fetched = pets()
    assert site.asked == [None, "bytes=150000-"]
    assert fetched.resumed_bytes == 150_000
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert holds(fetched.folder, BODY)
    assert names(tmp_path) == {"pets", "pets.source.json"}


def test_breaks_off_twice(site: Site, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    break_off(site, pets, at=100_000)
    assert pets().resumed_bytes == 250_000
    assert site.asked == ["bytes=250000-"]


def test_progress_begins_where_it_broke_off(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    calls: list[tuple[int, int | None]] = []
    fetch("cats-and-dogs", to=tmp_path / "pets", url=site.url, progress=lambda *call: calls.append(call))
    assert calls[0] == (150_000, len(BODY))
    assert calls[-1] == (len(BODY), len(BODY))


def test_a_file_of_another_length_starts_over(site: Site, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    with ZipFile(buffer := BytesIO(CHANGED), "a") as file:
        file.writestr("cats_and_dogs_filtered/more.txt", "under the same tag")
    site.body = buffer.getvalue()
    assert pets().resumed_bytes == 0


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_a_changed_file_starts_over(heeds_if_range: bool, site: Site, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    site.body, site.tag, site.heeds_if_range = CHANGED, '"2"', heeds_if_range
    fetched = pets()
    assert fetched.resumed_bytes == 0
    assert fetched.sha256 == hashlib.sha256(CHANGED).hexdigest()
    assert site.asked == (["bytes=150000-"] if heeds_if_range else ["bytes=150000-", None])


def test_a_server_without_ranges_starts_over(site: Site, pets: Callable[[], Fetched]) -> None:
    site.ranges = False
    break_off(site, pets)
    fetched = pets()
    assert (fetched.resumed_bytes, site.asked) == (0, ["bytes=150000-"])
    assert holds(fetched.folder, BODY)


@pytest.mark.parametrize("tag", [None, 'W/"1"'])
def test_a_file_that_cannot_be_told_from_its_next_version_starts_over(
    tag: str | None, site: Site, pets: Callable[[], Fetched]
) -> None:
    site.tag = tag
    break_off(site, pets)
    assert pets().resumed_bytes == 0
    assert site.asked == [None]


def test_another_address_starts_over(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    fetched = fetch("cats-and-dogs", to=tmp_path / "pets", url=site.url + "?mirror")
    assert (fetched.resumed_bytes, site.asked) == (0, [None])


def test_a_part_that_is_too_long_starts_over(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    with (tmp_path / "pets.zip.part").open("ab") as file:
        file.write(bytes(len(BODY)))
    fetched = pets()
    assert fetched.resumed_bytes == 0
    assert site.asked[1:] == [None]
    assert holds(fetched.folder, BODY)


@pytest.mark.parametrize("record", [None, "", "{}", "no JSON"])
def test_a_part_without_its_record_starts_over(
    record: str | None, site: Site, tmp_path: Path, pets: Callable[[], Fetched]
) -> None:
    break_off(site, pets)
    (tmp_path / "pets.zip.part.json").unlink()
    if record is not None:
        (tmp_path / "pets.zip.part.json").write_text(record)
    assert pets().resumed_bytes == 0
    assert site.asked == [None]


def test_ctrl_c_keeps_the_part(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    def interrupt(here: int, num_bytes: int | None) -> None:
        if here > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("cats-and-dogs", to=tmp_path / "pets", url=site.url, progress=interrupt)
    size = (tmp_path / "pets.zip.part").stat().st_size
    assert size > 100_000
    assert pets().resumed_bytes == size


def test_ctrl_c_while_unpacking_keeps_the_whole(
    site: Site, tmp_path: Path, pets: Callable[[], Fetched], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "unpack", interrupt)
        with pytest.raises(KeyboardInterrupt):
            pets()
    assert not (tmp_path / "pets").exists()
    fetched = pets()
    assert fetched.resumed_bytes == len(BODY)
    assert holds(fetched.folder, BODY)
    assert site.asked == [None]


def test_a_server_that_states_no_length(site: Site, tmp_path: Path) -> None:
    site.states_length = False
    totals: set[int | None] = set()
    fetched = fetch("cats-and-dogs", to=tmp_path / "pets", url=site.url, progress=lambda here, total: totals.add(total))
    assert totals == {None}
    assert holds(fetched.folder, BODY)


def test_a_server_that_sends_in_chunks(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    site.in_chunks, site.drop_at = True, 150_000
    assert "stopped after" in failure(pets)
    assert names(tmp_path) == {"pets.zip.part", "pets.zip.part.json"}
    site.drop_at = None
    assert holds(pets().folder, BODY)


def test_sweeps_up_after_a_killed_process(site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    (tmp_path / ".pets.00000000.unpacking").mkdir()
    pets()
    assert names(tmp_path) == {"pets", "pets.source.json"}


# --- it does not ---


def test_an_unknown_name() -> None:
    assert "cats-and-dogs" in failure(lambda: fetch("dogs-and-cats"), UnknownNameError)


@pytest.mark.parametrize("status", [403, 404, 416, 500, 503])
def test_a_refusal_names_the_status(status: int, site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    site.status = status
    message = failure(pets)
    assert f"{site.url} answered {status} " in message
    assert "classeur inspect cats_and_dogs_filtered.zip" in message
    assert names(tmp_path) == set()


def test_a_refusal_keeps_what_is_here(site: Site, pets: Callable[[], Fetched]) -> None:
    break_off(site, pets)
    site.status = 503
    failure(pets)
    site.status = 200
    assert pets().resumed_bytes == 150_000


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/cats_and_dogs_filtered.zip"


@pytest.mark.parametrize("place", ["refused", "unresolved"])
def test_no_network(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if place == "unresolved":

        def unresolved(*args: object, **kwargs: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    url = closed_port() if place == "refused" else "http://classeur.invalid/cats_and_dogs_filtered.zip"
    message = failure(lambda: fetch("cats-and-dogs", to=tmp_path / "pets", url=url))
    assert "no network" in message
    assert url in message
    assert "classeur inspect cats_and_dogs_filtered.zip" in message
    assert names(tmp_path) == set()


def test_a_server_that_is_silent(site: Site, pets: Callable[[], Fetched], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT_SECONDS", 0.5)
    site.stall = 1.5
    assert "timed out" in failure(pets)


def test_a_server_that_falls_silent(site: Site, pets: Callable[[], Fetched], monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough that a busy machine is not taken for a silent server, and only for the transfer that falls silent.
    with monkeypatch.context() as patched:
        patched.setattr(module, "_TIMEOUT_SECONDS", 1.0)
        site.pause, site.drop_at = 2.5, 150_000
        message = failure(pets)
    assert "stopped after" in message
    assert "timed out" in message
    site.pause, site.drop_at = 0, None
    assert 0 < pets().resumed_bytes <= 150_000


@pytest.mark.parametrize("url", ["cats.zip", "file:///cats.zip", "ftp://host/cats.zip", "http://", "http://a b/c.zip"])
def test_no_web_address(url: str, tmp_path: Path) -> None:
    assert url in failure(lambda: fetch("cats-and-dogs", to=tmp_path / "pets", url=url))


@pytest.mark.parametrize("body", [b"<html>Log in to the hotel's network</html>", BODY[:-1000]])
def test_what_is_no_zip_is_not_kept(body: bytes, site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    site.body = body
    assert "cannot be read as a zip" in failure(pets)
    assert names(tmp_path) == set()
    site.body = BODY
    assert holds(pets().folder, BODY)


def test_a_stated_checksum_is_checked(
    site: Site, tmp_path: Path, pets: Callable[[], Fetched], monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = DATA_SETS["cats-and-dogs"]._replace(sha256=hashlib.sha256(BODY).hexdigest())
    monkeypatch.setitem(DATA_SETS, "cats-and-dogs", stated)
    site.body = CHANGED
    assert str(stated.sha256) in failure(pets)
    assert names(tmp_path) == set()
    site.body = BODY
    assert pets().sha256 == stated.sha256


@pytest.mark.parametrize(
    "record", [None, '{"name": "flowers", "url": "", "sha256": "", "num_bytes": 1, "fetched_at": ""}']
)
def test_what_is_there_is_kept(record: str | None, site: Site, tmp_path: Path, pets: Callable[[], Fetched]) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "thesis.txt").write_text("mine")
    if record:
        (tmp_path / "pets.source.json").write_text(record)
    before = names(tmp_path)
    assert "exists and is not empty" in failure(pets, StorageError)
    assert site.asked == []
    assert names(tmp_path) == before


def test_a_place_that_cannot_be_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    failure(lambda: fetch("cats-and-dogs", to=tmp_path / "file" / "pets", url=site.url), StorageError)
    assert site.asked == []


def test_a_full_disk_keeps_the_part(
    site: Site, tmp_path: Path, pets: Callable[[], Fetched], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **options: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(module, "unpack", full)
        failure(pets, StorageError)
    assert names(tmp_path) == {"pets.zip.part", "pets.zip.part.json"}
    assert pets().resumed_bytes == len(BODY)
