"""Loads Keras on first use and sets it up once: importing classeur, listing and inspecting do not need it."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from classeur.errors import MissingBackendError, MissingExtraError, UnknownNameError
from classeur.extras import is_installed, missing_packages

# Keras' backends, which are called as the modules that they need; the first that is installed is the default.
BACKENDS = ("tensorflow", "jax", "torch")

# Instructions for products of bfloat16, as Linux names them: AVX-512 BF16, AMX, and Arm's.
_CPU_FLAGS = frozenset(("avx512_bf16", "amx_bf16", "bf16"))


def load_keras() -> Any:
    """Return the module `keras` on the backend that `KERAS_BACKEND` names, else on the first one that is installed.

    oneDNN is switched on for TensorFlow unless `TF_ENABLE_ONEDNN_OPTS` is set: TensorFlow leaves it off on processors
    without VNNI, on which it makes the tutorial's training twice as fast (docs/results.md). This and the quieter logs
    only take effect if TensorFlow was not imported before.

    Raises:
        UnknownNameError: if Keras has no such backend.
        MissingExtraError: if Keras is not installed.
        MissingBackendError: if the backend is not installed.
    """
    if not is_installed("keras"):
        raise MissingExtraError("a Keras model", "train", missing_packages("train"))
    backend = os.environ["KERAS_BACKEND"] = chosen_backend()
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with starting_quietly("keras"):
        import keras

        if backend == "tensorflow":
            import tensorflow  # noqa: F401  (Keras imports it in parts; the last of them talk too)
    logging.getLogger("tensorflow").addFilter(_is_worth_reading)
    return keras


def chosen_backend() -> str:
    """Return the Keras backend to use, without loading it: what `KERAS_BACKEND` names, else the first installed.

    Raises:
        UnknownNameError: if Keras has no such backend.
        MissingBackendError: if it is not installed, or none is.
    """
    named = os.environ.get("KERAS_BACKEND")
    if named is not None and named not in BACKENDS:
        raise UnknownNameError("Keras backend", named, BACKENDS)
    for backend in [named] if named else BACKENDS:
        if is_installed(backend):
            return backend
    raise MissingBackendError(named)


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Return whether a message of TensorFlow is worth showing: not that another network is compiled."""
    return "triggered tf.function retracing" not in record.getMessage()


def backend() -> str:
    """Return the Keras backend in use: tensorflow, jax or torch."""
    return str(load_keras().backend.backend())


def runs_on_gpu() -> bool:
    """Return whether the backend runs models on an accelerator with its own memory."""
    name = backend()
    if name == "tensorflow":
        import tensorflow

        return bool(tensorflow.config.list_physical_devices("GPU"))
    if name == "jax":
        import jax

        return bool(jax.default_backend() != "cpu")
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())


def has_bfloat16() -> bool:
    """Return whether the backend's device supports bfloat16 in hardware, as far as can be detected."""
    if not runs_on_gpu():
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        words = {word for line in lines if line.startswith(("flags", "Features")) for word in line.split()}
        return bool(_CPU_FLAGS & words)
    if backend() == "torch":
        import torch

        return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported())
    if backend() == "tensorflow":
        import tensorflow as tf

        # NVIDIA's compute capability 8.0 (Ampere) is the first with bfloat16.
        gpu = tf.config.list_physical_devices("GPU")[0]
        return bool(tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) >= (8, 0))
    import jax

    device = jax.devices()[0]
    capability = str(getattr(device, "compute_capability", "0"))
    return bool(device.platform == "tpu" or float(capability) >= 8.0)


@contextmanager
def dtype_policy(precision: str) -> Iterator[None]:
    """Build layers in this precision inside the block: float32, or bfloat16 with variables in float32."""
    keras = load_keras()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextmanager
def starting_quietly(module: str) -> Iterator[None]:
    """Drop what TensorFlow's libraries write to standard error while loading, which no setting suppresses.

    It is shown if loading fails. Keras loads TensorFlow, if installed, on every backend as soon as a model is saved or
    read.

    Args:
        module: loaded inside the block, if it was not before.
    """
    if module in sys.modules or not sys.__stderr__:
        yield
        return
    try:
        descriptor = sys.__stderr__.fileno()
    except (OSError, ValueError):  # a notebook has none
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
