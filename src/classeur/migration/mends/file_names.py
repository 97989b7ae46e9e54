"""Names of files that models write: Keras 3 takes only `.weights.h5` for weights and `.keras` for models.

Keras 3 refuses other names only after the first epoch, so they are renamed, in every place in the file.
"""

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from classeur.migration.mends.shell import Command, may_be_in, may_make

WEIGHTS, MODEL = ".weights.h5", ".keras"
_OLD_ENDINGS = re.compile(r"(\.weights)?(\.h5|\.hdf5|\.hdf|\.ckpt|\.keras|\.weights|\.tf|\.model)$")
_TAKE_FILES = (
    "save_weights",
    "load_weights",
    "save",
    "save_model",
    "load_model",
    "ModelCheckpoint",
    "join",
    "exists",
    "isfile",
)
_HDF5 = (".h5", ".hdf5", ".hdf", ".keras")
_MAKING_FOLDERS = ("makedirs", "mkdir", "MakeDirs", "ensure_dir", "mkpath")
_FILLING = ("extractall", "unpack_archive", "copytree")  # folders, with whatever is in an archive
SAVING = ("keras.models.save_model", "keras.saving.save_model")
_WHAT = {WEIGHTS: "weights are saved to a name that ends in .weights.h5", MODEL: "models are saved to .keras"}


class Ending(NamedTuple):
    """The old and new end of a name."""

    old: str
    new: str


class Renaming(NamedTuple):
    """The new names of files in one source."""

    endings: dict[str, Ending]  # literal → its new end
    checkpoints: frozenset[str]  # literals in which Keras inserts epoch and metrics
    unknown: tuple[tuple[int | None, int, str], ...]  # cells and lines of files that cannot be renamed, and why


def renaming_of(
    in_cells: Mapping[int | None, Sequence[ast.AST]],
    is_checkpoint: Callable[[ast.expr], bool],
    is_saving: Callable[[ast.expr], bool],
    is_model: Callable[[ast.expr], bool],
    are_of_keras: Callable[[ast.Attribute], bool],
    commands: Sequence[Command],
) -> Renaming:
    """Return how files must be renamed, all cells of a source taken together.

    Args:
        in_cells: the nodes of each cell of the source.
        is_checkpoint: whether what is called is Keras' `ModelCheckpoint`.
        is_saving: whether what is called is Keras' `save_model`.
        is_model: whether an expression is a model.
        are_of_keras: whether a method may be Keras'.
        commands: what the source gives to the shell.
    """
    nodes = [(cell, node) for cell, found in in_cells.items() for node in found]
    assigned = assigned_once([node for _, node in nodes])
    endings: dict[str, Ending] = {}
    checkpoints: set[str] = set()
    unknown: list[tuple[int | None, int, str]] = []
    makes = _makers([node for _, node in nodes], commands, assigned)
    folders: set[str] = set()
    for cell, node in nodes:
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        if isinstance(func, ast.Attribute) and not (is_checkpoint(func) or is_model(func.value) or are_of_keras(func)):
            continue
        at = cell, node.lineno
        if last_name(node.func) == "load_weights" and node.args and _is_latest(node.args[0], assigned):
            unknown.append(
                (*at, "latest_checkpoint does not find .weights.h5 files: give the file to load weights from")
            )
        ending = MODEL if is_saving(func) else _required_ending(node, is_checkpoint, is_model)
        if ending is None:
            continue
        path = path_of(node, 1 if is_saving(func) else 0)
        literal = tail_of(path, assigned) if path is not None else None
        if ending == "?":
            unknown.append(
                (
                    *at,
                    "save_weights_only is not known here: with it the file must end in .weights.h5, without it in"
                    " .keras",
                )
            )
        elif literal is None:
            if path is not None:
                unknown.append((*at, f"in Keras 3 {_WHAT[ending]}, and the name is not known here"))
        else:
            if is_checkpoint(node.func):
                checkpoints.add(literal)
            if _fits(literal, ending) or (last_name(node.func) in ("save", "save_model") and literal.endswith(".hdf5")):
                continue
            folder = _folder_of(path, literal) if last_name(func) == "save_weights" else ""
            if folder and folder not in folders and not literal.endswith(_HDF5) and not makes(_known(folder, assigned)):
                folders.add(folder)
                unknown.append(
                    (
                        *at,
                        f"TensorFlow's format made the folder {folder}, a .weights.h5 file does not:"
                        f" os.makedirs({folder}, exist_ok=True)",
                    )
                )
            if _is_folder(node, literal):
                unknown.append(
                    (
                        *at,
                        f"in Keras 3 {'save_model' if is_saving(func) else 'model.save'} takes a name that ends in"
                        f" .keras, not {literal!r}; or call export",
                    )
                )
            elif literal.startswith(".") and "/" not in literal:
                unknown.append((*at, f"in Keras 3 {_WHAT[ending]}: its name is composed of parts"))
            elif not _OLD_ENDINGS.search(literal) and _is_also_something_else(literal, [node for _, node in nodes]):
                unknown.append((*at, f"in Keras 3 {_WHAT[ending]}; '{literal}' may be more than a file name here"))
            elif endings.setdefault(literal, ending_of(literal, ending)) != ending_of(literal, ending):
                unknown.append((*at, f"in Keras 3 {_WHAT[ending]}; '{literal}' names both here"))
    return Renaming(endings, frozenset(checkpoints), tuple(unknown))


def ending_of(literal: str, new: str) -> Ending:
    """Return the change of a name's end.

    >>> ending_of("w.{epoch:02d}.hdf5", WEIGHTS), ending_of("a/b", MODEL)
    (Ending(old='.hdf5', new='.weights.h5'), Ending(old='', new='.keras'))
    """
    old = _OLD_ENDINGS.search(literal)
    return Ending(old[0] if old else "", new)


def _fits(literal: str, ending: str) -> bool:
    if ending == WEIGHTS:
        return literal.endswith((WEIGHTS, ".weights.json"))
    return literal.endswith((MODEL, ".h5"))


def _folder_of(path: ast.expr | None, literal: str) -> str:
    """Return the folder in a path as text or code, or "" if it is the current one or not known."""
    folder = posixpath.dirname(literal)
    if folder:
        return "" if folder in (".", "..") else repr(folder)
    return ast.unparse(path.args[0]) if isinstance(path, ast.Call) and last_name(path.func) == "join" else ""


def _known(folder: str, assigned: Mapping[str, ast.expr]) -> str | None:
    """Return a folder's path by its code, or None if it is not known."""
    node: ast.expr | None = ast.parse(folder, mode="eval").body
    node = assigned.get(node.id) if isinstance(node, ast.Name) else node
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _makers(
    nodes: Iterable[ast.AST], commands: Sequence[Command], assigned: Mapping[str, ast.expr]
) -> Callable[[str | None], bool]:
    """Return a function that says whether the code or its commands may make a folder."""
    made: list[str | None] = []
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        if (name := last_name(node.func)) in _FILLING:
            made.append(None)
        elif name in _MAKING_FOLDERS:
            is_of_path = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)
            path = node.args[0] if node.args else node.func.value.args[:1] if is_of_path else None  # type: ignore[attr-defined]
            path = path[0] if isinstance(path, list) and path else path
            made.append(_known(ast.unparse(path), assigned) if isinstance(path, ast.expr) else None)
    return lambda folder: (
        any(each is None or folder is None or may_be_in(each, folder) for each in made)
        or any(may_make(each.text, folder or "") for each in commands)
    )


def _is_folder(call: ast.Call, literal: str) -> bool:
    """Return whether a model is saved as a folder in folders, which were made for it."""
    return last_name(call.func) in ("save", "save_model") and "/" in literal and not _OLD_ENDINGS.search(literal)


def _required_ending(
    call: ast.Call, is_checkpoint: Callable[[ast.expr], bool], is_model: Callable[[ast.expr], bool]
) -> str | None:
    """Return the ending that Keras 3 requires in a call; None if it writes no file, "?" if not known."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "save_weights":
        return WEIGHTS
    if isinstance(call.func, ast.Attribute) and call.func.attr == "save" and is_model(call.func.value):
        return MODEL
    if not is_checkpoint(call.func):
        return None
    given = next((each.value for each in call.keywords if each.arg == "save_weights_only"), None)
    if given is None and len(call.args) > 4:
        given = call.args[4]
    if given is None:
        return "?" if any(each.arg is None for each in call.keywords) else MODEL
    return (WEIGHTS if given.value else MODEL) if isinstance(given, ast.Constant) else "?"


def path_of(call: ast.Call, position: int = 0) -> ast.expr | None:
    """Return the argument of a call that is a path."""
    named = next((each.value for each in call.keywords if each.arg in ("filepath", "path")), None)
    return named or (call.args[position] if len(call.args) > position else None)


def tail_of(node: ast.expr, assigned: Mapping[str, ast.expr], *, depth: int = 0) -> str | None:
    """Return the text in the code that a path ends with; None if it is not known."""
    if depth > 8:
        return None
    inner: ast.expr | None = None
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=[*_, ast.Constant()]):
            return text_of_parts(node)
        case ast.Name(id=name):
            inner = assigned.get(name)
        case ast.BinOp(op=ast.Add() | ast.Div(), right=right):
            inner = right
        case ast.BinOp(op=ast.Mod(), left=left):
            inner = left
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            inner = value
        case ast.Call(func=ast.Name(id=name)) if f"{name}()" in assigned:
            inner = assigned[f"{name}()"]
        case ast.Call(func=func, args=[*_, last]) if last_name(func) in (
            "join",
            "Path",
            "str",
            "abspath",
            "expanduser",
        ):
            inner = last
    return None if inner is None else tail_of(inner, assigned, depth=depth + 1)


def text_of_parts(node: ast.JoinedStr) -> str:
    """Return the text of an f-string, with `{}` for its values.

    >>> text_of_parts(ast.parse("f'{folder}/w.{{epoch}}.h5'", mode="eval").body)
    '{}/w.{epoch}.h5'
    """
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)


def _is_also_something_else(literal: str, nodes: list[ast.AST]) -> bool:
    """Return whether a text without an ending is also used outside calls that take a file and assignments."""
    of_files: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and last_name(node.func) in _TAKE_FILES:
            of_files |= {id(each) for each in (*node.args, *(each.value for each in node.keywords))}
        elif isinstance(node, ast.Assign):
            of_files.add(id(node.value))
    found = [node for node in nodes if isinstance(node, ast.Constant) and node.value == literal]
    return any(id(node) not in of_files for node in found)


def _is_latest(path: ast.expr, assigned: dict[str, ast.expr]) -> bool:
    """Return whether a path is the result of `tf.train.latest_checkpoint`."""
    found = assigned.get(path.id) if isinstance(path, ast.Name) else path
    return isinstance(found, ast.Call) and last_name(found.func) == "latest_checkpoint"


def assigned_once(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """Return names that are bound in only one place, with their values; `name()` for what a function returns."""
    values: dict[str, ast.expr] = {}
    counts: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            counts[node.id] = counts.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            counts[node.arg] = 2
        if isinstance(node, ast.Assign):
            values |= {each.id: node.value for each in node.targets if isinstance(each, ast.Name)}
    returned: dict[str, list[ast.expr | None]] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            found = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            returned.setdefault(f"{node.name}()", []).extend(found)
    once = {name: value for name, value in values.items() if counts.get(name) == 1}
    return once | {name: found[0] for name, found in returned.items() if len(found) == 1 and found[0] is not None}


def last_name(node: ast.expr) -> str:
    """Return the last name of a dotted one."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
