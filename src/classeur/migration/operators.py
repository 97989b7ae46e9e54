"""The results of operators."""

import ast
from dataclasses import replace

from classeur.migration import pictures
from classeur.migration.scopes import counted, fold, join_path, text_of
from classeur.migration.state import State
from classeur.migration.values import LENGTH, Opaque, Quotient, Steps, Value, tags_of


def operate(state: State, left: Value, op: ast.operator, right: Value, node: ast.AST) -> Value:
    """Return the result of an operator."""
    tags = tags_of(left) | tags_of(right)
    match op:
        case ast.FloorDiv():
            if isinstance(node, ast.BinOp) and _is_no_count(node.left):
                return Opaque()
            negated = isinstance(node, ast.BinOp) and isinstance(node.left, ast.UnaryOp)
            number = _length(left)
            if isinstance(number, int) and isinstance(right, int) and right and not negated and number % right == 0:
                return Quotient(number // right)
            return Steps("negated" if negated else "floor", counted(left), right)
        case ast.Div():
            if isinstance(left, str) or (isinstance(right, str) and isinstance(left, Opaque)):
                return join_path(left, right)
            if (number := fold(_length(left), op, right)) is not None:
                return Quotient(int(number)) if number == number // 1 and isinstance(_length(left), int) else number
            if all(tag.kind in ("count", "length") for tag in tags):
                return Steps("ratio", counted(left), right)
        case ast.Add():
            if isinstance(left, Steps):
                whole = isinstance(right, int) and right > 0
                return replace(left, kind="past" if whole and not isinstance(right, bool) else "ceil")
            if isinstance(left, str) or isinstance(right, str):
                return f"{text_of(left)}{text_of(right)}"
            if isinstance(left, list) and isinstance(right, list):
                return left + right
            if (number := fold(left, op, right)) is not None:
                return number
        case ast.Sub() | ast.Mult() if (number := fold(left, op, right)) is not None:
            return number
        case ast.Mod() if isinstance(left, str):
            return Opaque()
    met = state.meet(pictures.computed(tags, op, left, right), None, node)
    return Opaque(pictures.without(met, "count", "length", "shape", "unchanged", "labels"))


def _length(value: Value) -> Value:
    """Return a number, or that of the images of an array whose length is known."""
    for tag in tags_of(value):
        if tag.kind == "length" and isinstance(tag.source, Opaque) and LENGTH in tag.source.parts:
            return tag.source.parts[LENGTH]
    return value


def _is_no_count(node: ast.expr) -> bool:
    """Return whether a dividend is of the form n + b - 1, n + b, or 2 * n for two passes."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return any(isinstance(each, ast.Constant) and isinstance(each.value, int) for each in (node.left, node.right))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return _is_no_count(node.left)
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
