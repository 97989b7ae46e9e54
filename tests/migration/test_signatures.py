"""Arguments that the installed Keras does not take: named, whether a table has them or not."""
# ruff: noqa: E501

import inspect
from pathlib import Path

import pytest

from classeur.migration.mends.signatures import unknown_arguments
from classeur.migration.rewrite import mend_source
from classeur.migration.sources import source_of_cells

IMPORTS = (
    "from keras.layers import *\nfrom keras.layers import Conv2D, Dense, LSTM\nfrom keras.models import Sequential\n"
    "from keras.optimizers import Nadam\nimport keras\nimport tensorflow as tf\nm = Sequential()\n"
)


def reasons(code: str) -> list[str]:
    return [each.reason for each in mend_source(source_of_cells(Path("a.py"), [(None, IMPORTS + code)])).left]


@pytest.mark.parametrize(
    ("code", "called", "argument"),
    [
        ("Nadam(0.1, schedule_decay=0.004)", "Nadam", "schedule_decay"),
        ("Dense(3, activity_regularizer=r, weights=w)", "Dense", "weights"),
        ("keras.layers.LSTM(3, consume_less='mem')", "LSTM", "consume_less"),
        ("tf.keras.layers.Conv2D(3, 3, implementation=1)", "Conv2D", "implementation"),
        ("keras.callbacks.EarlyStopping(patience=3, epsilon=1)", "EarlyStopping", "epsilon"),
        ("keras.utils.to_categorical(y, 3, dtype='int')", "to_categorical", "dtype"),
        ("keras.applications.ResNet50(pretrained=True)", "ResNet50", "pretrained"),
        ("m.compile('adam', 'mse', distribute=d)", "compile", "distribute"),
        ("m.fit(x, y, validation_freq=1, show_progress=True)", "fit", "show_progress"),
        ("m.predict(x, verbose=0, batchsize=3)", "predict", "batchsize"),
        ("class Mine(Conv2D):\n    pass\nMine(3, 3, groupz=2)", "Conv2D", "groupz"),
    ],
)
def test_an_argument_that_keras_does_not_take_is_named(code: str, called: str, argument: str) -> None:
    assert reasons(f"{code}\n") == [f"{called} does not take {argument} in Keras 3"]


@pytest.mark.parametrize(
    "code",
    [
        "Dense(3, input_dim=4, input_shape=(4,), name='a', dtype='float32', trainable=False)",
        "Conv2D(3, 3, border_mode='same', init='he_normal', W_regularizer=r, bias=False)",
        "LSTM(3, return_sequences=True, go_backwards=True, stateful=True, unroll=True)",
        "class Mine(Dense):\n    def __init__(self, units, extra, **kwargs):\n        super().__init__(units, **kwargs)\nMine(3, extra=1)",
        "keras.layers.Dense(3, **rest)",
        "keras.callbacks.LambdaCallback(on_epoch_end=f, anything=1)",
        "keras.utils.plot_model(m, to_file='a.png', anything=1)",
        "keras.applications.VGG16(weights=None, include_top=False, input_tensor=x, pooling='avg')",
        "m.fit(x, y, batch_size=3, epochs=2, callbacks=[], class_weight={}, validation_split=0.1, nb_epoch=2)",
        "datagen.fit(x, augment=True, rounds=2)",
        "clf.fit(x, y, anything=1)",
        "keras.models.load_model('a', custom_objects={}, compile=False)",
    ],
)
def test_an_argument_that_may_be_taken_is_not_named(code: str) -> None:
    assert reasons(f"{code}\n") == []


def test_an_argument_is_named_once() -> None:
    (reason,) = reasons("BatchNormalization(mode=2)\n")
    assert "no longer has mode" in reason


def test_what_is_not_known_is_not_named() -> None:
    assert unknown_arguments("keras.layers.NoSuchLayer", ["a"]) == []
    assert unknown_arguments("keras.layers.Dense:no_such_method", ["a"]) == []
    assert unknown_arguments("keras.layers.Dense", []) == []


@pytest.mark.keras
@pytest.mark.parametrize("module", ["layers", "optimizers", "callbacks", "losses", "metrics", "utils", "regularizers"])
def test_the_signatures_are_those_of_keras(module: str) -> None:
    import keras

    home = getattr(keras, module)
    for name in dir(home):
        made = getattr(home, name)
        if name.startswith("_") or not callable(made):
            continue
        given = inspect.signature(made.__init__ if inspect.isclass(made) else made).parameters.values()
        taken = [each.name for each in given if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
        assert unknown_arguments(f"keras.{module}.{name}", taken) == []
        if unknown_arguments(f"keras.{module}.{name}", ["nonsense"]):
            with pytest.raises((TypeError, ValueError)):
                made(nonsense=1)
