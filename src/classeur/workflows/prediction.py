"""`predict`: a run's model on files without labels."""

import glob
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import NoPictureError, PictureError, RangeError
from classeur.evaluation.classifier import Picture, is_picture
from classeur.evaluation.prediction import USUALLY_STRANGE, Prediction
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import default_cache
from classeur.workflows.loading import load


@takes_options()
def predict(
    run: Run | Path | str,
    pictures: Picture | Iterable[Picture],
    *,
    top: int | None = None,
    max_error: float | str | None = None,
    none_of_these: float | str | None = None,
    sort_into: Path | str | None = None,
    reporter: Reporter | None = None,
) -> Iterator[Prediction]:
    """Yield the predictions of a run's model; for an unusable file, the reason instead.

    Images are read a bounded number ahead, and predictions come in their order.

    Args:
        run: a finished run.
        pictures: one, or many: files, folders (every image below them), patterns such as `photos/*.jpg`, a file's
            bytes, arrays and PIL images, as `classeur.load(run)` takes them.
        top: how many classes to give the probabilities of, the most probable first; all, in the model's order, if None.
        max_error, none_of_these: from where on the run gives no class, as `classeur.load` takes them.
        sort_into: a folder to copy each file into, below a folder named after its predicted class, `unsure`, `none of
            these` or `unusable`.
        reporter: where the files that were left out are reported, and that Keras predicts, which takes longer;
            standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    if top is not None and top < 1:
        raise RangeError(f"top {top} is not possible; expected the number of classes to show, at least 1")
    reporter, run = reporter or ConsoleReporter(), Run.open(run)
    left_out: Counter[str] = Counter()
    found = expand(pictures, left_out)
    first = list(islice(found, 2))
    if not first:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
        raise NoPictureError(
            f"no image to classify{f' ({reasons})' if reasons else ''}; give files, folders or patterns"
        )
    classifier = load(run, max_error=max_error, none_of_these=none_of_these, reporter=reporter)
    # On a single image, all processors work at once.
    predictions = map(classifier.predict_one, first) if len(first) == 1 else classifier.predict(chain(first, found))
    if top is not None:
        predictions = (prediction.top(top) for prediction in predictions)
    if sort_into is not None:
        from classeur.workflows.sorting import sorted_into

        predictions = sorted_into(Path(sort_into), predictions, reporter, class_names=classifier.class_names)
    if classifier.known_up_to is not None and classifier.limits.unlike_above is None:
        predictions = _then_say_strange(predictions, classifier.known_up_to, reporter)
    return _then_say(predictions, left_out, reporter)


def expand(pictures: Any, left_out: Counter[str] | None = None) -> Iterator[Picture]:
    """Yield images in order, as they are needed: a folder gives every image below it, a pattern its matches.

    Args:
        pictures: one, or many, as `predict` takes them.
        left_out: receives the number of files left out of folders, by reason.

    Raises:
        NoPictureError: if a pattern matches nothing. A missing file is yielded, and reported as unusable.
    """
    left_out = Counter() if left_out is None else left_out
    if is_picture(pictures):
        pictures = [pictures]
    elif isinstance(pictures, Mapping | io.IOBase) or not isinstance(pictures, Iterable):
        raise PictureError(pictures)
    for picture in pictures:
        if not isinstance(picture, str | Path):
            yield picture
        elif not str(picture):
            raise NoPictureError("an empty path names no image; give files, folders or patterns, or . for this folder")
        elif os.path.isdir(picture):  # noqa: PTH112 — `Path` fails at a path that no file can have
            yield from _images_below(Path(picture), left_out)
        elif not os.path.exists(picture) and glob.has_magic(str(picture)):  # noqa: PTH110 — as above
            matches = sorted(glob.glob(str(picture), recursive=True))
            if not matches:
                raise NoPictureError(f"no file matches {picture}; check the pattern, and quote it in a shell")
            yield from expand(matches, left_out)
        else:
            yield Path(picture)


def _images_below(folder: Path, left_out: Counter[str]) -> Iterator[Path]:
    """Yield the images below a folder, as `inspect` lists them; count the rest."""
    from classeur.data.tree import read_tree

    tree = read_tree(folder, cache=default_cache())
    left_out.update({reason: len(paths) for reason, paths in tree.left_out.items()})
    if tree.closed:
        left_out["in folders that cannot be opened"] += len(tree.closed)
    yield from (folder / path for path in sorted(tree.top.below()))


def _then_say(predictions: Iterator[Prediction], left_out: Counter[str], reporter: Reporter) -> Iterator[Prediction]:
    """Yield predictions; report at the end what was left out."""
    yield from predictions
    total = sum(left_out.values())
    if total:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
        reporter.say(f"left out {'1 file' if total == 1 else f'{total:,} files'}: {reasons}")


def _then_say_strange(
    predictions: Iterator[Prediction], known_up_to: float, reporter: Reporter
) -> Iterator[Prediction]:
    """Yield predictions; report at the end if more images than usual may show none of the classes.

    That costs no known image its class.
    """
    num_images = num_strange = 0
    for prediction in predictions:
        num_images += 1
        num_strange += prediction.unlike is not None and prediction.unlike > known_up_to
        yield prediction
    usual = USUALLY_STRANGE * num_images
    # Three standard errors more than of known images.
    if num_strange > usual + 3 * usual**0.5:
        which = "the image is" if num_images == 1 else f"{num_strange:,} of {num_images:,} images are"
        reporter.say(
            f"{which} further from the training images than {1 - USUALLY_STRANGE:.0%} of known images, and may show"
            " none of the classes; --none-of-these 1% answers so"
        )
