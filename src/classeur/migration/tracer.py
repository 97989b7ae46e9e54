"""Values followed through a file, statement by statement, without running it.

Functions are run where they are called, or once with unknown arguments if they are never called.
"""

import ast
import contextlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from classeur.migration.calls import Calls
from classeur.migration.expressions import Expressions
from classeur.migration.functions import Functions
from classeur.migration.state import State
from classeur.migration.statements import Statements
from classeur.migration.values import Opaque, Trace, Value


class Parsed(NamedTuple):
    """One cell, or a whole file."""

    cell: int | None
    code: str
    tree: ast.Module


def trace(cells: Sequence[Parsed]) -> Trace:
    r"""Return what happens to generators, models and predictions in a file, or in a notebook's cells in order.

    >>> code = "from keras.preprocessing.image import ImageDataGenerator\ngen = ImageDataGenerator(rescale=1 / 255)"
    >>> [generator.arguments for generator in trace([Parsed(None, code, ast.parse(code))]).generators]
    [{'rescale': 0.00392...}]
    """
    tracer = _Tracer()
    with contextlib.suppress(RecursionError):  # what was recorded until then is valid
        tracer.run(cells)
    return tracer.state.trace


class _Tracer:
    """The parts of the tracer, each given the functions of others that it needs, such as evaluating a call."""

    def __init__(self) -> None:
        self.state = State()
        expressions = Expressions(self.state, self._call)
        self._statements = Statements(self.state, expressions)
        self._functions = Functions(self.state, expressions.evaluate, self._statements.run_body)
        self._calls = Calls(self.state, expressions, self._functions)

    def _call(self, node: ast.Call) -> Value:
        return self._calls.call(node)

    def run(self, cells: Sequence[Parsed]) -> None:
        for parsed in cells:
            self.state.cell, self.state.lines = parsed.cell, re.split(r"\r\n|\r|\n", parsed.code)
            self._statements.run_body(parsed.tree.body)
        defined = self._statements.functions
        position = 0
        while position < len(defined):  # running one may define others
            function, owner = defined[position]
            position += 1
            if function.node not in self._functions.called:
                is_bound = owner is not None and function.node.name in owner.bound
                method = replace(function, receiver=owner.newest) if owner and is_bound else function
                self._functions.run(method, [], {"**": Opaque()})
