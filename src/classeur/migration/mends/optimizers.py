"""What is an optimizer of Keras, and whether its learning rate is a schedule, which nothing can set."""

import ast
import re
from collections.abc import Sequence

from classeur.migration.mends.flow import Flow
from classeur.migration.mends.owners import FOREIGN, KERAS, OWN, UNKNOWN, NameOf, Owners

RATES = ("lr", "learning_rate")
_NAMED_SO = re.compile(
    r"(?:^|_)(?:opt|optim|optimi[sz]er|sgd|adam|rmsprop|nadam|adamax|ada(?:delta|grad))(?:_|\d|$)", re.I
)
_WITH_RATE = ("get_value", "set_value", "eval")  # functions of keras.backend that take a learning rate
_OF_RATE = ("assign", "assign_sub", "get_value", "numpy", "read_value", "set_value")  # methods of one


class Optimizers:
    """The optimizers of a file."""

    def __init__(self, nodes: Sequence[ast.AST], owners: Owners, flow: Flow, name_of: NameOf) -> None:
        """Take the nodes of a file, where its values come from, and the dotted names of imported things."""
        self._owners = owners
        self._flow = flow
        self._name_of = name_of
        self._compiled = [
            (owners.spelled(node.func.value), given)
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compile"
            if (given := _argument(node, ("optimizer",), 0)) is not None and owners.are_of_keras(node.func)
        ]
        self._backed = {rate for node in nodes if (rate := self._backed_by(node)) is not None}
        self._set = {rate for node in nodes if (rate := _set_by(node)) is not None}

    def include(self, node: ast.expr) -> bool:
        """Return whether an expression is an optimizer: made by Keras, or that of what may be a model."""
        found = [self._verdict(each) for each in self._flow.sources_of(node)]
        return True in found and False not in found

    def have_rate(self, node: ast.Attribute) -> bool:
        """Return whether an attribute is the learning rate of an optimizer: only that is a variable of the backend."""
        if self.include(node.value):
            return True
        is_own = isinstance(self._owners.binding_of(node.value), ast.ClassDef)
        return node in self._backed and not is_own and self._is_unknown(node.value)

    def may_have_rate(self, node: ast.Attribute) -> bool:
        """Return whether an attribute may be the learning rate of an optimizer: by the name of what has it."""
        written = (self._owners.spelled(node.value) or "").rpartition(".")[2]
        return bool(_NAMED_SO.search(written)) and self._is_unknown(node.value)

    def is_set(self, node: ast.Attribute) -> bool:
        """Return whether a learning rate is set where an expression has it."""
        return node in self._set

    def _is_unknown(self, node: ast.expr) -> bool:
        return all(self._verdict(each) is None for each in self._flow.sources_of(node))

    def has_schedule(self, node: ast.expr, depth: int = 0) -> bool | None:
        """Return whether an optimizer has a schedule as its learning rate; None if it may be one that has."""
        found: list[bool | None] = []
        for each in self._flow.sources_of(node) if depth < 2 else ():
            if isinstance(each, ast.Call) and self._is_class(each.func):
                rate = _argument(each, RATES, 0)
                rates = self._flow.sources_of(rate) if rate is not None else []
                found.append(any(self._is_schedule(part) for part in rates))
            elif isinstance(each, ast.Attribute) and each.attr == "optimizer":
                found += [self.has_schedule(one, depth + 1) for one in self._given_to(each.value)]
        if not found or not any(each is not False for each in found):
            return False
        return True if all(found) else None

    def are_made_by(self, func: ast.expr) -> bool:
        """Return whether an expression is a class of optimizers, or one of several."""
        return self._is_class(func)

    def sets_rate_of(self, made: ast.Call) -> bool:
        """Return whether the file sets the learning rate of an optimizer that it makes in a call."""
        return any(self._may_be(each.value, made) for each in self._set)

    def _may_be(self, node: ast.expr, made: ast.Call, depth: int = 0) -> bool:
        """Return whether an expression may be the optimizer that a call makes."""
        sources = self._flow.sources_of(node) if depth < 2 else []
        for each in sources:
            if each is made:
                return True
            if isinstance(each, ast.Attribute) and each.attr == "optimizer":
                given = self._given_to(each.value)
                if not given or any(self._may_be(one, made, depth + 1) for one in given):
                    return True
            elif not isinstance(each, ast.Call | ast.Constant) and self._verdict(each) is not False:
                return True  # nothing says which it is
        return False

    def _given_to(self, model: ast.expr) -> list[ast.expr]:
        """Return the optimizers that a model is compiled with: those of all models, if it is not known as one."""
        written = self._owners.spelled(model)
        return [given for name, given in self._compiled if name == written] or [given for _, given in self._compiled]

    def _verdict(self, node: ast.expr) -> bool | None:
        """Return whether an expression is an optimizer of Keras; None if nothing says it."""
        owners = self._owners
        origin = owners.origin_of(node)
        match node:
            case ast.Call(func=func) if self._is_class(func):
                return True
            case ast.Attribute(attr="optimizer", value=owner):
                if origin == KERAS or (origin == UNKNOWN and owners.may_be_of_keras(owner)):
                    return True
            case ast.Name(id="optimizer") if owners.may_be_of_keras(node):
                return True
        return False if origin in (FOREIGN, OWN) else None

    def _is_class(self, func: ast.expr) -> bool:
        name = self._name_of(func) or self._owners.inherited(func)
        if name is None and isinstance(func, ast.Name | ast.Subscript | ast.Call):
            sources = [each for each in self._flow.sources_of(func) if each is not func]
            return bool(sources) and all(self._name_of(each) and self._is_class(each) for each in sources)
        if name is None or ".schedules" in name:
            return False
        of_tensorflow = name.startswith("tensorflow.train.") and name.endswith("Optimizer")
        return name.startswith("keras.optimizers.") or of_tensorflow or name.endswith(".LossScaleOptimizer")

    def _is_schedule(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Call):
            return False
        name = self._name_of(node.func) or self._owners.base_of(node.func) or ""
        return name.startswith("keras.optimizers.schedules.")

    def _backed_by(self, node: ast.AST) -> ast.expr | None:
        """Return the learning rate that a function of the backend takes, or a method of variables is called of."""
        match node:
            case ast.Call(func=func, args=[ast.Attribute() as rate, *_]) if rate.attr in RATES:
                name = (self._name_of(func) or "").removeprefix("keras.backend.")
                return rate if name in _WITH_RATE else None
            case ast.Attribute(value=ast.Attribute() as rate, attr=name) if rate.attr in RATES:
                return rate if name in _OF_RATE else None
        return None


def _argument(call: ast.Call, names: tuple[str, ...], position: int) -> ast.expr | None:
    named = next((each.value for each in call.keywords if each.arg in names), None)
    return named or (call.args[position] if len(call.args) > position else None)


def _set_by(node: ast.AST) -> ast.Attribute | None:
    """Return the learning rate that a statement or a call sets."""
    match node:
        case ast.Attribute(attr="lr" | "learning_rate", ctx=ast.Store()):
            return node
        case (
            ast.Call(func=ast.Attribute(attr="assign" | "assign_sub" | "set_value", value=ast.Attribute() as rate))
            | ast.Call(func=ast.Attribute(attr="set_value"), args=[ast.Attribute() as rate, *_])
            | ast.Call(func=ast.Name(id="set_value"), args=[ast.Attribute() as rate, *_])
        ) if rate.attr in RATES:
            return rate
    return None
