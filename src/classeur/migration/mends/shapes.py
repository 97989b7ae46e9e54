"""Shapes of tensors: those of Keras 3's layers are tuples, and only in `shape`."""

import ast

from classeur.migration.edits import Edits
from classeur.migration.mends.plan import Plan


def mend_call_of_shape(node: ast.Call, plan: Plan, edits: Edits) -> bool:
    """Update `x.get_shape()` and `x.shape.as_list()`; return whether a call is one of them."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner, attr="as_list"), args=[]):
            shape, tensor = inner, _with_shape(inner)
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=tensor, attr="shape") as shape, attr="as_list"), args=[]
        ):
            pass
        case ast.Call() if (tensor := _with_shape(node)) is not None and plan.owners.may_be_of_keras(tensor):
            edits.replace(*edits.range_of(node), f"{edits.text(*edits.range_of(tensor))}.shape")
            return True
        case _:
            return False
    if tensor is None or not plan.owners.may_be_of_keras(tensor) or "list" in plan.rebound:
        return False
    edits.replace(*edits.range_of(node), f"list({edits.text(*edits.range_of(shape))})")
    return True


def _with_shape(node: ast.Call) -> ast.expr | None:
    """Return what a call takes the shape of."""
    match node:
        case ast.Call(func=ast.Attribute(value=tensor, attr="get_shape"), args=[], keywords=[]):
            return tensor
    return None
