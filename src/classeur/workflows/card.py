"""What stands beside a run's model for whoever is handed the run: card.md, and usage/ where there is a model.onnx."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress

from classeur.delivery.card import write_card
from classeur.delivery.usage import usage_requirements, usage_script
from classeur.errors import BrokenRunError
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.prediction import Limits
from classeur.evaluation.scoring import Evaluation
from classeur.models.onnx_file import OnnxFacts, weights_licence
from classeur.models.onnx_session import read_metadata
from classeur.run import Run
from classeur.storage import write_text
from classeur.training.facts import RunFacts
from classeur.workflows.aside import left_out


def renew_card(run: Run, facts: RunFacts) -> None:
    """Write card.md, and usage/ beside a model.onnx, as the run is now.

    Raises:
        BrokenRunError: if its evaluation or its split cannot be read.
        StorageError: if they cannot be written.
    """
    counts: Mapping[str, Counter[str]] = defaultdict(Counter)
    for row in run.read_table(run.split_path):
        counts[row["split"]][row["label"]] += 1
    onnx_facts = None
    if run.onnx_path.exists():
        with suppress(BrokenRunError):  # whoever predicts with it is told
            onnx_facts = OnnxFacts.of_metadata(read_metadata(run.onnx_path))
    if onnx_facts is not None:
        preparation = facts.recipe.preparation
        decided = onnx_facts.decided
        limits = Limits(decided.unsure_up_to, decided.unlike_above if onnx_facts.tells_unlike else None)
        script = usage_script(preparation.fit, stretch=preparation.stretch, limits=limits)
        write_text(run.usage_path / "predict.py", script)
        write_text(run.usage_path / "requirements.txt", usage_requirements())
    card = write_card(
        run.path.resolve().name,
        facts,
        run.read(run.evaluation_path, Evaluation),
        counts,
        licence=weights_licence(facts.recipe.network.model),
        onnx=onnx_facts,
        calibration=run.read(run.calibration_path, Calibration) if run.calibration_path.exists() else None,
        num_left_out=len(left_out(run)),
    )
    write_text(run.card_path, card)
