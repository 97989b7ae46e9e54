"""The loop, against Keras' own evaluation; stopped anywhere and resumed, it ends with the same bits."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classeur.errors import BrokenRunError
from classeur.images.pixels import Pixels
from classeur.models.assembly import build_network
from classeur.models.engine import load_keras
from classeur.pipeline.augmenters import Images, as_kept, augmenter
from classeur.pipeline.batches import Batch, Batches
from classeur.pipeline.sampling import Sampler
from classeur.training.balance import balanced_weights
from classeur.training.checkpoint import Checkpoints
from classeur.training.fit import Fitted, Step, fit
from classeur.training.history import History
from classeur.training.recipe import make_recipe
from classeur.training.steps import Outcome, make_steps

pytestmark = pytest.mark.keras

SIZE = (8, 10)
NUM_TRAINING, NUM_VALIDATION, BATCH_SIZE = 21, 11, 4  # five whole batches and one of a single image
STEPS = 6


def images(count: int, *, num_classes: int, seed: int) -> tuple[Pixels, np.ndarray]:
    """Return pixels and labels of noise, a little brighter for each class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_classes, count)
    levels = rng.normal(100 + 25 * labels[:, None, None, None], 60, (count, *SIZE, 3))
    array = np.clip(levels, 0, 255).astype(np.uint8)
    places = np.stack([np.zeros(count, np.int64), np.arange(count)], axis=1)
    return Pixels([array], places, SIZE), labels


def tiny_network(num_classes: int, *, dropout: float, seed: int) -> Any:
    """Return two dense layers: JAX compiles the tutorial's network for seconds."""
    layers, glorot = load_keras().layers, load_keras().initializers.GlorotUniform
    return load_keras().Sequential([
        load_keras().Input((*SIZE, 3), dtype="uint8"), layers.Rescaling(1 / 255), layers.Flatten(),
        layers.Dense(6, activation="relu", kernel_initializer=glorot(seed), bias_initializer="ones"),
        layers.Dropout(dropout, seed=seed),
        layers.Dense(1 if num_classes == 2 else num_classes, kernel_initializer=glorot(seed + 1)),
    ])  # fmt: skip


class Training:
    """A network, its batches and a folder for its checkpoints; built anew alike each time."""

    def __init__(self, folder: Path, *, num_classes: int = 2, tiny: bool = False, **changes: Any) -> None:
        self.recipe = make_recipe(
            {"model": "tutorial", "image_size": SIZE, "batch_size": BATCH_SIZE, "epochs": 3, "seed": 5, **changes}
        )
        build = tiny_network if tiny else partial(build_network, "tutorial", SIZE)
        self.network = build(num_classes, dropout=self.recipe.network.dropout, seed=5)
        self.steps = make_steps(self.network, self.recipe.optimisation, steps_per_epoch=STEPS)
        self.training_images = images(NUM_TRAINING, num_classes=num_classes, seed=0)
        self.validation_images = images(NUM_VALIDATION, num_classes=num_classes, seed=1)
        self.folder = folder
        self.num_classes = num_classes

    def fit(self, **options: Any) -> Fitted:
        validation = Batches(Sampler(NUM_VALIDATION, BATCH_SIZE), as_kept(Images(*self.validation_images)))
        with Checkpoints(self.folder) as checkpoints:
            options = {"progress_seconds": 0, **options}
            return fit(self.steps, self.recipe.optimisation, self.batches(), validation, checkpoints, **options)

    def batches(self) -> Batches:
        on_device = self.recipe.optimisation.warp == "device"
        pixels, labels = self.training_images
        is_balanced, names = self.recipe.optimisation.balance, [str(label) for label in range(self.num_classes)]
        images = Images(pixels, labels, weights=balanced_weights(labels, class_names=names) if is_balanced else None)
        return Batches(
            Sampler(NUM_TRAINING, BATCH_SIZE, seed=5),
            augmenter(images, self.recipe.augmentation, seed=5, on_device=on_device),
        )

    def state(self) -> list[bytes]:
        """Return every variable of network and optimizer, to the bit."""
        variables = [*self.network.variables, *self.steps.optimizer.variables]
        return [np.array(variable).tobytes() for variable in variables]


def without_seconds(history: History) -> list[dict[str, float]]:
    return [epoch.model_dump(exclude={"seconds"}) for epoch in history.epochs]


def stop_after(*steps: int) -> Callable[[], bool]:
    """Return a function that says stop when it is asked for these times, counted from 1."""
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked in steps

    return should_stop


@pytest.mark.backends
@pytest.mark.parametrize("num_classes", [2, 3])
def test_means_are_keras_own(tmp_path: Path, num_classes: int) -> None:
    """At a learning rate of next to nothing, an epoch's means are those of `evaluate` over every image."""
    keras = load_keras()
    here = Training(tmp_path, num_classes=num_classes, epochs=1, learning_rate=1e-12)
    (epoch,) = here.fit().history.epochs
    network = keras.models.clone_model(here.network)
    network.set_weights(here.network.get_weights())
    # Compiled by hand, in the words of the tutorial, but with the threshold of a logit.
    if num_classes == 2:
        network.compile(
            loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=[keras.metrics.BinaryAccuracy(threshold=0)]
        )
    else:
        network.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    for (pixels, labels), loss, accuracy in (
        (here.training_images, epoch.loss, epoch.accuracy),
        (here.validation_images, epoch.val_loss, epoch.val_accuracy),
    ):
        x, y = pixels.gather(range(len(pixels))), labels.astype(np.float32)[:, None]
        theirs = network.evaluate(x, y, batch_size=len(x), verbose=0)
        assert (loss, accuracy) == pytest.approx(theirs, abs=2e-6)


def test_accuracy_of_two_classes_is_counted_at_probability_a_half(tmp_path: Path) -> None:
    here = Training(tmp_path, epochs=1, learning_rate=1e-12)
    (epoch,) = here.fit().history.epochs
    pixels, labels = here.validation_images
    logits = np.asarray(here.network.predict_on_batch(pixels.gather(range(len(pixels)))))[:, 0]
    assert epoch.val_accuracy == np.mean((logits > 0) == labels)


def test_every_image_once_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Training(tmp_path, epochs=2)
    seen: list[np.ndarray] = []
    real = here.steps.train

    def train(batch: Batch) -> Outcome:
        seen.append(batch.pixels)
        return real(batch)

    monkeypatch.setattr(here.steps, "train", train)
    steps: list[Step] = []
    here.fit(on_step=steps.append)
    assert [len(pixels) for pixels in seen] == [4, 4, 4, 4, 4, 1] * 2
    expected = sorted(picture.tobytes() for picture in here.training_images[0].gather(range(NUM_TRAINING)))
    for epoch in (seen[:6], seen[6:]):
        assert sorted(picture.tobytes() for pixels in epoch for picture in pixels) == expected
    assert [pixels.tobytes() for pixels in seen[:6]] != [pixels.tobytes() for pixels in seen[6:]], "in another order"
    assert [step.epoch for step in steps] == [1] * 6 + [2] * 6
    assert [step.means.num_images for step in steps] == [4, 8, 12, 16, 20, 21] * 2
    assert all(step.num_images == NUM_TRAINING and step.images_per_second > 0 for step in steps)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """An uninterrupted training with everything random on."""
    here = Training(tmp_path_factory.mktemp("whole"), augment="all", dropout=0.3, keep="best")
    here.fitted = here.fit()  # type: ignore[attr-defined]
    return here


# Steps of which 6 are an epoch: inside, at the first, at the last, at an epoch's last, twice, each.
@pytest.mark.parametrize(
    "stops",
    [pytest.param((4,), marks=pytest.mark.backends), (6,), (3, 9)]
    + [pytest.param(stops, marks=pytest.mark.slow) for stops in ((1,), (7,), (17,), range(1, 18))],
    ids=lambda stops: "-".join(map(str, stops)),
)
def test_stopped_anywhere_and_resumed_is_the_same_to_the_bit(
    tmp_path: Path, whole: Training, stops: Sequence[int]
) -> None:
    options = {"augment": "all", "dropout": 0.3, "keep": "best"}
    for sitting, stop in enumerate(stops):
        done = stops[sitting - 1] if sitting else 0
        here = Training(tmp_path, **options)  # a new process builds its network anew
        fitted = here.fit(resume=sitting > 0, should_stop=stop_after(stop - done))
        assert fitted.stopped
        assert len(fitted.history.epochs) == (stop - 1) // 6
    last = Training(tmp_path, **options)
    fitted = last.fit(resume=True)
    assert not fitted.stopped
    assert last.state() == whole.state()
    assert without_seconds(fitted.history) == without_seconds(whole.fitted.history)  # type: ignore[attr-defined]
    for one, two in zip(fitted.kept_weights, whole.fitted.kept_weights, strict=True):  # type: ignore[attr-defined]
        assert one.tobytes() == two.tobytes()


def test_a_training_that_dies_goes_on_from_its_newest_checkpoint(tmp_path: Path, whole: Training) -> None:
    """A checkpoint after each step; the process dies between two of them."""
    options = {"augment": "all", "dropout": 0.3, "keep": "best"}
    here = Training(tmp_path, **options)

    class Died(BaseException):
        pass

    def die(step: Step) -> None:
        if (step.epoch, step.means.num_images) == (2, 16):
            raise Died

    with pytest.raises(Died):
        here.fit(checkpoint_seconds=0, on_step=die)
    position = Checkpoints(tmp_path).load("step")[0]
    assert (position.epoch, position.step) == (1, 3)
    last = Training(tmp_path, **options)
    fitted = last.fit(resume=True)
    assert last.state() == whole.state()
    assert without_seconds(fitted.history) == without_seconds(whole.fitted.history)  # type: ignore[attr-defined]


@pytest.mark.parametrize("keep", ["last", "best"])
def test_the_best_epochs_weights_are_kept(tmp_path: Path, keep: str) -> None:
    # At such a learning rate the validation goes up and down.
    here = Training(tmp_path, epochs=6, learning_rate=0.01, keep=keep)
    after: list[list[np.ndarray]] = []
    fitted = here.fit(on_epoch=lambda _: after.append([np.array(variable) for variable in here.network.variables]))
    assert fitted.history.column("epoch") == [1, 2, 3, 4, 5, 6]
    assert len(after) == 6
    for one, two in zip(here.network.variables, after[-1], strict=True):
        assert np.array_equal(np.array(one), two), "the network itself is that of the last step"
    if keep == "last":
        assert fitted.kept_epoch == 6
        assert fitted.kept_weights is None
        return
    best = max(fitted.history.epochs, key=lambda epoch: (epoch.val_accuracy, -epoch.val_loss)).epoch
    assert best != 6, "the test needs a training whose best epoch is not its last"
    assert fitted.kept_epoch == best
    assert fitted.kept_weights is not None
    assert all(np.array_equal(one, two) for one, two in zip(fitted.kept_weights, after[best - 1], strict=True))


@pytest.mark.parametrize("keep", ["last", "best"])
@pytest.mark.parametrize("stop", [3, 9, 15])
def test_stopped_inside_an_epoch_the_weights_are_those_of_one_that_ended(tmp_path: Path, keep: str, stop: int) -> None:
    options = {"epochs": 3, "learning_rate": 0.01, "keep": keep}
    whole, after = Training(tmp_path / "whole", **options), []
    whole.fit(on_epoch=lambda _: after.append([np.array(variable) for variable in whole.network.variables]))
    here = Training(tmp_path / "stopped", **options)
    fitted = here.fit(should_stop=stop_after(stop))
    done = (stop - 1) // 6
    assert len(fitted.history.epochs) == done
    assert fitted.kept_epoch == (done if keep == "last" else fitted.history.best_epoch)
    if done == 0:
        assert fitted.kept_weights is None, "a part of the first epoch is all there is"
        return
    assert fitted.kept_weights is not None
    expected = after[fitted.kept_epoch - 1]
    assert all(np.array_equal(one, two) for one, two in zip(fitted.kept_weights, expected, strict=True))
    assert not all(
        np.array_equal(one, np.array(two)) for one, two in zip(expected, here.network.variables, strict=True)
    ), "the network itself went on"


def test_early_stopping_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    # Nothing changes at this rate, so the first epoch stays the best.
    for patience in (1, 3):
        here = Training(tmp_path / str(patience), epochs=50, learning_rate=1e-12, stop_early=patience)
        fitted = here.fit()
        assert fitted.history.best_epoch <= 2
        assert len(fitted.history.epochs) == fitted.history.best_epoch + patience
        assert not fitted.stopped


def test_more_epochs_go_on_where_fewer_ended(tmp_path: Path) -> None:
    fewer = Training(tmp_path / "a", epochs=1).fit()
    stored = Checkpoints(tmp_path / "a").load("last")[0]
    idle = Training(tmp_path / "a", epochs=1).fit(resume=True)
    assert idle.seconds > stored.seconds > 0, "seconds go on counting, though there was nothing to do"
    assert idle.cpu_seconds > stored.cpu_seconds > 0
    more = Training(tmp_path / "a", epochs=3)
    fitted = more.fit(resume=True)
    assert fitted.history.epochs[0] == fewer.history.epochs[0]
    once = Training(tmp_path / "b", epochs=3)
    once.fit()
    assert more.state() == once.state()


def test_nothing_to_resume_from_is_said(tmp_path: Path) -> None:
    here = Training(tmp_path)
    before = here.state()
    with pytest.raises(BrokenRunError, match="is missing"):
        here.fit(resume=True)
    (tmp_path / "last.npz").write_bytes(b"PK\x03\x04 half")
    with pytest.raises(BrokenRunError, match="is damaged"):
        here.fit(resume=True)
    assert here.state() == before


def test_an_optimizer_is_adam_at_the_recipes_rate(tmp_path: Path) -> None:
    keras = load_keras()
    here = Training(tmp_path, learning_rate=0.02)
    assert type(here.steps.optimizer) is keras.optimizers.Adam
    assert here.steps.learning_rate == pytest.approx(0.02)


@pytest.mark.backends
def test_a_step_is_keras_own(tmp_path: Path) -> None:
    """One epoch of whole batches equals Keras' `fit` over the same batches in the same order."""
    ours, theirs = Training(tmp_path / "a", epochs=1), Training(tmp_path / "b", epochs=1)
    ours.fit()
    keras = load_keras()
    theirs.network.compile(
        optimizer=keras.optimizers.Adam(theirs.recipe.optimisation.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    batches: list[Batch] = list(theirs.batches().epoch(0))
    for batch in batches:
        theirs.network.fit(batch.pixels, batch.labels.astype(np.float32)[:, None], batch_size=BATCH_SIZE, verbose=0)
    for one, two in zip(ours.network.get_weights(), theirs.network.get_weights(), strict=True):
        assert np.allclose(one, two, atol=1e-5)


@pytest.mark.backends
def test_a_cosine_schedule_falls_over_all_steps(tmp_path: Path) -> None:
    """The history has the rate as it is after each epoch; on JAX the optimizer's own counter lags behind."""
    options = {"tiny": True, "epochs": 4, "learning_rate": 0.01, "schedule": "cosine"}
    whole = Training(tmp_path / "whole", **options)
    rates = [epoch.learning_rate for epoch in whole.fit().history.epochs]
    expected = [0.01 * (1 + math.cos(math.pi * epoch / 4)) / 2 for epoch in (1, 2, 3, 4)]
    assert rates == pytest.approx(expected, abs=1e-8)
    here = Training(tmp_path / "stopped", **options)
    here.fit(should_stop=stop_after(8))
    here = Training(tmp_path / "stopped", **options)
    assert [epoch.learning_rate for epoch in here.fit(resume=True).history.epochs] == rates
    assert here.state() == whole.state()
    constant = Training(tmp_path / "constant", tiny=True, epochs=4, learning_rate=0.01)
    constant.fit()
    assert constant.state() != whole.state()


@pytest.mark.backends
def test_the_first_epochs_train_the_last_layer_alone(tmp_path: Path) -> None:
    options = {"tiny": True, "epochs": 3, "head_epochs": 2, "dropout": 0.3, "schedule": "cosine"}
    whole, after = Training(tmp_path / "whole", **options), []
    first = whole.network.get_weights()

    def on_epoch(history: History) -> None:
        after.append((whole.network.get_weights(), len(whole.steps.optimizer.variables), whole.steps.phase))

    history = whole.fit(on_epoch=on_epoch).history
    for weights, _, phase in after[:2]:
        assert phase == "head"
        assert all(map(np.array_equal, weights[:-2], first[:-2])), "all but the last kernel and bias"
        assert not any(map(np.array_equal, weights[-2:], first[-2:]))
    assert after[2][2] == "whole"
    assert not any(map(np.array_equal, after[2][0], first))
    assert after[2][1] > after[1][1], "another optimizer, of all variables"
    assert int(whole.steps.optimizer.iterations) == STEPS, "whose state began anew"
    assert history.column("learning_rate") == pytest.approx([0.0005, 0, 0], abs=1e-8), "each phase has its own schedule"
    assert all(layer.trainable for layer in whole.network.layers), "nothing that is saved stays held fast"

    for stop in (4, 15):  # inside the first phase, inside the second
        here = Training(tmp_path / str(stop), **options)
        here.fit(should_stop=stop_after(stop))
        assert Checkpoints(tmp_path / str(stop)).load("step")[0].phase == ("head" if stop == 4 else "whole")
        here = Training(tmp_path / str(stop), **options)
        resumed = here.fit(resume=True)
        assert here.state() == whole.state()
        assert without_seconds(resumed.history) == without_seconds(history)


@pytest.mark.backends
@pytest.mark.parametrize("warp", ["host", "device"])
def test_a_balanced_training_is_another_and_is_resumed_to_the_bit(tmp_path: Path, warp: str) -> None:
    """Mixed on the device: every input that a step may have."""
    options = {"tiny": True, "num_classes": 3, "epochs": 2, "mixup": 0.5, "rotation": 20, "warp": warp}
    plain, whole = Training(tmp_path / "plain", **options), Training(tmp_path / "whole", balance=True, **options)
    plain.fit()
    whole.fit()
    assert whole.state() != plain.state()
    Training(tmp_path / "stopped", balance=True, **options).fit(should_stop=stop_after(8))
    here = Training(tmp_path / "stopped", balance=True, **options)
    here.fit(resume=True)
    assert here.state() == whole.state()


def test_where_the_last_layer_alone_was_trained_nothing_stays_held_fast(tmp_path: Path) -> None:
    here = Training(tmp_path, tiny=True, epochs=1, head_epochs=1)
    here.fit()
    assert all(layer.trainable for layer in here.network.layers)


@pytest.mark.backends
@pytest.mark.parametrize("num_classes", [2, 3])
@pytest.mark.parametrize("warp", ["host", "device"])
def test_mixed_pictures_have_mixed_targets(tmp_path: Path, num_classes: int, warp: str) -> None:
    """Loss and accuracy of an epoch against NumPy's, from the network's own answers to the mixed pictures."""
    options = {"tiny": True, "epochs": 1, "learning_rate": 1e-12, "mixup": 0.5, "rotation": 20, "warp": "host"}
    here = Training(tmp_path / "a", num_classes=num_classes, **{**options, "warp": warp})
    (epoch,) = here.fit().history.epochs
    losses, right = [], []
    for batch in Training(tmp_path / "b", num_classes=num_classes, **options).batches().epoch(0):
        assert batch.mixing is not None
        logits = np.array(load_keras().ops.convert_to_numpy(here.network(batch.pixels)), np.float64)
        logits = np.concatenate([0 * logits, logits], axis=1) if num_classes == 2 else logits
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        for row, (weight, label, other) in enumerate(
            zip(batch.mixing.shares, batch.labels, batch.mixing.labels, strict=True)
        ):
            losses.append(-weight * logs[row, label] - (1 - weight) * logs[row, other])
            right.append(logits[row].argmax() == (label if weight > 0.5 else other))
    assert epoch.loss == pytest.approx(np.mean(losses), abs=1e-5 if warp == "host" else 2e-3)
    if warp == "host":
        assert epoch.accuracy == np.mean(right)


@pytest.mark.backends
@pytest.mark.parametrize("warp", ["host", "device"])
def test_a_training_on_mixed_pictures_is_resumed_to_the_bit(tmp_path: Path, warp: str) -> None:
    options = {"tiny": True, "epochs": 2, "mixup": 0.5, "augment": "all", "warp": warp}
    whole = Training(tmp_path / "whole", **options)
    whole.fit()
    here = Training(tmp_path / "stopped", **options)
    here.fit(should_stop=stop_after(8))
    here = Training(tmp_path / "stopped", **options)
    here.fit(resume=True)
    assert here.state() == whole.state()
