"""The ledger of test sets: how many models were evaluated on the same images, in whatever run.

A test set tells how good a model is once. Choosing among models by it makes the chosen one's result too good. The
ledger is in the user's state folder, since runs are copied, renamed and removed. It has hashes of content, no paths.
"""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from classeur.storage import write_text, writing_to
from classeur.untrusted import read_json

# Of a test set, the smallest hashes: of two sets, the share of common ones among the smallest of both estimates the
# share of common images. Broder, "On the resemblance and containment of documents" (1997).
_NUM_KEPT = 64

# Test sets with at least this share of common images count as the same: one more photograph makes no new one.
_SAME = 0.5

_MOST_LOOKS = 10_000  # the newest; some 30 MB
_MAX_BYTES = 2**26


def default_ledger() -> Path:
    """Return the ledger's file: in `CLASSEUR_STATE`, or in classeur's part of the user's state folder."""
    import platformdirs

    named = os.environ.get("CLASSEUR_STATE")
    folder = Path(named) if named else platformdirs.user_state_path("classeur", appauthor=False)
    return folder / "looks.json"


def count_look(hashes: Sequence[str], *, model: str, ledger: Path) -> int:
    """Record that a model is evaluated on test images, and return how many models were so far, this one included.

    The same model counts once, however often it is evaluated.

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

    kept = _smallest(hashes)
    with writing_to(ledger.parent):
        ledger.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(ledger.with_suffix(".lock"), timeout=10):
                looks = _read(ledger)
                same = {look["model"] for look in looks if _share_common(look["hashes"], kept) >= _SAME}
                if model not in same:
                    looks.append({"model": model, "hashes": kept})
                    write_text(ledger, json.dumps({"version": 1, "looks": looks[-_MOST_LOOKS:]}) + "\n")
                return len(same | {model})
        except Timeout as error:
            raise OSError(f"{ledger} is in use by another process") from error


def _smallest(hashes: Iterable[str]) -> list[str]:
    return sorted(set(hashes))[:_NUM_KEPT]


def _share_common(one: Sequence[str], other: Sequence[str]) -> float:
    """Return about which share of the images of two sets are in both."""
    of_both = _smallest([*one, *other])
    return len(set(of_both) & set(one) & set(other)) / max(len(of_both), 1)


def _read(ledger: Path) -> list[dict[str, Any]]:
    """Return the looks that are recorded; none if the file is missing or damaged."""
    try:
        looks = read_json(ledger, max_bytes=_MAX_BYTES)["looks"]
        sound = [
            each for each in looks if isinstance(each["model"], str) and all(type(at) is str for at in each["hashes"])
        ]
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return []
    return sound
