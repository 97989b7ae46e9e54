"""`load`: a run's classifier, by ONNX Runtime where the run has model.onnx, else by Keras.

Nothing heavy is imported before it is needed: for one prediction, importing takes longer than all the rest.
"""

import json
import math
import shlex
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple, get_args
from unicodedata import category

from classeur.delivery.printable import CONTROLLING
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import BrokenRunError
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.prediction import Limits
from classeur.images.resizing import Fit
from classeur.models.checksum import model_checksum
from classeur.models.onnx_session import FACTS_KEY, FACTS_VERSION, LateSession, read_metadata
from classeur.options import takes_options
from classeur.run import Run
from classeur.workflows.limits import asked_limits

# As in a recipe: see images.preparation, which takes pydantic.
_MIN_SIDE, _MAX_SIDE = 8, 2048


class ModelFacts(NamedTuple):
    """What a model.onnx says of itself: with it alone, images can be classified."""

    class_names: tuple[str, ...]  # in the order of the probabilities
    image_size: tuple[int, int]  # height, width
    fit: Fit
    stretch: bool
    model: str  # the checksum of the model.keras that it is the same as
    tells_unlike: bool  # whether it tells how unlike its training images an image is
    limits: Limits  # from where on it gives no class


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

    >>> classifier = load("runs/first")  # doctest: +SKIP
    >>> classifier("cat.jpg").predicted  # doctest: +SKIP
    'cats'
    """
    run = Run.open(run)
    content = run.read_json(run.facts_path)
    if content.get("status") in ("stopped", "finished"):
        facts, reason = _usable_facts(run, content)
        if facts:
            limits = asked_limits(run, content, facts.limits, max_error=max_error, none_of_these=none_of_these)
            return _onnx_classifier(run, facts, content, limits)
        (reporter or ConsoleReporter()).say(f"{reason}; Keras predicts, which takes some seconds to load")
    # Imported here, as it takes longer than a prediction by ONNX Runtime.
    from classeur.workflows.classifiers import keras_classifier

    stored = _limits(content.get("decided", {}))
    limits = asked_limits(run, content, stored, max_error=max_error, none_of_these=none_of_these)
    if limits.unlike_above is not None:
        (reporter or ConsoleReporter()).warn(
            f"{run.path} answers none of these by its model.onnx alone; write it with: classeur export"
            f" {shlex.quote(str(run.path))}"
        )
    return keras_classifier(Run(run.path.absolute()), limits)  # a program may move to another folder before it asks


def _usable_facts(run: Run, content: dict[str, Any]) -> tuple[ModelFacts | None, str]:
    """Return what the run's model.onnx says of itself, or None and why Keras has to predict."""
    if not run.onnx_path.is_file():
        return None, f"{run.path} has no {run.onnx_path.name}"
    facts = read_model_facts(run.onnx_path)
    # A run that was moved without its model.keras predicts all the same; an older run does not record its model.
    expected = _checksum(run) if run.model_path.exists() else content.get("model")
    is_other = bool(expected) and facts.model != expected
    is_other = is_other or list(facts.class_names) != content.get("class_names")
    if is_other or not _prepares_as(facts, content):
        return None, f"{run.onnx_path} is not the same model as {run.model_path.name}"
    return facts, ""


def _prepares_as(facts: ModelFacts, content: dict[str, Any]) -> bool:
    """Return whether images become pixels as the recipe in run.json says, where it does; pydantic takes too long."""
    recipe = content.get("recipe")
    said = recipe.get("preparation", recipe) if isinstance(recipe, dict) else {}  # the first version had no parts
    made = {"image_size": list(facts.image_size), "fit": facts.fit, "stretch": facts.stretch}
    return isinstance(said, dict) and all(said.get(name, value) == value for name, value in made.items())


def _checksum(run: Run) -> str:
    try:
        return model_checksum(run.model_path)
    except BrokenRunError:
        from classeur.workflows.classifiers import advising_how_to_remake

        with advising_how_to_remake(run):
            raise


def _onnx_classifier(run: Run, facts: ModelFacts, content: dict[str, Any], limits: Limits) -> Classifier:
    stat = run.onnx_path.stat()
    alone, in_threads = _sessions(
        run.onnx_path.resolve(),
        (stat.st_mtime_ns, stat.st_size),
        facts.image_size,
        len(facts.class_names),
        facts.tells_unlike,
    )
    return Classifier(
        alone,
        engine_in_threads=in_threads,
        class_names=facts.class_names,
        preparation=facts,
        limits=limits,
        provenance={
            "run": run.path.name,
            "data_fingerprint": content.get("data_fingerprint", ""),
            "versions": content.get("versions", {}),
            "engine": "onnxruntime",
        },
    )


# Two, so that a program can compare two runs. A changed file counts as another one.
@lru_cache(maxsize=2)
def _sessions(
    path: Path,
    version: tuple[int, int],  # noqa: ARG001
    image_size: tuple[int, int],
    num_classes: int,
    tells_unlike: bool,
) -> tuple[LateSession, LateSession]:
    """Return a model for single images, on which all processors work, and one for many, with an image for each."""
    opened = partial(LateSession, path, image_size=image_size, num_classes=num_classes, tells_unlike=tells_unlike)
    return opened(), opened(num_threads=1)


def read_model_facts(path: Path) -> ModelFacts:
    """Return what a model.onnx says of itself.

    Raises:
        BrokenRunError: if it is damaged, or was not made by classeur.
    """
    text = read_metadata(path).get(FACTS_KEY)
    try:
        said = json.loads(text or "")
        if said.get("version", 1) > FACTS_VERSION:
            raise BrokenRunError(f"{path} was written by a newer classeur; update this one")
        height, width = said["image_size"]
        facts = ModelFacts(
            class_names=tuple(said["class_names"]),
            image_size=(height, width),
            fit=said["fit"],
            stretch=said["stretch"],
            model=said.get("model", ""),
            tells_unlike=said.get("tells_unlike", False) is True,
            limits=_limits(said.get("decided", {})),
        )
        is_sound = (
            _are_sound(facts.class_names)
            and all(type(side) is int and _MIN_SIDE <= side <= _MAX_SIDE for side in facts.image_size)
            and facts.fit in get_args(Fit)
            and isinstance(facts.stretch, bool)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenRunError(f"{path} does not say how it is used: it was not made by classeur; remove it") from error
    if not is_sound:
        raise BrokenRunError(f"{path} says in an odd way how it is used: it was not made by classeur; remove it")
    return facts


def _limits(said: dict[str, Any]) -> Limits:
    """Return the limits that a file states.

    Raises:
        ValueError: if one is no number.
    """
    limits = Limits(*(said.get(name) for name in Limits._fields))
    if any(each is not None and (type(each) not in (int, float) or not math.isfinite(each)) for each in limits):
        raise ValueError("limits that are no numbers")
    return limits


def _are_sound(class_names: tuple[Any, ...]) -> bool:
    """Return whether these are class names as data give them: different, each on one line, none empty.

    Raises:
        ValueError: if one is neither Unicode nor the bytes of a file's name.
    """
    names = {name for name in class_names if isinstance(name, str) and name}
    text = "".join(names)
    text.encode("utf-8", "surrogateescape")
    return len(names) == len(class_names) and not any(category(letter) in CONTROLLING for letter in text)
