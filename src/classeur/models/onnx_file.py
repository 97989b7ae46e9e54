"""An ONNX file that is whole: it says itself which classes these are, what pixels it takes, where it comes from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from classeur.errors import BrokenRunError
from classeur.images.resizing import Fit
from classeur.models.applications import APPLICATIONS, FAMILIES
from classeur.models.lite_blocks import KINDS
from classeur.models.onnx_session import FACTS_KEY, FACTS_VERSION
from classeur.storage import written_atomically

if TYPE_CHECKING:
    import onnx
    import onnxruntime

Precision = Literal["float32", "float16"]  # of the weights; all is computed in float32

# Smaller ones are not worth a node: biases, and numbers a channel.
_LEAST_AXES = 2
_FLOAT16_MAX = float(np.finfo(np.float16).max)


class Verified(BaseModel):
    """How far a file was compared with the original before it was kept."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    max_difference: float  # of a probability
    tolerance: float


class Decided(BaseModel):
    """From where on a run gives no class."""

    model_config = ConfigDict(frozen=True)

    unsure_up_to: float | None = None  # it answers where its highest probability is above
    max_error: float | None = None  # share of wrong answers that this promises not to exceed, with 95 % confidence
    coverage: float | None = None  # share of the known validation images that are answered then
    unlike_above: float | None = None  # it answers where the output `unlike` is not above
    known_up_to: float | None = None  # of `unlike`, for 99 % of known images; None where too few tell
    none_of_these: float | None = None  # share of known images that this refuses, at most, on average


class OnnxFacts(BaseModel):
    """What whoever runs the file has to know, and what it promises."""

    model_config = ConfigDict(frozen=True)

    version: int = FACTS_VERSION
    class_names: tuple[str, ...]  # in the order of the probabilities
    image_size: tuple[int, int]  # height, width of the pixels
    fit: Fit  # how an image is fitted to that size
    stretch: bool  # whether 16-bit grey is stretched from its own range
    provenance: dict[str, Any] = {}  # run, data_fingerprint, versions
    licence: str = ""  # of the weights that it began with; "" for none, or where none is known
    model: str = ""  # the checksum of the model.keras that it was made from
    precision: Precision = "float32"
    verified: Verified | None = None
    tells_unlike: bool = False  # whether it has the output `unlike`
    decided: Decided = Decided()

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, str]) -> Self | None:
        """Return the facts in a file's metadata; None if it has none.

        Raises:
            BrokenRunError: if they are damaged.
        """
        text = metadata.get(FACTS_KEY)
        if text is None:
            return None
        try:
            return cls.model_validate(json.loads(text))
        except (ValueError, ValidationError) as error:
            raise BrokenRunError(f"the metadata '{FACTS_KEY}' of the ONNX file is damaged") from error

    @classmethod
    def of_session(cls, session: "onnxruntime.InferenceSession") -> Self | None:
        """Return the facts of an opened file, as `of_metadata` does."""
        return cls.of_metadata(session.get_modelmeta().custom_metadata_map)

    def text(self) -> str:
        """Return the facts as JSON in ASCII, in which names that are not UTF-8 survive."""
        return json.dumps(self.model_dump(mode="json"))


def weights_licence(model: str) -> str:
    """Return the licence of the weights that a network begins with; "" for none, or where none is known.

    >>> weights_licence("efficientnet_lite0"), weights_licence("tutorial")
    ('Apache-2.0', '')
    """
    if model in APPLICATIONS:
        return FAMILIES[APPLICATIONS[model].family].licence or ""
    return "Apache-2.0" if model in KINDS else ""


def write_onnx_file(path: Path, model: "onnx.ModelProto", facts: OnnxFacts) -> int:
    """Write a model with its facts, whole or not at all, and return the file's size in bytes.

    Raises:
        StorageError: if it cannot be written.
    """
    from onnx import helper

    others = {entry.key: entry.value for entry in model.metadata_props if entry.key != FACTS_KEY}
    helper.set_model_props(model, {**others, FACTS_KEY: facts.text()})
    content = model.SerializeToString(deterministic=True)
    with written_atomically(path) as temporary:
        temporary.write_bytes(content)
    return len(content)


def with_float16_weights(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """Return a copy of a model that keeps its large weights in half precision, and computes in float32 as before.

    Half the size on any machine: processors without half precision need nothing for it. What does not fit into half
    precision stays as it is.
    """
    import onnx
    from onnx import helper, numpy_helper

    made = onnx.ModelProto()
    made.CopyFrom(model)
    graph, casts = made.graph, []
    constants = list(graph.initializer)
    del graph.initializer[:]
    for constant in constants:
        array = numpy_helper.to_array(constant)
        fits = array.dtype == np.float32 and array.ndim >= _LEAST_AXES and np.abs(array).max() <= _FLOAT16_MAX
        if fits:
            half = f"{constant.name}_float16"
            casts.append(helper.make_node("Cast", [half], [constant.name], name=half, to=onnx.TensorProto.FLOAT))
            constant = numpy_helper.from_array(array.astype(np.float16), half)
        graph.initializer.append(constant)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(made)
    return made


def output_shapes(session: "onnxruntime.InferenceSession") -> Mapping[str, list[Any]]:
    """Return the shape of each output by its name."""
    return {output.name: output.shape for output in session.get_outputs()}
