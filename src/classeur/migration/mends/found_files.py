"""Renamed files where the code loads them or looks for them, by a name, a pattern or an ending."""

import ast
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from classeur.migration.mends.file_names import Ending, ending_of, last_name, path_of, tail_of, text_of_parts
from classeur.migration.mends.shell import Command

Uncertain = tuple[int | None, int, str]  # cell, line and reason

_LOADING = ("load_weights", "load_model")
_FINDING = ("exists", "isfile", "remove", "unlink", "rename", "getsize", "getmtime", "stat", "copy", "copyfile", "move",
            "is_file")  # fmt: skip
_MATCHING = ("glob", "iglob", "rglob")
_INSERTED = re.compile(r"\{[^{}]*\}|%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")  # where format, % or Keras inserts a value
_WILD = re.compile(r"\[[^\]]*\]|[*?]")


class _Renamed(NamedTuple):
    """A renamed file: as it is written, and an example of its names before and after."""

    literal: str
    old: str
    new: str
    ending: str


def rename_found(
    nodes: Sequence[tuple[int | None, ast.AST]],
    assigned: Mapping[str, ast.expr],
    endings: dict[str, Ending],
    commands: Sequence[Command],
) -> list[Uncertain]:
    """Rename files where they are loaded or looked for by other texts; return what is uncertain.

    Args:
        nodes: those of the source, each with its cell.
        assigned: the values of names that are bound once.
        endings: of the renamed texts; more are added.
        commands: what the source gives to the shell.
    """
    files = [_renamed(literal, ending) for literal, ending in endings.items()]
    written = {each.literal for each in files}
    uncertain: list[Uncertain] = []
    for cell, node in nodes if files else ():
        if isinstance(node, ast.Call) and (path := _searched(node)) is not None:
            name = tail_of(path, assigned)
            shown = name if name is not None else _text_of(path, assigned)
            if shown is None or shown in written:
                continue
            find = _find_pattern if last_name(node.func) in _MATCHING else _find_name
            for each in files:
                is_found, is_certain = find(shown, each)
                if not is_found:
                    continue
                new = ending_of(shown, each.ending)
                if is_certain and name is not None and endings.setdefault(name, new) == new:
                    continue
                uncertain.append((cell, node.lineno, _reason(each)))
                break
        elif isinstance(node, ast.expr):
            suffixes = tuple(_compared(node))
            missed = [each for each in files if each.old.endswith(suffixes) and not each.new.endswith(suffixes)]
            uncertain += [(cell, node.lineno, _reason(each)) for each in missed[:1]]
    for command in commands if files else ():
        words = [word.strip("'\"`;,()") for word in command.text.split()]
        named = [each for each in files if any(_is_named(word, each) for word in words)]
        uncertain += [(command.cell, command.line, _reason(each)) for each in named[:1]]
    return uncertain


def _is_named(word: str, file: _Renamed) -> bool:
    """Return whether a word of a command is the name of a renamed file, or a pattern that no longer finds it.

    >>> file = _renamed("w.h5", Ending(".h5", ".weights.h5"))
    >>> _is_named("out/w.h5", file), _is_named("w.*", file), _is_named("*.h5", file), _is_named("w", file)
    (True, False, False, False)
    """
    old, new = posixpath.basename(file.old), posixpath.basename(file.new)
    name = posixpath.basename(_INSERTED.sub("0", word))
    if not name or (not ending_of(old, "").old and "/" not in word):
        return False
    return fnmatchcase(old, name) and not fnmatchcase(new, name)


def _reason(file: _Renamed) -> str:
    return f"if this is the file of '{file.literal}', its name now ends in {file.ending}"


def _renamed(literal: str, ending: Ending) -> _Renamed:
    example = _INSERTED.sub("0", literal)
    return _Renamed(literal, example, f"{example.removesuffix(ending.old)}{ending.new}", ending.new)


def _searched(call: ast.Call) -> ast.expr | None:
    """Return the path of a file that a call loads or looks for."""
    name = last_name(call.func)
    if name in _LOADING:
        return path_of(call)
    if name in (*_FINDING, *_MATCHING) and call.args:
        return call.args[0]
    if name in _FINDING and isinstance(call.func, ast.Attribute):
        return call.func.value  # of Path(…).exists()
    return None


def _find_name(shown: str, file: _Renamed) -> tuple[bool, bool]:
    """Return whether a path may be a renamed file, and whether it certainly is.

    >>> _find_name("w.03.h5", _renamed("w.{epoch:02d}.h5", Ending(".h5", ".weights.h5")))
    (True, True)
    >>> _find_name("models/w.h5", _renamed("w.h5", Ending(".h5", ".weights.h5")))
    (True, False)
    """
    if _pattern(file.literal).fullmatch(shown):
        return True, _has_stem(_INSERTED.sub("", file.literal))
    if _pattern(f"{file.literal}.index").fullmatch(shown):  # what TensorFlow wrote
        return True, False
    tail = file.literal.lstrip("/") if "/" in shown else posixpath.basename(file.literal)
    ends_so = re.fullmatch(rf"(?:.*/)?{_pattern(tail).pattern}", shown)
    return bool(ends_so) and _has_stem(_INSERTED.sub("", posixpath.basename(tail))), False


def _find_pattern(shown: str, file: _Renamed) -> tuple[bool, bool]:
    """Return whether a pattern of files finds a renamed one only by its old name, and whether it is for that file.

    >>> _find_pattern("w-*.hdf5", _renamed("w-{epoch}.hdf5", Ending(".hdf5", ".keras")))
    (True, True)
    >>> _find_pattern("*.h5", _renamed("w-{epoch}.h5", Ending(".h5", ".weights.h5")))
    (False, False)
    """
    cut = posixpath.basename if not ("/" in shown and "/" in file.literal) else str
    pattern = cut(shown)
    if not fnmatchcase(cut(file.old), pattern) or fnmatchcase(cut(file.new), pattern):
        return False, False
    return True, bool(ending_of(shown, "").old) and _has_stem(posixpath.basename(_WILD.sub("", shown)))


def _has_stem(literal: str) -> bool:
    return bool(re.search(r"\w", literal.removesuffix(ending_of(literal, "").old)))


def _pattern(literal: str) -> re.Pattern[str]:
    """Return what the names look like that a text with places for values gets.

    >>> bool(_pattern("w.{epoch:02d}.h5").fullmatch("w.03.h5")), bool(_pattern("w_%d.h5").fullmatch("w.h5"))
    (True, False)
    """
    return re.compile(".+".join(re.escape(part) for part in _INSERTED.split(literal)))


def _text_of(path: ast.expr, assigned: Mapping[str, ast.expr]) -> str | None:
    """Return the text of an f-string, with `{}` for its values."""
    path = assigned.get(path.id, path) if isinstance(path, ast.Name) else path
    if not isinstance(path, ast.JoinedStr):
        return None
    return text_of_parts(path)


def _compared(node: ast.expr) -> Iterable[str]:
    """Yield the endings that the name of a file is compared with."""
    match node:
        case ast.Call(func=ast.Attribute(attr="endswith"), args=[ast.Tuple(elts=found), *_]):
            pass
        case (
            ast.Call(func=ast.Attribute(attr="endswith"), args=[*found])
            | ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[*found])
        ):
            pass
        case _:
            found = []
    for each in found:
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and ending_of(each.value, "").old:
            yield each.value
