"""Python generators that feed a model: Keras 3 takes only tuples from them, no lists and no bare arrays."""

import ast
from collections.abc import Iterable

from classeur.migration.edits import Edits
from classeur.migration.mends.plan import Plan

_REASON = "Keras 3 takes only tuples from a generator: yield (x,) for what is predicted"


def mend_yields(tree: ast.AST, plan: Plan, edits: Edits) -> None:
    """Update what the generators in a cell yield."""
    if "yield" not in edits.code:
        return
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        yields = [node for node in _own(function) if isinstance(node, ast.Yield) and node.value is not None]
        methods = plan.origins.fed.get(function.name, frozenset())
        if not yields or not (methods or _is_endless(function)):
            continue
        for each in yields:
            if isinstance(each.value, ast.Tuple):
                for part in each.value.elts[:2]:
                    _mend_list(part, edits)
            elif methods and methods <= {"predict", "predict_generator"} and each.value is not None:
                start, end = edits.range_of(each.value)
                if function.name in plan.origins.fed_once:
                    edits.replace(start, end, f"({edits.text(start, end)},)")
                else:
                    plan.say(each.lineno, _REASON)


def _mend_list(node: ast.expr, edits: Edits) -> None:
    """Make a list of arrays a tuple."""
    if isinstance(node, ast.List) and len(node.elts) > 1:
        start, end = edits.range_of(node)
        edits.replace(start, start + 1, "(")
        edits.replace(end - 1, end, ")")


def _own(function: ast.FunctionDef) -> Iterable[ast.AST]:
    """Return the nodes of a function without those of functions in it."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))


def _is_endless(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value
        for node in _own(function)
    )
