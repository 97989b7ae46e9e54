"""A score in words: its numbers with their intervals, the one that matters, and what to do next."""

from math import ceil, isinf

from classeur.data.findings import Command, typed_path
from classeur.delivery.leaked_words import leaked_words, left_out_words
from classeur.delivery.wording import are, command_line, counted, listed
from classeur.estimate import Estimate
from classeur.evaluation.chance import chance_accuracy
from classeur.evaluation.scoring import Evaluation, Score
from classeur.evaluation.slices import Slice

# Where one class has more of the images than this, always answering it looks good, and balanced accuracy is told.
_MOST_OF_ONE_CLASS = 0.7

# Where an interval reaches further to each side than the first, as many images are asked for as bring it to the second.
_WIDE, _NARROW = 0.05, 0.02

_MOST_NAMED = 4

_SIZES = {"smallest": "the smallest quarter", "smaller": "the second smallest quarter",
          "larger": "the second largest quarter", "largest": "the largest quarter"}  # fmt: skip
_LIGHTS = {"darkest": "the darkest quarter", "darker": "the second darkest quarter",
           "brighter": "the second brightest quarter", "brightest": "the brightest quarter"}  # fmt: skip


def share(found: Estimate | None) -> str:
    """Return a share with its interval.

    >>> share(Estimate(value=0.99, low=0.982, high=0.995, method="Wilson", n=1000)), share(None)
    ('99.0% (95 %: 98.2% … 99.5%)', '–')
    """
    return "–" if found is None else f"{found.value:.1%} (95 %: {found.low:.1%} … {found.high:.1%})"


def number(value: float | None) -> str:
    """Return a number as text; a dash where there is none.

    >>> number(0.98765), number(None)
    ('0.988', '–')
    """
    return "–" if value is None or isinf(value) else f"{value:.3f}"


def interval(found: Estimate | None) -> str:
    """Return an interval as text; a dash where there is none, or where an end of it is not bounded."""
    return "–" if found is None else f"{number(found.low)} … {number(found.high)}"


def overall(score: Score) -> list[tuple[str, str, str]]:
    """Return the numbers of all classes together: name, value, 95 % interval."""
    found = (
        ("accuracy", score.accuracy),
        ("balanced accuracy", score.balanced_accuracy),
        ("AUROC", score.auroc),
        ("average precision", score.average_precision),
        ("loss", score.loss),
        ("Brier score", score.brier),
        ("calibration error", score.calibration_error),
    )
    rows = [(name, number(each.value if each else None), interval(each)) for name, each in found]
    return [*rows, ("ECE, chance included", number(score.ece), "–")]


def slice_words(worst: Slice, num_looked_at: int) -> str:
    """Return what the worst slice is, and how certain it is that it is worse."""
    number = worst.accuracy.n
    return (
        f"{share(worst.accuracy)} of {counted(number, 'image')} {slice_name(worst)} {are(number)} right, and"
        f" {worst.rest.value:.1%} of the others of these classes: p = {worst.p_value:.2g}, corrected for"
        f" {counted(num_looked_at, 'look')}."
    )


def slice_name(worst: Slice) -> str:
    """Return which images a slice is, as it stands after their number."""
    return {
        "group": f"of {worst.name}",
        "folder": f"in folders {worst.name}",
        "size": f"in {_SIZES.get(worst.name, worst.name)} by size",
        "brightness": f"in {_LIGHTS.get(worst.name, worst.name)} by brightness",
    }[worst.kind]


def conclusion(
    score: Score,
    *,
    of: str,
    run: str,
    errors: str | None = None,
    advised: Command | None = None,
    one_class: bool = False,
) -> str:
    """Return the number that matters and how sure it is, then the one thing to do next.

    Args:
        score: of these images.
        of: what they are: the name of a split, or the path of other data.
        run: its path as the user typed it.
        errors: the path of a picture of what it takes for another class among these images; None if there is none.
        advised: what the run's diagnosis says to run next; None if it says nothing, or these are other data.
        one_class: whether the run was trained on one class alone.
    """
    images = f"{counted(score.num_images, 'image')} of {of}"
    counts = {name: each.num_images for name, each in score.per_class.items()}
    if chance_accuracy(list(counts.values())) > _MOST_OF_ONE_CLASS and len(score.unjudged) < len(counts) - 1:
        told = (
            f"On average over classes, {share(score.balanced_accuracy)} of {images} are right; most are of one class,"
            f" {max(counts, key=counts.__getitem__)}."
        )
    else:
        told = f"{share(score.accuracy)} of {images} {are(score.num_images)} right."
    if score.leaked is not None:
        of_leaks = f"but {leaked_words(score.leaked)}" if is_none_new(score) else left_out_words(score.leaked)
        told = f"{told[:-1]}, {of_leaks}."
    if one_class and score.unjudged:
        told = f"{told[:-1]}; what is unlike them was not tested."
    step = next_step(score, of=of, run=run, errors=errors, advised=advised, one_class=one_class)
    return f"{told}\nNext: {step}"


def is_none_new(score: Score) -> bool:
    """Return whether every image belongs with images in training, so that the score tells nothing of new ones."""
    return score.leaked is not None and not score.leaked.dropped


def most_telling(evaluation: Evaluation) -> str | None:
    """Return the split whose score says most of new images; None if neither test nor validation was judged.

    The test images, unless none of them is new and some of validation are.
    """
    judged = [name for name in ("test", "validation") if name in evaluation.splits]
    return next((name for name in judged if not is_none_new(evaluation.splits[name])), next(iter(judged), None))


def next_step(
    score: Score, *, of: str, run: str, errors: str | None, advised: Command | None, one_class: bool = False
) -> str:
    """Return what to do: about what was found here; else what the diagnosis says; else to tell it more precisely.

    Args:
        score, of, run, errors, advised, one_class: see `conclusion`.
    """
    typed = typed_path(run)
    if advised is not None and advised.verb == "evaluate" and not advised.options:
        advised = None  # what has just been done
    if of == "train":
        return f"evaluate images that it was not trained on: classeur evaluate {typed}"
    if one_class and score.unjudged:
        return (
            f"evaluate images that are unlike them too, in a folder of their own: classeur evaluate {typed} --data DIR"
        )
    if is_none_new(score):
        if advised:
            return command_line(advised)
        return f"judge it by images that belong with none in training: classeur evaluate {typed} --data NEW"
    if score.unjudged:
        return f"add images of {listed(score.unjudged, most=_MOST_NAMED)}, of which the numbers say nothing"
    if score.slices and score.slices.worst:
        return f"look at the images {slice_name(score.slices.worst)}, and add more such images to train on"
    if score.num_looks is not None and score.num_looks > 1:  # of test images, whether they are a split or other data
        return (
            "evaluate the model that you choose on images that no model has been evaluated on: classeur evaluate"
            f" {typed} --data NEW"
        )
    if advised:
        return command_line(advised)
    half = (score.accuracy.high - score.accuracy.low) / 2
    chance = chance_accuracy([each.num_images for each in score.per_class.values()])
    may_be_chance = score.accuracy.low <= chance < 1
    # With so few images the best training could be told from chance no better.
    are_too_few = score.accuracy.high > 1 - _WIDE
    if may_be_chance and not are_too_few:
        return "train it better: it may be no better than always answering the most frequent class"
    if half > _WIDE:
        needed = counted(_rounded(score.num_images * (half / _NARROW) ** 2), "image")
        groups = ", of more groups too" if "group" in score.accuracy.method else ""
        return (
            f"evaluate about {needed}{groups}, which would tell it to about {100 * _NARROW:.0f} points: classeur"
            f" evaluate {typed} --data MORE"
        )
    if score.num_correct < score.num_images and errors is not None:
        return f"look at the errors in {errors}"
    return f"use it: classeur predict {typed} PHOTOGRAPHS"


def _rounded(count: float) -> int:
    """Return a number rounded up to two digits."""
    step = int(10 ** max(0, len(str(int(count))) - 2))
    return ceil(count / step) * step
