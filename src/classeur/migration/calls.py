"""The result of a call, and its effects on models and iterators."""

import ast
import posixpath

from classeur.migration import api
from classeur.migration.expressions import Expressions
from classeur.migration.functions import Functions
from classeur.migration.networks import applied, layers_of, loss_of
from classeur.migration.scopes import join_path, text_of
from classeur.migration.state import State
from classeur.migration.values import (
    Arguments,
    Call,
    Function,
    Generator,
    History,
    Imported,
    Iterator,
    Layer,
    Made,
    Model,
    Opaque,
    Steps,
    Tag,
    Tensor,
    Use,
    Value,
    tags_of,
)

_PICTURES = (
    f"{api.IMAGE}.load_img", f"{api.CLASSEUR}.load_img", "keras.utils.load_img", "cv2.imread", "PIL.Image.open",
    "scipy.misc.imread", "imageio.imread", "skimage.io.imread",
)  # fmt: skip
_KEEP_PIXELS = frozenset(
    [
        "img_to_array",
        "expand_dims",
        "array",
        "asarray",
        "reshape",
        "astype",
        "vstack",
        "stack",
        "resize",
        "convert",
        "copy",
        "squeeze",
        "newaxis",
        "cvtColor",
        "fromarray",
        "imresize",
        "append",
        "concatenate",
        "float32",
        "list",
        "transpose",
    ]
)


class Calls:
    """Calls of Keras, of the file's own functions and of anything else."""

    def __init__(self, state: State, expressions: Expressions, functions: Functions) -> None:
        """Take the tracer's state, the evaluator of arguments, and the runner of the file's functions."""
        self._state = state
        self._expressions = expressions
        self._functions = functions

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
        if "seed" in ast.unparse(node.func).lower():  # Keras', NumPy's, or a function that calls them
            self._state.trace.seeds.append(self._state.place(node))
        if isinstance(callee, Imported):
            arguments = _named(callee.name.rpartition(".")[2], positional, keywords)
            self._state.trace.calls.setdefault(self._state.place(node), []).append(Call(callee.name, None, arguments))
            return self._call_imported(callee, positional, keywords, node)
        if isinstance(callee, Function):
            return self._functions.run(callee, positional, keywords)
        if method and not isinstance(receiver, Imported):
            arguments = _named(method, positional, keywords)
            self._state.trace.calls.setdefault(self._state.place(node), []).append(Call(None, receiver, arguments))
            return self._call_method(receiver, method, arguments, positional, node)
        if isinstance(callee, Layer | Model):
            return applied(callee, positional[0] if positional else None)
        return Opaque(self._passed_on("", [*positional, *keywords.values()], node))

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
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                keywords |= value
            else:
                keywords["**"] = Opaque()
        return positional, keywords

    def _call_imported(self, callee: Imported, positional: list[Value], keywords: Arguments, node: ast.Call) -> Value:
        name, last = callee.name, callee.name.rpartition(".")[2]
        if api.is_image_name(callee, "ImageDataGenerator"):
            arguments = _with_names(api.GENERATOR_ARGUMENTS, positional, keywords)
            generator = Generator(arguments, self._state.place(node))
            self._state.trace.generators.append(generator)
            return generator
        if name in api.MODELS:
            return self._make_model(callee, positional, keywords, node)
        if name.startswith("keras.applications.") and last[:1].isupper():
            return self._add_model(Model(callee, [Layer("?")], self._state.place(node), self._state.depth))
        if name.startswith("keras.models.") and (last == "load_model" or last.startswith("model_from")):
            return self._add_model(Model(callee, [Layer("?")], self._state.place(node), self._state.depth))
        if name in ("keras.Input", "keras.layers.Input"):
            return Tensor(())
        if name.startswith("keras.layers.") and last[:1].isupper():
            return Layer(last, _with_names(api.LAYER_ARGUMENTS.get(last, ()), positional, keywords))
        if name.startswith("keras.losses."):
            return loss_of(callee, keywords)
        if name.startswith(("keras.callbacks.", "keras.optimizers.")):
            return Made(last, _with_names((), positional, keywords))
        if name in _PICTURES:
            kinds = ("pixels", "uint8") if name != "PIL.Image.open" else ("pixels",)
            return Opaque(frozenset(Tag(kind, None) for kind in kinds))
        values = [*positional, *keywords.values()]
        if name == "builtins.dict" and all(isinstance(each, dict) for each in positional):
            return {key: value for each in (*positional, keywords) for key, value in each.items()}
        if name in api.GET_FILE:
            origin, file = keywords.get("origin", ""), positional[0] if positional else keywords.get("fname", "")
            return f"⟨{posixpath.basename(text_of(origin))}⟩/{text_of(file)}"
        if last == "preprocess_input":
            return Opaque(frozenset(tag for value in values for tag in tags_of(value) if tag.kind != "pixels"))
        if "target_names" in keywords and any(tag.kind == "predicted" for value in values for tag in tags_of(value)):
            self._state.name_classes(keywords["target_names"])
        if positional and (result := self._call_plain(name, positional, node)) is not None:
            return result
        return Opaque(self._passed_on(last, values, node, function=last if last in api.SCORES else None))

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
                return Steps("ceil", first.iterator)
            case "math.floor" | "numpy.floor" if isinstance(first, Steps):
                return Steps("floor", first.iterator)
            case "builtins.int" if isinstance(first, Steps):
                return Steps("floor", first.iterator) if first.kind == "ratio" else first
            case "builtins.int" if isinstance(first, int | float) and first == first // 1:
                return int(first)
            case "builtins.int" if isinstance(first, float):
                return Steps("floor")
            case "builtins.max" if len(positional) == 2:
                return next((value for value in positional if isinstance(value, Steps)), None)
            case "builtins.len" if isinstance(first, Iterator):
                return Steps("ceil", first)
            case "builtins.len":
                ordered = next((tag.source for tag in tags_of(first) if tag.kind == "order"), None)
                return Opaque(frozenset({Tag("count", ordered)}) if ordered else frozenset())
            case "builtins.next" if isinstance(first, Iterator):
                self._state.trace.uses.append(Use("next", "next", None, first, {}, self._state.place(node)))
                return Opaque()
            case "builtins.list" | "builtins.tuple" if isinstance(first, list):
                return list(first)
        return None

    def _make_model(self, callee: Imported, positional: list[Value], keywords: Arguments, node: ast.Call) -> Model:
        if callee.name.endswith("Sequential"):
            layers = positional[0] if positional else keywords.get("layers", [])
            found = layers_of(layers) if isinstance(layers, list) else [Layer("?")]
        else:
            output = keywords.get("outputs", keywords.get("output", positional[1] if len(positional) > 1 else None))
            if isinstance(output, list) and len(output) == 1:
                output = output[0]
            found = list(output.layers) if isinstance(output, Tensor) else [Layer("?")]
        return self._add_model(Model(callee, found, self._state.place(node), self._state.depth))

    def _add_model(self, model: Model) -> Model:
        self._state.trace.models.append(model)
        return model

    def _call_method(
        self, receiver: Value, method: str, arguments: Arguments, positional: list[Value], node: ast.Call
    ) -> Value:
        if isinstance(receiver, Generator) and method in api.FLOWS:
            return self._make_iterator(receiver, method, arguments, node)
        if isinstance(receiver, Iterator):
            if method in ("next", "__next__", "reset"):
                kind = "reset" if method == "reset" else "next"
                self._state.trace.uses.append(Use(kind, method, None, receiver, arguments, self._state.place(node)))
            return Opaque()
        if method in api.VERBS and (isinstance(receiver, Model) or isinstance(arguments.get("x"), Iterator)):
            return self._use(receiver if isinstance(receiver, Model) else None, method, arguments, node)
        if isinstance(receiver, Model):
            self._change_model(receiver, method, arguments, node)
            return Tensor((Layer("?"),)) if method == "get_layer" else Opaque()
        if isinstance(receiver, list):
            if method == "append" and positional:
                receiver.append(positional[0])
            elif method == "extend" and positional and isinstance(positional[0], list):
                receiver.extend(positional[0])
            return Opaque()
        if isinstance(receiver, dict) and method == "update":
            receiver["**"] = Opaque()
        return Opaque(self._passed_on(method, [receiver, *positional, *arguments.values()], node))

    def _make_iterator(self, generator: Generator, method: str, arguments: Arguments, node: ast.Call) -> Iterator:
        written = next((each.value for each in node.keywords if each.arg == "batch_size"), None)
        names = api.METHOD_ARGUMENTS[method]
        if written is None and "batch_size" in arguments and names.index("batch_size") < len(node.args):
            written = node.args[names.index("batch_size")]
        code = ast.unparse(written) if isinstance(written, ast.Name | ast.Constant) else None
        if written is None and "**" not in arguments:
            code = "32"
        iterator = Iterator(generator, method, arguments, self._state.place(node), batch_size_code=code)
        self._state.trace.iterators.append(iterator)
        return iterator

    def _use(self, model: Model | None, method: str, arguments: Arguments, node: ast.Call) -> Value:
        kind, data = api.VERBS[method], arguments.get("x")
        place = self._state.place(node)
        self._state.trace.uses.append(Use(kind, method, model, data, arguments, place))
        if kind == "fit":
            held_out = arguments.get("validation_data")
            if held_out is not None:
                self._state.trace.uses.append(Use("validation", method, model, held_out, arguments, place))
            return History(model)
        if kind == "evaluate":
            return Opaque()
        tags = {Tag("output", model)} | ({Tag("predicted", data)} if isinstance(data, Iterator) else set())
        return Opaque(frozenset(tags))

    def _change_model(self, model: Model, method: str, arguments: Arguments, node: ast.Call) -> None:
        if method == "add":
            layers = layers_of([arguments.get("layer")])
            model.layers += [Layer("?")] if self._state.depth > model.depth else layers
        elif method == "pop":
            model.layers.append(Layer("?"))
        elif method == "compile":
            loss = arguments.get("loss")
            model.loss = None if self._state.depth > model.depth else loss_of(loss, {})
            model.compiled_at = self._state.place(node)
            model.optimizer = arguments.get("optimizer")
            model.metrics = arguments.get("metrics")

    def _passed_on(
        self, name: str, values: list[Value], node: ast.Call, *, function: str | None = None
    ) -> frozenset[Tag]:
        tags = self._state.meet(frozenset().union(*map(tags_of, values)), function, node)
        pixels = name in _KEEP_PIXELS
        return frozenset(tag for tag in tags if pixels or tag.kind not in ("pixels", "uint8", "count"))


def _named(method: str, positional: list[Value], keywords: Arguments) -> Arguments:
    names = api.METHOD_ARGUMENTS.get(method, ())
    renamed = {("x" if name == "generator" else name): value for name, value in keywords.items()}
    return _with_names(names, positional, renamed)


def _with_names(names: tuple[str, ...], positional: list[Value], keywords: Arguments) -> Arguments:
    by_name = {names[i] if i < len(names) else f"#{i}": value for i, value in enumerate(positional)}
    return {**by_name, **keywords}
