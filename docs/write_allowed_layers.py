"""Write models/allowed_layers.py: what the networks that classeur trains are saved as.

Run it again when a network is added: python docs/write_allowed_layers.py. A slow test compares the two.
"""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import classeur.models
from classeur.models.assembly import build_network, with_probabilities
from classeur.models.engine import load_keras

HEAD = '''"""What a saved network may be made of, as `module/class`, each with the settings that it is saved with.

Written by docs/write_allowed_layers.py from the networks that classeur trains and those of keras.applications.
"""

'''

# One of each kind of network in keras.applications; its siblings differ in numbers alone.
FAMILIES = (
    "ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "EfficientNetV2S", "InceptionResNetV2",
    "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Small", "NASNetMobile", "ResNet50", "ResNet50V2", "VGG16",
    "Xception",
)  # fmt: skip


def networks() -> Iterator[Any]:
    """Yield each network, untrained."""
    keras = load_keras()
    for name in ("tutorial", "efficientnet_lite0"):
        for num_classes, dropout in ((2, 0.0), (3, 0.2)):
            yield with_probabilities(build_network(name, (64, 64), num_classes, dropout=dropout))
    for name in FAMILIES:
        yield getattr(keras.applications, name)(weights=None, classes=3)
    # In front of the score of a network with one class.
    features = keras.Input((8,))
    yield keras.Model(features, keras.layers.UnitNormalization()(features))


def kinds_in(config: Any, found: dict[str, set[str]]) -> None:
    """Add each class in a config, with its settings, to those found."""
    if isinstance(config, dict):
        if config.get("module"):
            found.setdefault(f"{config['module']}/{config['class_name']}", set()).update(config["config"])
        for value in config.values():
            kinds_in(value, found)
    elif isinstance(config, list):
        for value in config:
            kinds_in(value, found)


def module(found: dict[str, set[str]]) -> str:
    """Return the text of the module."""
    lines = []
    for kind in sorted(found):
        settings = " ".join(sorted(found[kind]))
        if len(kind) + len(settings) < 106:
            lines.append(f'    "{kind}": "{settings}",\n')
        else:
            parts = textwrap.wrap(settings, 106)
            texts = [f'        "{part} "\n' for part in parts[:-1]] + [f'        "{parts[-1]}"\n']
            lines.append(f'    "{kind}": (\n{"".join(texts)}    ),\n')
    return f"{HEAD}ALLOWED: dict[str, str] = {{\n{''.join(lines)}}}\n"


def found_in(all_networks: Iterator[Any]) -> dict[str, set[str]]:
    """Return the classes in networks, with their settings."""
    found: dict[str, set[str]] = {}
    for network in all_networks:
        kinds_in(load_keras().saving.serialize_keras_object(network), found)
    return found


if __name__ == "__main__":
    target = Path(classeur.models.__file__).with_name("allowed_layers.py")
    target.write_text(module(found_in(networks())), encoding="utf-8")
