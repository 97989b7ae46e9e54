"""Keras, loaded late and set up once: importing classeur, listing and inspecting need none of it."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from classeur.errors import MissingExtraError, UnknownNameError

# Keras backend → the module it needs.
_BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}


def load_keras() -> Any:
    """Return the module `keras` on the backend that `KERAS_BACKEND` names, TensorFlow by default.

    oneDNN is switched on for TensorFlow unless `TF_ENABLE_ONEDNN_OPTS` is set: TensorFlow leaves it off on processors
    without VNNI, where it makes the tutorial's training twice as fast (docs/results.md). That, and quieter logs, only
    takes effect where TensorFlow has not been imported before.

    Raises:
        UnknownNameError: if Keras has no such backend.
        MissingExtraError: if the backend is not installed.
    """
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if backend not in _BACKENDS:
        raise UnknownNameError("Keras backend", backend, _BACKENDS)
    if importlib.util.find_spec(_BACKENDS[backend]) is None:
        raise MissingExtraError(f"the Keras backend {backend}", backend)
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _without_start_messages():
        import keras

        if backend == "tensorflow":
            import tensorflow  # noqa: F401  (Keras imports it in parts; the last of them talk too)
    return keras


@contextmanager
def _without_start_messages() -> Iterator[None]:
    """Drop what TensorFlow's libraries write to standard error while they are loaded; no setting of theirs stops it.

    What they wrote is shown after all if loading fails.
    """
    if "keras" in sys.modules or not sys.__stderr__:
        yield
        return
    try:
        descriptor = sys.__stderr__.fileno()
    except (OSError, ValueError):  # a notebook without one
        yield
        return
    sys.__stderr__.flush()
    kept = os.dup(descriptor)
    with tempfile.TemporaryFile() as messages:
        os.dup2(messages.fileno(), descriptor)
        try:
            yield
        except BaseException:
            messages.seek(0)
            os.write(kept, messages.read())
            raise
        finally:
            os.dup2(kept, descriptor)
            os.close(kept)
