"""Optimizer: how weights follow their gradients, as a recipe asks for it."""

from typing import TYPE_CHECKING

from classeur.models.engine import load_keras
from classeur.training.recipe import Optimisation

if TYPE_CHECKING:
    import keras


def make_optimizer(optimisation: Optimisation, *, num_steps: int) -> "keras.optimizers.Optimizer":
    """Return the optimizer of a phase.

    Args:
        optimisation: what the recipe says.
        num_steps: that the phase has in all; over them a schedule falls.
    """
    optimizers = load_keras().optimizers
    rate = optimisation.learning_rate
    if optimisation.schedule == "cosine":
        # Loshchilov, Hutter, "SGDR", ICLR 2017, equation 5, without restarts, down to 0.
        rate = optimizers.schedules.CosineDecay(rate, decay_steps=num_steps)
    return optimizers.Adam(rate)
