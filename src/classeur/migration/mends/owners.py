"""Whose methods are called: Keras', the file's own or another library's. Only Keras' are mended.

Names are followed through assignments, not through branches: the assignment that was written last counts.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

NameOf = Callable[[ast.expr], str | None]

KERAS, FOREIGN, OWN, UNKNOWN = "keras", "foreign", "own", ""
_FAMILY = ("tensorflow", "classeur")  # besides all modules with `keras` in their name
_COPIES = ("copy.copy", "copy.deepcopy")
DEEPEST = 8  # names that stand for names
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Inner = _Function | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Scope = ast.AST | None  # a function, a comprehension, a class, or None for the module

# What a name may be bound to: an expression, or the class whose object a method takes.
_Bound = ast.expr | ast.ClassDef


def is_keras(module: str) -> bool:
    """Return whether a module is Keras, TensorFlow, classeur, or a library for Keras.

    >>> is_keras("tensorflow.keras.models"), is_keras("efficientnet.keras"), is_keras("torch")
    (True, True, False)
    """
    return "keras" in module or module.partition(".")[0] in _FAMILY


class Owners:
    """What the objects in a file are, by where they come from."""

    def __init__(self, cells: Mapping[int | None, Sequence[ast.AST]], name_of: NameOf, spelled: NameOf) -> None:
        """Take the nodes of each cell, the dotted names of imported things, and how names are written."""
        self._name_of = name_of
        self.spelled = self._spelled = spelled
        nodes = [node for found in cells.values() for node in found]
        self.knows_keras = any(is_keras(each) for node in nodes for each in _modules(node))
        self._cells = {id(node): cell or 0 for cell, found in cells.items() for node in found}
        self._scopes: dict[int, _Scope] = {}
        self._classes: dict[str, ast.ClassDef] = {}
        self._functions: dict[str, _Function] = {}
        self._defined = {each.name for each in nodes if isinstance(each, _Function | ast.ClassDef)}
        self._bound: dict[tuple[int, str], list[tuple[tuple[int, int], _Bound]]] = {}
        self._arguments: dict[
            int, tuple[_Function | None, str]
        ] = {}  # function and name, by what stands for an argument
        self._compiled: set[str] = set()  # models, wherever they were made: only they are compiled with a loss
        if not self.knows_keras:
            return
        for node in nodes:
            inside = node if isinstance(node, _Inner | ast.ClassDef) else self._scopes.get(id(node))
            for child in ast.iter_child_nodes(node):
                self._scopes[id(child)] = inside
        for node in nodes:
            self._learn(node)

    def are_of_keras(self, func: ast.Attribute) -> bool:
        """Return whether a method is Keras', as far as it can be known: nothing says that it is not."""
        if not self.knows_keras:
            return False
        origin = self.origin_of(func.value)
        return origin == KERAS or (origin == UNKNOWN and func.attr not in self._defined)

    def may_be_of_keras(self, node: ast.expr) -> bool:
        """Return whether an object may be Keras'."""
        return self.knows_keras and self.origin_of(node) in (KERAS, UNKNOWN)

    def origin_of(self, node: ast.expr, depth: int = 0) -> str:
        """Return where an object comes from."""
        if depth > DEEPEST or self._spelled(node) in self._compiled:
            return UNKNOWN
        match node:
            case ast.Call(func=func):
                return self._made_by(node, func, depth + 1)
            case ast.Name(id=name):
                if self._name_of(node) is not None or (bound := self._binding(node, name)) is None:
                    return self._of_import(node)
                return self._origin_of_bound(bound, depth + 1)
            case ast.Attribute(value=owner):
                written = self._spelled(node)
                if written is not None and self._name_of(node) is not None:
                    return self._of_import(node)
                if written is not None and (bound := self._binding(node, written)) is not None:
                    return self._origin_of_bound(bound, depth + 1)
                return FOREIGN if self.origin_of(owner, depth + 1) == FOREIGN else UNKNOWN
            case ast.Subscript(value=value) | ast.Starred(value=value) | ast.Await(value=value):
                return self.origin_of(value, depth + 1)
            case ast.IfExp(body=body, orelse=orelse):
                return self._common([body, orelse], depth + 1)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
                return self._common(items, depth + 1)
            case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.DictComp(value=item):
                return self.origin_of(item, depth + 1)
        return UNKNOWN

    def is_new_dict(self, node: ast.expr) -> bool:
        """Return whether a name holds a dict that the file has written or made."""
        written = self._spelled(node)
        bound = self._binding(node, written) if written is not None else None
        while isinstance(bound, ast.Starred | ast.Subscript) and not hasattr(bound, "lineno"):  # a part of it
            bound = bound.value
        return isinstance(bound, ast.Dict | ast.DictComp | ast.Call)

    def binding_of(self, node: ast.expr) -> _Bound | None:
        """Return what a name or an attribute was bound to last."""
        written = self._spelled(node)
        return self._binding(node, written) if written is not None else None

    def argument(self, bound: _Bound | None) -> tuple[_Function, str] | None:
        """Return the function of the file and the name of an argument that a name is bound to."""
        function, name = self._arguments.get(id(bound), (None, ""))
        return (function, name) if function is not None else None

    def class_of(self, function: _Function) -> ast.ClassDef | None:
        """Return the class that a function is a method of."""
        scope = self._scopes.get(id(function))
        return scope if isinstance(scope, ast.ClassDef) else None

    def attributes_of(self, node: ast.expr, name: str) -> list[ast.expr]:
        """Return what an attribute of an object of a class of the file is bound to, here or in its bases."""
        made = self.binding_of(node) if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            made = self._classes.get(node.func.id)
        for _ in range(DEEPEST):
            if not isinstance(made, ast.ClassDef):
                break
            found = [
                bound
                for (scope, written), places in self._bound.items()
                if scope == id(made) and written.rpartition(".")[2] == name and written.count(".") < 2
                for _, bound in places
                if isinstance(bound, ast.expr)
            ]
            if found:
                return found
            made = self._classes.get(self._spelled(made.bases[0]) or "") if made.bases else None
        return []

    def function_of(self, node: ast.expr) -> str | None:
        """Return the dotted name of the imported function whose result an expression is."""
        source = self.source_of(node)
        return self._name_of(source.func) if isinstance(source, ast.Call) else None

    def source_of(self, node: ast.expr) -> ast.expr:
        """Return what was assigned to a name, through other names; the name itself if that is not known."""
        for _ in range(DEEPEST):
            written = self._spelled(node)
            bound = self._binding(node, written) if written is not None else None
            if not isinstance(bound, ast.expr) or self._name_of(node) is not None:
                break
            if id(bound) in self._arguments and isinstance(bound, ast.Constant):
                break
            node = bound
        return node

    def is_callback(self, node: ast.expr) -> bool:
        """Return whether a name is the object of a class of the file that is a callback, in its methods."""
        bound = self._binding(node, written) if (written := self._spelled(node)) is not None else None
        for _ in range(DEEPEST):
            if not isinstance(bound, ast.ClassDef):
                return False
            if any((self._name_of(base) or "").startswith("keras.callbacks.") for base in bound.bases):
                return True
            written = self._spelled(bound.bases[0]) if bound.bases else None
            if written == "Callback" and written not in self._defined:
                return True  # by `import *`
            bound = self._classes.get(written or "")
        return False

    def is_assigned(self, attribute: str) -> bool:
        """Return whether the file gives an attribute a value, of whatever object."""
        return any(written.endswith(f".{attribute}") for _, written in self._bound)

    def name_of(self, node: ast.expr) -> str | None:
        """Return the dotted name of an imported thing."""
        return self._name_of(node)

    def decorators_of(self, call: ast.Call) -> list[ast.AST]:
        """Return the functions of the file that decorate the called one."""
        function = self._functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        names = [each.id for each in function.decorator_list if isinstance(each, ast.Name)] if function else []
        return [self._functions[name] for name in names if name in self._functions]

    def returned_by(self, call: ast.Call) -> list[ast.expr]:
        """Return what a function of the file returns."""
        function = self._functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if function is None:
            return []
        return [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value]

    def inherited(self, func: ast.expr) -> str | None:
        """Return the dotted name of Keras' class whose arguments a class of the file takes: it has no `__init__`."""
        for _ in range(DEEPEST):
            made = self._classes.get(func.id) if isinstance(func, ast.Name) else None
            if made is None or len(made.bases) != 1:
                return None
            if any(isinstance(each, _Function) and each.name in ("__init__", "__new__") for each in made.body):
                return None
            func = made.bases[0]
            if (name := self._name_of(func)) is not None:
                return name if name.startswith("keras.") else None
        return None

    def base_of(self, func: ast.expr) -> str | None:
        """Return the dotted name of the imported class that a class of the file descends from."""
        for _ in range(DEEPEST):
            made = self._classes.get(func.id) if isinstance(func, ast.Name) else None
            if made is None or not made.bases:
                return None
            func = made.bases[0]
            if (name := self._name_of(func)) is not None:
                return name
        return None

    def _learn(self, node: ast.AST) -> None:
        """Take note of what a statement binds."""
        match node:
            case ast.ClassDef(name=name):
                self._classes[name] = node
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._functions[node.name] = node
                self._learn_arguments(node)
            case ast.Lambda(args=arguments):
                for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                    unknown = ast.Constant(value=...)
                    self._arguments[id(unknown)] = None, argument.arg
                    self._bound.setdefault((id(node), argument.arg), []).append(((0, 0), unknown))
            case ast.Assign(targets=targets, value=value):
                for each in targets:
                    self._bind(each, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._bind(target, ast.Starred(value, ast.Load()))  # one of its items
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._bind(target, value)
            case ast.Call(func=ast.Attribute(value=model, attr="compile")) if self._is_of_model(node):
                self._compiled |= {written} if (written := self._spelled(model)) else set()

    def _is_of_model(self, call: ast.Call) -> bool:
        """Return whether a call of `compile` gives an optimizer and a loss, and is no method of the file's."""
        named = {each.arg for each in call.keywords}
        return "compile" not in self._defined and (len(call.args) > 1 or bool(named & {"loss", "optimizer"}))

    def _learn_arguments(self, function: _Function) -> None:
        owner = self._scopes.get(id(function))
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
        for number, each in enumerate(arguments):
            bound: _Bound = ast.Constant(value=...)
            if number == 0 and isinstance(owner, ast.ClassDef) and not static:
                bound = owner
            elif each.annotation is not None:
                bound = ast.Call(func=each.annotation, args=[], keywords=[])
            if not isinstance(bound, ast.ClassDef):
                self._arguments[id(bound)] = function, each.arg
            self._bound.setdefault((id(function), each.arg), []).append(((0, 0), bound))

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            items = (
                value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts) else ()
            )
            has_places = not any(isinstance(each, ast.Starred) for each in target.elts)
            for number, each in enumerate(target.elts):
                part = ast.Subscript(value, ast.Constant(number)) if has_places else ast.Starred(value, ast.Load())
                self._bind(each, items[number] if items else part)
            return
        written = self._spelled(target)
        if written is not None and not (isinstance(value, ast.Constant) and value.value is None):
            place = self._cells.get(id(target), 0), target.lineno
            self._bound.setdefault((self._home(target, written), written), []).append((place, value))

    def _home(self, node: ast.AST, written: str) -> int:
        """Return the scope that a name is bound in: attributes of an object are the same in all methods of a class."""
        scope = self._scopes.get(id(node))
        if isinstance(scope, _Function) and any(
            isinstance(each, ast.Global) and written in each.names for each in ast.walk(scope)
        ):
            return 0
        while "." in written and scope is not None and not isinstance(scope, ast.ClassDef):
            scope = self._scopes.get(id(scope))
        return id(scope) if scope is not None else 0

    def _binding(self, node: ast.expr, written: str) -> _Bound | None:
        """Return what a name was bound to last before its use, in the nearest scope that binds it."""
        scope = self._scopes.get(id(node))
        before = self._cells.get(id(node), 0), node.lineno if hasattr(node, "lineno") else 0
        while True:
            found = self._bound.get((id(scope) if scope is not None else 0, written))
            if found:
                past = [bound for place, bound in found if place < before]
                return past[-1] if past else found[-1][1]
            if scope is None:
                return None
            scope = self._scopes.get(id(scope))

    def _origin_of_bound(self, bound: _Bound, depth: int) -> str:
        if not isinstance(bound, ast.ClassDef):
            return self.origin_of(bound, depth)
        return OWN if self._of_class(bound, depth) == OWN else UNKNOWN

    def _of_import(self, node: ast.expr) -> str:
        """Return the origin of an imported name."""
        name = self._name_of(node)
        return UNKNOWN if name is None or is_keras(name) or name.startswith("typing.") else FOREIGN

    def _made_by(self, call: ast.Call, func: ast.expr, depth: int) -> str:
        """Return the origin of the result of a call."""
        name = self._name_of(func)
        if name is not None:
            if name in _COPIES and call.args:
                return self.origin_of(call.args[0], depth)
            return KERAS if is_keras(name) else self._of_import(func)
        if isinstance(func, ast.Name):
            if (made := self._classes.get(func.id)) is not None:
                return self._of_class(made, depth)
            if func.id in self._functions:
                return self._common(self.returned_by(call), depth)
            if func.id in ("iter", "next", "enumerate", "zip", "reversed", "sorted", "list", "tuple"):
                return self._common(call.args, depth)
        if isinstance(func, ast.Attribute):
            return FOREIGN if self.origin_of(func.value, depth) == FOREIGN else UNKNOWN
        return UNKNOWN

    def _of_class(self, made: ast.ClassDef, depth: int) -> str:
        """Return own for a class of the file without a base that may be Keras'."""
        if depth > DEEPEST:
            return UNKNOWN
        for base in made.bases:
            name = self._name_of(base)
            own = self._classes.get(base.id) if isinstance(base, ast.Name) else None
            if own is not None and own is not made:
                if self._of_class(own, depth + 1) != OWN:
                    return UNKNOWN
            elif is_keras(name) if name is not None else self._spelled(base) != "object":
                return UNKNOWN
        return OWN

    def _common(self, nodes: Iterable[ast.expr | None], depth: int) -> str:
        """Return the origin that all expressions have, those apart that are only texts, numbers or None."""
        found = {self.origin_of(each, depth) for each in nodes if each and not isinstance(each, ast.Constant)}
        return found.pop() if len(found) == 1 else UNKNOWN if KERAS in found or UNKNOWN in found or not found else OWN


def _modules(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{each.name}" for each in node.names]
    return []
