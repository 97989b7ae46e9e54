from collections.abc import Callable
from pathlib import Path

import pytest

from classeur.data.listing import Listing, list_images

Lister = Callable[..., Listing]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def write_files() -> Callable[..., Path]:
    """A function that makes empty files in a folder; a name that ends in `/` is a folder. Returns the folder."""

    def write(folder: Path, *names: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = folder / name
            (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                path.touch()
        return folder

    return write


@pytest.fixture
def listed(data: Path, write_files: Callable[..., Path]) -> Lister:
    """A function that makes empty files in the folder `data` and lists it."""
    return lambda *names: list_images(write_files(data, *names), cache=data.parent / "cache")
