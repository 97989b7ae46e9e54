"""The learning rate of an optimizer: `lr` of old Keras, what read and set it, and what cannot set a schedule."""

import ast

from classeur.migration.edits import Edits
from classeur.migration.mends.optimizers import RATES
from classeur.migration.mends.plan import Plan, spelled

_SCHEDULE = (
    "Keras 3 does not set a learning rate that is a schedule: set another schedule, or make the optimizer with a number"
)
_NOT_CALLED = (
    "learning_rate of an optimizer is a number in Keras 3, not the schedule: keep the schedule in a variable, and call"
    " that"
)
_OF_VARIABLE = {"set_value": "assign", "get_value": "numpy"}  # methods of Theano's variables
_HIDDEN = ("_decayed_lr", "_get_hyper")


def mend_rate(node: ast.Attribute, plan: Plan, edits: Edits) -> bool:
    """Update an attribute that is a learning rate, or a method of one; return whether it is."""
    optimizers = plan.optimizers
    if node.attr in _OF_VARIABLE and isinstance(node.value, ast.Attribute) and node.value.attr in RATES:
        if optimizers.have_rate(node.value):
            edits.rename(node, _OF_VARIABLE[node.attr])
            return True
        return False
    if node.attr not in RATES:
        return False
    if not optimizers.have_rate(node):
        if node.attr == "lr" and optimizers.may_have_rate(node):
            plan.say(node.lineno, f"if {spelled(node.value)} is an optimizer of Keras, its lr is now learning_rate")
        return False
    if node.attr == "lr":
        edits.rename(node, "learning_rate")
    if optimizers.is_set(node):
        _say_of_schedule(node.value, node.lineno, plan)
    return node.attr == "lr"


def mend_call_of_rate(node: ast.Call, plan: Plan, edits: Edits) -> bool:
    """Update a call that reads or sets a learning rate by its name or by a step; return whether it does."""
    match node:
        case ast.Call(
            func=ast.Name(id="hasattr" | "getattr" | "setattr" as name),
            args=[owner, ast.Constant(value="lr" | "learning_rate") as rate, *_],
        ) if plan.optimizers.include(owner):
            start, end = edits.range_of(rate)
            if rate.value == "lr":
                edits.replace(start, end, edits.text(start, end).replace("lr", "learning_rate"))
            if name == "setattr":
                _say_of_schedule(owner, node.lineno, plan)
            return True
        case ast.Call(func=ast.Attribute(value=owner, attr="lr" | "learning_rate"), args=[step]):
            if not plan.optimizers.include(owner):
                return False
            if isinstance(step, ast.Attribute) and step.attr == "iterations":
                _replace(node, owner, edits)
            else:
                plan.say(node.lineno, _NOT_CALLED)
            return True
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _HIDDEN:
            is_rate = attr == "_decayed_lr" or (bool(node.args) and _is_rate(node.args[0]))
            if is_rate and plan.optimizers.include(owner):
                _replace(node, owner, edits)
                return True
    return False


def mend_item_of_rate(node: ast.Subscript, plan: Plan, edits: Edits) -> bool:
    """Update a learning rate that is taken from the inside of an optimizer; return whether it is one."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=owner, attr="_hyper"), slice=key) if _is_rate(key):
            if plan.optimizers.include(owner):
                _replace(node, owner, edits)
                return True
        case ast.Subscript(
            value=ast.Call(func=ast.Attribute(value=owner, attr="get_config")), slice=ast.Constant(value="lr") as key
        ) if plan.optimizers.include(owner):
            start, end = edits.range_of(key)
            edits.replace(start, end, edits.text(start, end).replace("lr", "learning_rate"))
            return True
    return False


def _say_of_schedule(owner: ast.expr, line: int, plan: Plan) -> None:
    """Say that a learning rate is set that Keras 3 does not set, or may not."""
    has_schedule = plan.optimizers.has_schedule(owner)
    if has_schedule is not False:
        plan.say(line, _SCHEDULE if has_schedule else f"if this is the optimizer with a schedule: {_SCHEDULE}")


def _is_rate(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in RATES


def _replace(node: ast.expr, owner: ast.expr, edits: Edits) -> None:
    """Put the learning rate of an optimizer where an expression is."""
    edits.replace(*edits.range_of(node), f"{edits.text(*edits.range_of(owner))}.learning_rate")
