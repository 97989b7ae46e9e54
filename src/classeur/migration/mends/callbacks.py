"""What callbacks of the file had of Keras: the validation data, and more parameters than today."""

import ast

from classeur.migration.mends.plan import Plan

_BATCHES = "steps, a number of batches,"
_PARAMETERS = {"nb_epoch": "epochs", "nb_sample": _BATCHES, "samples": _BATCHES}  # what is nearest to the old ones
_TODAY = ("epochs", "steps", "verbose")


def say_of_callback(node: ast.expr, plan: Plan) -> None:
    """Say what an expression in a callback asks for that Keras 3 does not give."""
    match node:
        case (
            ast.Attribute(value=ast.Name() as owner, attr="validation_data")
            | ast.Attribute(value=ast.Attribute(value=ast.Name() as owner, attr="model"), attr="validation_data")
        ) if isinstance(node.ctx, ast.Load) and plan.owners.is_callback(owner):
            if not plan.owners.is_assigned("validation_data"):
                plan.say(
                    node.lineno,
                    "a callback of Keras 3 has no validation_data: give the data to the callback when it is made",
                )
        case (
            ast.Subscript(value=ast.Attribute(value=owner, attr="params"), slice=ast.Constant(value=str(key)))
            | ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=owner, attr="params"), attr="get"),
                args=[ast.Constant(value=str(key)), *_],
            )
        ) if key not in _TODAY and plan.owners.is_callback(owner):
            nearest = f"; {_PARAMETERS[key]} is the nearest" if key in _PARAMETERS else ""
            plan.say(node.lineno, f"params of a callback has no '{key}' in Keras 3, only {', '.join(_TODAY)}{nearest}")
