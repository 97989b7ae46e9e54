"""Imports: names that Keras 3 removed come from classeur.keras_image, moved names from their new module."""

import ast
from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from classeur.migration import api
from classeur.migration.mends import layers, libraries, pictures, tensorflow1, training
from classeur.migration.mends.attributes import MOVED, is_looked_up
from classeur.migration.mends.installed import missing, not_there
from classeur.migration.mends.plan import Plan, dotted

_GONE = {
    "keras.wrappers": "scikeras has the replacement",
    "keras.preprocessing.text": "tf.keras still has it; keras.layers.TextVectorization replaces it",
    "keras.backend.tensorflow_backend": "there are no sessions in Keras 3",
    "keras.utils.training_utils": "tf.distribute replaces it",
    "keras.legacy.interfaces": "it has no replacement",
}
_RENAMED_MODULES = {"keras.objectives": "losses", "keras.engine": "models", "keras.engine.training": "models",
                    "keras.engine.sequential": "models"}  # fmt: skip

Statement = cst.BaseSmallStatement


class Rewritten(NamedTuple):
    """The replacement of an import statement."""

    kept: list[Statement]
    redirected: list[tuple[str, str | None]]  # (name, alias) to import from classeur.keras_image


def rewrite_import(node: Statement, plan: Plan, *, is_used: bool = True) -> Rewritten | None:
    """Return the replacement of an import, or None if it stays."""
    if isinstance(node, cst.Import):
        return _rewrite_plain(node, plan, is_used)
    if not isinstance(node, cst.ImportFrom) or node.relative or node.module is None:
        return None
    written = dotted(node.module) or ""
    module = api.canonical(written)
    if isinstance(node.names, cst.ImportStar):
        if module == api.IMAGE:
            return Rewritten([statement_of(f"from {api.CLASSEUR} import *")], [])
        return None
    kept: list[cst.ImportAlias] = []
    others: list[Statement] = []
    redirected: list[tuple[str, str | None]] = []
    for alias in node.names:
        name, as_name = dotted(alias.name) or "", _as_name(alias)
        full = api.canonical(f"{module}.{name}")
        if full == api.IMAGE:
            others.append(statement_of(f"from classeur import keras_image as {as_name or name}"))
        elif (target := _target(full, plan)) is not None:
            redirected.append((target, as_name))
        elif full == "keras.layers.merge":
            kept += [alias] if _says(plan, "merge is removed") else []
        elif full in MOVED:
            others.append(statement_of(f"from {_root(written)} import {full.split('.')[1]} as {as_name or name}"))
        elif full == "keras.backend" and not written.startswith("tensorflow") and plan.moves_backend:
            others.append(statement_of(f"from tensorflow.keras import {name}" + (f" as {as_name}" if as_name else "")))
        elif full == "keras.utils.visualize_util.plot":
            others.append(statement_of(f"from {_root(written)}.utils import plot_model as {as_name or name}"))
        elif module == "sklearn.externals" and name in ("joblib", "six"):
            others.append(statement_of(f"import {name}" + (f" as {as_name}" if as_name else "")))
        elif module == "tensorflow" and name in tensorflow1.IMPORTED:
            others.append(
                statement_of(f"from {tensorflow1.IMPORTED[name]} import {name}" + (f" as {as_name}" if as_name else ""))
            )
        elif module == "scipy" and pictures.numpy_has(name):
            others.append(statement_of(f"from numpy import {name}" + (f" as {as_name}" if as_name else "")))
        elif module == "scipy.misc" and name in pictures.NAMES and not _says(plan, f"scipy.misc.{as_name or name} "):
            continue
        else:
            kept.append(_new_name(alias, module, name, as_name))
    home = _home(written, module, [dotted(each.name) or "" for each in kept])
    if (
        len(kept) == len(node.names)
        and home == written
        and all(one is other for one, other in zip(kept, node.names, strict=True))
    ):
        return None
    if kept:
        last = kept[-1]
        if node.lpar is None:
            kept[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)
        others.insert(0, node.with_changes(names=_once(kept), module=_dotted_node(home)))
    return Rewritten(others, redirected)


def gone_imports(module: str, names: Sequence[str]) -> list[str]:
    """Return why names of a module can no longer be imported.

    >>> gone_imports("keras.layers", ["Dense", "Merge"])
    ['Merge is removed from Keras 3: join tensors with keras.layers.add, concatenate, …, in the functional style']
    """
    module = api.canonical(module)
    if module == api.IMAGE:
        return [
            f"{api.IMAGE}.{name} is removed, and classeur has no replacement"
            for name in names
            if name != "*" and name not in api.CLASSEUR_NAMES
        ]
    if module == "tf_keras" or module.startswith("tf_keras."):
        return ["tf_keras is Keras 2, a separate package: import keras instead, and migrate again"]
    for gone, instead in _GONE.items():
        if module == gone or module.startswith(f"{gone}."):
            return [f"{module} is removed from Keras 3: {instead}"]
    if module == "keras.regularizers":
        return [
            f"{name} is removed from Keras 3: activity_regularizer takes keras.regularizers.l1 and l2"
            for name in names
            if name.startswith("activity_")
        ]
    if module == "keras.utils.np_utils" and "probas_to_classes" in names:
        return ["probas_to_classes is removed from Keras: probabilities.argmax(axis=-1) does the same"]
    if module == "keras.utils" and "multi_gpu_model" in names:
        return ["multi_gpu_model is removed from Keras 3: tf.distribute replaces it"]
    if module == "scipy.ndimage" and "imread" in names:
        return ["imread is removed from SciPy: numpy.asarray(PIL.Image.open(path)) does the same"]
    if module.startswith("keras.layers"):
        return [f"{name} is removed from Keras 3: {layers.GONE[name]}" for name in names if name in layers.GONE]
    return []


def missing_imports(statement: ast.Import | ast.ImportFrom, plan: Plan) -> list[str]:
    """Return the names that an import would still take from Keras or TensorFlow after the changes, and not find."""
    if isinstance(statement, ast.Import):
        if any(each.asname and api.canonical(each.name) in (api.IMAGE, "keras.backend") for each in statement.names):
            return []
        wanted = [(each.name, each.name) for each in statement.names]
    else:
        if statement.level or not is_looked_up(f"{statement.module}."):
            return []
        small = statement_of(ast.unparse(statement))
        rewritten = rewrite_import(small, plan)
        wanted = []
        for kept in rewritten.kept if rewritten else [small]:
            if isinstance(kept, cst.ImportFrom) and kept.module is not None and not kept.relative:
                module = dotted(kept.module) or ""
                names = [] if isinstance(kept.names, cst.ImportStar) else [dotted(each.name) for each in kept.names]
                wanted += [(module, f"{module}.{name}") for name in names] or [(module, module)]
    found = [missing(api.canonical(name), of_tensorflow=module.startswith("tensorflow")) for module, name in wanted]
    return [not_there(name) for name in dict.fromkeys(found) if name is not None]


def _target(full: str, plan: Plan) -> str | None:
    owner, _, last = full.rpartition(".")
    if owner == api.CLASSEUR:
        return None
    if owner == api.IMAGE and last in api.CLASSEUR_NAMES:
        return last
    if full in api.MODELS and plan.redirects_models:
        return api.MODELS[full]
    return "get_file" if full in api.GET_FILE and plan.redirects_get_file else None


def _home(written: str, module: str, names: Sequence[str]) -> str:
    """Return the new module of a module's names, with the file's spelling of Keras."""
    if module in libraries.MODULES:
        return libraries.MODULES[module]
    root = _root(written)
    if module in MOVED:
        return f"{root}.{module.split('.')[1]}"
    if module in _RENAMED_MODULES:
        models = {"Model", "Sequential"}
        if module == "keras.objectives" or (names and set(names) <= models):
            return f"{root}.{_RENAMED_MODULES[module]}"
        if names and set(names) <= {"Layer", "InputSpec", "Input"}:
            return f"{root}.layers"
    if module == "keras.engine.topology" and names and set(names) <= {"Layer", "InputSpec", "Input"}:
        return f"{root}.layers"
    if written.startswith(("tensorflow.python.keras", "tensorflow.contrib.keras")) and module.startswith("keras"):
        return f"tensorflow.{module}"
    return written


def _root(written: str) -> str:
    return "tensorflow.keras" if written.startswith("tensorflow") else "keras"


def _new_name(alias: cst.ImportAlias, module: str, name: str, as_name: str | None) -> cst.ImportAlias:
    if module.startswith("keras.layers") and name in layers.NEW_NAMES:
        return alias.with_changes(name=cst.Name(layers.NEW_NAMES[name]))
    if module == "keras.optimizers" and name in training.OPTIMIZERS:
        spelled = cst.AsName(cst.Name(as_name or name))
        return alias.with_changes(name=cst.Name(training.OPTIMIZERS[name]), asname=spelled)
    return alias


def _says(plan: Plan, words: str) -> bool:
    """Return whether a removed function is still called, because it could not be replaced."""
    return any(words in each.reason for each in plan.unmended)


def _rewrite_plain(node: cst.Import, plan: Plan, is_used: bool) -> Rewritten | None:
    if len(node.names) != 1:
        return None
    written, as_name = dotted(node.names[0].name) or "", _as_name(node.names[0])
    if as_name and api.canonical(written) == api.IMAGE:
        return Rewritten([statement_of(f"from classeur import keras_image as {as_name}")], [])
    if as_name and written == "keras.backend" and plan.moves_backend:
        return Rewritten([statement_of(f"from tensorflow.keras import backend as {as_name}")], [])
    if as_name and written.startswith("tensorflow.python.keras"):
        return Rewritten([statement_of(f"import tensorflow.{api.canonical(written)} as {as_name}")], [])
    if written == "scipy.misc" and not is_used:
        return Rewritten([], [])
    return None


def _once(aliases: list[cst.ImportAlias]) -> list[cst.ImportAlias]:
    seen: set[str] = set()
    found = []
    for alias in aliases:
        key = cst.Module([]).code_for_node(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT))
        if key not in seen:
            seen.add(key)
            found.append(alias)
    found[-1] = found[-1].with_changes(comma=aliases[-1].comma)
    return found


def _as_name(alias: cst.ImportAlias) -> str | None:
    return alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else None


def statement_of(code: str) -> Statement:
    """Return the only small statement of a line."""
    line = cst.parse_statement(code)
    assert isinstance(line, cst.SimpleStatementLine)
    return line.body[0]


def _dotted_node(name: str) -> cst.Attribute | cst.Name:
    return cst.parse_expression(name)  # type: ignore[return-value]
