"""No module loads Keras when it is imported; no test module is without the module that it tests."""

import pkgutil
import subprocess
import sys

import classeur

MODULES = sorted(
    each.name for each in pkgutil.walk_packages(classeur.__path__, "classeur.") if "__main__" not in each.name
)

# Its classes derive from Keras'; the package itself loads them on first use.
KERAS_CLASSES = "classeur.keras_image."


def test_no_module_loads_keras_when_imported() -> None:
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    loaded = {'keras', 'tensorflow', 'jax', 'torch', 'sklearn'} & set(sys.modules)\n"
        "    assert not loaded, (name, loaded)"
    )
    names = [name for name in MODULES if not name.startswith(KERAS_CLASSES)]
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(MODULES) > 40


def test_modules_are_documented() -> None:
    for name in MODULES:
        __import__(name)
        assert sys.modules[name].__doc__, name
