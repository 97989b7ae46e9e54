"""`classeur predict` as a process: what it loads, standard input, closed pipes, Ctrl-C."""

import csv
import io
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from classeur.cli import _status

MakeRun = Callable[..., Path]

# What an installation that only predicts lacks, and what takes longer to load than one image to classify.
NOT_LOADED = (
    "cv2", "jax", "keras", "matplotlib", "numba", "numpy.random", "onnx", "pydantic", "rich.console", "scipy",
    "sklearn", "tensorflow", "torch",
)  # fmt: skip


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    paths = []
    for name, level in (("a.jpg", 40), ("b.png", 200)):
        Image.new("RGB", (30, 20), (level,) * 3).save(tmp_path / name)
        paths.append(str(tmp_path / name))
    return paths


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def give(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_nothing_heavy_is_loaded(onnx_run: MakeRun, pictures: list[str]) -> None:
    code = (
        "import sys\n"
        "from classeur.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        f"    print(sorted(set({NOT_LOADED}) & set(sys.modules)), file=sys.stderr)\n"
    )
    arguments = [*pictures, "--format", "csv", "--top", "1"]
    command = [sys.executable, "-c", code, "predict", str(onnx_run()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [row["predicted"] for row in rows(done.stdout)] == ["cats", "dogs"]
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_model_is_opened_before_what_reads_images_is_imported(onnx_run: MakeRun, pictures: list[str]) -> None:
    code = (
        "import sys, threading\n"
        "from classeur.models import onnx_session\n"
        "def opened(*arguments, real=onnx_session.open_session, **options):\n"
        "    in_main = threading.current_thread() is threading.main_thread()\n"
        "    print(sorted({'PIL', 'importlib.metadata', 'classeur.images.decoding'} & set(sys.modules)), in_main)\n"
        "    return real(*arguments, **options)\n"
        "onnx_session.open_session = opened\n"
        "threading.Thread.start = lambda thread, real=threading.Thread.start: (real(thread), thread.join())\n"
        "from classeur.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "predict", str(onnx_run()), pictures[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "[] False"


def test_one_bad_file_makes_the_status_1(
    onnx_run: MakeRun, pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, bad = str(onnx_run()), str(tmp_path / "bad.png")
    Path(bad).write_bytes(b"\x89PNG")
    assert _status(["predict", run, pictures[0], bad, pictures[1]], debug=True) == 1
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (4, "")
    assert _status(["predict", run, *pictures], debug=True) == 0


def test_a_list_among_paths(
    onnx_run: MakeRun, pictures: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, "\n".join(pictures).encode())
    assert _status(["predict", str(onnx_run()), pictures[1], "-", "--format", "csv"], debug=True) == 0
    assert [row["path"] for row in rows(capsys.readouterr().out)] == [pictures[1], *pictures]


def test_the_bytes_of_one_image(
    onnx_run: MakeRun, pictures: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(onnx_run())
    for content, status, found in ((Path(pictures[1]).read_bytes(), 0, "dogs"), (b"", 1, ""), (b"hello", 1, "")):
        give(monkeypatch, content)
        assert _status(["predict", run, "--stdin", "--format", "csv"], debug=True) == status
        (row,) = rows(capsys.readouterr().out)
        assert (row["path"], row["predicted"]) == ("", found)
        assert bool(row["reason"]) == bool(status)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.jpg", "--stdin"], "leave one of them out"),
        ([], "no image to classify"),
        (["-", "-"], "given twice"),
        (["a.jpg", "--top", "0"], "at least 1"),
        (["a.jpg", "--top", "x"], "--top"),
        (["a.jpg", "--format", "parquet"], "--to FILE"),
        (["a.jpg", "--format", "cvs"], "did you mean 'csv'"),
    ],
)
def test_wrong_usage_is_one_line(
    onnx_run: MakeRun, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _status(["predict", str(onnx_run()), *arguments], debug=False) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert (out, len(err.splitlines())) == ("", 1)


def test_a_reader_that_ends_ends_it_without_a_word(onnx_run: MakeRun, pictures: list[str]) -> None:
    command = [sys.executable, "-m", "classeur", "predict", str(onnx_run()), *pictures * 5000, "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"path,")
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_ctrl_c_is_one_line(onnx_run: MakeRun, pictures: list[str]) -> None:
    command = [sys.executable, "-m", "classeur", "predict", str(onnx_run()), *pictures * 5000, "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert err == b"error: stopped\n"
    assert process.returncode == 130
    assert not out or out.endswith(b"\n")
