"""Updates every expression of a cell; imports follow, in `imports`."""

import libcst as cst
from libcst.metadata import PositionProvider

from classeur.migration import api
from classeur.migration.mends import layers, pictures, training, verbs
from classeur.migration.mends.arguments import renamed
from classeur.migration.mends.pictures import numpy_has
from classeur.migration.mends.plan import Plan, dotted
from classeur.migration.values import Call, Iterator, Place

# Modules whose names have moved up one.
MOVED = frozenset(
    f"keras.{name}"
    for name in (
        "layers.core", "layers.convolutional", "layers.pooling", "layers.normalization", "layers.embeddings",
        "layers.advanced_activations", "layers.recurrent", "layers.merge", "layers.noise", "layers.wrappers",
        "layers.local", "layers.core.core", "layers.normalization.batch_normalization", "utils.np_utils",
        "utils.vis_utils", "utils.data_utils", "utils.generic_utils", "utils.layer_utils", "utils.io_utils",
        "optimizers.legacy",
    )
)  # fmt: skip
_GONE_CALLS = {
    "keras.backend.image_dim_ordering": "use keras.backend.image_data_format(): channels_first for"
    " th, channels_last for tf",
    "keras.backend.set_image_dim_ordering": "keras.backend.set_image_data_format takes channels_first for th,"
    " channels_last for tf, and the input shapes must agree",
}
_SESSIONS = ("get_session", "set_session", "learning_phase", "set_learning_phase", "learning_phase_scope",
             "manual_variable_initialization", "in_train_phase", "placeholder")  # fmt: skip
# What keras.backend still has in Keras 3.15.
_BACKEND = (
    "backend", "clear_session", "epsilon", "floatx", "get_uid", "image_data_format", "is_float_dtype", "is_int_dtype",
    "is_keras_tensor", "result_type", "set_epsilon", "set_floatx", "set_image_data_format", "standardize_dtype",
)  # fmt: skip


class Mender(cst.CSTTransformer):
    """Updates calls, attributes and names of metrics."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self._called: set[int] = set()
        self._statements: set[int] = set()  # expressions that are statements: docstrings

    def _place(self, node: cst.CSTNode) -> Place:
        at = self.get_metadata(PositionProvider, node)
        return Place(self.plan.cell, at.start.line, at.start.column + 1, at.end.line, at.end.column + 1)

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Call(self, node: cst.Call) -> None:
        self._called.add(id(node.func))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        place = self._place(original_node)
        traced = self.plan.calls_at(place)
        names = {each.name for each in traced}
        name = names.pop() if len(names) == 1 else self.plan.name_of(original_node.func) if not traced else None
        if name is not None:
            return self._mend_function(updated_node, name, traced, place.line)
        if isinstance(updated_node.func, cst.Attribute):
            method = updated_node.func.attr.value
            if method in api.VERBS:
                return verbs.mend_verb(updated_node, traced, self.plan, place.line)
            if (
                method == "next"
                and not updated_node.args
                and _are_iterators(traced)
                and "next" not in self.plan.rebound
            ):
                return cst.Call(cst.Name("next"), [cst.Arg(updated_node.func.value)])
            if method in ("save", "save_weights", "load_weights"):
                return training.mend_saving(updated_node, method, traced, self.plan, place.line)
            if method == "get" and self._is_logs(updated_node.func.value) and updated_node.args:
                key = updated_node.args[0].value
                if isinstance(key, cst.SimpleString):
                    first = updated_node.args[0].with_changes(value=training.mend_metric(key, self.plan, place.line))
                    return updated_node.with_changes(args=[first, *updated_node.args[1:]])
        return updated_node

    def _mend_function(self, call: cst.Call, name: str, traced: list[Call], line: int) -> cst.BaseExpression:
        plan, last = self.plan, name.rpartition(".")[2]
        if name.startswith("keras.layers."):
            if isinstance(call.func, cst.Name) and call.func.value == last and last in layers.NEW_NAMES:
                call = call.with_changes(func=cst.Name(layers.NEW_NAMES[last]))  # it came by `import *`
            return layers.mend_layer(call, last, plan, line)
        if name == f"{api.IMAGE}.ImageDataGenerator":
            return layers.mend_dim_ordering(call, plan, line)
        if name.startswith("keras.optimizers.") and "schedules" not in name:
            return training.mend_optimizer(call, traced, plan, line)
        if name.startswith("keras.callbacks."):
            return training.mend_callback(call, last, plan, line)
        if name in api.MODELS:
            return renamed(call, {"input": "inputs", "output": "outputs"}) if last == "Model" else call
        if name.startswith("scipy.misc.") and last in pictures.NAMES:
            return pictures.mend_picture(call, last, traced, plan, line)
        if name in _GONE_CALLS:
            plan.say(line, f"{last} is removed from Keras; {_GONE_CALLS[name]}")
        elif name.startswith("keras.backend.") and last in _SESSIONS:
            plan.say(line, f"{last} is removed from Keras: Keras 3 has no sessions and no learning phase")
        elif name == "keras.backend.function":
            plan.say(line, "keras.backend.function is removed from Keras 3: keras.Model(inputs, outputs) does the same")
        elif name.startswith("keras.backend.") and last not in _BACKEND and not plan.is_of_tensorflow(call.func):
            plan.say(
                line,
                f"keras.backend.{last} is removed from Keras 3; keras.ops has most of it, tf.keras.backend nearly all",
            )
        return call

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        written = dotted(original_node)
        if written is None:
            if original_node.attr.value == "lr" and _is_optimizer(original_node.value):
                return updated_node.with_changes(attr=cst.Name("learning_rate"))
            return updated_node
        if written.endswith(".optimizer.lr"):
            return updated_node.with_changes(attr=cst.Name("learning_rate"))
        name = self.plan.name_of(original_node)
        if name is None:
            return updated_node
        if (spelled := self._redirected(original_node, name)) is not None:
            return spelled.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)
        owner, _, last = name.rpartition(".")
        if owner == "scipy" and numpy_has(last):
            numpy = self.plan.alias_of("numpy", "import numpy as np", "np", self._place(original_node).line)
            return updated_node.with_changes(value=cst.Name(numpy)) if numpy else updated_node
        if owner.startswith("keras.layers") and last in layers.NEW_NAMES:
            updated_node = updated_node.with_changes(attr=cst.Name(layers.NEW_NAMES[last]))
        if owner in MOVED and isinstance(updated_node.value, cst.Attribute):
            return updated_node.with_changes(value=updated_node.value.value)
        if owner == "keras.optimizers" and last in training.OPTIMIZERS:
            return updated_node.with_changes(attr=cst.Name(training.OPTIMIZERS[last]))
        return updated_node

    def _redirected(self, node: cst.Attribute, name: str) -> cst.BaseExpression | None:
        owner, _, last = name.rpartition(".")
        line = self._place(node).line
        if owner == api.IMAGE:
            if last not in api.CLASSEUR_NAMES:
                self.plan.say(line, f"{name} is removed, and classeur has no replacement")
                return None
            head = self.plan.trace.imports.get((dotted(node) or "").partition(".")[0])
            return (
                None if head is not None and head.name == api.IMAGE else self.plan.spell(last, self._place(node).line)
            )
        if id(node) not in self._called:
            return None
        if name in api.MODELS and not name.startswith(api.CLASSEUR) and self.plan.redirects_models:
            return self.plan.spell(api.MODELS[name], line)
        if name in api.GET_FILE and not name.startswith(api.CLASSEUR) and self.plan.redirects_get_file:
            return self.plan.spell("get_file", line)
        return None

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        imported = self.plan.trace.imports.get(original_node.value)
        if imported is None or original_node.value in self.plan.rebound:
            return updated_node
        owner, _, last = imported.name.rpartition(".")
        if owner in ("keras.layers", "keras.layers.convolutional") and last == original_node.value in layers.NEW_NAMES:
            return updated_node.with_changes(value=layers.NEW_NAMES[last])
        return updated_node

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.Subscript:
        place = self._place(original_node)
        history = self.plan.trace.histories.get(place)
        value = original_node.value
        is_history = isinstance(value, cst.Attribute) and value.attr.value == "history"
        if not (history or is_history or self._is_logs(value)) or len(updated_node.slice) != 1:
            return updated_node
        element = updated_node.slice[0]
        if isinstance(element.slice, cst.Index) and isinstance(element.slice.value, cst.SimpleString):
            key = training.mend_metric(element.slice.value, self.plan, place.line, history=history)
            index = element.slice.with_changes(value=key)
            return updated_node.with_changes(slice=[element.with_changes(slice=index)])
        return updated_node

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:
        name, files = original_node.evaluated_value, self.plan.files
        if not isinstance(name, str) or id(original_node) in self._statements:
            return updated_node
        if name in files.checkpoints:
            updated_node = training.mend_file_name(updated_node, self.plan)
        if name in files.endings:
            old, new = files.endings[name]
            body = updated_node.value.rstrip(updated_node.value[-1])  # without the closing quotes
            if body.endswith(old):
                quotes = updated_node.value[len(body) :]
                return updated_node.with_changes(value=f"{body[: len(body) - len(old)]}{new}{quotes}")
            self.plan.say(self._place(original_node).line, f"in Keras 3 the name of this file must end in {new}")
        return updated_node

    def visit_Expr(self, node: cst.Expr) -> None:
        self._statements.add(id(node.value))

    def _is_logs(self, node: cst.BaseExpression) -> bool:
        return isinstance(node, cst.Name) and node.value == "logs"


def _are_iterators(traced: list[Call]) -> bool:
    return bool(traced) and all(isinstance(each.receiver, Iterator) for each in traced)


def _is_optimizer(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == "optimizer"
