"""fit_generator and similar methods, and arguments that were removed."""

import math

import libcst as cst

from classeur.migration.mends.arguments import argument, code_of, literal, named, renamed, with_value, without
from classeur.migration.mends.plan import Plan
from classeur.migration.rules.losses import output_of
from classeur.migration.values import Call, Iterator, Model, Quotient, Steps, given, tags_of

SUCCESSORS = {"fit_generator": "fit", "evaluate_generator": "evaluate", "predict_generator": "predict"}
_POSITIONAL = {
    "fit_generator": ("", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps"),
    "evaluate_generator": ("", "steps"),
    "predict_generator": ("", "steps"),
}
_KERAS_1 = {"nb_epoch", "nb_val_samples", "samples_per_epoch", "val_samples", "max_q_size", "pickle_safe", "nb_worker",
            "show_accuracy"}  # fmt: skip
_DEAD = {"show_accuracy", "max_q_size", "pickle_safe", "nb_worker", "max_queue_size", "workers", "use_multiprocessing"}
_STEPS = {"steps_per_epoch", "validation_steps", "steps"}
_OLD = _DEAD | _KERAS_1
_ROUNDING = ("int", "round", "math.ceil", "math.floor", "np.ceil", "np.floor", "numpy.ceil", "numpy.floor")
_ACCEPTED = {"max_queue_size", "workers", "use_multiprocessing"}  # by classeur's fit_generator


def mend_verb(call: cst.Call, traced: list[Call], plan: Plan, line: int) -> cst.Call | cst.BaseExpression:
    """Return a call of fit, evaluate, predict or one of their old names for Keras 3 or classeur's model."""
    method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    if method in ("predict_classes", "predict_proba"):
        return _mend_prediction(call, method, traced, plan, line)
    keywords = {each.keyword.value for each in call.args if each.keyword is not None}
    receivers = [each.receiver for each in traced]
    stays = bool(receivers) and all(plan.stays(each) for each in receivers)
    if method in SUCCESSORS:
        call = _mend_samples(call, method, traced, plan, line)
        if not stays and _is_zipped(call, plan):
            plan.say(
                line, f"Keras 3 does not take a zip: give {SUCCESSORS[method]} a generator, (batch for batch in zip(…))"
            )
        reason = _cannot_be_named(call, method)
        if reason and stays:  # classeur's model has the old method, with the old order of arguments
            return renamed(without(call, _DEAD - _ACCEPTED), {"nb_epoch": "epochs"})
        if reason:
            plan.say(line, reason)
            return call
        call = _with_method(renamed(_with_keywords(call, method), {"generator": "x"}), SUCCESSORS[method])
    weights = argument(call, "class_weight")
    if weights is not None and literal(weights.value) == "auto":
        call = without(call, {"class_weight"})  # Keras took no notice of it
    if keywords & _STEPS or method in SUCCESSORS:
        call = call if stays else _with_whole_steps(call, plan, line)
    return renamed(without(call, _DEAD), {"nb_epoch": "epochs"}) if method in SUCCESSORS or keywords & _OLD else call


def _with_whole_steps(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Round numbers of steps up, as old Keras did by itself; classeur's models still do."""
    for name in sorted(_STEPS):
        given = argument(call, name)
        if given is None or not _is_fraction(given.value, plan):
            continue
        alias = plan.alias_of("math", "import math", "math", line)
        if alias is None:
            plan.say(line, f"{name} is a whole number in Keras 3: round it up")
        else:
            call = with_value(call, name, cst.parse_expression(f"{alias}.ceil({code_of(given.value)})"))
    return call


def _is_fraction(node: cst.BaseExpression, plan: Plan) -> bool:
    if isinstance(node, cst.Name):
        return plan.origins.kinds.get(node.value) == "fraction"
    if isinstance(node, cst.Call):
        return code_of(node.func) in ("np.ceil", "np.floor", "numpy.ceil", "numpy.floor")
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide)


def _is_zipped(call: cst.Call, plan: Plan) -> bool:
    """Return whether the data are zipped iterators, as for images and masks."""
    named = argument(call, "generator") or argument(call, "x")
    data = named or (call.args[0] if call.args else None)
    if data is None:
        return False
    if isinstance(data.value, cst.Call):
        return code_of(data.value.func) == "zip"
    return isinstance(data.value, cst.Name) and data.value.value in plan.zipped


def _with_method(call: cst.Call, name: str) -> cst.Call:
    return call.with_changes(func=call.func.with_changes(attr=cst.Name(name)))


def _cannot_be_named(call: cst.Call, method: str) -> str:
    """Return why positional arguments cannot be named, or None."""
    names, positional = _POSITIONAL[method], [each for each in call.args if each.keyword is None]
    if any(each.star for each in positional) and len(positional) > 1:
        return f"{method} has unpacked arguments; name them, and call {SUCCESSORS[method]}"
    if len(positional) > len(names):
        return (
            f"{method} has {len(positional)} positional arguments, whose order differed between versions of"
            f" Keras; name those after {names[-1]}, and call {SUCCESSORS[method]}"
        )
    return ""


def _with_keywords(call: cst.Call, method: str) -> cst.Call:
    """Return the call with all positional arguments after the first named: `fit` has another order."""
    args = list(call.args)
    for number in range(1, sum(each.keyword is None for each in args)):
        args[number] = named(args[number], _POSITIONAL[method][number])
    return call.with_changes(args=args)


def _mend_samples(call: cst.Call, method: str, traced: list[Call], plan: Plan, line: int) -> cst.Call:
    """Convert numbers of samples, which Keras 1 counted, to numbers of batches."""
    keywords = {each.keyword.value for each in call.args if each.keyword is not None}
    new_name = "steps_per_epoch" if method == "fit_generator" else "steps"
    data = call.args[0].value if call.args and call.args[0].keyword is None else None
    named = argument(call, "generator") or argument(call, "x")
    data = named.value if named else data
    for old in ("samples_per_epoch", "val_samples"):
        given = argument(call, old)
        if given is not None:
            steps = _steps(given.value, data, "x", traced, plan, line)
            if steps is None:
                plan.say(line, f"{old} counts images, {new_name} batches, and the batch size is not known here")
            else:
                call = with_value(call, old, steps, new_name=new_name)
    positional = [each for each in call.args if each.keyword is None]
    of_keras_1 = plan.is_keras_1 or bool(keywords & (_KERAS_1 - {"samples_per_epoch", "val_samples"}))
    if len(positional) > 1 and _counts_batches(positional[1].value, new_name, traced):
        pass
    elif len(positional) > 1 and (of_keras_1 or _counts_images(positional[1].value, new_name, traced)):
        steps = _steps(positional[1].value, data, "x", traced, plan, line)
        if steps is None:
            plan.say(
                line,
                f"the second argument counts images, and the batch size is not known here; give {new_name}",
            )
        else:
            args = list(call.args)
            args[1] = args[1].with_changes(value=steps)
            call = call.with_changes(args=args)
    elif len(positional) > 1 and not plan.is_keras_2 and _may_count_images(positional[1].value, new_name, traced):
        plan.say(
            line,
            f"the second argument of {method} counts batches since Keras 2, and counted images before: is"
            f" {code_of(positional[1].value)} the number of batches?",
        )
    held_out = argument(call, "nb_val_samples")
    if held_out is not None:
        validation = argument(call, "validation_data")
        steps = _steps(held_out.value, validation.value if validation else None, "validation_data", traced, plan, line)
        if steps is None:
            plan.say(
                line, "nb_val_samples counts images, validation_steps batches, and the batch size is not known here"
            )
        else:
            call = with_value(call, "nb_val_samples", steps, new_name="validation_steps")
    return call


def _counts_batches(node: cst.BaseExpression, name: str, traced: list[Call]) -> bool:
    """Return whether a number of steps is a quotient, as n // batch_size, or the length of an iterator."""
    values = [each.arguments.get(name) for each in traced]
    if values and all(isinstance(each, Steps | Quotient) for each in values):
        return True
    while True:
        if isinstance(node, cst.Call) and len(node.args) == 1 and code_of(node.func) in _ROUNDING:
            node = node.args[0].value
        elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add | cst.Subtract):
            node = node.left
        else:
            return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide | cst.FloorDivide)


def _counts_images(node: cst.BaseExpression, name: str, traced: list[Call]) -> bool:
    """Return whether a number of steps counts images: by its origin in an iterator, or by its name."""
    if any(tag.kind == "count" for each in traced for tag in tags_of(each.arguments.get(name))):
        return True
    return isinstance(node, cst.Name) and "sample" in node.value.lower() and "step" not in node.value.lower()


def _may_count_images(node: cst.BaseExpression, name: str, traced: list[Call]) -> bool:
    """Return whether a number is larger than a batch, so that it may count images."""
    values = [each.arguments.get(name) for each in traced] or [literal(node)]
    sizes = [
        given(data.arguments, "batch_size", 32)
        for each in traced
        if isinstance(data := each.arguments.get("x"), Iterator)
    ]
    size = next((each for each in sizes if isinstance(each, int)), 32)
    return any(isinstance(each, int) and each > size for each in values)


def _steps(
    count: cst.BaseExpression, data: cst.BaseExpression | None, role: str, traced: list[Call], plan: Plan, line: int
) -> cst.BaseExpression | None:
    given = [each.arguments.get(role) for each in traced]
    iterator = given[0] if given else None
    if not isinstance(iterator, Iterator) or any(
        not isinstance(each, Iterator) or each.place != iterator.place for each in given
    ):
        return None  # made in one place, perhaps several times
    number, size = literal(count), iterator.batch_size_code
    if isinstance(number, int) and size is not None and size.isdigit() and int(size):
        return cst.Integer(str(math.ceil(number / int(size))))
    if isinstance(data, cst.Call) and size is not None and size.isidentifier():
        return _ceil(count, size, plan, line)  # made in the same call, so that its batch size has a value there
    if not isinstance(data, cst.Name):
        return None
    counted = f"{data.value}.samples", f"{data.value}.n", f"{data.value}.nb_sample"
    if code_of(count).strip() in counted:
        return cst.parse_expression(f"len({data.value})")
    shown = size if size is not None and size.isdigit() else f"{data.value}.batch_size"
    return _ceil(count, shown, plan, line)


def _ceil(count: cst.BaseExpression, size: str, plan: Plan, line: int) -> cst.BaseExpression | None:
    """Return the number of batches of a size, rounded up; None if `math` is the name of something else."""
    alias = plan.alias_of("math", "import math", "math", line)
    if alias is None:
        return None
    inner = code_of(count)
    if isinstance(count, cst.BinaryOperation | cst.IfExp | cst.BooleanOperation | cst.Lambda) and not count.lpar:
        inner = f"({inner})"
    return cst.parse_expression(f"{alias}.ceil({inner} / {size})")


def _mend_prediction(
    call: cst.Call, method: str, traced: list[Call], plan: Plan, line: int
) -> cst.Call | cst.BaseExpression:
    models = [each.receiver for each in traced]
    known = bool(models) and all(isinstance(each, Model) for each in models)
    if method == "predict_proba":
        if known:
            return _with_method(call, "predict")
        if not _knows(plan, "sklearn", "xgboost", "lightgbm"):
            plan.say(line, "predict_proba is removed from Keras; if this is a Keras model, call predict")
        return call
    outputs = {output_of(each) for each in models} if known else set()
    predict = code_of(_with_method(call, "predict"))
    if len(outputs) == 1:
        output = outputs.pop()
        if output.units == 1:
            return cst.parse_expression(f'({predict} > 0.5).astype("int32")')
        if output.activation == "softmax" or (output.units or 0) > 1:
            return cst.parse_expression(f"{predict}.argmax(axis=-1)")
    plan.say(
        line,
        "predict_classes is removed from Keras 3, and the last layer is not known here: for one unit use"
        ' (model.predict(x) > 0.5).astype("int32"), for several model.predict(x).argmax(axis=-1)',
    )
    return call


def _knows(plan: Plan, *modules: str) -> bool:
    return any(each.name.partition(".")[0] in modules for each in plan.trace.imports.values())
