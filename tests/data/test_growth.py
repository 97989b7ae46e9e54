"""What is asked of a folder looks at each of its rows a bounded number of times, whatever their number."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from classeur.data.duplicates import equal_groups, find_duplicates, find_leak_shares
from classeur.data.folder import ImageFolder
from classeur.data.inspection import CHECKS, inspect
from classeur.data.leaks import find_leaks
from classeur.data.plan import planned
from classeur.data.splitting import split
from classeur.data.together import kept_together
from classeur.data.trainability import check_trainable

_NUM_ROWS = 3000
_MOST_LOOKS = 12  # at each text of a row

COLUMNS = ("paths", "splits", "reasons", "hashes", "modes", "formats")


class Counted(tuple[str, ...]):
    """A column that counts how many of its texts were looked at."""

    looks = 0

    def __iter__(self) -> Iterator[str]:
        for text in super().__iter__():
            Counted.looks += 1
            yield text

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        Counted.looks += len(found) if isinstance(index, slice) else 1
        return found

    def __contains__(self, text: object) -> bool:
        return any(text == each for each in self)

    def index(self, *arguments: Any) -> int:
        Counted.looks += len(self)
        return super().index(*arguments)

    def count(self, text: Any) -> int:
        Counted.looks += len(self)
        return super().count(text)


def looked_at(folder: ImageFolder, ask: Callable[[ImageFolder], Any]) -> float:
    """Return how many texts a row are looked at to answer."""
    columns = {name: Counted(getattr(folder, name)) for name in COLUMNS}
    counting = folder.model_copy(update=columns)
    for answer in ("usable", "counts"):  # what was kept of earlier answers
        counting.__dict__.pop(answer, None)
    Counted.looks = 0
    ask(counting)
    return Counted.looks / (_NUM_ROWS * len(COLUMNS))


@pytest.mark.parametrize(
    "ask",
    [
        *CHECKS,
        inspect,
        check_trainable,
        split,
        equal_groups,
        find_duplicates,
        find_leak_shares,
        lambda folder: find_leaks(folder, [], []),
        kept_together,
        planned,
        ImageFolder.set_aside,
        lambda folder: folder.counts,
        lambda folder: folder.num_found,
    ],
)
@pytest.mark.parametrize("kind", ["sound", "copies", "unusable", "odd"])
def test_rows_are_looked_at_a_bounded_number_of_times(
    folder_of: Callable[..., ImageFolder], ask: Callable[[ImageFolder], Any], kind: str
) -> None:
    numbers = range(_NUM_ROWS)
    columns: dict[str, dict[str, Any]] = {
        "sound": {},
        "copies": {
            "hashes": [str(n % (_NUM_ROWS // 2)) for n in numbers],
            "splits": [("train", "validation")[n // 100 % 2] for n in numbers],
        },
        "unusable": {"reasons": ["broken" if n % 3 else "" for n in numbers]},
        "odd": {"modes": ["I;16"] * _NUM_ROWS, "used_ranges": [0.01] * _NUM_ROWS, "num_frames": [2] * _NUM_ROWS},
    }
    # Many classes: what asks a question a class must not ask it of all rows.
    folder = folder_of([f"{n % 100:03}" for n in numbers], **columns[kind])
    assert looked_at(folder, ask) <= _MOST_LOOKS
