"""`load`: a run's classifier, by ONNX Runtime where the run has model.onnx, else by Keras.

Nothing heavy is imported before it is needed: for one prediction, importing takes longer than all the rest.
"""

import shlex
from pathlib import Path

from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import BrokenRunError
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.prediction import Limits
from classeur.options import takes_options
from classeur.run import Run
from classeur.workflows.limits import asked_limits, stated_limits
from classeur.workflows.onnx_engine import onnx_engine


@takes_options()
def load(
    run: Run | Path | str,
    *,
    max_error: float | str | None = None,
    none_of_these: float | str | None = None,
    reporter: Reporter | None = None,
) -> Classifier:
    """Return a run's classifier: a function of images that returns predictions.

    The model itself is loaded with the first prediction: model.onnx by ONNX Runtime, in a fraction of a second. A run
    that has none, or whose model.onnx is that of another training, is loaded by Keras, which is said. A run that has
    not changed is not loaded again.

    Args:
        run: a finished run, or one that was stopped.
        max_error: answer unsure, so that at most this share of the answers is wrong, by what the run's validation
            images promise; 1 to answer always. As the run was trained with, if None.
        none_of_these: answer none of these where an image is unlike the training images, and this share of known
            images may be, too; 0 for none. As the run was trained with, if None.
        reporter: where it is said that Keras predicts; standard error if None.

    Raises:
        RunError: if it is no such run.
        BrokenRunError: if it has neither a model.onnx of its own nor model.keras.

    >>> classifier = load("runs/first")  # doctest: +SKIP
    >>> classifier("cat.jpg").predicted  # doctest: +SKIP
    'cats'
    """
    run = Run.open(run)
    content = run.read_json(run.facts_path)
    if content.get("status") in ("stopped", "finished"):
        engine, reason = onnx_engine(run, content)
        if engine:
            limits = asked_limits(run, content, engine.facts.limits, max_error=max_error, none_of_these=none_of_these)
            if not engine.facts.tells_unlike:
                _warn_of_lacking(run, limits, reporter)
            return Classifier(
                engine.alone,
                engine_in_threads=engine.in_threads,
                class_names=engine.facts.class_names,
                preparation=engine.facts,
                limits=limits,
                known_up_to=engine.facts.known_up_to,
                provenance={
                    "run": run.path.name,
                    "data_fingerprint": content.get("data_fingerprint", ""),
                    "versions": content.get("versions", {}),
                    "engine": "onnxruntime",
                },
            )
        if not run.model_path.exists():
            from classeur.workflows.classifiers import advising_how_to_remake

            with advising_how_to_remake(run):
                raise BrokenRunError(f"{reason}, and {run.model_path} is missing")
        (reporter or ConsoleReporter()).say(f"{reason}; Keras predicts, which takes some seconds to load")
    # Imported here, as it takes longer than a prediction by ONNX Runtime.
    from classeur.workflows.classifiers import keras_classifier

    stored = stated_limits(content.get("decided", {}))
    limits = asked_limits(run, content, stored, max_error=max_error, none_of_these=none_of_these)
    _warn_of_lacking(run, limits, reporter)
    return keras_classifier(Run(run.path.absolute()), limits)  # a program may move to another folder before it asks


def _warn_of_lacking(run: Run, limits: Limits, reporter: Reporter | None) -> None:
    """Warn that what predicts does not tell what is unlike the training images, where the run would."""
    if limits.unlike_above is not None:
        (reporter or ConsoleReporter()).warn(
            f"{run.path} answers none of these by its own model.onnx alone; write it with: classeur export"
            f" {shlex.quote(str(run.path))}"
        )
