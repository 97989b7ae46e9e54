"""What classeur-core does not install: the extra that brings each package, and the error that names it.

Modules import what they need where it is needed; what is missing is named at the few doors through which every call
comes: the command line, the public names, and the loading of Keras.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from classeur.errors import MissingExtraError

# Extra → module → what people call it. Only what nothing of that extra works without.
EXTRAS: dict[str, dict[str, str]] = {
    "train": {"keras": "Keras", "matplotlib": "matplotlib", "cv2": "OpenCV", "scipy": "SciPy", "jinja2": "Jinja2"},
    "migrate": {"libcst": "LibCST", "nbformat": "nbformat"},
    "parquet": {"pyarrow": "PyArrow"},
}


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it; a folder that an uninstallation left is none.

    >>> is_installed("numpy"), is_installed("nothing_of_this_name")
    (True, False)
    """
    found = importlib.util.find_spec(module)
    return found is not None and found.origin is not None


def missing_packages(extra: str) -> list[str]:
    """Return what people call the packages of an extra that are not installed."""
    return [name for module, name in EXTRAS[extra].items() if not is_installed(module)]


@contextmanager
def naming_missing_extras(what: str) -> Iterator[None]:
    """Inside the block, a package that is not installed is an error that names the extra that brings it.

    Args:
        what: what was asked for, such as `train`.

    Raises:
        MissingExtraError: in place of the `ModuleNotFoundError` of such a package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        for extra, modules in EXTRAS.items():
            # Installed but without one of its modules: that package is broken, and its own error says how.
            if module in modules and not is_installed(module):
                raise MissingExtraError(what, extra, missing_packages(extra)) from error
        raise
