"""Attributes: names of modules that have moved, and what models, layers and iterators have under another name."""

import ast
from collections.abc import Iterable

import libcst as cst

from classeur.migration import api
from classeur.migration.edits import Edits
from classeur.migration.mends import layers, libraries, tensorflow1, training
from classeur.migration.mends.arguments import code_of
from classeur.migration.mends.installed import OTHERS, missing, not_there
from classeur.migration.mends.pictures import numpy_has
from classeur.migration.mends.plan import Plan, spelled
from classeur.migration.mends.rates import mend_rate

# Modules whose names have moved up one.
MOVED = frozenset(
    f"keras.{name}"
    for name in (
        "layers.core", "layers.convolutional", "layers.pooling", "layers.normalization", "layers.embeddings",
        "layers.advanced_activations", "layers.recurrent", "layers.merge", "layers.noise", "layers.wrappers",
        "layers.local", "layers.core.core", "layers.normalization.batch_normalization", "utils.np_utils",
        "utils.vis_utils", "utils.data_utils", "utils.generic_utils", "utils.layer_utils", "utils.io_utils",
        "optimizers.legacy", "layers.experimental.preprocessing", "utils.visualize_util",
    )
)  # fmt: skip
_GONE = {
    "metrics_names": "it is only ['loss', 'compile_metrics']; evaluate(…, return_dict=True) names its results",
    "nb_sample": "an iterator of images has samples",
    "to_yaml": "to_json writes the same",
    "get_output_at": "it is output",
    "get_input_at": "it is input",
    "outbound_nodes": "build a new Model(model.inputs, …)",
    "inbound_nodes": "build a new Model(model.inputs, …)",
    "uses_learning_phase": "call the model with training=…",
    "_make_predict_function": "predict makes it by itself, in every thread",
}
_NEW = {"nb_sample": "samples", "nb_class": "num_classes"}  # of the iterators of Keras 1


class Attributes:
    """The attributes of a cell, each updated with what is known of what is around it."""

    def __init__(self, plan: Plan, edits: Edits) -> None:
        """Take what is known about the file, and the changes of the cell so far."""
        self.plan = plan
        self.edits = edits
        self._called: set[ast.expr] = set()
        self._inner: set[ast.expr] = set()  # what attributes are taken of
        self._inputs: set[ast.expr] = set()  # what is given to `Model` as its inputs

    def learn(self, found: Iterable[ast.expr]) -> None:
        """Take note of what each expression is in."""
        for each in found:
            if isinstance(each, ast.Call):
                self._called.add(each.func)
                self._inputs.update(_inputs_of(each, self.plan))
            elif isinstance(each, ast.Attribute):
                self._inner.add(each.value)

    def mend(self, node: ast.Attribute) -> None:
        """Update one of them, after what is inside it."""
        written = spelled(node)
        if node.attr in _NEW and self._is_iterator(node.value):
            self.edits.rename(node, _NEW[node.attr])
            return
        if node.attr in libraries.METHODS and node in self._called and self.plan.is_of_keras(node):
            self.edits.rename(node, libraries.METHODS[node.attr])
            return
        if node.attr in ("output_shape", "input_shape") and self._is_layer(node.value):
            self.edits.rename(node, node.attr.replace("_", "."))
            return
        if node.attr == "_keras_shape" or (node.attr == "get_shape" and self.plan.owners.may_be_of_keras(node.value)):
            if node.attr == "_keras_shape":
                self.edits.rename(node, "shape")
            return
        if node.attr in _GONE and self.plan.is_of_keras(node):
            self.plan.say(node.lineno, f"{node.attr} is removed from Keras 3: {_GONE[node.attr]}")
        if node in self.plan.histories.columns:
            self.edits.rename(node, training.name_of_metric(node.attr, self.plan))
            return
        if mend_rate(node, self.plan, self.edits):
            return
        if node in self._called or node.attr == "ix":
            libraries.mend_frame(node, self.plan, self.edits)
        if written is None:
            return
        name = self.plan.name_of(node)
        if name is None:
            self._mend_end(node)
            return
        if name in libraries.NAMES:
            self._mend_library(node, name)
            return
        if (replaced := tensorflow1.new_name(name, self.plan, node.lineno)) is not None:
            self.edits.replace(*self.edits.range_of(node), f"{written.partition('.')[0]}.{replaced}")
            return
        if (new := self._redirected(node, name)) is not None:
            self.edits.replace(*self.edits.range_of(node), code_of(new))
            return
        owner, _, last = name.rpartition(".")
        if owner == "scipy" and numpy_has(last):
            numpy = self.plan.alias_of("numpy", "import numpy as np", "np", node.lineno)
            if numpy:
                self.edits.replace(*self.edits.range_of(node.value), numpy)
            return
        if owner.startswith("keras.layers") and last in layers.NEW_NAMES:
            self.edits.rename(node, layers.NEW_NAMES[last])
        if owner in MOVED and isinstance(node.value, ast.Attribute):
            moved: ast.expr = node.value
            for _ in range(owner.count(".") - 1):
                moved = moved.value if isinstance(moved, ast.Attribute) else moved
            self.edits.replace(*self.edits.range_of(node.value), self.edits.text(*self.edits.range_of(moved)))
        elif owner == "keras.optimizers" and last in training.OPTIMIZERS:
            self.edits.rename(node, training.OPTIMIZERS[last])
        elif (
            is_looked_up(name)
            and owner not in MOVED
            and node not in self._inner
            and not name.startswith((api.IMAGE, "keras.backend"))
        ):
            self._look_up(node, name)

    def _mend_library(self, node: ast.Attribute, name: str) -> None:
        new = libraries.NAMES[name]
        if "." in new:
            self.edits.rename(node, new.rpartition(".")[2])
        else:
            self.edits.replace(*self.edits.range_of(node), new)

    def _look_up(self, node: ast.Attribute, name: str) -> None:
        """Say that the installed Keras or TensorFlow has no such name, unless that is known already."""
        head = (spelled(node) or "").partition(".")[0]
        absent = missing(name, of_tensorflow=head in self.plan.of_tensorflow)
        if absent is not None and not tensorflow1.is_mended(name) and not self.plan.has_said(node.lineno):
            self.plan.say(node.lineno, not_there(absent))

    def _mend_end(self, node: ast.Attribute) -> None:
        """Update `model.input` and `model.output`: a Sequential of Keras 3 has only the plurals, in lists."""
        kind = self.plan.origins.kinds.get(spelled(node.value) or "")
        if node.attr in ("input", "output") and isinstance(node.ctx, ast.Load):
            if kind == "sequential":
                self.edits.rename(node, f"{node.attr}s[0]")
            elif kind == "loaded" and node.attr == "input" and node in self._inputs:
                self.edits.rename(node, "inputs")

    def _is_iterator(self, node: ast.expr) -> bool:
        """Return whether an expression is a variable that holds an iterator of images."""
        name = (spelled(node) or "").rpartition(".")[2]
        return any(name in each.names for each in self.plan.trace.iterators)

    def _is_layer(self, node: ast.expr) -> bool:
        """Return whether an expression is one of a model's layers."""
        match node:
            case ast.Name(id=name):
                return name in self.plan.origins.layers
            case ast.Subscript(value=ast.Attribute(attr="layers"), slice=ast.Constant() | ast.UnaryOp()):
                return True
            case ast.Call(func=ast.Attribute(attr="get_layer")):
                return True
        return False

    def _redirected(self, node: ast.Attribute, name: str) -> cst.BaseExpression | None:
        owner, _, last = name.rpartition(".")
        line = node.lineno
        if owner == api.IMAGE:
            if last not in api.CLASSEUR_NAMES:
                self.plan.say(line, f"{name} is removed, and classeur has no replacement")
                return None
            head = self.plan.trace.imports.get((spelled(node) or "").partition(".")[0])
            return None if head is not None and head.name == api.IMAGE else self.plan.spell(last, line)
        if node not in self._called:
            return None
        if name in api.MODELS and not name.startswith(api.CLASSEUR) and self.plan.redirects_models:
            return self.plan.spell(api.MODELS[name], line)
        if name in api.GET_FILE and not name.startswith(api.CLASSEUR) and self.plan.redirects_get_file:
            return self.plan.spell("get_file", line)
        return None


def is_looked_up(name: str) -> bool:
    """Return whether a dotted name is of a library whose names are known, and none that is mended elsewhere."""
    mended = ("scipy.misc.", "sklearn.externals.joblib.", "sklearn.externals.six.")
    return name.partition(".")[0] in ("keras", "tensorflow", *OTHERS) and not name.startswith(mended)


def _inputs_of(call: ast.Call, plan: Plan) -> list[ast.expr]:
    """Return what a `Model` is made to take."""
    name = plan.name_of(call.func) or ""
    if api.MODELS.get(name) != "Model":
        return []
    return [*call.args[:1], *(each.value for each in call.keywords if each.arg in ("input", "inputs"))]
