"""Rules about the number of steps."""

import re
from collections.abc import Iterable

from classeur.migration.rules.flaw import Flaw, batch_size_of, folder_of, is_of_folder, named, split_of, subset_of
from classeur.migration.values import Imported, Iterator, Opaque, Quotient, Steps, Trace, Use, Value, given, tags_of

_ARGUMENTS = {
    "fit": "steps_per_epoch", "validation": "validation_steps", "evaluate": "steps", "predict": "steps",
}  # fmt: skip
_COUNTED = re.compile(
    r"(?:n|nb|num|nbr|number|total)(?:_of)?_(?:(?:train|training|val|valid|validation|test|testing)_)?"
    r"(?:samples?|images?|imgs?|pictures?|photos?|examples?|files)|(?:n|nb|num|total)_(?:train|training|val|valid|validation|test)"
)
_KERAS_1 = {"nb_epoch", "nb_val_samples", "samples_per_epoch", "val_samples", "max_q_size", "pickle_safe", "nb_worker"}
_KERAS_2 = {"epochs", "steps_per_epoch", "validation_steps", "max_queue_size", "use_multiprocessing"}


def training_leaves_out(trace: Trace) -> Iterable[Flaw]:
    """CLS004: a plain Keras model trains on fewer batches than a pass has."""
    for use in trace.uses:
        if use.kind != "fit" or not _is_plain(use, trace):
            continue
        match _too_few(use, trace):
            case "floor":
                why = (
                    "steps_per_epoch=n // batch_size leaves out the rest of the images, and from then on Keras 3 cuts"
                    " every second epoch short: leave steps_per_epoch out, or take the model from classeur.keras_image"
                )
            case "divisor":
                why = f"{_other_divisor(use)}, so each epoch leaves images out: leave steps_per_epoch out"
            case _:
                continue
        yield _flaw(use, why)


def evaluation_leaves_out(trace: Trace) -> Iterable[Flaw]:
    """CLS005: steps evaluate fewer images than there are."""
    for use in trace.uses:
        name = _ARGUMENTS.get(use.kind, "")
        if use.kind not in ("validation", "evaluate", "predict"):
            continue
        match _too_few(use, trace):
            case "floor":
                why = (
                    f"{name}=n // batch_size never sees the last n % batch_size images: leave {name} out, and all"
                    " are seen"
                )
            case "divisor":
                why = f"{_other_divisor(use)}, so the last images are never seen: leave {name} out"
            case _:
                continue
        yield _flaw(use, why)


def past_the_end(trace: Trace) -> Iterable[Flaw]:
    """CLS006: more steps than there are batches."""
    for use in trace.uses:
        value, name = _steps(use), _ARGUMENTS.get(use.kind, "")
        if value is None or _is_of_another(use, trace):
            continue
        goes_on = use.kind == "fit" and use.model is not None and use.model.is_classeur
        if isinstance(value, Steps) and _divisor_is(use, "less") and not goes_on:
            yield _flaw(use, f"{_other_divisor(use)}, so this runs past its end: leave {name} out")
        elif isinstance(value, Steps) and value.kind == "past" and not goes_on:
            yield _flaw(
                use, f"{name}=n // batch_size + 1 is one step too many wherever batch_size divides n: leave {name} out"
            )
        elif isinstance(use.data, Iterator) and _counts_images(use, trace) and batch_size_of(use.data) not in (None, 1):
            yield _flaw(
                use,
                f"{name} counts batches, not images: {named(use.data)} has {batch_size_of(use.data)} images per batch,"
                f" so this runs far past its end; leave {name} out",
            )


def counted_elsewhere(trace: Trace) -> Iterable[Flaw]:
    """CLS025: the steps are those of another iterator."""
    for use in trace.uses:
        name = _ARGUMENTS.get(use.kind, "")
        source = _is_of_another(use, trace)
        if source is not None:
            yield _flaw(
                use,
                f"{name} counts the images of {named(source)}, but goes through {named(use.data)}: leave {name} out",
            )


def _flaw(use: Use, why: str) -> Flaw:
    return Flaw(use.place_of(_ARGUMENTS[use.kind]), why, use.place)


def _steps(use: Use) -> Value:
    """Return the number of steps that an iterator, or what counts its images, is asked for."""
    if use.kind not in _ARGUMENTS:
        return None
    value = given(use.arguments, _ARGUMENTS[use.kind], None)
    if isinstance(use.data, Iterator):
        return value
    known = isinstance(use.data, Opaque | Imported) and isinstance(value, Steps)
    return value if known and value.source == use.data else None


def _too_few(use: Use, trace: Trace) -> str:
    """Return why the steps are too few: "floor", "divisor", or "" if they are not."""
    value = _steps(use)
    if not isinstance(value, Steps) or _divisor_is(use, "less") or _is_of_another(use, trace):
        return ""
    if _divisor_is(use, "more") and value.kind in ("floor", "ceil"):
        return "divisor"
    is_single = isinstance(use.data, Iterator) and batch_size_of(use.data) == 1  # n // 1 leaves nothing out
    return "floor" if value.kind == "floor" and not is_single else ""


def _divisor_is(use: Use, what: str) -> bool:
    """Return whether the images were divided by a number that is known to be less, or more, than the batch size."""
    value = _steps(use)
    size = batch_size_of(use.data) if isinstance(use.data, Iterator) else None
    divisor = value.divisor if isinstance(value, Steps) else None
    if size is None or isinstance(divisor, bool) or not isinstance(divisor, int | float):
        return False
    return divisor < size if what == "less" else divisor > size


def _other_divisor(use: Use) -> str:
    value = _steps(use)
    return (
        f"{_ARGUMENTS[use.kind]} divides by {value.divisor:g}, but {named(use.data)} has batches of"
        f" {batch_size_of(use.data)}"
    )


def _is_plain(use: Use, trace: Trace) -> bool:
    """Return whether the model is Keras' own; classeur's gives every epoch all its steps."""
    if use.model is not None:
        return not use.model.is_classeur
    return not any(each.name.partition(".")[0] == "classeur" for each in trace.imports.values())


def _is_of_another(use: Use, trace: Trace) -> Iterator | None:
    """Return the other iterator whose images were counted, if it is used for something else."""
    value = _steps(use)
    if value is None or not isinstance(use.data, Iterator):
        return None
    if isinstance(value, Steps):
        source = value.source
    else:
        source = next((tag.source for tag in tags_of(value) if tag.kind == "count"), None)
    if not isinstance(source, Iterator) or source is use.data or _are_same_images(source, use.data):
        return None
    roles = [{each.kind for each in trace.uses if each.data is data} - {"next", "reset"} for data in (source, use.data)]
    return source if roles[0] and not roles[0] & roles[1] else None


def _are_same_images(first: Iterator, second: Iterator) -> bool:
    if first.method != second.method:
        return False
    if is_of_folder(first):
        return all(of(first) == of(second) for of in (folder_of, subset_of, split_of))
    name = "x" if first.method == "flow" else "dataframe"
    return first.arguments.get(name) is second.arguments.get(name)


def _counts_images(use: Use, trace: Trace) -> bool:
    """Return whether the steps are a number of images: of the iterator, of its arrays, or by their name."""
    value, written = _steps(use), use.written.get(_ARGUMENTS[use.kind])
    if isinstance(value, Steps | Quotient) or _is_keras_1(trace):
        return False
    held = [use.data.arguments.get(name) for name in ("x", "dataframe")]
    for tag in tags_of(value):
        if tag.kind == "count" or (tag.kind == "length" and any(tag.source is each for each in held)):
            return True
    by_name = written is not None and _COUNTED.fullmatch(written.name.lower()) is not None
    return by_name and (isinstance(value, Opaque) or (isinstance(value, int) and value > 1))


def _is_keras_1(trace: Trace) -> bool:
    """Return whether the code is of Keras 1, which counted images."""
    return bool(trace.keywords & _KERAS_1) and not trace.keywords & _KERAS_2
