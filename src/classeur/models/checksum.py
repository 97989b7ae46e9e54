"""What identifies a saved model, without loading it."""

import zipfile
from pathlib import Path

from classeur.errors import BrokenRunError


def model_checksum(path: Path) -> str:
    """Return what identifies a saved model: the checksums of its layers and weights, not the time of saving.

    Raises:
        BrokenRunError: if the file is missing or not a Keras model.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return " ".join(f"{archive.getinfo(name).CRC:08x}" for name in ("config.json", "model.weights.h5"))
    except (zipfile.BadZipFile, OSError, EOFError, KeyError) as error:
        raise BrokenRunError(f"{path} is missing, damaged or not a Keras model") from error
