"""Keys of a history: names of metrics, also in lists, arguments and tables that are made of it."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from classeur.migration.mends.flow import Flow
from classeur.migration.mends.owners import DEEPEST, NameOf, Owners

_RATES_LOGGED = ("keras.callbacks.LearningRateScheduler", "keras.callbacks.ReduceLROnPlateau")
_BY_COLUMN = ("plot", "bar", "line", "sort_values", "nlargest", "nsmallest", "drop", "groupby")
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
        has_some = bool(logged) or any(isinstance(node, ast.Attribute) and node.attr == "history" for node in nodes)
        asked = [each for node in nodes for each in self._asked(node)] if has_some else []
        self.keys = set(self._texts(asked))
        self.keys_in_parts = {
            source for each in asked for source in flow.sources_of(each) if isinstance(source, ast.JoinedStr)
        }
        self.columns = {
            node
            for node in nodes
            if has_some and isinstance(node, ast.Attribute) and node.attr.endswith("acc") and self._is_table(node.value)
        }
        self.have_rate = any(name_of(call.func) in _RATES_LOGGED for call in calls) and not any(
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.slice, ast.Constant)
            and node.slice.value == "lr"
            for node in nodes
        )

    def include(self, node: ast.expr, depth: int = 0) -> bool:
        """Return whether an expression is the history of a training, and of no object of the file."""
        found = self._flow.sources_of(node) if depth < DEEPEST else []
        return bool(found) and all(self._is_history(each, depth + 1) for each in found)

    def _is_history(self, node: ast.expr, depth: int) -> bool:
        match node:
            case ast.Attribute(value=value, attr="history"):
                return self._owners.may_be_of_keras(value)
            case ast.DictComp(generators=[ast.comprehension(iter=ast.Call(func=ast.Attribute(value=value)))]):
                return self.include(value, depth)  # of its items
            case (
                ast.Call(func=ast.Attribute(value=value, attr="copy"))
                | ast.Call(func=ast.Name(id="dict"), args=[value])
            ):
                return self.include(value, depth)
        return False

    def _asked(self, node: ast.AST) -> Iterator[ast.expr]:
        """Yield what a history, or a table of one, is asked for."""
        match node:
            case ast.Subscript(value=value, slice=key):
                if self._is_table(value) or (self.include(value) and not self._is_traced(value, key)):
                    yield key
            case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[value]) if self.include(value):
                yield key
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, *_]) if self.include(value):
                yield key
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args, keywords=keywords) if (
                attr in _BY_COLUMN
            ):
                if self._is_table(value):
                    yield from (*args, *(each.value for each in keywords if each.arg in ("y", "by", "columns")))

    def _is_traced(self, history: ast.expr, key: ast.expr) -> bool:
        """Return whether a text is asked of a history itself, whose model the tracer may know."""
        sources = self._flow.sources_of(history)
        return isinstance(key, ast.Constant) and all(isinstance(each, ast.Attribute) for each in sources)

    def _is_table(self, node: ast.expr, depth: int = 0) -> bool:
        """Return whether an expression is a table of a history, or a part of one."""
        if depth > DEEPEST:
            return False
        match node:
            case ast.Attribute(value=value, attr="loc" | "plot" | "T") | ast.Subscript(value=value):
                return self._is_table(value, depth + 1)
        for source in self._flow.sources_of(node):
            if isinstance(source, ast.Attribute | ast.Subscript) and self._is_table(source, depth + 1):
                continue
            if not isinstance(source, ast.Call):
                return False
            name = self._name_of(source.func)
            if name in _TABLES and source.args and self._are_in(source.args[0]):
                continue
            if name == "pandas.read_csv" and any(each.value in self._logged for each in self._texts(source.args[:1])):
                continue
            if isinstance(source.func, ast.Attribute) and name is None and self._is_table(source.func.value, depth + 1):
                continue
            return False
        return True

    def _are_in(self, node: ast.expr) -> bool:
        """Return whether an expression is a history or a list of them."""
        if isinstance(node, ast.DictComp):
            return self.include(node) or self.include(node.value)
        items = node.values if isinstance(node, ast.Dict) else self._flow.items_of(node)
        return self.include(node) or (bool(items) and all(self.include(each) for each in items))

    def _texts(self, nodes: Iterable[ast.expr], seen: frozenset[ast.expr] = frozenset()) -> Iterator[ast.Constant]:
        """Yield the texts that expressions are made of."""
        for node in nodes:
            for source in self._flow.sources_of(node):
                if source in seen:
                    continue
                parts: list[ast.expr] = []
                match source:
                    case ast.Constant(value=str()):
                        yield source
                    case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.JoinedStr(values=parts):
                        pass
                    case ast.BinOp(op=ast.Add(), left=left, right=right):
                        parts = [left, right]
                    case ast.BinOp(op=ast.Mod(), left=left, right=right):
                        parts = [left, right]
                    case ast.FormattedValue(value=value):
                        parts = [value]
                    case ast.Call(func=ast.Attribute(value=left, attr="format"), args=args):
                        parts = [left, *args]
                yield from self._texts(parts, seen | {source})
