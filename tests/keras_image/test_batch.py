"""What a user's own code does to a batch is done as Keras does it; nothing depends on how many threads there are."""

import threading
from typing import Any

import numpy as np
import pytest
from keras_oracle import TUTORIAL, AssertAlike, picture

from classeur.keras_image import ImageDataGenerator, batch


@pytest.fixture
def x() -> np.ndarray:
    return np.stack([picture(seed, (20, 20, 3)) for seed in range(20)])


@pytest.mark.parametrize("arguments", [TUTORIAL, {**TUTORIAL, "samplewise_center": True}, {"vertical_flip": True}])
def test_threads_change_nothing(x: np.ndarray, arguments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for num_processors in (1, 2, 7):
        monkeypatch.setattr(batch, "num_processors", lambda number=num_processors: number)
        monkeypatch.setattr("classeur.threads.num_processors", lambda number=num_processors: number)
        made.append(ImageDataGenerator(**arguments).flow(x, seed=1, batch_size=20)[0])
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()


@pytest.mark.parametrize(
    ("arguments", "size", "is_here"),
    [({"rescale": 0.1}, 20, True), ({"rotation_range": 9}, 20, False), ({"rescale": 0.1}, 300, False)],
)
def test_what_is_short_is_made_where_it_is_requested(
    arguments: Any, size: int, is_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    write = batch.Transformations.write

    def noting(self: Any, *arguments: Any, **how: Any) -> None:
        threads.add(threading.get_ident())
        write(self, *arguments, **how)

    monkeypatch.setattr(batch, "num_processors", lambda: 2)
    monkeypatch.setattr(batch.Transformations, "write", noting)
    ImageDataGenerator(**arguments).flow(np.zeros((20, size, size, 3), np.float32), batch_size=20)[0]
    assert (threads == {threading.get_ident()}) == is_here


@pytest.mark.parametrize("name", ["get_random_transform", "apply_transform", "standardize"])
def test_an_overridden_method_is_called_in_keras_order(
    legacy: Any, assert_alike: AssertAlike, x: np.ndarray, name: str
) -> None:
    made = []
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):

        def drawing_too(self: Any, *arguments: Any, kind: Any = kind) -> Any:
            np.random.random()
            return getattr(kind, name)(self, *arguments)

        own = type("Own", (kind,), {name: drawing_too})
        iterator = own(**TUTORIAL).flow(x, seed=4, batch_size=8)
        made.append([next(iterator) for _ in range(3)])
    assert_alike(made[0], made[1])


def test_an_argument_changed_later_counts_from_then_on(legacy: Any, assert_alike: AssertAlike, x: np.ndarray) -> None:
    made = []
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        generator = kind(**TUTORIAL)
        iterator = generator.flow(x, seed=4, batch_size=8)
        before = next(iterator)
        generator.rescale, generator.rotation_range = None, 5
        made.append([before * 255, next(iterator)])
    assert_alike(made[0], made[1])


def test_a_function_is_called_once_a_picture_in_order(x: np.ndarray) -> None:
    seen: list[float] = []

    def note(picture: np.ndarray) -> np.ndarray:
        seen.append(float(picture.sum()))
        return picture

    batch = next(ImageDataGenerator(preprocessing_function=note).flow(x, shuffle=False, batch_size=20))
    assert seen == [float(each.sum()) for each in batch]


def test_the_array_is_not_written_to(x: np.ndarray) -> None:
    before = x.copy()
    for arguments in (TUTORIAL, {"rescale": 0.5}, {"rescale": 0.5, "samplewise_center": True}):
        next(ImageDataGenerator(**arguments).flow(x))
    np.testing.assert_array_equal(x, before)
