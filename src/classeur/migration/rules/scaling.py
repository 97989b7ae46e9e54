"""Rules about the range of pixels, and the order of their colours."""

from collections.abc import Iterable

from classeur.migration.api import NORMALISING_ARGUMENTS, RESCALING_APPLICATIONS
from classeur.migration.pictures import pixels_of
from classeur.migration.pixels import Pixels
from classeur.migration.rules.flaw import Flaw, named
from classeur.migration.values import Dataset, Generator, Imported, Iterator, Model, Opaque, Trace, Use, Value, given


def unequal_scaling(trace: Trace) -> Iterable[Flaw]:
    """CLS010: training sees other pixel values than validation or prediction."""
    for use in trace.uses:
        fits = _trainings_of(use, trace)
        reasons = [_difference(fit.data, use) for fit in fits]
        if fits and all(reasons):
            place = use.data.place if isinstance(use.data, Iterator) else use.place
            yield Flaw(place, f"{reasons[0]}: the model was trained (line {fits[0].place.line}) on other pixel values")


def other_colours(trace: Trace) -> Iterable[Flaw]:
    """CLS024: training sees red, green, blue, and prediction blue, green, red, or the reverse."""
    for use in trace.uses:
        fits, judged = _trainings_of(use, trace), _pixels_of(use.data)
        known = [_pixels_of(fit.data) for fit in fits]
        trained = {each.colours if each and judged and each.function == judged.function else None for each in known}
        if judged and len(trained) == 1 and {judged.colours, *trained} == {"rgb", "bgr"}:
            orders = {"rgb": "red, green, blue", "bgr": "blue, green, red, as OpenCV reads them"}
            yield Flaw(
                use.place,
                f"the colours are in the order {orders[judged.colours]}, but the model was trained (line"
                f" {fits[0].place.line}) on {orders[trained.pop() or '']}: convert them,"
                " cv2.cvtColor(image, cv2.COLOR_BGR2RGB)",
            )


def _trainings_of(use: Use, trace: Trace) -> list[Use]:
    """Return the trainings of the model that is used, if it is used on something else."""
    if use.kind in ("fit", "next", "reset") or use.model is None:
        return []
    return [fit for fit in trace.uses if fit.kind == "fit" and fit.model and fit.model.trained is use.model.trained]


def _pixels_of(data: Value) -> Pixels | None:
    """Return what is known of the pixels that data yield."""
    if isinstance(data, Dataset):
        return pixels_of(data.element[0] if isinstance(data.element, list) and data.element else data.element)
    if not isinstance(data, Iterator):
        return pixels_of(data)
    pixels, mode = data.generator.pixels, given(data.arguments, "color_mode", "rgb")
    if pixels is None or data.method == "flow":
        return _pixels_of_arrays(data)
    colours = {"rgb": pixels.colours, "grayscale": "grey"}.get(mode) if isinstance(mode, str) else None
    return pixels._replace(colours=colours or "unknown")


def _pixels_of_arrays(data: Iterator) -> Pixels | None:
    """Return what is known of arrays that go through a generator; if it rescales, they are as pictures are read."""
    rescale, before = data.generator.arguments.get("rescale"), pixels_of(data.arguments.get("x"))
    if data.method != "flow" or data.generator.pixels is None:
        return None
    if before is None:
        return data.generator.pixels._replace(colours="unknown") if _scales(rescale) else None
    plain = data.generator.arguments.get("preprocessing_function") is None
    return (before.times(rescale) if rescale else before) if plain else None


def _difference(trained: Value, use: Use) -> str:
    """Return how the pixels of a use differ from those of training; "" if they do not, or if that is not known."""
    if isinstance(trained, Iterator) and isinstance(use.data, Iterator):
        first, second = trained.generator, use.data.generator
        if first is second or not _is_settled(first) or not _is_settled(second):
            return ""
        if trained.method == use.data.method and (reason := _difference_of_arguments(first, second, named(use.data))):
            return reason
    before, now = _pixels_of(trained), _pixels_of(use.data)
    if before is None or now is None or before.is_scaled_like(now):
        return ""
    what = named(use.data) if isinstance(use.data, Iterator | Dataset) else "the image"
    return f"{what} has pixels {now.shown}, and training had them {before.shown}"


def _difference_of_arguments(trained: Generator, judged: Generator, name: str) -> str:
    for argument in ("rescale", "preprocessing_function"):
        first, second = trained.arguments.get(argument), judged.arguments.get(argument)
        if bool(first) != bool(second):
            if trained.pixels and judged.pixels and trained.pixels.is_scaled_like(judged.pixels):
                return ""
            with_it, without = ("training", name) if first else (name, "training")
            return f"{with_it} has {argument}, {without} does not"
    return ""


def _is_settled(generator: Generator) -> bool:
    """Return whether a generator's scaling is known."""
    rescale = given(generator.arguments, "rescale", None)
    function = given(generator.arguments, "preprocessing_function", None)
    normalised = any(given(generator.arguments, name, False) is not False for name in NORMALISING_ARGUMENTS)
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
        if use.kind != "fit" or use.model is None or not (layer := _rescaling_layer(use.model)):
            continue
        if isinstance(use.data, Dataset):
            pixels = _pixels_of(use.data)
            if pixels and pixels.factor < 0.5:
                yield Flaw(
                    use.place,
                    f"{named(use.data)} has pixels {pixels.shown}, and {layer} in the model scales them again: leave"
                    " one of them out",
                )
        elif isinstance(use.data, Iterator) and _scales(use.data.generator.arguments.get("rescale")):
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
