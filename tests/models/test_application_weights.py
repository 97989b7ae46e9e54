"""Keras' weight files: used where they lie, fetched whole or not at all, said in one line where neither can be."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from classeur.errors import UnknownNameError, WeightsError
from classeur.models import applications
from classeur.models.application_weights import checked_weights, find_weights, models_folder, weights_sha256
from classeur.models.applications import APPLICATIONS
from classeur.models.features import features_key

KIND = "vgg16"
NAME = APPLICATIONS[KIND].file_name
BODY = bytes(range(256)) * 9000


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' folder of models, which does not exist yet, on a machine without a network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nobody answers
    return tmp_path / "keras" / "models"


class Served(BaseHTTPRequestHandler):
    body: ClassVar[bytes] = BODY
    length: ClassVar[int] = len(BODY)
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(self.length))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Served]]:
    """A server in the place of Keras'."""
    handler = type("Handler", (Served,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setattr(applications, "HOST", f"http://127.0.0.1:{server.server_port}/")
        states(monkeypatch, hashlib.md5(BODY).hexdigest())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield handler
        server.shutdown()


def states(monkeypatch: pytest.MonkeyPatch, checksum: str | None) -> None:
    """Let Keras state this checksum."""
    changed = {**APPLICATIONS, KIND: APPLICATIONS[KIND]._replace(checksum=checksum)}
    monkeypatch.setattr(applications, "APPLICATIONS", changed)


def put(models: Path, content: bytes) -> Path:
    models.mkdir(parents=True, exist_ok=True)
    (models / NAME).write_bytes(content)
    return models / NAME


def said(call: object, *arguments: object) -> str:
    with pytest.raises(WeightsError) as caught:
        call(*arguments)  # type: ignore[operator]
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.keras
@pytest.mark.parametrize(("home", "folder"), [(None, ".keras"), ("~/there", "there")])
def test_the_folder_is_keras_own(home: str | None, folder: str, tmp_path: Path) -> None:
    code = (
        "from classeur.models.application_weights import models_folder; print(models_folder())\n"
        "from keras.src.backend.config import keras_home; print(keras_home())"
    )
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_HOME"}
    environment |= {"HOME": str(tmp_path), "KERAS_BACKEND": "numpy"} | ({"KERAS_HOME": home} if home else {})
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    ours, theirs = done.stdout.splitlines()
    assert ours == str(tmp_path / folder / "models")
    assert Path(theirs.replace("~", str(tmp_path)), "models") == Path(ours)


def test_without_a_network_one_line_says_what_to_fetch_and_where_to_put_it(models: Path) -> None:
    line = said(find_weights, KIND)
    assert f"the weights of {KIND} are not in {models} and cannot be downloaded" in line
    assert f"download {APPLICATIONS[KIND].address} elsewhere and put it there as {NAME}" in line
    for call in (features_key, checked_weights):
        assert said(call, KIND) == line
    nasnet = said(find_weights, "nasnet_mobile")
    assert "/NASNet-mobile-no-top.h5 elsewhere and put it there as nasnet_mobile_no_top.h5" in nasnet


def test_a_file_that_is_there_is_used_and_left_alone(models: Path, host: type[Served]) -> None:
    path = put(models, BODY)
    path.chmod(0o400)
    models.chmod(0o500)
    try:
        assert find_weights(KIND) == checked_weights(KIND) == path
    finally:
        models.chmod(0o700)
    assert host.asked == []


def test_a_missing_file_is_downloaded_whole(models: Path, host: type[Served]) -> None:
    told: list[tuple[int, int]] = []
    path = find_weights(KIND, progress=lambda done, total: told.append((done, total)))
    assert path == models / NAME
    assert path.read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert host.asked == ["/tensorflow/keras-applications/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"]
    assert find_weights(KIND) == path
    assert len(host.asked) == 1, "once"
    assert [each.name for each in models.iterdir()] == [NAME]


def test_a_download_that_ends_early_or_is_another_file_leaves_nothing(
    models: Path, host: type[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    host.length = len(BODY) + 1
    assert "bytes came" in said(find_weights, KIND)
    host.length = len(BODY)
    states(monkeypatch, "0" * 64)
    assert "another file was sent than Keras knows" in said(find_weights, KIND)
    assert list(models.iterdir()) == []


def test_a_file_that_keras_does_not_know_is_refused_and_kept(models: Path) -> None:
    path = put(models, BODY)
    line = said(checked_weights, KIND)
    assert f"{path}, the weights of {KIND}, is damaged or another file (its MD5 is not 6d6bbae143d83200…)" in line
    assert "remove it" in line
    assert path.read_bytes() == BODY


def test_another_content_is_another_key(models: Path) -> None:
    put(models, BODY)
    assert weights_sha256(KIND) == hashlib.sha256(BODY).hexdigest()
    first = features_key(KIND)
    assert first == f"{KIND}-{hashlib.sha256(BODY).hexdigest()[:16]}-v1"
    put(models, BODY[1:])
    assert features_key(KIND) != first


def test_a_key_needs_no_keras(models: Path) -> None:
    put(models, BODY)
    code = f"import sys; from classeur.models.features import features_key; print(features_key({KIND!r}))\n"
    code += "print(sorted({'keras', 'tensorflow', 'h5py', 'onnxruntime'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [features_key(KIND), "[]"]


def test_an_unknown_name_is_refused(models: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'vgg1"):
        find_weights("vgg")
    assert models_folder() == models
