"""The config of a saved network, checked before Keras sees it: known layers, plain numbers and words, and nothing else.

Keras makes whatever a config names. So a config is not searched for what is known to be harmful; it must be made of
what `ALLOWED` lists, layer by layer, setting by setting.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from classeur.models.allowed_layers import ALLOWED
from classeur.untrusted import LimitError

MAX_LAYERS = 5_000
"""NASNetLarge has 1,041."""

_NETWORKS = frozenset(("keras.src.models.functional/Functional", "keras/Sequential"))
_MAX_NESTED = 3  # networks in each other
_PARTS = ("keras.initializers/", "keras/DTypePolicy")  # what a setting of a layer may be

_NETWORK_KEYS = frozenset(("module", "class_name", "config", "registered_name", "build_config", "compile_config"))
_PART_KEYS = frozenset(("module", "class_name", "config", "registered_name", "shared_object_id"))
_LAYER_KEYS = frozenset(("module", "class_name", "config", "registered_name", "build_config", "name", "inbound_nodes"))
_TENSOR = "__keras_tensor__"

# What Keras would look up by its name: anything that is registered there, were it not on a list.
_ACTIVATIONS = frozenset(
    ("elu", "gelu", "hard_sigmoid", "hard_silu", "hard_swish", "leaky_relu", "linear", "log_softmax", "mish", "relu",
     "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh")
)  # fmt: skip

# No path, no address, no control character.
_WORD = re.compile(r"[\w\-. ]{0,200}")
_MAX_NUMBER = 2**24
_FREE_NUMBERS = frozenset(("seed", "shared_object_id"))
# Mostly single digits; a pooling may take in a whole side.
_MOST = {
    "dilation_rate": 64, "strides": 1024, "kernel_size": 1024, "pool_size": 1024, "padding": 1024, "cropping": 1024,
}  # fmt: skip
_MAX_VALUES = 2**24  # of an input: 2,048 x 2,048 in RGB takes three quarters

# Variables are float32 under each of them.
_POLICIES = frozenset(("float32", "mixed_bfloat16", "mixed_float16"))


def check_config(config: Any) -> int:
    """Return how many parameters a config's layers will have.

    Args:
        config: of a whole network, as in config.json.

    Raises:
        LimitError: naming the first thing in it that no network of classeur's or of keras.applications has.
    """
    return _Reader().network(config, 0)


class _Reader:
    """Goes through a config once; counts its layers."""

    def __init__(self) -> None:
        self._num_layers = 0

    def network(self, node: Any, depth: int) -> int:
        """Return the number of parameters of a network."""
        kind, config = _identified(node, _NETWORK_KEYS if depth == 0 else _NETWORK_KEYS | _LAYER_KEYS)
        if kind not in _NETWORKS:
            raise LimitError(f"{_dotted(kind)} where a network is expected")
        if depth > _MAX_NESTED:
            raise LimitError(f"networks more than {_MAX_NESTED} deep in each other")
        if node.get("compile_config"):
            raise LimitError("settings of a training (compile_config)")
        for key, value in config.items():
            if key not in ALLOWED[kind].split():
                raise LimitError(f"the setting {_shown(key)} of {_dotted(kind)}")
            if key != "layers":
                _check_value(value, key)
        if not isinstance(config.get("layers"), list):
            raise LimitError(f"{_dotted(kind)} without a list of layers")
        _check_built(node.get("build_config"))
        return sum(self._layer(each, depth) for each in config["layers"])

    def _layer(self, node: Any, depth: int) -> int:
        self._num_layers += 1
        if self._num_layers > MAX_LAYERS:
            raise LimitError(f"more than {MAX_LAYERS:,} layers")
        kind, config = _identified(node, _LAYER_KEYS | _NETWORK_KEYS)
        _check_word(node.get("name", ""))
        _check_calls(node.get("inbound_nodes", []))
        if kind in _NETWORKS:
            return self.network(node, depth + 1)
        if kind.startswith(_PARTS) or "compile_config" in node:
            raise LimitError(f"{_dotted(kind)} where a layer is expected")
        for key, value in config.items():
            # A later Keras may save more; what is not switched on does nothing.
            if key not in ALLOWED[kind].split() and value is not None and value is not False:
                raise LimitError(f"the setting {_shown(key)} of {_dotted(kind)}")
            _check_value(value, key)
        _check_built(node.get("build_config"))
        if kind == "keras.layers/InputLayer":
            _check_input(config.get("batch_shape"))
        return _num_parameters(kind, config, node.get("build_config"))


def _identified(node: Any, keys: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """Return what a serialised object is, and its settings.

    Without `module` Keras takes another, older way to the class; a registered name takes it to one of somebody's own.
    """
    if not isinstance(node, dict):
        raise LimitError(f"{_shown(node)} where a layer is expected")
    module, class_name, config = node.get("module"), node.get("class_name"), node.get("config")
    kind = f"{module}/{class_name}"
    if kind not in ALLOWED or not isinstance(module, str) or not isinstance(class_name, str):
        raise LimitError(f"{_dotted(kind)}, which is none of the layers that it may have")
    if node.get("registered_name") not in (None, class_name):
        raise LimitError(f"{_dotted(kind)} registered as {_shown(node['registered_name'])}")
    strange = node.keys() - keys
    if strange or not isinstance(config, dict):
        raise LimitError(f"{_dotted(kind)} with {_shown(min(strange, default='no settings'))}")
    return kind, config


def _check_value(value: Any, key: str) -> None:
    """Check the value of a setting: nothing, a number, a word, a list of these, or an initializer or policy."""
    if isinstance(value, list):
        for each in value:
            _check_value(each, key)
    elif isinstance(value, dict):
        kind, config = _identified(value, _PART_KEYS)
        if not kind.startswith(_PARTS):
            raise LimitError(f"{_dotted(kind)} as {_shown(key)} of a layer")
        for name, inner in config.items():
            if name not in ALLOWED[kind].split() or isinstance(inner, dict):
                raise LimitError(f"the setting {_shown(name)} of {_dotted(kind)}")
            _check_value(inner, name)
        if kind == "keras/DTypePolicy":
            _check_policy(config.get("name"))
    elif key == "dtype" and value not in ("uint8", None):
        _check_policy(value)
    elif isinstance(value, str):
        # By a name it may be any, such as an initializer that takes hours.
        if key.endswith(("_initializer", "_regularizer", "_constraint")) or (
            key == "activation" and value not in _ACTIVATIONS
        ):
            raise LimitError(f"{_shown(value)} as {_shown(key)} of a layer")
        _check_word(value)
    elif (
        value is not None and key not in _FREE_NUMBERS and not abs(value) <= _MOST.get(key, _MAX_NUMBER)
    ):  # NaN neither
        raise LimitError(f"{_shown(value)} as {_shown(key)} of a layer")


def _check_policy(name: Any) -> None:
    if name not in _POLICIES:
        raise LimitError(f"{_shown(name)} as the precision of a layer")


def _check_word(text: Any) -> None:
    if not isinstance(text, str) or not _WORD.fullmatch(text) or ".." in text:
        raise LimitError(f"{_shown(text)}, which is no name or setting of a layer")


def _check_built(shape: Any) -> None:
    """Check the `build_config` of a layer: the shape of its input."""
    if shape is not None and (not isinstance(shape, dict) or shape.keys() - {"input_shape"}):
        raise LimitError(f"{_shown(shape)} in place of a shape")
    _check_numbers((shape or {}).get("input_shape"))


def _check_calls(calls: Any) -> None:
    """Check how a layer is called: once, with tensors and plain values."""
    if not isinstance(calls, list) or len(calls) > 1:
        raise LimitError("a layer that is called more than once")
    for call in calls:
        if not isinstance(call, dict) or call.keys() != {"args", "kwargs"} or not isinstance(call["kwargs"], dict):
            raise LimitError(f"{_shown(call)} in place of a call")
        for value in (call["args"], *call["kwargs"].values()):
            _check_argument(value)


def _check_argument(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _check_argument(each)
    elif isinstance(value, dict):
        config = value.get("config")
        if value.keys() != {"class_name", "config"} or value["class_name"] != _TENSOR or not isinstance(config, dict):
            raise LimitError(f"{_shown(value)} given to a layer")
        if config.keys() != {"shape", "dtype", "keras_history"}:
            raise LimitError(f"{_shown(value)} given to a layer")
        _check_numbers(config["shape"])
        for each in (config["dtype"], *_listed(config["keras_history"])):
            _check_word(str(each))
    elif isinstance(value, str):
        _check_word(value)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or any(isinstance(each, dict | list) for each in value):
        raise LimitError(f"{_shown(value)} in place of a list")
    return value


def _check_numbers(value: Any) -> None:
    """Check a shape, or several: None or counts."""
    if isinstance(value, list):
        for each in value:
            _check_numbers(each)
    elif value is not None and not (type(value) is int and 0 <= value <= _MAX_NUMBER):
        raise LimitError(f"{_shown(value)} in a shape")


def _check_input(shape: Any) -> None:
    _check_numbers(shape)
    if math.prod(side or 1 for side in _listed(shape)) > _MAX_VALUES:
        raise LimitError(f"an input of {_shown(shape)}")


def _num_parameters(kind: str, config: Mapping[str, Any], built: Any) -> int:
    """Return how many parameters a layer will have, by what Keras will build it from.

    Raises:
        LimitError: if that cannot be told, as of a layer that is only built when it is called.
    """
    if kind not in _COUNTS:
        return 0
    try:
        shape = [1 if side is None else _whole(side) for side in built["input_shape"]]
        return _COUNTS[kind](_Sizes(config), shape)
    except (TypeError, KeyError, IndexError) as error:
        raise LimitError(f"{_dotted(kind)} from whose settings its size cannot be told") from error


def _whole(value: Any) -> int:
    """Return a whole number, 0 or more: a text or a list times a number would be a long one."""
    if isinstance(value, int) and value >= 0:
        return int(value)
    raise TypeError


class _Sizes:
    """The settings of a layer that decide how large it is."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def __getitem__(self, name: str) -> int:
        return _whole(self._config[name])

    @property
    def num_places(self) -> int:
        """Of a kernel."""
        return math.prod(map(_whole, self._config["kernel_size"]))

    def channels(self, shape: list[int]) -> int:
        """Return how many an input of that shape has."""
        return shape[1] if self._config["data_format"] == "channels_first" else shape[-1]

    def along_axes(self, shape: list[int]) -> int:
        """Return how many values lie along the axes."""
        axes = self._config["axis"]
        return math.prod(shape[axis] for axis in (axes if isinstance(axes, list) else [axes]))


def _dense(sizes: _Sizes, shape: list[int]) -> int:
    return sizes["units"] * (shape[-1] + sizes["use_bias"])


def _convolution(sizes: _Sizes, shape: list[int]) -> int:
    inputs = sizes.channels(shape) // max(sizes["groups"], 1)
    return sizes["filters"] * (sizes.num_places * inputs + sizes["use_bias"])


def _depthwise(sizes: _Sizes, shape: list[int]) -> int:
    return sizes.channels(shape) * sizes["depth_multiplier"] * (sizes.num_places + sizes["use_bias"])


def _separable(sizes: _Sizes, shape: list[int]) -> int:
    outputs = sizes.channels(shape) * sizes["depth_multiplier"]
    return outputs * sizes.num_places + sizes["filters"] * (outputs + sizes["use_bias"])


def _batch_normalization(sizes: _Sizes, shape: list[int]) -> int:
    # Renormalisation adds three more.
    return (2 + sizes["scale"] + sizes["center"] + 3 * sizes["renorm"]) * sizes.along_axes(shape)


def _layer_normalization(sizes: _Sizes, shape: list[int]) -> int:
    return (sizes["scale"] + sizes["center"]) * sizes.along_axes(shape)


def _normalization(sizes: _Sizes, shape: list[int]) -> int:
    # Mean, variance and a count; as settings the first two take as much memory.
    return 2 * sizes.along_axes(shape) + 1


def _layer_scale(sizes: _Sizes, shape: list[int]) -> int:  # noqa: ARG001
    return sizes["projection_dim"]


_COUNTS: Mapping[str, Callable[[_Sizes, list[int]], int]] = {
    "keras.layers/Dense": _dense,
    "keras.layers/Conv2D": _convolution,
    "keras.layers/DepthwiseConv2D": _depthwise,
    "keras.layers/SeparableConv2D": _separable,
    "keras.layers/BatchNormalization": _batch_normalization,
    "keras.layers/LayerNormalization": _layer_normalization,
    "keras.layers/Normalization": _normalization,
    "keras.src.applications.convnext/LayerScale": _layer_scale,
}


def _dotted(kind: str) -> str:
    """Return a kind as Python writes it.

    >>> _dotted("keras.layers/Lambda")
    'keras.layers.Lambda'
    """
    return _shown(kind.replace("/", "."))


def _shown(value: Any) -> str:
    r"""Return what was found, short, in one line and without control characters.

    >>> _shown({"a": 1}), _shown("\x1b[2J")
    ("{'a': 1}", '?[2J')
    """
    text = "".join(each if each.isprintable() else "?" for each in str(value))
    return text if len(text) <= 80 else f"{text[:79]}…"
