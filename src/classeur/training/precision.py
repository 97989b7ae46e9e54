"""Which precision a training computes in: float32, or bfloat16 where it is the faster."""

import time
from collections.abc import Callable

from classeur.pipeline.batches import Batch
from classeur.training.steps import Steps

_NUM_TIMED_STEPS = 3


def faster_precision(make_steps: Callable[[str], Steps], batch: Batch) -> str:
    """Return float32 or bfloat16, whichever takes some steps in less time here.

    Args:
        make_steps: builds the network anew in a precision.
        batch: what the training's batches look like.
    """
    return min(("float32", "bfloat16"), key=lambda precision: _seconds(make_steps(precision), batch))


def _seconds(steps: Steps, batch: Batch) -> float:
    """Return what some steps take, once they are compiled."""
    steps.train(batch).read()
    began = time.perf_counter()
    for _ in range(_NUM_TIMED_STEPS):
        steps.train(batch).read()
    return time.perf_counter() - began
