"""What the variables of a file hold, as far as their assignments say it, and which functions feed models."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from classeur.migration import api

_OF_MODELS = frozenset(("compile", "fit_generator", "evaluate_generator", "predict_generator", "load_weights",
                        "save_weights", "train_on_batch", "predict_classes", "to_json"))  # fmt: skip

MODEL_KINDS = ("sequential", "loaded", "model")

NameOf = Callable[[ast.expr], str | None]


class Origins(NamedTuple):
    """Names and attributes as they are spelled, by what they hold."""

    kinds: dict[str, str]  # sequential, loaded, model, metric or fraction: those that hold nothing else
    models: frozenset[str]  # those with methods that only models have, too
    from_h5: dict[str, tuple[int, int, str]]  # models loaded from .h5 files and not compiled again: cell, line, file
    layers: frozenset[str]  # variables of loops over a model's layers
    fed: dict[str, frozenset[str]]  # functions of the file, by the methods of models that take what they return
    fed_once: frozenset[str]  # of these, those whose result nothing else takes


def origins_of(
    cells: Mapping[int | None, Sequence[ast.AST]],
    name_of: NameOf,
    spelled: NameOf,
    are_of_keras: Callable[[ast.Attribute], bool],
) -> Origins:
    """Return what variables hold.

    Args:
        cells: the nodes of each cell.
        name_of: the dotted name of an imported thing.
        spelled: how a name or an attribute is written.
        are_of_keras: whether a method may be Keras'.
    """
    nodes = [node for cell in cells.values() for node in cell]
    functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
    kinds = _kinds(nodes, name_of, spelled)
    made = {name: _kind_returned(function, kinds, name_of) for name, function in functions.items()}
    found = {name: each.pop() for name, each in _kinds(nodes, name_of, spelled, made).items() if len(each) == 1}
    known = {name: kind for name, kind in found.items() if kind}
    models = {name for name, kind in known.items() if kind in MODEL_KINDS}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OF_MODELS:
            owner = spelled(node.func.value)
            models |= {owner} if owner and are_of_keras(node.func) else set()
    fed, once = _fed(nodes, functions)
    return Origins(known, frozenset(models), _from_h5(cells, name_of, spelled), frozenset(_layers(nodes)), fed, once)


def _kinds(
    nodes: Sequence[ast.AST], name_of: NameOf, spelled: NameOf, made: dict[str, str] | None = None
) -> dict[str, set[str]]:
    """Return the kinds of everything that is assigned to a name or attribute; empty for what is not known."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            kind = _kind(node.value, name_of, made or {})
            for target in node.targets:
                for each in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                    if (written := spelled(each)) is not None:
                        found.setdefault(written, set()).add(kind if each is target else "")
        elif isinstance(node, ast.arg):
            found.setdefault(node.arg, set()).add("")
        elif isinstance(node, ast.For | ast.comprehension) and (written := spelled(node.target)) is not None:
            found.setdefault(written, set()).add("")
    return found


def _kind(value: ast.expr, name_of: NameOf, made: dict[str, str]) -> str:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        return "fraction"
    if not isinstance(value, ast.Call):
        return ""
    name = name_of(value.func)
    if name is None:
        return made.get(value.func.id, "") if isinstance(value.func, ast.Name) else ""
    if name in api.MODELS:
        return api.MODELS[name].lower()
    if name == "keras.models.load_model":
        return "loaded"
    if name in ("numpy.ceil", "numpy.floor"):
        return "fraction"
    return "metric" if name.startswith("keras.metrics.") else ""


def _kind_returned(function: ast.FunctionDef, kinds: dict[str, set[str]], name_of: NameOf) -> str:
    """Return the kind of what a function returns, if it is always the same."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return):
            named = kinds.get(node.value.id, {""}) if isinstance(node.value, ast.Name) else None
            found |= named if named is not None else {_kind(node.value, name_of, {}) if node.value else ""}
    return found.pop() if len(found) == 1 else ""


def _from_h5(
    cells: Mapping[int | None, Sequence[ast.AST]], name_of: NameOf, spelled: NameOf
) -> dict[str, tuple[int, int, str]]:
    found: dict[str, tuple[int, int, str]] = {}  # where it was loaded
    compiled: dict[str | None, tuple[int, int]] = {}  # where it was compiled last
    for cell, nodes in cells.items():
        number = cell or 0
        for node in nodes:
            match node:
                case ast.Assign(targets=[target], value=ast.Call(func=func, args=[ast.Constant(value=str(path)), *_])):
                    written = spelled(target)
                    if written and path.endswith((".h5", ".hdf5")) and name_of(func) == "keras.models.load_model":
                        found[written] = number, node.lineno, path
                case ast.Call(func=ast.Attribute(value=model, attr="compile")):
                    compiled[spelled(model)] = max((number, node.lineno), compiled.get(spelled(model), (0, 0)))
    return {name: each for name, each in found.items() if each[:2] > compiled.get(name, (0, 0))}


def _layers(nodes: Iterable[ast.AST]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, ast.For | ast.comprehension):
            over, target = node.iter, node.target
            if isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id == "enumerate":
                over = over.args[0] if over.args else over
                target = target.elts[-1] if isinstance(target, ast.Tuple) else target
            if isinstance(over, ast.Subscript):
                over = over.value
            if isinstance(over, ast.Attribute) and over.attr == "layers" and isinstance(target, ast.Name):
                yield target.id


def _fed(
    nodes: Sequence[ast.AST], functions: dict[str, ast.FunctionDef]
) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    called: dict[str, str] = {}  # name of a variable → function
    calls: dict[str, int] = {}
    loads: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            calls[node.func.id] = calls.get(node.func.id, 0) + 1
        if isinstance(node, ast.Assign) and (name := _function_called(node.value, functions)) is not None:
            called |= {each.id: name for each in node.targets if isinstance(each, ast.Name)}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loads[node.id] = loads.get(node.id, 0) + 1
    fed: dict[str, set[str]] = {}
    once: set[str] = set()
    for node in nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in api.VERBS):
            continue
        for data in _data_of(node):
            direct = _function_called(data, functions)
            function = direct or (called.get(data.id) if isinstance(data, ast.Name) else None)
            if function is None:
                continue
            fed.setdefault(function, set()).add(node.func.attr)
            if calls[function] == 1 and (direct or loads[data.id] == 1):  # type: ignore[attr-defined]
                once.add(function)
    return {name: frozenset(methods) for name, methods in fed.items()}, frozenset(once)


def _function_called(node: ast.expr, functions: dict[str, ast.FunctionDef]) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
        return node.func.id
    return None


def _data_of(call: ast.Call) -> Iterable[ast.expr]:
    """Yield what a method of a model takes as data."""
    yield from call.args[:1]
    for each in call.keywords:
        if each.arg in ("x", "generator", "validation_data"):
            yield each.value
