"""What identifies a saved model, without loading it."""

import zipfile
from pathlib import Path

from classeur.errors import BrokenRunError
from classeur.untrusted import MAX_ARCHIVE_BYTES, opened, opened_zip

MAX_MEMBERS = 64
"""Of a saved model's archive, which has three."""


def model_checksum(path: Path) -> str:
    """Return what identifies a saved model: the checksums of its layers and weights, not the time of saving.

    Raises:
        BrokenRunError: if the file is missing or not a Keras model.
    """
    try:
        with opened(path, MAX_ARCHIVE_BYTES) as file, opened_zip(file, max_members=MAX_MEMBERS) as archive:
            return " ".join(f"{archive.getinfo(name).CRC:08x}" for name in ("config.json", "model.weights.h5"))
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError) as error:
        raise BrokenRunError(f"{path} is missing, damaged or not a Keras model") from error
