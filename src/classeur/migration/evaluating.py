"""What an expression is worth, as far as it can be known without running it."""

import ast
from typing import Any

from classeur.migration.api import canonical
from classeur.migration.scopes import Scope, counted, fold, is_number, join_path, text_of
from classeur.migration.values import (
    History,
    Imported,
    Iterator,
    Meeting,
    Model,
    Naming,
    Opaque,
    Place,
    Record,
    Steps,
    Tag,
    Tensor,
    Trace,
    Value,
    given,
    tags_of,
)

_ORDER_ATTRIBUTES = ("classes", "labels", "filenames", "filepaths")
_COUNT_ATTRIBUTES = ("samples", "n", "nb_sample")
_COLOURS = frozenset(["red", "green", "blue", "black", "white", "yellow", "orange", "gray", "grey"])


class Evaluator:
    """Expressions; calls and statements are added by the classes below."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.scope = Scope()
        self.cell: int | None = None
        self.lines: list[str] = []
        self.depth = 0
        self._written: dict[int, tuple[Any, Place]] = {}  # lists and dicts that stand in the code, and where

    def call(self, node: ast.Call) -> Value:
        """Return what a call returns."""
        raise NotImplementedError

    def bind(self, target: ast.AST, value: Value) -> None:
        """Give a value to a name, or to what else stands left of an assignment."""
        raise NotImplementedError

    def place(self, node: Any) -> Place:
        """Return where a node stands."""
        return Place(
            self.cell,
            node.lineno,
            self._column(node.lineno, node.col_offset),
            node.end_lineno,
            self._column(node.end_lineno, node.end_col_offset),
        )

    def _column(self, line: int, num_bytes: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return (num_bytes if text.isascii() else len(text.encode()[:num_bytes].decode(errors="replace"))) + 1

    def evaluate(self, node: Any) -> Value:
        """Return the value of an expression."""
        match node:
            case None:
                return None
            case ast.Constant(value=value):
                return value if value is None or isinstance(value, str | bool | int | float) else Opaque()
            case ast.Name(id=name):
                return self.scope.find(name)
            case ast.Attribute():
                return self.attribute(self.evaluate(node.value), node.attr)
            case ast.Call():
                return self.call(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operate(self.evaluate(left), op, self.evaluate(right), node)
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.evaluate(operand))
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return self._noted(node, self._items(items))
            case ast.Dict():
                return self._noted(node, self._dict(node))
            case ast.Subscript():
                return self._subscript(node)
            case ast.JoinedStr(values=parts):
                return "".join(self._shown(part) for part in parts)
            case ast.Compare():
                values = [self.evaluate(each) for each in (node.left, *node.comparators)]
                return Opaque(self.meet(frozenset().union(*map(tags_of, values)), None, node))
            case ast.IfExp():
                return self._if_expression(node)
            case ast.NamedExpr(target=target, value=value):
                result = self.evaluate(value)
                self.bind(target, result)
                return result
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.Lambda() | ast.Slice():
                return Opaque()
            case ast.Starred(value=value):
                return Opaque(tags_of(self.evaluate(value)))
            case _:
                children = [self.evaluate(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
                return Opaque(frozenset().union(*map(tags_of, children)))

    def attribute(self, value: Value, name: str) -> Value:
        """Return an attribute."""
        match value:
            case Imported(name=module, by_star=by_star):
                return Imported(canonical(f"{module}.{name}"), by_star)
            case Iterator():
                if name in _ORDER_ATTRIBUTES:
                    return Opaque(frozenset({Tag("order", value)}))
                if name in _COUNT_ATTRIBUTES:
                    return Opaque(frozenset({Tag("count", value)}))
                return given(value.arguments, "batch_size", 32) if name == "batch_size" else Opaque()
            case Model():
                return Tensor(tuple(value.layers)) if name == "output" else Opaque()
            case History():
                return value if name == "history" else Opaque()
            case Record():
                return value.attributes.setdefault(name, Opaque())
            case Opaque():
                tags = value.tags if name in ("T", "values", "flat", "real") else frozenset()
                return value.parts.setdefault(f".{name}", Opaque(tags))
            case _:
                return Opaque()

    def operate(self, left: Value, op: ast.operator, right: Value, node: ast.AST) -> Value:
        """Return the result of an operator."""
        tags = tags_of(left) | tags_of(right)
        match op:
            case ast.FloorDiv():
                negated = isinstance(node, ast.BinOp) and isinstance(node.left, ast.UnaryOp)
                if isinstance(left, int) and isinstance(right, int) and right and not negated and left % right == 0:
                    return left // right
                return Steps("negated" if negated else "floor", counted(left))
            case ast.Div():
                if isinstance(left, str) or (isinstance(right, str) and isinstance(left, Opaque)):
                    return join_path(left, right)
                if (number := fold(left, op, right)) is not None:
                    return number
                if not any(tag.kind != "count" for tag in tags):
                    return Steps("ratio", counted(left))
            case ast.Add():
                if isinstance(left, Steps):
                    whole = isinstance(right, int) and right > 0
                    return Steps("past" if whole and not isinstance(right, bool) else "ceil", left.iterator)
                if isinstance(left, str) or isinstance(right, str):
                    return f"{text_of(left)}{text_of(right)}"
                if isinstance(left, list) and isinstance(right, list):
                    return left + right
                if (number := fold(left, op, right)) is not None:
                    return number
            case ast.Sub() | ast.Mult() if (number := fold(left, op, right)) is not None:
                return number
            case ast.Mod() if isinstance(left, str):
                return Opaque()
        scaled = isinstance(op, ast.Mult | ast.Div | ast.Sub)
        met = self.meet(tags, None, node)
        return Opaque(frozenset(tag for tag in met if not (scaled and tag.kind in ("pixels", "uint8"))))

    def meet(self, tags: frozenset[Tag], function: str | None, node: ast.AST) -> frozenset[Tag]:
        """Note that predictions and the order of their images met, once; return the tags that go on."""
        predicted = {tag.source for tag in tags if tag.kind == "predicted"}
        met = predicted & {tag.source for tag in tags if tag.kind == "order"}
        if met or (function and predicted):
            self.trace.meetings.append(Meeting(tags, function, self.place(node)))
        return frozenset(tag for tag in tags if not (tag.kind in ("order", "predicted") and tag.source in met))

    def _noted(self, node: ast.AST, value: Value) -> Value:
        self._written[id(value)] = (value, self.place(node))
        return value

    def name_classes(self, names: Value, place: Place | None = None) -> None:
        """Note that names stand for classes, in that order."""
        if isinstance(names, dict) and list(names) == list(range(len(names))):
            texts = list(names.values())
        else:
            texts = list(names) if isinstance(names, list | tuple) else []
        written = self._written.get(id(names))
        where = place or (written[1] if written else None)
        plain = len(texts) > 1 and all(isinstance(text, str) and "⟨" not in text for text in texts)
        if where and plain and not all(text.lower() in _COLOURS for text in texts):
            self.trace.namings.append(Naming(tuple(texts), where))

    def _unary(self, op: ast.unaryop, value: Value) -> Value:
        if isinstance(op, ast.USub):
            if is_number(value):
                return -value
            if isinstance(value, Steps):
                return Steps("ceil" if value.kind == "negated" else "ratio", value.iterator)
        return Opaque(tags_of(value))

    def _items(self, items: list[ast.expr]) -> list[Value]:
        values: list[Value] = []
        for item in items:
            value = self.evaluate(item.value if isinstance(item, ast.Starred) else item)
            if isinstance(item, ast.Starred) and isinstance(value, list):
                values += value
            else:
                values.append(value)
        return values

    def _dict(self, node: ast.Dict) -> dict[Any, Value]:
        result: dict[Any, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            item = self.evaluate(value)
            if key is None:
                result |= item if isinstance(item, dict) else {"**": Opaque()}
                continue
            name = self.evaluate(key)
            result[name if isinstance(name, str | int | float | bool) else Opaque()] = item
        return result

    def _subscript(self, node: ast.Subscript) -> Value:
        value, index = self.evaluate(node.value), self.evaluate(node.slice)
        if isinstance(value, History):
            self.trace.histories[self.place(node)] = value
            return Opaque()
        if isinstance(value, list | dict) and any(tag.kind in ("output", "predicted") for tag in tags_of(index)):
            self.name_classes(value)
            return Opaque(tags_of(value))
        if isinstance(value, dict) and isinstance(index, str | int):
            return value.get(index, Opaque())
        if isinstance(value, list | tuple) and isinstance(index, int) and -len(value) <= index < len(value):
            return value[index]
        tags = self.meet(tags_of(value) | tags_of(index), None, node)
        if isinstance(value, Opaque) and isinstance(index, str | int):
            return value.parts.setdefault(repr(index), Opaque(tags))
        return Opaque(tags)

    def _shown(self, part: ast.expr) -> str:
        return text_of(self.evaluate(part.value if isinstance(part, ast.FormattedValue) else part))

    def _if_expression(self, node: ast.IfExp) -> Value:
        tags = tags_of(self.evaluate(node.test))
        yes, no = self.evaluate(node.body), self.evaluate(node.orelse)
        test = node.test
        if (
            isinstance(test, ast.Compare)
            and len(test.ops) == 1
            and any(t.kind in ("output", "predicted") for t in tags)
        ):
            limit = self.evaluate(test.comparators[0])
            first_is_yes = isinstance(test.ops[0], ast.Lt | ast.LtE) or (
                isinstance(test.ops[0], ast.Eq) and limit in (0, 0.0)
            )
            if is_number(limit) and isinstance(yes, str) and isinstance(no, str):
                self.name_classes([yes, no] if first_is_yes else [no, yes], self.place(node))
        if yes is no or (isinstance(yes, str | int | float) and yes == no):
            return yes
        return Opaque(tags_of(yes) | tags_of(no) | tags)

    def _comprehension(self, node: Any) -> Value:
        outer, self.scope = self.scope, Scope(self.scope)
        try:
            for generator in node.generators:
                iterated = self.evaluate(generator.iter)
                self.bind(generator.target, self.item_of(iterated, generator.iter))
                for test in generator.ifs:
                    self.evaluate(test)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            return Opaque(frozenset().union(*(tags_of(self.evaluate(part)) for part in parts)))
        finally:
            self.scope = outer

    def item_of(self, value: Value, node: ast.AST) -> Value:
        """Return what a loop over the value yields."""
        del node
        return Opaque(tags_of(value))
