"""What is compiled is kept, loaded by the next process without Numba, and made again when it is not what it was."""

import importlib
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classeur.images import compilation
from classeur.images.compilation import Kernel

SOURCE = """
from numba import carray

def add(values_at, length, number):
    values = carray(values_at, (length,))
    for i in range(length):
        values[i] += number
"""
TYPES = "float32* int64 float32"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with `add`, in a folder of its own."""
    name = f"of_{tmp_path.name}"
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path / "source")
    importlib.invalidate_caches()
    return name


def made_of(module: str) -> list[Path]:
    return sorted(Path(str(importlib.util.find_spec(module).origin)).parent.glob("__pycache__/*.o"))  # type: ignore[union-attr]


def add_one(kernel: Kernel) -> list[float]:
    values = np.arange(3, dtype=np.float32)
    assert kernel.function is not None
    kernel.function(values.ctypes.data, 3, 1.0)
    return values.tolist()  # type: ignore[no-any-return]


def test_what_is_compiled_does_what_the_function_says(module: str) -> None:
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    assert kernel.function is None
    assert kernel.compile()
    assert add_one(kernel) == [1.0, 2.0, 3.0]


def test_the_next_process_needs_no_numba(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(module, "add", TYPES).compile()
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, module)
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


def test_another_source_is_compiled_again(module: str) -> None:
    Kernel(module, "add", TYPES).compile()
    source = Path(str(sys.modules[module].__file__))
    source.write_text(SOURCE.replace("+= number", "+= 2 * number"))
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    importlib.reload(sys.modules[module])
    assert kernel.compile()
    assert add_one(kernel) == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("what", ["llvmlite.__version__", "llvmlite.binding.get_host_cpu_name"])
def test_what_another_machine_compiled_is_not_loaded(module: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(module, "add", TYPES).compile()
    monkeypatch.setattr(what, "other" if what.endswith("__") else lambda: "other")
    assert not Kernel(module, "add", TYPES).load()


@pytest.mark.parametrize("damage", [b"", b"\x7fELF", None])
def test_a_damaged_file_is_compiled_again(module: str, damage: bytes | None) -> None:
    Kernel(module, "add", TYPES).compile()
    (kept,) = made_of(module)
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(bytes(content) if damage is None else damage)
    kernel = Kernel(module, "add", TYPES)
    assert not kernel.load()
    assert kernel.compile()
    assert add_one(kernel) == [1.0, 2.0, 3.0]
    assert Kernel(module, "add", TYPES).load()


def test_it_is_kept_in_the_users_cache_if_python_cannot_keep_its_own(
    module: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(str(importlib.util.find_spec(module).origin)).parent  # type: ignore[union-attr]
    (folder / "__pycache__").write_text("no folder")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert Kernel(module, "add", TYPES).compile()
    assert [path.suffix for path in (cache / "kernels").iterdir()] == [".o"]
    assert Kernel(module, "add", TYPES).load()


def test_of_a_module_in_a_zip_nothing_is_kept(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "modules.zip", "w") as archive:
        archive.writestr("zipped.py", SOURCE)
    monkeypatch.syspath_prepend(tmp_path / "modules.zip")
    kernel = Kernel("zipped", "add", TYPES)
    assert not kernel.load()
    assert kernel.compile()
    assert add_one(kernel) == [1.0, 2.0, 3.0]
    assert not cache.exists()


def test_nobody_waits_while_another_thread_compiles(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, begun, may_end = Kernel(module, "add", TYPES), threading.Event(), threading.Event()
    compiled = Kernel._compiled

    def slowly(self: Kernel) -> bytes:
        begun.set()
        assert may_end.wait(30)
        return compiled(self)

    monkeypatch.setattr(Kernel, "_compiled", slowly)
    thread = threading.Thread(target=kernel.compile)
    thread.start()
    assert begun.wait(30)
    assert not kernel.compile()
    may_end.set()
    thread.join()
    assert kernel.compile()


def test_a_function_that_needs_numbas_own_is_refused(module: str) -> None:
    importlib.import_module(module)
    path = Path(str(sys.modules[module].__file__))
    path.write_text(SOURCE + "\ndef show(length):\n    print(length)\n")
    importlib.reload(sys.modules[module])
    with pytest.raises(RuntimeError, match="show still needs"):
        Kernel(module, "show", "int64").compile()
