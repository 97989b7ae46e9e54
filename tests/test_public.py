"""The public names: each loads, is documented, and each command of the command line is one of them."""

import importlib
import inspect
import subprocess
import sys

import pytest
import typer

import classeur
from classeur.cli import app

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", classeur.__all__)
def test_a_public_name_loads_and_is_documented(name: str) -> None:
    thing = getattr(classeur, name)
    assert inspect.getdoc(thing)
    assert thing.__name__ == name
    assert getattr(importlib.import_module(thing.__module__), name) is thing


def test_all_is_what_there_is() -> None:
    assert dir(classeur) == classeur.__all__ == sorted(classeur.__all__)
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        _ = classeur.tarin


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "doctor"])
def test_each_command_is_a_function_of_the_same_name_and_words(command: str) -> None:
    function = getattr(classeur, command)
    taken = set(inspect.signature(function).parameters)
    options = {parameter.name for parameter in typer.main.get_command(app).commands[command].params}  # type: ignore[attr-defined]
    # What only a console has: how facts are printed.
    assert options - {"json", "layout", "help", "show_all"} <= taken


def test_importing_classeur_imports_nothing_heavy() -> None:
    code = (
        "import sys, classeur, classeur.cli, classeur.errors; dir(classeur)\n"
        "heavy = {'keras', 'tensorflow', 'matplotlib', 'sklearn', 'cv2', 'numpy', 'scipy', 'PIL', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
