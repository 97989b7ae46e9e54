"""Checkpoints: back as they were, whole or not at all, and what is said of damage. Means against NumPy."""

import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import BrokenRunError, StorageError
from classeur.training.checkpoint import Checkpoints, Means, Position
from classeur.training.history import Epoch, History

EPOCH = Epoch(epoch=1, loss=0.1, accuracy=0.2, val_loss=math.nan, val_accuracy=0.4, learning_rate=1e-3, seconds=5)
POSITION = Position(
    epoch=1, step=7, means=Means(num_images=9, loss_sum=0.1 + 0.2, num_correct=4), seconds=3.5, epoch_seconds=1.25,
    history=History(epochs=(EPOCH,)),
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2**32 - 1)), min_size=1, max_size=8))
def test_means_are_means_over_images(batches: list[tuple[int, int]]) -> None:
    means, losses, right = Means(), [], []
    for num_images, seed in batches:
        rng = np.random.default_rng(seed)
        losses.append(rng.exponential(1, num_images))
        right.append(rng.random(num_images) < 0.5)
        means = means.with_batch(float(np.float32(losses[-1].mean())), int(right[-1].sum()), num_images)
    assert means.loss == pytest.approx(np.concatenate(losses).mean(), rel=1e-5)
    assert means.accuracy == np.concatenate(right).mean()
    assert means.num_images == sum(num_images for num_images, _ in batches)


def test_no_image_has_means_of_zero() -> None:
    assert (Means().loss, Means().accuracy) == (0, 0)


def test_everything_comes_back_to_the_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "network/0": rng.normal(size=(3, 4)).astype(np.float32),
        "network/1": np.array([1, 2], np.uint32),
        "optimizer/0": np.array(7, np.int64),
        "optimizer/1": np.array([np.nan, np.inf, -0.0], np.float32),
    }
    with Checkpoints(tmp_path / "new" / "folder") as checkpoints:
        checkpoints.save("last", POSITION, arrays)
    position, read = Checkpoints(tmp_path / "new" / "folder").load("last")
    assert repr(position) == repr(POSITION)
    assert position.means == POSITION.means
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        assert read[name].tobytes() == array.tobytes()


def test_the_newest_replaces_the_one_before(tmp_path: Path) -> None:
    with Checkpoints(tmp_path) as checkpoints:
        for number in range(5):
            checkpoints.save("last", Position(epoch=number), {"0": np.full(1000, number)})
            checkpoints.save("best", Position(epoch=10 * number), {})
    assert checkpoints.load("last")[0].epoch == 4
    assert checkpoints.load("last")[1]["0"].tolist() == [4] * 1000
    assert checkpoints.load("best")[0].epoch == 40
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.npz", "last.npz"]


@pytest.mark.parametrize(
    ("last", "step", "expected"),
    [
        ((2, 0), (2, 5), "step"),
        ((2, 0), (1, 5), "last"),
        ((0, 0), (0, 1), "step"),
        (None, (0, 3), "step"),
        ((1, 0), None, "last"),
        (None, None, None),
    ],
)
def test_a_training_goes_on_from_the_furthest(
    tmp_path: Path, last: tuple[int, int] | None, step: tuple[int, int] | None, expected: str | None
) -> None:
    with Checkpoints(tmp_path) as checkpoints:
        for name, place in (("last", last), ("step", step)):
            if place:
                checkpoints.save(name, Position(epoch=place[0], step=place[1]), {})
    assert Checkpoints(tmp_path).newest() == expected


@pytest.mark.parametrize("content", [b'{"step": -5}', b'{"means": {"num_images": -1}}', b'{"seconds": "inf"}'])
def test_a_position_that_no_training_has_is_damage(tmp_path: Path, content: bytes) -> None:
    np.savez(tmp_path / "last.npz", position=np.frombuffer(content, np.uint8))
    with pytest.raises(BrokenRunError, match=r"last\.npz is damaged"):
        Checkpoints(tmp_path).load("last")


def test_a_whole_epoch_removes_what_was_written_inside_it(tmp_path: Path) -> None:
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save("step", Position(epoch=0, step=3), {})
        checkpoints.save("best", Position(epoch=1), {})
        checkpoints.wait()
        assert checkpoints.path("step").exists()
        checkpoints.save("last", Position(epoch=1), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.npz", "last.npz"]


def test_a_write_that_is_cut_short_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save("last", Position(epoch=1), {"0": np.ones(3)})

    def fail(file: object, **arrays: object) -> None:
        file.write(b"PK\x03\x04 half of it")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("classeur.training.checkpoint.np.savez", fail)
    with pytest.raises(StorageError, match="the disk is full"), Checkpoints(tmp_path) as checkpoints:
        checkpoints.save("last", Position(epoch=2), {"0": np.ones(3)})
    monkeypatch.undo()
    assert Checkpoints(tmp_path).load("last")[0].epoch == 1
    assert [path.name for path in tmp_path.iterdir()] == ["last.npz"]


def test_a_failed_write_is_told_by_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    checkpoints = Checkpoints(tmp_path / "file")
    checkpoints.save("last", Position(), {})
    with pytest.raises(StorageError, match="cannot be written"):
        checkpoints.save("last", Position(), {})


def test_an_error_in_the_training_is_not_hidden_by_one_in_the_writing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeyError), Checkpoints(tmp_path / "file") as checkpoints:
        checkpoints.save("last", Position(), {})
        raise KeyError


def test_leaving_waits_for_what_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = np.savez

    def slow(*arguments: object, **arrays: object) -> None:
        time.sleep(0.2)
        real(*arguments, **arrays)  # type: ignore[arg-type]

    monkeypatch.setattr("classeur.training.checkpoint.np.savez", slow)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save("last", Position(epoch=3), {})
        assert not checkpoints.path("last").exists(), "written beside the training"
    assert checkpoints.load("last")[0].epoch == 3


def test_none_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BrokenRunError, match=r"so the training cannot be resumed; train again with --overwrite"):
        Checkpoints(tmp_path).load("last")


def test_damage_is_said_whatever_it_is(tmp_path: Path) -> None:
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save("last", POSITION, {"0": np.arange(500)})
    whole = checkpoints.path("last").read_bytes()
    damaged = [whole[:length] for length in (0, 1, 30, 300, len(whole) // 2, len(whole) - 30)]
    damaged += [whole[:700] + b"????" + whole[704:], b"text" * 100, b"\x93NUMPY" + bytes(100)]
    for data in damaged:
        checkpoints.path("last").write_bytes(data)
        with pytest.raises(BrokenRunError, match=r"is damaged .*train again with --overwrite"):
            checkpoints.load("last")
    np.savez(checkpoints.path("last"), other=np.ones(3))
    with pytest.raises(BrokenRunError, match="is damaged"):
        checkpoints.load("last")
