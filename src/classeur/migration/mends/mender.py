"""Updates every expression of a cell; imports follow, in `imports`.

The walk is over Python's own tree. LibCST, which keeps comments and layout and is slow, gets only the calls that a
mend may change, each with the changes inside it.
"""

import ast
import re

import libcst as cst

from classeur.migration import api
from classeur.migration.edits import Edits
from classeur.migration.mends import file_names, images, layers, libraries, pictures, tensorflow1, training, verbs
from classeur.migration.mends.arguments import code_of, renamed, with_names, without
from classeur.migration.mends.attributes import MOVED, Attributes
from classeur.migration.mends.backend import format_of_ordering, mend_backend
from classeur.migration.mends.callbacks import say_of_callback
from classeur.migration.mends.file_names import text_of_parts
from classeur.migration.mends.generators import mend_yields
from classeur.migration.mends.own_iterators import is_drawing, is_own_iterator, rename_next
from classeur.migration.mends.owners import FOREIGN
from classeur.migration.mends.plan import Plan, spelled
from classeur.migration.mends.python2 import FILES_OF_ARRAYS, mend_file_of_array, mend_repetition
from classeur.migration.mends.rates import mend_call_of_rate, mend_item_of_rate
from classeur.migration.mends.sessions import say_of_block
from classeur.migration.mends.shapes import mend_call_of_shape
from classeur.migration.mends.signatures import unknown_arguments
from classeur.migration.outline import is_text
from classeur.migration.values import Call, Iterator, Place

_CLASS_WEIGHTS = ("sklearn.utils.compute_class_weight", "sklearn.utils.class_weight.compute_class_weight")
_METHODS_OF_ARRAYS = ("astype", "tolist", "sum", "mean", "reshape", "ravel", "flatten")
_MENDED = (
    ast.Call, ast.Attribute, ast.Name, ast.Subscript, ast.Constant, ast.JoinedStr, ast.BinOp, ast.Compare,
)  # fmt: skip
_MENDED_MODULES = ("keras.", "scipy.misc.", "tensorflow.train.", f"{api.CLASSEUR}.", *FILES_OF_ARRAYS, *_CLASS_WEIGHTS)
_ANY_OPTIMIZER = "keras.optimizers.Optimizer"
_SAVING = ("save", "save_weights", "load_weights")
_ON_BATCHES = ("train_on_batch", "test_on_batch")
_DATA = ("x", "generator", "validation_data")
_MENDED_METHODS = frozenset((*api.VERBS, *_SAVING, *_ON_BATCHES, "next", "get", "compile", "pop", "reset_states"))


class Mender:
    """Updates calls, attributes and names of metrics in a cell's code."""

    def __init__(self, plan: Plan, edits: Edits) -> None:
        """Take what is known about the file, and the changes of the cell so far."""
        self.plan = plan
        self.edits = edits
        self._attributes = Attributes(plan, edits)
        self._mended: set[ast.expr] = set()  # with what they are in

    def mend(self, tree: ast.AST) -> None:
        """Update a tree's expressions, inner ones first."""
        found = _expressions(tree)
        self._attributes.learn(found)
        orderings = [each for each in found if isinstance(each, ast.Compare) and format_of_ordering(each)]
        self._mended |= {each.left for each in orderings}
        for node in found:
            say_of_callback(node, self.plan)
            match node:
                case ast.Call():
                    self._mend_call(node)
                case ast.Attribute():
                    if (new_name := self._new_name(node.attr)) is not None:
                        self.edits.rename(node, new_name)
                    self._attributes.mend(node)
                case ast.Name():
                    self._mend_name(node)
                case ast.Subscript():
                    self._mend_subscript(node)
                case ast.Constant():
                    self._mend_text(node)
                case ast.JoinedStr():
                    self._mend_parts(node)
                case ast.BinOp():
                    mend_repetition(node, self.edits)
                case ast.Compare() if (parts := format_of_ordering(node)) is not None:
                    function, order, data_format = parts
                    self.edits.rename(function, "image_data_format")
                    start, end = self.edits.range_of(order)
                    self.edits.replace(start + 1, end - 1, data_format)
        mend_yields(tree, self.plan, self.edits)
        rename_next(tree, self.plan.own_iterators, self.edits)
        for block in ast.walk(tree) if self.plan.uses_sessions else ():
            if isinstance(block, ast.With):
                say_of_block(block, self.plan)
        kept = self.plan.own_iterators.kept
        for method in ast.walk(tree) if kept else ():
            if method in kept and isinstance(method, ast.FunctionDef):
                self.plan.say(method.lineno, "an iterator of Python 3 has __next__ instead of next")

    def _place(self, node: ast.expr) -> Place:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Place(
            self.plan.cell,
            node.lineno,
            self.edits.column(node.lineno, node.col_offset) + 1,
            node.end_lineno,
            self.edits.column(node.end_lineno, node.end_col_offset) + 1,
        )

    def _text(self, node: ast.expr) -> str:
        return self.edits.text(*self.edits.range_of(node))

    def _parsed(self, node: ast.expr) -> cst.BaseExpression:
        text = self._text(node)
        try:
            return cst.parse_expression(text)
        except cst.ParserSyntaxError:
            return cst.parse_expression(f"({text})")  # the lines of an expression in parentheses of something else

    def _replace(self, node: ast.expr, old: cst.BaseExpression, new: cst.BaseExpression) -> None:
        if new is old:
            return
        if _is_in_parentheses(old) and _is_in_parentheses(new):
            new = new.with_changes(lpar=new.lpar[1:], rpar=new.rpar[:-1])
        line_end = re.search(r"\r\n|\r|\n", self._text(node))
        module = cst.Module([], default_newline=line_end[0] if line_end else "\n")
        self.edits.replace(*self.edits.range_of(node), module.code_for_node(new))

    def _mend_call(self, node: ast.Call) -> None:
        if node in self._mended:
            return
        if mend_call_of_rate(node, self.plan, self.edits) or mend_call_of_shape(node, self.plan, self.edits):
            return
        if self.plan.own_iterators.renamed and is_drawing(node) and isinstance(node.func, ast.Attribute):
            self._mend_drawing(node, node.func)
            return
        place = self._place(node)
        traced = self.plan.calls_at(place)
        names = {each.name for each in traced}
        name = names.pop() if len(names) == 1 else self.plan.name_of(node.func) if not traced else None
        name = name or self.plan.owners.inherited(node.func)
        if name is None and not traced and self.plan.optimizers.are_made_by(node.func):
            name = _ANY_OPTIMIZER  # a class of them that comes from a list or a dict
        if name is not None:
            libraries.mend_call_of_library(node, name, self.plan, self.edits)
            if not name.startswith(_MENDED_MODULES):
                return
            old = self._parsed(node)
            if isinstance(old, cst.Call):
                new = self._mend_function(old, node, name, traced, place.line)
                if isinstance(new, cst.Call):
                    self._say_of_arguments(new, name, place.line)
                self._replace(node, old, new)
        elif (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _MENDED_METHODS
            and self.plan.is_of_keras(node.func, traced)
        ):
            old = self._parsed(node)
            if isinstance(old, cst.Call):
                new = self._mend_method(old, node, node.func, traced, place.line)
                if isinstance(new, cst.Call) and self.plan.is_model(node.func.value, traced):
                    self._say_of_arguments(new, f"keras.Model:{code_of(new.func).rpartition('.')[2]}", place.line)
                self._replace(node, old, new)

    def _say_of_arguments(self, call: cst.Call, name: str, line: int) -> None:
        """Say which arguments of a call the installed Keras does not take."""
        owner, _, last = name.rpartition(".")
        if owner == api.IMAGE or name in api.MODELS or name == _ANY_OPTIMIZER or not name.startswith("keras."):
            return
        owner = ".".join(owner.split(".")[:2]) if owner in MOVED else owner
        last = training.OPTIMIZERS.get(last, last) if owner == "keras.optimizers" else layers.NEW_NAMES.get(last, last)
        given = [each.keyword.value for each in call.args if each.keyword is not None]
        for each in unknown_arguments(
            f"{owner}.{last}", given, of_tensorflow=self.plan.is_of_tensorflow(call.func) and ":" not in last
        ):
            if not self.plan.has_said(line, each):
                self.plan.say(line, f"{last.rpartition(':')[2]} does not take {each} in Keras 3")

    def _mend_method(
        self, call: cst.Call, node: ast.Call, func: ast.Attribute, traced: list[Call], line: int
    ) -> cst.BaseExpression:
        method = func.attr
        if method in ("fit", "fit_generator", *_ON_BATCHES):
            self._say_of_h5(func, line)
        if method in ("fit", "fit_generator", "train_on_batch"):
            self._say_of_weights(node)
        if method in api.VERBS:
            self._say_of_iterators(node, method, traced)
            return verbs.mend_verb(call, traced, self.plan, line)
        if method == "next" and not call.args and _are_iterators(traced) and self.plan.own_iterators.is_free:
            assert isinstance(call.func, cst.Attribute)
            return cst.Call(cst.Name("next"), [cst.Arg(call.func.value)])
        if method in _SAVING:
            return training.mend_saving(call, method, self.plan, line)
        if method in _ON_BATCHES:
            return without(call, {"show_accuracy"})
        if method == "compile":
            return training.mend_compile(call, self.plan, line)
        if method == "pop":
            return self._mend_pop(call, func, line)
        if method == "reset_states":
            return self._mend_reset(call, func, line)
        if method == "get" and self._is_logs(func.value) and call.args:
            key = call.args[0].value
            if isinstance(key, cst.SimpleString):
                first = call.args[0].with_changes(value=training.mend_metric(key, self.plan, line))
                return call.with_changes(args=[first, *call.args[1:]])
        return call

    def _mend_pop(self, call: cst.Call, func: ast.Attribute, line: int) -> cst.BaseExpression:
        """Return `model.pop()` for `model.layers.pop()`, which changes a copy in Keras 3."""
        layers_of, plan = func.value, self.plan
        if not (isinstance(layers_of, ast.Attribute) and layers_of.attr == "layers") or call.args:
            return call
        model = spelled(layers_of.value) or ""
        if plan.origins.kinds.get(model) == "sequential":
            return call.with_changes(func=cst.parse_expression(f"{model}.pop"))
        plan.say(
            line,
            "layers is a copy in Keras 3, so pop changes nothing: build Model(model.inputs, model.layers[-2].output)",
        )
        return call

    def _say_of_h5(self, func: ast.Attribute, line: int) -> None:
        """Say that a model from a .h5 file cannot be trained on: its optimizer knows other variables."""
        cell, last, path = self.plan.origins.from_h5.get(spelled(func.value) or "", (0, 0, None))
        is_later = (self.plan.cell or 0, line) > (cell, last)
        if path is not None and is_later and path not in self.plan.files.endings:
            self.plan.say(
                line, f"Keras 3 trains a model that was loaded from {path!r} only after compile, or from .keras"
            )

    def _mend_drawing(self, node: ast.Call, func: ast.Attribute) -> None:
        """Draw by Python's `next` where an iterator of the file has no method of that name any more."""
        if isinstance(func.value, ast.Call) and spelled(func.value.func) == "super":
            self.edits.rename(func, "__next__")
        elif self.plan.owners.origin_of(func.value) != FOREIGN:
            self.edits.replace(*self.edits.range_of(node), f"next({self._text(func.value)})")

    def _say_of_iterators(self, node: ast.Call, method: str, traced: list[Call]) -> None:
        """Say that the data are an iterator of a class of the file, which Keras 3 does not take."""
        own = self.plan.own_iterators
        stays = bool(traced) and all(self.plan.stays(each.receiver) for each in traced)
        classes = own.classes - own.iterable if stays else own.classes  # classeur's models take any iterator
        data = [*node.args[:1], *(each.value for each in node.keywords if each.arg in _DATA)]
        for each in data:
            if is_own_iterator(each, classes, self.plan.owners):
                taker = verbs.SUCCESSORS.get(method, method)
                self.plan.say(
                    node.lineno,
                    f"Keras 3 does not take an iterator of an own class: give {taker} a generator,"
                    f" (batch for batch in {self._text(each)})",
                )

    def _say_of_weights(self, node: ast.Call) -> None:
        """Say that weights of classes are a dict, if they are an array or a list."""
        for each in node.keywords:
            if each.arg == "class_weight" and self._is_array(each.value):
                self.plan.say(
                    node.lineno,
                    f"class_weight is a dict in Keras 3, weights by class: dict(enumerate({self._text(each.value)}))",
                )

    def _is_array(self, node: ast.expr) -> bool:
        """Return whether an expression is certainly an array or a list, and no dict."""
        source = self.plan.owners.source_of(node)
        if isinstance(source, ast.BinOp):
            return not isinstance(source.op, ast.BitOr)
        if isinstance(source, ast.Call):
            name = self.plan.owners.function_of(node) or ""
            of_array = isinstance(source.func, ast.Attribute) and source.func.attr in _METHODS_OF_ARRAYS
            return name in _CLASS_WEIGHTS or name.startswith("numpy.") or (not name and of_array)
        return isinstance(source, ast.List | ast.Tuple | ast.ListComp)

    def _mend_reset(self, call: cst.Call, func: ast.Attribute, line: int) -> cst.Call:
        """Return `reset_state` of a metric."""
        if self.plan.origins.kinds.get(spelled(func.value) or "") == "metric":
            assert isinstance(call.func, cst.Attribute)
            return call.with_changes(func=call.func.with_changes(attr=cst.Name("reset_state")))
        self.plan.say(line, "reset_states is reset_state of metrics in Keras 3, and models do not have it")
        return call

    def _mend_function(
        self, call: cst.Call, node: ast.Call, name: str, traced: list[Call], line: int
    ) -> cst.BaseExpression:
        plan, last = self.plan, name.rpartition(".")[2]
        if name.startswith("keras.layers."):
            if isinstance(call.func, cst.Name) and call.func.value == last and last in layers.NEW_NAMES:
                call = call.with_changes(func=cst.Name(layers.NEW_NAMES[last]))  # it came by `import *`
            return layers.mend_layer(call, last, plan, line)
        if name in images.LOADING:
            return images.mend_loading_of_image(call, plan, line)
        if name in file_names.SAVING:
            return without(call, {"save_format"})
        if name == f"{api.IMAGE}.ImageDataGenerator":
            return layers.mend_dim_ordering(call, plan, line)
        if name.startswith("keras.optimizers.") and "schedules" not in name:
            return training.mend_optimizer(call, node, traced, plan, line)
        if name.startswith("keras.callbacks."):
            return training.mend_callback(call, last, plan, line)
        if name in api.MODELS:
            return renamed(call, {"input": "inputs", "output": "outputs"}) if last == "Model" else call
        if name.startswith("scipy.misc.") and last in pictures.NAMES:
            return pictures.mend_picture(call, last, traced, plan, line)
        if name.startswith("keras.utils.") and last == "to_categorical":
            return renamed(call, {"nb_classes": "num_classes"})
        if name == "keras.models.load_model":
            return training.mend_loading(call, plan, line)
        if name.startswith("keras.regularizers."):
            return training.mend_regularizer(call, last)
        if name in FILES_OF_ARRAYS:
            return mend_file_of_array(call, name)
        if name in _CLASS_WEIGHTS:
            return with_names(call, ("class_weight", "classes", "y"))
        if name.startswith("tensorflow.train."):
            return tensorflow1.mend_optimizer_of_tensorflow(call, name)
        if name.startswith("keras.backend."):
            is_of_alias = isinstance(call.func, cst.Attribute) and isinstance(call.func.value, cst.Name)
            is_of_tensorflow = plan.is_of_tensorflow(call.func) or (plan.moves_backend and is_of_alias)
            return mend_backend(call, last, plan, line, is_of_tensorflow=is_of_tensorflow)
        return call

    def _mend_name(self, node: ast.Name) -> None:
        plan = self.plan
        is_built_in = node.id not in plan.trace.imports and node.id not in plan.rebound
        new = libraries.BUILT_IN.get(node.id) if is_built_in else self._new_name(node.id)
        if new is not None:
            self.edits.replace(*self.edits.range_of(node), new)

    def _new_name(self, name: str) -> str | None:
        """Return the new name of a layer that the file imports by its old one."""
        imported = self.plan.trace.imports.get(name)
        if imported is None or name in self.plan.rebound:
            return None
        owner, _, last = imported.name.rpartition(".")
        is_layer = owner in ("keras.layers", "keras.layers.convolutional") and last == name
        return layers.NEW_NAMES.get(name) if is_layer else None

    def _mend_subscript(self, node: ast.Subscript) -> None:
        key = node.slice
        if mend_item_of_rate(node, self.plan, self.edits):
            return
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return
        if key.value == "lr" and not (self._is_logs(node.value) or self.plan.histories.include(node.value)):
            return
        history = self.plan.trace.histories.get(self._place(node))
        is_history = (
            isinstance(node.value, ast.Attribute)
            and node.value.attr == "history"
            and self.plan.owners.may_be_of_keras(node.value.value)
        )
        if history or is_history or self._is_logs(node.value):
            old = self._parsed(key)
            if isinstance(old, cst.SimpleString):
                self._replace(key, old, training.mend_metric(old, self.plan, node.lineno, history=history))

    def _is_logs(self, node: ast.expr) -> bool:
        if not (isinstance(node, ast.Name) and node.id == "logs"):
            return False
        return self.plan.owners.may_be_of_keras(node) and not self.plan.owners.is_new_dict(node)

    def _mend_text(self, node: ast.Constant) -> None:
        name, files = node.value, self.plan.files
        if node in self.plan.histories.keys:
            old = self._parsed(node)
            if isinstance(old, cst.SimpleString):
                self._replace(node, old, training.mend_metric(old, self.plan, node.lineno))
            return
        if name not in files.checkpoints and name not in files.endings:
            return
        old = self._parsed(node)
        if not isinstance(old, cst.SimpleString):
            return
        new = training.mend_file_name(old.value, self.plan) if name in files.checkpoints else old.value
        self._replace(node, old, old.with_changes(value=self._with_ending(new, name, node.lineno)))

    def _mend_parts(self, node: ast.JoinedStr) -> None:
        """Update an f-string that is the name of a file, or of a metric of a history."""
        name, files = text_of_parts(node), self.plan.files
        if node in self.plan.histories.keys_in_parts:
            old, new = self._text(node), training.name_of_metric(name, self.plan)
            (_, before), (_, after) = name.rsplit("_", 1), new.rsplit("_", 1)
            body = old.rstrip(old[-1])
            if new != name and body.endswith(before):
                text = f"{body.removesuffix(before)}{after}{old[len(body) :]}"
                self.edits.replace(*self.edits.range_of(node), text)
            return
        if name in files.checkpoints or name in files.endings:
            old = self._text(node)
            new = training.mend_file_name(old, self.plan, is_in_parts=True) if name in files.checkpoints else old
            self.edits.replace(*self.edits.range_of(node), self._with_ending(new, name, node.lineno))

    def _with_ending(self, written: str, name: str, line: int) -> str:
        """Return a text as it is written with the new end of the name of a file."""
        if name not in self.plan.files.endings:
            return written
        before, after = self.plan.files.endings[name]
        body = written.rstrip(written[-1])  # without the closing quotes
        if body.endswith(before):
            return f"{body[: len(body) - len(before)]}{after}{written[len(body) :]}"
        self.plan.say(line, f"in Keras 3 the name of this file must end in {after}")
        return written


def _expressions(tree: ast.AST) -> list[ast.expr]:
    """Return the expressions that a mend may change, in the order of their ends."""
    found: list[ast.expr] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, _MENDED) and not (isinstance(node, ast.Constant) and not isinstance(node.value, str)):
            found.append(node)
        if isinstance(node, ast.JoinedStr):
            stack += [each for each in node.values if not isinstance(each, ast.Constant)]
        elif not isinstance(node, ast.Import | ast.ImportFrom) and not is_text(node):
            stack.extend(ast.iter_child_nodes(node))
    return sorted(found, key=lambda each: (each.end_lineno, each.end_col_offset, -each.lineno, -each.col_offset))


def _is_in_parentheses(node: cst.BaseExpression) -> bool:
    return bool(node.lpar)


def _are_iterators(traced: list[Call]) -> bool:
    return bool(traced) and all(isinstance(each.receiver, Iterator) for each in traced)
