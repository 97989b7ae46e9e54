"""Functions over pixels, compiled by Numba once a machine, and kept; later processes load them without Numba.

Importing Numba and reading its own cache takes half a second. What it has compiled is here kept as object code, which
LLVM links in a hundredth of one.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from classeur.errors import StorageError
from classeur.storage import default_cache, mark_used, written_atomically

Function = Callable[..., None]

_NUMBERS: dict[str, Any] = {"int64": ctypes.c_int64, "float32": ctypes.c_float, "float64": ctypes.c_double}
_DIGEST_BYTES = 32


class Kernel:
    """A function of a module, compiled for arguments of some types; it runs without Python's lock."""

    def __init__(self, module: str, name: str, types: str) -> None:
        """Name the function; nothing is read or compiled yet.

        Args:
            module, name: where it is. It takes numbers and addresses of arrays, raises nothing and allocates nothing.
            types: of its arguments, as Numba names them, one after the other: "int64", "float32", "float64", or the
                type of an array's numbers with a star, such as "uint8*".
        """
        self._module, self._name, self._types = module, name, tuple(types.split())
        self._lock = threading.Lock()
        self._engine: Any = None  # owns the code
        self.function: Function | None = None
        """The compiled function; None until `load` or `compile` has returned true."""

    def load(self) -> bool:
        """Load the function if this machine has compiled it before; false too while another thread does."""
        return self._make(may_compile=False)

    def compile(self) -> bool:
        """Load the function, or compile it, in about two seconds, and keep it.

        Returns false without Numba, and while another thread compiles: nobody waits, since a child that was forked
        meanwhile would wait for ever.
        """
        return self._make(may_compile=True)

    def _make(self, *, may_compile: bool) -> bool:
        if self.function is None and _is_installed("llvmlite") and self._lock.acquire(blocking=False):
            try:
                code = self._kept()
                if code is None and may_compile and _is_installed("numba"):
                    code = self._compiled()
                    self._keep(code)
                if code is not None and self.function is None:
                    self.function = self._linked(code)
            finally:
                self._lock.release()
        return self.function is not None

    def _places(self) -> list[Path]:
        """Return where the code is kept: beside Python's own compiled code, else in the user's cache."""
        import llvmlite
        import llvmlite.binding as llvm

        found = importlib.util.find_spec(self._module)
        source = Path(found.origin or "") if found else Path()
        try:
            sources = [source.read_bytes(), Path(__file__).read_bytes()]
        except OSError:  # in a zip
            return []
        machine = (
            llvmlite.__version__, llvm.get_process_triple(), llvm.get_host_cpu_name(),
            llvm.get_host_cpu_features().flatten(),
        )  # fmt: skip
        parts = [*sources, *(text.encode() for text in (*self._types, *machine))]
        digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
        name = f"{source.stem}.{self._name}-{digest}.o"
        return [folder / name for folder in (source.parent / "__pycache__", default_cache() / "kernels")]

    def _kept(self) -> bytes | None:
        for place in self._places():
            with suppress(OSError):
                content = place.read_bytes()
                code = content[_DIGEST_BYTES:]
                # LLVM ends the process if it is given anything else.
                if content[:_DIGEST_BYTES] == hashlib.sha256(code).digest():
                    mark_used(place)
                    return code
        return None

    def _keep(self, code: bytes) -> None:
        """Keep object code in the first folder that can be written; a disk that is full is no reason to stop."""
        for place in self._places():
            with suppress(OSError, StorageError):
                with written_atomically(place) as temporary:
                    temporary.write_bytes(hashlib.sha256(code).digest() + code)
                return

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
            raise RuntimeError(f"{self._name} still needs {', '.join(left)}")
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


def _machine() -> Any:
    """Return LLVM's description of this machine."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )


@cache
def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
