"""What is compiled is kept, loaded by the next process without Numba, and made again when it is not what it was."""

import importlib
import os
import signal
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from classeur.images import compilation
from classeur.images.compilation import CompilationWarning, Kernel

SOURCE = """
from numba import carray
from PACKAGE.step import STEP

def add(values_at, length, number):
    values = carray(values_at, (length,))
    for i in range(length):
        values[i] += STEP * number
"""
TYPES = "float32* int64 float32"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module with `add`, in a package of its own, beside one with a constant."""
    package = f"of_{tmp_path.name}"
    folder = tmp_path / "source" / package
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "step.py").write_text("STEP = 1\n")
    (folder / "adding.py").write_text(SOURCE.replace("PACKAGE", package))
    monkeypatch.syspath_prepend(tmp_path / "source")
    importlib.invalidate_caches()
    yield f"{package}.adding"
    forget(package)


def forget(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def folder_of(module: str) -> Path:
    found = importlib.util.find_spec(module)
    assert found is not None
    return Path(str(found.origin)).parent


def kept_file(cache: Path) -> Path:
    (found,) = (cache / "kernels").iterdir()
    return found


def add_one(kernel: Kernel) -> list[float]:
    values = np.arange(3, dtype=np.float32)
    assert kernel.function is not None
    kernel.function(values.ctypes.data, 3, 1.0)
    return values.tolist()  # type: ignore[no-any-return]


def test_what_is_compiled_does_what_the_function_says(module: str) -> None:
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    assert kernel.function is None
    Kernel(module, "add", TYPES).compile()
    assert not kernel.load(), "it is looked for once"
    assert kernel.compile()
    assert add_one(kernel) == [1.0, 2.0, 3.0]


def test_the_next_process_needs_no_numba(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(module, "add", TYPES).compile()
    monkeypatch.setitem(sys.modules, "numba", None)
    forget(module.partition(".")[0])
    kernel = Kernel(module, "add", TYPES)
    assert kernel.load()
    assert add_one(kernel) == [1.0, 2.0, 3.0]
    assert module not in sys.modules


@pytest.mark.parametrize("package", ["numba", "llvmlite"])
def test_without_what_compiles_there_is_no_function(module: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "_is_installed", lambda name: name != package)
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.compile()
    assert kernel.function is None


@pytest.mark.parametrize(("name", "old", "new"), [("adding", "+= STEP", "+= 2 * STEP"), ("step", "1", "2")])
def test_another_source_in_its_package_is_compiled_again(module: str, name: str, old: str, new: str) -> None:
    Kernel(module, "add", TYPES).compile()
    source = folder_of(module) / f"{name}.py"
    source.write_text(source.read_text().replace(old, new) + "# of another length\n")
    forget(module.partition(".")[0])
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    assert kernel.compile()
    assert add_one(kernel) == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("what", ["llvmlite.__version__", "llvmlite.binding.get_host_cpu_name"])
def test_what_another_machine_compiled_is_not_loaded(module: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(module, "add", TYPES).compile()
    monkeypatch.setattr(what, "other" if what.endswith("__") else lambda: "other")
    assert not Kernel(module, "add", TYPES).load()


@pytest.mark.parametrize("damage", [b"", b"\x7fELF", None])
def test_a_damaged_file_is_compiled_again(module: str, damage: bytes | None, cache: Path) -> None:
    Kernel(module, "add", TYPES).compile()
    kept = kept_file(cache)
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(bytes(content) if damage is None else damage)
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    assert kernel.compile()
    assert add_one(kernel) == [1.0, 2.0, 3.0]
    assert Kernel(module, "add", TYPES).load()


@pytest.mark.skipif(os.name == "nt", reason="no such permissions on Windows")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_others_could_have_written_is_not_run(module: str, what: str, cache: Path) -> None:
    Kernel(module, "add", TYPES).compile()
    kept = kept_file(cache)
    (kept if what == "file" else kept.parent).chmod(0o777)
    assert not Kernel(module, "add", TYPES).load()


def test_without_a_cache_each_process_compiles(module: str, cache: Path) -> None:
    cache.write_text("no folder")
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    assert kernel.compile()
    assert add_one(kernel) == [1.0, 2.0, 3.0]


def test_of_a_module_in_a_zip_nothing_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "modules.zip", "w") as archive:
        archive.writestr("zipped.py", "")
    monkeypatch.syspath_prepend(tmp_path / "modules.zip")
    with pytest.warns(CompilationWarning, match="add is not compiled"):
        assert not Kernel("zipped", "add", TYPES).compile()


@pytest.mark.parametrize("may_compile", [False, True])
def test_what_fails_is_told_once_and_not_tried_again(
    module: str, may_compile: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    Kernel(module, "add", TYPES).compile()
    tried: list[str] = []

    def broken(*_: object) -> None:
        tried.append("linked")
        raise OSError("no such\n library")

    monkeypatch.setattr(Kernel, "_linked", broken)
    kernel = Kernel(module, "add", TYPES)
    with pytest.warns(CompilationWarning, match=r"add is not compiled, .* \(OSError: no such library\)") as told:
        assert not kernel._make(may_compile=may_compile)
    assert not kernel.compile()
    assert len(told) == len(tried) == 1


def test_a_function_that_needs_numbas_own_is_refused(module: str) -> None:
    with (folder_of(module) / "adding.py").open("a") as source:
        source.write("\n\ndef show(length):\n    print(length)\n")
    with pytest.warns(CompilationWarning, match=r"show is not compiled, .*it still needs"):
        assert not Kernel(module, "show", "int64").compile()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Compiling takes a while longer; set when it has begun."""
    begun, compiled = threading.Event(), Kernel._compiled

    def slowly(self: Kernel) -> bytes:
        begun.set()
        time.sleep(0.3)
        return compiled(self)

    monkeypatch.setattr(Kernel, "_compiled", slowly)
    return begun


def test_nobody_waits_while_another_thread_compiles(module: str, begun: threading.Event) -> None:
    kernel, other = Kernel(module, "add", TYPES), Kernel(module, "add", "float32* int64 float64")
    thread = threading.Thread(target=kernel.compile)
    thread.start()
    assert begun.wait(30)
    assert not kernel.compile()
    assert not other.compile()
    thread.join()
    assert kernel.function is not None
    assert other.compile()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:.*fork:RuntimeWarning")
def test_a_child_forked_meanwhile_can_compile(module: str, begun: threading.Event) -> None:
    kernel = Kernel(module, "add", TYPES)  # it lives: LLVM locks while it frees one
    thread = threading.Thread(target=kernel.compile)
    thread.start()
    assert begun.wait(30)
    child = os.fork()
    if not child:
        signal.alarm(60)
        os._exit(int(not Kernel(module, "add", "float32* int64 float64").compile()))
    assert os.waitpid(child, 0)[1] == 0
    thread.join()
