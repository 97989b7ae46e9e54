"""An ONNX graph while it is made: nodes, constants, and values that know their shape and how their axes lie.

Keras puts channels last, ONNX's convolutions want them first. A value keeps the order that it was computed in, and is
turned only where the next node needs the other one.
"""

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classeur.errors import ClasseurError

if TYPE_CHECKING:
    import onnx

PIXELS, FEATURES = "pixels", "features"
"""The names of a graph's input: of a whole network, or of a head alone."""

OUTPUTS = ("probabilities", "logits", "unlike", "features", "feature_map")
"""Every output that a graph may have, in this order; it has those that the network has."""

# Read by every ONNX Runtime since 1.13, of 2022; nothing newer is needed.
_OPSET, _IR_VERSION = 17, 8


class Value(NamedTuple):
    """A value of the graph: its name, and what it is in Keras' order."""

    name: str
    shape: tuple[int, ...]  # of one image: (height, width, channels), or (features,)
    channels_first: bool = False  # how it lies in the graph; of three axes only


class Graph:
    """Nodes and constants in the order in which they are added; every name is used once."""

    def __init__(self) -> None:
        """Begin an empty graph.

        Raises:
            ClasseurError: if the package onnx is not installed.
        """
        if importlib.util.find_spec("onnx") is None:
            raise ClasseurError("an ONNX graph is made by the package onnx; install it with: pip install onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._names = {PIXELS, *OUTPUTS}
        self._turned: dict[Value, Value] = {}

    def add(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Add a node and return the name of its output: the one asked for, with a number where that is taken."""
        from onnx import helper

        output = self._free(name)
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, array: Any, dtype: Any = np.float32) -> str:
        """Add a constant and return its name."""
        from onnx import numpy_helper

        name = self._free(name)
        # `ascontiguousarray` gives a scalar an axis.
        array = np.asarray(array, dtype)
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def pixels(self, image_size: tuple[int, int]) -> Value:
        """Begin with pixels, uint8 (n, height, width, 3), and return them as float32 with channels first."""
        from onnx import TensorProto, helper

        self._inputs = [helper.make_tensor_value_info(PIXELS, TensorProto.UINT8, ["n", *image_size, 3])]
        turned = self.add("Transpose", [PIXELS], "channels_first", perm=[0, 3, 1, 2])
        return Value(self.add("Cast", [turned], "pixels_float32", to=TensorProto.FLOAT), (*image_size, 3), True)

    def features(self, num_features: int) -> Value:
        """Begin with features, float32 (n, features), and return them."""
        from onnx import TensorProto, helper

        self._inputs = [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["n", num_features])]
        return Value(FEATURES, (num_features,))

    def channels_first(self, value: Value) -> Value:
        """Return a value of three axes as (n, channels, height, width)."""
        return value if value.channels_first else self._turn(value, [0, 3, 1, 2])

    def channels_last(self, value: Value) -> Value:
        """Return a value in Keras' order."""
        return self._turn(value, [0, 2, 3, 1]) if value.channels_first else value

    def model(
        self, name: str, outputs: Mapping[str, Value], *, facts: Mapping[str, str] | None = None
    ) -> "onnx.ModelProto":
        """Return the checked model, from what it began with to those of `OUTPUTS` that are given, in Keras' order.

        Args:
            name: of the graph.
            outputs: by name.
            facts: for the model's metadata.
        """
        from onnx import TensorProto, checker, helper

        infos = []
        for output in (each for each in OUTPUTS if each in outputs):
            value = self.channels_last(outputs[output])
            self._nodes.append(helper.make_node("Identity", [value.name], [output], name=output))
            infos.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", *value.shape]))
        made = helper.make_model(
            helper.make_graph(self._nodes, name, self._inputs, infos, self._constants),
            opset_imports=[helper.make_opsetid("", _OPSET)],
            ir_version=_IR_VERSION,
            producer_name="classeur",
        )
        helper.set_model_props(made, dict(facts or {}))
        checker.check_model(made)
        return made

    def _turn(self, value: Value, order: list[int]) -> Value:
        """Return a value with its axes in the other order; it is turned once, however often that is asked for."""
        if value not in self._turned:
            to = "last" if value.channels_first else "first"
            name = self.add("Transpose", [value.name], f"{value.name}_channels_{to}", perm=order)
            self._turned[value] = Value(name, value.shape, not value.channels_first)
        return self._turned[value]

    def _free(self, name: str) -> str:
        free, number = name, 2
        while free in self._names:
            free, number = f"{name}_{number}", number + 1
        self._names.add(free)
        return free
