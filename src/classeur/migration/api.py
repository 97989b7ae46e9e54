"""Keras' names: where they were, their old arguments, and their replacements."""

import re

from classeur.migration.values import Imported

# Other ways to spell `keras.`; `tf_keras` is not among them: it is Keras 2, chosen on purpose.
_ROOTS = re.compile(
    r"(?:tensorflow(?:\.compat\.v[12])?(?:\.python|\.contrib|\._api\.v[12])?\.keras"
    r"|tensorflow\.python\.keras\.api|keras\.api(?:\._v[12]\.keras)?|keras\.src|keras\._tf_keras\.keras)(?=\.|$)"
)
_IMAGE_HOMES = re.compile(
    r"(?:keras_preprocessing|keras(?:\._?legacy)?\.preprocessing|keras\._tf_keras\.preprocessing)\.image(?=\.|$)"
)

IMAGE = "keras.preprocessing.image"
CLASSEUR = "classeur.keras_image"

# The names in classeur.keras_image: `__all__` of that package; a test compares them.
CLASSEUR_NAMES = frozenset(
    [
        "BatchFromFilesMixin",
        "DataFrameIterator",
        "DirectoryIterator",
        "ImageDataGenerator",
        "Iterator",
        "Model",
        "NumpyArrayIterator",
        "Sequential",
        "apply_affine_transform",
        "apply_brightness_shift",
        "apply_channel_shift",
        "array_to_img",
        "flip_axis",
        "get_file",
        "img_to_array",
        "list_pictures",
        "load_img",
        "random_brightness",
        "random_channel_shift",
        "random_rotation",
        "random_shear",
        "random_shift",
        "random_zoom",
        "save_img",
        "smart_resize",
        "transform_matrix_offset_center",
        "validate_filename",
    ]
)

MODELS = {
    f"{home}{kind}": kind
    for home in ("keras.", "keras.models.", "keras.engine.", "keras.engine.training.", "keras.engine.sequential.",
                 "keras.engine.topology.", f"{CLASSEUR}.")
    for kind in ("Sequential", "Model")
}  # fmt: skip
GET_FILE = ("keras.utils.get_file", "keras.utils.data_utils.get_file", f"{CLASSEUR}.get_file")

GENERATOR_ARGUMENTS = (
    "featurewise_center", "samplewise_center", "featurewise_std_normalization", "samplewise_std_normalization",
    "zca_whitening", "zca_epsilon", "rotation_range", "width_shift_range", "height_shift_range", "brightness_range",
    "shear_range", "zoom_range", "channel_shift_range", "fill_mode", "cval", "horizontal_flip", "vertical_flip",
    "rescale", "preprocessing_function", "data_format", "validation_split", "interpolation_order", "dtype",
)  # fmt: skip
AUGMENTING_ARGUMENTS = (
    "rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range", "zoom_range",
    "channel_shift_range", "horizontal_flip", "vertical_flip",
)  # fmt: skip

NORMALISING_ARGUMENTS = (
    "featurewise_center",
    "featurewise_std_normalization",
    "zca_whitening",
    "samplewise_center",
    "samplewise_std_normalization",
)
FITTED_ARGUMENTS = NORMALISING_ARGUMENTS[:3]  # what a generator must be fitted for

# Positional arguments of methods, in order.
METHOD_ARGUMENTS = {
    "flow": ("x", "y", "batch_size", "shuffle", "sample_weight", "seed"),
    "flow_from_directory": (
        "directory", "target_size", "color_mode", "classes", "class_mode", "batch_size", "shuffle", "seed",
    ),
    "flow_from_dataframe": (
        "dataframe", "directory", "x_col", "y_col", "weight_col", "target_size", "color_mode", "classes",
        "class_mode", "batch_size", "shuffle", "seed",
    ),
    "fit": (
        "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle",
        "class_weight", "sample_weight", "initial_epoch", "steps_per_epoch", "validation_steps",
    ),
    "fit_generator": (
        "x", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps",
    ),
    "evaluate": ("x", "y", "batch_size", "verbose", "sample_weight", "steps", "callbacks"),
    "evaluate_generator": ("x", "steps"),
    "predict": ("x", "batch_size", "verbose", "steps", "callbacks"),
    "predict_generator": ("x", "steps"),
    "predict_classes": ("x", "batch_size", "verbose"),
    "predict_proba": ("x", "batch_size", "verbose"),
    "predict_on_batch": ("x",),
    "compile": ("optimizer", "loss", "metrics"),
    "add": ("layer",),
}  # fmt: skip

STEPS = ("steps_per_epoch", "validation_steps", "steps")
FLOWS = ("flow", "flow_from_directory", "flow_from_dataframe")
VERBS = {
    "fit": "fit", "fit_generator": "fit",
    "evaluate": "evaluate", "evaluate_generator": "evaluate",
    "predict": "predict", "predict_generator": "predict", "predict_classes": "predict", "predict_proba": "predict",
}  # fmt: skip

LAYER_ARGUMENTS = {
    "Dense": ("units", "activation"),
    "Activation": ("activation",),
    "Dropout": ("rate",),
    "Rescaling": ("scale", "offset"),
}

CALLBACK_ARGUMENTS = {
    "EarlyStopping": ("monitor", "min_delta", "patience", "verbose", "mode"),
    "ModelCheckpoint": ("filepath", "monitor", "verbose", "save_best_only", "save_weights_only", "mode"),
    "ReduceLROnPlateau": ("monitor", "factor", "patience", "verbose", "mode"),
}

# Functions that apply an activation to a value.
ACTIVATIONS = {
    **dict.fromkeys(("tensorflow.nn.softmax", "keras.activations.softmax", "keras.ops.softmax", "keras.backend.softmax",
                     "scipy.special.softmax"), "softmax"),
    **dict.fromkeys(("tensorflow.nn.sigmoid", "tensorflow.math.sigmoid", "tensorflow.sigmoid", "scipy.special.expit",
                     "keras.activations.sigmoid", "keras.ops.sigmoid", "keras.backend.sigmoid"), "sigmoid"),
}  # fmt: skip

# Functions that make one output of several.
MERGING = frozenset(
    f"keras.layers.{name}"
    for name in ("add", "average", "concatenate", "dot", "maximum", "merge", "minimum", "multiply", "subtract")
)

# Networks of keras.applications that rescale by themselves.
RESCALING_APPLICATIONS = ("EfficientNet", "MobileNetV3", "ConvNeXt")

# Functions of NumPy that make an array, by the position and the name of its shape.
ARRAYS = {
    **dict.fromkeys(("numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full"), (0, "shape")),
    **dict.fromkeys(("numpy.random.random", "numpy.random.random_sample"), (0, "size")),
    **dict.fromkeys(("numpy.random.uniform", "numpy.random.normal", "numpy.random.randint"), (2, "size")),
}  # fmt: skip

# Scores that compare predictions with labels.
SCORES = frozenset(
    [
        "classification_report",
        "confusion_matrix",
        "accuracy_score",
        "precision_score",
        "recall_score",
        "f1_score",
        "roc_auc_score",
        "roc_curve",
        "precision_recall_curve",
        "average_precision_score",
        "balanced_accuracy_score",
        "cohen_kappa_score",
        "matthews_corrcoef",
        "precision_recall_fscore_support",
    ]
)


def canonical(name: str) -> str:
    """Return a dotted name with every spelling of `keras` as `keras`.

    >>> canonical("tensorflow.keras.preprocessing.image.ImageDataGenerator")
    'keras.preprocessing.image.ImageDataGenerator'
    >>> canonical("tensorflow.nn.softmax")
    'tensorflow.nn.softmax'
    """
    return _IMAGE_HOMES.sub(IMAGE, _ROOTS.sub("keras", name, count=1), count=1)


def is_image_name(imported: Imported, name: str) -> bool:
    """Return whether this is that name of the image module, of Keras or classeur."""
    return imported.name in (f"{IMAGE}.{name}", f"{CLASSEUR}.{name}")
