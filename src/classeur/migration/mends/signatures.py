"""Which arguments the functions and classes of the installed Keras take: read from its code, without importing it."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_DEEPEST = 12  # imports and bases
# No version of Keras has removed these from anything; most calls have no others, and then no file of Keras is read.
_LASTING = frozenset(
    ("activation", "batch_size", "beta_1", "beta_2", "callbacks", "epochs", "factor", "filepath", "filters",
     "input_shape", "kernel_initializer", "kernel_regularizer", "kernel_size", "learning_rate", "loss", "metrics",
     "mode", "momentum", "monitor", "name", "nesterov", "optimizer", "padding", "patience", "pool_size", "rate",
     "save_best_only", "steps", "steps_per_epoch", "strides", "units", "use_bias", "validation_data",
     "validation_steps", "verbose", "x", "y"),
)  # fmt: skip
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Module(NamedTuple):
    """What a module defines and imports at its top level."""

    defined: dict[str, ast.ClassDef | _Function]
    imported: dict[str, tuple[str, str]]  # module and name, "" for the module itself


class _Found(NamedTuple):
    """A class or a function, and the module that it is in."""

    node: ast.ClassDef | _Function
    module: str


def unknown_arguments(name: str, given: list[str], *, of_tensorflow: bool = False) -> list[str]:
    """Return the arguments, of those that a call gives by name, that a function or a class does not take.

    None is returned as unknown where it is not certain: a class may do anything with what it takes as `**kwargs`.

    Args:
        name: `keras.…`, as users write it; with a colon before a method.
        given: names of arguments.
        of_tensorflow: whether `keras` is spelled `tensorflow.keras`, which has more names.

    >>> unknown_arguments("keras.layers.Dense", ["units", "input_dim", "init"])
    ['init']
    """
    given = [each for each in given if each not in _LASTING]
    taken = _taken(name, of_tensorflow) if given else None
    return [] if taken is None else [each for each in given if each not in taken]


@cache
def _taken(name: str, of_tensorflow: bool) -> frozenset[str] | None:
    """Return the names of arguments that are taken; None for any, or if nothing is known."""
    dotted, _, method = name.partition(":")
    owner, _, last = dotted.rpartition(".")
    home = owner.replace("keras", "keras._tf_keras.keras", 1) if of_tensorflow else owner
    found = _resolve(home, last)
    if found is None:
        return None
    if isinstance(found.node, ast.ClassDef):
        return _of_method(found, method or "__init__")
    return None if method else _of_function(found.node)


def _of_function(function: _Function) -> frozenset[str] | None:
    return None if function.args.kwarg is not None else _names(function)


def _of_method(found: _Found, method: str, depth: int = 0) -> frozenset[str] | None:
    """Return the arguments of a method of a class, with those that it hands on to its base."""
    made = found.node
    if depth > _DEEPEST or not isinstance(made, ast.ClassDef):
        return None
    own = next((each for each in made.body if isinstance(each, _Function) and each.name == method), None)
    if own is None:
        bases = [_of_method(base, method, depth + 1) for base in _bases(found)]
        return next((each for each in bases if each is not None), None)
    names, rest = _names(own), own.args.kwarg
    if rest is None:
        return names
    names |= _taken_out(own, rest.arg)
    if _is_handed_on(own, rest.arg, method):
        for base in _bases(found):
            more = _of_method(base, method, depth + 1)
            return None if more is None else names | more
        return None
    return names if _is_refused(own, rest.arg) else None


def _names(function: _Function) -> frozenset[str]:
    arguments = function.args
    return frozenset(each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _taken_out(function: _Function, rest: str) -> frozenset[str]:
    """Return the names that a function takes out of its `**kwargs`."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case (
                ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=[ast.Constant(value=str(key)), *_])
                | ast.Compare(left=ast.Constant(value=str(key)), comparators=[ast.Name(id=name)])
                | ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)))
            ) if name == rest:
                found.add(key)
    return frozenset(found)


def _is_handed_on(function: _Function, rest: str, method: str) -> bool:
    """Return whether a method gives its `**kwargs` to the same method of its base."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and any(
            each.arg is None and isinstance(each.value, ast.Name) and each.value.id == rest for each in node.keywords
        )
        for node in ast.walk(function)
    )


def _is_refused(function: _Function, rest: str) -> bool:
    """Return whether a function raises an error if anything is left in its `**kwargs`."""
    return any(
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == rest
        and isinstance(node.body[-1], ast.Raise)
        for node in ast.walk(function)
    )


def _bases(found: _Found) -> list[_Found]:
    """Return the bases of a class that can be found."""
    bases: list[_Found] = []
    for base in found.node.bases if isinstance(found.node, ast.ClassDef) else ():
        written = ast.unparse(base)
        head, _, rest = written.partition(".")
        resolved = _resolve(found.module, head) if not rest else None
        if rest and "." not in rest and (module := _read(found.module)) is not None and head in module.imported:
            home, name = module.imported[head]
            resolved = _resolve(f"{home}.{name}" if name else home, rest)
        if resolved is not None:
            bases.append(resolved)
    return bases


def _resolve(module: str, name: str, depth: int = 0) -> _Found | None:
    """Return what a name in a module is, through imports."""
    read = _read(module) if depth < _DEEPEST else None
    if read is None:
        return None
    if name in read.defined:
        return _Found(read.defined[name], module)
    if name in read.imported and read.imported[name][1]:
        home, original = read.imported[name]
        return _resolve(home, original, depth + 1)
    return None


@cache
def _read(module: str) -> _Module | None:
    """Return what a module of Keras defines and imports; None if there is no such file."""
    root, *parts = module.split(".")
    found = find_spec(root) if root == "keras" else None
    if found is None or not found.submodule_search_locations:
        return None
    place = Path(found.submodule_search_locations[0]).joinpath(*parts)
    path = next((each for each in (place / "__init__.py", place.with_suffix(".py")) if each.is_file()), None)
    if path is None:
        return None
    defined: dict[str, ast.ClassDef | _Function] = {}
    imported: dict[str, tuple[str, str]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | _Function):
            defined[node.name] = node
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported |= {each.asname or each.name: (node.module or "", each.name) for each in node.names}
        elif isinstance(node, ast.Import):
            imported |= {each.asname: (each.name, "") for each in node.names if each.asname}
    return _Module(defined, imported)
