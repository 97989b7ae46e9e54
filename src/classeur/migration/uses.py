"""What is done with models and data: trained, evaluated, predicted, saved."""

import ast

from classeur.migration import api
from classeur.migration.networks import layers_of, loss_of
from classeur.migration.state import State
from classeur.migration.values import (
    Activated,
    Argument,
    Arguments,
    Dataset,
    History,
    Iterator,
    Layer,
    Made,
    Model,
    Opaque,
    Tag,
    Use,
    Value,
    tags_of,
)


class Uses:
    """Records uses, and what they change."""

    def __init__(self, state: State) -> None:
        """Take the tracer's state."""
        self._state = state
        self.saved: dict[str, Model] = {}  # by the file that they, or their weights, were saved to
        self._with_weights: set[Model] = set()  # models that have the weights of another, and were not trained since

    def use(self, model: Model | None, method: str, arguments: Arguments, node: ast.Call) -> Value:
        """Record a use, and return its result."""
        kind, data = api.VERBS.get(method, "predict"), arguments.get("x")
        place, written = self._state.place(node), self._written(method, node)
        repeated = self._state.loops > (model.loops if model else 0)
        self._state.trace.uses.append(Use(kind, method, model, data, arguments, place, written, repeated))
        if kind == "fit" and model in self._with_weights and model is not None:
            self._with_weights.discard(model)
            model.saved = None
        if kind == "fit":
            held_out = arguments.get("validation_data")
            if held_out is not None:
                self._state.trace.uses.append(Use("validation", method, model, held_out, arguments, place, written))
            callbacks = arguments.get("callbacks")
            for each in callbacks if isinstance(callbacks, list) and model else []:
                if isinstance(each, Made) and each.name == "ModelCheckpoint":
                    self.save(model, each.arguments.get("filepath"))
            return History(model)
        if kind == "evaluate":
            return Opaque()
        tags = {Tag("output", model)} | ({Tag("predicted", data)} if isinstance(data, Iterator | Dataset) else set())
        if model and method != "call":
            tags.add(Tag("unchanged", model))
        tags |= {Tag("batchwise", tag.source) for tag in tags_of(data) if tag.kind == "batch"}
        return Opaque(frozenset(tags))

    def _written(self, method: str, node: ast.Call) -> dict[str, Argument]:
        """Return the numbers of steps in a call as they are written, by name."""
        written = dict(zip(api.METHOD_ARGUMENTS.get(method, ()), node.args, strict=False))
        written |= {each.arg: each.value for each in node.keywords if each.arg is not None}
        return {
            name: Argument(self._state.place(each), getattr(each, "id", getattr(each, "attr", "")))
            for name, each in written.items()
            if name in api.STEPS
        }

    def save(self, model: Model | None, path: Value) -> None:
        """Record the file that a model is saved to."""
        if model and isinstance(path, str) and "⟨" not in path and "{" not in path:
            self.saved[path] = model

    def change(self, model: Model, method: str, arguments: Arguments, node: ast.Call) -> None:
        """Change a model as its method does."""
        if self._state.is_passed_over:
            return
        if method == "add":
            layers = layers_of([arguments.get("layer")])
            model.layers += [Layer("?")] if self._state.depth > model.depth else layers
        elif method == "pop":
            model.layers.append(Layer("?"))
        elif method in ("save", "save_weights"):
            self.save(model, arguments.get("#0", arguments.get("filepath")))
        elif method == "load_weights":
            path = arguments.get("#0", arguments.get("filepath"))
            saved = self.saved.get(path) if isinstance(path, str) else None
            if saved is not None and saved.trained is not model and model.saved is None:
                model.saved = saved
                self._with_weights.add(model)
        elif method == "compile":
            loss = arguments.get("loss")
            model.loss = None if self._state.depth > model.depth else loss_of(loss, {})
            model.compiled_at = self._state.place(node)
            model.optimizer = arguments.get("optimizer")
            model.metrics = arguments.get("metrics")

    def activate(self, name: Value, data: Value, node: ast.Call) -> None:
        """Record the activation of what a model predicts."""
        for tag in tags_of(data):
            if tag.kind == "unchanged" and isinstance(name, str):
                self._state.trace.activated.append(Activated(name, tag.source, self._state.place(node)))
