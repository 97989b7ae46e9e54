"""`load`: a run's classifier, by ONNX Runtime where the run has model.onnx, else by Keras.

Nothing heavy is imported before it is needed: for one prediction, importing takes longer than all the rest.
"""

from pathlib import Path

from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.evaluation.classifier import Classifier
from classeur.options import takes_options
from classeur.run import Run
from classeur.workflows.onnx_engine import onnx_engine


@takes_options()
def load(run: Run | Path | str, *, reporter: Reporter | None = None) -> Classifier:
    """Return a run's classifier: a function of images that returns predictions.

    The model itself is loaded with the first prediction: model.onnx by ONNX Runtime, in a fraction of a second. A run
    that has none, or whose model.onnx is that of another training, is loaded by Keras, which is said. A run that has
    not changed is not loaded again.

    Args:
        run: a finished run, or one that was stopped.
        reporter: where it is said that Keras predicts; standard error if None.

    Raises:
        RunError: if it is no such run.

    >>> classifier = load("runs/first")  # doctest: +SKIP
    >>> classifier("cat.jpg").predicted  # doctest: +SKIP
    'cats'
    """
    run = Run.open(run)
    content = run.read_json(run.facts_path)
    if content.get("status") in ("stopped", "finished"):
        engine, reason = onnx_engine(run, content)
        if engine:
            return Classifier(
                engine.alone,
                engine_in_threads=engine.in_threads,
                class_names=engine.facts.class_names,
                preparation=engine.facts,
                provenance={
                    "run": run.path.name,
                    "data_fingerprint": content.get("data_fingerprint", ""),
                    "versions": content.get("versions", {}),
                    "engine": "onnxruntime",
                },
            )
        (reporter or ConsoleReporter()).say(f"{reason}; Keras predicts, which takes some seconds to load")
    # Imported here, as it takes longer than a prediction by ONNX Runtime.
    from classeur.workflows.classifiers import keras_classifier

    return keras_classifier(Run(run.path.absolute()))  # a program may move to another folder before it asks
