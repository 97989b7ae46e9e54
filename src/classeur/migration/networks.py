"""How layers are combined, and losses."""

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
    before = data.layers if isinstance(data, Tensor) else (Layer("?"),)
    return Tensor((*before, *([callee] if isinstance(callee, Layer) else callee.layers)))


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
