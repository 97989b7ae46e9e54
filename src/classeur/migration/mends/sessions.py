"""Graphs and sessions of TensorFlow 1, in whose blocks Keras 3 does not run."""

import ast

from classeur.migration.api import VERBS
from classeur.migration.mends.plan import Plan

_MAKING = tuple(
    f"tensorflow.{home}{name}"
    for home in ("", "compat.v1.")
    for name in ("Graph", "InteractiveSession", "Session", "get_default_graph", "get_default_session")
)
_METHODS = frozenset((*VERBS, "compile", "load_weights", "predict_on_batch", "save", "save_weights", "train_on_batch"))


def say_of_block(node: ast.With, plan: Plan) -> None:
    """Say that Keras is used in a block of a graph or a session."""
    if not any(_is_of_tensorflow_1(each.context_expr, plan) for each in node.items):
        return
    calls = [each for statement in node.body for each in ast.walk(statement) if isinstance(each, ast.Call)]
    if any(_may_be_of_keras(each, plan) for each in calls):
        plan.say(node.lineno, "Keras 3 does not run in a graph or a session of TensorFlow 1: leave this with out")


def _is_of_tensorflow_1(node: ast.expr, plan: Plan) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "as_default":
        node = node.func.value
    sources = plan.flow.sources_of(node)
    return any(isinstance(each, ast.Call) and plan.name_of(each.func) in _MAKING for each in sources)


def _may_be_of_keras(call: ast.Call, plan: Plan) -> bool:
    if (name := plan.name_of(call.func)) is not None:
        return name.startswith("keras.")
    return isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and plan.is_of_keras(call.func)
