"""The door for saved networks: the kinds of attack that were published, by harmless probes, and honest networks.

Each probe is the honest network with one thing changed. The records were read on 2026-11-27; what they say of each is
beside its probe.
"""

import importlib.util
import io
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from strange_models import (
    MARKER,
    METADATA,
    bytecode,
    changed,
    function,
    honest_config,
    honest_weights,
    initializer,
    lambda_layer,
    layer,
    policy,
    with_layer,
    with_setting,
    without,
    write_model,
)

from classeur.errors import BrokenRunError, UnsafeModelError
from classeur.models.allowed_layers import ALLOWED
from classeur.models.checksum import model_checksum
from classeur.models.config_safety import check_config
from classeur.models.saved import check_model_file, load_model
from classeur.models.weights_safety import check_weights
from classeur.untrusted import LimitError

REPOSITORY = Path(__file__).resolve().parent.parent.parent

CONFIGS: dict[str, tuple[Callable[[], Any], str]] = {
    # CVE-2024-3660: a Lambda layer runs its bytecode (Keras before 2.13 has no safe_mode; later its old formats).
    "CVE-2024-3660": (lambda: with_layer(lambda_layer(bytecode())), r"keras\.layers\.Lambda"),
    # CVE-2025-1550: any module and function that the config names is imported, with safe_mode too (before 3.9).
    "CVE-2025-1550": (lambda: with_layer(lambda_layer(function("os", "system"))), r"keras\.layers\.Lambda"),
    "CVE-2025-1550, as a setting": (lambda: with_setting("activation", function("os", "system")), r"os\.function"),
    # CVE-2025-8747: functions of Keras itself, such as `get_file`, are enough (before 3.11). The record speaks of
    # code; the advisory of downloads.
    "CVE-2025-8747": (
        lambda: with_layer(lambda_layer(function("keras.utils", "get_file"), arguments={"origin": "file:///etc"})),
        r"keras\.layers\.Lambda",
    ),
    "CVE-2025-8747, as a setting": (
        lambda: with_setting("activation", function("keras.utils", "get_file")), r"keras\.utils\.function",
    ),
    # CVE-2025-9906: a config switches safe_mode off before its Lambda is reached (before 3.11).
    "CVE-2025-9906": (
        lambda: with_setting("activation", function("keras.config", "enable_unsafe_deserialization")),
        r"keras\.config\.function",
    ),
    # CVE-2026-1462: TFSMLayer loads a SavedModel from a path in the config (3.13.0 by the record; the advisory's
    # correction has 3.0 to 3.12.0 too).
    "CVE-2026-1462": (
        lambda: with_layer(layer("TFSMLayer", after="flatten", filepath="//host/share", call_endpoint="serve")),
        r"keras\.layers\.TFSMLayer",
    ),
    # CVE-2026-12479: a layer's name is a path; by the record it is written to when a model is *saved* (3.14.0).
    "CVE-2026-12479": (lambda: with_setting("name", "../../../evil", place=2), r"\.\./\.\./\.\./evil"),
    "CVE-2026-12479, beside the settings": (
        lambda: changed(lambda layers: layers[2].update(name="../evil")), r"\.\./evil",
    ),
    # CVE-2026-12481: Lambda takes an unset safe_mode for False (3.14.0). `load_model` sets it; but a layer without
    # "module" takes the older way, which did not.
    "CVE-2026-12481": (lambda: with_layer(without(lambda_layer(bytecode()), "module")), r"None\.Lambda"),
    "CVE-2026-12481, an honest layer the older way": (
        lambda: changed(lambda layers: layers[2].pop("module")), r"None\.Flatten",
    ),
    # Kinds without a number of their own.
    "a pickle in a TorchModuleWrapper": (
        lambda: with_layer(layer("TorchModuleWrapper", after="flatten", module={"class_name": "__bytes__"})),
        r"TorchModuleWrapper",
    ),
    "a vocabulary from a file": (
        lambda: with_layer(layer("StringLookup", after="flatten", vocabulary="/etc/passwd")), r"StringLookup",
    ),
    "a vocabulary in a TextVectorization": (
        lambda: with_layer(layer("TextVectorization", after="flatten", vocabulary="/etc/passwd")), r"TextVectorization",
    ),
    "a table of TensorFlow": (
        lambda: with_layer(layer("StaticHashTable", module="tensorflow.lookup", after="flatten")), r"StaticHashTable",
    ),
    "a Lambda inside a wrapper": (
        lambda: with_layer(layer("TimeDistributed", after="flatten", layer=lambda_layer(bytecode()))),
        r"TimeDistributed",
    ),
    "a layer inside an honest layer": (
        lambda: with_setting("scale", without(lambda_layer(bytecode()), "inbound_nodes", "name"), place=1), r"Lambda",
    ),
    "an honest layer as a setting": (
        lambda: with_setting("scale", without(layer("Flatten"), "inbound_nodes", "name"), place=1),
        r"Flatten as scale of a layer",
    ),
    "a class of somebody's own": (
        lambda: changed(lambda layers: layers[2].update(registered_name="Custom>Flatten")), r"Custom>Flatten",
    ),
    "a class from Keras' insides": (
        lambda: with_layer(layer("DiskIOStore", module="keras.src.saving.saving_lib", after="flatten")), r"DiskIOStore",
    ),
    "a class from another package": (
        lambda: with_layer(layer("Backbone", module="keras_hub.models", after="flatten")), r"keras_hub",
    ),
    "a network that is another class": (
        lambda: {**honest_config(), "class_name": "Model", "module": "keras"}, r"keras\.Model",
    ),
    "a layer alone": (lambda: without(layer("Flatten"), "name", "inbound_nodes"), r"where a network is expected"),
    "an initializer for a layer": (
        lambda: with_layer({**initializer("Zeros"), "name": "a", "inbound_nodes": []}), r"where a layer is expected",
    ),
    "more for a network's class": (
        lambda: {**honest_config(), "config": {**honest_config()["config"], "inputs": "x"}}, r"the setting inputs",
    ),
    "settings of a training": (
        lambda: {**honest_config(), "compile_config": {"loss": function("os", "system")}}, r"compile_config",
    ),
    "settings of a training of a network inside": (
        lambda: with_layer(
            {**without(honest_config(), "build_config"), "compile_config": {"loss": "x"}, "name": "a",
             "inbound_nodes": []}
        ),
        r"compile_config",
    ),
    "more beside a layer": (
        lambda: changed(lambda layers: layers[2].update(spec_name="a")), r"keras\.layers\.Flatten with spec_name",
    ),
    "a word for settings": (
        lambda: changed(lambda layers: layers[2].update(config="a")), r"keras\.layers\.Flatten with no settings",
    ),
    "more for an initializer": (
        lambda: with_setting("kernel_initializer", initializer("Zeros", fn="a")), r"the setting fn of keras\.init",
    ),
    "an initializer of an initializer": (
        lambda: with_setting("kernel_initializer", initializer("Constant", value=initializer("Zeros"))),
        r"the setting value of keras\.init",
    ),
    "a layer that is called twice": (
        lambda: changed(lambda layers: layers[2]["inbound_nodes"].append(layers[2]["inbound_nodes"][0])),
        r"called more than once",
    ),
    "an argument of another kind": (
        lambda: with_argument(lambda argument: argument.update(class_name="__tensor__")), r"given to a layer",
    ),
    "an argument with more": (
        lambda: with_argument(lambda argument: argument["config"].update(value=1)), r"given to a layer",
    ),
    "an argument from nowhere": (
        lambda: with_argument(lambda argument: argument["config"].update(keras_history="abc")), r"in place of a list",
    ),
    "an input without a shape": (
        lambda: changed(lambda layers: layers[0]["config"].pop("batch_shape")), r"None in place of a list",
    ),
    "networks in networks": (lambda: nested(5), r"deep in each other"),
    "built by other means": (
        lambda: changed(lambda layers: layers[3].update(build_config={"shapes_dict": {"a": [1]}})),
        r"in place of a shape",
    ),
    "not built, so built as it is called": (
        lambda: changed(lambda layers: layers[3].pop("build_config")), r"its size cannot be told",
    ),
    "a code object as an argument": (
        lambda: changed(lambda layers: layers[2]["inbound_nodes"][0]["kwargs"].update(training=bytecode())),
        r"__lambda__",
    ),
    "an array as an argument": (
        lambda: changed(lambda layers: layers[2]["inbound_nodes"][0]["args"].append(numpy_object())), r"__numpy__",
    ),
    "calls as older Keras wrote them": (
        lambda: changed(lambda layers: layers[2].update(inbound_nodes=[[["rescaling", 0, 0, {}]]])),
        r"in place of a call",
    ),
    "an address": (lambda: with_setting("activation", "https://example.com/a"), r"https://example\.com"),
    "a control character": (lambda: with_setting("activation", "\x1b[2J"), r"\?\[2J"),
    "a type that takes more": (lambda: with_setting("dtype", policy("float64")), r"float64"),
    "a type that is quantised": (lambda: with_setting("dtype", "int8_from_float32"), r"int8_from_float32"),
    "an initializer that takes hours": (lambda: with_setting("kernel_initializer", "orthogonal"), r"orthogonal"),
    "an initializer that is none of ours": (
        lambda: with_setting("kernel_initializer", initializer("Orthogonal")), r"Orthogonal",
    ),
    "a setting that no network uses": (lambda: with_setting("lora_rank", 10**6), r"the setting lora_rank"),
    # A huge shape that is declared: the layers of 4 TB would be made before their weights are read.
    "more units than weights": (lambda: with_setting("units", 2**24), r"of which its weights fill 1,544"),
    "a larger input than weights": (
        lambda: changed(lambda layers: layers[3].update(build_config={"input_shape": [None, 2**24]})),
        r"of which its weights fill 1,544",
    ),
    "a number beyond all": (lambda: with_setting("units", 10**30), r"1000000000"),
    "holes of thousands": (
        lambda: with_layer(layer("Conv2D", after="flatten", dilation_rate=[1, 6000])), r"6000 as dilation_rate of a",
    ),
    "windows of thousands": (
        lambda: with_layer(layer("MaxPooling2D", after="flatten", pool_size=[6000, 1])), r"6000 as pool_size of a",
    ),
    "a function by its name": (lambda: with_setting("activation", "keras.utils.get_file"), r"get_file as activation"),
    "a regularizer by its name": (lambda: with_setting("kernel_regularizer", "l2"), r"l2 as kernel_regularizer"),
    "a constraint by its name": (lambda: with_setting("bias_constraint", "max_norm"), r"max_norm as bias_constraint"),
    "no number": (lambda: with_setting("scale", float("nan"), place=1), r"nan"),
    "a text that would be multiplied": (lambda: with_setting("units", "aa"), r"its size cannot be told"),
    "an input of 30 GB": (
        lambda: changed(lambda layers: layers[0]["config"].update(batch_shape=[None, 10**5, 10**5, 3])), r"an input of",
    ),
    "a shape of texts": (
        lambda: changed(lambda layers: layers[0]["config"].update(batch_shape=["a", 10**5, 10**5, 3])), r"in a shape",
    ),
    "layers without end": (
        lambda: changed(lambda layers: layers.extend(layer("Flatten", after="flatten") for _ in range(6000))),
        r"more than 5,000 layers",
    ),
    "no object at all": (list, r"where a layer is expected"),
    "JSON without a bottom": (lambda: with_setting("scale", deep(70), place=1), r"deeper than 64"),
}  # fmt: skip


def nested(depth: int) -> Any:
    config = honest_config()
    for _ in range(depth):
        outer = honest_config()
        outer["config"]["layers"][2] = {**config, "name": "inner", "inbound_nodes": []}
        config = outer
    return config


def deep(depth: int) -> Any:
    return [deep(depth - 1)] if depth else 0


def numpy_object() -> Any:
    return {"class_name": "__numpy__", "config": {"value": [0], "dtype": "O"}}


def with_argument(change: Callable[[Any], object]) -> Any:
    """Return the honest config after a change of what a layer is called with."""
    return changed(lambda layers: change(layers[2]["inbound_nodes"][0]["args"][0]))


def external_link(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = h5py.ExternalLink("/etc/passwd", "/a")


def external_group(file: h5py.File) -> None:
    del file["layers/dense"]
    file["layers/dense"] = h5py.ExternalLink("other.h5", "/layers/dense")


def soft_link(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = h5py.SoftLink("/layers/dense/vars/0")


def external_storage(file: h5py.File) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars"].create_dataset("1", (2,), np.float32, external=[("/etc/passwd", 0, 8)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((2,), np.float32)
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "a", (2,))
    del file["layers/dense/vars/1"]
    file["layers/dense/vars"].create_virtual_dataset("1", layout)


def compressed(file: h5py.File) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars"].create_dataset("1", (2**38,), np.float32, chunks=(2**20,), compression="gzip")


def never_written(file: h5py.File) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars"].create_dataset("1", (2**38,), np.float32)


def twice(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = file["layers/dense/vars/0"]


def circle(file: h5py.File) -> None:
    file["layers/dense/vars/again"] = file["layers"]


def texts(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = ["a", "b"]


def references(file: h5py.File) -> None:
    file["layers/dense/vars"].create_dataset("2", data=file["layers"].ref, dtype=h5py.ref_dtype)


def named_type(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = np.dtype("f8")


def deep_groups(file: h5py.File) -> None:
    file.create_group("layers/" + "a/" * 40)


def many_attributes(file: h5py.File) -> None:
    for number in range(20):
        file["layers/dense/vars"].attrs[f"a{number}"] = number


WEIGHTS: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    # CVE-2026-0897: a dataset declares a shape of terabytes (3.0.0 to 3.13.0).
    "CVE-2026-0897": (compressed, "compressed or in pieces"),
    "CVE-2026-0897, never written": (never_written, "needs 1,099,511,627,776 bytes, not 0"),
    # CVE-2026-1669: a dataset's numbers are the bytes of another file (3.0.0 to 3.13.1). Links and virtual datasets
    # do the same, and were closed later (keras#22899, #22976).
    "CVE-2026-1669": (external_storage, "in another file"),
    "CVE-2026-1669, by a link": (external_link, "ExternalLink"),
    "CVE-2026-1669, by a link of a group": (external_group, "ExternalLink"),
    "CVE-2026-1669, virtual": (virtual, "put together from other arrays"),
    "a soft link": (soft_link, "SoftLink"),
    "one array twice": (twice, "there twice"),
    "a circle of groups": (circle, "there twice"),
    "texts": (texts, "not numbers"),
    "references": (references, "not numbers"),
    "a type": (named_type, "no array"),
    "groups without a bottom": (deep_groups, "too deep"),
    "many attributes": (many_attributes, "21 attributes"),
}


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def honest_members() -> list[tuple[str, bytes]]:
    config = json.dumps(honest_config()).encode()
    return [("metadata.json", METADATA), ("config.json", config), ("model.weights.h5", honest_weights())]


def with_member(name: str) -> bytes:
    return zipped([*honest_members(), (name, b"ran")])


def bomb() -> bytes:
    """Return 80 MB of zeros in 80 kB."""
    return zipped([*honest_members()[:2], ("model.weights.h5", bytes(80_000_000))], zipfile.ZIP_DEFLATED)


def stating_two_sizes() -> bytes:
    content = bytearray(zipped(honest_members()))
    place = content.rindex(b"PK\1\2")
    content[place + 24 : place + 28] = struct.pack("<I", 2**31)  # the size that it would have unpacked
    return bytes(content)


def with_64_bit_records() -> bytes:
    content = zipped(honest_members())
    end = content[-22:]
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**40, 2**40, 2**40, 0)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, len(content) - 22, 1)
    return content[:-22] + record + locator + end


def with_many_members() -> bytes:
    return zipped([*honest_members(), *((f"a{number}", b"") for number in range(2000))])


def with_one_twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped([*honest_members(), ("config.json", b"{}")])


def with_a_long_config() -> bytes:
    members = honest_members()
    return zipped([members[0], ("config.json", members[1][1] + b" " * 2**24), members[2]])


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a member that leads out": (lambda: with_member("../../evil.py"), "evil.py"),
    "a member with an absolute path": (lambda: with_member("/etc/evil"), "/etc/evil"),
    "assets, as a vocabulary is saved": (lambda: with_member("assets/lookup/vocabulary.txt"), "vocabulary.txt"),
    "weights in the other format": (lambda: with_member("model.weights.npz"), "model.weights.npz"),
    "no config": (lambda: zipped(honest_members()[::2]), "without 'config.json'"),
    "a long config": (with_a_long_config, "config.json of 16,"),
    "a bomb": (bomb, "compressed or encrypted"),
    "two sizes": (stating_two_sizes, "two sizes"),
    "records that promise more": (with_64_bit_records, "64-bit records"),
    "a directory of many": (with_many_members, "2,003 members"),
    "one member twice": (with_one_twice, "twice"),
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "model.keras"


def test_the_honest_network_passes(model: Path) -> None:
    check_model_file(write_model(model))


def refused(path: Path, match: str, open_it: Callable[[Path], object] = check_model_file) -> None:
    with pytest.raises(UnsafeModelError, match=match) as caught:
        open_it(path)
    text = str(caught.value)
    assert text.isprintable(), "one line"
    assert len(text) < 400
    assert text.startswith(f"{path} is not loaded, since it has ")


@pytest.mark.parametrize("name", CONFIGS)
def test_a_strange_config_is_refused(model: Path, name: str) -> None:
    make, match = CONFIGS[name]
    refused(write_model(model, make()), match)


@pytest.mark.parametrize("name", WEIGHTS)
def test_strange_weights_are_refused(model: Path, name: str) -> None:
    change, match = WEIGHTS[name]
    refused(write_model(model, weights=honest_weights(change)), match)


def test_a_large_attribute_is_refused() -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="latest") as file:  # the format of before has none
        file.attrs["empty"] = ""
        assert check_weights(buffer_of(file, buffer)) == 0
        file.create_group("vars").attrs["bulk"] = np.zeros(9000)
    with pytest.raises(LimitError, match="large attribute"):
        check_weights(buffer.getvalue())


def test_a_large_attribute_of_the_whole_is_refused() -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="latest") as file:
        file.attrs["bulk"] = np.zeros(9000)
    with pytest.raises(LimitError, match="'/' in the weights has a large attribute"):
        check_weights(buffer.getvalue())


def test_arrays_that_share_their_bytes_are_refused() -> None:
    buffer, size = io.BytesIO(), 100_000
    with h5py.File(buffer, "w") as file:
        file["0"] = np.zeros(size // 4, np.float32)
        for name in "123":  # declared, never written: without an address
            file.create_dataset(name, (size // 4,), np.float32)
        address = struct.pack("<Q", file["0"].id.get_offset())
    length = struct.pack("<Q", size)
    content = buffer.getvalue().replace(b"\xff" * 8 + length, address + length)
    with h5py.File(io.BytesIO(content)) as file:
        assert file["3"].id.get_offset() == file["0"].id.get_offset()
    with pytest.raises(LimitError, match="overlap"):
        check_weights(content)


def buffer_of(file: h5py.File, buffer: io.BytesIO) -> bytes:
    file.flush()
    return buffer.getvalue()


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_strange_archive_is_refused(model: Path, name: str) -> None:
    make, match = ARCHIVES[name]
    model.write_bytes(make())
    refused(model, match)


def test_the_older_format_is_no_keras_archive(model: Path) -> None:
    """CVE-2025-9905: `safe_mode` means nothing for .h5 files (before 3.11.3). None is opened, whatever its name."""
    model.write_bytes(honest_weights())
    with pytest.raises(BrokenRunError, match="not a Keras model"):
        load_model(model)


def test_every_published_attack_of_the_page_has_a_probe() -> None:
    page = (REPOSITORY / "docs" / "safety.md").read_text(encoding="utf-8")
    records = set(re.findall(r"^\| (CVE-\d+-\d+) \|", page, re.MULTILINE))
    older_format = test_the_older_format_is_no_keras_archive.__doc__ or ""
    probes = {name.partition(",")[0] for name in (*CONFIGS, *WEIGHTS) if name.startswith("CVE")}
    assert probes | set(re.findall(r"CVE-\d+-\d+", older_format)) == records
    assert len(records) == 10


def test_what_is_no_file_is_not_waited_for(model: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(model)
    with pytest.raises(UnsafeModelError, match="a pipe or a device"):
        load_model(model)
    with pytest.raises(BrokenRunError, match="not a Keras model"):
        model_checksum(model)


def test_nothing_runs_nor_grows_nor_loads_keras(tmp_path: Path) -> None:
    """All probes in one process with 3 GB of address space."""
    resource = pytest.importorskip("resource")
    for number, (make, _) in enumerate(CONFIGS.values()):
        write_model(tmp_path / f"config{number}.keras", make())
    for number, (change, _) in enumerate(WEIGHTS.values()):
        write_model(tmp_path / f"weights{number}.keras", weights=honest_weights(change))
    for number, (archive, _) in enumerate(ARCHIVES.values()):
        (tmp_path / f"archive{number}.keras").write_bytes(archive())
    marker = tmp_path / "marker"
    code = (
        "import sys; from pathlib import Path\n"
        "from classeur.errors import UnsafeModelError\n"
        "from classeur.models.saved import load_model\n"
        "for path in sorted(Path(sys.argv[1]).glob('*.keras')):\n"
        "    try: load_model(path)\n"
        "    except UnsafeModelError as error: print('MemoryError' in str(error))\n"
        "print(sorted({'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True,
        env={**os.environ, MARKER: str(marker), "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30)),
    )  # fmt: skip
    assert done.stdout.splitlines() == ["False"] * (len(CONFIGS) + len(WEIGHTS) + len(ARCHIVES)) + ["[]"]
    assert not marker.exists()
    assert not (tmp_path.parent / "evil.py").exists()


@pytest.mark.keras
def test_the_honest_network_is_one_and_the_probe_would_run(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_model(write_model(model))
    probabilities = np.asarray(loaded.predict_on_batch(np.full((3, 8, 8, 3), 200, np.uint8)))
    assert probabilities.shape == (3, 2)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)

    import keras

    marker = model.with_name("marker")
    monkeypatch.setenv(MARKER, str(marker))
    config = with_layer(lambda_layer(bytecode()))
    config["config"]["layers"][4]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = "lambda"
    keras.saving.load_model(write_model(model, config), safe_mode=False)
    assert marker.exists(), "without the door"
    marker.unlink()
    refused(model, "Lambda", load_model)
    assert not marker.exists()


@pytest.mark.keras
def test_a_network_that_grows_an_image_is_refused_before_it_predicts(model: Path) -> None:
    paddings = [layer("ZeroPadding2D", after="pixels", padding=[[999, 999], [999, 999]], data_format="channels_last")]
    paddings[0]["build_config"] = {"input_shape": [None, 8, 8, 3]}

    def pad(layers: list[Any]) -> None:
        layers[1:1] = paddings
        layers[2]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = "zeropadding2d"
        layers[3:] = []

    config = changed(pad)
    config["config"]["output_layers"] = ["rescaling", 0, 0]
    refused(write_model(model, config), "that makes 12,072,108 values of an image", load_model)


@pytest.mark.keras
@pytest.mark.parametrize("is_nested", [False, True])
def test_a_sequential_network_is_gone_through_too(model: Path, is_nested: bool) -> None:
    import keras

    layers = keras.layers
    large = layers.ZeroPadding2D(500)
    stack = [keras.Input((8, 8, 3)), keras.Sequential([large]) if is_nested else large, layers.GlobalAveragePooling2D()]
    keras.Sequential(stack).save(model)
    refused(model, "that makes 3,048,192 values of an image", load_model)


@pytest.mark.keras
@pytest.mark.parametrize("is_nested", [False, True])
def test_layers_that_are_small_alone_and_large_together_are_refused(model: Path, is_nested: bool) -> None:
    """Forty maps of 98,304 values, of all of which the greatest are sought."""
    import keras

    def maps(pixels: Any) -> Any:
        wide = keras.layers.Conv2D(1536, 1)(pixels)
        return keras.layers.Add()([keras.layers.Activation("relu")(wide) for _ in range(40)])

    pixels = keras.Input((8, 8, 3))
    inner = keras.Input((8, 8, 3))
    network = keras.Model(inner, maps(inner))
    means = keras.layers.GlobalAveragePooling2D()(network(pixels) if is_nested else maps(pixels))
    keras.Model(pixels, means).save(model)
    refused(model, "hold 4,.* values of an image at once", load_model)


@pytest.mark.keras
def test_holes_that_pad_an_image_out_are_refused(model: Path) -> None:
    import keras

    layers = keras.layers
    holes = layers.DepthwiseConv2D(9, dilation_rate=64, padding="same")
    keras.Sequential([keras.Input((8, 8, 3)), holes, layers.GlobalAveragePooling2D()]).save(model)
    assert load_model(model).count_params() == 246
    wide = [keras.Input((8, 8, 3)), layers.Conv2D(64, 1), layers.DepthwiseConv2D(9, dilation_rate=64, padding="same")]
    keras.Sequential([*wide, layers.GlobalAveragePooling2D()]).save(model)
    refused(model, "hold 17,.* values of an image at once", load_model)


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["tutorial", "efficientnet_lite0"])
def test_what_classeur_trains_comes_back_to_the_bit(model: Path, kind: str) -> None:
    from classeur.models.assembly import build_network, save_model, with_probabilities

    network = with_probabilities(build_network(kind, (32, 32), 3, dropout=0.2, seed=5))
    save_model(network, model)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    assert np.array_equal(load_model(model).predict_on_batch(pixels), network.predict_on_batch(pixels))


@pytest.mark.keras
def test_a_network_of_keras_applications_comes_back(model: Path) -> None:
    import keras

    network = keras.applications.MobileNetV2(input_shape=(96, 96, 3), weights=None, classes=3)
    network.save(model)
    loaded = load_model(model)
    assert all(np.array_equal(a, b) for a, b in zip(loaded.get_weights(), network.get_weights(), strict=True))


@pytest.mark.keras
@pytest.mark.slow
def test_the_list_is_what_the_networks_are_made_of(model: Path) -> None:
    """And every family of keras.applications passes, with as many parameters as its config is held to need."""
    spec = importlib.util.spec_from_file_location("write_allowed_layers", REPOSITORY / "docs/write_allowed_layers.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found: dict[str, set[str]] = {}
    for network in script.networks():
        config = keras_config(network)
        script.kinds_in(config, found)
        assert 0 <= check_config(config) - network.count_params() <= 16, network.name
        if network.count_params() < 10_000_000:
            network.save(model)
            assert load_model(model).count_params() == network.count_params()
    assert {kind: " ".join(sorted(names)) for kind, names in found.items()} == ALLOWED


def keras_config(network: Any) -> Any:
    import keras

    return json.loads(json.dumps(keras.saving.serialize_keras_object(network)))
