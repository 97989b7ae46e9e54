"""What is made ahead is used by whoever asks first, whole, and never once anything that it depends on has changed."""

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_oracle import AssertAlike
from PIL import Image

from classeur.keras_image import ImageDataGenerator
from classeur.keras_image.decoded_images import DecodedImages
from classeur.keras_image.read_ahead import ReadAhead

NUM_CLASSES = 20


def forks(test: Any) -> Any:
    """Mark a test that forks, which Python and JAX warn of where there are threads."""
    for mark in (
        pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
        pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
        pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning"),
    ):
        test = mark(test)
    return test


@pytest.fixture
def solid(tmp_path: Path) -> Path:
    """A folder of pictures of one colour each: the number of their class."""
    for number in range(NUM_CLASSES):
        folder = tmp_path / "solid" / f"{number:02d}"
        folder.mkdir(parents=True)
        for copy in range(2):
            Image.new("RGB", (4, 4), (number,) * 3).save(folder / f"{copy}.png")
    return tmp_path / "solid"


def run_in_threads(work: Callable[[], None], num_threads: int) -> None:
    """Run `work` in threads that are exchanged as often as can be; raise what one of them raised."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(num_threads)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise errors[0]


def test_ten_thousand_batches_in_eight_threads_have_their_own_labels(solid: Path) -> None:
    iterator = ImageDataGenerator(rescale=1.0).flow_from_directory(
        solid, target_size=(4, 4), class_mode="sparse", batch_size=4
    )
    mismatched, seen = [], []

    def work() -> None:
        for _ in range(1250):
            x, y = next(iterator)
            seen.append(len(y))
            if not (x == y[:, None, None, None]).all():
                mismatched.append((x[:, 0, 0, 0], y))

    run_in_threads(work, 8)
    assert mismatched == []
    assert sum(seen) == 8 * 1250 * 4


@pytest.mark.keras
def test_a_data_set_of_three_workers_trains(solid: Path) -> None:
    import keras

    batches: list[bool] = []

    class Own(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(workers=3)
            self.it = ImageDataGenerator().flow_from_directory(
                solid, target_size=(4, 4), class_mode="sparse", batch_size=4
            )

        def __len__(self) -> int:
            return 40

        def __getitem__(self, index: int) -> Any:
            x, y = next(self.it)
            batches.append(bool((x == y[:, None, None, None]).all()))
            return x, y

    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(NUM_CLASSES, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(Own(), epochs=2, verbose=0)
    assert len(batches) >= 80
    assert all(batches)


def test_an_interrupt_while_a_thread_begins_leaves_the_iterator_usable(
    solid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    iterator = ImageDataGenerator().flow_from_directory(
        solid, target_size=(4, 4), class_mode="sparse", batch_size=4, shuffle=False
    )
    next(iterator)
    begin = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        if thread.name == "classeur-ahead":
            raise KeyboardInterrupt
        begin(thread)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(threading.Thread, "start", interrupted)
        next(iterator)
    assert next(iterator)[1].tolist() == [4, 4, 5, 5]


def test_an_interrupt_while_the_order_is_drawn_does_not_end_the_iterator(
    solid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    iterator = ImageDataGenerator().flow_from_directory(
        solid, target_size=(4, 4), class_mode="sparse", batch_size=4, shuffle=False
    )
    assert next(iterator)[1].tolist() == [0, 0, 1, 1]

    def interrupted(self: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(iterator), "_next_indices", interrupted)
        next(iterator)
    assert next(iterator)[1].tolist() == [2, 2, 3, 3], "goes on where it was"
    iterator.index_generator = iter([])
    with pytest.raises(StopIteration):
        next(iterator)


@forks
def test_a_child_forked_while_a_batch_ahead_is_started_makes_batches(
    solid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    iterator = ImageDataGenerator().flow_from_directory(
        solid, target_size=(4, 4), class_mode="sparse", batch_size=4, shuffle=False
    )
    next(iterator)
    begins, begin = threading.Event(), threading.Thread.start

    def slow(thread: threading.Thread) -> None:
        if thread.name == "classeur-ahead" and not begins.is_set():
            begins.set()
            time.sleep(0.5)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", slow)
    other = threading.Thread(target=next, args=(iterator,))
    other.start()
    assert begins.wait(60)
    child = os.fork()  # waits until that thread is started
    if not child:
        signal.alarm(20)  # a child that hangs is killed
        next(iterator)
        next(iterator)
        os._exit(0)
    other.join()
    assert os.waitpid(child, 0)[1] == 0


# What each public attribute is set to; None where it has no effect on a batch, in Keras neither.
ITERATOR: dict[str, Any] = {
    "image_data_generator": lambda it: ImageDataGenerator(rescale=0.5),
    "target_size": lambda it: (30, 30),
    "keep_aspect_ratio": lambda it: True,
    "color_mode": lambda it: "grayscale",
    "data_format": None,
    "image_shape": None,  # together with target_size
    "save_to_dir": None,
    "save_prefix": None,
    "save_format": None,
    "interpolation": lambda it: "bilinear",
    "exif_orientation": lambda it: True,
    "split": None,
    "subset": None,
    "directory": None,
    "class_mode": lambda it: "categorical",
    "dtype": lambda it: "float64",
    "num_classes": None,
    "class_indices": None,
    "filenames": None,
    "classes": lambda it: it.classes[::-1],
    "samples": None,
    "n": lambda it: 9,
    "batch_size": lambda it: 3,
    "seed": lambda it: 8,
    "shuffle": lambda it: False,
    "batch_index": lambda it: 0,
    "total_batches_seen": lambda it: 100,
    "lock": None,
    "index_array": lambda it: it.index_array[::-1],
    "index_generator": None,
}
GENERATOR: dict[str, Any] = {
    "featurewise_center": lambda it: True,
    "samplewise_center": lambda it: True,
    "featurewise_std_normalization": lambda it: True,
    "samplewise_std_normalization": lambda it: True,
    "zca_whitening": None,
    "zca_epsilon": None,
    "rotation_range": lambda it: 40,
    "width_shift_range": lambda it: 0.2,
    "height_shift_range": lambda it: 0.2,
    "shear_range": lambda it: 20,
    "channel_shift_range": lambda it: 20.0,
    "fill_mode": lambda it: "constant",
    "cval": lambda it: 99.0,
    "horizontal_flip": lambda it: True,
    "vertical_flip": lambda it: True,
    "rescale": lambda it: 0.25,
    "preprocessing_function": lambda it: lambda x: x[::-1],
    "dtype": None,
    "interpolation_order": lambda it: 0,
    "data_format": None,
    "channel_axis": None,
    "row_axis": None,
    "col_axis": None,
    "mean": lambda it: 100.0,
    "std": lambda it: 3.0,
    "zca_whitening_matrix": None,
    "zoom_range": lambda it: [0.5, 0.6],
    "brightness_range": lambda it: (0.5, 0.6),
}
CHANGES = {
    "files": lambda it: it.filepaths.reverse(),
    **{f"it.{name}": change for name, change in ITERATOR.items() if change},
    **{f"generator.{name}": change for name, change in GENERATOR.items() if change},
}


def flow(folder: Path, kind: Any = ImageDataGenerator) -> Any:
    generator = kind(rotation_range=10)
    return generator.flow_from_directory(folder, target_size=(24, 20), class_mode="sparse", batch_size=3, seed=5)


def change(iterator: Any, name: str) -> None:
    if name == "files":
        iterator.filepaths.reverse()
        return
    owner = iterator if name.startswith("it.") else iterator.image_data_generator
    setattr(owner, name.partition(".")[2], CHANGES[name](iterator))
    if name == "it.target_size":
        iterator.image_shape = (30, 30, 3)


def test_no_attribute_is_forgotten(folder: Path) -> None:
    iterator = flow(folder)
    assert set(ITERATOR) == {name for name in vars(iterator) if not name.startswith("_")}
    assert set(GENERATOR) == {name for name in vars(iterator.image_data_generator) if not name.startswith("_")}


@pytest.mark.filterwarnings("ignore:This ImageDataGenerator specifies")
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_counts_for_the_next_batch(
    folder: Path, name: str, legacy: Any, assert_alike: AssertAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    def batches(iterator: Any) -> list[Any]:
        np.random.seed(3)
        got = [next(iterator), next(iterator)]
        if not isinstance(iterator, legacy.DirectoryIterator):
            iterator._ahead._work._thread.join()  # made, so that it could be used
            taken.append(True)
        change(iterator, name)
        return [*got, next(iterator), next(iterator)]

    taken: list[bool] = []  # no test without a batch made ahead
    ours = batches(flow(folder))
    assert taken == [True]
    if name != "it.exif_orientation":
        theirs = batches(flow(folder, legacy.ImageDataGenerator))
        assert_alike(ours, theirs, is_standardized="samplewise" in name)
    with monkeypatch.context() as patch:
        patch.setattr(ReadAhead, "take", lambda self, job: None)
        np.testing.assert_equal(ours, batches(flow(folder)))


def test_a_file_that_changes_is_read_again(solid: Path) -> None:
    iterator = ImageDataGenerator().flow_from_directory(
        solid, target_size=(4, 4), class_mode="sparse", batch_size=4, shuffle=False
    )
    next(iterator), next(iterator)
    iterator._ahead._work._thread.join()
    Image.new("RGB", (4, 4), (200,) * 3).save(solid / "04" / "0.png")
    assert next(iterator)[0][:, 0, 0, 0].tolist() == [200, 4, 5, 5]


@forks
def test_pictures_kept_on_disk_are_not_overwritten_by_a_forked_child(
    solid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classeur.keras_image.decoded_images.SHARE_OF_MEMORY", 0)

    def load(data: bytes) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(data)))

    kept = DecodedImages(load)
    paths = [str(solid / f"{number:02d}" / "0.png") for number in range(3)]
    kept.get(paths[0])
    waits, goes = os.pipe()
    child = os.fork()
    if not child:
        os.read(waits, 1)
        kept.get(paths[1])
        os._exit(0)
    mine = kept.get(paths[2])
    os.write(goes, b".")
    os.waitpid(child, 0)
    assert (mine == 2).all()


@forks
def test_a_child_forked_while_a_picture_gets_its_place_makes_batches(
    solid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = DecodedImages(lambda data: np.asarray(Image.open(io.BytesIO(data))))
    inside, new_block = threading.Event(), kept._new_block

    def slowly(picture: np.ndarray) -> np.ndarray | None:
        inside.set()
        time.sleep(0.2)
        return new_block(picture)

    monkeypatch.setattr(kept, "_new_block", slowly)
    thread = threading.Thread(target=kept.get, args=(str(solid / "00" / "0.png"),))
    thread.start()
    assert inside.wait(20)
    child = os.fork()
    if not child:
        signal.alarm(10)
        kept.get(str(solid / "01" / "0.png"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    thread.join()
    assert status == 0


def test_a_users_function_is_not_called_under_the_lock(solid: Path) -> None:
    other = ImageDataGenerator(rotation_range=9).flow_from_directory(solid, target_size=(4, 4), batch_size=4)
    waited: list[bool] = []

    def function(picture: np.ndarray) -> np.ndarray:
        thread = threading.Thread(target=lambda: next(other), daemon=True)
        thread.start()
        thread.join(timeout=20)
        waited.append(thread.is_alive())
        return picture

    iterator = ImageDataGenerator(preprocessing_function=function).flow_from_directory(
        solid, target_size=(4, 4), batch_size=2
    )
    next(iterator), iterator[0]
    assert waited == [False] * 4


@forks
def test_a_child_forked_while_a_function_runs_makes_batches(solid: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def function(picture: np.ndarray) -> np.ndarray:
        begun.set()
        assert go_on.wait(20)
        return picture

    slow = ImageDataGenerator(preprocessing_function=function).flow_from_directory(
        solid, target_size=(4, 4), batch_size=1
    )
    thread = threading.Thread(target=lambda: next(slow))
    thread.start()
    assert begun.wait(20)
    x = np.zeros((2, 4, 4, 3), np.float32)
    child = os.fork()
    if not child:
        signal.alarm(20)
        ImageDataGenerator(rotation_range=9).flow(x, batch_size=2)[0]
        os._exit(0)
    _, status = os.waitpid(child, 0)
    go_on.set()
    thread.join()
    assert status == 0
