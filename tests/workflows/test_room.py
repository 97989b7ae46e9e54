"""Room on the disk: a run that has none is refused before the work, one that runs out of it says how to go on."""

import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import StorageError
from classeur.models.features import features_key
from classeur.models.kept_networks import kept_num_bytes
from classeur.run import Run
from classeur.workflows import training
from classeur.workflows.room import advising_to_resume, check_room

QUIET = Reporter()
Usage = namedtuple("Usage", "total used free")  # as of `shutil.disk_usage`


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which a thousand bytes are free."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 1000, 1000) if path.exists() else 1 / 0)


@pytest.mark.usefixtures("full")
def test_what_has_no_room_is_refused_and_an_older_run_counts_as_free(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "first"
    check_room(out, 1000)
    with pytest.raises(StorageError) as caught:
        check_room(out, 2500)
    assert str(caught.value) == (
        f"the run takes 2.5 kB or more, and 1.0 kB are free at {out}; free some space or choose another folder"
    )
    (out / "usage").mkdir(parents=True)
    (out / "usage" / "predict.py").write_bytes(b"x" * 1500)
    check_room(out, 2500)


def test_a_kept_network_tells_how_large_a_model_is(tmp_path: Path) -> None:
    assert kept_num_bytes(tmp_path, "efficientnet_lite0") == 0
    (tmp_path / "networks").mkdir()
    for name, size in (("224x224-1280x1-1", 70), ("224x224-1280x5-5", 90)):
        path = tmp_path / "networks" / f"{features_key('efficientnet_lite0')}-{name}.keras"
        path.write_bytes(b"x" * size)
    (tmp_path / "networks" / "other.keras").write_bytes(b"x" * 500)
    assert kept_num_bytes(tmp_path, "efficientnet_lite0") == 90


@pytest.mark.usefixtures("full")
def test_train_looks_for_room_before_it_opens_an_image(
    image_folder: Callable[..., Path], tmp_path: Path, cache: Path
) -> None:
    (cache / "networks").mkdir(parents=True)
    (cache / "networks" / f"{features_key('efficientnet_lite0')}-x.keras").write_bytes(b"x" * 600)
    options = {"model": "efficientnet_lite0", "image_size": 32, "cache": cache, "reporter": QUIET}
    with pytest.raises(StorageError, match=r"the run takes 1\.2 kB or more, and 1\.0 kB are free at .*run; free some"):
        classeur.train(image_folder(), out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
    assert not (cache / "pixels").exists()


@pytest.mark.parametrize("has_folds", [False, True])
def test_where_the_disk_ends_it_is_said_how_to_go_on(tmp_path: Path, *, has_folds: bool) -> None:
    run = Run(tmp_path / "all" / "fold1")
    run.path.mkdir(parents=True)
    error = StorageError("the disk is full at there; free some space or choose another folder")
    with pytest.raises(StorageError) as caught, advising_to_resume(run):
        raise error
    assert caught.value is error, "nothing has begun"
    run.facts_path.write_text("{}")
    if has_folds:
        (tmp_path / "all" / "folds.json").write_text("{}")
    with pytest.raises(StorageError) as caught, advising_to_resume(run):
        raise error
    whole = run.path.parent if has_folds else run.path
    assert str(caught.value) == f"{error}; what is done is kept, go on with: classeur train --out {whole} --resume"


def test_a_training_whose_disk_ends_says_how_to_go_on(
    image_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object, **options: object) -> None:
        raise StorageError("the disk is full at there; free some space or choose another folder")

    monkeypatch.setattr(training, "features_by_split", lambda *_, **options: {})
    monkeypatch.setattr(training, "claim_of_random_split", lambda *_: None)
    monkeypatch.setattr(training, "train_head_on_features", end)
    out, options = tmp_path / "run", {"model": "efficientnet_lite0", "image_size": 32, "reporter": QUIET}
    with pytest.raises(StorageError, match=rf"go on with: classeur train --out {out} --resume$"):
        classeur.train(image_folder(), out=out, **options)
    with pytest.raises(StorageError, match=rf"go on with: classeur train --out {out} --resume$"):
        classeur.train(out=out, resume=True, reporter=QUIET)
