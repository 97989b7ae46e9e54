"""`keras.backend`: what Keras 3 has left of it, and what of it only `tensorflow.keras` has."""

import ast

import libcst as cst

from classeur.migration.mends.arguments import argument, code_of, literal
from classeur.migration.mends.backend_names import OF_KERAS, OF_TENSORFLOW
from classeur.migration.mends.plan import Plan

_SESSIONS = ("get_session", "set_session", "learning_phase", "set_learning_phase", "learning_phase_scope",
             "manual_variable_initialization", "in_train_phase", "placeholder")  # fmt: skip
_FORMATS = {"th": "channels_first", "tf": "channels_last"}


def mend_backend(call: cst.Call, name: str, plan: Plan, line: int, *, is_of_tensorflow: bool) -> cst.BaseExpression:
    """Return the call of a function of `keras.backend`, or say what replaces it."""
    gone = f"keras.backend.{name} is removed from Keras 3"
    if name == "image_dim_ordering":
        plan.say(
            line,
            "image_dim_ordering is removed from Keras; use keras.backend.image_data_format(): channels_first for th,"
            " channels_last for tf",
        )
    elif name == "set_image_dim_ordering":
        return _mend_ordering(call, plan, line)
    elif name in _SESSIONS:
        plan.say(line, f"{name} is removed from Keras: Keras 3 has no sessions and no learning phase")
    elif name == "function":
        plan.say(line, f"{gone}: keras.Model(inputs, outputs) does the same")
    elif name == "set_value" and len(call.args) == 2 and not any(each.star for each in call.args):
        return _assigned(call)
    elif name == "get_value" and not is_of_tensorflow and code_of(call.func) == "keras.backend.get_value":
        return call.with_changes(func=cst.parse_expression("keras.ops.convert_to_numpy"))
    elif name not in OF_KERAS and not (is_of_tensorflow and name in OF_TENSORFLOW):
        has = ", tf.keras.backend has it" if name in OF_TENSORFLOW else ""
        plan.say(line, f"{gone}; keras.ops has most of it{has}")
    return call


def _mend_ordering(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Return `set_image_data_format` for the order of TensorFlow; with Theano's, shapes must change too."""
    if len(call.args) == 1 and literal(call.args[0].value) == "tf" and isinstance(call.func, cst.Attribute):
        value = cst.SimpleString(code_of(call.args[0].value).replace("tf", _FORMATS["tf"]))
        func = call.func.with_changes(attr=cst.Name("set_image_data_format"))
        return call.with_changes(func=func, args=[call.args[0].with_changes(value=value)])
    plan.say(
        line,
        "set_image_dim_ordering is removed from Keras; keras.backend.set_image_data_format takes channels_first for"
        " th, channels_last for tf, and the input shapes must agree",
    )
    return call


def _assigned(call: cst.Call) -> cst.BaseExpression:
    """Return `variable.assign(value)` for `set_value(variable, value)`, which fails on Keras 3's variables."""
    variable = argument(call, "x") or call.args[0]
    value = argument(call, "value") or call.args[1]
    return cst.Call(cst.Attribute(variable.value, cst.Name("assign")), [cst.Arg(value.value)])


def format_of_ordering(node: ast.Compare) -> tuple[ast.Attribute, ast.Constant, str] | None:
    """Return the parts of `K.image_dim_ordering() == 'th'`, and today's name of the order; None for anything else.

    >>> format_of_ordering(ast.parse("K.image_dim_ordering() == 'th'", mode="eval").body)[2]
    'channels_first'
    """
    match node:
        case ast.Compare(
            left=ast.Call(func=ast.Attribute(attr="image_dim_ordering") as func, args=[], keywords=[]),
            ops=[ast.Eq() | ast.NotEq()],
            comparators=[ast.Constant(value=str(value)) as order],
        ) if value in _FORMATS:
            return func, order, _FORMATS[value]
    return None
