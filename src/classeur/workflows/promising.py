"""Whether the validation images of a run can promise anything of new images."""

from collections.abc import Sequence

from classeur.delivery.wording import counted
from classeur.errors import RunError
from classeur.run import Run
from classeur.workflows.counting import are_new
from classeur.workflows.data_options import dividing_anew


def check_promises(run: Run, hashes: Sequence[str]) -> None:
    """Check that a threshold is found on images that are new, where an accuracy would be of all of them.

    Args:
        run: whose leaks.csv is read.
        hashes: of the content of its validation images.

    Raises:
        RunError: if all of them belong with images in training.
    """
    if are_new(run, "validation", hashes).any():
        return
    raise RunError(
        f"none of {counted(len(hashes), 'validation image')} of {run.path} is new: all of them belong with images that"
        f" it was trained on (leaks.csv), so nothing can be promised; divide all images anew: {dividing_anew(run)}"
    )
