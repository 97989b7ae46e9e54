"""Looks at test images: counted in the user's ledger, and said."""

from collections.abc import Sequence

from classeur.delivery.progress import Reporter
from classeur.errors import StorageError
from classeur.evaluation.ledger import count_look, default_ledger
from classeur.evaluation.scoring import Score
from classeur.run import Run
from classeur.workflows.judged import Row, judged_model


def with_look(run: Run, result: Score, rows: Sequence[Row], reporter: Reporter) -> Score:
    """Return a score on test images with how many models were evaluated on them; a further look is said.

    A score that was recorded before tells of no fewer than it did: its run may come from another machine. Where the
    ledger cannot be written, one warning says so, and nothing is counted.
    """
    try:
        num_looks = count_look([row["hash"] for row in rows], model=judged_model(run), ledger=default_ledger())
    except StorageError as error:
        reporter.warn(f"this look at the test images is not counted: {error}")
        return result
    num_looks = max(num_looks, result.num_looks or 0)
    if num_looks > 1:
        reporter.warn(
            f"{num_looks} models have been evaluated on these test images, in this run or others; choosing one of them"
            " by that makes its result too good"
        )
    return result.model_copy(update={"num_looks": num_looks})
