"""card.md: what somebody has to know who is handed a run: what it is, of what data, how good, and where it ends."""

from collections.abc import Mapping, Sequence

from classeur.data.findings import Command
from classeur.delivery.calibration_words import calibration_sentence
from classeur.delivery.decision_words import limits_text
from classeur.delivery.leaked_words import leaked_words, left_out_words
from classeur.delivery.printable import printable
from classeur.delivery.score_words import most_telling
from classeur.delivery.wording import command_line, counted, limit, listed, percent
from classeur.estimate import Estimate
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.leaked import Leaked
from classeur.evaluation.scoring import Evaluation, Score
from classeur.models.onnx_file import OnnxFacts
from classeur.training.facts import RunFacts

_SPLITS = ("train", "validation", "test")

# A class judged on fewer images is named: one error in thirty moves its recall by three points.
_FEW = 30

_MOST_NAMED = 10

_FITS = {
    "squash": "each axis scaled by itself",
    "crop": "the largest centred box of that shape, scaled",
    "pad": "the whole image, centred on black",
}


def write_card(
    name: str,
    facts: RunFacts,
    evaluation: Evaluation,
    counts: Mapping[str, Mapping[str, int]],
    *,
    licence: str,
    onnx: OnnxFacts | None,
    calibration: Calibration | None = None,
    num_left_out: int = 0,
) -> str:
    """Return the card of a run in Markdown.

    Args:
        name: of the run.
        facts: of the run.
        evaluation: its scores.
        counts: images of each split, by class.
        licence: of the weights that it began with; "" where there are none, or none is known.
        onnx: the facts of its ONNX file; None if it has none.
        calibration: what its logits were divided by; None if that is not known.
        num_left_out: of the files that were set aside, the images that were left out on request.
    """
    parts = [
        _what(name, facts, onnx),
        _data(facts, counts, num_left_out),
        _recipe(facts),
        _scores(evaluation),
        *(_threshold(facts, counts) if facts.one_class else _answers(facts, calibration, onnx)),
        _limits(facts, evaluation, onnx),
        _licences(facts, licence),
    ]
    return "\n".join(parts)


def _what(name: str, facts: RunFacts, onnx: OnnxFacts | None) -> str:
    height, width = facts.recipe.preparation.image_size
    lines = [
        f"# {_cell(name)}\n",
        f"{_kind(facts)}, trained by classeur"
        f" {facts.versions.get('classeur', '')}{f' on {facts.began[:10]}' if facts.began else ''}.\n",
        f"- Network: `{facts.recipe.network.model}`{_origin(facts)}.",
        f"- Takes upright RGB pixels, {height} × {width} (height × width): {_FITS[facts.recipe.preparation.fit]};"
        f" resized by {facts.resize}. Rescaling is part of the network.",
        "- Gives a probability for each class, in the order of `labels.txt`.",
    ]
    if onnx and onnx.verified:
        lines.append(
            f"- `model.onnx` was compared with what was judged on {counted(onnx.verified.num_images, 'image')}: no"
            f" probability differs by more than {onnx.verified.max_difference:.1g}. `classeur export` compares it with"
            " `model.keras`. `usage/predict.py` shows its use."
        )
    else:
        lines.append("- There is no `model.onnx`: `model.keras` is the model.")
    return "\n".join([*lines, ""])


def _kind(facts: RunFacts) -> str:
    if facts.one_class:
        return f"A detector of what is unlike images of one class ({_cell(facts.class_names[0])}): it has seen no other"
    names = _cell(listed(facts.class_names, most=_MOST_NAMED))
    return f"A classifier of images into {counted(len(facts.class_names), 'class', 'classes')} ({names})"


def _origin(facts: RunFacts) -> str:
    if facts.from_run:
        return f", beginning with the weights of {_cell(facts.from_run)}"
    return ""


def _data(facts: RunFacts, counts: Mapping[str, Mapping[str, int]], num_left_out: int) -> str:
    numbers = facts.counts
    splits = [name for name in _SPLITS if counts.get(name)]
    rows = [
        [_cell(name), *(f"{counts[split].get(name, 0):,}" for split in splits)]
        for name in sorted({name for split in splits for name in counts[split]})
    ]
    rows.append(["all", *(f"{sum(counts[split].values()):,}" for split in splits)])
    made = "drawn by seed from the training images" if facts.split_made_here else "the data's own"
    asked = f" and {num_left_out:,} left out on request" if num_left_out else ""
    lines = [
        "## Data\n",
        f"{counted(numbers.get('found', 0), 'file')} found: {numbers.get('used', 0):,} used,"
        f" {numbers.get('set_aside', 0) - num_left_out:,} set aside{asked} (`set_aside.csv`),"
        f" {numbers.get('left_out', 0):,} {'others left out' if asked else 'left out'}."
        f" The split is {made}; `split.csv` names every image. Fingerprint of images, labels and split:"
        f" `{facts.data_fingerprint}`.\n",
        *_table(["class", *splits], rows),
    ]
    return "\n".join([*lines, ""])


def _recipe(facts: RunFacts) -> str:
    # The network by its name, also where it is the default: defaults change.
    options = {"model": facts.recipe.network.model, **facts.recipe.options()}
    if facts.one_class:
        options["false_alarms"] = facts.recipe.network.false_alarms
    command = command_line(Command(verb="train", arguments=("DATA",), options=options))
    kept = ""
    if facts.kept_epoch is not None:
        kept = f"\nThe weights are those of epoch {facts.kept_epoch} of {facts.epochs_done}.\n"
    return f"## Recipe\n\n    {command}\n{kept}"


def _leaked(found: Leaked) -> str:
    return left_out_words(found) if found.dropped else f"but {leaked_words(found)}"


def _scores(evaluation: Evaluation) -> str:
    lines = ["## Accuracy\n"]
    for name in (name for name in _SPLITS if name in evaluation.splits):
        score = evaluation.splits[name]
        lines.append(
            f"- {name}: {percent(score.accuracy.value)} (95 %: {percent(score.accuracy.low)} …"
            f" {percent(score.accuracy.high)}) of {counted(score.num_images, 'image')}"
            + ("" if score.leaked is None else f", {_leaked(score.leaked)}")
        )
    judged = _judged(evaluation)
    if judged is None:
        return "\n".join([*lines, ""])
    name, score = judged
    rows = [
        [_cell(each), f"{of.num_images:,}", _share(of.recall), _share(of.precision)]
        for each, of in score.per_class.items()
    ]
    return "\n".join([*lines, "", *_table([f"class, {name}", "images", "recall (95 %)", "precision (95 %)"], rows), ""])


def _answers(facts: RunFacts, calibration: Calibration | None, onnx: OnnxFacts | None) -> list[str]:
    """Return what its probabilities are, and when it gives no class; nothing where neither is known."""
    lines = [f"- {text}" for text in limits_text(facts.decided)]
    if lines:
        lines.append("- `model.keras` gives probabilities alone: apply these limits to them.")
        is_told = onnx is not None and onnx.tells_unlike
        if is_told and facts.decided.unlike_above is not None:
            lines[-1] = (
                "- `model.onnx` gives the score as its output `unlike`, and `usage/predict.py` applies these limits;"
                " `model.keras` gives probabilities alone."
            )
        elif onnx is not None:
            lines[-1] = "- `usage/predict.py` applies it to `model.onnx`; both models give probabilities alone."
    if calibration is not None:
        sentence = calibration_sentence(calibration)
        lines.append(f"- {sentence[0].upper()}{sentence[1:]}.")
    return ["\n".join(["## Answers\n", *lines, ""])] if lines else []


def _threshold(facts: RunFacts, counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return from where on a run of one class says unlike, and what its probability is."""
    (name, unlike), asked = facts.class_names, facts.recipe.network.false_alarms
    num_images = sum(counts.get("train", {}).values())
    least = 1 / (num_images + 1)  # of so many held-out images: see `evaluation.outliers.fit_outlier_test`
    few = f"; {counted(num_images, 'image')} cannot promise less than {limit(least)}" if least > asked else ""
    return [
        "\n".join(
            [
                "## Answers\n",
                f"- It says {unlike} from a probability of 50% on. This threshold was found on training images that"
                f" were held out, for {limit(asked)} of false alarms: images of {_cell(name)} that are called"
                f" {unlike}{few}.",
                "- That probability is a convention, not a frequency: without one image of what is unlike, nobody can"
                " count how often it is right. It rises with how unlike an image is.",
                "",
            ]
        )
    ]


def _judged(evaluation: Evaluation) -> tuple[str, Score] | None:
    """Return the score that says most of new images, and of which split it is."""
    name = most_telling(evaluation)
    return None if name is None else (name, evaluation.splits[name])


def _knowing(facts: RunFacts) -> str:
    """Return what a run of several classes says of an image that is none of them."""
    lacks = [
        name
        for name, is_told in (
            ("unsure", facts.decided.unsure_up_to is not None or facts.decided.max_error is not None),
            ("none of these", facts.decided.unlike_above is not None),
        )
        if not is_told
    ]
    knows = "- It knows its classes and nothing else"
    if "none of these" not in lacks:
        knows += ", and refuses what is unlike all its training images, not what is like one of them"
    else:
        knows += ": an image of something else gets one of them too, sometimes with a high probability"
    return f"{knows}. It has no answer for {', or for '.join(lacks)}." if lacks else f"{knows}."


def _limits(facts: RunFacts, evaluation: Evaluation, onnx: OnnxFacts | None) -> str:
    knows = (
        "- It knows one class: whatever is not like its training images, it calls unlike, and how much of that it finds"
        " was not measured here. It has no answer for unsure."
        if facts.one_class
        else _knowing(facts)
    )
    lines = [
        "## Limits\n",
        knows,
        "- Its accuracy is that of images like those that it was judged on. Other cameras, places and seasons are"
        " other images: evaluate it on them.",
    ]
    if facts.split_made_here:
        lines.append("- Images of one series can be in training and in validation: the accuracy is then too good.")
    is_chosen = facts.recipe.optimisation.keep == "best" or facts.recipe.optimisation.stop_early is not None
    if is_chosen and "test" not in evaluation.splits:
        lines.append("- Its epoch was chosen by the validation images, which makes their accuracy a little too good.")
    judged = _judged(evaluation)
    if judged:
        name, score = judged
        few = [_cell(each) for each, of in score.per_class.items() if 0 < of.num_images < _FEW]
        if few:
            lines.append(f"- Judged on fewer than {_FEW} {name} images: {listed(few, most=_MOST_NAMED)}.")
        if score.unjudged:
            lines.append(f"- Not judged at all: {_cell(listed(score.unjudged, most=_MOST_NAMED))}.")
    if onnx:
        lines.append(
            "- `usage/predict.py` does not read HEIC, nor grey of 32 bits or in floating point; classeur does."
        )
    return "\n".join([*lines, ""])


def _licences(facts: RunFacts, licence: str) -> str:
    model = facts.recipe.network.model
    if facts.from_run:
        weights = f"those of the run {_cell(facts.from_run)}; see its card"
    elif model == "tutorial":
        weights = "none, it was trained from random weights"
    else:
        weights = f"`{model}`, {licence or 'whose licence is not known to classeur; look it up'}"
    lines = [
        "## Licences\n",
        f"- The weights that it began with: {weights}.",
        "- The images: not known to classeur; whoever hands on this run states it here.",
        "- classeur, which made it: Apache-2.0.",
    ]
    return "\n".join([*lines, ""])


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [columns, ["---", *("---:" for _ in columns[1:])], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _share(share: Estimate | None) -> str:
    return "–" if share is None else f"{percent(share.value)} ({percent(share.low)} … {percent(share.high)})"


def _cell(text: str) -> str:
    """Return a text that breaks no table and no line."""
    return printable(" ".join(text.split())).replace("|", "\\|")
