"""The ledger of test sets: how many models were evaluated on the same images, in whatever run.

A test set tells how good a model is once. Choosing among models by it makes the chosen one's result too good. The
ledger is in the user's state folder, since runs are copied, renamed and removed. It has hashes of content, no paths.
"""

import base64
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classeur.data.facts import content_hash
from classeur.storage import write_text, writing_to
from classeur.untrusted import read_json

# Two sets count as the same where this share of the smaller one is in both: half of the images, one class of them, or
# one photograph more make no new test set.
_SAME = 0.5

# Of each image its first 16 hexadecimal digits are kept: of 10⁵ images two share them once in 4 · 10⁹ test sets.
_NUM_DIGITS = 16

# Until a set of images was kept whole, its 64 smallest hashes were.
_NUM_SKETCHED = 64

# The newest looks, and of the images of their sets as many as make some 90 MB.
_MOST_LOOKS, _MOST_IMAGES = 10_000, 8_000_000
_MAX_BYTES = 2**27


def default_ledger() -> Path:
    """Return the ledger's file: in `CLASSEUR_STATE`, or in classeur's part of the user's state folder."""
    import platformdirs

    named = os.environ.get("CLASSEUR_STATE")
    folder = Path(named) if named else platformdirs.user_state_path("classeur", appauthor=False)
    return folder / "looks.json"


def count_look(hashes: Sequence[str], *, model: str, ledger: Path) -> int:
    """Record that a model is evaluated on test images, and return how many models were so far, this one included.

    The same model counts once, however often it is evaluated. Test images with half of the smaller set in common count
    as the same.

    Args:
        hashes: content hashes of the images.
        model: the checksum of the model.
        ledger: its file, made if it is missing; a damaged one begins anew.

    Raises:
        StorageError: if it cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = Path(folder) / "looks.json"
    ...     [count_look(["a1", "b2"], model=model, ledger=ledger) for model in ("first", "second", "first")]
    [1, 2, 2]
    """
    from filelock import FileLock, Timeout

    own = sorted(set(hashes))
    numbers = _numbers(own)
    name = content_hash(numbers.tobytes())
    with writing_to(ledger.parent):
        ledger.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(ledger.with_suffix(".lock"), timeout=10):
                looks = _read(ledger)
                seen = {each.name: each for each in looks}  # many looks at one set
                same = {name: each.is_of(own, numbers) for name, each in seen.items()}
                models = {each.model for each in looks if same[each.name]}
                if not any(each.model == model and each.name == name for each in looks):
                    looks.append(_Look(model, name, numbers))
                    _write(ledger, looks[-_MOST_LOOKS:])
                return len(models | {model})
        except Timeout as error:
            raise OSError(f"{ledger} is in use by another process") from error


class _Look(NamedTuple):
    """A model that was evaluated on a set of images."""

    model: str
    name: str  # of the set
    numbers: np.ndarray  # uint64, sorted: the images of the set
    sketch: tuple[str, ...] = ()  # instead, the smallest hashes of a set that was recorded before sets were kept whole

    def is_of(self, hashes: Sequence[str], numbers: np.ndarray) -> bool:
        """Return whether half of the smaller one of two sets is in both.

        Args:
            hashes: of the other set, sorted.
            numbers: the same, as they are kept.
        """
        if self.sketch:
            there, here = set(self.sketch), set(hashes)
            if len(there) >= _NUM_SKETCHED:  # nothing is known of larger ones
                here = {each for each in here if each <= self.sketch[-1]}
            num_common, smaller = len(there & here), min(len(there), len(here))
        else:
            num_common = len(np.intersect1d(self.numbers, numbers, assume_unique=True))
            smaller = min(len(self.numbers), len(numbers))
        return num_common > 0 and num_common >= _SAME * smaller


def _numbers(hashes: Iterable[str]) -> np.ndarray:
    """Return hashes as they are kept, uint64, sorted; what is no hash is hashed."""
    digits = (each if _is_hexadecimal(each) else content_hash(each.encode()) for each in hashes)
    return np.unique(np.array([int(each[:_NUM_DIGITS], 16) for each in digits], np.uint64))


def _is_hexadecimal(text: str) -> bool:
    return len(text) >= _NUM_DIGITS and set(text[:_NUM_DIGITS]) <= set("0123456789abcdef")


def _write(ledger: Path, looks: Sequence[_Look]) -> None:
    """Write looks, each set once; of too many images the oldest looks are left out."""
    sets: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    room = _MOST_IMAGES
    for look in reversed(looks):
        if look.sketch:
            entries.append({"model": look.model, "hashes": look.sketch})
            continue
        if look.name not in sets:
            room -= len(look.numbers)
            if room < 0 and entries:
                break
            sets[look.name] = base64.b64encode(look.numbers.astype("<u8").tobytes()).decode("ascii")
        entries.append({"model": look.model, "set": look.name})
    write_text(ledger, json.dumps({"version": 2, "looks": entries[::-1], "sets": sets}) + "\n")


def _read(ledger: Path) -> list[_Look]:
    """Return the looks that are recorded; none if the file is missing or damaged."""
    try:
        content = read_json(ledger, max_bytes=_MAX_BYTES)
        texts = content.get("sets", {})
        sets = {name: np.frombuffer(base64.b64decode(text, validate=True), "<u8") for name, text in texts.items()}
        looks = [_look(each, sets) for each in content["looks"]]
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return []
    return looks


def _look(entry: dict[str, Any], sets: dict[str, np.ndarray]) -> _Look:
    """Return a recorded look.

    Raises:
        ValueError, TypeError, KeyError: if it is none.
    """
    model, sketch = entry["model"], entry.get("hashes", ())
    if not isinstance(model, str) or not all(type(each) is str for each in sketch):
        raise TypeError(f"received {entry}; expected a model and its images")
    if sketch:
        return _Look(model, content_hash("\n".join(sketch).encode()), np.empty(0, np.uint64), tuple(sorted(sketch)))
    return _Look(model, entry["set"], sets[entry["set"]])
