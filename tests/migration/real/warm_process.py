"""Runs scripts and notebooks, each in a child of a process that has imported Keras already.

Each line of its input is a JSON object: `path`, `folder`, `argv`, `holds`, `limit` in seconds. Each line of its output
is one too: `error`, the last line of a traceback or None; `output`; `seconds`; `failed`, expressions that do not hold.
The module stays free of everything that a child must not share: TensorFlow starts its threads with its first operation.
"""

import contextlib
import io
import json
import os
import select
import signal
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any


def main() -> None:
    """Import what most scripts import, then serve."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    import cv2  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.metrics  # noqa: F401
    import tensorflow  # noqa: F401

    from classeur.keras_image import ImageDataGenerator, Sequential  # noqa: F401

    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Run one script in a child, and return what came of it."""
    started = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.close(reading)
        result = _run(asked)
        with os.fdopen(writing, "w") as pipe:
            json.dump(result, pipe)
        os._exit(0)
    os.close(writing)
    content, deadline = b"", started + asked["limit"]
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.killpg(child, signal.SIGKILL)
            break
        part = os.read(reading, 1 << 16)
        if not part:
            break
        content += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - started
    if content:
        return {**json.loads(content), "seconds": seconds}
    why = f"nothing after {asked['limit']} seconds" if os.WIFSIGNALED(status) else f"ended with status {status}"
    return {"error": why, "output": "", "failed": [], "seconds": seconds}


def _run(asked: dict[str, Any]) -> dict[str, Any]:
    output = io.StringIO()
    os.chdir(asked["folder"])
    sys.argv = [asked["path"], *asked["argv"]]
    sys.path.insert(0, asked["folder"])
    os.environ["PATH"] = os.pathsep.join([f"{asked['folder']}/bin", os.environ["PATH"]])
    error: str | None = None
    failed: list[str] = []
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            names = _notebook(asked["path"]) if asked["path"].endswith(".ipynb") else _script(asked["path"])
            failed = [f"{each}: {_why_not(each, names)}" for each in asked["holds"] if _why_not(each, names)]
        except BaseException as raised:  # what a script raises is the answer
            last = traceback.extract_tb(raised.__traceback__)
            places = [each for each in last if each.filename == asked["path"] or "ipython-input" in each.filename]
            at = f"line {places[-1].lineno}: {places[-1].line}: " if places else ""
            error = f"{at}{type(raised).__name__}: {raised}"[:1500]
            traceback.print_exc()
    return {"error": error, "output": output.getvalue()[-6000:], "failed": failed}


def _script(path: str) -> dict[str, Any]:
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    exec(code, module.__dict__)
    return module.__dict__


def _notebook(path: str) -> dict[str, Any]:
    """Run the cells of a notebook in IPython, as Colab does, with what Colab brings."""
    from IPython.terminal.interactiveshell import TerminalInteractiveShell

    _bring_colab()
    shell = TerminalInteractiveShell.instance()
    shell.register_magic_function(lambda line: print("Colab only has TensorFlow 2"), "line", "tensorflow_version")
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()
    return shell.user_ns


def _bring_colab() -> None:
    google, colab = types.ModuleType("google"), types.ModuleType("google.colab")
    colab.drive = types.SimpleNamespace(mount=lambda path, **_: print("Mounted at", path))
    colab.files = types.SimpleNamespace(upload=lambda: {"dog.jpg": Path("dog.jpg").read_bytes()}, download=print)
    google.colab = colab
    sys.modules["google.colab"] = colab
    sys.modules.setdefault("google", google)


def _why_not(expression: str, names: dict[str, Any]) -> str:
    """Return why an expression does not hold in what a script has left; nothing if it does."""
    try:
        value = eval(expression, dict(names))
    except Exception as raised:
        return f"{type(raised).__name__}: {raised}"
    return "" if type(value).__name__ in ("bool", "bool_") and value else f"is {value!r}"


if __name__ == "__main__":
    main()
