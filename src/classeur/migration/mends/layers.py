"""Keras 1's layers and their arguments."""

import libcst as cst

from classeur.migration.api import LAYER_ARGUMENTS
from classeur.migration.mends.arguments import argument, code_of, literal, renamed, with_value, without
from classeur.migration.mends.plan import Plan, dotted

NEW_NAMES = {
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "SeparableConvolution1D": "SeparableConv1D", "SeparableConvolution2D": "SeparableConv2D",
    "Convolution2DTranspose": "Conv2DTranspose", "Convolution3DTranspose": "Conv3DTranspose",
}  # fmt: skip
GONE = {
    "Merge": "join tensors with keras.layers.add, concatenate, …, in the functional style",
    "AtrousConvolution2D": "it is Conv2D with dilation_rate",
    "AtrousConv2D": "it is Conv2D with dilation_rate",
    "Deconvolution2D": "it is Conv2DTranspose",
    "MaxoutDense": "it has no replacement",
    "Highway": "it has no replacement",
    "TimeDistributedDense": "it is TimeDistributed(Dense(…))",
    "CuDNNLSTM": "it is LSTM",
    "CuDNNGRU": "it is GRU",
    "ThresholdedReLU": "it is ReLU with threshold",
    "LocallyConnected1D": "it has no replacement",
    "LocallyConnected2D": "it has no replacement",
}
_WEIGHTS = {
    "init": "kernel_initializer", "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint", "bias": "use_bias",
}  # fmt: skip
_CONVOLUTION = _WEIGHTS | {
    "nb_filter": "filters", "border_mode": "padding", "subsample": "strides", "filter_length": "kernel_size",
    "subsample_length": "strides", "atrous_rate": "dilation_rate",
}  # fmt: skip
_POOLING = {"border_mode": "padding", "pool_length": "pool_size", "stride": "strides"}
_RECURRENT = {
    "output_dim": "units", "init": "kernel_initializer", "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation", "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer", "b_regularizer": "bias_regularizer", "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}  # fmt: skip
_MERGED = {"concat": "concatenate", "sum": "add", "mul": "multiply", "ave": "average", "max": "maximum"}
_DATA_FORMATS = {"th": "channels_first", "tf": "channels_last"}
_NOT_LOADED = {f"tensorflow.nn.{name}": name for name in ("softmax", "log_softmax", "swish", "silu")}
_KERNEL = {"2D": ("nb_row", "nb_col"), "3D": ("kernel_dim1", "kernel_dim2", "kernel_dim3")}


def mend_layer(call: cst.Call, name: str, plan: Plan, line: int) -> cst.Call:
    """Return the call of a layer with Keras 3's names of its arguments."""
    if name == "merge":
        return _mend_merge(call, plan, line)
    if name in GONE:
        plan.say(line, f"{name} is removed from Keras 3: {GONE[name]}")
        return call
    kind = NEW_NAMES.get(name, name)
    call = _mend_activation(call, kind, plan)
    call = _mend_batch_shape(call, kind, plan, line)
    if "Conv" in kind:
        call = _mend_kernel(call, name, kind, plan, line)
        call = renamed(call, _CONVOLUTION)
    elif "Pooling" in kind:
        call = renamed(call, _POOLING)
    elif kind == "Dense":
        call = renamed(call, _WEIGHTS | {"output_dim": "units"})
    elif kind in ("LSTM", "GRU", "SimpleRNN"):
        call = renamed(call, _RECURRENT)
    elif kind == "Embedding":
        call = renamed(call, {"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer"})
    elif kind in ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianDropout"):
        call = renamed(call, {"p": "rate"})
    elif kind == "GaussianNoise":
        call = renamed(call, {"sigma": "stddev"})
    elif kind == "BatchNormalization":
        call = without(call, {"fused"})
        if (mode := argument(call, "mode")) is not None and literal(mode.value) != 0:
            plan.say(line, "BatchNormalization no longer has mode; leave it out if it is 0")
        else:
            call = without(call, {"mode"})
    return mend_dim_ordering(call, plan, line)


def _mend_activation(call: cst.Call, kind: str, plan: Plan) -> cst.Call:
    """Return the call of a layer with the word for an activation that Keras cannot load as a function."""
    position = LAYER_ARGUMENTS[kind].index("activation") if "activation" in LAYER_ARGUMENTS.get(kind, ()) else None
    args = list(call.args)
    for number, each in enumerate(args):
        is_activation = each.keyword.value == "activation" if each.keyword else number == position
        head, _, rest = (dotted(each.value) or "").partition(".")
        imported = plan.trace.imports.get(head)
        name = f"{imported.name}.{rest}" if imported is not None and rest else imported.name if imported else ""
        if is_activation and name in _NOT_LOADED and head not in plan.rebound:
            args[number] = each.with_changes(value=cst.SimpleString(f'"{_NOT_LOADED[name]}"'))
    return call.with_changes(args=args) if any(a is not b for a, b in zip(args, call.args, strict=True)) else call


def _mend_batch_shape(call: cst.Call, kind: str, plan: Plan, line: int) -> cst.Call:
    """Return the call of a layer with `input_shape` for `batch_input_shape`."""
    given = argument(call, "batch_input_shape")
    if given is None or kind == "InputLayer":
        return call
    if isinstance(given.value, cst.Tuple) and len(given.value.elements) > 1:
        rest = ", ".join(code_of(each.value) for each in given.value.elements[1:])
        comma = "," if len(given.value.elements) == 2 else ""
        shape = cst.parse_expression(f"({rest}{comma})")
        return with_value(call, "batch_input_shape", shape, new_name="input_shape")
    plan.say(line, "layers no longer take batch_input_shape: give input_shape, without the number of images")
    return call


def _mend_merge(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Return the function of today for `merge([a, b], mode='concat')`."""
    mode, axis = argument(call, "mode"), argument(call, "concat_axis")
    shown = literal(mode.value) if mode is not None else "sum"
    known = isinstance(shown, str) and shown in _MERGED and (shown == "concat" or axis is None)
    name = _MERGED[shown] if known and isinstance(shown, str) else ""
    alias = name and plan.alias_of(f"keras.layers.{name}", f"from {plan.root}.layers import {name}", name, line)
    if not alias:
        plan.say(line, "merge is removed from Keras 3: join tensors with keras.layers.add, concatenate, …")
        return call
    call = renamed(without(call, {"mode"}), {"concat_axis": "axis"})
    return call.with_changes(func=cst.Name(alias))


def mend_dim_ordering(call: cst.Call, plan: Plan, line: int) -> cst.Call:
    """Return the call with `data_format` for `dim_ordering`."""
    given = argument(call, "dim_ordering")
    if given is None:
        return call
    value = literal(given.value)
    if value == "default":
        return without(call, {"dim_ordering"})
    if isinstance(value, str) and value in _DATA_FORMATS:
        quoted = cst.SimpleString(code_of(given.value).strip().replace(value, _DATA_FORMATS[value]))
        return with_value(call, "dim_ordering", quoted, new_name="data_format")
    plan.say(
        line,
        "dim_ordering is now data_format ('th' is channels_first, 'tf' channels_last); its value is not known here",
    )
    return call


def _mend_kernel(call: cst.Call, name: str, kind: str, plan: Plan, line: int) -> cst.Call:
    """Return the call with one kernel_size for the sides, which Keras 1 took as two arguments."""
    sides = _KERNEL.get(kind.removesuffix("Transpose")[-2:])
    if sides is None:
        return call
    count = len(sides)
    positional = [each for each in call.args if each.keyword is None]
    keywords = {each.keyword.value for each in call.args if each.keyword is not None}
    given = [argument(call, side) for side in sides]
    if all(given):
        size = ", ".join(code_of(each.value) for each in given if each)
        call = with_value(call, sides[0], cst.parse_expression(f"({size})"), new_name="kernel_size")
        return without(call, set(sides[1:]))
    old = name in NEW_NAMES or plan.is_keras_1 or bool(keywords & (set(_CONVOLUTION) | {"dim_ordering"}))
    if (
        not old
        or len(positional) < 1 + count
        or any(isinstance(each.value, cst.Tuple | cst.List) for each in positional)
    ):
        return call
    if len(positional) > 1 + count:
        plan.say(line, f"{name} has {len(positional)} positional arguments; name those after the kernel's sides")
        return call
    size = ", ".join(code_of(each.value) for each in positional[1:])
    args, end = list(call.args), call.args[count]
    kernel = args[1].with_changes(
        value=cst.parse_expression(f"({size})"), comma=end.comma, whitespace_after_arg=end.whitespace_after_arg
    )
    args[1 : 1 + count] = [kernel]
    return call.with_changes(args=args)
