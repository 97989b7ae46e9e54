"""Small saved networks written by hand, without Keras: an honest one, and what strangers have made of such files."""

import base64
import copy
import io
import json
import marshal
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Config = dict[str, Any]

MARKER = "CLASSEUR_MARKER"
"""The environment variable with the path that each probe would write to, if it ran."""

METADATA = json.dumps({"keras_version": "3.15.1", "date_saved": "2026-11-27@08:00:00"}).encode()


def layer(class_name: str, *, module: str | None = "keras.layers", after: str | None = None, **config: Any) -> Config:
    """Return a layer as Keras saves it, called with the output of the layer `after`."""
    tensor = {"shape": [None, 8, 8, 3], "dtype": "float32", "keras_history": [after, 0, 0]}
    call = {"args": [{"class_name": "__keras_tensor__", "config": tensor}], "kwargs": {}}
    config = {"name": class_name.lower(), "trainable": True, "dtype": policy("float32"), **config}
    made = {"module": module, "class_name": class_name, "config": config, "registered_name": None}
    return {**made, "name": config["name"], "inbound_nodes": [call] if after else []}


def policy(name: str) -> Config:
    return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}, "registered_name": None}


def initializer(class_name: str, **config: Any) -> Config:
    return {"module": "keras.initializers", "class_name": class_name, "config": config, "registered_name": None}


def honest_config() -> Config:
    """Return the config of a network, uint8 (n, 8, 8, 3) → probabilities (n, 2)."""
    pixels = layer("InputLayer", name="pixels")
    pixels["config"] = {"batch_shape": [None, 8, 8, 3], "dtype": "uint8", "sparse": False, "name": "pixels"}
    dense = layer(
        "Dense", after="flatten", units=2, activation="softmax", use_bias=True,
        kernel_initializer=initializer("Zeros"), bias_initializer=initializer("Zeros"),
        kernel_regularizer=None, bias_regularizer=None, kernel_constraint=None, bias_constraint=None,
    )  # fmt: skip
    dense["build_config"] = {"input_shape": [None, 192]}
    layers = [
        pixels,
        layer("Rescaling", after="pixels", scale=1 / 255, offset=0.0),
        layer("Flatten", after="rescaling", data_format="channels_last"),
        dense,
    ]
    config = {
        "name": "small", "trainable": True, "layers": layers,
        "input_layers": ["pixels", 0, 0], "output_layers": ["dense", 0, 0],
    }  # fmt: skip
    return {
        "module": "keras.src.models.functional", "class_name": "Functional", "config": config,
        "registered_name": "Functional", "build_config": {"input_shape": None},
    }  # fmt: skip


def honest_weights(change: Callable[[h5py.File], None] = lambda file: None) -> bytes:
    """Return its weights as Keras writes them, after a change."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name in ("input_layer", "rescaling", "flatten", "dense"):
            file.create_group(f"layers/{name}/vars").attrs["name"] = name
        file["layers/dense/vars/0"] = np.linspace(-1, 1, 384, dtype=np.float32).reshape(192, 2)
        file["layers/dense/vars/1"] = np.zeros(2, np.float32)
        change(file)
    return buffer.getvalue()


def write_model(
    path: Path, config: Any = None, *, weights: bytes | None = None, more: Mapping[str, bytes] | None = None
) -> Path:
    """Write a model.keras; the honest one unless something is given in its place."""
    config = json.dumps(honest_config() if config is None else config)
    members = {"metadata.json": METADATA, "config.json": config.encode()}
    members["model.weights.h5"] = honest_weights() if weights is None else weights
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, **(more or {})}.items():
            archive.writestr(name, content)
    return path


def changed(change: Callable[[list[Config]], object]) -> Config:
    """Return the honest config after a change of its layers."""
    config = copy.deepcopy(honest_config())
    change(config["config"]["layers"])
    return config


def with_layer(strange: Config) -> Config:
    """Return the honest config with a strange layer in front of its last."""
    return changed(lambda layers: layers.insert(3, strange))


def with_setting(name: str, value: Any, *, place: int = 3) -> Config:
    """Return the honest config with a setting of one layer, the last if nothing is said."""
    return changed(lambda layers: layers[place]["config"].update({name: value}))


def function(module: str, name: str) -> Config:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def bytecode() -> Config:
    """Return a Python function as Keras saves it: called, it writes the marker."""

    def write(inputs: Any) -> Any:
        import os

        with open(os.environ["CLASSEUR_MARKER"], "w") as file:
            file.write("ran")
        return inputs

    code = base64.b64encode(marshal.dumps(write.__code__)).decode()
    return {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}


def lambda_layer(of: Config, **config: Any) -> Config:
    arguments = {"function": of, "arguments": {}, "output_shape": None, "mask": None, **config}
    return layer("Lambda", after="flatten", **arguments)


def without(made: Config, *names: str) -> Config:
    return {name: value for name, value in made.items() if name not in names}
