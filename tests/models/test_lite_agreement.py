"""The embedded backbone as ONNX says what its Keras network says: on photographs, on files of every kind, by file.

What a run adds to it is a head, which is compared each time (workflows/export.py). This is done once per version: for
both sizes of the network, with the classifier of ImageNet that comes with the weights, so that labels are compared too.
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from classeur.data.synthetic import paint_animal
from classeur.images.decoding import decode
from classeur.images.resizing import resize
from classeur.models.assembly import with_probabilities
from classeur.models.efficientnet_lite import build_lite
from classeur.models.lite_blocks import lite_image_size
from classeur.models.lite_onnx import build_lite_onnx
from classeur.models.lite_weights import load_weights
from classeur.models.onnx_agreement import Agreement, compare_answers, engine_of
from classeur.models.onnx_network import dense_head
from classeur.models.onnx_session import open_session

NUM_PHOTOGRAPHS = 200


def compared(kind: str, pixels: np.ndarray) -> Agreement:
    """Return how far ONNX Runtime and Keras agree on the thousand classes of ImageNet."""
    image_size = pixels.shape[1], pixels.shape[2]
    weights = load_weights(kind)
    kernel, bias = np.ascontiguousarray(weights["_fc.weight"].T), weights["_fc.bias"]
    network = build_lite(kind, image_size, 1000)
    network.get_layer("classifier").set_weights([kernel, bias])
    model = with_probabilities(network)
    expected = np.concatenate(
        [model.predict_on_batch(pixels[start : start + 32]) for start in range(0, len(pixels), 32)]
    )
    made = build_lite_onnx(kind, image_size=image_size, head=dense_head(kernel, bias))
    return compare_answers(expected, engine_of(open_session(made.SerializeToString()))(pixels), tolerance=1e-4)


def pixels_of(files: dict[str, Path], image_size: tuple[int, int]) -> np.ndarray:
    return np.stack([resize(decode(path.read_bytes()).pixels, image_size) for path in files.values()])


@pytest.mark.keras
def test_drawings_and_files_of_every_kind(edge_files: dict[str, Path]) -> None:
    size = (96, 96)
    animals = [paint_animal(kind, seed, image_size=size) for kind in ("cat", "dog") for seed in range(6)]
    agreement = compared("efficientnet_lite0", np.concatenate([pixels_of(edge_files, size), np.stack(animals)]))
    assert agreement.num_images == len(edge_files) + 12
    assert agreement.holds, agreement.fault()


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.parametrize("kind", ["efficientnet_lite0", "efficientnet_lite2"])
def test_photographs_and_files_of_every_kind(kind: str, shared: Path, edge_files: dict[str, Path]) -> None:
    size = lite_image_size(kind)
    with zipfile.ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as archive:
        names = sorted(name for name in archive.namelist() if "/validation/" in name and name.endswith(".jpg"))
        chosen = [names[at] for at in np.linspace(0, len(names) - 1, NUM_PHOTOGRAPHS).astype(int)]
        photographs = [resize(decode(archive.read(name)).pixels, size) for name in chosen]
    agreement = compared(kind, np.concatenate([np.stack(photographs), pixels_of(edge_files, size)]))
    print(kind, agreement)  # pytest -s shows the numbers of docs/results.md
    assert agreement.num_images == NUM_PHOTOGRAPHS + len(edge_files)
    assert agreement.holds, agreement.fault()
