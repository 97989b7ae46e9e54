"""Optimizers, callbacks, names of metrics."""

import ast
import re
from importlib.util import find_spec

import libcst as cst

from classeur.migration.mends.arguments import argument, code_of, literal, named, renamed, with_value, without
from classeur.migration.mends.metric_names import Metrics, metrics_of, split_name
from classeur.migration.mends.plan import Plan
from classeur.migration.values import Call, History

OPTIMIZERS = {
    "adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop", "adadelta": "Adadelta", "adagrad": "Adagrad",
    "adamax": "Adamax", "nadam": "Nadam",
}  # fmt: skip
_DEAD_OF_TENSORBOARD = {"batch_size", "write_grads", "embeddings_layer_names", "embeddings_data"}


def mend_optimizer(call: cst.Call, node: ast.Call, traced: list[Call], plan: Plan, line: int) -> cst.Call:
    """Return the call of an optimizer with `learning_rate` for `lr`, and a schedule for `decay`."""
    call = renamed(call, {"lr": "learning_rate"}) if argument(call, "learning_rate") is None else call
    epsilon = argument(call, "epsilon")
    if epsilon is not None and literal(epsilon.value) is None:
        call = without(call, {"epsilon"})  # the default of its time
    decay = argument(call, "decay")
    if decay is None:
        return call
    value = literal(decay.value)
    if value in (0, 0.0, None):
        return without(call, {"decay"})
    rate = argument(call, "learning_rate")
    known = [each.arguments.get("lr", each.arguments.get("learning_rate")) for each in traced]
    is_number = bool(known) and all(isinstance(each, int | float) and not isinstance(each, bool) for each in known)
    settles = plan.optimizers.sets_rate_of(node) or any(
        word in parsed.code for parsed in plan.source.parsed for word in ("ReduceLROnPlateau", "LearningRateScheduler")
    )
    if rate is None or not is_number or settles:
        why = "the learning rate is also set elsewhere" if settles else "the learning rate is not known here"
        plan.say(
            line,
            "decay has no effect in Keras 3; learning_rate=InverseTimeDecay(learning_rate, 1, decay) does the same,"
            f" but {why}",
        )
        return call
    schedule = plan.alias_of(
        "keras.optimizers.schedules.InverseTimeDecay",
        f"from {plan.root}.optimizers.schedules import InverseTimeDecay",
        "InverseTimeDecay",
        line,
    )
    if schedule is None:
        plan.say(line, "decay has no effect in Keras 3, and the name InverseTimeDecay is already used")
        return call
    made = cst.parse_expression(f"{schedule}({code_of(rate.value)}, 1, {code_of(decay.value)})")
    return without(with_value(call, "learning_rate", made), {"decay"})


def mend_callback(call: cst.Call, name: str, plan: Plan, line: int) -> cst.Call:
    """Return the call of a callback with the current name of its metric."""
    monitor = argument(call, "monitor")
    first = name in ("EarlyStopping", "ReduceLROnPlateau")
    if monitor is None and first and call.args and call.args[0].keyword is None:
        monitor = call.args[0]
    if monitor is not None and isinstance(monitor.value, cst.SimpleString):
        value = mend_metric(monitor.value, plan, line)
        call = call.with_changes(
            args=[each.with_changes(value=value) if each is monitor else each for each in call.args]
        )
    if name == "ReduceLROnPlateau":
        call = renamed(call, {"epsilon": "min_delta"})
    if name == "TensorBoard":
        call = without(call, _DEAD_OF_TENSORBOARD)
        if find_spec("tensorboard") is None:
            plan.say(line, "TensorBoard is a package of its own, which is not installed here: pip install tensorboard")
    period = argument(call, "period")
    if name == "ModelCheckpoint" and period is not None:
        if literal(period.value) == 1:
            call = without(call, {"period"})
        else:
            plan.say(line, "ModelCheckpoint no longer has period; save_freq counts batches")
    return call


def mend_compile(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Return the call of `compile` with named metrics: Keras 3 has loss_weights third."""
    positional = [each for each in call.args if each.keyword is None]
    if len(positional) > 4 or any(each.star for each in positional):
        return call
    args = list(call.args)
    for number, name in zip(range(2, len(positional)), ("metrics", "loss_weights"), strict=False):
        args[number] = named(args[number], name)
    call = without(call.with_changes(args=args), {"class_mode"})
    for old in ("sample_weight_mode", "target_tensors"):
        given = argument(call, old)
        if given is not None and literal(given.value) is not None:
            plan.say(line, f"compile no longer has {old}")
        call = without(call, {old}) if given is not None and literal(given.value) is None else call
    if plan.shows_accuracy and argument(call, "metrics") is None and call.args:
        metrics = named(cst.Arg(cst.parse_expression('["accuracy"]')), "metrics")
        call = call.with_changes(args=[*call.args[:-1], call.args[-1].with_changes(comma=_COMMA), metrics])
    return call


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def mend_saving(call: cst.Call, method: str, plan: Plan, line: int) -> cst.Call:
    """Return a call that saves or loads, without arguments that Keras 3 does not take; file names change elsewhere."""
    if method in ("save_weights", "save"):
        return without(call, {"save_format"})
    if argument(call, "by_name") is not None and plan.files.endings:
        plan.say(
            line, "by_name is only for files of old Keras; a .weights.h5 file is loaded in the order of the layers"
        )
    return call


def mend_loading(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Say that a model cannot be loaded as it is: of a `lambda`, or from a .h5 file with the short name of a loss."""
    if plan.has_lambda and argument(call, "safe_mode") is None:
        plan.say(line, "Keras 3 loads a model with a Lambda layer of a lambda only with safe_mode=False")
    if not plan.shortens_loss:
        return call
    path = literal(call.args[0].value) if call.args else None
    is_old = isinstance(path, str) and path.endswith((".h5", ".hdf5")) and path not in plan.files.endings
    if is_old and argument(call, "compile") is None:
        plan.say(
            line,
            "Keras 3 cannot load a .h5 file of a model whose loss is called 'mse' or 'mae': write the name of the loss"
            " out, or load with compile=False",
        )
    return call


def mend_regularizer(call: cst.Call, name: str) -> cst.Call:
    """Return the call of `l1` or `l2` with the name of its argument."""
    return renamed(call, {"l": name.lower()}) if name.lower() in ("l1", "l2") else call


_AFTER_A_VALUE = re.compile(r"(|.*(?:%s|\{\w*\}))_(\w+)")  # the name of an output and an underscore


def mend_metric(node: cst.SimpleString, plan: Plan, line: int, *, history: History | None = None) -> cst.SimpleString:
    """Return the current name of a metric: as `compile` is given it."""
    value = node.evaluated_value
    if not isinstance(value, str):
        return node
    if value == "lr" and plan.histories.have_rate:
        return node.with_changes(value=node.value.replace("lr", "learning_rate"))
    metrics = plan.metrics
    if history is not None and history.model is not None and isinstance(history.model.metrics, list | dict):
        metrics = metrics_of([history.model.metrics])
    if plan.shows_accuracy:
        metrics = metrics.with_asked("accuracy")
    new = _today(value, metrics, plan)
    if new is not None:
        return node.with_changes(value=node.value.replace(value, new))
    is_right = "acc" in metrics.asked | metrics.named and "accuracy" not in metrics.asked
    if value.removeprefix("val_") == "acc" and not is_right:
        plan.say(
            line,
            f"'{value}' is called '{value}uracy' if the model is compiled with metrics=['accuracy'], which is not known"
            " here",
        )
    return node


def name_of_metric(name: str, plan: Plan) -> str:
    """Return today's name of what is in a history."""
    return _today(name, plan.metrics, plan) or name


def _today(name: str, metrics: Metrics, plan: Plan) -> str | None:
    """Return today's name of what is in a history; None if it has none, or the same."""
    if (parted := _AFTER_A_VALUE.fullmatch(name)) is not None:
        every = (metrics, *metrics.of_outputs.values())
        return next((f"{parted[1]}_{new}" for each in every if (new := each.today(parted[2]))), None)
    head, output, old = split_name(name, plan.layer_names | metrics.of_outputs.keys())
    new = metrics.of_outputs.get(output[:-1], metrics).today(old)
    return None if new is None else f"{head}{output}{new}"


def mend_file_name(written: str, plan: Plan, *, is_in_parts: bool = False) -> str:
    """Return a checkpoint's file name, as it is written, with the current names of metrics in braces: two in parts."""
    names = r"(?<=\{\{)\w+(?=[:}])" if is_in_parts else r"(?<=\{)\w+(?=[:}])"
    return re.sub(names, lambda found: _today(found[0], plan.metrics, plan) or found[0], written)
