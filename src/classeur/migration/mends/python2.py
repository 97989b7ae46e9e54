"""What Python 2 took and Python 3 refuses in the middle of a run: arrays in text files, lists times a quotient."""

import ast
import re

import libcst as cst

from classeur.migration.edits import Edits
from classeur.migration.mends.arguments import code_of, literal

FILES_OF_ARRAYS = {"numpy.save": "wb", "numpy.savez": "wb", "numpy.load": "rb"}


def mend_file_of_array(call: cst.Call, name: str) -> cst.Call:
    """Return `np.save(open(path, 'w'), …)` and `np.load(open(path))` with a file of bytes."""
    if not call.args or not isinstance(opened := call.args[0].value, cst.Call) or code_of(opened.func) != "open":
        return call
    mode = FILES_OF_ARRAYS[name]
    if len(opened.args) == 1 and mode == "rb":
        args = [*opened.args, cst.Arg(cst.SimpleString("'rb'"))]
    elif len(opened.args) == 2 and literal(given := opened.args[1].value) == mode[0]:
        quoted = cst.SimpleString(re.sub(mode[0], mode, code_of(given)))
        args = [opened.args[0], opened.args[1].with_changes(value=quoted)]
    else:
        return call
    return call.with_changes(args=[call.args[0].with_changes(value=opened.with_changes(args=args)), *call.args[1:]])


def mend_repetition(node: ast.BinOp, edits: Edits) -> None:
    """Update `[0] * (n / 2)`: a list is repeated a whole number of times.

    Only lists of one literal: `[0.2, 0.8] * (a / 2)` multiplies an array.
    """
    match node:
        case ast.BinOp(
            left=ast.List(elts=[ast.Constant(value=int() | str())]),
            op=ast.Mult(),
            right=ast.BinOp(op=ast.Div(), right=ast.Constant(value=int())) as times,
        ):
            _, start = edits.range_of(times.left)
            end, _ = edits.range_of(times.right)
            between = edits.text(start, end)
            if between.count("/") == 1 and "#" not in between:
                edits.replace(start, end, between.replace("/", "//"))
