"""Room on the disk: looked for before the work, and what to do where it ends in the middle of a training."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from classeur.delivery.wording import sized
from classeur.errors import StorageError
from classeur.run import Run


def check_room(out: Path, num_bytes: int) -> None:
    """Check that a run's files have room where it is to be; what an older run there takes counts as free.

    Args:
        out: the run's folder, which need not exist.
        num_bytes: that its files take at least.

    Raises:
        StorageError: if they have not. Where the system does not tell, nothing is said.
    """
    place = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    with suppress(OSError):
        free = shutil.disk_usage(place).free
        if place == out.absolute():
            free += sum(path.lstat().st_size for path in place.rglob("*") if path.is_file())
        if free < num_bytes:
            raise StorageError(
                f"the run takes {sized(num_bytes)} or more, and {sized(free)} are free at {out}; free some space or"
                " choose another folder"
            )


@contextmanager
def advising_to_resume(run: Run) -> Iterator[None]:
    """Add the command that goes on to an error about the disk, where the run has begun.

    Raises:
        StorageError: in place of the one that the block raises.
    """
    try:
        yield
    except StorageError as error:
        if not run.facts_path.exists():
            raise
        # One fold is gone on with by the command for all of them.
        whole = Run(run.path.parent) if Run(run.path.parent).holds_folds else run
        command = f"classeur train --out {shlex.quote(str(whole.path))} --resume"
        raise StorageError(f"{error}; what is done is kept, go on with: {command}") from error
