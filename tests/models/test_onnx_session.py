"""ONNX files: what they say of themselves is read without onnx; sessions are opened once, or refused in one line."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import BrokenRunError, ClasseurError, UnsafeModelError
from classeur.models import onnx_session
from classeur.models.onnx_session import LateSession, open_session, read_metadata

SAID = {"classeur": '{"class_names": ["chats", "犬"]}', "long": "x" * 70_000, "empty": "", "ü": "ö"}


@pytest.fixture
def model_path(onnx_run) -> Path:  # type: ignore[no-untyped-def]
    return Path(onnx_run(metadata=SAID)) / "model.onnx"


def test_metadata_are_those_that_onnx_reads(model_path: Path) -> None:
    assert read_metadata(model_path) == SAID == {each.key: each.value for each in onnx.load(model_path).metadata_props}


def test_metadata_may_come_before_the_graph_and_beside_unknown_fields(model_path: Path, tmp_path: Path) -> None:
    model = onnx.load(model_path)
    first = onnx.ModelProto()
    onnx.helper.set_model_props(first, {"a": "b"})
    unknown = bytes([(200 << 3 | 1) & 0x7F | 0x80, 200 << 3 >> 7]) + bytes(8) + bytes([(201 << 3 | 5) & 0x7F | 0x80])
    unknown += bytes([201 << 3 >> 7]) + bytes(4)
    path = tmp_path / "other.onnx"
    path.write_bytes(first.SerializeToString() + unknown + model.SerializeToString())
    onnx.load(path)
    assert read_metadata(path) == {"a": "b", **SAID}


def test_a_file_that_is_cut_short_is_refused_or_lacks_entries(tmp_path: Path, onnx_run) -> None:  # type: ignore[no-untyped-def]
    content = (Path(onnx_run(metadata={"a": "b"})) / "model.onnx").read_bytes()
    path = tmp_path / "cut.onnx"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        try:
            assert read_metadata(path) in ({}, {"a": "b"})
        except BrokenRunError as error:
            assert "export it again" in str(error)


@given(st.binary(max_size=60))
def test_anything_else_is_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.write_bytes(content)
    try:
        assert isinstance(read_metadata(path), dict)
    except BrokenRunError as error:
        assert "\n" not in str(error)


def test_metadata_of_any_length_are_not_read(tmp_path: Path) -> None:
    model = onnx.ModelProto()
    onnx.helper.set_model_props(model, {str(number): "x" * 2**18 for number in range(5)})
    (tmp_path / "large.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BrokenRunError, match="not an ONNX model"):
        read_metadata(tmp_path / "large.onnx")


def test_what_is_no_model_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"hello" * 100)
    for call in (open_session, read_metadata):
        for name in ("a.onnx", "gone.onnx"):
            with pytest.raises((BrokenRunError, UnsafeModelError), match=name) as caught:
                call(tmp_path / name)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["weights.bin", "../weights.bin", "{folder}/weights.bin"])
@pytest.mark.parametrize("in_a_node", [False, True])
def test_weights_in_another_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, in_a_node: bool
) -> None:
    """ONNX Runtime would read any file below or beside the folder where the process was started."""
    (tmp_path / "below").mkdir()
    for folder in (tmp_path, tmp_path / "below"):
        (folder / "weights.bin").write_bytes(np.ones((2000, 2), np.float32).tobytes())
    weights = onnx.TensorProto(name="weights", data_type=onnx.TensorProto.FLOAT, dims=[2000, 2])
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=place.format(folder=tmp_path))
    nodes = [onnx.helper.make_node("MatMul", ["pixels", "weights"], ["probabilities"])]
    if in_a_node:
        nodes.insert(0, onnx.helper.make_node("Constant", [], ["weights"], value=weights))
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
        for name, size in (("pixels", 2000), ("probabilities", 2))
    ]
    graph = onnx.helper.make_graph(nodes, "stranger", values[:1], values[1:], [] if in_a_node else [weights])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "below" / "model.onnx").write_bytes(model.SerializeToString())
    monkeypatch.chdir(tmp_path / "below")
    with pytest.raises(UnsafeModelError, match="weights in another file"):
        open_session(Path("model.onnx"))
    with pytest.raises(BrokenRunError, match="cannot be opened"):
        open_session(Path("model.onnx").read_bytes())


def test_without_onnx_runtime_it_is_named(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ClasseurError, match="pip install onnxruntime"):
        open_session(model_path)


def test_a_session_is_opened_once_however_many_threads_call(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def counting(model: Path | bytes, **options: Any) -> object:
        opened.append(threading.current_thread())
        return open_session(model, **options)

    monkeypatch.setattr(onnx_session, "open_session", counting)
    session = LateSession(model_path, image_size=(8, 8), num_classes=2, num_threads=1)
    answers = []

    def call(level: int) -> None:
        answers.append((level, session(np.full((2, 8, 8, 3), level, np.uint8))))

    session.begin()
    threads = [threading.Thread(target=call, args=(level,)) for level in range(8)]
    for thread in threads:
        thread.start()
    session.begin()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    for level, logits in answers:
        assert logits == pytest.approx(np.full((2, 2), [0, 8 * level / 255 - 4]), abs=1e-6)


def test_a_process_that_ends_waits_for_the_session_that_it_began() -> None:
    """ONNX Runtime aborts a process that ends while it builds one."""
    code = (
        "import time\nfrom pathlib import Path\nfrom classeur.models import onnx_session\n"
        "def slow(path, **_): time.sleep(0.3); print('opened', flush=True)\n"
        "onnx_session.open_session, onnx_session.read_onnx = slow, lambda path: b''\n"
        "onnx_session.LateSession(Path('model.onnx'), image_size=(8, 8), num_classes=2).begin()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("opened\n", "")


def test_an_error_in_opening_is_met_by_the_call(tmp_path: Path) -> None:
    session = LateSession(tmp_path / "gone.onnx", image_size=(8, 8), num_classes=2)
    session.begin()
    with pytest.raises(BrokenRunError, match=r"gone\.onnx"):
        session(np.zeros((1, 8, 8, 3), np.uint8))
