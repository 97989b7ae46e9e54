"""Which names the installed Keras, TensorFlow and others have: read from their code, without importing them."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OTHERS = ("numpy", "pandas", "scipy", "sklearn")
_TITLES = {"keras": "Keras", "tensorflow": "TensorFlow", "numpy": "NumPy", "scipy": "SciPy", "sklearn": "scikit-learn"}
_OF_MACHINE = re.compile(r"(?:u?int|float|complex)\d+")  # of NumPy: not every machine has the same

# TensorFlow takes these from Keras when they are asked for; a private or dunder name is in no list.
_LATE = frozenset(("keras", "losses", "metrics", "optimizers", "initializers", "python", "estimator"))


def missing(name: str, *, of_tensorflow: bool = False) -> str | None:
    """Return the part of a dotted name of a library that is not there; None if it is, or if nothing is known.

    Args:
        name: `keras.…`, `tensorflow.…` or that of one of `OTHERS`.
        of_tensorflow: whether `keras` is spelled `tensorflow.keras`, which has more names.

    >>> missing("keras.layers.Dense"), missing("keras.layers.Highway")
    (None, 'keras.layers.Highway')
    """
    root, *parts = name.split(".")
    inside = {
        "keras": ("_tf_keras/keras" if of_tensorflow else ""), "tensorflow": "_api/v2", **dict.fromkeys(OTHERS, ""),
    }.get(root)  # fmt: skip
    package = _package(root) if inside is not None else None
    if inside is None or package is None:
        return None
    folder, listed = package / inside, package if root == "tensorflow" else package / inside
    for number, part in enumerate(parts):
        if part.startswith("_") or (root == "tensorflow" and part in _LATE):
            return None
        names = _names_in(listed)
        if root in OTHERS and ("*" in names or _OF_MACHINE.fullmatch(part)):
            return None
        if part not in names:
            return ".".join([root, *parts[: number + 1]])
        folder = listed = folder / part
        if not folder.is_dir():
            return None
    return None


def not_there(name: str) -> str:
    """Return what to say about a name that is missing."""
    root = name.partition(".")[0]
    return f"the installed {_TITLES.get(root, root)} has no {name}"


@cache
def _package(name: str) -> Path | None:
    """Return the folder of an installed package; it is not imported."""
    found = find_spec(name)
    return Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None


@cache
def _names_in(folder: Path) -> frozenset[str]:
    """Return what the `__init__.py` of a folder imports, and the modules beside it."""
    names = {path.name.partition(".")[0] for path in folder.iterdir()} if folder.is_dir() else set()
    if (folder / "__init__.py").exists():
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                names |= _all_of(folder / f"{(node.module or '').replace('.', '/')}.py") if node.level == 1 else {"*"}
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return frozenset(names)


def _all_of(path: Path) -> set[str]:
    """Return what a module gives to `import *`, or a star if that is not known."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    for node in ast.parse(text).body if text.count("__all__") == 1 else ():  # else it may become longer
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                texts = [each.value for each in items if isinstance(each, ast.Constant)]
                return {str(each) for each in texts} if len(texts) == len(items) else {"*"}
    return {"*"}


@cache
def renamed_in_tensorflow() -> dict[str, str]:
    """Return the new names of what TensorFlow 2 moved, by the old ones, both without `tf.`: its own list for upgrades.

    >>> renamed_in_tensorflow().get("ceil")
    'math.ceil'
    """
    package = _package("tensorflow")
    path = package / "tools" / "compatibility" / "renames_v2.py" if package else None
    if path is None or not path.is_file():
        return {}
    made = [node.value for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign)]
    pairs = [pair for each in made if isinstance(each, ast.Dict) for pair in zip(each.keys, each.values, strict=True)]
    return {
        str(old.value).removeprefix("tf."): str(new.value).removeprefix("tf.")
        for old, new in pairs
        if isinstance(old, ast.Constant) and isinstance(new, ast.Constant)
    }
