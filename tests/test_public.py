"""The public names: each loads, is documented, and each command of the command line is one of them."""

import importlib
import inspect
import subprocess
import sys

import pytest
import typer

import classeur
from classeur.cli import app
from classeur.errors import UnknownNameError
from classeur.options import OPTIONS

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
    # What only a console has: standard input, and how facts are printed.
    assert (
        options - {"json", "layout", "to" if command == "predict" else "", "stdin", "help", "show_all", "strict"}
        <= taken
    )


@pytest.mark.parametrize(
    ("verb", "name", "nearest"),
    [
        ("train", "epoch", "epochs"), ("train", "lr", "learning_rate"), ("train", "imgsz", "image_size"),
        ("preview", "imgsz", "image_size"), ("inspect", "imgsz", "image_size"), ("evaluate", "splt", "split"),
        ("predict", "sort", "sort_into"), ("load", "runs", "run"),
        ("fetch", "too", "to"), ("compare", "pictures", "picture"), ("cache", "limits", "limit"),
    ],
)  # fmt: skip
def test_every_verb_refuses_a_name_that_it_does_not_take(verb: str, name: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        getattr(classeur, verb)("nowhere", **{name: 3})
    assert str(caught.value) == f"{verb} has no option '{name}'; did you mean '{nearest}'?"


def test_the_signature_of_train_names_every_option_with_its_default() -> None:
    parameters = inspect.signature(classeur.train).parameters
    assert {name: parameters[name].default for name in OPTIONS} == {
        name: option.default for name, option in OPTIONS.items()
    }


def test_importing_classeur_imports_nothing_heavy() -> None:
    code = (
        "import sys, classeur, classeur.cli, classeur.errors; dir(classeur)\n"
        "heavy = {'keras', 'tensorflow', 'matplotlib', 'sklearn', 'cv2', 'numpy', 'scipy', 'PIL', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
