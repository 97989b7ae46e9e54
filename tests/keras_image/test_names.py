"""The package's names: all there, no more than there are, and loaded on first use."""

import subprocess
import sys

import pytest

from classeur import keras_image


def test_every_name_is_there() -> None:
    for name in keras_image.__all__:
        assert getattr(keras_image, name).__name__ == name
    assert dir(keras_image) == keras_image.__all__
    with pytest.raises(AttributeError, match="has no attribute 'ImageGenerator'"):
        keras_image.ImageGenerator  # noqa: B018


def test_keras_is_loaded_on_first_use() -> None:
    code = "import sys; from classeur import keras_image; assert 'keras' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_name_is_in_the_docs(request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "docs" / "keras_image.md").read_text(encoding="utf-8")
    assert [name for name in keras_image.__all__ if f"`{name}`" not in page] == []
