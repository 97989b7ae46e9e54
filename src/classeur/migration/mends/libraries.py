"""Names that other libraries and Python itself have removed or changed, and that code around Keras still uses."""

import ast

from classeur.migration.edits import Edits
from classeur.migration.mends.owners import DEEPEST
from classeur.migration.mends.plan import Plan

NAMES = {
    "numpy.float": "float",
    "numpy.int": "int",
    "numpy.str": "str",
    "numpy.object": "object",
    "numpy.complex": "complex",
    "numpy.unicode": "str",
    "numpy.float_": "numpy.float64",
    "numpy.complex_": "numpy.complex128",
    "numpy.unicode_": "numpy.str_",
    "numpy.string_": "numpy.bytes_",
    "numpy.Inf": "numpy.inf",
    "numpy.infty": "numpy.inf",
    "numpy.NaN": "numpy.nan",
    "numpy.NAN": "numpy.nan",
    "numpy.product": "numpy.prod",
    "numpy.cumproduct": "numpy.cumprod",
    "numpy.sometrue": "numpy.any",
    "numpy.alltrue": "numpy.all",
    "numpy.round_": "numpy.round",
    "numpy.in1d": "numpy.isin",
    "numpy.row_stack": "numpy.vstack",
    "numpy.trapz": "numpy.trapezoid",
    "time.clock": "time.perf_counter",
    "PIL.Image.ANTIALIAS": "PIL.Image.LANCZOS",
}
# Names of Python 2 that were built in.
BUILT_IN = {"xrange": "range", "raw_input": "input", "unicode": "str", "unichr": "chr"}
METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys"}  # of a dict
MODULES = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
}
_SPLITTING = ("KFold", "StratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "LeaveOneOut", "LabelKFold",
              "LabelShuffleSplit", "LeaveOneLabelOut", "LeavePOut")  # fmt: skip
_STYLES = tuple(f"matplotlib.{module}style.{name}" for module in ("", "pyplot.") for name in ("use", "context"))


def mend_call_of_library(node: ast.Call, name: str, plan: Plan, edits: Edits) -> None:
    """Update a call of another library that takes other arguments than it did, or say how it is called today."""
    owner, _, last = name.rpartition(".")
    if owner in ("sklearn.cross_validation", "sklearn.model_selection") and last in _SPLITTING:
        if owner == "sklearn.cross_validation" or {each.arg for each in node.keywords} & {"n_folds", "n_iter", "n"}:
            plan.say(
                node.lineno, f"{last} of today takes n_splits, and its method split takes the data: {last}(5).split(X)"
            )
    elif name in _STYLES:
        for style in ast.walk(node.args[0]) if node.args else ():
            match style:
                case ast.Constant(value=str(value)) if value.split("-")[0] == "seaborn" and "v0" not in value:
                    start, end = edits.range_of(style)
                    edits.replace(start, end, edits.text(start, end).replace("seaborn", "seaborn-v0_8"))
    elif name == "h5py.File" and len(node.args) == 1 and not any(each.arg in ("mode", None) for each in node.keywords):
        _, end = edits.range_of(node.args[0])
        edits.replace(end, end, ', "a"')  # as it was; today it only reads
    elif name == "yaml.load" and len(node.args) == 1 and not node.keywords and isinstance(node.func, ast.Attribute):
        edits.rename(node.func, "safe_load")


def mend_frame(node: ast.Attribute, plan: Plan, edits: Edits) -> None:
    """Update what tables of pandas had under another name, or say what they no longer have."""
    if node.attr not in _OF_FRAMES or not any(each.name.startswith("pandas") for each in plan.trace.imports.values()):
        return
    if node.attr == "as_matrix":  # nothing else has it
        edits.rename(node, "to_numpy")
    elif node.attr == "ix" or _is_frame(node.value, plan):
        plan.say(node.lineno, _OF_FRAMES[node.attr])


_OF_FRAMES = {
    "as_matrix": "",
    "ix": "ix is removed from pandas: loc takes names, iloc positions",
    "append": "append is removed from pandas: pandas.concat([table, more], ignore_index=True) makes a longer table",
}


def _is_frame(node: ast.expr, plan: Plan, depth: int = 0) -> bool:
    """Return whether an expression is a table or a column of pandas."""
    if depth > DEEPEST:
        return False
    for source in plan.flow.sources_of(node):
        match source:
            case ast.Call(func=func) if (name := plan.name_of(func)) is not None:
                return name in _TABLES
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _KEEPING:
                return _is_frame(value, plan, depth + 1)
            case ast.Subscript(value=value) if value is not node:
                return _is_frame(value, plan, depth + 1)
    return False


_TABLES = ("pandas.DataFrame", "pandas.Series", "pandas.read_csv", "pandas.concat", "pandas.merge")
_KEEPING = ("append", "copy", "drop", "dropna", "fillna", "reset_index", "rename", "sample", "sort_values")
