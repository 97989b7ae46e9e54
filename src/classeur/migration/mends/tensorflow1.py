"""Names of TensorFlow 1 that TensorFlow 2 has elsewhere."""

import libcst as cst

from classeur.migration.mends.arguments import renamed
from classeur.migration.mends.installed import missing, renamed_in_tensorflow
from classeur.migration.mends.plan import Plan

_OPTIMIZERS = {"AdamOptimizer": "Adam", "GradientDescentOptimizer": "SGD", "MomentumOptimizer": "SGD",
               "AdagradOptimizer": "Adagrad", "AdadeltaOptimizer": "Adadelta", "RMSPropOptimizer": "RMSprop",
               "FtrlOptimizer": "Ftrl"}  # fmt: skip
_ARGUMENTS = {"beta1": "beta_1", "beta2": "beta_2", "use_nesterov": "nesterov"}
_IN_COMPAT = (
    "ConfigProto", "GPUOptions", "GraphDef", "InteractiveSession", "Session", "app", "enable_eager_execution", "flags",
    "get_default_graph", "get_default_session", "get_variable", "gfile", "global_variables_initializer",
    "local_variables_initializer", "logging", "python_io", "reset_default_graph", "variable_scope",
    "trainable_variables", "global_variables", "summary.FileWriter", "train.Saver", "train.import_meta_graph",
)  # fmt: skip

# Under `tf.`, from the old name to the new one.
NAMES = {
    "set_random_seed": "random.set_seed",
    "VERSION": "__version__",
    "image.resize_images": "image.resize",
    "read_file": "io.read_file",
    "FixedLenFeature": "io.FixedLenFeature",
    "parse_single_example": "io.parse_single_example",
    "log": "math.log",
    "random_normal": "random.normal",
    "random_uniform": "random.uniform",
    **{name: f"compat.v1.{name}" for name in _IN_COMPAT},
    **{f"train.{old}": f"keras.optimizers.{new}" for old, new in _OPTIMIZERS.items()},
}
_WITHOUT_KERAS_3 = ("layers.", "losses.", "metrics.", "keras.", "estimator.", "contrib.", "placeholder")
_GONE = {
    "contrib": "tf.contrib is removed from TensorFlow 2",
    "placeholder": "tf.placeholder is for graphs and sessions, which Keras 3 does not use",
}
# What `from tensorflow import` takes from another module under the same name.
IMPORTED = {"set_random_seed": "tensorflow.compat.v1", **dict.fromkeys(_IN_COMPAT, "tensorflow.compat.v1")}


def is_mended(name: str) -> bool:
    """Return whether a dotted name begins with one that is mended, or said to be gone."""
    parts = name.removeprefix("tensorflow.").split(".")
    heads = [".".join(parts[:number]) for number in range(1, len(parts) + 1)]
    return any(each in NAMES or each in _GONE or moved_name(each) for each in heads)


def new_name(name: str, plan: Plan, line: int) -> str | None:
    """Return what follows `tf.` today for a dotted name, or say that it is gone; None if it stays."""
    root, _, rest = name.partition(".")
    if root != "tensorflow":
        return None
    if rest in _GONE:
        plan.say(line, _GONE[rest])
    return NAMES.get(rest) or moved_name(rest)


def moved_name(rest: str) -> str | None:
    """Return the new name of what the installed TensorFlow has elsewhere, by its name after `tf.`.

    >>> moved_name("ceil"), moved_name("image.resize_bilinear"), moved_name("nn.relu"), moved_name("layers.dense")
    ('math.ceil', 'compat.v1.image.resize_bilinear', None, None)
    """
    new = None if rest.startswith(_WITHOUT_KERAS_3) else renamed_in_tensorflow().get(rest)
    if new is None or missing(f"tensorflow.{rest}") is None or missing(f"tensorflow.{new}") is not None:
        return None
    return new


def mend_optimizer_of_tensorflow(call: cst.Call, name: str) -> cst.Call:
    """Return the call of an optimizer of `tf.train` with the names of Keras' arguments."""
    kind = name.removeprefix("tensorflow.train.")
    if kind == "RMSPropOptimizer":
        call = renamed(call, {"decay": "rho"})
    return renamed(call, _ARGUMENTS) if kind in _OPTIMIZERS else call
