"""`summary`: the layers of a run's network."""

import shlex
from pathlib import Path

from classeur.errors import BrokenRunError, UnfinishedRunError
from classeur.models.assembly import Layer, LayerTable
from classeur.options import takes_options
from classeur.run import Run
from classeur.training.facts import read_facts


@takes_options()
def summary(run: Run | Path | str) -> tuple[Layer, ...]:
    """Return the layers of a run's network, with output shapes and numbers of parameters; Keras is not loaded.

    Raises:
        RunError: if it is not a run, or was interrupted before its network was built.
    """
    run = Run.open(run)
    if not run.layers_path.exists():
        facts = read_facts(run)
        if facts.status == "training":
            raise UnfinishedRunError(
                f"the training of {run.path} stopped before its network was built; resume it with: classeur train --out"
                f" {shlex.quote(str(run.path))} --resume"
            )
        raise BrokenRunError(f"{run.layers_path} is missing; copy the whole run again, or train again with --overwrite")
    return run.read(run.layers_path, LayerTable).layers
