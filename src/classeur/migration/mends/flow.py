"""Where the value of an expression may come from: through names, loops, lists, dicts, arguments and attributes."""

import ast
from collections.abc import Iterable

from classeur.migration.mends.owners import DEEPEST, Owners

_SAME_ITEMS = ("list", "tuple", "set", "sorted", "reversed", "iter")
_ONE_ITEM = ("next", "random.choice", "numpy.random.choice")
_MOST_STEPS = 200  # functions that call each other have more sources than anything can use
_COPIES = ("copy.copy", "copy.deepcopy")


class Flow:
    """The expressions that others may have the value of."""

    def __init__(self, nodes: Iterable[ast.AST], owners: Owners) -> None:
        """Take the nodes of a file and what its names are bound to."""
        self._owners = owners
        self._found: dict[int, list[ast.expr]] = {}  # sources, by the expression of the file
        self._steps = 0  # that are left for the expression that is followed
        self._calls: dict[str, list[ast.Call]] = {}  # by the last name of what is called
        self._added: dict[str, list[tuple[ast.expr | None, ast.expr]]] = {}  # to lists and dicts: key and value
        for node in nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=value, attr="append" | "insert"), args=[*_, item]):
                    self._add(value, None, item)
                case ast.Assign(targets=[ast.Subscript(value=value, slice=key)], value=item):
                    self._add(value, key, item)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                self._calls.setdefault(name, []).append(node)

    def sources_of(self, node: ast.expr, depth: int = 0) -> list[ast.expr]:
        """Return the expressions whose value an expression may have: itself, if it is not known further."""
        if depth > 0:
            return self._followed(node, depth)
        if id(node) in self._found:
            return self._found[id(node)]
        self._steps = _MOST_STEPS
        found = self._followed(node, depth)
        if hasattr(node, "lineno"):  # one of the file, which stays where it is
            self._found[id(node)] = found
        return found

    def _add(self, container: ast.expr, key: ast.expr | None, item: ast.expr) -> None:
        if (written := self._owners.spelled(container)) is not None:
            self._added.setdefault(written, []).append((key, item))

    def _followed(self, node: ast.expr, depth: int) -> list[ast.expr]:
        found = self._before(node, depth) if depth <= 2 * DEEPEST else None
        if not found:
            return [node]
        return [source for each in found for source in self.sources_of(each, depth + 1)]

    def items_of(self, node: ast.expr) -> list[ast.expr]:
        """Return what a list or a tuple may have in it, or the keys of a dict."""
        self._steps = _MOST_STEPS
        return [item for _, item in self._pairs(node, 0)]

    def _before(self, node: ast.expr, depth: int) -> list[ast.expr] | None:
        """Return what an expression has the value of, one step back."""
        owners = self._owners
        self._steps -= 1
        if self._steps < 0:
            return None
        match node:
            case ast.Name() | ast.Attribute():
                return None if owners.name_of(node) is not None else self._bound(node, depth)
            case ast.Starred(value=value):
                return [item for _, item in self._pairs(value, depth + 1)]
            case ast.Subscript(value=value, slice=key) if not isinstance(key, ast.Slice):
                return self._picked(value, key, depth + 1)
            case ast.IfExp(body=body, orelse=orelse):
                return [body, orelse]
            case ast.BoolOp(values=values):
                return values
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return [value]
            case ast.Call(func=func, args=args):
                return self._returned(node, func, args, depth)
        return None

    def _bound(self, node: ast.Name | ast.Attribute, depth: int) -> list[ast.expr] | None:
        bound = self._owners.binding_of(node)
        if (argument := self._owners.argument(bound)) is not None:
            function, name = argument
            given = self._given(function, name)
            return given + ([bound] if isinstance(bound, ast.Call) else []) or None
        if isinstance(bound, ast.expr):
            return [bound]
        if bound is None and isinstance(node, ast.Attribute):
            return [
                each
                for source in self.sources_of(node.value, depth + 1)
                for each in self._owners.attributes_of(source, node.attr)
            ]
        return None

    def _given(self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> list[ast.expr]:
        """Return what the calls in the file give to an argument of a function, and its default."""
        made = self._owners.class_of(function)
        called = made.name if made is not None and function.name == "__init__" else function.name
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        position = names.index(name) - (made is not None) if name in names else None
        found = []
        for call in self._calls.get(called, ()):
            found += [each.value for each in call.keywords if each.arg == name]
            if position is not None and 0 <= position < len(call.args):
                found.append(call.args[position])
        defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
        defaults |= {
            each.arg: value
            for each, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            if value is not None
        }
        return found + ([defaults[name]] if name in defaults else [])

    def _returned(self, node: ast.Call, func: ast.expr, args: list[ast.expr], depth: int) -> list[ast.expr] | None:
        """Return what a call gives back."""
        owners = self._owners
        name = owners.name_of(func) or (func.id if isinstance(func, ast.Name) else "")
        if name in _COPIES and args:
            return args[:1]
        if name in _ONE_ITEM and args:
            return [item for _, item in self._pairs(args[0], depth + 1)]
        if returned := owners.returned_by(node):
            return returned
        if isinstance(func, ast.Attribute) and func.attr in ("get", "pop", "setdefault") and args:
            return self._picked(func.value, args[0], depth + 1) + args[1:] or None
        if owners.name_of(func) is None:
            return [each.body for each in self.sources_of(func, depth + 1) if isinstance(each, ast.Lambda)]
        return None

    def _picked(self, container: ast.expr, key: ast.expr, depth: int) -> list[ast.expr]:
        """Return what a list, tuple or dict may have at a place: all that it has, if the place is not known."""
        before = self._before(container, depth) if depth <= 2 * DEEPEST else None
        if before and not self._is_made(container):
            added = self._added.get(self._owners.spelled(container) or "", [])
            found = [item for known, item in added if _may_be_at(known, None, key)]
            return found + [item for each in before for item in self._picked(each, key, depth + 1)]
        pairs = self._pairs(container, depth, by_key=True)
        return [item for number, (known, item) in enumerate(pairs) if _may_be_at(known, number, key)]

    def _is_made(self, node: ast.expr) -> bool:
        """Return whether Python's own functions make a container, so that its places are not those of others."""
        return isinstance(node, ast.Call) and self._made(node.func, [], [], 0, by_key=True) is not None

    def _pairs(
        self, container: ast.expr, depth: int, *, by_key: bool = False
    ) -> list[tuple[ast.expr | None, ast.expr]]:
        """Return the keys and items of a container: of a dict, its values if `by_key`, else its keys."""
        if depth > 2 * DEEPEST:
            return []
        added = self._added.get(self._owners.spelled(container) or "", [])
        more = [(key, item if by_key or key is None else key) for key, item in added]
        match container:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                found: list[tuple[ast.expr | None, ast.expr]] = []
                for each in items:
                    spread = isinstance(each, ast.Starred)
                    found += self._pairs(each.value, depth + 1) if spread else [(None, each)]  # type: ignore[attr-defined]
                return found
            case ast.Dict(keys=keys, values=values):
                both = zip(keys, values, strict=True)
                return [(key, value if by_key else key) for key, value in both if key is not None]
            case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.SetComp(elt=item):
                return [(item, item)]
            case ast.DictComp(key=key, value=value):
                return [(key, value if by_key else key)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [*self._pairs(left, depth + 1), *self._pairs(right, depth + 1)]
            case ast.BinOp(left=left, op=ast.Mult()) | ast.Subscript(value=left, slice=ast.Slice()):
                return self._pairs(left, depth + 1, by_key=by_key)
            case ast.Call(func=func, args=args, keywords=keywords):
                if (made := self._made(func, args, keywords, depth + 1, by_key=by_key)) is not None:
                    return made
        before = self._before(container, depth) or []
        return more + [pair for each in before for pair in self._pairs(each, depth + 1, by_key=by_key)]

    def _made(
        self, func: ast.expr, args: list[ast.expr], keywords: list[ast.keyword], depth: int, *, by_key: bool
    ) -> list[tuple[ast.expr | None, ast.expr]] | None:
        """Return the keys and items of what Python's own functions make of containers; None for other functions."""
        if isinstance(func, ast.Attribute) and not args and func.attr in ("items", "values", "iteritems", "itervalues"):
            pairs = self._pairs(func.value, depth, by_key=True)
            if func.attr.endswith("values"):
                return [(None, item) for _, item in pairs]
            return [(None, ast.Tuple([key or ast.Constant(...), item], ast.Load())) for key, item in pairs]
        name = func.id if isinstance(func, ast.Name) else self._owners.name_of(func)
        columns = [[item for _, item in self._pairs(each, depth)] for each in args]
        if name == "dict":
            named = [(ast.Constant(each.arg), each.value) for each in keywords if each.arg is not None]
            rows = [each.elts for each in (columns[0] if columns else []) if isinstance(each, ast.Tuple)]
            both = [*named, *((each[0], each[1]) for each in rows if len(each) == 2)]
            return [(key, value if by_key else key) for key, value in both]
        if name in _SAME_ITEMS and columns:
            return [(None, item) for item in columns[0]]
        if name == "enumerate" and columns:
            return [(None, ast.Tuple([ast.Constant(...), item], ast.Load())) for item in columns[0]]
        if name in ("zip", "itertools.product"):
            longest = max((len(each) for each in columns), default=0)
            return [
                (None, ast.Tuple([each[min(at, len(each) - 1)] if each else ast.Constant(...) for each in columns]))
                for at in range(longest)
            ]
        return None


def _may_be_at(known: ast.expr | None, number: int | None, key: ast.expr) -> bool:
    """Return whether an item of a container may be at a place: by its key, or by its number if it has no key."""
    if not isinstance(key, ast.Constant) or (known is None and number is None):
        return True
    if known is None:
        return number == key.value
    return not isinstance(known, ast.Constant) or known.value == key.value
