"""Functions of the file, run where they are called: not for ever, and not for ever deeper."""

import ast

from classeur.migration.evaluating import Evaluator
from classeur.migration.scopes import Scope
from classeur.migration.values import Arguments, Function, Opaque, Record, Value

_MAX_CALLS, _MAX_DEPTH = 400, 6


class Runner(Evaluator):
    """Functions of the file."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[ast.AST] = []
        self.called: set[ast.AST] = set()
        self.returned: list[Value] = []
        self._num_calls = 0

    def run_body(self, body: list[ast.stmt]) -> None:
        """Carry out statements."""
        raise NotImplementedError

    def run(
        self, function: Function, positional: list[Value], keywords: Arguments, *, receiver: Record | None = None
    ) -> Value:
        """Return what a function of the file returns."""
        node = function.node
        self.called.add(node)
        self._num_calls += 1
        if node in self.stack or len(self.stack) >= _MAX_DEPTH or self._num_calls > _MAX_CALLS:
            return Opaque()
        outer, self.scope = self.scope, Scope(function.scope)
        returned, self.returned = self.returned, []
        here = self.cell, self.lines
        self.stack.append(node)
        try:
            self.cell, self.lines = function.cell, function.lines
            self._bind_parameters(node.args, ([receiver] if receiver else []) + positional, keywords)
            self.run_body(node.body)
            first = self.returned[0] if self.returned else None
            return first if all(value is first for value in self.returned) else Opaque()
        finally:
            self.stack.pop()
            self.cell, self.lines = here
            self.scope, self.returned = outer, returned

    def _bind_parameters(self, parameters: ast.arguments, positional: list[Value], keywords: Arguments) -> None:
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        values: Arguments = {name: Opaque() for name in (*names, *(each.arg for each in parameters.kwonlyargs))}
        if "**" not in keywords:
            defaults = parameters.defaults
            pairs = [*zip(names[len(names) - len(defaults) :], defaults, strict=True)]
            pairs += [
                (each.arg, default)
                for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
                if default is not None
            ]
            values |= {name: self.evaluate(default) for name, default in pairs}
        values |= dict(zip(names, positional, strict=False))
        values |= {name: value for name, value in keywords.items() if name in values}
        for extra in (parameters.vararg, parameters.kwarg):
            if extra:
                values[extra.arg] = Opaque()
        self.scope.names |= values
