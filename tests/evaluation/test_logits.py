"""logits.npz: there and back in full precision, and what cannot be one."""

from pathlib import Path

import numpy as np
import pytest

from classeur.errors import BrokenRunError
from classeur.evaluation.logits import SplitLogits, read_logits, write_logits


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_come_back_bit_by_bit(tmp_path: Path, dtype: type) -> None:
    rng = np.random.default_rng(0)
    splits = {
        name: SplitLogits(
            rng.normal(0, 30, (count, 3)).astype(dtype),
            rng.integers(0, 3, count),
            tuple(f"{number:032x}" for number in rng.integers(0, 2**60, count)),
        )
        for name, count in (("train", 5), ("test", 1))
    }
    write_logits(tmp_path / "logits.npz", splits)
    found = read_logits(tmp_path / "logits.npz")
    assert list(found) == ["train", "test"]
    for name, split in splits.items():
        assert found[name].logits.dtype == dtype
        assert found[name].logits.tobytes() == split.logits.tobytes()
        assert found[name].labels.tolist() == split.labels.tolist()
        assert found[name].hashes == split.hashes


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BrokenRunError, match="logits.npz is missing; train again"):
        read_logits(tmp_path / "logits.npz")


@pytest.mark.parametrize(
    "arrays",
    [
        {"test/logits": np.zeros((2, 2))},
        {"test/logits": np.zeros((2, 2)), "test/labels": np.zeros(3, np.int64), "test/hashes": np.array([b"a"] * 2)},
        {"test/logits": np.zeros((1, 2)), "test/labels": np.array([2]), "test/hashes": np.array(["a"], "S")},
        {"test/logits": np.zeros((1, 2)), "test/labels": np.array([0]), "test/hashes": np.array([b"\xff"], "S")},
        {"test/logits": np.array([[{}]]), "test/labels": np.array([0]), "test/hashes": np.array(["a"], "S")},
        {f"{number}/logits": np.zeros((1, 1)) for number in range(30)},
        {"test/logits": np.array([[0, np.nan]]), "test/labels": np.array([0]), "test/hashes": np.array(["a"], "S")},
        {"test/logits": np.array([[0, np.inf]]), "test/labels": np.array([0]), "test/hashes": np.array(["a"], "S")},
    ],
)  # fmt: skip
def test_what_a_run_does_not_write_is_one_line(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "logits.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(BrokenRunError, match="logits.npz is damaged") as caught:
        read_logits(tmp_path / "logits.npz")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_cut_short_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "logits.npz"
    write_logits(path, {"test": SplitLogits(np.zeros((4, 2)), np.zeros(4, np.int64), ("a",) * 4)})
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(BrokenRunError, match="is damaged"):
            read_logits(path)
