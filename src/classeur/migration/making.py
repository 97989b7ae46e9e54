"""What calls of Keras make: generators, iterators, models, layers, callbacks, datasets."""

import ast
from collections.abc import Callable

from classeur.migration import api, pictures
from classeur.migration.datasets import dataset_of
from classeur.migration.networks import layers_of, loss_of
from classeur.migration.pixels import Pixels
from classeur.migration.scopes import is_number
from classeur.migration.state import State
from classeur.migration.uses import Uses
from classeur.migration.values import (
    Arguments,
    Generator,
    Imported,
    Iterator,
    Layer,
    Made,
    Model,
    Opaque,
    Tag,
    Tensor,
    Value,
    given,
    tags_of,
    with_names,
)

_HOMES = frozenset(["keras", "classeur", "tensorflow", "cv2", "PIL", "skimage", "imageio", "scipy"])
_LOADERS = ("keras.models.load_model", "keras.saving.load_model")


class Makers:
    """Makes what the functions and classes of Keras return."""

    def __init__(self, state: State, uses: Uses, apply: Callable[[Value, list[Value]], Value]) -> None:
        """Take the tracer's state, the record of uses, and what applies a function to values."""
        self._state = state
        self._uses = uses
        self._apply = apply

    def make(self, callee: Imported, positional: list[Value], keywords: Arguments, node: ast.Call) -> Value:
        """Return what a function of Keras or of a reader of pictures makes; else None."""
        name, last = callee.name, callee.name.rpartition(".")[2]
        if name.partition(".")[0] not in _HOMES:
            return None
        if api.is_image_name(callee, "ImageDataGenerator"):
            return self._make_generator(with_names(api.GENERATOR_ARGUMENTS, positional, keywords), node)
        if name in api.MODELS:
            return self._make_model(callee, positional, keywords, node)
        if name.startswith("keras.applications.") and last[:1].isupper():
            return self._model(callee, [Layer(last, keywords, self._state.place(node))], node)
        if name in _LOADERS or (name.startswith("keras.models.") and last.startswith("model_from")):
            model = self._model(callee, [Layer("?")], node)
            path = positional[0] if positional else keywords.get("filepath")
            model.saved = self._uses.saved.get(path) if isinstance(path, str) else None
            return model
        if name in ("keras.Input", "keras.layers.Input"):
            return Tensor(())
        if name.startswith("keras.layers.") and last[:1].isupper():
            arguments = with_names(api.LAYER_ARGUMENTS.get(last, ()), positional, keywords)
            return Layer(last, arguments, self._state.place(node))
        if name.startswith("keras.losses."):
            return loss_of(callee, keywords) or Opaque()
        if name.startswith(("keras.callbacks.", "keras.optimizers.")):
            made = Made(
                last, with_names(api.CALLBACK_ARGUMENTS.get(last, ()), positional, keywords), self._state.place(node)
            )
            if name.startswith("keras.callbacks."):
                self._state.trace.callbacks.append(made)
            return made
        if name.startswith("keras.metrics.") and last[:1].isupper():
            names = ("name",) if last.endswith("Accuracy") else ()
            return Made(last, with_names(names, positional, keywords), self._state.place(node))
        if name == "cv2.VideoCapture":
            return Made(last, {}, self._state.place(node))
        if (tags := pictures.read(name, positional, keywords)) is not None:
            return Opaque(tags)
        if (loaded := pictures.arrays(name)) is not None:
            return loaded
        return dataset_of(name, positional, keywords, node, self._state)

    def _make_model(self, callee: Imported, positional: list[Value], keywords: Arguments, node: ast.Call) -> Model:
        if callee.name.endswith("Sequential"):
            layers = positional[0] if positional else keywords.get("layers", [])
            found = layers_of(layers) if isinstance(layers, list) else [Layer("?")]
        else:
            output = keywords.get("outputs", keywords.get("output", positional[1] if len(positional) > 1 else None))
            if isinstance(output, list) and len(output) == 1:
                output = output[0]
            found = list(output.layers) if isinstance(output, Tensor) else [Layer("?")]
        return self._model(callee, found, node)

    def _model(self, callee: Imported, layers: list[Layer], node: ast.Call) -> Model:
        model = Model(callee, layers, self._state.place(node), self._state.depth, self._state.loops)
        self._state.trace.models.append(model)
        return model

    def _make_generator(self, arguments: Arguments, node: ast.Call) -> Generator:
        generator = Generator(arguments, self._state.place(node))
        function, rescale = given(arguments, "preprocessing_function"), given(arguments, "rescale")
        seen: Value = Opaque(frozenset({Tag("pixels", Pixels())}))
        if isinstance(function, Imported) and function.name.endswith(".preprocess_input"):
            seen = Opaque(pictures.changed(tags_of(seen), lambda pixels: pixels.preprocessed(function.name)))
        elif function is not None:
            seen = self._apply(function, [seen])
        pixels = pictures.pixels_of(seen)
        if pixels and rescale:
            pixels = pixels.times(rescale) if is_number(rescale) else None
        normalised = any(given(arguments, name, False) is not False for name in api.NORMALISING_ARGUMENTS)
        generator.pixels = None if normalised else pixels
        self._state.trace.generators.append(generator)
        return generator

    def make_iterator(self, generator: Generator, method: str, arguments: Arguments, node: ast.Call) -> Iterator:
        """Return the iterator that a method of a generator makes."""
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
