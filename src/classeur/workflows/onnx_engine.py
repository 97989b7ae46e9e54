"""The model.onnx of a run: whether it is the run's model, and the sessions that compute with it.

Without Pillow and pydantic, so that the model is opened while those are still imported: for one prediction, that takes
longer than all the rest.
"""

import json
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import category

from classeur.delivery.printable import CONTROLLING
from classeur.errors import BrokenRunError, ClasseurError
from classeur.evaluation.prediction import Limits
from classeur.models.checksum import model_checksum
from classeur.models.onnx_session import FACTS_KEY, FACTS_VERSION, LateSession, read_metadata
from classeur.options import OPTIONS
from classeur.run import Run
from classeur.workflows.limits import stated_limits, stated_number

if TYPE_CHECKING:
    from classeur.images.resizing import Fit

# As in a recipe: see images.preparation, which takes pydantic.
_MIN_SIDE, _MAX_SIDE = 8, 2048


class ModelFacts(NamedTuple):
    """What a model.onnx says of itself: with it alone, images can be classified."""

    class_names: tuple[str, ...]  # in the order of the probabilities
    image_size: tuple[int, int]  # height, width
    fit: "Fit"
    stretch: bool
    model: str  # the checksum of the model.keras that it is the same as
    tells_unlike: bool  # whether it tells how unlike its training images an image is
    limits: Limits  # from where on it gives no class
    known_up_to: float | None  # how unlike its training images 99 % of known images are


class OnnxEngine(NamedTuple):
    """A run's model.onnx, which is opened by its first call."""

    facts: ModelFacts
    alone: LateSession  # for one batch at a time, on which all processors work
    in_threads: LateSession  # for several, with a processor for each


def begin_opening(run: Path) -> None:
    """Begin to open the model that will classify one image, if the run has it; errors wait for whoever asks for it."""
    with suppress(ClasseurError):
        opened = Run.open(run)
        engine, _ = onnx_engine(opened, opened.read_json(opened.facts_path))
        if engine:
            engine.alone.begin()


def onnx_engine(run: Run, content: dict[str, Any]) -> tuple[OnnxEngine | None, str]:
    """Return a run's model.onnx, or None and why Keras has to compute in its place.

    Args:
        run: finished, or stopped.
        content: of its run.json.

    Raises:
        BrokenRunError: if model.onnx or model.keras is damaged, or was written by something else.
    """
    if not run.onnx_path.is_file():
        return None, f"{run.path} has no {run.onnx_path.name}"
    facts = read_model_facts(run.onnx_path)
    # A run that was moved without its model.keras predicts all the same; an older run does not record its model.
    expected = _checksum(run) if run.model_path.exists() else content.get("model")
    is_other = bool(expected) and facts.model != expected
    is_other = is_other or list(facts.class_names) != content.get("class_names")
    if is_other or not _prepares_as(facts, content):
        original = run.model_path.name if run.model_path.exists() else f"that of {run.facts_path.name}"
        return None, f"{run.onnx_path} is not the same model as {original}"
    stat = run.onnx_path.stat()
    version = (stat.st_mtime_ns, stat.st_size)
    sessions = _sessions(run.onnx_path.resolve(), version, facts.image_size, len(facts.class_names), facts.tells_unlike)
    return OnnxEngine(facts, *sessions), ""


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
            limits=stated_limits(said.get("decided", {})),
            known_up_to=stated_number(said.get("decided", {}), "known_up_to"),
        )
        is_sound = (
            _are_sound(facts.class_names)
            and all(type(side) is int and _MIN_SIDE <= side <= _MAX_SIDE for side in facts.image_size)
            and facts.fit in OPTIONS["fit"].choices
            and isinstance(facts.stretch, bool)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenRunError(f"{path} does not say how it is used: it was not made by classeur; remove it") from error
    if not is_sound:
        raise BrokenRunError(f"{path} says in an odd way how it is used: it was not made by classeur; remove it")
    return facts


def _are_sound(class_names: tuple[Any, ...]) -> bool:
    """Return whether these are class names as data give them: different, each on one line, none empty.

    Raises:
        ValueError: if one is neither Unicode nor the bytes of a file's name.
    """
    names = {name for name in class_names if isinstance(name, str) and name}
    text = "".join(names)
    text.encode("utf-8", "surrogateescape")
    return len(names) == len(class_names) and not any(category(letter) in CONTROLLING for letter in text)


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


# Two, so that a program can compare two runs. A changed file counts as another one.
@lru_cache(maxsize=2)
def _sessions(
    path: Path,
    version: tuple[int, int],  # noqa: ARG001
    image_size: tuple[int, int],
    num_classes: int,
    tells_unlike: bool,
) -> tuple[LateSession, LateSession]:
    opened = partial(LateSession, path, image_size=image_size, num_classes=num_classes, tells_unlike=tells_unlike)
    return opened(), opened(num_threads=1)
