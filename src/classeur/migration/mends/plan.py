"""The common state of one file's changes: the trace, needed imports, and what is left to do by hand."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import libcst as cst

from classeur.migration import api
from classeur.migration.mends.backend_names import OF_TENSORFLOW
from classeur.migration.mends.file_names import SAVING, Renaming, assigned_once, renaming_of
from classeur.migration.mends.flow import Flow
from classeur.migration.mends.found_files import Uncertain, rename_found
from classeur.migration.mends.histories import Histories
from classeur.migration.mends.metric_names import Metrics, compiled_with
from classeur.migration.mends.optimizers import Optimizers
from classeur.migration.mends.origins import MODEL_KINDS, Origins, origins_of
from classeur.migration.mends.own_iterators import OwnIterators, own_iterators_of
from classeur.migration.mends.owners import Owners
from classeur.migration.mends.shell import commands_of
from classeur.migration.scopes import of_star
from classeur.migration.sources import Source
from classeur.migration.tracer import trace
from classeur.migration.values import Call, Iterator, Model, Place, Trace

# Arguments that only one version of Keras has; those of Keras 1 are still in many files for Keras 2.
_KERAS_1 = frozenset(
    ("nb_epoch", "nb_val_samples", "samples_per_epoch", "val_samples", "max_q_size", "border_mode", "nb_filter",
     "nb_row", "dim_ordering", "subsample", "output_dim", "W_regularizer", "b_regularizer", "inner_activation"),
)  # fmt: skip
_SHORT_LOSSES = ("mse", "mae", "mape", "msle")
_KERAS_2 = frozenset(("steps_per_epoch", "validation_steps", "kernel_size", "kernel_initializer", "kernel_regularizer"))


class Unmended(NamedTuple):
    """A change to make by hand, and why."""

    cell: int | None
    line: int
    reason: str


@dataclass
class Plan:
    """What is known about a file, and what the changes have decided so far."""

    source: Source
    trace: Trace
    redirects_models: bool  # whether Sequential and Model become classeur's
    redirects_get_file: bool
    rebound: frozenset[str]  # names that are bound by something other than an import
    metrics: Metrics  # that models are compiled with
    layer_names: frozenset[str]  # those that are given
    root: str  # how the file spells Keras
    of_tensorflow: frozenset[str]  # names that are imported from tensorflow
    is_keras_1: bool  # whether it counts images where Keras 2 counts batches
    is_keras_2: bool
    zipped: frozenset[str]  # names of results of zip
    files: Renaming  # changes of the names of files that models write
    origins: Origins  # what variables hold
    owners: Owners  # whose objects they hold
    flow: Flow
    optimizers: Optimizers
    histories: Histories
    own_iterators: OwnIterators
    moves_backend: bool  # whether keras.backend becomes that of tensorflow.keras
    shortens_loss: bool  # whether a model is compiled with a loss called mse, mae …
    has_lambda: bool  # whether a Lambda layer is made of a lambda
    shows_accuracy: bool  # whether fit or evaluate is asked for the accuracy, as before Keras 1
    needed: set[str] = field(default_factory=set)  # names to import from classeur.keras_image
    imports: set[str] = field(default_factory=set)  # other import statements
    unmended: list[Unmended] = field(default_factory=list)
    bound: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # cell, line of imports at the top level
    local: dict[str, list[tuple[int | None, range]]] = field(default_factory=dict)  # cell, lines of functions
    imports_in: dict[int | None, list[ast.Import | ast.ImportFrom]] = field(default_factory=dict)  # by cell
    cells_with_inner_imports: frozenset[int | None] = frozenset()
    cell: int | None = None

    @property
    def uses_sessions(self) -> bool:
        """Return whether the code has the words of graphs and sessions."""
        return any(word in each.code for each in self.source.parsed for word in ("as_default", "Session"))

    @property
    def knows_keras(self) -> bool:
        """Whether the file imports Keras, TensorFlow, classeur, or a library for Keras."""
        return self.owners.knows_keras

    def say(self, line: int, reason: str) -> None:
        """Record what must be changed by hand."""
        each = Unmended(self.cell, line, reason)
        if each not in self.unmended:
            self.unmended.append(each)

    def has_said(self, line: int, word: str = "") -> bool:
        """Return whether something in a line of the current cell, perhaps with a word, must be changed by hand."""
        return any((each.cell, each.line) == (self.cell, line) and word in each.reason for each in self.unmended)

    def name_of(self, node: ast.expr) -> str | None:
        """Return the full dotted name of an expression that begins with an imported name."""
        return _name_of(self.trace, self.rebound, node)

    def is_of_tensorflow(self, node: cst.BaseExpression) -> bool:
        """Return whether a name comes from `tensorflow.keras`, which has some that `keras` does not have."""
        return (dotted(node) or "").partition(".")[0] in self.of_tensorflow

    def is_model(self, node: ast.expr, traced: Sequence[Call] = ()) -> bool:
        """Return whether an expression is certainly a model."""
        receivers = [each.receiver for each in traced]
        if receivers:
            return all(isinstance(each, Model) for each in receivers)
        return self.origins.kinds.get(spelled(node) or "") in MODEL_KINDS

    def is_of_keras(self, func: ast.Attribute, traced: Sequence[Call] = ()) -> bool:
        """Return whether a method is Keras', as far as it can be known."""
        receivers = [each.receiver for each in traced]
        if receivers and all(isinstance(each, Model | Iterator) for each in receivers):
            return True
        is_model = self.origins.kinds.get(spelled(func.value) or "") in MODEL_KINDS
        return is_model or self.owners.are_of_keras(func)

    def calls_at(self, place: Place) -> list[Call]:
        """Return the calls that were traced at a place."""
        return self.trace.calls.get(place, [])

    def is_bound(self, name: str, line: int) -> bool:
        """Return whether a name is certainly imported before a line of the current cell."""
        return any(place < (self.cell or 0, line) for place in self.bound.get(name, ()))

    def spell(self, name: str, line: int) -> cst.BaseExpression:
        """Return how to write a name of classeur.keras_image in a line, and add its import."""
        imported = self.trace.imports.get(name)
        is_local = any(cell == self.cell and line in lines for cell, lines in self.local.get(name, ()))
        taken = name in self.rebound or is_local or (
            imported is not None and not any(imported.name == f"{home}.{name}" for home in (api.IMAGE, api.CLASSEUR))
            and imported.name not in (*api.MODELS, *api.GET_FILE)
        )  # fmt: skip
        if taken:
            self.imports.add("from classeur import keras_image")
            return cst.parse_expression(f"keras_image.{name}")
        if not self.is_bound(name, line):
            self.needed.add(name)
        return cst.Name(name)

    def alias_of(self, module: str, statement: str, name: str, line: int) -> str | None:
        """Return the name of a module in a line, and add its import if needed; None if the name is used already."""
        for alias, imported in self.trace.imports.items():
            if imported.name == module and alias not in self.rebound and self.is_bound(alias, line):
                return alias
        taken = self.trace.imports.get(name)
        if (taken is not None and taken.name != module) or name in self.rebound:
            return None
        self.imports.add(statement)
        return name

    def stays(self, model: object) -> bool:
        """Return whether a model is a classeur model, before or after the changes."""
        return isinstance(model, Model) and (
            model.is_classeur or (self.redirects_models and model.is_built_here and model.origin.name in api.MODELS)
        )


def make_plan(source: Source) -> Plan:
    """Return what must be known about a file before it is changed."""
    traced = trace(source.parsed)
    in_cells = {parsed.cell: list(ast.walk(parsed.tree)) for parsed in source.parsed}
    nodes = [node for found in in_cells.values() for node in found]
    names = {name for node in nodes for name in _names_in(node)}
    extracting = any(
        isinstance(node, ast.Call)
        and _last(node.func) == "get_file"
        and (len(node.args) > 2 or {each.arg for each in node.keywords} & {"extract", "untar", None})
        for node in nodes
    )
    heads = {_head(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)}
    keywords = {each.arg for node in nodes if isinstance(node, ast.Call) for each in node.keywords}
    files = Renaming({}, frozenset(), ())
    uncertain: list[Uncertain] = []
    rebound = frozenset(_bound(nodes))
    name_of = partial(_name_of, traced, rebound)
    owners = Owners(in_cells, name_of, spelled)
    origins = origins_of(in_cells, name_of, spelled, owners.are_of_keras)
    flow = Flow(nodes if owners.knows_keras else [], owners)
    name_or_star = partial(_name_or_star, traced, rebound, _stars(nodes))
    if owners.knows_keras:
        models = origins.models
        in_order = [(cell, node) for cell, found in in_cells.items() for node in found]
        commands = commands_of(source, in_order)
        files = renaming_of(
            in_cells,
            partial(_is, traced, rebound, ("keras.callbacks.ModelCheckpoint",)),
            partial(_is, traced, rebound, SAVING),
            lambda node: spelled(node) in models,
            owners.are_of_keras,
            commands,
        )
        uncertain = rename_found(in_order, assigned_once(nodes), files.endings, commands)
    return Plan(
        source=source,
        trace=traced,
        redirects_models="ImageDataGenerator" in names,
        redirects_get_file=extracting,
        rebound=rebound,
        metrics=compiled_with(call for calls in traced.calls.values() for call in calls),
        layer_names=frozenset(_names_given(nodes)),
        is_keras_1=bool(keywords & _KERAS_1) and not keywords & _KERAS_2,
        is_keras_2=bool(keywords & _KERAS_2),
        of_tensorflow=frozenset(
            name
            for node in nodes
            if isinstance(node, ast.Import | ast.ImportFrom) and _head(node) == "tensorflow"
            for name in _imported_names(node)
        ),
        zipped=frozenset(
            target.id
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _last(node.value.func) == "zip"
            for target in node.targets
            if isinstance(target, ast.Name)
        ),
        files=files,
        origins=origins,
        owners=owners,
        flow=flow,
        histories=Histories(nodes if owners.knows_keras else [], flow, owners, name_or_star),
        optimizers=Optimizers(nodes if owners.knows_keras else [], owners, flow, name_or_star),
        own_iterators=own_iterators_of(nodes, owners),
        moves_backend=_moves_backend(nodes, traced, rebound),
        shortens_loss=any(_shortens_loss(each) for each in nodes),
        has_lambda=any(
            isinstance(node, ast.Call)
            and _is(traced, rebound, ("keras.layers.Lambda", "keras.layers.core.Lambda"), node.func)
            and any(isinstance(each, ast.Lambda) for each in (*node.args, *(each.value for each in node.keywords)))
            for node in nodes
        ),
        shows_accuracy="show_accuracy" in keywords,
        bound=_imported_at_the_top(source),
        local=_imported_in_functions(in_cells),
        imports_in={
            cell: [node for node in found if isinstance(node, ast.Import | ast.ImportFrom)]
            for cell, found in in_cells.items()
        },
        cells_with_inner_imports=frozenset(
            parsed.cell for parsed in source.parsed if _has_inner_imports(parsed.tree, in_cells[parsed.cell])
        ),
        unmended=[Unmended(*each) for each in (*files.unknown, *uncertain)],
        root="keras" if "keras" in heads or "tensorflow" not in heads else "tensorflow.keras",
    )


def dotted(node: cst.CSTNode) -> str | None:
    """Return a.b.c of an expression, None if it is not of that form.

    >>> dotted(cst.parse_expression("tf.keras.Sequential"))
    'tf.keras.Sequential'
    """
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else None
    return None


def spelled(node: ast.expr) -> str | None:
    """Return a.b.c of an expression of Python's tree, None if it is not of that form.

    >>> spelled(ast.parse("tf.keras.Sequential", mode="eval").body)
    'tf.keras.Sequential'
    """
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None


def _name_of(traced: Trace, rebound: frozenset[str], node: ast.expr) -> str | None:
    """Return the full dotted name of an expression that begins with an imported name."""
    written = spelled(node)
    if written is None:
        return None
    head, _, rest = written.partition(".")
    imported = traced.imports.get(head)
    if imported is None or head in rebound:
        return None
    return api.canonical(f"{imported.name}.{rest}" if rest else imported.name)


def _name_or_star(traced: Trace, rebound: frozenset[str], stars: list[str], node: ast.expr) -> str | None:
    """Return the full dotted name of an imported thing, also of one that comes by `import *`."""
    if not isinstance(node, ast.Name) or node.id in rebound or node.id in traced.imports:
        return _name_of(traced, rebound, node)
    found = of_star(node.id, stars)
    return found.name if found else None


def _stars(nodes: Iterable[ast.AST]) -> list[str]:
    """Return the modules that a file imports everything of."""
    return [
        api.canonical(node.module)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name == "*"
    ]


def _shortens_loss(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and _last(node.func) == "compile"):
        return False
    given = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "loss")]
    return any(isinstance(each, ast.Constant) and each.value in _SHORT_LOSSES for each in given)


def _moves_backend(nodes: Iterable[ast.AST], traced: Trace, rebound: frozenset[str]) -> bool:
    """Return whether functions of `keras.backend` are used that only `tensorflow.keras` still has."""
    used: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value == "KERAS_BACKEND":
            return False  # perhaps another backend, on which TensorFlow's functions fail
        is_of_alias = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        name = _name_of(traced, rebound, node) if is_of_alias else None  # type: ignore[arg-type]
        if name is not None and name.startswith("keras.backend."):
            used.add(name.removeprefix("keras.backend."))
    return bool(used & OF_TENSORFLOW)


def _imported_at_the_top(source: Source) -> dict[str, list[tuple[int, int]]]:
    """Return the cells and lines of imports outside of functions, branches and loops."""
    found: dict[str, list[tuple[int, int]]] = {}
    for parsed in source.parsed:
        for node in parsed.tree.body:
            for statement in node.body if isinstance(node, ast.Try) else [node]:
                for name in _imported_names(statement):
                    found.setdefault(name, []).append((parsed.cell or 0, statement.lineno))
    return found


def _imported_in_functions(
    in_cells: Mapping[int | None, Sequence[ast.AST]],
) -> dict[str, list[tuple[int | None, range]]]:
    """Return the cells and lines of functions that import a name, in which it is local."""
    found: dict[str, list[tuple[int | None, range]]] = {}
    for cell, nodes in in_cells.items():
        for function in nodes:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
                for name in {name for node in ast.walk(function) for name in _imported_names(node)}:
                    found.setdefault(name, []).append((cell, lines))
    return found


def _has_inner_imports(tree: ast.Module, nodes: Iterable[ast.AST]) -> bool:
    """Return whether an import is in a block, or in a line with other statements."""
    counts = Counter(node.lineno for node in tree.body)
    alone = {id(node) for node in tree.body if counts[node.lineno] == 1}
    return any(isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in alone for node in nodes)


def _imported_names(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return []
    return [alias.asname or alias.name.partition(".")[0] for alias in node.names]


def _is(traced: Trace, rebound: frozenset[str], names: tuple[str, ...], func: ast.expr) -> bool:
    """Return whether this is one of Keras' functions; without an import of its name, it comes by `import *`."""
    written = spelled(func)
    if written is None:
        return False
    head, _, rest = written.partition(".")
    imported = traced.imports.get(head)
    if head in rebound:
        return False
    if imported is None:
        return written == names[0].rpartition(".")[2]
    return api.canonical(f"{imported.name}.{rest}" if rest else imported.name) in names


def _names_in(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    return [node.name] if isinstance(node, ast.alias) else []


def _names_given(nodes: Iterable[ast.AST]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg == "name":
            match node.value:
                case ast.Constant(value=str(name)):
                    yield name


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _head(node: ast.Import | ast.ImportFrom) -> str:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
    return module.partition(".")[0]


def _bound(nodes: list[ast.AST]) -> set[str]:
    """Return the names that are assigned, defined or parameters."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found
