"""Classes of the file that are iterators: `next` of Python 2 is `__next__`, and Keras 3 does not take them."""

import ast
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from classeur.migration.edits import Edits
from classeur.migration.mends.owners import Owners, is_keras

_DRAWING = ("next", "__next__")


class OwnIterators(NamedTuple):
    """The classes of a file whose objects Keras 2 drew batches from."""

    classes: frozenset[str]  # those with next or __next__
    iterable: frozenset[str]  # those of them with __iter__
    renamed: frozenset[ast.AST]  # their `next` methods that become __next__
    kept: frozenset[ast.AST]  # those that should, but the file has others of that name
    is_free: bool  # whether `next` is Python's


def own_iterators_of(nodes: Sequence[ast.AST], owners: Owners) -> OwnIterators:
    """Return the classes of a file that are iterators."""
    classes: set[str] = set()
    iterable: set[str] = set()
    old: set[ast.AST] = set()
    methods: set[ast.AST] = set()
    sound: set[ast.AST] = set()
    for node in nodes:
        if not isinstance(node, ast.ClassDef):
            continue
        own = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
        methods |= set(own.values())
        names = {*own, *(each.id for part in node.body if isinstance(part, ast.Assign) for each in _named(part))}
        if not names & {*_DRAWING} or any(is_keras(owners.name_of(base) or "") for base in node.bases):
            continue
        classes.add(node.name)
        iterable |= {node.name} if "__iter__" in own else set()
        if "next" in own and ("__next__" in names or _returns_itself(own.get("__iter__"))):
            sound.add(own["next"])
            old |= {own["next"]} if "__next__" not in names else set()
    others: list[ast.AST] = [
        each for each in nodes if isinstance(each, ast.FunctionDef) and each.name == "next" and each not in sound
    ]
    is_free = not any(_binds_next(each) for each in nodes) and all(each in methods for each in others)
    drawn = {each.func for each in nodes if isinstance(each, ast.Call) and is_drawing(each)}
    others += [each for each in nodes if isinstance(each, ast.Attribute) and each.attr == "next" and each not in drawn]
    is_certain = is_free and not others
    return OwnIterators(
        frozenset(classes),
        frozenset(iterable),
        frozenset(old if is_certain else ()),
        frozenset(() if is_certain else old),
        is_free,
    )


def rename_next(tree: ast.AST, own: OwnIterators, edits: Edits) -> None:
    """Make `next` of the iterators in a cell `__next__`."""
    for function in ast.walk(tree) if own.renamed else ():
        if not (isinstance(function, ast.FunctionDef) and function in own.renamed):
            continue
        start = edits.line(function.lineno) + edits.column(function.lineno, function.col_offset)
        if (written := re.compile(r"def\s+next\b").match(edits.code, start)) is not None:
            edits.replace(written.end() - len("next"), written.end(), "__next__")


def is_drawing(call: ast.Call) -> bool:
    """Return whether a call is `….next()`.

    >>> is_drawing(ast.parse("self.it.next()", mode="eval").body)
    True
    """
    return isinstance(call.func, ast.Attribute) and call.func.attr == "next" and not call.args and not call.keywords


def is_own_iterator(node: ast.expr, classes: frozenset[str], owners: Owners, *, depth: int = 0) -> bool:
    """Return whether an expression is an object of one of some classes, or what a function of the file makes of it."""
    source = owners.source_of(node)
    if not (isinstance(source, ast.Call) and isinstance(source.func, ast.Name)) or not classes or depth > 4:
        return False
    if source.func.id in classes:
        return True
    decorating = owners.decorators_of(source)
    made = [each for one in decorating for each in ast.walk(one) if isinstance(each, ast.Call)]
    if any(isinstance(each.func, ast.Name) and each.func.id in classes for each in made):
        return True
    return any(is_own_iterator(each, classes, owners, depth=depth + 1) for each in owners.returned_by(source))


def _returns_itself(function: ast.FunctionDef | None) -> bool:
    match function:
        case ast.FunctionDef(
            args=ast.arguments(args=[ast.arg(arg=name)]), body=[*_, ast.Return(value=ast.Name(id=it))]
        ):
            return name == it
    return False


def _named(node: ast.Assign) -> Iterable[ast.Name]:
    return (each for each in node.targets if isinstance(each, ast.Name))


def _binds_next(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="next", ctx=ast.Store()) | ast.arg(arg="next") | ast.alias(asname="next"):
            return True
        case ast.alias(name="next", asname=None):
            return True
    return False
