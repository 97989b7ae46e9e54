"""Rules about the last layer, the loss and the labels."""

from collections.abc import Iterable
from typing import NamedTuple

from classeur.migration.rules.flaw import Flaw, named
from classeur.migration.values import (
    Dataset,
    Imported,
    Iterator,
    Layer,
    Loss,
    Model,
    Opaque,
    Place,
    Trace,
    Use,
    Value,
    given,
    tags_of,
)

_LABELS = {
    "binary": {"binary", "sparse", "categorical"},  # one-hot pairs with two units
    "categorical": {"categorical"},
    "sparse": {"sparse", "binary"},
}
_PROBABILITIES = ("sigmoid", "softmax")
_WHAT = {"binary": "binary_crossentropy", "categorical": "categorical_crossentropy",
         "sparse": "sparse_categorical_crossentropy"}  # fmt: skip


class Output(NamedTuple):
    """A model's last layer; None for what is not known."""

    units: int | None
    activation: str | None


def output_of(model: Model) -> Output:
    """Return the number of units of a model's last layer, and their activation."""
    activation: str | None = None
    for layer in reversed(model.layers):
        if layer.kind == "Dropout":
            continue
        if layer.kind == "Activation" and activation is None:
            activation = _activation(layer.arguments.get("activation", Opaque()))
            if activation is None:
                return Output(None, None)
        elif layer.kind == "Softmax" and activation is None:
            activation = "softmax"
        elif layer.kind == "Dense":
            units = given(layer.arguments, "units", layer.arguments.get("output_dim", Opaque()))
            own = _activation(given(layer.arguments, "activation", None))
            known = units if isinstance(units, int) and not isinstance(units, bool) else None
            return Output(known, own if activation is None else activation)
        else:
            return Output(None, activation)
    return Output(None, activation)


def _activation(value: Value) -> str | None:
    if value is None:
        return "linear"
    name = value if isinstance(value, str) else value.name.rpartition(".")[2] if isinstance(value, Imported) else None
    return name.lower() if name is not None and "⟨" not in name else None


def _compiled(trace: Trace) -> Iterable[tuple[Output, Loss, Place]]:
    for model in trace.models:
        if model.loss and model.compiled_at:
            yield output_of(model), model.loss, model.compiled_at


def probabilities_as_logits(trace: Trace) -> Iterable[Flaw]:
    """CLS012: from_logits=True after sigmoid or softmax."""
    for output, loss, place in _compiled(trace):
        if output.activation in ("sigmoid", "softmax") and loss.from_logits is True:
            yield Flaw(
                place,
                f"the model ends with {output.activation}, so it gives probabilities, and from_logits=True applies it a"
                " second time: leave one of them out",
            )


def logits_as_probabilities(trace: Trace) -> Iterable[Flaw]:
    """CLS013: no activation, and a loss that takes probabilities."""
    for output, loss, place in _compiled(trace):
        if output.activation == "linear" and loss.from_logits is False:
            activation = "sigmoid" if loss.kind == "binary" else "softmax"
            yield Flaw(
                place,
                f"the last layer has no activation, but {_WHAT[loss.kind]} takes probabilities unless from_logits=True:"
                f" set it, or give the layer {activation}",
            )


def softmax_of_one(trace: Trace) -> Iterable[Flaw]:
    """CLS014: softmax on one unit."""
    for model in trace.models:
        output = output_of(model)
        if output.units == 1 and output.activation == "softmax":
            place = model.compiled_at or model.place
            yield Flaw(place, "softmax on one unit is always 1: use sigmoid, or two units with softmax")


def activated_twice(trace: Trace) -> Iterable[Flaw]:
    """CLS020: sigmoid or softmax of probabilities."""
    for model in trace.models:
        for first, second in _final_activations(model):
            yield Flaw(
                second.place or model.compiled_at or model.place,
                f"{_name_of(second)} after {_name_of(first)}: probabilities go through it a second time, and come out"
                " nearly equal; keep one of them",
            )
    for each in trace.activated:
        own = output_of(each.model.trained).activation
        if own in _PROBABILITIES and each.name in _PROBABILITIES:
            yield Flaw(
                each.place,
                f"the model ends with {own}, so its predictions are probabilities already, and {each.name} makes them"
                " nearly equal: leave it out",
            )


def _final_activations(model: Model) -> Iterable[tuple[Layer, Layer]]:
    """Yield layers at the end of a model that give probabilities, with the next one that takes those."""
    after: Layer | None = None
    for layer in reversed(model.layers):
        if layer.kind in ("Dropout", "Flatten", "Reshape"):
            continue
        if _name_of(layer) in _PROBABILITIES:
            if after:
                yield layer, after
            after = layer
        elif not (layer.kind == "Activation" and _name_of(layer) == "linear"):
            return
        if layer.kind not in ("Activation", "Softmax"):
            return


def _name_of(layer: Layer) -> str | None:
    """Return the activation of a layer."""
    if layer.kind == "Softmax":
        return "softmax"
    known = layer.kind in ("Dense", "Activation", "Conv2D")
    return _activation(given(layer.arguments, "activation", None)) if known else None


def other_labels(trace: Trace) -> Iterable[Flaw]:
    """CLS015: the loss expects other labels than the iterator yields."""
    for model in trace.models:
        if model.loss and model.compiled_at and model.loss.kind == "categorical" and output_of(model).units == 1:
            yield Flaw(
                model.compiled_at,
                "categorical_crossentropy on one unit is always 0: use binary_crossentropy",
            )
    for use, iterator, model, loss in _fitted(trace):
        mode = _mode_of(iterator)
        if not isinstance(mode, str) or mode not in ("binary", "categorical", "sparse"):
            continue
        wrong_units = mode == "categorical" and loss.kind == "binary" and output_of(model).units == 1
        argument = "class_mode" if isinstance(iterator, Iterator) else "label_mode"
        left_out = argument not in (iterator.arguments or {})
        if (mode not in _LABELS[loss.kind] or wrong_units) and not (left_out and wrong_units):
            also = " (the default)" if left_out else ""
            shown = "int" if argument == "label_mode" and mode == "sparse" else mode
            yield Flaw(
                iterator.place,
                f"{named(iterator)} yields labels of {argument}='{shown}'{also}, but the model fitted in line"
                f" {use.place.line} has {_WHAT[loss.kind]}{' of one unit' if wrong_units else ''}",
            )


def class_mode_left_out(trace: Trace) -> Iterable[Flaw]:
    """CLS016: class_mode is left out, but the model has one unit."""
    for use, iterator, model, loss in _fitted(trace):
        left_out = isinstance(iterator, Iterator) and not {"class_mode", "**"} & set(iterator.arguments)
        if left_out and loss.kind == "binary" and output_of(model).units == 1:
            yield Flaw(
                iterator.place,
                f"{named(iterator)} leaves class_mode out, so it yields one-hot labels, but the model fitted in line"
                f" {use.place.line} has one unit: give it class_mode='binary'",
            )


def _fitted(trace: Trace) -> Iterable[tuple[Use, Iterator | Dataset, Model, Loss]]:
    for use in trace.uses:
        labelled = isinstance(use.data, Dataset) or (isinstance(use.data, Iterator) and use.data.method != "flow")
        if use.kind in ("fit", "validation", "evaluate") and labelled and use.model and use.model.loss:
            yield use, use.data, use.model, use.model.loss


def _mode_of(data: Iterator | Dataset) -> Value:
    """Return the kind of labels that data yield, in the words of `class_mode`; None if it is not known."""
    if isinstance(data, Iterator):
        return given(data.arguments, "class_mode", "categorical")
    unchanged = isinstance(data.element, list) and any(tag.kind == "labels" for tag in tags_of(data.element[1:]))
    if data.arguments is None or not unchanged:
        return None
    mode = given(data.arguments, "label_mode", "int")
    return "sparse" if mode == "int" else mode
