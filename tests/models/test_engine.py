"""Keras, loaded late: which backend, and what is said where there is none."""

import os
import re
import subprocess
import sys

import pytest

from classeur.errors import MissingBackendError, UnknownNameError
from classeur.models import engine
from classeur.models.engine import chosen_backend, load_keras


def test_an_unknown_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflo")
    with pytest.raises(UnknownNameError, match="did you mean 'tensorflow'"):
        load_keras()


@pytest.mark.parametrize(("name", "installed_by"), [("jax", "'classeur-core[jax]'"), ("tensorflow", "classeur")])
def test_a_backend_that_is_not_installed_names_its_package(
    monkeypatch: pytest.MonkeyPatch, name: str, installed_by: str
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    monkeypatch.setattr(engine, "is_installed", lambda module: module != name)
    with pytest.raises(
        MissingBackendError, match=f"{name} is not installed; .*: pip install {re.escape(installed_by)}$"
    ):
        load_keras()


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [({"tensorflow", "jax", "torch"}, "tensorflow"), ({"jax", "torch"}, "jax"), ({"torch"}, "torch")],
)
def test_the_first_backend_that_is_installed_is_the_default(
    monkeypatch: pytest.MonkeyPatch, installed: set[str], chosen: str
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(engine, "is_installed", installed.__contains__)
    assert chosen_backend() == chosen


def test_without_any_backend_all_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(engine, "is_installed", lambda module: False)
    with pytest.raises(MissingBackendError, match=r"pip install classeur, or .*'classeur-core\[cuda\]'"):
        chosen_backend()


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
