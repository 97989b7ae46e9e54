"""The tree in the docstring is the hierarchy; every message is one line with its exit status."""

import inspect
import pickle
import re
from pathlib import Path

import pytest

from classeur import errors
from classeur.errors import (
    ClasseurError,
    DataNotFoundError,
    ImpossibleCountsError,
    MissingExtraError,
    NotARunError,
    RunExistsError,
    UnknownNameError,
)

CLASSES = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ClasseurError)}


def drawn_parents() -> dict[str, str]:
    """Return {class: parent} as the docstring's tree draws it."""
    parents, above = {}, {0: "ClasseurError"}
    for branch, name in re.findall(r"^([│ ]*[├└]── )(\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(branch) // 4
        parents[name] = above[depth - 1]
        above[depth] = name
    return parents


def test_the_tree_is_the_hierarchy() -> None:
    real = {name: kind.__base__.__name__ for name, kind in CLASSES.items() if kind is not ClasseurError}
    assert drawn_parents() == real


@pytest.mark.parametrize("name", CLASSES)
def test_wrong_usage_is_2_and_all_else_1(name: str) -> None:
    assert CLASSES[name].exit_status == (2 if issubclass(CLASSES[name], errors.UsageError) else 1)
    assert CLASSES[name].__doc__


@pytest.mark.parametrize(
    "error",
    [
        UnknownNameError("model", "x", ["tutorial"]),
        DataNotFoundError(Path("a b")),
        NotARunError(Path("nowhere")),
        RunExistsError(Path("run"), is_run=True),
        RunExistsError(Path("run"), is_run=False),
        MissingExtraError("HEIC", "heic"),
        ImpossibleCountsError(2, 1),
    ],
)
def test_messages_are_one_line(error: ClasseurError) -> None:
    assert len(str(error).splitlines()) == 1
    assert str(error)


@pytest.mark.parametrize("kind", CLASSES.values())
def test_an_error_comes_whole_out_of_another_process(kind: type[ClasseurError]) -> None:
    error = kind.__new__(kind, "one line")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.exit_status) == (kind, "one line", kind.exit_status)


@pytest.mark.parametrize(
    ("received", "suggested"), [("tutorail", "tutorial"), ("Tutorial", "tutorial"), ("resnet", None), ("", None)]
)
def test_the_nearest_name_is_suggested_where_one_is_near(received: str, suggested: str | None) -> None:
    message = str(UnknownNameError("model", received, ["compact", "tutorial"]))
    assert message.endswith("nown: compact, tutorial")
    assert ("did you mean" in message) == (suggested is not None)
    assert suggested is None or f"did you mean '{suggested}'?" in message


def test_of_names_equally_near_the_first_is_suggested() -> None:
    names = ["efficientnet_lite2", "efficientnet_lite0", "efficientnet_lite1"]
    assert "did you mean 'efficientnet_lite0'?" in str(UnknownNameError("model", "efficientnet_lite", names))
