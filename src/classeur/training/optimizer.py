"""Optimizer: made from the settings of a recipe."""

from typing import TYPE_CHECKING

from classeur.models.engine import load_keras
from classeur.training.recipe import Optimisation

if TYPE_CHECKING:
    import keras


def make_optimizer(optimisation: Optimisation, *, num_steps: int) -> "keras.optimizers.Optimizer":
    """Return the optimizer of a phase.

    Args:
        optimisation: the recipe's settings.
        num_steps: of the whole phase, over which a schedule decreases.
    """
    optimizers = load_keras().optimizers
    rate = optimisation.learning_rate
    if optimisation.schedule == "cosine":
        # Loshchilov, Hutter, "SGDR", ICLR 2017, equation 5, without restarts, down to 0.
        rate = optimizers.schedules.CosineDecay(rate, decay_steps=num_steps)
    return optimizers.Adam(rate)
