"""The verbs that Keras 3 lost, epochs with all their steps, and files that load without classeur."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.keras_image import ImageDataGenerator, Model, Sequential

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:.*removed from Keras 3", "ignore:.*no effect in Keras 3"),
]


@pytest.fixture(scope="module")
def layers() -> Any:
    import tensorflow as tf

    return tf.keras.layers


def sequential(layers: Any) -> Sequential:
    return Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)])


def functional(layers: Any) -> Model:
    inputs = layers.Input((4, 4, 1))
    return Model(inputs, layers.Dense(1)(layers.Flatten()(inputs)))


def by_name(layers: Any) -> Model:
    inputs = layers.Input((4, 4, 1))
    return Model(inputs=inputs, outputs=layers.Dense(1)(layers.Flatten()(inputs)), name="named")


def functional_subclass(layers: Any) -> Model:
    class Own(Model):
        def __init__(self) -> None:
            inputs = layers.Input((4, 4, 1))
            super().__init__(inputs, layers.Dense(1)(layers.Flatten()(inputs)))

    return Own()


def subclass(layers: Any) -> Model:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.flatten, self.dense = layers.Flatten(), layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.dense(self.flatten(x))

    return Own()


KINDS = [sequential, functional, by_name, functional_subclass, subclass]


@pytest.fixture
def iterator() -> Any:
    x = np.random.default_rng(0).random((10, 4, 4, 1))
    return ImageDataGenerator().flow(x, np.arange(10.0), batch_size=3, shuffle=False)


@pytest.fixture
def asked(iterator: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The indices that the iterator is asked for."""
    indices: list[int] = []
    get = type(iterator).__getitem__
    monkeypatch.setattr(type(iterator), "__getitem__", lambda self, index: indices.append(index) or get(self, index))
    return indices


@pytest.mark.parametrize("make", KINDS)
def test_every_epoch_has_all_its_steps(layers: Any, make: Any, iterator: Any, asked: list[int]) -> None:
    model = make(layers)
    model.compile("sgd", loss="mse")
    history = model.fit(iterator, steps_per_epoch=3, epochs=4, verbose=0)
    assert len(history.history["loss"]) == 4
    assert asked == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]


def test_no_steps_are_all_steps_as_in_keras(layers: Any, iterator: Any, asked: list[int]) -> None:
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    model.fit(iterator, steps_per_epoch=5 // 10, validation_data=iterator, validation_steps=0, verbose=0, shuffle=False)
    assert asked == [0, 1, 0, 1, 2, 3, 0, 1, 0, 1, 2, 3]


class Drawing:
    """Draws from another iterator, like the locked ones in old code."""

    def __init__(self, iterator: Any) -> None:
        self.iterator = iterator

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return next(self.iterator)


def zipped(data: Any) -> Any:
    batches = [next(data) for _ in range(6)]
    return zip([x for x, _ in batches], [y for _, y in batches], strict=True)


@pytest.mark.parametrize("wrap", [Drawing, iter, zipped, lambda data: map(tuple, data)])
def test_any_iterator_feeds_a_model(layers: Any, wrap: Any, iterator: Any) -> None:
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    held_out = iter([(np.zeros((3, 4, 4, 1)), np.zeros(3))] * 6)
    data = wrap(iterator)
    fitted = model.fit(data, steps_per_epoch=2, epochs=3, validation_data=held_out, validation_steps=2, verbose=0)
    assert [len(fitted.history[name]) for name in ("loss", "val_loss")] == [3, 3]
    assert model.predict(Drawing(iter([(np.zeros((3, 4, 4, 1)),)] * 4)), steps=4, verbose=0).shape == (12, 1)


def test_fit_generator_is_fit(layers: Any, iterator: Any, asked: list[int]) -> None:
    model = sequential(layers)
    model.compile("sgd", loss="mse", metrics=["mae"])
    with pytest.warns(DeprecationWarning, match=r"fit_generator is removed from Keras 3; Model\.fit") as caught:
        history = model.fit_generator(
            iterator,
            steps_per_epoch=3,
            epochs=2,
            verbose=0,
            validation_data=iterator,
            validation_steps=2,
            workers=4,
            use_multiprocessing=True,
            max_queue_size=3,
            pickle_safe=True,
        )
    assert caught[0].filename == __file__
    assert set(history.history) == {"loss", "mae", "val_loss", "val_mae"}
    # Two batches looked at, then twice validated from the first batch on.
    assert asked == [0, 1, 2, 0, 1, 0, 1, 3, 0, 1, 0, 1]


def test_fit_generator_hands_everything_on(layers: Any, iterator: Any) -> None:
    """Classes of no weight teach nothing."""
    import keras

    begun: list[int] = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    before = model.get_weights()
    nothing = dict.fromkeys(range(10), 0.0)
    with pytest.warns(DeprecationWarning, match="fit_generator"):
        history = model.fit_generator(
            iterator, 2, epochs=4, initial_epoch=1, class_weight=nothing, callbacks=[note], verbose=0,
            validation_data=iterator, validation_freq=2,
        )  # fmt: skip
    assert begun == [1, 2, 3]
    assert history.history["loss"] == [0, 0, 0]
    assert len(history.history["val_loss"]) == 2
    assert all(map(np.array_equal, model.get_weights(), before))


def test_evaluate_and_predict_generator(layers: Any, iterator: Any) -> None:
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    with pytest.warns(DeprecationWarning, match="Model.predict"):
        predicted = model.predict_generator(iterator, workers=2)
    np.testing.assert_allclose(predicted, model.predict(iterator, verbose=0))
    assert predicted.shape == (10, 1)
    assert model.predict(iterator, steps=5, verbose=0).shape == (13, 1)
    with pytest.warns(DeprecationWarning, match="Model.evaluate"):
        loss = model.evaluate_generator(iterator, 4, max_q_size=1)
    np.testing.assert_allclose(loss, np.mean((predicted[:, 0] - np.arange(10)) ** 2), rtol=1e-5)
    for verb in ("fit_generator", "evaluate_generator", "predict_generator"):
        with pytest.raises(TypeError, match="unexpected keyword"):
            getattr(model, verb)(iterator, nonsense=1)


def test_fit_takes_what_keras_takes(layers: Any) -> None:
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    x, y = np.zeros((8, 4, 4, 1)), np.zeros(8)
    history = model.fit(x, y, 4, 2, 0, validation_split=0.5)
    assert set(history.history) == {"loss", "val_loss"}
    with pytest.warns(DeprecationWarning, match="workers have no effect"):
        model.fit(x, y, verbose=0, workers=3)
    with pytest.raises(TypeError, match="nonsense"):
        model.fit(x, y, nonsense=3)


def test_class_weights_and_callbacks_see_every_step(layers: Any, iterator: Any) -> None:
    import keras

    steps: list[int] = []
    note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    weights = dict.fromkeys(range(10), 1.0)
    model.fit(iterator, steps_per_epoch=2, epochs=3, verbose=0, class_weight=weights, callbacks=[note])
    assert steps == [0, 1] * 3


def test_saved_models_load_without_classeur(layers: Any, iterator: Any, tmp_path: Path) -> None:
    x = np.ones((1, 4, 4, 1))
    for make in (sequential, functional, by_name):
        model = make(layers)
        model.compile("adam", loss="mse")
        model.fit(iterator, verbose=0)
        model.save(tmp_path / f"{make.__name__}.keras")
        np.save(tmp_path / f"{make.__name__}.npy", model.predict(x, verbose=0))
    code = (
        "import keras, numpy as np, pathlib, sys\n"
        "for path in pathlib.Path().glob('*.keras'):\n"
        "    model = keras.saving.load_model(path)\n"
        "    assert type(model).__module__.startswith('keras.'), type(model)\n"
        "    assert int(model.optimizer.iterations) == 4\n"
        "    predicted = model.predict(np.ones((1, 4, 4, 1)), verbose=0)\n"
        "    np.testing.assert_allclose(predicted, np.load(path.with_suffix('.npy')), rtol=1e-5)\n"
        "    print('loaded')\n"
        "assert not any(name.startswith('classeur') for name in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("loaded") == 3


def test_a_plain_keras_model_takes_an_iterator_too(layers: Any, iterator: Any, asked: list[int]) -> None:
    import keras

    iterator.workers = 8
    model = keras.Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", loss="mse")
    model.fit(iterator, epochs=2, verbose=0, shuffle=False, validation_data=iterator)
    looked_at = [0, 1]
    assert asked == [*looked_at, 0, 1, 2, 3, *looked_at, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]


def test_they_are_keras_models(layers: Any) -> None:
    import keras

    keras.utils.clear_session()
    model = sequential(layers)
    assert isinstance(model, Sequential)
    assert isinstance(model, keras.Sequential)
    assert model.name == "sequential"
    for make in KINDS[1:]:
        assert isinstance(make(layers), Model)
        assert isinstance(make(layers), keras.Model)
    assert isinstance(keras.models.clone_model(model), keras.Sequential)
    assert not hasattr(keras.Model, "fit_generator")
    assert Model.__bases__[-1] is keras.Model


@pytest.mark.filterwarnings("ignore:.*is a row of NaN")
def test_a_broken_file_is_nan_in_predict_and_left_out_of_fit_and_evaluate(layers: Any, tmp_path: Path) -> None:
    for number in range(6):
        folder = tmp_path / "data" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (40 * number,) * 3).save(folder / f"{number}.png")
    (tmp_path / "data" / "a" / "2.png").write_text("no picture")
    batches = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        tmp_path / "data", target_size=(4, 4), class_mode="binary", batch_size=4, shuffle=False
    )
    model = Sequential([layers.Input((4, 4, 3)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    for steps in ({}, {"steps_per_epoch": 2, "validation_steps": 2}):
        history = model.fit(batches, epochs=2, validation_data=batches, verbose=0, **steps).history
        assert np.isfinite(history["loss"] + history["val_loss"]).all()
    predicted = model.predict(batches, verbose=0)[:, 0]
    assert np.isnan(predicted).tolist() == [name == str(Path("a", "2.png")) for name in batches.filenames]
    assert np.isfinite(model.evaluate(batches, verbose=0))
    assert np.isnan(model.predict(batches, steps=2, verbose=0)).sum() == 1


@pytest.fixture
def flow_with_a_broken_file(tmp_path: Path) -> Any:
    """A function that makes an iterator over nine files, of which the last is unusable."""
    for number in range(9):
        path = tmp_path / "data" / "ab"[number > 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), 20 * number).save(path)
    (tmp_path / "data" / "b" / "8.png").write_text("no picture")

    def flow(batch_size: int, *, shuffle: bool) -> Any:
        return ImageDataGenerator(rescale=1 / 255).flow_from_directory(
            tmp_path / "data", target_size=(4, 4), class_mode="binary", color_mode="grayscale", batch_size=batch_size,
            shuffle=shuffle,
        )  # fmt: skip

    return flow


@pytest.mark.filterwarnings("ignore:.*is a row of NaN", "ignore:.*is left out of its batches")
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_batch_of_unusable_files_only_is_skipped(
    layers: Any, flow_with_a_broken_file: Any, batch_size: int, shuffle: bool
) -> None:
    import keras

    num_batches = -(-9 // batch_size)
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    ended: list[int] = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ended.append(epoch))
    held_out = flow_with_a_broken_file(batch_size, shuffle=False)
    for steps, validation_steps in ((None, None), (num_batches, num_batches)):
        training = flow_with_a_broken_file(batch_size, shuffle=shuffle)
        history = model.fit(
            training, epochs=4, steps_per_epoch=steps, validation_data=held_out, validation_steps=validation_steps,
            class_weight={0: 1.0, 1: 2.0}, callbacks=[note], verbose=0,
        ).history  # fmt: skip
        assert ended == [0, 1, 2, 3]
        assert len(history["loss"]) == len(history["val_loss"]) == 4
        assert np.isfinite(history["loss"] + history["val_loss"]).all()
        ended.clear()
    predicted = model.predict(held_out, verbose=0)[:, 0]
    assert np.isnan(predicted).tolist() == [False] * 8 + [True]
    loss = np.nanmean((predicted - held_out.classes) ** 2)
    for given in (held_out, flow_with_a_broken_file(batch_size, shuffle=shuffle)):
        for steps in (None, num_batches):
            np.testing.assert_allclose(model.evaluate(given, steps=steps, verbose=0), loss, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:.*is left out of its batches")
def test_no_image_replaces_those_of_a_skipped_batch(layers: Any, flow_with_a_broken_file: Any) -> None:
    model = sequential(layers)
    model.compile("sgd", loss="mse")
    model.fit(flow_with_a_broken_file(1, shuffle=True), epochs=3, verbose=0)
    assert int(model.optimizer.iterations) == 3 * 8


def pictures(num_pictures: int = 8) -> np.ndarray:
    return np.random.default_rng(0).random((num_pictures, 4, 4, 1)).astype(np.float32)


def test_images_zipped_with_masks_are_trained_on(layers: Any) -> None:
    flows = [ImageDataGenerator(rotation_range=9).flow(pictures(), batch_size=3, seed=1) for _ in range(2)]
    model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 3, padding="same")])
    model.compile("sgd", "mse")
    held_out = [ImageDataGenerator().flow(pictures(), batch_size=3, seed=1) for _ in range(2)]
    history = model.fit_generator(
        zip(*flows, strict=True), steps_per_epoch=5, epochs=3, verbose=0, validation_data=zip(*held_out, strict=True),
        validation_steps=2,
    ).history  # fmt: skip
    assert int(model.optimizer.iterations) == 15
    assert len(history["val_loss"]) == 3


@pytest.mark.parametrize("steps", [None, 5])
def test_several_inputs_and_outputs_are_trained_on(layers: Any, tmp_path: Path, steps: int | None) -> None:
    table = np.arange(8.0).reshape(8, 1)
    image, number = layers.Input((4, 4, 1)), layers.Input((1,))
    model = Model([image, number], layers.Dense(1)(layers.Concatenate()([layers.Flatten()(image), number])))
    model.compile("sgd", "mse")
    batches = ImageDataGenerator().flow((pictures(), table), np.zeros(8), batch_size=3)
    model.fit(batches, epochs=2, steps_per_epoch=steps, validation_data=batches, verbose=0)
    assert model.predict(batches, verbose=0).shape == (8, 1)

    import pandas as pd

    for index, x in enumerate(pictures()):
        Image.fromarray((x[:, :, 0] * 255).astype(np.uint8)).save(tmp_path / f"{index}.png")
    rows = pd.DataFrame({"filename": [f"{index}.png" for index in range(8)], "a": table[:, 0], "b": table[:, 0]})
    flow = ImageDataGenerator().flow_from_dataframe(
        rows, tmp_path, y_col=["a", "b"], class_mode="multi_output", target_size=(4, 4), color_mode="grayscale",
        batch_size=3,
    )  # fmt: skip
    flat = layers.Flatten()(image)
    model = Model(image, [layers.Dense(1)(flat), layers.Dense(1)(flat)])
    model.compile("sgd", ["mse", "mse"])
    history = model.fit(flow, epochs=2, steps_per_epoch=steps, verbose=0).history
    assert len(history["loss"]) == 2
