"""The last line of a training: what one person can repeat to another."""

from collections.abc import Mapping, Sequence

from classeur.delivery.leaked_words import left_out_words
from classeur.delivery.wording import belong, command_line, counted, listed
from classeur.evaluation.leaked import Leaked
from classeur.improvement.diagnosis import Diagnosis
from classeur.training.facts import RunFacts

# Classes that are named.
_MOST_NAMED = 4


def summary_sentence(
    run: str,
    facts: RunFacts,
    files: Mapping[str, bool],
    *,
    chance: float = 0.0,
    leaked: Leaked | None = None,
    num_left_out: int = 0,
    unjudged: Sequence[str] = (),
) -> str:
    """Return what a run is, how good it is, on how many images, what was set aside, and where to look.

    Args:
        run: its path as the user typed it.
        facts: of a run that was judged.
        files: which files the run has, by name.
        chance: the accuracy of always answering the most frequent class.
        leaked: the images that belong with images in training, if there are any.
        num_left_out: of the files that were set aside, the images that were left out on request.
        unjudged: classes of which none of these images is.

    Raises:
        ValueError: if it was not judged.
    """
    score = facts.validation
    if score is None:
        raise ValueError(f"received {run}, which has not been judged; expected a run with a validation accuracy")
    names = facts.class_names
    tells, than = "tells", ""
    if score.low <= chance < 1:
        tells = "may not tell" if score.value > chance else "does not tell"
        than = f", where always answering the most frequent class gets {chance:.1%}"
    named = " from ".join(names) if len(names) == 2 else f"{listed(names, most=_MOST_NAMED)} apart"
    what = f"{tells} {named}"
    images = counted(score.n, "image")
    interval = f"(95 %: {score.low:.1%} … {score.high:.1%})"
    not_trained_on = " that it was not trained on"
    if leaked is not None and leaked.dropped:
        not_trained_on += f" ({left_out_words(leaked)})"
    elif leaked is not None:
        all_of_it, others = "which" if leaked.num_leaks == 1 else "all of which", "images that it was trained on"
        not_trained_on = f", {all_of_it} {belong(leaked.num_leaks, others)}"
    words = f"{run} {what}: {score.value:.1%} right {interval} of {images}{not_trained_on}{than}"
    if facts.one_class:
        words = (
            f"{run} tells what is unlike {names[0]}: of {images} of {names[0]}{not_trained_on},"
            f" {score.value:.1%} {interval} pass; what is unlike was not tested"
        )
    elif unjudged:
        words = words.replace(f"{run} tells ", f"{run} may not tell ", 1)
        words += f"; no image of {listed(list(unjudged), most=_MOST_NAMED)} was among them"
    num_set_aside = facts.counts.get("set_aside", 0) - num_left_out
    aside = [
        f"{counted(number, noun)} {'was' if number == 1 else 'were'} {what}"
        for number, noun, what in (
            (num_left_out, "image", "left out as you asked"),
            (num_set_aside, "file", "set aside"),
        )
        if number
    ]
    if aside:
        words += f"; {' and '.join(aside)} ({run}/set_aside.csv)"
    look = next((name for name in ("report.html", "errors.png") if files.get(name)), "curves.png")
    return f"{words}; look at {run}/{look}" if files.get(look) else f"{words}."


def next_command(diagnosis: Diagnosis) -> str | None:
    """Return the command that a diagnosis advises to run next; None without any."""
    return command_line(diagnosis.next_command) if diagnosis.next_command else None
