"""Networks by name, the models made of them, and their layer tables."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from classeur.errors import BrokenRunError, UnknownNameError
from classeur.models.application_network import build_application
from classeur.models.application_weights import find_weights
from classeur.models.applications import APPLICATIONS
from classeur.models.efficientnet_lite import build_lite
from classeur.models.engine import dtype_policy, load_keras, starting_quietly
from classeur.models.lite_blocks import SMALLEST_SIDE
from classeur.models.lite_weights import load_weights
from classeur.models.tutorial import build_tutorial

if TYPE_CHECKING:
    import keras


class Architecture(NamedTuple):
    """A network by name: how it is built, and its defaults in a recipe."""

    build: Callable[..., Any]
    smallest_size: int  # of a side, in pixels
    usual_size: int
    own_defaults: Mapping[str, Any] = {}  # options with another default than in the table
    is_frozen: bool = False  # only a head on its features is trained, in one step and without epochs
    # Raises an error if it cannot be built here; `progress` (done, total) is told of bytes that are downloaded.
    check: Callable[..., object] = lambda progress=None: None  # noqa: ARG005

    @property
    def defaults(self) -> dict[str, Any]:
        """The options that have another default with this network."""
        return {"image_size": (self.usual_size, self.usual_size), **self.own_defaults}


# The tutorial's three poolings leave one pixel of 8.
MODELS: dict[str, Architecture] = {
    "tutorial": Architecture(build_tutorial, smallest_size=8, usual_size=150),  # of the tutorial's photographs
    **{
        kind: Architecture(
            partial(build_lite, kind),
            smallest_size=SMALLEST_SIDE,
            usual_size=size,
            is_frozen=True,
            check=lambda kind=kind, progress=None: load_weights(kind),  # noqa: ARG005
        )
        for kind, size in (("efficientnet_lite0", 224), ("efficientnet_lite2", 260))
    },
    **{
        kind: Architecture(
            partial(build_application, kind),
            smallest_size=backbone.smallest_size,
            usual_size=backbone.usual_size,
            is_frozen=True,
            check=partial(find_weights, kind),
        )
        for kind, backbone in APPLICATIONS.items()
    },
}


# What `auto` stands for: the network that comes with classeur.
AUTO_MODEL = "efficientnet_lite0"


def model_name(name: str) -> str:
    """Return the name of a network: what `auto` stands for, what Keras' function is called here, or the name itself.

    Raises:
        UnknownNameError: if no model has that name; suggests the nearest.

    >>> model_name("auto"), model_name("MobileNetV2")
    ('efficientnet_lite0', 'mobilenet_v2')
    """
    functions = {backbone.function: kind for kind, backbone in APPLICATIONS.items() if backbone.alpha == 1}
    resolved = {"auto": AUTO_MODEL, **functions}.get(name, name)
    architecture(resolved)
    return resolved


def architecture(name: str) -> Architecture:
    """Return the architecture of that name, without loading Keras.

    Raises:
        UnknownNameError: if no model has that name; suggests the nearest.

    >>> architecture("tutorial").usual_size
    150
    """
    if name not in MODELS:
        raise UnknownNameError("model", name, ["auto", *MODELS])
    return MODELS[name]


class Layer(BaseModel):
    """One row of the layer table."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    output_shape: tuple[int | None, ...]
    num_parameters: int


class LayerTable(BaseModel):
    """The layers of a network, in order; a run's layers.json."""

    model_config = ConfigDict(frozen=True)

    layers: tuple[Layer, ...]

    @property
    def num_parameters(self) -> int:
        """Of all layers."""
        return sum(each.num_parameters for each in self.layers)


def build_network(
    name: str,
    image_size: tuple[int, int],
    num_classes: int,
    *,
    dropout: float = 0.0,
    seed: int = 0,
    precision: str = "float32",
) -> "keras.Model":
    """Return a network by name, uint8 (n, height, width, 3) → logits (n, 1) for two classes, (n, classes) for more.

    Args:
        name: one of `MODELS`.
        image_size: (height, width) in pixels.
        num_classes: at least 2.
        dropout: in [0, 1).
        seed: of the initial weights and of dropout.
        precision: of the computation, float32 or bfloat16; weights are float32 in both.

    Raises:
        UnknownNameError: if no model has that name.
    """
    chosen = architecture(name)
    with dtype_policy(precision):
        return chosen.build(image_size, num_classes, dropout=dropout, seed=seed)


def with_probabilities(network: "keras.Model") -> "keras.Model":
    """Return the model to save: the network's layers, then probabilities (n, classes); no parameters are added.

    One logit z of two classes becomes softmax([0, z]), whose second entry is sigmoid(z). Only layers that every export
    supports are used: a zero is padded in front of z.
    """
    keras = load_keras()
    layers = keras.layers
    logits = network.outputs[0]
    if logits.shape[-1] == 1:
        padded = layers.ZeroPadding1D((1, 0), name="zero_and_logit")(layers.Reshape((1, 1), name="logit")(logits))
        logits = layers.Flatten(name="logits")(padded)
    probabilities = layers.Softmax(name="probabilities")(logits)
    # Not a list of one: called with pixels, the model would warn of another structure.
    return keras.Model(network.inputs[0], probabilities, name=network.name)


def with_logits(model: "keras.Model") -> "keras.Model":
    """Return a saved model up to the logits (n, classes), which its last layer makes probabilities of.

    Raises:
        BrokenRunError: if it does not end with a softmax, as `with_probabilities` has it.
    """
    last = model.layers[-1]
    if type(last).__name__ != "Softmax":
        raise BrokenRunError(f"the model ends with a layer {type(last).__name__}, where classeur's end with Softmax")
    return load_keras().Model(model.inputs[0], last.input, name=model.name)


def layer_table(network: "keras.Model") -> tuple[Layer, ...]:
    """Return the layers with their output shapes and numbers of parameters, in order."""
    return tuple(
        Layer(
            name=layer.name,
            type=type(layer).__name__,
            output_shape=tuple(layer.output.shape),
            num_parameters=int(layer.count_params()),
        )
        for layer in network.layers
        if type(layer).__name__ != "InputLayer"
    )


def save_model(model: "keras.Model", path: Path) -> None:
    """Write a model to a file that ends in .keras."""
    with starting_quietly("tensorflow"):
        model.save(path)
