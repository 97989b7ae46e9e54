"""What a report shows of photographs: which ones, their maps, what they look like, and places that tell a class."""

import base64
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.delivery.explanations import overlaid
from classeur.delivery.progress import Reporter
from classeur.delivery.report import Alike, Cell, Extremes, Mistake, Photograph, Shortcut
from classeur.errors import ClasseurError
from classeur.evaluation.maps import EvidenceMap, mapped
from classeur.evaluation.scoring import Confusion, Score
from classeur.evaluation.shortcuts import SharedPlace, shared_places
from classeur.evaluation.shown import (
    Answers,
    least_sure,
    most_typical,
    of_cell,
    sample_of_called,
    surest_mistakes,
)
from classeur.images.pixels import Pixels
from classeur.models.onnx_tail import MappedModel
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.workflows.onnx_engine import onnx_engine
from classeur.workflows.training_images import TrainingImages

# Side of a thumbnail in pixels, and the quality of its JPEG: about 6 KB each, so that 700 stay below 10 MB.
_SIDE, _QUALITY = 160, 80

# Of a page with one run; with several, each has its share.
_NUM_MISTAKES = 24
_IN_CELLS = 240
_MOST_IN_CELL = 12
_IN_CLASSES = 120
_MOST_IN_CLASS = 6
# Classes of which extremes and cells are shown; those with the most errors first.
_MOST_CLASSES = 20
_IN_SHORTCUT = 3

# Pictures called one class that are searched for a place that tells it, and all of them at most: 10 ms each.
_SEARCHED_OF_CLASS, _MOST_SEARCHED = 32, 64
_FEWEST_SEARCHED_OF_CLASS = 10
_BATCH_SIZE = 16

Row = dict[str, str]  # of split.csv


class Judged(NamedTuple):
    """The images of a split, in one order, and what the model said of them."""

    rows: Sequence[Row]
    answers: Answers
    logits: np.ndarray  # float (n, classes)
    class_names: Sequence[str]

    def photograph(self, number: int) -> Photograph:
        """Return what is said of one image."""
        row, answers = self.rows[number], self.answers
        return Photograph(
            path=row["path"],
            hash=row["hash"],
            label=row["label"],
            predicted=self.class_names[answers.predicted[number]],
            probability=float(answers.probability[number]),
        )

    def among(self, hashes: Collection[str]) -> "Judged":
        """Return the images with these contents."""
        numbers = [number for number, row in enumerate(self.rows) if row["hash"] in hashes]
        answers = Answers(*(column[numbers] for column in self.answers))
        return Judged([self.rows[number] for number in numbers], answers, self.logits[numbers], self.class_names)

    @classmethod
    def joined(cls, parts: Sequence["Judged"]) -> "Judged":
        """Return the images of several parts, of the same classes, as one."""
        columns = zip(*(each.answers for each in parts), strict=True)
        return cls(
            [row for each in parts for row in each.rows],
            Answers(*map(np.concatenate, columns)),
            np.concatenate([each.logits for each in parts]),
            parts[0].class_names,
        )

    def photographs(self, numbers: Sequence[int]) -> tuple[Photograph, ...]:
        """Return what is said of several images."""
        return tuple(map(self.photograph, numbers))


class Gallery(NamedTuple):
    """The photographs of one run's report, and what is said of them."""

    cells: tuple[Cell, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    extremes: tuple[Extremes, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    num_searched: int = 0
    maps: Mapping[tuple[str, str], str] = {}  # as `Pictures` has them
    places: Mapping[str, str] = {}
    remarks: tuple[str, ...] = ()


def chosen(judged: Judged, score: Score, *, parts: int) -> Gallery:
    """Return which photographs are shown; of several runs each has its part.

    Args:
        judged: images.
        score: of these.
        parts: runs of the page.
    """
    answers, names = judged.answers, judged.class_names
    numbers = _shown_classes(score)
    cells = [
        Confusion(names[true], names[predicted], count)
        for true in numbers
        for predicted in numbers
        if (count := score.confusion[true][predicted])
    ]
    # Where there are more cells than photographs: those of mistakes, the largest first.
    pictured = sorted(cells, key=lambda each: (each.true == each.predicted, -each.num_images))
    pictured = pictured[: max(1, _IN_CELLS // parts)]
    in_cell = max(1, min(_MOST_IN_CELL, _IN_CELLS // parts // max(len(cells), 1)))
    in_class = max(1, min(_MOST_IN_CLASS, _IN_CLASSES // parts // max(2 * len(numbers), 1)))
    with_extremes = _shown_classes(score, max(2, _MOST_CLASSES // parts))
    places = {name: number for number, name in enumerate(names)}
    return Gallery(
        cells=tuple(
            Cell(
                true=each.true,
                predicted=each.predicted,
                num_images=each.num_images,
                shown=judged.photographs(of_cell(answers, places[each.true], places[each.predicted], in_cell))
                if each in pictured
                else (),
            )
            for each in cells
        ),
        mistakes=tuple(
            Mistake(photograph=judged.photograph(number))
            for number in surest_mistakes(answers, max(1, _NUM_MISTAKES // parts))
        ),
        extremes=tuple(
            Extremes(
                class_name=names[number],
                typical=judged.photographs(most_typical(answers, number, in_class)),
                unsure=judged.photographs(least_sure(answers, number, in_class)),
            )
            for number in with_extremes
            if score.per_class[names[number]].num_images
        ),
    )


def _shown_classes(score: Score, count: int = _MOST_CLASSES) -> list[int]:
    """Return the classes that are confused most often, pair by pair, so many at most, in their order.

    Whole pairs: a class with many errors that are spread over all others would have a row of zeros.
    """
    names = list(score.per_class)
    if len(names) <= count:
        return list(range(len(names)))
    chosen: dict[str, None] = {}
    pairs = [(each.true, each.predicted) for each in score.confusions()]
    for some in (*pairs, *((name,) for name in names)):
        if len(chosen | dict.fromkeys(some)) <= count:
            chosen |= dict.fromkeys(some)
    return sorted(map(names.index, chosen))


class Looked(NamedTuple):
    """What is needed to look at pictures again."""

    run: Run
    facts: RunFacts
    cache: Path
    reporter: Reporter
    is_quick: bool  # whether what takes more than a second is left out


def own_model(run: Run) -> MappedModel | None:
    """Return a run's model.onnx, where it is the model that the run has; None if it is of another, or damaged."""
    with suppress(ClasseurError):
        engine, _ = onnx_engine(run, run.read_json(run.facts_path))
        return MappedModel(run.onnx_path) if engine else None
    return None


def explained(looked: Looked, gallery: Gallery, judged: Judged, pixels: Pixels, training: Sequence[Row]) -> Gallery:
    """Return the gallery with maps of mistakes, the training images that these look like, and places that tell a class.

    Args:
        looked: at what.
        gallery: of chosen photographs.
        judged: the images whose photographs are here; others have neither.
        pixels: of these.
        training: rows of the training images.
    """
    model = own_model(looked.run)
    if model is not None and not looked.facts.one_class:
        gallery = _with_places(model, gallery, judged, pixels)
    return with_maps(model, looked, gallery, judged, pixels, training)


def with_maps(
    model: MappedModel | None,
    looked: Looked,
    gallery: Gallery,
    judged: Judged,
    pixels: Pixels,
    training: Sequence[Row],
) -> Gallery:
    """Return the gallery with maps of the mistakes that a model made, and the training images that these look like.

    Args:
        model: that judged; None if it is not here.
        looked, gallery, judged, pixels, training: as `explained` takes them.
    """
    if model is None:
        return _remarked(gallery, "no-model")
    places = {(row["path"], row["hash"]): number for number, row in enumerate(judged.rows)}
    found = {
        at: places[each.photograph.path, each.photograph.hash]
        for at, each in enumerate(gallery.mistakes)
        if (each.photograph.path, each.photograph.hash) in places
    }
    if not found:
        return gallery
    if model.tail is None:
        gallery = _remarked(gallery, "no-maps")
    numbers = list(found.values())
    shown, true = pixels.gather(numbers), judged.answers.labels[numbers]
    searched = TrainingImages(
        training, looked.facts, model, looked.cache, reporter=looked.reporter, computes=not looked.is_quick
    )
    maps, features = [], []
    for start in range(0, len(shown), _BATCH_SIZE):
        answers = model(shown[start : start + _BATCH_SIZE])
        if answers.features is not None:
            features.append(answers.features)
        if model.tail is not None and answers.maps is not None:
            against = true[start : start + _BATCH_SIZE]
            chosen = judged.answers.predicted[numbers[start : start + _BATCH_SIZE]]
            maps += mapped(model.tail, answers.maps, answers.logits, chosen=chosen.tolist(), against=against.tolist())
    alike = searched.most_like(np.concatenate(features)) if features else [()] * len(numbers)
    if not searched.are_known:
        gallery = _remarked(gallery, "no-neighbours")
    mistakes, drawn = list(gallery.mistakes), dict(gallery.maps)
    for place, at in enumerate(found):
        photograph = mistakes[at].photograph
        if maps:
            drawn[photograph.hash, photograph.label] = thumbnail(overlaid(shown[place], maps[place]))
        similar = tuple(
            Alike(path=each.path, hash=each.hash, label=each.label, similarity=each.similarity) for each in alike[place]
        )
        mistakes[at] = mistakes[at].model_copy(update={"mapped": bool(maps), "alike": similar})
    return gallery._replace(mistakes=tuple(mistakes), maps=drawn)


def _remarked(gallery: Gallery, code: str) -> Gallery:
    """Return the gallery with one more thing that could not be shown; once, of however many folds."""
    return gallery if code in gallery.remarks else gallery._replace(remarks=(*gallery.remarks, code))


def _with_places(model: MappedModel, gallery: Gallery, judged: Judged, pixels: Pixels) -> Gallery:
    """Return the gallery with the places by which classes are told, looked for in a sample of the pictures."""
    of_class = min(_SEARCHED_OF_CLASS, _MOST_SEARCHED // max(1, len(np.unique(judged.answers.predicted))))
    if model.tail is None or of_class < _FEWEST_SEARCHED_OF_CLASS:
        return gallery
    tail = model.tail
    numbers = sample_of_called(judged.answers, of_class)
    searched = pixels.gather(numbers)
    evidence: list[EvidenceMap] = []
    for start in range(0, len(searched), _BATCH_SIZE):
        answers = model(searched[start : start + _BATCH_SIZE])
        if answers.maps is None:
            return gallery
        evidence += mapped(tail, answers.maps, answers.logits)
    places = shared_places(lambda batch: model(batch).logits, searched, evidence)
    drawn: dict[str, str] = {}
    shortcuts = []
    for place in places:
        own = [at for at, each in enumerate(evidence) if each.chosen == place.label][:_IN_SHORTCUT]
        photographs = judged.photographs([numbers[at] for at in own])
        drawn.update(
            (each.hash, thumbnail(overlaid(searched[at], evidence[at])))
            for each, at in zip(photographs, own, strict=True)
        )
        shortcuts.append(_shortcut(place, judged.class_names[place.label], photographs))
    return gallery._replace(shortcuts=tuple(shortcuts), num_searched=len(numbers), places=drawn)


def _shortcut(place: SharedPlace, name: str, shown: tuple[Photograph, ...]) -> Shortcut:
    edges = {edge: getattr(place, edge) for edge in ("top", "left", "bottom", "right")}
    return Shortcut(class_name=name, num_lost=place.num_lost, num_images=place.num_images, shown=shown, **edges)


def thumbnails(hashes: Sequence[str], pixels: Pixels) -> dict[str, str]:
    """Return images as data URIs of small JPEGs, by hash.

    Args:
        hashes: of the images.
        pixels: of these, in the same order.
    """
    return {hash_: thumbnail(pixels[number]) for number, hash_ in enumerate(hashes)}


def thumbnail(pixels: np.ndarray) -> str:
    """Return an image, uint8 (height, width, 3), as a data URI of a small JPEG."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(pixels[..., ::-1]), size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}"
