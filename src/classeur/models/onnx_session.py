"""ONNX models by ONNX Runtime: what a file says of itself, and its session. Every session is opened here."""

import io
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np

from classeur.errors import BrokenRunError, ClasseurError
from classeur.models.onnx_safety import read_onnx
from classeur.threads import num_processors

if TYPE_CHECKING:
    import onnxruntime

INPUT, OUTPUT, UNLIKE_OUTPUT = "pixels", "logits", "unlike"

FACTS_KEY, FACTS_VERSION = "classeur", 1
"""The key of the metadata under which a file says what else is needed to predict with it, and its latest form."""

# onnx.proto: fields of ModelProto and of StringStringEntryProto.
_METADATA, _KEY, _VALUE = 14, 1, 2
# protobuf.dev/programming-guides/encoding: kinds of fields.
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10

# 1,000 class names of 100 characters take a tenth of it.
_MAX_METADATA_BYTES = 2**20


def open_session(
    model: Path | bytes, *, num_threads: int | None = None, name: str = "the ONNX model"
) -> "onnxruntime.InferenceSession":
    """Return a session of an ONNX model, on the CPU.

    Args:
        model: a file, or its content. Weights in another file are refused.
        num_threads: that share the work on one call; one a processor if None.
        name: what to call content in an error.

    Raises:
        UnsafeModelError: if the file has something that no classifier of images has.
        BrokenRunError: if the file is missing, damaged or not an ONNX model.
        ClasseurError: if ONNX Runtime is not installed.
    """
    content, name = (model, name) if isinstance(model, bytes) else (read_onnx(model), str(model))
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        raise ClasseurError(f"{name} needs ONNX Runtime; install it with: pip install onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = num_threads or num_processors(), 1
    options.log_severity_level = 4  # errors are raised, and would be printed, too
    # Content may name any file for its weights, which is looked for where this process was started.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    # Threads that spin while they wait would take the processors from those that decode.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has an exception of its own for each of its statuses
        reason = " ".join(str(error).split())[:120]
        raise BrokenRunError(
            f"{name} cannot be opened by ONNX Runtime {onnxruntime.__version__} ({reason}); export it again"
        ) from error


class Answers(NamedTuple):
    """What a model says of images."""

    logits: np.ndarray  # float (n, classes)
    unlike: np.ndarray | None = None  # float (n,), how unlike the training images; None if it does not tell


class LateSession:
    """The logits of an ONNX file, which is opened by the first call or, from `begin` on, in a thread of its own.

    Several threads may call it at once.
    """

    def __init__(
        self,
        path: Path,
        *,
        image_size: tuple[int, int],
        num_classes: int,
        num_threads: int | None = None,
        tells_unlike: bool = False,
    ) -> None:
        """Take what `open_session` takes, and what the file states.

        That is the height and width of its pixels, its classes, and whether it tells what is unlike its training
        images.
        """
        self._path, self._num_threads = path, num_threads
        self._image_size, self._num_classes, self._tells_unlike = image_size, num_classes, tells_unlike
        self._lock = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None

    def begin(self) -> None:
        """Begin to open it, and return at once, to decode images meanwhile; an error waits for the call."""
        if self._session is None and not self._lock.locked():
            with suppress(ImportError, ClasseurError):
                # What runs Python is done here: a second thread would only take turns with this one.
                import onnxruntime  # noqa: F401

                content = read_onnx(self._path)
                # Waited for at the end of the process, which ONNX Runtime aborts if it ends while a session is built.
                threading.Thread(target=self._open_quietly, args=(content,)).start()

    def __call__(self, pixels: np.ndarray) -> np.ndarray | Answers:
        """Return the logits, float32 (n, classes), of pixels, uint8 (n, height, width, 3).

        Where the file tells it, with how unlike the training images each is, float32 (n,).

        Raises:
            BrokenRunError, UnsafeModelError, ClasseurError: as `open_session` does; also if the graph is not what the
                file says.
        """
        names = [OUTPUT, UNLIKE_OUTPUT] if self._tells_unlike else [OUTPUT]
        logits, *rest = self._opened().run(names, {INPUT: pixels})
        if logits.shape != (len(pixels), self._num_classes):  # a graph can compute others than it states
            raise self._error(f"gives {logits.shape} for {len(pixels)}")
        if any(each.shape != (len(pixels),) for each in rest):
            raise self._error(f"gives {rest[0].shape} for {len(pixels)}")
        return Answers(logits, rest[0]) if rest else np.asarray(logits)

    def _opened(self, content: bytes | None = None) -> "onnxruntime.InferenceSession":
        with self._lock:
            if self._session is None:
                model = self._path if content is None else content
                session = open_session(model, num_threads=self._num_threads, name=str(self._path))
                stated = {each.name: list(each.shape)[1:] for each in (*session.get_inputs(), *session.get_outputs())}
                is_other = stated.get(INPUT) != [*self._image_size, 3] or stated.get(OUTPUT) != [self._num_classes]
                if is_other or (self._tells_unlike and stated.get(UNLIKE_OUTPUT) != []):
                    raise self._error(f"has {stated}")
                self._session = session
            return self._session

    def _error(self, found: str) -> BrokenRunError:
        height, width = self._image_size
        return BrokenRunError(
            f"the graph of {self._path} {found[:120]}; it says that it takes images of {height}x{width} pixels and has"
            f" {self._num_classes:,} classes: it was not made by classeur; remove it"
        )

    def _open_quietly(self, content: bytes) -> None:
        with suppress(Exception):  # the call that needs the session meets it again
            self._opened(content)


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of an ONNX file. Its graph is skipped: neither onnx nor ONNX Runtime is loaded.

    Raises:
        BrokenRunError: if the file is missing or not an ONNX model, or its metadata are larger than any that
            classeur writes.
    """
    try:
        with open(path, "rb") as file:
            return {
                entry[_KEY].decode("utf-8"): entry.get(_VALUE, b"").decode("utf-8")
                for entry in map(dict, map(_fields_of, _metadata(file)))
            }
    except OSError as error:
        raise BrokenRunError(f"{path} cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError) as error:
        raise BrokenRunError(f"{path} is damaged or not an ONNX model; export it again") from error


def _metadata(file: BinaryIO) -> Iterator[bytes]:
    """Yield each entry of the metadata, as it is encoded; other fields are skipped."""
    size, num_bytes = file.seek(0, 2), 0
    file.seek(0)
    while file.tell() < size:
        number, kind = divmod(_varint(file), 8)
        if kind == _VARINT:
            _varint(file)
            continue
        length = _varint(file) if kind == _LENGTH else {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(kind, size)
        if length > size - file.tell():
            raise ValueError("a field that is longer than the file")
        if number != _METADATA or kind != _LENGTH:
            file.seek(length, 1)
            continue
        num_bytes += length
        if num_bytes > _MAX_METADATA_BYTES:
            raise ValueError("too large")
        yield file.read(length)


def _fields_of(entry: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of an entry, all of which are text: (number, text)."""
    file = io.BytesIO(entry)
    while file.tell() < len(entry):
        number, kind = divmod(_varint(file), 8)
        length = _varint(file)
        if kind != _LENGTH or length > len(entry) - file.tell():
            raise ValueError("not text")
        yield number, file.read(length)


def _varint(file: BinaryIO) -> int:
    """Return the next number: seven bits a byte, the lowest first; the eighth says that more follow."""
    value = 0
    for place in range(_LONGEST_VARINT):
        (byte,) = file.read(1) or (None,)
        if byte is None:
            break
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value
    raise ValueError("not a number")
