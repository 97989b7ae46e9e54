"""Plant each kept mistake in a copy of the tree and run the tests nearest to it; end with those that no test noticed.

First the tests run without a mistake, so that a failure means something. Then two mistakes at a time, each in a copy of
its own; the working tree is never touched. Exit status 1 if a mistake survives or cannot be planted.
"""

import argparse
import importlib.util
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from mistakes import REPOSITORY, Mistake, read_mistakes

# What tests read of the tree.
_PARTS = ("src", "tests", "docs", "benchmarks", "pyproject.toml", "constraints.txt", "Makefile", "README.md")
# A mistake may leave a test waiting for ever: that is noticed too.
_LONGEST_SECONDS = 600
_PASSED, _FAILED = 0, 1  # pytest's exit statuses; the others mean that tests were not run
_HUNG = -1


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="patterns of the mistakes to plant, such as 'resume*'; all if none")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--no-check", action="store_true", help="do not run the tests without a mistake first")
    arguments = parser.parse_args()
    chosen = [
        mistake
        for mistake in read_mistakes()
        if not arguments.names or any(fnmatch(mistake.id, name) for name in arguments.names)
    ]
    if not chosen:
        parser.error(f"no mistake is called {' or '.join(arguments.names)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="classeur-mutants-") as folder:
        copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(arguments.jobs):
            copies.put(_copy(Path(folder, str(number))))
        if not arguments.no_check and not _is_sound(chosen, copies):
            return 1
        wrong = _plant_all(chosen, copies, num_jobs=arguments.jobs)
    minutes = (time.monotonic() - began) / 60
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} mistakes were noticed, in {minutes:.1f} minutes")
    for mistake, what in wrong:
        print(f"{what}: {mistake.id} ({mistake.path}); tests: {' '.join(mistake.tests)}")
    return 1 if wrong else 0


def _copy(place: Path) -> Path:
    for part in _PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(exist_ok=True)
            shutil.copy2(source, place / part)
    return place


def _is_sound(mistakes: Iterable[Mistake], copies: "queue.SimpleQueue[Path]") -> bool:
    """Tell whether all tests pass on the source as it is."""
    tests: defaultdict[str, list[str]] = defaultdict(list)
    for mistake in mistakes:
        tests[mistake.backend] += [test for test in mistake.tests if test not in tests[mistake.backend]]
    for backend, names in tests.items():
        copy = copies.get()
        print(f"without a mistake, {backend}: {len(names)} tests or files of tests ...", flush=True)
        status, said = _run(copy, sorted(names), backend)
        copies.put(copy)
        if status != _PASSED:
            print(said)
            print("error: the tests do not pass without a mistake; mend that first")
            return False
    return True


def _plant_all(
    mistakes: Sequence[Mistake], copies: "queue.SimpleQueue[Path]", *, num_jobs: int
) -> list[tuple[Mistake, str]]:
    """Return the mistakes that survive or cannot be planted, each with what became of it."""
    wrong = []

    def plant(mistake: Mistake) -> tuple[str, float]:
        copy, began = copies.get(), time.monotonic()
        try:
            return _planted(copy, mistake), time.monotonic() - began
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(num_jobs) as pool:
        for number, (mistake, (what, seconds)) in enumerate(zip(mistakes, pool.map(plant, mistakes), strict=True), 1):
            print(f"{number:3}/{len(mistakes)}  {what:10} {seconds:4.0f} s  {mistake.id}", flush=True)
            if what != "noticed":
                wrong.append((mistake, what))
    return wrong


def _planted(copy: Path, mistake: Mistake) -> str:
    """Return what became of a mistake: noticed, survived, or an error."""
    path = copy / mistake.path
    right = path.read_bytes()
    try:
        wrong = mistake.planted(right.decode("utf-8"))
    except ValueError as error:
        return f"error ({error})"
    try:
        _write(path, wrong.encode("utf-8"))
        status, said = _run(copy, mistake.tests, mistake.backend)
    finally:
        _write(path, right)
    if status in (_FAILED, _HUNG):
        return "noticed"
    return "survived" if status == _PASSED else f"error (pytest ends with {status}: {said.strip()[-600:]})"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    # Python knows compiled files by size and second: an edit may change neither.
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def _run(copy: Path, tests: Iterable[str], backend: str) -> tuple[int, str]:
    """Return pytest's exit status and what it printed."""
    shared = os.environ.get("CLASSEUR_SHARED", "../shared")
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "CLASSEUR_SHARED": str((REPOSITORY / shared).resolve()),
        "KERAS_BACKEND": backend,
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *(f"tests/{each}" for each in tests),
    ]
    process = subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=_LONGEST_SECONDS)
    except BaseException as error:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)  # what the tests started too
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return _HUNG, ""
        raise
    return process.returncode, said


if __name__ == "__main__":
    sys.exit(main())
