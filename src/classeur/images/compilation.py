"""Functions over pixels, compiled by Numba once a machine, and kept; later processes load them without Numba.

Importing Numba and reading its own cache takes half a second. What it has compiled is here kept as object code, which
LLVM links in a hundredth of one. Whatever fails, nothing is compiled, with one warning: each function has a slower way.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from classeur.errors import StorageError
from classeur.storage import default_cache, mark_used, written_atomically
from classeur.threads import lock_held_at_fork

Function = Callable[..., None]

_NUMBERS: dict[str, Any] = {"int64": ctypes.c_int64, "float32": ctypes.c_float, "float64": ctypes.c_double}
_DIGEST_BYTES = 32
_WRITABLE_BY_OTHERS = 0o022

# Held while anything is compiled or loaded, and while the process forks: a child would wait for ever for what a thread
# of its parent was importing. No thread waits for it: until it is free, the slower way is there.
_LOCK = lock_held_at_fork()


class CompilationWarning(UserWarning):
    """A function is not compiled, so that what it does takes longer; the results are the same."""


class Kernel:
    """A function of a module, compiled for arguments of some types; it runs without Python's lock."""

    def __init__(self, module: str, name: str, types: str) -> None:
        """Name the function; nothing is read or compiled yet.

        Args:
            module, name: where it is. It takes numbers and addresses of arrays, raises nothing and allocates nothing.
                Constants may come from its own package only.
            types: of its arguments, as Numba names them, one after the other: "int64", "float32", "float64", or the
                type of an array's numbers with a star, such as "uint8*".
        """
        self._module, self._name, self._types = module, name, tuple(types.split())
        self._was_sought = self._is_impossible = False
        self._engine: Any = None  # owns the code
        self.function: Function | None = None
        """The compiled function; None until `load` or `compile` has returned true."""

    def load(self) -> bool:
        """Load the function if this machine has compiled it before; false too while another thread is at it.

        It is looked for once a process.
        """
        return self.function is not None if self._was_sought else self._make(may_compile=False)

    def compile(self) -> bool:
        """Load the function, or compile it, in about two seconds, and keep it.

        Returns false if that is impossible, with one warning unless Numba is not installed, and while another thread
        compiles or loads.
        """
        return self._make(may_compile=True)

    def _make(self, *, may_compile: bool) -> bool:
        if self.function is None and not self._is_impossible and _LOCK.acquire(blocking=False):
            try:
                if self.function is None:
                    self.function = self._made(may_compile=may_compile)
            except Exception as error:  # of Numba, LLVM, the disk
                self._is_impossible = True
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                warnings.warn(
                    f"{self._name} is not compiled, and takes longer ({reason})", CompilationWarning, stacklevel=3
                )
            finally:
                _LOCK.release()
        return self.function is not None

    def _made(self, *, may_compile: bool) -> Function | None:
        self._was_sought = True
        if not _is_installed("llvmlite"):
            self._is_impossible = True
            return None
        place = self._place()
        code = _kept(place)
        if code is None and may_compile:
            if not _is_installed("numba"):
                self._is_impossible = True
                return None
            code = self._compiled()
            _keep(place, code)
        return None if code is None else self._linked(code)

    def _place(self) -> Path:
        """Return where the code is kept, by all that it depends on."""
        import llvmlite
        import llvmlite.binding as llvm

        found = importlib.util.find_spec(self._module)
        source = Path(found.origin or "") if found else Path()
        package = sorted(source.parent.glob("*.py"))
        machine = (
            llvmlite.__version__, llvm.get_process_triple(), llvm.get_host_cpu_name(),
            llvm.get_host_cpu_features().flatten(),
        )  # fmt: skip
        parts = [path.read_bytes() for path in (*package, Path(__file__))]
        parts += [text.encode() for text in (*self._types, *machine)]
        digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
        return default_cache() / "kernels" / f"{source.stem}.{self._name}-{digest}.o"

    def _compiled(self) -> bytes:
        """Return object code for this machine's processor, that needs nothing of Numba's."""
        import llvmlite.binding as llvm
        from numba import cfunc
        from numba.core import types

        numba_types: Any = types

        def type_of(name: str) -> Any:
            number = getattr(numba_types, name.rstrip("*"))
            return numba_types.CPointer(number) if name.endswith("*") else number

        function = getattr(importlib.import_module(self._module), self._name)
        made = cfunc(numba_types.void(*map(type_of, self._types)), error_model="numpy")(function)
        module = llvm.parse_assembly(made.inspect_llvm())
        # What Numba wraps it in, and what it does to Python's objects, is dropped: nothing here calls it.
        entry = module.get_function(made.native_name.removeprefix("cfunc."))
        entry.name = self._name
        for each in [*module.functions, *module.global_variables]:
            if not each.is_declaration and each.name != self._name:
                each.linkage = "internal"
        machine = _machine()
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        builder = llvm.create_pass_builder(machine, tuning)
        builder.getModulePassManager().run(module, builder)
        left = [each.name for each in module.functions if each.is_declaration and not each.name.startswith("llvm.")]
        if left:
            raise RuntimeError(f"it still needs {', '.join(left)}")
        code: bytes = machine.emit_object(module)
        return code

    def _linked(self, code: bytes) -> Function:
        import llvmlite.binding as llvm

        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        types = [ctypes.c_void_p if name.endswith("*") else _NUMBERS[name] for name in self._types]
        # Numba's functions return a status, here always 0, and write what they return: nothing, to the first address.
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *types)
        self._engine, returned = engine, ctypes.c_void_p()
        return partial(prototype(engine.get_function_address(self._name)), ctypes.byref(returned), None)


def _kept(place: Path) -> bytes | None:
    """Return kept code; None if there is none, it is damaged, or others could have written it."""
    try:
        if not (_is_ours(place.parent) and _is_ours(place)):
            return None
        content = place.read_bytes()
    except OSError:
        return None
    code = content[_DIGEST_BYTES:]
    # LLVM ends the process if it is given anything else.
    if content[:_DIGEST_BYTES] != hashlib.sha256(code).digest():
        return None
    mark_used(place)
    return code


def _is_ours(path: Path) -> bool:
    """Whether only this user can write a file or folder; not known on Windows."""
    if os.name == "nt":
        return True
    status = path.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS


def _keep(place: Path, code: bytes) -> None:
    """Keep code, if the cache can be written."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with written_atomically(place) as temporary:
            temporary.write_bytes(hashlib.sha256(code).digest() + code)
            temporary.chmod(0o600)
    except (OSError, StorageError):
        return


def _machine() -> Any:
    """Return LLVM's description of this machine."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
