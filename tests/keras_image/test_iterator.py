"""Order, draws and read-ahead: what comes by `next()` is what Keras gives, whatever is done in between."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import TUTORIAL, AssertAlike, Pair, picture

from classeur.keras_image import ImageDataGenerator, Iterator
from classeur.keras_image.read_ahead import ReadAhead

steps = st.lists(
    st.sampled_from(["next", "next", "next", "index", "reset", "epoch", "draw", "batch_size"]), min_size=1, max_size=12
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, seed=st.sampled_from([None, 3]), arguments=st.sampled_from([{}, TUTORIAL]))
def test_anything_done_in_between_does_what_it_does_in_keras(
    pair: Pair,
    assert_alike: AssertAlike,
    steps: list[str],
    seed: int | None,
    arguments: Any,
) -> None:
    made: list[list[Any]] = []
    for iterator in pair(arguments, {"seed": seed, "batch_size": 4, "class_mode": "sparse"}):
        np.random.seed(11)
        made.append([])
        for step in steps:
            if step == "next":
                made[-1].append(next(iterator))
            elif step == "index":
                made[-1].append(iterator[1])
            elif step == "reset":
                iterator.reset()
            elif step == "epoch":
                iterator.on_epoch_end()
            elif step == "batch_size":
                iterator.batch_size = 3
            else:
                np.random.random()
        made[-1].append(np.array([iterator.batch_index, iterator.total_batches_seen]))
        made[-1].append(np.random.random(2))
    assert_alike(made[0], made[1])


def test_what_is_made_ahead_is_used(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    take = ReadAhead.take
    monkeypatch.setattr(ReadAhead, "take", lambda self, job: taken.append(take(self, job)) or taken[-1])
    ours, _ = pair(TUTORIAL, {"batch_size": 4, "seed": 5})
    got = [next(ours) for _ in range(8)]
    assert [made is not None for made in taken] == [False, False] + [True] * 6
    again, _ = pair(TUTORIAL, {"batch_size": 4, "seed": 5})
    for number, batch in enumerate(got):
        monkeypatch.setattr(ReadAhead, "take", lambda self, job: None)
        np.testing.assert_array_equal(next(again)[0], batch[0], err_msg=str(number))


def test_old_code_calls_next_as_a_method(pair: Pair) -> None:
    (ours, _), (same, _) = (pair(TUTORIAL, {"batch_size": 4, "seed": 5}) for _ in range(2))
    for _ in range(3):
        np.testing.assert_array_equal(ours.next()[0], next(same)[0])


def test_no_thread_is_left(pair: Pair) -> None:
    ours, _ = pair(TUTORIAL, {"batch_size": 4})
    for _ in range(4):
        next(ours)
    for thread in threading.enumerate():
        if thread.name.startswith("classeur"):
            assert not thread.daemon
            thread.join(timeout=10)
            assert not thread.is_alive()


def test_a_program_ends_quietly_while_a_batch_is_being_made(folder: Path) -> None:
    code = (
        "import sys\n"
        "from classeur.keras_image import ImageDataGenerator\n"
        "batches = ImageDataGenerator(rotation_range=9).flow_from_directory(sys.argv[1], target_size=(400, 400))\n"
        "for _ in range(3):\n"
        "    next(batches)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("dead", [{"workers": 4}, {"use_multiprocessing": True}, {"max_queue_size": 3}])
def test_workers_are_accepted_and_have_no_effect(dead: dict[str, Any]) -> None:
    iterator = Iterator(5, 2, False, None, **dead)
    for name, value in dead.items():
        setattr(iterator, name, value)
    assert (
        iterator.max_queue_size == dead.get("max_queue_size", 10) == Iterator(5, 2, False, None, **dead).max_queue_size
    )
    assert iterator.workers == 1
    assert iterator.use_multiprocessing is False
    with pytest.raises(TypeError, match="unexpected keyword"):
        Iterator(5, 2, False, None, processes=4)


def test_threads_that_share_an_iterator_draw_one_batch_after_the_other() -> None:
    x = np.stack([picture(seed, (8, 8, 3)) for seed in range(12)])

    def iterator() -> Any:
        return ImageDataGenerator(**TUTORIAL).flow(x, np.arange(12), batch_size=2, seed=1)

    shared, got = iterator(), []
    threads = [
        threading.Thread(target=lambda: got.extend(next(shared)[0].tobytes() for _ in range(30))) for _ in range(8)
    ]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    alone = iterator()
    assert sorted(got) == sorted(next(alone)[0].tobytes() for _ in range(240))


def test_a_subclass_makes_its_own_batches(legacy: Any) -> None:
    made = []
    for kind in (Iterator, legacy.Iterator):

        class Own(kind):  # type: ignore[misc, valid-type]
            def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> np.ndarray:
                return index_array * 10 + np.random.randint(10)

        iterator = Own(7, 3, True, 2)
        made.append([next(iterator).tolist() for _ in range(5)] + [iterator[1].tolist()])
    assert made[0] == made[1]


def test_a_subclass_of_an_iterator_with_pictures_too(folder: Path) -> None:
    from classeur.keras_image import DirectoryIterator

    class Numbers(DirectoryIterator):
        def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
            return super()._get_batches_of_transformed_samples(index_array)[1], index_array

    labels, indices = next(Numbers(folder, ImageDataGenerator(), target_size=(8, 8), class_mode="sparse", batch_size=5))
    assert len(labels) == len(indices) == 5


def test_an_iterator_over_nothing(legacy: Any, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        iterator = kind().flow_from_directory(tmp_path, target_size=(8, 8))
        assert len(iterator) == 0
        assert next(iterator)[0].shape == (0, 8, 8, 3)
        with pytest.raises(ValueError, match="Asked to retrieve"):
            iterator[0]
