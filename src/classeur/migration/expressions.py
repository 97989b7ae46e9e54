"""The value of an expression, as far as it is known without running the code."""

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from classeur.migration import pictures
from classeur.migration.api import canonical
from classeur.migration.operators import operate
from classeur.migration.scopes import COUNT_ATTRIBUTES, Scope, is_number, text_of
from classeur.migration.state import State
from classeur.migration.values import (
    Dataset,
    Drawn,
    Generator,
    History,
    Imported,
    Iterator,
    Model,
    Opaque,
    Record,
    Steps,
    Tag,
    Tensor,
    Use,
    Value,
    are_equal,
    given,
    is_known,
    tags_of,
)

_MOST_ITEMS = 8  # of a list whose items are followed one by one
_ORDER_ATTRIBUTES = ("classes", "labels", "filenames", "filepaths")


class Expressions:
    """The values of expressions."""

    def __init__(self, state: State, call: Callable[[ast.Call], Value]) -> None:
        """Take the tracer's state and the evaluator of calls."""
        self._state = state
        self._call = call

    def evaluate(self, node: Any) -> Value:
        """Return the value of an expression."""
        match node:
            case None:
                return None
            case ast.Constant(value=value):
                return value if value is None or isinstance(value, str | bool | int | float) else Opaque()
            case ast.Name(id=name):
                return self._state.scope.find(name)
            case ast.Attribute():
                return self.attribute(self.evaluate(node.value), node.attr)
            case ast.Call():
                return self._call(node)
            case ast.BinOp(left=left, op=op, right=right):
                return operate(self._state, self.evaluate(left), op, self.evaluate(right), node)
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.evaluate(operand))
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return self._state.noted(node, self._items(items))
            case ast.Dict():
                return self._state.noted(node, self._dict(node))
            case ast.Subscript():
                return self._subscript(node)
            case ast.JoinedStr(values=parts):
                return "".join(self._shown(part) for part in parts)
            case ast.Compare():
                values = [self.evaluate(each) for each in (node.left, *node.comparators)]
                return Opaque(self._state.meet(frozenset().union(*map(tags_of, values)), None, node))
            case ast.IfExp():
                return self._if_expression(node)
            case ast.NamedExpr(target=target, value=value):
                result = self.evaluate(value)
                self.bind(target, result)
                return result
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.Lambda():
                return self._state.function_of(node)
            case ast.Slice():
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
                if name in COUNT_ATTRIBUTES:
                    return Opaque(frozenset({Tag("count", value)}))
                return given(value.arguments, "batch_size", 32) if name == "batch_size" else Opaque()
            case Model():
                return Tensor(tuple(value.layers)) if name == "output" else Opaque()
            case History():
                return value if name == "history" else Opaque()
            case Record():
                return value.attributes.setdefault(name, Opaque())
            case Steps() if name == "shape":
                return Opaque(frozenset({Tag("shape", value)}))
            case Opaque():
                tags = value.tags if name in ("T", "values", "flat", "real") else frozenset()
                if name in COUNT_ATTRIBUTES or name == "shape":
                    tags = frozenset({Tag("length" if name != "shape" else "shape", value)})
                return value.parts.setdefault(f".{name}", Opaque(tags))
            case _:
                return Opaque()

    def _unary(self, op: ast.unaryop, value: Value) -> Value:
        if isinstance(op, ast.USub):
            if is_number(value):
                return -value
            if isinstance(value, Steps):
                return replace(value, kind="ceil" if value.kind == "negated" else "ratio")
        return Opaque(pictures.without(tags_of(value), "pixels", "unchanged"))

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
            self._state.trace.histories[self._state.place(node)] = value
            return Opaque()
        if isinstance(value, list | dict) and any(tag.kind in ("output", "predicted") for tag in tags_of(index)):
            self._state.name_classes(value)
            return Opaque(tags_of(value))
        if isinstance(value, dict) and isinstance(index, str | int):
            return value.get(index, Opaque())
        if isinstance(value, list | tuple) and isinstance(index, int) and -len(value) <= index < len(value):
            return value[index]
        tags = self._state.meet(pictures.indexed(tags_of(value), node.slice) | tags_of(index), None, node)
        shape = next((tag.source for tag in tags if tag.kind == "shape"), None)
        if shape is not None:
            tags = frozenset({Tag("length", shape)} if index == 0 else ())
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
                self._state.name_classes([yes, no] if first_is_yes else [no, yes], self._state.place(node))
        truth = self.truth(test)
        if truth is not None:
            return yes if truth else no
        if yes is no or (isinstance(yes, str | int | float) and yes == no):
            return yes
        return Opaque(tags_of(yes) | tags_of(no) | tags)

    def truth(self, node: ast.expr) -> bool | None:
        """Return whether a condition holds; None if that is not known, or may change in a loop."""
        if self._state.loops > self._state.entered[1]:
            return None
        match node:
            case ast.Name() | ast.Constant():
                value = self.evaluate(node)
                return value if isinstance(value, bool) else False if value is None else None
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                truth = self.truth(operand)
                return None if truth is None else not truth
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]):
                value = self.evaluate(left)
                if isinstance(value, Opaque | Imported) and not tags_of(value):
                    return None
                return (value is None) is isinstance(op, ast.Is)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
                first, second = self.evaluate(left), self.evaluate(right)
                if all(isinstance(each, str | bool | int) and is_known(each) for each in (first, second)):
                    return (first == second) is isinstance(op, ast.Eq)
        return None

    def _comprehension(self, node: Any) -> Value:
        outer, self._state.scope = self._state.scope, Scope(self._state.scope)
        loops = self._state.loops
        try:
            if (items := self._listed(node)) is not None:
                return items
            for generator in node.generators:
                iterated = self.evaluate(generator.iter)
                self.bind(generator.target, self.item_of(iterated, generator.iter))
                for test in generator.ifs:
                    self.evaluate(test)
            self._state.loops += 1
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            return Opaque(frozenset().union(*(tags_of(self.evaluate(part)) for part in parts)))
        finally:
            self._state.scope, self._state.loops = outer, loops

    def _listed(self, node: Any) -> Value:
        """Return the items of a comprehension over a short list that is known, each evaluated; else None."""
        first = node.generators[0]
        if len(node.generators) > 1 or first.ifs or not isinstance(first.iter, ast.List | ast.Tuple | ast.Name):
            return None
        iterated = self.evaluate(first.iter)
        if not isinstance(iterated, list) or not 0 < len(iterated) <= _MOST_ITEMS or isinstance(node, ast.SetComp):
            return None
        found: list[tuple[Value, Value]] = []
        for item in iterated:
            self.bind(first.target, item)
            key = self.evaluate(node.key) if isinstance(node, ast.DictComp) else None
            found.append((key, self.evaluate(node.value if isinstance(node, ast.DictComp) else node.elt)))
        if not isinstance(node, ast.DictComp):
            return [value for _, value in found]
        return {key if isinstance(key, str | int) else Opaque(): value for key, value in found}

    def item_of(self, value: Value, node: ast.AST) -> Value:
        """Return the items of a loop over a value."""
        if isinstance(value, Iterator):
            return self.draw(value, "for", node)
        if isinstance(value, Dataset):
            return value.element
        for each in value if isinstance(value, list) else ():
            if isinstance(each, Generator):
                each.is_fitted = True  # perhaps, in the loop
        return Opaque(tags_of(value))

    def draw(self, iterator: Iterator, method: str, node: ast.AST) -> Value:
        """Return the next batch of an iterator."""
        place = self._state.place(node)
        self._state.trace.uses.append(Use("next", method, None, iterator, {}, place, {}))
        return Opaque(frozenset({Tag("batch", Drawn(iterator, place))}))

    def bind(self, target: Any, value: Value) -> None:
        """Give a value to a name or another assignment target."""
        match target:
            case ast.Name(id=name):
                self._state.scope.names[name] = value
                if isinstance(value, Iterator | Dataset) and name not in value.names:
                    value.names.append(name)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                known = isinstance(value, list | tuple) and len(value) == len(targets)
                starred = any(isinstance(each, ast.Starred) for each in targets)
                for number, each in enumerate(targets):
                    part = value[number] if known and not starred else Opaque(tags_of(value))
                    self.bind(each.value if isinstance(each, ast.Starred) else each, part)
            case ast.Attribute(value=owner, attr=name):
                record = self.evaluate(owner)
                if isinstance(record, Record):
                    self._put(record.attributes, name, value)
                elif isinstance(record, Opaque):
                    self._put(record.parts, f".{name}", value)
                elif isinstance(record, Iterator):
                    self._put(record.arguments, name, value)
                elif isinstance(record, Generator):
                    record.is_fitted = True  # its mean, most likely
                if isinstance(value, Iterator | Dataset) and name not in value.names:
                    value.names.append(name)
            case ast.Subscript(value=owner, slice=index):
                container, key = self.evaluate(owner), self.evaluate(index)
                if isinstance(container, dict) and isinstance(key, str | int):
                    self._put(container, key, value)
                elif isinstance(container, Opaque) and isinstance(key, str | int):
                    self._put(container.parts, repr(key), value)
            case _:
                pass

    def _put(self, values: dict[Any, Value], key: Any, value: Value) -> None:
        """Set an attribute or an item; in a branch that may not be taken, what it was before is possible too."""
        if self._state.is_passed_over:
            return
        uncertain = self._state.depth > self._state.entered[0] and key in values
        values[key] = Opaque() if uncertain and not are_equal(values[key], value) else value
