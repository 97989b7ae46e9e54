"""A Keras network as an ONNX model, made from its settings and its weights: on any backend, in milliseconds.

Nothing is traced, so nothing of training can leak in: each layer's nodes are those of its answers. Neither TensorFlow
nor tf2onnx is needed, which took 11 to 19 seconds for the tutorial's network.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from classeur.errors import ClasseurError
from classeur.models.onnx_graph import FEATURES, PIXELS, Graph, Value
from classeur.models.onnx_layers import Step, UnknownLayerError, add_step

if TYPE_CHECKING:
    import keras
    import onnx

# What lies between logits and the layer that computes them changes no number.
_PASSING = ("Activation", "Dropout", "Flatten", "Reshape", "ZeroPadding1D")
_POOLINGS = ("GlobalAveragePooling2D", "GlobalMaxPooling2D")


class Network(NamedTuple):
    """A network as its layers, in the order of the computation."""

    steps: tuple[Step, ...]
    input: str  # the name by which steps take the pixels
    output: str  # the step that gives the probabilities


def build_network_onnx(
    model: "keras.Model",
    image_size: tuple[int, int],
    *,
    facts: Mapping[str, str] | None = None,
    unlike: Sequence[Any] | None = None,
) -> "onnx.ModelProto":
    """Return a Keras network as a checked ONNX model.

    Args:
        model: uint8 (n, height, width, 3) → probabilities (n, classes), in float32.
        image_size: (height, width) of its pixels.
        facts: for the model's metadata.
        unlike: as `add_unlike` takes it, for an output `unlike`, if the network has features.

    Returns:
        `pixels`, uint8 (n, height, width, 3), RGB → `probabilities`, float32 (n, classes), and, where the network has
        them, `logits` (n, classes), in front of its softmax; `features` (n, features), which its head takes; and
        `feature_map` (n, height, width, features), of which they are the mean.

    Raises:
        UnknownLayerError: if it has a layer that has no ONNX form here.
        ClasseurError: if the package onnx is not installed.
    """
    network = network_of(model)
    graph = Graph()
    outputs = add_network(graph, network, {network.input: graph.pixels(image_size)})
    if unlike is not None and "features" in outputs:
        outputs["unlike"] = add_unlike(graph, outputs["features"], unlike)
    return graph.model(model.name, outputs, facts=facts)


def add_network(graph: Graph, network: Network, values: Mapping[str, Value]) -> dict[str, Value]:
    """Add a network's layers to a graph and return its outputs by name, those of `build_network_onnx`.

    Args:
        graph: receives the nodes.
        network: its layers.
        values: what they take, by the names that they call it.
    """
    values = dict(values)
    steps = {step.name: step for step in network.steps}
    for step in network.steps:
        values[step.name] = add_step(graph, step, [values[name] for name in step.inputs])
    outputs = {"probabilities": values[network.output]}
    last = steps[network.output]
    if last.kind != "Softmax":
        return outputs
    outputs["logits"] = values[last.inputs[0]]
    pooled = [step for step in network.steps if step.kind in _POOLINGS and len(values[step.name].shape) == 1]
    if pooled:
        # A network may do more with the means before its head: then the layer is named so.
        named = [step.name for step in network.steps if step.name.rpartition("/")[2] == "features"]
        outputs["features"] = values[named[-1] if named else pooled[-1].name]
        outputs["feature_map"] = values[pooled[-1].inputs[0]]
        return outputs
    head = steps.get(last.inputs[0])
    while head is not None and head.kind in _PASSING:
        head = steps.get(head.inputs[0])
    if head is not None and head.kind == "Dense" and len(values[head.inputs[0]].shape) == 1:
        outputs["features"] = values[head.inputs[0]]
    return outputs


def add_unlike(graph: Graph, features: Value, arrays: Sequence[Any]) -> Value:
    """Add how unlike the training images each image is, (n,), and return it.

    Args:
        graph: receives the nodes.
        features: of the images.
        arrays: directions (features, rank), kernel (features, classes) and bias (classes,) of a
            `evaluation.outliers.CompactUnlikeness`, float32.
    """
    directions, kernel, bias = arrays
    rows = add_step(graph, Step("unlike/unit_length", "UnitNormalization", {}, [], (FEATURES,)), [features])
    near = graph.add("MatMul", [rows.name, graph.constant("unlike/kernel", kernel)], "unlike/product")
    near = graph.add("Add", [near, graph.constant("unlike/bias", bias)], "unlike/classes")
    near = graph.add("ReduceMax", [near], "unlike/nearest", axes=[-1], keepdims=0)
    along = graph.add("MatMul", [rows.name, graph.constant("unlike/directions", directions)], "unlike/along")
    length = graph.add("ReduceL2", [along], "unlike/length", axes=[-1], keepdims=0)
    total = graph.add("Add", [near, graph.add("Mul", [length, length], "unlike/square")], "unlike/total")
    return Value(graph.add("Neg", [total], "unlike/score"), ())


def dense_head(kernel: Any, bias: Any) -> Network:
    """Return a head on features as the layers that `with_probabilities` puts on a network, without Keras.

    Args:
        kernel: float32 (features, 1) for two classes, else (features, classes).
        bias: float32 (1,) or (classes,).
    """
    return _with_probabilities([Step("classifier", "Dense", {}, [kernel, bias], (FEATURES,))], kernel.shape[1])


def outlier_head(whitening: Sequence[Any], last: Sequence[Any]) -> Network:
    """Return the head of a run of one class: features of unit length, whitened, squared, and their weighted sum.

    Args:
        whitening: float32 (features, features) and (features,).
        last: float32 (features, 1) and (1,): its logit is that of being unlike.
    """
    steps = [
        Step("unit_length", "UnitNormalization", {}, [], (FEATURES,)),
        Step("whitening", "Dense", {}, whitening, ("unit_length",)),
        Step("squares", "Multiply", {}, [], ("whitening", "whitening")),
        Step("classifier", "Dense", {}, last, ("squares",)),
    ]
    return _with_probabilities(steps, 1)


def _with_probabilities(steps: list[Step], num_logits: int) -> Network:
    """Return layers, the last of which gives logits, with those that make probabilities of them."""
    logits = steps[-1].name
    if num_logits == 1:
        steps.append(Step("zero_and_logit", "Reshape", {"target_shape": (1, 1)}, [], (logits,)))
        steps.append(Step("padded", "ZeroPadding1D", {"padding": (1, 0)}, [], ("zero_and_logit",)))
        steps.append(Step("flat_logits", "Flatten", {}, [], ("padded",)))
    steps.append(Step("softmax", "Softmax", {}, [], (steps[-1].name,)))
    return Network(tuple(steps), FEATURES, "softmax")


def network_of(model: "keras.Model") -> Network:
    """Return the layers of a Keras network in the order of the computation, those of networks inside it included.

    Raises:
        UnknownLayerError: if it is not a plain graph of layers with one input and one output.
    """
    steps, output = _steps(model, model.get_config(), of=PIXELS)
    return Network(tuple(steps), PIXELS, output)


class _Call(NamedTuple):
    """One use of a layer in a network's settings."""

    name: str  # of the layer
    number: int  # of the call: a layer may be used more than once
    kind: str
    config: Mapping[str, Any]
    places: tuple[tuple[str, int], ...]  # (layer, call) of each tensor that it takes
    numbers: tuple[float, ...]  # beside them


def _steps(model: "keras.Model", config: Mapping[str, Any], *, of: str, prefix: str = "") -> tuple[list[Step], str]:
    """Return the steps of a network, each after those whose outputs it takes, and the name of that with its output.

    Args:
        model: the network.
        config: its settings.
        of: the name of what it takes.
        prefix: what the names of its steps begin with.
    """
    layers = {layer.name: layer for layer in model.layers}
    calls = list(calls_of(config))
    known: dict[tuple[str, int], str] = {(call.name, 0): of for call in calls if call.kind == "InputLayer"}
    steps: list[Step] = []
    # A layer that is used twice is listed once, where it is first used.
    waiting = [call for call in calls if call.kind != "InputLayer"]
    while waiting:
        ready = [call for call in waiting if all(place in known for place in call.places)]
        if not ready:
            raise ClasseurError(f"the layers of {model.name} take what no layer gives; it cannot be written as ONNX")
        for call in ready:
            inputs = tuple(known[place] for place in call.places)
            name = f"{prefix}{call.name}{f'_call{call.number}' if call.number else ''}"
            step = Step(name, call.kind, call.config, (), inputs)
            if "layers" in call.config:
                if len(inputs) != 1:
                    raise UnknownLayerError(step, "several inputs")
                inner, name = _steps(layers[call.name], call.config, of=inputs[0], prefix=f"{name}/")
                steps += inner
            elif call.numbers:
                steps.append(_with_numbers(step, call.numbers))
            else:
                # An operation, such as the sum of two tensors, is no layer and has no weights.
                steps.append(step._replace(weights=layers[call.name].get_weights() if call.name in layers else ()))
            known[call.name, call.number] = name
        waiting = [call for call in waiting if (call.name, call.number) not in known]
    return steps, known[_only(config["output_layers"]) if "output_layers" in config else (calls[-1].name, 0)]


def calls_of(config: Mapping[str, Any]) -> Iterator[_Call]:
    """Yield every use of a layer in a network's settings; of a Sequential, each takes what the one before it gives."""
    before: tuple[tuple[str, int], ...] = ()
    for saved in config["layers"]:
        kind, settings = saved["class_name"], saved["config"]
        name = saved.get("name") or settings["name"]
        nodes = saved.get("inbound_nodes")
        if nodes is None or kind == "InputLayer":
            yield _Call(name, 0, kind, settings, before, ())
        else:
            for number, node in enumerate(nodes):
                yield _Call(name, number, kind, settings, tuple(_places_in(node)), tuple(_numbers_in(node)))
        before = ((name, 0),)


def _places_in(saved: Any) -> Iterator[tuple[str, int]]:
    """Yield the places, (layer, call), of all tensors in the saved arguments of a call."""
    if isinstance(saved, Mapping):
        if saved.get("class_name") == "__keras_tensor__":
            layer, call, output = saved["config"]["keras_history"]
            if output:
                raise ClasseurError(f"the layer {layer} has several outputs, which classeur cannot write as ONNX")
            yield layer, call
            return
        saved = saved.values()
    if isinstance(saved, str | bytes) or not hasattr(saved, "__iter__"):
        return
    for each in saved:
        yield from _places_in(each)


def _numbers_in(call: Mapping[str, Any]) -> list[float]:
    """Return the numbers among the arguments of a call: `x + 3` on a tensor of Keras is a layer that adds."""
    return [each for each in call.get("args", ()) if isinstance(each, int | float) and not isinstance(each, bool)]


def _with_numbers(step: Step, numbers: Sequence[float]) -> Step:
    """Return a sum or a product of a tensor and a number as the rescaling that it is."""
    scale, offset = {"Add": (1.0, numbers[0]), "Multiply": (numbers[0], 0.0)}.get(step.kind, (0.0, 0.0))
    if not scale or len(numbers) != 1 or len(step.inputs) != 1:
        raise UnknownLayerError(step, "numbers among its inputs")
    return step._replace(kind="Rescaling", config={"scale": scale, "offset": offset})


def _only(outputs: Any) -> tuple[str, int]:
    """Return the one output of a network: (layer, call)."""
    outputs = [outputs] if outputs and isinstance(outputs[0], str) else list(outputs)
    if len(outputs) != 1:
        raise ClasseurError(f"the network has {len(outputs)} outputs; expected one, the probabilities")
    layer, call, *_ = outputs[0]
    return layer, call
