"""How layers are combined, and losses."""

from itertools import takewhile

from classeur.migration.values import Arguments, Imported, Layer, Loss, Model, Tensor, Value, given


def loss_of(value: Value, keywords: Arguments) -> Loss | None:
    """Return the cross-entropy that a value names, or None for any other loss."""
    if isinstance(value, Loss):
        return value
    name = value if isinstance(value, str) else value.name.rpartition(".")[2] if isinstance(value, Imported) else ""
    kinds = {"binarycrossentropy": "binary", "categoricalcrossentropy": "categorical",
             "sparsecategoricalcrossentropy": "sparse"}  # fmt: skip
    kind = kinds.get(name.lower().replace("_", ""))
    if kind is None:
        return None
    from_logits = given(keywords, "from_logits", False)
    return Loss(kind, from_logits if isinstance(from_logits, bool) else None)


def applied(callee: Layer | Model, data: Value) -> Tensor:
    """Return the output of a layer or model."""
    return Tensor((*_before(data), *([callee] if isinstance(callee, Layer) else callee.layers)))


def merged(tensors: Value) -> Tensor | None:
    """Return what a function makes of several outputs: the layers that all went through are known."""
    return Tensor(_before(tensors)) if _are_tensors(tensors) else None


def _before(data: Value) -> tuple[Layer, ...]:
    """Return the layers that the input of a layer went through, with one of kind "?" for what is not known."""
    if isinstance(data, Tensor):
        return data.layers
    if not _are_tensors(data):
        return (Layer("?"),)
    side_by_side = zip(*(each.layers for each in data), strict=False)
    common = takewhile(lambda found: all(each is found[0] for each in found), side_by_side)
    return (*(found[0] for found in common), Layer("?"))


def _are_tensors(values: Value) -> bool:
    return isinstance(values, list | tuple) and bool(values) and all(isinstance(each, Tensor) for each in values)


def layers_of(values: list[Value]) -> list[Layer]:
    """Return values as layers; of kind "?" for unknown values."""
    found: list[Layer] = []
    for value in values:
        if isinstance(value, Layer):
            found.append(value)
        elif isinstance(value, Model):
            found += value.layers
        elif isinstance(value, Tensor):
            continue
        else:
            found.append(Layer("?"))
    return found
