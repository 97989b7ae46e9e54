"""Keras, loaded late: which backend, and what is said where there is none."""

import os
import subprocess
import sys

import pytest

from classeur.errors import MissingExtraError, UnknownNameError
from classeur.models import engine
from classeur.models.engine import load_keras


def test_an_unknown_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflo")
    with pytest.raises(UnknownNameError, match="did you mean 'tensorflow'"):
        load_keras()


def test_a_backend_that_is_not_installed_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="jax"):
        load_keras()


@pytest.mark.keras
def test_loading_sets_up_once_and_says_nothing() -> None:
    code = (
        "import os, sys; from classeur.models.engine import load_keras\n"
        "keras = load_keras(); assert load_keras() is keras\n"
        "print(keras.backend.backend(), os.environ['TF_ENABLE_ONEDNN_OPTS']); print('heard', file=sys.stderr)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "tensorflow 1\n"
    assert done.stderr == "heard\n"


def test_what_loading_says_is_shown_where_it_fails() -> None:
    code = (
        "import os; from classeur.models.engine import starting_quietly\n"
        'with starting_quietly("keras"):\n'
        "    os.write(2, b'why it failed\\n'); raise ImportError('no library')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "why it failed\n" in done.stderr
    assert "ImportError: no library" in done.stderr
