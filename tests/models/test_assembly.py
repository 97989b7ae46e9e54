"""Models by name and from files: what is refused before Keras is loaded, and what a file is worth."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from classeur.errors import UnknownNameError
from classeur.models.assembly import build_network, layer_table, with_probabilities
from classeur.models.saved import load_model


def test_a_misspelt_model_is_refused_before_keras_is_loaded() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'tutorial'"):
        build_network("tutoriel", (16, 16), 2)


def test_no_file_is_judged_by_loading_keras(tmp_path: Path) -> None:
    code = (
        "import sys, zipfile; from pathlib import Path; from classeur.errors import BrokenRunError\n"
        "from classeur.models.saved import load_model\n"
        "folder = Path(sys.argv[1])\n"
        "(folder / 'empty').write_bytes(b''); (folder / 'text').write_text('x' * 999)\n"
        "with zipfile.ZipFile(folder / 'whole', 'w') as file:\n"
        "    for name in ('metadata.json', 'config.json', 'model.weights.h5'): file.writestr(name, bytes(3333))\n"
        "whole = (folder / 'whole').read_bytes()\n"
        "(folder / 'short').write_bytes(whole[:-200]); (folder / 'head').write_bytes(whole[:100])\n"
        "(folder / 'bits').write_bytes(whole[:500] + b'?' + whole[501:])\n"
        "for name in ('gone', 'empty', 'text', 'short', 'head', 'bits'):\n"
        "    try: load_model(folder / name)\n"
        "    except BrokenRunError as error: print(name, len(str(error).splitlines()))\n"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        *(f"{name} 1" for name in ("gone", "empty", "text", "short", "head", "bits")), "[]",
    ]  # fmt: skip


@pytest.mark.keras
@pytest.mark.parametrize(("num_classes", "units"), [(2, 1), (3, 3), (7, 7)])
def test_one_unit_for_two_classes_and_one_a_class_for_more(num_classes: int, units: int) -> None:
    assert layer_table(build_network("tutorial", (9, 17), num_classes))[-1].output_shape == (None, units)


@pytest.mark.keras
def test_the_table_counts_as_keras_does() -> None:
    network = build_network("tutorial", (24, 16), 3, dropout=0.5)
    table = layer_table(network)
    assert sum(layer.num_parameters for layer in table) == network.count_params()
    assert [layer.name for layer in table] == [layer.name for layer in network.layers]
    said: list[str] = []
    network.summary(print_fn=lambda line, **_: said.append(line))
    for layer in table:
        assert f"{layer.num_parameters:,}" in "\n".join(said)


@pytest.mark.keras
@pytest.mark.parametrize("num_classes", [2, 3])
def test_a_model_file_is_whole_and_no_larger_than_its_weights(tmp_path: Path, num_classes: int) -> None:
    model = with_probabilities(build_network("tutorial", (32, 32), num_classes, dropout=0.2))
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    assert np.array_equal(loaded.predict_on_batch(pixels), model.predict_on_batch(pixels))
    assert np.allclose(loaded.predict_on_batch(pixels).sum(axis=1), 1, atol=1e-6)
    assert not getattr(loaded, "compiled", False)
    num_bytes = (tmp_path / "model.keras").stat().st_size
    assert 1 <= num_bytes / (4 * loaded.count_params()) < 1.1
    types = {type(layer).__name__ for layer in loaded.layers}
    assert not types & {"Resizing", "CenterCrop", "RandomFlip", "RandomRotation", "RandomZoom"}
    assert not any(type(layer).__module__.startswith("classeur") for layer in loaded.layers)
