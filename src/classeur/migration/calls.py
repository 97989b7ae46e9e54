"""The result of a call, and its effects on models and iterators."""

import ast
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import replace

from classeur.migration import api, pictures
from classeur.migration.datasets import derived
from classeur.migration.expressions import Expressions
from classeur.migration.functions import Functions
from classeur.migration.making import Makers
from classeur.migration.networks import applied, merged
from classeur.migration.operators import operate
from classeur.migration.pixels import Pixels
from classeur.migration.scopes import join_path, text_of
from classeur.migration.state import State
from classeur.migration.uses import Uses
from classeur.migration.values import (
    LENGTH,
    Arguments,
    Call,
    Class,
    Dataset,
    Function,
    Generator,
    Imported,
    Iterator,
    Layer,
    Made,
    Model,
    Opaque,
    Quotient,
    Record,
    Steps,
    Tag,
    Tensor,
    Use,
    Value,
    given,
    tags_of,
    with_names,
)


class Calls:
    """Calls of Keras, of the file's own functions and of anything else."""

    def __init__(self, state: State, expressions: Expressions, functions: Functions) -> None:
        """Take the tracer's state, the evaluator of arguments, and the runner of the file's functions."""
        self._state = state
        self._expressions = expressions
        self._functions = functions
        self._uses = Uses(state)
        self._makers = Makers(state, self._uses, self._map)

    def call(self, node: ast.Call) -> Value:
        """Return the result of a call."""
        receiver: Value = None
        if isinstance(node.func, ast.Attribute):
            receiver = self._expressions.evaluate(node.func.value)
            callee = self._expressions.attribute(receiver, node.func.attr)
            method = node.func.attr
        else:
            callee, method = self._expressions.evaluate(node.func), ""
        positional, keywords = self._arguments(node)
        if _is_of_seed(node.func):  # Keras', NumPy's, or a function that calls them
            self._state.trace.seeds.append(self._state.place(node))
        if isinstance(callee, Imported):
            arguments = _named(callee.name.rpartition(".")[2], positional, keywords)
            self._state.trace.calls.setdefault(self._state.place(node), []).append(Call(callee.name, None, arguments))
            return self._call_imported(callee, positional, keywords, node)
        if isinstance(callee, Function):
            return self._functions.run(callee, positional, keywords)
        if isinstance(callee, Class):
            return self._instance(callee, positional, keywords)
        _let_go([*positional, *keywords.values()])
        if method and not isinstance(receiver, Imported):
            arguments = _named(method, positional, keywords)
            self._state.trace.calls.setdefault(self._state.place(node), []).append(Call(None, receiver, arguments))
            return self._call_method(receiver, method, arguments, positional, node)
        if isinstance(callee, Layer | Model):
            return self._apply(callee, positional[0] if positional else None, node)
        return Opaque(self._passed_on("", [*positional, *keywords.values()], node))

    def _instance(self, callee: Class, positional: list[Value], keywords: Arguments) -> Record:
        """Return a new object of a class of the file."""
        record = callee.make()
        begin = record.attributes.get("__init__")
        if isinstance(begin, Function):
            self._functions.run(begin, positional, keywords)
        else:  # a dataclass, or made by a base that is not known
            _let_go([*positional, *keywords.values()])
            if positional or "**" in keywords:
                record.attributes |= dict.fromkeys(set(callee.attributes) - set(callee.methods), Opaque())
            record.attributes |= keywords
        return record

    def _arguments(self, node: ast.Call) -> tuple[list[Value], Arguments]:
        positional: list[Value] = []
        keywords: Arguments = {}
        for each in node.args:
            value = self._expressions.evaluate(each.value if isinstance(each, ast.Starred) else each)
            if isinstance(each, ast.Starred):
                if isinstance(value, list):
                    positional += value
                else:
                    keywords["**"] = Opaque()
            else:
                positional.append(value)
        for keyword in node.keywords:
            value = self._expressions.evaluate(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
                self._state.trace.keywords.add(keyword.arg)
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                keywords |= value
            else:
                keywords["**"] = Opaque()
        return positional, keywords

    def _call_imported(self, callee: Imported, positional: list[Value], keywords: Arguments, node: ast.Call) -> Value:
        name, last = callee.name, callee.name.rpartition(".")[2]
        if (made := self._makers.make(callee, positional, keywords, node)) is not None:
            return made
        values = [*positional, *keywords.values()]
        _let_go(values)
        if name == "builtins.dict" and all(isinstance(each, dict) for each in positional):
            return {key: value for each in (*positional, keywords) for key, value in each.items()}
        if name in api.GET_FILE:
            origin, file = keywords.get("origin", ""), positional[0] if positional else keywords.get("fname", "")
            return f"⟨{posixpath.basename(text_of(origin))}⟩/{text_of(file)}"
        if last == "preprocess_input":
            tags = frozenset(tag for value in values for tag in tags_of(value))
            mode = keywords.get("mode", "") if "**" not in keywords else None
            return Opaque(pictures.changed(tags, lambda pixels: pixels.preprocessed(name, mode=mode)))
        if name in ("keras.models.save_model", "keras.saving.save_model") and len(positional) > 1:
            self._uses.save(positional[0] if isinstance(positional[0], Model) else None, positional[1])
        if name in api.MERGING and positional and (joined := merged(positional[0])) is not None:
            return joined
        if name in api.ACTIVATIONS and positional and isinstance(positional[0], Tensor):
            layer = Layer("Activation", {"activation": api.ACTIVATIONS[name]}, self._state.place(node))
            return applied(layer, positional[0])
        if name in api.ACTIVATIONS and positional:
            self._uses.activate(api.ACTIVATIONS[name], positional[0], node)
        if "target_names" in keywords and any(tag.kind == "predicted" for value in values for tag in tags_of(value)):
            self._state.name_classes(keywords["target_names"])
        if positional and (result := self._call_plain(name, positional, node)) is not None:
            return result
        function = last if last in api.SCORES else None
        tags = pictures.passed(last, name, frozenset().union(*map(tags_of, values)), positional, keywords)
        made = Opaque(self._state.meet(tags, function, node))
        if (length := _length_made(name, positional, keywords)) is not None:
            made.parts[LENGTH] = length
        return made

    def _call_plain(self, name: str, positional: list[Value], node: ast.Call) -> Value:
        """Return the result of a function of Python or NumPy if it matters; else None."""
        first = positional[0]
        match name:
            case "os.path.join" | "posixpath.join":
                return join_path(*positional)
            case "pathlib.Path" | "pathlib.PurePath":
                return join_path(*positional)
            case "os.path.dirname" if isinstance(first, str):
                return posixpath.dirname(first)
            case "builtins.str" | "os.path.abspath" | "os.path.expanduser" | "os.path.normpath":
                return first if isinstance(first, str) else None
            case "math.ceil" | "numpy.ceil" if isinstance(first, Steps):
                return replace(first, kind="ceil") if first.kind == "ratio" else first
            case "math.floor" | "numpy.floor" | "builtins.int" if isinstance(first, Steps):
                return replace(first, kind="floor") if first.kind == "ratio" else first
            case "builtins.int" if isinstance(first, Quotient):
                return first
            case "builtins.float" | "builtins.int" if any(tag.kind in ("count", "length") for tag in tags_of(first)):
                return first
            case "builtins.float" if isinstance(first, int | float):
                return first
            case "builtins.int" if isinstance(first, int | float) and first == first // 1:
                return int(first)
            case "builtins.int" if isinstance(first, float):
                return Steps("floor")
            case "operator.floordiv" | "numpy.floor_divide" if len(positional) == 2:
                return operate(self._state, first, ast.FloorDiv(), positional[1], node)
            case "builtins.divmod" if len(positional) == 2:
                return [operate(self._state, first, ast.FloorDiv(), positional[1], node), Opaque()]
            case "builtins.max" if len(positional) == 2:
                return next((value for value in positional if isinstance(value, Steps)), None)
            case "builtins.len" if isinstance(first, Iterator):
                return Steps("ceil", first, given(first.arguments, "batch_size", 32))
            case "builtins.len":
                ordered = next((tag.source for tag in tags_of(first) if tag.kind == "order"), None)
                if ordered:
                    return Opaque(frozenset({Tag("count", ordered)}))
                return Opaque(frozenset({Tag("length", first)}) if isinstance(first, Opaque | Steps) else frozenset())
            case "builtins.next" if isinstance(first, Iterator):
                return self._expressions.draw(first, "next", node)
            case "builtins.next" if isinstance(first, Dataset):
                return first.element
            case "builtins.iter" if isinstance(first, Dataset):
                return first
            case "builtins.list" | "builtins.tuple" if isinstance(first, list):
                return list(first)
        return None

    def _call_method(
        self, receiver: Value, method: str, arguments: Arguments, positional: list[Value], node: ast.Call
    ) -> Value:
        if isinstance(receiver, Generator) and method in api.FLOWS:
            return self._makers.make_iterator(receiver, method, arguments, node)
        if isinstance(receiver, Generator):
            receiver.is_fitted = receiver.is_fitted or method == "fit"
        if isinstance(receiver, Iterator):
            if method == "reset":
                self._state.trace.uses.append(Use("reset", method, None, receiver, {}, self._state.place(node), {}))
            return self._expressions.draw(receiver, method, node) if method in ("next", "__next__") else Opaque()
        if isinstance(receiver, Dataset):
            return derived(receiver, method, arguments, positional, self._map)
        if isinstance(receiver, Made) and receiver.name == "VideoCapture" and method == "read":
            return [Opaque(), Opaque(frozenset({Tag("pixels", Pixels("bgr")), Tag("uint8", None)}))]
        if (method in api.VERBS or method == "predict_on_batch") and _is_of_model(receiver, arguments):
            return self._uses.use(receiver if isinstance(receiver, Model) else None, method, arguments, node)
        if isinstance(receiver, Model):
            self._uses.change(receiver, method, arguments, node)
            return Tensor((Layer("?"),)) if method == "get_layer" else Opaque()
        if isinstance(receiver, list):
            if self._state.is_passed_over:
                return Opaque()
            if method == "append" and positional:
                receiver.append(positional[0])
            elif method == "extend" and positional:
                receiver.extend(positional[0] if isinstance(positional[0], list) else [positional[0]])
            return Opaque()
        if isinstance(receiver, dict):
            _let_go([receiver])
            if method == "update":
                receiver["**"] = Opaque()
        return Opaque(
            self._passed_on(method, [receiver, *positional, *arguments.values()], node, positional, arguments)
        )

    def _map(self, function: Value, items: list[Value]) -> Value:
        """Return what a function makes of items."""
        if isinstance(function, Function):
            return self._functions.run(function, items, {})
        if isinstance(function, Layer | Model) and items:
            return Opaque(pictures.through(_layers(function), tags_of(items[0])))
        return Opaque()

    def _apply(self, callee: Layer | Model, data: Value, node: ast.Call) -> Value:
        """Return the output of a layer or a model."""
        tags = tags_of(data)
        if isinstance(callee, Layer) and callee.kind in ("Softmax", "Activation"):
            self._uses.activate(
                "softmax" if callee.kind == "Softmax" else callee.arguments.get("activation"), data, node
            )
        if not any(tag.kind == "pixels" for tag in tags):
            return applied(callee, data)
        layers = _layers(callee)
        if pictures.are_preparing(layers):
            return Opaque(pictures.through(layers, tags))
        if isinstance(callee, Model):
            return self._uses.use(callee, "call", {"x": data}, node)
        return Opaque()

    def _passed_on(
        self,
        name: str,
        values: list[Value],
        node: ast.Call,
        positional: Sequence[Value] = (),
        keywords: Arguments | None = None,
    ) -> frozenset[Tag]:
        tags = pictures.passed(name, "", frozenset().union(*map(tags_of, values)), list(positional), keywords or {})
        return self._state.meet(tags, None, node)


def _is_of_model(receiver: Value, arguments: Arguments) -> bool:
    """Return whether a model is trained or asked: by what it is, or by the data or steps that it is given."""
    data = arguments.get("x")
    if isinstance(receiver, Model) or isinstance(data, Iterator | Dataset):
        return True
    pairs = (("steps", "x"), ("steps_per_epoch", "x"), ("validation_steps", "validation_data"))
    return any(tag.kind == "batch" for tag in tags_of(data)) or any(
        isinstance(steps := arguments.get(name), Steps)
        and steps.source is not None
        and steps.source == arguments.get(of)
        for name, of in pairs
    )


def _length_made(name: str, positional: list[Value], keywords: Arguments) -> int | None:
    """Return the number of items of a new array of NumPy, if it is known."""
    if name in ("numpy.random.rand", "numpy.random.randn"):
        shape = positional
    elif name in api.ARRAYS:
        place, keyword = api.ARRAYS[name]
        given_shape = keywords.get(keyword, positional[place] if place < len(positional) else None)
        shape = list(given_shape) if isinstance(given_shape, list | tuple) else [given_shape]
    else:
        return None
    return shape[0] if shape and isinstance(shape[0], int) and not isinstance(shape[0], bool) else None


def _is_of_seed(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        if "seed" in node.attr.lower():
            return True
        node = node.value
    return isinstance(node, ast.Name) and "seed" in node.id.lower()


def _let_go(values: Iterable[Value]) -> None:
    """Let generators be fitted in code that is not followed."""
    for value in values:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for each in inside:
            if isinstance(each, Generator):
                each.is_fitted = True


def _layers(callee: Layer | Model) -> list[Layer]:
    return [callee] if isinstance(callee, Layer) else callee.layers


def _named(method: str, positional: list[Value], keywords: Arguments) -> Arguments:
    names = api.METHOD_ARGUMENTS.get(method, ())
    renamed = {("x" if name == "generator" else name): value for name, value in keywords.items()}
    return with_names(names, positional, renamed)
