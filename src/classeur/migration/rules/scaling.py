"""Rules about the range of pixels."""

from collections.abc import Iterable

from classeur.migration.api import RESCALING_APPLICATIONS
from classeur.migration.rules.flaw import Flaw, named
from classeur.migration.values import Generator, Imported, Iterator, Model, Opaque, Trace, Use, Value, given, tags_of


def unequal_scaling(trace: Trace) -> Iterable[Flaw]:
    """CLS010: training sees other pixel values than validation or prediction."""
    for fit in trace.uses:
        if fit.kind != "fit" or not isinstance(fit.data, Iterator) or fit.model is None:
            continue
        trained = fit.data.generator
        for use in trace.uses:
            if use.kind in ("fit", "next", "reset") or use.model is not fit.model:
                continue
            reason = _difference(trained, use)
            if reason:
                place = use.data.place if isinstance(use.data, Iterator) else use.place
                yield Flaw(place, f"{reason}: the model was trained (line {fit.place.line}) on other pixel values")


def _difference(trained: Generator, use: Use) -> str:
    if isinstance(use.data, Iterator):
        judged = use.data.generator
        if any(not _is_settled(each) for each in (trained, judged)):
            return ""
        for name in ("rescale", "preprocessing_function"):
            first, second = trained.arguments.get(name), judged.arguments.get(name)
            if bool(first) != bool(second):
                with_it, without = ("training", named(use.data)) if first else (named(use.data), "training")
                return f"{with_it} has {name}, {without} does not"
            if name == "rescale" and first and abs(first - second) > 1e-6:
                return f"training has rescale={first:g}, {named(use.data)} has {second:g}"
        return ""
    rescale = given(trained.arguments, "rescale", None)
    raw = any(tag.kind == "pixels" for tag in tags_of(use.data))
    if raw and isinstance(rescale, int | float) and rescale and use.kind == "predict":
        return f"the image is used as read, 0 … 255, but training had rescale={rescale:.4g}"
    return ""


def _is_settled(generator: Generator) -> bool:
    """Return whether a generator's scaling is known."""
    rescale = given(generator.arguments, "rescale", None)
    function = given(generator.arguments, "preprocessing_function", None)
    normalised = any(
        given(generator.arguments, name, False) is not False
        for name in ("samplewise_center", "featurewise_center", "samplewise_std_normalization",
                     "featurewise_std_normalization", "zca_whitening")
    )  # fmt: skip
    known = rescale is None or isinstance(rescale, int | float)
    return known and not normalised and (function is None or not isinstance(function, Opaque))


def scaled_twice(trace: Trace) -> Iterable[Flaw]:
    """CLS011: rescaled by the generator and again by a function, a layer or the network."""
    for generator in trace.generators:
        rescale, function = (given(generator.arguments, name) for name in ("rescale", "preprocessing_function"))
        if _scales(rescale) and isinstance(function, Imported) and function.name.startswith("keras.applications."):
            yield Flaw(
                generator.place,
                "preprocess_input scales for its network, and rescale scales its result again: leave rescale out",
            )
    for use in trace.uses:
        if use.kind == "fit" and isinstance(use.data, Iterator) and use.model is not None:
            layer = _rescaling_layer(use.model)
            if layer and _scales(use.data.generator.arguments.get("rescale")):
                yield Flaw(
                    use.data.generator.place,
                    f"the generator rescales, and so does {layer} in the model: leave one of them out",
                )


def _scales(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1


def _rescaling_layer(model: Model) -> str:
    for layer in model.layers:
        if layer.kind == "Rescaling" and _scales(layer.arguments.get("scale")):
            return "its Rescaling layer"
        if (
            layer.kind.startswith(RESCALING_APPLICATIONS)
            and given(layer.arguments, "include_preprocessing", True) is True
        ):
            return f"{layer.kind}, which has a Rescaling layer of its own,"
    return ""
