"""Rules about the number of steps."""

from collections.abc import Iterable

from classeur.migration.rules.flaw import Flaw, batch_size_of, named
from classeur.migration.values import Iterator, Steps, Trace, Use, Value, given, tags_of

_ARGUMENTS = {
    "fit": "steps_per_epoch", "validation": "validation_steps", "evaluate": "steps", "predict": "steps",
}  # fmt: skip


def training_leaves_out(trace: Trace) -> Iterable[Flaw]:
    """CLS004: a plain Keras model trains on n // batch_size batches of a pass."""
    for use in trace.uses:
        value = _steps(use)
        if use.kind == "fit" and _is_floor(value) and use.model is not None and not use.model.is_classeur:
            yield Flaw(
                use.place,
                "steps_per_epoch=n // batch_size leaves out the rest of the images, and from then on Keras 3 cuts every"
                " second epoch short: leave steps_per_epoch out, or take the model from classeur.keras_image",
            )


def evaluation_leaves_out(trace: Trace) -> Iterable[Flaw]:
    """CLS005: n // batch_size steps evaluate fewer images than there are."""
    for use in trace.uses:
        if use.kind in ("validation", "evaluate", "predict") and _is_floor(_steps(use)):
            name = _ARGUMENTS[use.kind]
            yield Flaw(
                use.place,
                f"{name}=n // batch_size never sees the last n % batch_size images: leave {name} out, and all are seen",
            )


def past_the_end(trace: Trace) -> Iterable[Flaw]:
    """CLS006: more steps than there are batches."""
    for use in trace.uses:
        value, name = _steps(use), _ARGUMENTS.get(use.kind, "")
        goes_on = use.kind == "fit" and use.model is not None and use.model.is_classeur
        if isinstance(value, Steps) and value.kind == "past" and not goes_on:
            yield Flaw(
                use.place,
                f"{name}=n // batch_size + 1 is one step too many wherever batch_size divides n: leave {name} out",
            )
        elif isinstance(use.data, Iterator) and _counts_images(value) and batch_size_of(use.data) not in (None, 1):
            yield Flaw(
                use.place,
                f"{name} counts batches, not images: {named(use.data)} has {batch_size_of(use.data)} images per batch,"
                f" so this runs far past its end; leave {name} out",
            )


def _steps(use: Use) -> Value:
    """Return the number of steps that an iterator is asked for."""
    if use.kind not in _ARGUMENTS or not isinstance(use.data, Iterator):
        return None
    return given(use.arguments, _ARGUMENTS[use.kind], None)


def _is_floor(value: Value) -> bool:
    return isinstance(value, Steps) and value.kind == "floor"


def _counts_images(value: Value) -> bool:
    return not isinstance(value, Steps) and any(tag.kind == "count" for tag in tags_of(value))
