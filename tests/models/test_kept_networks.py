"""A kept network takes another head without Keras, and answers as one that Keras saved with that head."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classeur.data.cache_contents import cache_entries
from classeur.models.assembly import (
    LayerTable,
    build_network,
    layer_table,
    save_model,
    with_probabilities,
)
from classeur.models.kept_networks import KeptNetwork
from classeur.models.saved import load_model
from classeur.rows import CacheWarning

LITE0, SIZE = "efficientnet_lite0", (32, 32)
Head = tuple[np.ndarray, np.ndarray]


def head(seed: int, num_columns: int) -> Head:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(1280, num_columns)).astype(np.float32), generator.normal(size=num_columns).astype(
        "f4"
    )


def kept(cache: Path, arrays: Head) -> KeptNetwork:
    return KeptNetwork(cache, LITE0, SIZE, [array.shape for array in arrays])


def save(path: Path, arrays: Head, num_classes: int) -> LayerTable:
    network = build_network(LITE0, SIZE, num_classes)
    network.get_layer("classifier").set_weights(list(arrays))
    save_model(with_probabilities(network), path)
    return LayerTable(layers=layer_table(network))


@pytest.mark.keras
@pytest.mark.parametrize("num_classes", [2, 3])
def test_another_head_is_as_if_keras_had_saved_it(num_classes: int, cache: Path, tmp_path: Path) -> None:
    first, second = (head(seed, 1 if num_classes == 2 else num_classes) for seed in (1, 2))
    layers = save(tmp_path / "first.keras", first, num_classes)
    assert kept(cache, first).write(tmp_path / "none.keras", first) is None
    assert kept(cache, first).keep(tmp_path / "first.keras", first, layers)
    assert kept(cache, first).write(tmp_path / "second.keras", second) == layers
    save(tmp_path / "whole.keras", second, num_classes)
    pixels = np.random.default_rng(0).integers(0, 256, (4, *SIZE, 3), np.uint8)
    written, whole = (load_model(tmp_path / name) for name in ("second.keras", "whole.keras"))
    for one, two in zip(written.variables, whole.variables, strict=True):
        np.testing.assert_array_equal(np.array(one), np.array(two))
    np.testing.assert_array_equal(written.predict_on_batch(pixels), whole.predict_on_batch(pixels))
    (entry,) = cache_entries(cache)
    assert entry.kind == "networks"


def weights_file(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3"}')
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", buffer.getvalue())
    return path


@pytest.mark.parametrize("others", [{}, {"twin": 1}, {"other": 2}])
def test_a_head_that_is_in_no_place_or_in_two_is_not_kept(others: dict[str, int], cache: Path, tmp_path: Path) -> None:
    (kernel, bias), other = head(1, 1), {name: head(seed, 1)[0] for name, seed in others.items()}
    arrays = {"bias": bias, **({} if others == {} else {"kernel": kernel}), **other}
    path = weights_file(tmp_path / "a.keras", arrays)
    assert kept(cache, (kernel, bias)).keep(path, (kernel, bias), LayerTable(layers=())) is (others == {"other": 2})


@pytest.mark.parametrize("damage", ["bytes", "listing", "gone"])
def test_a_damaged_one_is_said_and_built_again(damage: str, cache: Path, tmp_path: Path) -> None:
    arrays = head(1, 1)
    path = weights_file(tmp_path / "a.keras", {"kernel": arrays[0], "bias": arrays[1]})
    network = kept(cache, arrays)
    assert network.keep(path, arrays, LayerTable(layers=()))
    listing = network.path.with_name(network.path.name + ".json")
    if damage == "bytes":
        content = bytearray(network.path.read_bytes())
        content[-200] ^= 1
        network.path.write_bytes(content)
    elif damage == "listing":
        listing.write_text("{")
    else:
        network.path.unlink()
        assert network.write(tmp_path / "b.keras", arrays) is None
        return
    with pytest.warns(CacheWarning, match="is damaged; it is built again"):
        assert network.write(tmp_path / "b.keras", arrays) is None
    assert not listing.exists()
    assert not (tmp_path / "b.keras").exists()


def test_a_cache_that_cannot_be_written_costs_time_alone(cache: Path, tmp_path: Path) -> None:
    arrays = head(1, 1)
    path = weights_file(tmp_path / "a.keras", {"kernel": arrays[0], "bias": arrays[1]})
    cache.mkdir(exist_ok=True)
    (cache / "networks").write_text("a file")
    with pytest.warns(CacheWarning, match="the next training loads Keras again"):
        assert not kept(cache, arrays).keep(path, arrays, LayerTable(layers=()))
