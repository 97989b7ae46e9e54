"""Keys of a history: names of metrics, also in lists, arguments and tables that are made of it."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from classeur.migration.mends.flow import Flow
from classeur.migration.mends.owners import DEEPEST, NameOf, Owners

_RATES_LOGGED = ("keras.callbacks.LearningRateScheduler", "keras.callbacks.ReduceLROnPlateau")
_TABLES = ("pandas.DataFrame", "pandas.DataFrame.from_dict")


class Histories:
    """What a file takes from the histories of its trainings."""

    def __init__(self, nodes: Sequence[ast.AST], flow: Flow, owners: Owners, name_of: NameOf) -> None:
        """Take the nodes of a file, where its values come from, and the dotted names of imported things."""
        self._flow = flow
        self._owners = owners
        self._name_of = name_of
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        logged = {
            path.value
            for call in calls
            if name_of(call.func) == "keras.callbacks.CSVLogger"
            for path in self._texts(call.args[:1] + [each.value for each in call.keywords if each.arg == "filename"])
        }
        self._logged = logged
        self.keys = {key for node in nodes for asked in self._asked(node) for key in self._texts([asked])}
        self.columns = {
            node
            for node in nodes
            if isinstance(node, ast.Attribute) and node.attr.endswith("acc") and self._is_table(node.value)
        }
        self.have_rate = any(name_of(call.func) in _RATES_LOGGED for call in calls) and not any(
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.slice, ast.Constant)
            and node.slice.value == "lr"
            for node in nodes
        )

    def include(self, node: ast.expr) -> bool:
        """Return whether an expression is the history of a training, and of no object of the file."""
        found = self._flow.sources_of(node)
        return bool(found) and all(
            isinstance(each, ast.Attribute) and each.attr == "history" and self._owners.may_be_of_keras(each.value)
            for each in found
        )

    def _asked(self, node: ast.AST) -> Iterator[ast.expr]:
        """Yield what a history, or a table of one, is asked for."""
        match node:
            case ast.Subscript(value=value, slice=key):
                if self._is_table(value) or (not isinstance(key, ast.Constant) and self.include(value)):
                    yield key
            case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[value]) if self.include(value):
                yield key
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, *_]) if self.include(value):
                yield key
            case ast.Call(func=ast.Attribute(value=value, attr="plot"), keywords=keywords) if self._is_table(value):
                yield from (each.value for each in keywords if each.arg == "y")

    def _is_table(self, node: ast.expr, depth: int = 0) -> bool:
        """Return whether an expression is a table of a history, or a part of one."""
        if depth > DEEPEST:
            return False
        match node:
            case ast.Attribute(value=value, attr="loc" | "plot" | "tail" | "head") | ast.Subscript(value=value):
                return self._is_table(value, depth + 1)
        for source in self._flow.sources_of(node):
            if not isinstance(source, ast.Call):
                return False
            name = self._name_of(source.func)
            if name in _TABLES and source.args and self.include(source.args[0]):
                continue
            if name == "pandas.read_csv" and any(each.value in self._logged for each in self._texts(source.args[:1])):
                continue
            if isinstance(source.func, ast.Attribute) and name is None and self._is_table(source.func.value, depth + 1):
                continue
            return False
        return True

    def _texts(self, nodes: Iterable[ast.expr], depth: int = 0) -> Iterator[ast.Constant]:
        """Yield the texts that expressions are made of."""
        for node in nodes if depth < DEEPEST else ():
            for source in self._flow.sources_of(node):
                parts: list[ast.expr] = []
                match source:
                    case ast.Constant(value=str()):
                        yield source
                    case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.JoinedStr(values=parts):
                        pass
                    case ast.BinOp(op=ast.Add(), left=left, right=right):
                        parts = [left, right]
                    case ast.BinOp(op=ast.Mod(), right=right):
                        parts = [right]
                    case ast.FormattedValue(value=value):
                        parts = [value]
                    case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="format"), args=parts):
                        pass
                yield from self._texts(parts, depth + 1)
