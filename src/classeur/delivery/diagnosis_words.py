"""Sentences for the findings of a diagnosis."""

from collections.abc import Mapping

from classeur.data.findings import Change, Finding, Values
from classeur.data.splitting import dividing_words
from classeur.delivery.wording import Words, are, belong, command_line, counted, duration, listed, typed
from classeur.evaluation.learning_curve import FEWEST_UNITS


def _overfitting(finding: Finding) -> str:
    values = finding.values
    words = (
        f"This run is overfitting: it gets {values['train_accuracy']:.1%} of the training images right but"
        f" {values['validation_accuracy']:.1%} of the validation images, a gap of {_points(values['gap'])} points"
        f" (95 %: {_points(values['gap_low'])} … {_points(values['gap_high'])})."
    )
    if "least_loss" in values:
        words += (
            f" Validation loss was lowest in epoch {values['least_loss_epoch']} ({values['least_loss']:.3f}) and has"
            f" risen to {values['last_loss']:.3f} since."
        )
    return words


def _leak(finding: Finding) -> str:
    values = finding.values
    number, num_alike = values["num_leaked"], values["num_alike"]
    images = f"{number:,} of the {counted(values['num_validation'], 'validation image')}"
    were = f"{'was' if number == 1 else 'were'} trained on"
    if num_alike:  # those were not trained on, but another version of them, or another image of their group
        were = f"{belong(number, 'images in training')} ({_how_alike(number - num_alike, num_alike)})"
    right = f"of these {values['leaked_accuracy']:.1%} are right"
    if number == 1:
        right = f"it is {'right' if values['leaked_accuracy'] else 'wrong'}"
    if values["other_accuracy"] is None:
        no_others = "there is no other" if number == 1 else "there are no others"
        return f"Its validation accuracy cannot be trusted: {images} {were}; {right}, and {no_others}."
    count = "does not count" if number == 1 else "do not count"
    return (
        f"Its validation leaks: {images} {were}, and {count}; {right}, of the others"
        f" {values['other_accuracy']:.1%} ({100 * values['difference']:+.1f} points, 95 %:"
        f" {100 * values['low']:+.1f} … {100 * values['high']:+.1f})."
    )


def _how_alike(num_identical: int, num_alike: int) -> str:
    """Return how validation images belong with images in training."""
    alike = "in another version, or of the same group"
    return f"{num_identical:,} identical, {num_alike:,} {alike}" if num_identical else alike


def _diverged(finding: Finding) -> str:
    values = finding.values
    last = "is no number" if values["last_loss"] is None else f"ends at {values['last_loss']:,.4g}"
    return (
        f"This training has diverged: its loss {last}, and a network that never looks at an image has"
        f" {values['chance_loss']:.3f} (learning rate {typed(values['learning_rate'])})."
    )


def _rate_too_high(finding: Finding) -> str:
    values = finding.values
    most = "no number" if values["most_loss"] is None else f"{values['most_loss']:,.4g}"
    rises = f", rose in {counted(values['num_rises'], 'epoch')}" if values["num_rises"] else ""
    return (
        f"The learning rate is probably too high: at {typed(values['learning_rate'])} the loss reached {most}{rises}"
        f" and ends at {values['last_loss']:,.4g}, and a network that never looks at an image has"
        f" {values['chance_loss']:.3f}; {values['train_accuracy']:.1%} of the training images are right."
    )


def _rate_too_low(finding: Finding) -> str:
    values = finding.values
    pace = "it does not fall"
    if values["epochs_to_halve"] is not None:
        pace = f"at this pace, about {_rounded(values['epochs_to_halve'])} more would halve it"
    return (
        f"The learning rate is probably too low: at {typed(values['learning_rate'])} the loss is still"
        f" {values['last_loss']:.3f} after {counted(values['num_epochs'], 'epoch')}, and {pace};"
        f" {values['train_accuracy']:.1%} of the training images are right."
    )


def _collapsed(finding: Finding) -> str:
    values = finding.values
    validation = values["validation_recall"]
    of_validation = "" if validation is None else f" and {validation:.1%} of its validation images"
    test = "p" if values.get("of_groups") else "Fisher p"
    return (
        f"The class {values['class_name']} is lost: {values['recall']:.1%} of its"
        f" {counted(values['num_images'], 'training image')}{of_validation} are recognised, of the other classes"
        f" {values['recall_of_others']:.1%} ({test} = {values['p_value']:.2g}). The accuracy of"
        f" {values['validation_accuracy']:.1%} hides it: always predicting the most frequent class gives"
        f" {values['chance']:.1%} of the training images."
    )


def _dead(finding: Finding) -> str:
    values = finding.values
    return (
        f"This network is dead: it gives all images one answer, and for the last"
        f" {counted(values['num_standing'], 'epoch')} its loss has stood at {values['last_loss']:.3f}, that of a"
        f" network that never looks at an image ({values['chance_loss']:.3f})."
    )


def _only(values: Values) -> str:
    return (
        f"it gets only {values['train_accuracy']:.1%} of its own training images right, and"
        f" {values['validation_accuracy']:.1%} of the validation images."
    )


def _not_converged(finding: Finding) -> str:
    values = finding.values
    words = f"This run has probably not converged: {_only(values)}"
    if "loss_before" in values:
        words += (
            f" Training loss is still falling ({values['loss_before']:.3f} → {values['last_loss']:.3f} over the last"
            f" {values['num_tail_epochs']} epochs)."
        )
    return words


def _underfitting(finding: Finding) -> str:
    return f"This run is underfitting: {_only(finding.values)}"


def _chance(finding: Finding) -> str:
    values = finding.values
    if values.get("by_heart"):
        return (
            f"Nothing that this run has learned holds for new images: it gets {values['train_accuracy']:.1%} of the"
            f" training images right but {values['validation_accuracy']:.1%} of the validation images; always"
            f" predicting their most frequent class gives {values['validation_chance']:.1%}."
        )
    return (
        f"This run is no better than chance: it gets {values['train_accuracy']:.1%} of its own training images right;"
        f" always predicting the most frequent class gives {values['chance']:.1%}."
    )


def _too_few(finding: Finding) -> str:
    values = finding.values
    begins = (
        f"These are too few images to diagnose this run: {values['train_accuracy']:.1%} of"
        f" {counted(values['num_train'], 'training image')} and {values['validation_accuracy']:.1%} of"
        f" {counted(values['num_validation'], 'validation image')} {are(values['num_validation'])} right."
    )
    if not values["is_above_chance"]:
        return (
            f"{begins} Always predicting the most frequent class gives {values['chance']:.1%}, so it is not certain"
            " that it has learned anything."
        )
    return (
        f"{begins} The gap between them may be anything from {_points(values['gap_low'])} to"
        f" {_points(values['gap_high'])} points (95 %), so it is not certain whether it overfits."
    )


def _fine(finding: Finding) -> str:
    values = finding.values
    return (
        f"This run shows neither overfitting nor underfitting: {values['train_accuracy']:.1%} of the training images"
        f" and {values['validation_accuracy']:.1%} of the validation images are right ({100 * values['gap']:+.1f}"
        " points)."
    )


def _unjudged(finding: Finding) -> str:
    values = finding.values
    return (
        f"No validation image is of {listed(values['classes'])}: the accuracy of {values['accuracy']:.1%} is of"
        f" {listed(values['judged'])} alone."
    )


def _weak_class(finding: Finding) -> str:
    name, values = finding.subject, finding.values
    words = (
        f"Of the {counted(values['num_images'], 'image')} of {name}, {values['recall']:.1%} are recognised (recall), of"
        f" the other classes {values['recall_of_others']:.1%}"
    )
    if values["taken_for"]:
        words += f"; {name} is taken for {listed([f'{other} ({count:,})' for other, count in values['taken_for']])}"
    return f"{words}."


def _confusions(finding: Finding) -> str:
    named = [f"{true} → {predicted} ({count:,})" for true, predicted, count in finding.values["confusions"]]
    return f"Most often confused (true → predicted): {listed(named)}."


def _uncertain(finding: Finding) -> str:
    values = finding.values
    return (
        f"{counted(values['num_validation'], 'validation image')} {_leave(values['num_validation'])} its accuracy"
        f" uncertain by ±{_points(values['half_width'])} points (95 %): ignore smaller differences between two"
        " runs."
    )


def _from_scratch(finding: Finding) -> str:
    return (
        f"It learned everything from {counted(finding.values['num_train'], 'training image')}; a network that was"
        " pretrained on a million photographs needs far fewer."
    )


def _transfer_better(finding: Finding) -> str:
    values = finding.values
    by = values["beside"] or "a head on the features of a pretrained network, which are kept and were just tried,"
    return (
        f"Transfer does better here: {by} gets {values['accuracy']:.1%} of the same"
        f" {counted(values['num_images'], 'validation image')} right, {100 * values['difference']:+.1f} points (95 %:"
        f" {100 * values['low']:+.1f} … {100 * values['high']:+.1f}; {_tested(values)})."
    )


def _more_images(finding: Finding) -> str:
    values = finding.values
    if values.get("none_new"):
        return (
            "Whether more photographs would help, this validation cannot tell: all of its images belong with images in"
            " training."
        )
    if "gain" not in values and values["accuracy"] == 1:
        return "No validation image is wrong, so these cannot say whether more photographs would help."
    if "num_validation" in values:
        return _too_few_judges(values["num_validation"], values["num_validation_groups"])
    if "gain" not in values:
        images = counted(values["num_train"], "training image")
        return f"{images} make too short a learning curve to say whether more would help."
    low, value, high = (100 * values[name] for name in ("gain_low", "gain", "gain_high"))
    factor, num_train = values["factor"], values["num_train"]
    groups = values.get("num_groups")
    of_groups = (f" of {factor * groups:,} groups", f" of {groups:,}") if groups else ("", "")
    more = f"{factor * num_train:,} training images{of_groups[0]} in place of {num_train:,}{of_groups[1]}"
    if high < 0.5:
        return f"More photographs of the same kind would hardly help: {more} would bring {high:.1f} points at most."
    return (
        f"{more} would be expected to bring {value:+.1f} points of validation accuracy (95 %: {low:+.1f} …"
        f" {high:+.1f}){_halving(values)}."
    )


def _too_few_judges(num_images: int, num_groups: int) -> str:
    """Return that validation images are too few, or of too few groups, to tell what more training images bring."""
    images, groups = counted(num_images, "validation image"), counted(num_groups, "group")
    if not num_groups:
        return f"Whether more photographs would help, {images} cannot tell; it takes {FEWEST_UNITS} or more."
    uneven = f", which differ too much in size: it takes as much as {FEWEST_UNITS} of one size tell"
    few = uneven if num_groups >= FEWEST_UNITS else f"; it takes {FEWEST_UNITS} or more"
    return f"Whether more photographs would help, validation images of {groups} cannot tell{few}."


def _halving(values: Values) -> str:
    """Return how many images would halve the errors, where the curve tells."""
    if "num_to_halve" not in values:
        return "; how many would halve its errors, the curve does not tell"
    high = "many more" if values["num_to_halve_high"] is None else _rounded(values["num_to_halve_high"])
    return (
        f"; about {_rounded(values['num_to_halve'])} would halve its errors"
        f" ({_rounded(values['num_to_halve_low'])} … {high})"
    )


def _rounded(number: float) -> str:
    """Return a number with two digits."""
    return f"{float(f'{number:.2g}'):,.0f}"


def _leave(number: int) -> str:
    return "leaves" if number == 1 else "leave"


def _earlier_better(finding: Finding) -> str:
    values = finding.values
    chance = "chance does not explain" if values["p_value"] < 0.05 else "chance can explain"
    among = f", corrected for {values['num_earlier']} earlier runs" if values["num_earlier"] > 1 else ""
    return (
        f"An earlier run of the same data, {values['earlier']}, was better by {_points(values['difference'])} points on"
        f" the same {counted(values['num_images'], 'image')}, which {chance} (95 %:"
        f" {100 * values['low']:+.1f} … {100 * values['high']:+.1f}; {_tested(values)}{among})."
    )


def _tested(values: Values) -> str:
    """Return by which test two runs differ on the same images, or groups of them, and its p-value."""
    p, num_groups = f"p = {values['p_value']:.2g}", values.get("num_groups")
    return f"McNemar {p}" if num_groups is None else f"{p}, over {counted(num_groups, 'group')}"


# Code of a change → what to do. The cost of its command and the command itself are added.
_CHANGES = {
    "transfer": "Start from a pretrained network",
    "more-photographs": "See whether more photographs would help",
    "train-longer": "Train longer",
    "go-on": "It was stopped: resume it to its last epoch",
    "more-patience": "It stopped early: wait for more epochs",
    "smaller-learning-rate": "Try a smaller learning rate",
    "larger-learning-rate": "Try a larger learning rate",
    "as-they-are": "Begin with the images as they are, without augmentation and dropout",
    "balance": "Let each class weigh the same",
    "look-at-data": "See what is wrong with the data",
    "look-at-leaks": "See which they are, and what each belongs with, in leaks.csv of the run",
    "without-leak": "Or leave the images that belong with images in training out of its validation altogether",
    "divide-anew": "Divide all images anew, with what belongs together on one side, and train on that",
    "look": "Look at what it still gets wrong",
    "judge-every-class": "Add a validation image of every class, or more images of it so that some can be split off.",
}


def _advice(finding: Finding) -> str:
    return "\n".join(_change(finding, change) for change in finding.changes)


def _change(finding: Finding, change: Change) -> str:
    if change.code == "more-images":
        needed = change.values
        return (
            f"About {needed['num_train']:,} training and {needed['num_validation']:,} validation images"
            f"{', of more groups,' if needed.get('of_groups') else ''} with such accuracies would decide it."
        )
    if change.code == "more-of-lost-class":
        values = finding.values
        return (
            f"More photographs of {values['class_name']} help most: there are"
            f" {counted(values['num_images'], 'training image')} of it, of the most frequent class"
            f" {values['most_images']:,}."
        )
    if change.code == "more-of-class":
        values = finding.values
        return (
            f"Of {finding.subject} there {'is' if values['num_train'] == 1 else 'are'}"
            f" {counted(values['num_train'], 'training image')}, of a class on average"
            f" {values['usual_num_train']:,.0f}: more photographs of {finding.subject} help most."
        )
    if change.code == "look-at-confusions":
        confused = f" that are taken for {finding.values['taken_for'][0][0]}" if finding.values["taken_for"] else ""
        return (
            f"Look at the images of {finding.subject}{confused} (predictions.csv): if a person cannot recognise them"
            " either, or their label is wrong, more training does not raise the recall."
        )
    if change.code == "keep-run" and change.command is not None:
        better = finding.values.get("beside") or finding.subject
        return f"Keep {better} (what differs: {command_line(change.command)})."
    words = _CHANGES[change.code]
    if change.command is None and change.code == "divide-anew":
        return f"{words}: {dividing_words(change)}"
    if change.command is None:
        return words
    seconds = change.values.get("seconds")
    cost = f" ({counted(change.values['num_epochs'], 'epoch')}, about {duration(seconds)})" if seconds else ""
    return f"{words}{cost}: {command_line(change.command)}"


def _points(share: float) -> str:
    return f"{100 * share:.1f}"


DIAGNOSIS_WORDS: Mapping[str, Words] = {
    "leak-suspected": Words(_leak, _advice),
    "diverged": Words(_diverged, _advice),
    "collapsed": Words(_collapsed, _advice),
    "rate-too-high": Words(_rate_too_high, _advice),
    "rate-too-low": Words(_rate_too_low, _advice),
    "dead": Words(_dead, _advice),
    "overfitting": Words(_overfitting, _advice),
    "not-converged": Words(_not_converged, _advice),
    "underfitting": Words(_underfitting, _advice),
    "chance": Words(_chance, _advice),
    "too-few": Words(_too_few, _advice),
    "fine": Words(_fine, _advice),
    "unjudged": Words(_unjudged, _advice),
    "weak-class": Words(_weak_class, _advice),
    "confusions": Words(_confusions, _advice),
    "uncertain": Words(_uncertain, _advice),
    "transfer-better": Words(_transfer_better, _advice),
    "from-scratch": Words(_from_scratch, _advice),
    "more-images": Words(_more_images, _advice),
    "earlier-better": Words(_earlier_better, _advice),
}
