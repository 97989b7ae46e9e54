"""Names in scope, and their plain values: strings, paths, numbers."""

import ast
import builtins
import contextlib
import operator
import posixpath
import re

from classeur.migration.api import CLASSEUR, CLASSEUR_NAMES, IMAGE
from classeur.migration.values import Imported, Opaque, Value, tags_of

_GREATEST = 1e15  # larger numbers are not sizes, and may not fit a float
COUNT_ATTRIBUTES = ("samples", "n", "nb_sample")  # of an iterator: the number of its images
_BUILTINS = frozenset(dir(builtins))


class Scope:
    """The names in a module or in a call of a function."""

    def __init__(self, parent: "Scope | None" = None) -> None:
        self.names: dict[str, Value] = {}
        self.parent = parent
        self.stars: list[str] = []

    def find(self, name: str) -> Value:
        """Return a name's value; an unknown name has one unknown value of its own."""
        scope: Scope | None = self
        while scope:
            if name in scope.names:
                return scope.names[name]
            outermost, scope = scope, scope.parent
        if (starred := of_star(name, outermost.stars)) is not None:
            return starred
        if name in _BUILTINS:
            return Imported(f"builtins.{name}")
        return outermost.names.setdefault(name, Opaque())


def of_star(name: str, stars: list[str]) -> Imported | None:
    """Return which module a name comes from, by the known names of the modules."""
    for home in stars:
        image = home in (IMAGE, CLASSEUR) and name in CLASSEUR_NAMES and name not in ("Model", "Sequential")
        model = name in ("Model", "Sequential") and home in ("keras", "keras.models", "keras.engine", CLASSEUR)
        known = name in CLASSEUR_NAMES or any(name in names for names in _NAMES.values())
        layer = home == "keras.layers" and name[:1].isupper() and not known
        other = name in _NAMES.get(home, ())
        if image or model or layer or other:
            return Imported(f"{home}.{name}", by_star=True)
    return None


# Names that a module of Keras gives to `import *`.
_NAMES = {
    "keras.optimizers": ("Adam", "SGD", "RMSprop", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl"),
    "keras.callbacks": ("ModelCheckpoint", "EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler"),
    "keras.losses": ("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"),
}


def text_of(value: Value) -> str:
    """Return a value's text, with a stand-in for unknown parts, the same for the same value."""
    if isinstance(value, str):
        return value
    return str(value) if is_number(value) and abs(value) < _GREATEST else f"⟨{id(value)}⟩"


def join_path(*parts: Value) -> str:
    """Return parts of a path as one, with `/`.

    >>> join_path("data", "train/")
    'data/train'
    """
    return posixpath.normpath(posixpath.join(*(re.sub(r"\\+", "/", text_of(part)) for part in parts)))


def is_number(value: Value) -> bool:
    """Return whether a value is a number that is known."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def counted(value: Value) -> Value:
    """Return the iterator, or whatever else, whose images a value counts."""
    if isinstance(value, Imported):
        owner, _, name = value.name.rpartition(".")
        return Imported(owner) if name in COUNT_ATTRIBUTES else None
    return next((tag.source for tag in tags_of(value) if tag.kind in ("count", "length")), None)


def fold(left: Value, op: ast.operator, right: Value) -> float | None:
    """Return the result of an operator on two numbers; None if they are not known or it has none.

    >>> fold(1, ast.Div(), 4), fold(1, ast.Div(), 0), fold("a", ast.Add(), 1)
    (0.25, None, None)
    """
    operations = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
    if is_number(left) and is_number(right) and max(abs(left), abs(right)) < _GREATEST:
        with contextlib.suppress(ZeroDivisionError):
            result: float = operations[type(op)](left, right)
            return result
    return None
