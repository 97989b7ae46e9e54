"""Functions for single pictures, with the arguments of today."""

import libcst as cst

from classeur.migration import api
from classeur.migration.mends.arguments import argument, code_of, literal, named, with_value, without
from classeur.migration.mends.plan import Plan

LOADING = (f"{api.IMAGE}.load_img", f"{api.CLASSEUR}.load_img", "keras.utils.load_img")


def mend_loading_of_image(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Return the call of `load_img` with `color_mode` for `grayscale`, which came second."""
    positional = [each for each in call.args if each.keyword is None]
    if len(positional) > 1 and isinstance(literal(positional[1].value), bool):
        if any(each.star for each in positional) or len(positional) > 3:
            plan.say(line, "load_img no longer has grayscale: give color_mode, and name the other arguments")
            return call
        args = list(call.args)
        args[1] = named(args[1], "grayscale")
        if len(positional) == 3:  # the size until Keras 2.2, then the colours
            is_mode = isinstance(args[2].value, cst.SimpleString)
            args[2] = named(args[2], "color_mode" if is_mode else "target_size")
        call = call.with_changes(args=args)
    gray = argument(call, "grayscale")
    if gray is None:
        return call
    value = literal(gray.value)
    if not value and value in (False, None, 0):
        return without(call, {"grayscale"})
    call = without(call, {"color_mode"})  # grayscale prevailed
    if value in (True, 1):
        return with_value(call, "grayscale", cst.SimpleString('"grayscale"'), new_name="color_mode")
    mode = cst.parse_expression(f'"grayscale" if {code_of(gray.value)} else "rgb"')
    return with_value(call, "grayscale", mode, new_name="color_mode")
