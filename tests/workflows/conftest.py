"""A finished run on tiny images, trained once a session; each test gets a copy and the data it was made from."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import classeur
from classeur.delivery.progress import Reporter
from classeur.run import Run

COUNTS = {"train": 12, "validation": 7, "test": 5}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that `run` copies; its data lie beside it."""
    folder = tmp_path_factory.mktemp("trained")
    rng = np.random.default_rng(0)
    for split, count in COUNTS.items():
        for class_name, level in (("cats", 80), ("dogs", 150)):
            (folder / "data" / split / class_name).mkdir(parents=True)
            for number in range(count):
                noise = np.clip(rng.normal(level, 60, (12, 14, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(noise).save(folder / "data" / split / class_name / f"{number:02}.png")
    options = {"model": "tutorial", "image_size": 8, "epochs": 2, "batch_size": 8}
    return classeur.train(folder / "data", out=folder / "run", cache=folder / ".cache", reporter=Reporter(), **options)


@pytest.fixture
def run(trained: Run, tmp_path: Path) -> Run:
    """A copy of a finished run, to be used and harmed."""
    return Run.open(shutil.copytree(trained.path, tmp_path / "run"))


@pytest.fixture
def data(run: Run, tmp_path: Path) -> Path:
    """A copy of that run's data; the run itself knows where the original lies."""
    return Path(shutil.copytree(run.data, tmp_path / "data"))
