"""Which names the installed Keras and TensorFlow have: read from their own lists of names, without importing them."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# TensorFlow takes these from Keras when they are asked for; a private or dunder name is in no list.
_LATE = frozenset(("keras", "losses", "metrics", "optimizers", "initializers", "python", "estimator"))


def missing(name: str, *, of_tensorflow: bool = False) -> str | None:
    """Return the part of a dotted name of Keras or TensorFlow that is not there; None if it is, or if nothing is known.

    Args:
        name: `keras.…` or `tensorflow.…`.
        of_tensorflow: whether `keras` is spelled `tensorflow.keras`, which has more names.

    >>> missing("keras.layers.Dense"), missing("keras.layers.Highway")
    (None, 'keras.layers.Highway')
    """
    root, *parts = name.split(".")
    inside = {"keras": ("_tf_keras/keras" if of_tensorflow else ""), "tensorflow": "_api/v2"}.get(root)
    package = _package(root)
    if inside is None or package is None:
        return None
    folder, listed = package / inside, package / inside if root == "keras" else package
    for number, part in enumerate(parts):
        if part.startswith("_") or (root == "tensorflow" and part in _LATE):
            return None
        if part not in _names_in(listed):
            return ".".join([root, *parts[: number + 1]])
        folder = listed = folder / part
        if not folder.is_dir():
            return None
    return None


def not_there(name: str) -> str:
    """Return what to say about a name that is missing."""
    return f"the installed {'Keras' if name.startswith('keras') else 'TensorFlow'} has no {name}"


@cache
def _package(name: str) -> Path | None:
    """Return the folder of an installed package; it is not imported."""
    found = find_spec(name)
    return Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None


@cache
def _names_in(folder: Path) -> frozenset[str]:
    """Return what the `__init__.py` of a folder imports, and the modules beside it."""
    names = {path.stem for path in folder.iterdir()} if folder.is_dir() else set()
    if (folder / "__init__.py").exists():
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return frozenset(names)
