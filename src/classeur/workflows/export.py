"""`export`: a run's model as an ONNX file, which is compared with the original before it is kept."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import ClasseurError, RunError, StorageError, UnknownNameError, UsageError
from classeur.evaluation.decision import read_unlike
from classeur.evaluation.outliers import CompactUnlikeness
from classeur.images.pixels import Pixels
from classeur.images.resizing import resize
from classeur.models.checksum import model_checksum
from classeur.models.lite_onnx import build_head_onnx, build_lite_onnx
from classeur.models.onnx_agreement import (
    TOLERANCES,
    Agreement,
    compare_answers,
    engine_of,
    interface_faults,
    take_spread,
)
from classeur.models.onnx_file import (
    OnnxFacts,
    Precision,
    Verified,
    weights_licence,
    with_float16_weights,
    write_onnx_file,
)
from classeur.models.onnx_interface import NoLogitsError, with_own_interface
from classeur.models.onnx_network import Network, build_network_onnx
from classeur.models.onnx_safety import MAX_ONNX_BYTES, check_foreign_onnx, check_onnx
from classeur.models.onnx_session import open_session
from classeur.options import takes_options
from classeur.run import Run
from classeur.training.facts import RunFacts, finished_facts
from classeur.untrusted import LimitError, opened
from classeur.workflows.card import renew_card
from classeur.workflows.classifiers import keras_answers, model_of
from classeur.workflows.judged import split_pixels

if TYPE_CHECKING:
    import keras
    import onnx

FORMATS = ("onnx",)

# Images that a file is compared on: of any network, and of one whose backbone was compared once for all
# (tests/models/test_lite_agreement.py) and whose head is compared on all kept features.
NUM_COMPARED, _NUM_END_TO_END = 200, 16

# By which part of itself a score of what is unlike the training images may differ: a difference of large numbers.
_UNLIKE_TOLERANCES: dict[Precision, float] = {"float32": 1e-3, "float16": 5e-2}

# Runs a model: uint8 (n, height, width, 3) → probabilities, float (n, classes).
Engine = Callable[[np.ndarray], np.ndarray]


class Exported(BaseModel):
    """A file that says what the run's model says."""

    model_config = ConfigDict(frozen=True)

    file: str
    num_bytes: int
    num_images: int  # compared
    max_difference: float  # of a probability
    tolerance: float
    drawn: bool = False  # whether these were drawn, because the run's own are not here


class UnlikeError(RunError):
    """A file that does not say what the run's model says."""


@takes_options()
def export(
    run: Run | Path | str,
    *,
    format: str = "onnx",  # noqa: A002  (the command line's own word)
    float16: bool = False,
    check: Path | str | None = None,
    from_file: Path | str | None = None,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Exported:
    """Write a run's model.onnx with usage/ and card.md, or check or take a file that was made elsewhere.

    The file is compared with `model.keras` on 200 of the run's images. One that differs is not kept.

    Args:
        run: a finished run.
        format: onnx.
        float16: keep the weights in half precision, in model.float16.onnx, half as large: it is computed in float32,
            and probabilities may differ by up to 0.02. Not with `check`, which writes nothing.
        check: a file made elsewhere, which is compared in the same way and not changed; nothing is written.
        from_file: a file made elsewhere, which becomes the run's model.onnx, or by `float16` its model.float16.onnx, if
            it is compared and is one that `predict` loads: its input and outputs get the names of classeur's own.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done, or what differs and by how much.
    """
    if format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    if check is not None and from_file is not None:
        raise UsageError(f"{check} is only checked, and {from_file} is taken; give one of them")
    if check is not None and float16:
        raise UsageError(f"{check} is only checked, and --float16 is how a file is written; give one of them")
    run, reporter = Run.open(run), reporter or ConsoleReporter()
    facts = finished_facts(run)
    precision: Precision = "float16" if float16 else "float32"
    given = from_file if check is None else check
    file = None if given is None else _read(Path(given))
    model = model_of(run)
    pixels, drawn = _images(run, facts, cache, reporter)
    expected = keras_answers(model)(pixels)

    def compare(engine: Engine, precision: Precision = precision) -> Agreement:
        return _compared(engine(pixels), expected, precision)

    unlikeness = _unlikeness(run)
    if file is not None:
        # As it is, it has to say what the model says; only what is rounded here may differ by more.
        as_given = partial(compare, precision="float32")
        agreement = _checked(file, str(given), _onnx_facts(run, facts, "float32"), as_given)
        if check is not None:
            return _exported(Path(check), len(file), agreement, drawn=drawn)
        built, unlikeness = _taken(file, str(given), facts), None
    else:
        built = build_network_onnx(model, facts.recipe.preparation.image_size, unlike=unlikeness)
    if float16:
        built = with_float16_weights(built)
    path = run.onnx_float16_path if float16 else run.onnx_path
    num_bytes, agreement = _keep(path, built, _onnx_facts(run, facts, precision), compare, unlikeness)
    renew_card(run, facts)
    return _exported(path, num_bytes, agreement, drawn=drawn)


def write_onnx(
    run: Run,
    facts: RunFacts,
    model: "keras.Model",
    pixels: Pixels,
    *,
    expected: np.ndarray | None = None,
    reporter: Reporter,
) -> None:
    """Write model.onnx, usage/ and card.md at the end of a training; where that cannot be, warn and go on without.

    Args:
        run: with its model.keras and evaluation.json.
        facts: of the run.
        model: as it was saved.
        pixels: of images to compare it on, at least one, of which 200 are taken.
        expected: the probabilities of all these images, if they are known: the network is not run again for them.
        reporter: where it is said.
    """
    rows = take_spread(len(pixels), NUM_COMPARED)
    compared = pixels.gather(rows)

    def compare(engine: Engine) -> Agreement:
        original = keras_answers(model)(compared) if expected is None else expected[rows]
        return _compared(engine(compared), original, "float32")

    def build() -> "onnx.ModelProto":
        return build_network_onnx(model, facts.recipe.preparation.image_size, unlike=_unlikeness(run))

    _write(run, facts, build, compare, reporter)


def write_lite_onnx(
    run: Run,
    facts: RunFacts,
    head: Network,
    *,
    features: np.ndarray,
    probabilities: np.ndarray,
    pixels: Pixels,
    reporter: Reporter,
) -> None:
    """Write model.onnx, usage/ and card.md of a transfer: the embedded backbone and a head, without Keras.

    The head is compared on all the features given, the whole on 16 images. Where that cannot be, warn and go on
    without.

    Args:
        run: with its model.keras and evaluation.json.
        facts: of the run; its recipe names the backbone.
        head: `dense_head(*head.fold())`, or `outlier_head(...)`.
        features: float32 (n, features), n at least 1.
        probabilities: of these features, by what was judged, float (n, classes).
        pixels: of the same images.
        reporter: where it is said.
    """
    recipe = facts.recipe

    def build() -> "onnx.ModelProto":
        on_features = open_session(build_head_onnx(head, features.shape[1]).SerializeToString())
        answers = on_features.run(["probabilities"], {"features": features.astype(np.float32, copy=False)})[0]
        _check(_compared(answers, probabilities, "float32"), "the head")
        return build_lite_onnx(
            recipe.network.model, image_size=recipe.preparation.image_size, head=head, unlike=_unlikeness(run)
        )

    def compare(engine: Engine) -> Agreement:
        rows = take_spread(len(pixels), _NUM_END_TO_END)
        return _compared(engine(pixels.gather(rows)), probabilities[rows], "float32")

    _write(run, facts, build, compare, reporter)


def remove_exported(run: Run) -> None:
    """Remove what belongs to the model before: it must not answer beside a new model.keras."""
    for path in (run.onnx_path, run.onnx_float16_path, run.card_path):
        path.unlink(missing_ok=True)
    shutil.rmtree(run.usage_path, ignore_errors=True)


def _write(
    run: Run,
    facts: RunFacts,
    build: Callable[[], "onnx.ModelProto"],
    compare: Callable[[Engine], Agreement],
    reporter: Reporter,
) -> None:
    """Write what stands beside a new model; a training that is done is not lost for it."""
    remove_exported(run)
    try:
        _keep(run.onnx_path, build(), _onnx_facts(run, facts, "float32"), compare, _unlikeness(run))
    except StorageError as error:
        reporter.warn(f"model.onnx is not written: {error}")
    except ClasseurError as error:
        reporter.warn(f"the run stays without model.onnx: {error}")
    try:
        renew_card(run, facts)
    except StorageError as error:
        reporter.warn(f"card.md is not written: {error}")


def _keep(
    path: Path,
    model: "onnx.ModelProto",
    facts: OnnxFacts,
    compare: Callable[[Engine], Agreement],
    unlikeness: CompactUnlikeness | None,
) -> tuple[int, Agreement]:
    """Write a model if it says what the original says.

    Raises:
        UnlikeError: if not; an older file in its place is gone then.
    """
    content = model.SerializeToString()
    try:
        agreement = _checked(content, path.name, None, compare)
        if unlikeness is not None:
            _check_unlike(content, path.name, unlikeness, facts)
    except ClasseurError:
        path.unlink(missing_ok=True)
        raise
    verified = Verified(
        num_images=agreement.num_images, max_difference=agreement.max_difference, tolerance=agreement.tolerance
    )
    tells_unlike = any(output.name == "unlike" for output in model.graph.output)
    facts = facts.model_copy(update={"verified": verified, "tells_unlike": tells_unlike})
    return write_onnx_file(path, model, facts), agreement


def _checked(
    content: bytes, name: str, expected: OnnxFacts | None, compare: Callable[[Engine], Agreement]
) -> Agreement:
    """Return how far the model of a file agrees with the original.

    Args:
        content: the whole file.
        name: of the file.
        expected: what its input, output and metadata must be; None if they were made from that.
        compare: with the original.

    Raises:
        UnlikeError: if it does not agree.
        BrokenRunError: if it is no ONNX model.
    """
    session = open_session(content, name=name)
    faults = [] if expected is None else interface_faults(session, expected)
    if faults:
        raise UnlikeError(f"{name} is not what the run's model is: {'; '.join(faults)}")
    try:
        agreement = compare(engine_of(session))
    except ClasseurError:
        raise
    except Exception as error:  # ONNX Runtime's own, for a network that cannot compute what it says
        reason = " ".join(str(error).split())[:160]
        raise UnlikeError(f"{name} cannot be run on these images ({reason})") from error
    _check(agreement, name)
    return agreement


def _check(agreement: Agreement, name: str) -> None:
    if not agreement.holds:
        raise UnlikeError(f"{name} does not say what the run's model says: {agreement.fault()}")


def _check_unlike(content: bytes, name: str, unlikeness: CompactUnlikeness, facts: OnnxFacts) -> None:
    """Check that a file tells what is unlike the training images as the score does, on the features that it gives.

    Raises:
        UnlikeError: if not.
    """
    pixels = _drawn(facts.image_size, _NUM_END_TO_END)
    session = open_session(content, name=name)
    parts = [session.run(["features", "unlike"], {"pixels": part}) for part in np.split(pixels, [1, 4])]
    features, unlike = (np.concatenate(each) for each in zip(*parts, strict=True))
    difference = float(np.abs(unlike / unlikeness.score(features) - 1).max())
    if not difference <= _UNLIKE_TOLERANCES[facts.precision]:
        raise UnlikeError(f"{name} tells what is unlike the training images otherwise, by up to {difference:.2g}")


def _compared(answers: np.ndarray, original: np.ndarray, precision: Precision) -> Agreement:
    if answers.shape != original.shape:
        raise UnlikeError(
            f"its probabilities of {len(original):,} images are an array {answers.shape}; expected {original.shape}"
        )
    return compare_answers(original, answers, tolerance=TOLERANCES[precision])


def _taken(content: bytes, name: str, facts: RunFacts) -> "onnx.ModelProto":
    """Return a checked file as a run's own: with the interface of one, and such that `predict` loads it.

    Raises:
        RunError: if it would not.
    """
    try:
        made = with_own_interface(
            content, image_size=facts.recipe.preparation.image_size, num_classes=len(facts.class_names)
        )
        check_onnx(made.SerializeToString())
    except (LimitError, NoLogitsError) as error:
        raise RunError(
            f"{name} says what the run's model says, but is not taken, since it has {error}, and predict loads no such"
            " file from a run; use it by ONNX Runtime, where it lies"
        ) from error
    return made


def _onnx_facts(run: Run, facts: RunFacts, precision: Precision) -> OnnxFacts:
    preparation = facts.recipe.preparation
    return OnnxFacts(
        class_names=facts.class_names,
        image_size=preparation.image_size,
        fit=preparation.fit,
        stretch=preparation.stretch,
        provenance={
            "run": run.path.resolve().name,
            "data_fingerprint": facts.data_fingerprint,
            "versions": facts.versions,
        },
        licence=weights_licence(facts.recipe.network.model),
        model=model_checksum(run.model_path),
        precision=precision,
        decided=facts.decided,
    )


def _unlikeness(run: Run) -> CompactUnlikeness | None:
    """Return the score that a run's file has beside its probabilities, if there is one."""
    found = read_unlike(run.unlike_path)
    return None if found is None else found[0]


def _exported(path: Path, num_bytes: int, agreement: Agreement, *, drawn: bool) -> Exported:
    return Exported(
        file=str(path),
        num_bytes=num_bytes,
        num_images=agreement.num_images,
        max_difference=agreement.max_difference,
        tolerance=agreement.tolerance,
        drawn=drawn,
    )


def _read(path: Path) -> bytes:
    """Return a file's content; ONNX Runtime gets no other file for it.

    It may have operators that a run's own file may not have, so it is for files that the caller trusts.
    """
    try:
        with opened(path, MAX_ONNX_BYTES) as file:
            content = file.read()
        check_foreign_onnx(content)
        return content
    except (OSError, LimitError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path} cannot be read ({reason}); name an ONNX file") from error


def _images(run: Run, facts: RunFacts, cache: Path | None, reporter: Reporter) -> tuple[np.ndarray, bool]:
    """Return images to compare a file on, uint8 (n, height, width, 3), and whether they are drawn.

    Of the run's own, those for validation first; test images are left alone. Where they are neither cached nor in
    their place, drawn ones compare the numbers as well.
    """
    rows = [row for row in run.read_table(run.split_path) if row["split"] in ("validation", "train")]
    rows.sort(key=lambda row: row["split"] != "validation")
    validation = [row for row in rows if row["split"] == "validation"]
    rows = validation if len(validation) >= NUM_COMPARED else rows
    rows = [rows[at] for at in take_spread(len(rows), NUM_COMPARED)]
    try:
        return split_pixels(run, facts, rows, cache, reporter).gather(range(len(rows))), False
    except ClasseurError as error:
        reporter.say(f"the run's images are not here, so {NUM_COMPARED} drawn ones are compared ({error})")
        return _drawn(facts.recipe.preparation.image_size), True


def _drawn(image_size: tuple[int, int], count: int = NUM_COMPARED) -> np.ndarray:
    """Return drawn pictures, uint8 (n, height, width, 3): coloured patches from coarse to fine."""
    random = np.random.default_rng(0)
    grains = (2, 3, 5, 8, 13, 21, 34, 55)
    coarse = (
        random.integers(0, 256, (grains[number % len(grains)],) * 2 + (3,), dtype=np.uint8) for number in range(count)
    )
    return np.stack([resize(each, image_size) for each in coarse])
