"""`explain`: what in a picture spoke for the answer, and which training images it looks like."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from classeur.delivery.explanations import Panel, plot_panels
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import NoPictureError, RangeError, UnknownNameError
from classeur.evaluation.classifier import Classifier, Picture
from classeur.evaluation.maps import EvidenceMap, agreement, mapped, occluded
from classeur.evaluation.prediction import Prediction
from classeur.models.onnx_tail import MappedAnswers, MappedModel
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import cache_folder
from classeur.training.facts import RunFacts, finished_facts
from classeur.training.logits import softmax
from classeur.workflows.judged import rows_of
from classeur.workflows.loading import load
from classeur.workflows.places import claim_output
from classeur.workflows.prediction import expand
from classeur.workflows.training_images import Similar, TrainingImages

METHODS = ("map", "occlusion")

# Of a picture's name in that of its PNG: folders of every system take it, whatever its letters.
_MOST_BYTES = 120


@dataclass(frozen=True)
class Explanation:
    """What spoke for the answer to one picture, or why there is none; a notebook shows it."""

    prediction: Prediction
    chosen: str = ""  # the class that the evidence speaks for
    against: str = ""  # the class that it speaks against
    evidence: EvidenceMap | None = None
    agreement: float | None = None  # of the evidence with occlusion, rank correlation −1 … 1; None if not checked
    similar: tuple[Similar, ...] = ()
    pixels: np.ndarray | None = field(default=None, repr=False)  # uint8 (height, width, 3), as the model sees them
    picture: Path | None = None  # the PNG, if one was written

    def _repr_png_(self) -> bytes | None:
        if self.picture is not None:
            return self.picture.read_bytes()
        panels = _panels(self, None)
        if not panels:
            return None
        with TemporaryDirectory() as folder:
            plot_panels(panels, Path(folder, "shown.png"))
            return Path(folder, "shown.png").read_bytes()

    def values(self) -> dict[str, Any]:
        """Return it in JSON's types, without pixels."""
        return {
            "path": self.prediction.path,
            "status": self.prediction.status,
            "reason": self.prediction.reason,
            "predicted": self.prediction.predicted,
            "probability": self.prediction.probability,
            "for": self.chosen,
            "against": self.against,
            "method": self.evidence.method if self.evidence else None,
            "evidence": np.round(self.evidence.values, 6).tolist() if self.evidence else None,
            "agreement": self.agreement,
            "similar": [
                {"path": each.path, "label": each.label, "similarity": each.similarity} for each in self.similar
            ],
            "picture": None if self.picture is None else str(self.picture),
        }


@takes_options()
def explain(
    run: Run | Path | str,
    pictures: Picture | Iterable[Picture],
    *,
    out: Path | str | None = None,
    label: str | None = None,
    method: str = "map",
    check: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Iterator[Explanation]:
    """Yield what in each picture spoke for the answer, and the training images that it looks like.

    A map is exact where the network ends in a mean and a dense layer, as every transfer does; for the tutorial's
    network it is by its gradient. Where the last layers are not known, parts of the picture are hidden in turn
    instead, which is said.

    Args:
        run: a finished run.
        pictures: one, or many, as for `predict`.
        out: a folder for a PNG of each, new, empty or of an earlier explanation, of which none is replaced; none are
            written if None.
        label: the class that the map is to speak for; the predicted one if None.
        method: map, or occlusion, which needs nothing of the network and takes a second or two for each picture.
        check: compare each map with occlusion.
        cache: where features and pixels of the training images are kept; the system's cache folder if None.
        reporter: where it is said what cannot be shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    run, reporter = Run.open(run), reporter or ConsoleReporter()
    facts = finished_facts(run)
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    if label is not None and label not in facts.class_names:
        raise UnknownNameError("class", label, facts.class_names)
    if check and method == "occlusion":
        raise RangeError("--check compares a map with occlusion; leave out --method occlusion")
    wanted = list(expand(pictures))
    if not wanted:
        raise NoPictureError("no image to explain; give files, folders or patterns")
    explainer = _Explainer(run, facts, method, label=label, check=check, cache=cache_folder(cache), reporter=reporter)
    folder = None if out is None else Path(out)
    if folder is not None:
        claim_output(folder)
    return _all(explainer, wanted, folder, reporter)


def _all(
    explainer: "_Explainer", pictures: Sequence[Picture], folder: Path | None, reporter: Reporter
) -> Iterator[Explanation]:
    before = 0 if folder is None else _last_number(folder)
    with reporter.progress("explaining") as progress:
        for number, picture in enumerate(pictures, 1):
            yield explainer.explained(picture, folder, before + number)
            progress(number, len(pictures))


def _last_number(folder: Path) -> int:
    """Return the highest number of a picture in a folder of explanations; 0 if there is none."""
    numbers = [each.name.split("-", 1)[0] for each in folder.glob("*-*.png")]
    return max((int(each) for each in numbers if each.isascii() and each.isdigit()), default=0)


def _short(stem: str) -> str:
    """Return a name that every file system takes."""
    return stem.encode("utf-8", "surrogateescape")[:_MOST_BYTES].decode("utf-8", "ignore").strip() or "picture"


class _Explainer:
    """A run's model, opened once for many pictures, and the training images that these are compared with."""

    def __init__(
        self,
        run: Run,
        facts: RunFacts,
        method: str,
        *,
        label: str | None,
        check: bool,
        cache: Path,
        reporter: Reporter,
    ) -> None:
        self._classifier: Classifier = load(run, reporter=reporter)
        self._model: MappedModel | None = None
        self._names, self._check = facts.class_names, check
        self._chosen = None if label is None else facts.class_names.index(label)
        if self._classifier.provenance["engine"] == "onnxruntime":
            self._model = MappedModel(run.onnx_path)
        self._maps = method == "map" and self._model is not None and self._model.tail is not None
        if method == "map" and not self._maps:
            why = self._model.unmapped if self._model else f"{run.path} has no {run.onnx_path.name}"
            reporter.say(f"{why}; parts of each picture are hidden in turn instead")
        self._training = TrainingImages(rows_of(run, "train"), facts, self._model, cache, reporter=reporter)
        if self._model is not None and not self._training.are_known:
            reporter.say(
                f"the training images of {run.path} are no longer kept here, so it is not shown which ones a picture"
                " looks like; train again on the same data to keep them"
            )

    def explained(self, picture: Picture, folder: Path | None, number: int) -> Explanation:
        """Return the explanation of one picture, and write its PNG into a folder if there is one."""
        name, pixels = self._classifier.prepare(picture)
        if isinstance(pixels, str):
            return Explanation(Prediction(path=name, status="unusable", reason=pixels))
        answers = self._answers(pixels[None])
        logits = answers.logits.astype(np.float64)
        prediction = Prediction.of(name, softmax(logits)[0], self._names)
        if prediction.status != "ok":
            return Explanation(prediction)
        hidden = None
        if self._check or not self._maps:
            hidden = occluded(lambda batch: self._answers(batch).logits, pixels, chosen=self._chosen)
        if self._maps and self._model is not None and self._model.tail is not None and answers.maps is not None:
            [evidence] = mapped(self._model.tail, answers.maps, answers.logits, chosen=[self._chosen])
        elif hidden is not None:
            evidence = hidden
        found = Explanation(
            prediction,
            chosen=self._names[evidence.chosen],
            against=self._names[evidence.against],
            evidence=evidence,
            agreement=agreement(evidence.values, hidden.values) if self._check and hidden else None,
            similar=() if answers.features is None else self._training.most_like(answers.features)[0],
            pixels=pixels,
        )
        if folder is None:
            return found
        path = folder / f"{number:03d}-{_short(Path(name).stem)}.png"
        plot_panels(_panels(found, hidden if self._check else None), path)
        return Explanation(**{**found.__dict__, "picture": path})

    def _answers(self, pixels: np.ndarray) -> MappedAnswers:
        if self._model is not None:
            return self._model(pixels)
        return MappedAnswers(self._classifier.logits_of(pixels), None, None)


def _panels(explanation: Explanation, hidden: EvidenceMap | None) -> list[Panel]:
    """Return what is drawn of an explanation, from left to right."""
    prediction, pixels, evidence = explanation.prediction, explanation.pixels, explanation.evidence
    if pixels is None or evidence is None or prediction.probability is None:
        return []
    words = f"for {explanation.chosen}, not {explanation.against}"
    panels = [
        Panel(pixels, f"{prediction.predicted} ({prediction.probability:.1%})\n{Path(prediction.path).name}"),
        Panel(pixels, f"what speaks\n{words}", evidence),
    ]
    if hidden is not None:
        panels.append(Panel(pixels, f"hidden in turn\n(agrees: {explanation.agreement:+.2f})", hidden))
    for each in explanation.similar:
        if each.pixels is not None:
            is_same = np.array_equal(each.pixels, pixels)
            like = (
                f"is a training image: {each.label}" if is_same else f"looks like: {each.label} ({each.similarity:.2f})"
            )
            panels.append(Panel(each.pixels, f"{like}\n{Path(each.path).name}"))
    return panels
