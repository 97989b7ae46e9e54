"""`Sequential` and `Model` as Keras' own, with the verbs that Keras 3 lost and epochs that have all their steps."""

import inspect
import warnings
from typing import Any, Self

from classeur.keras_image.epochs import EndlessEpochs, FirstSteps
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_keras = load_keras()
_Model: Any = _keras.Model
_Sequential: Any = _keras.Sequential

# Arguments of old versions that have no effect: an iterator of ours makes its batches in threads of its own.
_DEAD_ARGUMENTS = (
    "workers", "use_multiprocessing", "max_queue_size", "pickle_safe", "max_q_size", "nb_worker",
)  # fmt: skip


# A model that Keras builds of inputs and outputs has a class without a public name.
_KerasFunctional: Any = type(_keras.Model.__new__(_keras.Model, inputs=None, outputs=None))

_Base: Any = object


class _GeneratorVerbs(_Base):
    """What `Sequential` and `Model` have more than Keras' own."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """Train, as `keras.Model.fit`; an epoch of `steps_per_epoch` has all its steps.

        With an iterator of ours, epochs go on over the border of the iterator's own, in its order, and every
        validation of `validation_steps` begins at its first batch. Other data are Keras' affair.
        """
        given = _bind(super().fit, args, kwargs)
        if isinstance(given.get("x"), Iterator) and given.get("steps_per_epoch"):  # 0 means all
            given["x"] = EndlessEpochs(given["x"], given.pop("steps_per_epoch"))
            given["shuffle"] = False  # the iterator does that, if it was told to; Keras would mix the border's batches
        elif isinstance(given.get("x"), (zip, map)):
            given["shuffle"] = False  # Keras cannot, and would warn
        _take_first_steps(given, "x", "steps_per_epoch", leaves_out_broken=True)
        _take_first_steps(given, "validation_data", "validation_steps", leaves_out_broken=True)
        return super().fit(**given)

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        """Judge, as `keras.Model.evaluate`; `steps` of an iterator of ours begin at its first batch."""
        given = _bind(super().evaluate, args, kwargs)
        _take_first_steps(given, "x", "steps", leaves_out_broken=True)
        return super().evaluate(**given)

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Predict, as `keras.Model.predict`; `steps` of an iterator of ours begin at its first batch."""
        given = _bind(super().predict, args, kwargs)
        _take_first_steps(given, "x", "steps", leaves_out_broken=False)
        return super().predict(**given)

    def fit_generator(
        self, generator: Any, steps_per_epoch: Any = None, epochs: int = 1, verbose: Any = 1, callbacks: Any = None,
        validation_data: Any = None, validation_steps: Any = None, validation_freq: Any = 1, class_weight: Any = None,
        max_queue_size: int = 10, workers: int = 1, use_multiprocessing: bool = False, shuffle: bool = True,
        initial_epoch: int = 0, **dead: Any,
    ) -> Any:  # fmt: skip
        """Train; `fit` does the same. `max_queue_size`, `workers`, `use_multiprocessing` have no effect."""
        del max_queue_size, workers, use_multiprocessing
        _point_to("fit", dead)
        return self.fit(
            generator, steps_per_epoch=steps_per_epoch, epochs=epochs, verbose=verbose, callbacks=callbacks,
            validation_data=validation_data, validation_steps=validation_steps, validation_freq=validation_freq,
            class_weight=class_weight, shuffle=shuffle, initial_epoch=initial_epoch,
        )  # fmt: skip

    def evaluate_generator(
        self, generator: Any, steps: Any = None, callbacks: Any = None, max_queue_size: int = 10, workers: int = 1,
        use_multiprocessing: bool = False, verbose: Any = 0, **dead: Any,
    ) -> Any:  # fmt: skip
        """Judge; `evaluate` does the same. `max_queue_size`, `workers`, `use_multiprocessing` have no effect."""
        del max_queue_size, workers, use_multiprocessing
        _point_to("evaluate", dead)
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_generator(
        self, generator: Any, steps: Any = None, callbacks: Any = None, max_queue_size: int = 10, workers: int = 1,
        use_multiprocessing: bool = False, verbose: Any = 0, **dead: Any,
    ) -> Any:  # fmt: skip
        """Predict; `predict` does the same. `max_queue_size`, `workers`, `use_multiprocessing` have no effect."""
        del max_queue_size, workers, use_multiprocessing
        _point_to("predict", dead)
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)


class Sequential(_GeneratorVerbs, _Sequential):
    """`keras.Sequential` with `fit_generator`, `evaluate_generator` and `predict_generator`.

    A saved one is a plain `keras.Sequential`: it loads without classeur.
    """

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What Keras writes into a file as the model's class."""
        return _keras.Sequential if type(self) is Sequential else type(self)


class Model(_GeneratorVerbs, _Model):
    """`keras.Model` with `fit_generator`, `evaluate_generator` and `predict_generator`.

    One of inputs and outputs is saved as a plain Keras model; one of a class of yours as such, as in Keras.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Return a model of inputs and outputs as one of the class that Keras builds and saves for it."""
        kind = _Functional if cls is Model and _is_functional(args, kwargs) else cls
        model: Self = super().__new__(kind)
        return model

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take inputs and outputs, or what `keras.Layer` takes, for a class of yours."""
        if _is_functional(args, kwargs):
            _make_functional(type(self))
            _KerasFunctional.__init__(self, *args, **kwargs)
        else:
            super().__init__(*args, **kwargs)


class _Functional(_KerasFunctional, Model):
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _KerasFunctional if type(self) is _Functional else type(self)


def _is_functional(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return len(args) == 2 or ("outputs" in kwargs and (len(args) == 1 or "inputs" in kwargs))


def _make_functional(kind: type) -> type:
    """Put `_Functional` in place of `Model` among a class's bases; Keras, left to it, would change `Model` for good."""
    if kind is Model:
        return _Functional
    if issubclass(kind, Model) and not issubclass(kind, _Functional):
        kind.__bases__ = tuple(_make_functional(base) for base in kind.__bases__)
    return kind


def _bind(method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return a call's arguments by name, without the dead ones."""
    if dead := [name for name in _DEAD_ARGUMENTS if name in kwargs]:
        warnings.warn(f"{', '.join(dead)} have no effect in Keras 3: leave them out", DeprecationWarning, stacklevel=3)
    kwargs = {name: value for name, value in kwargs.items() if name not in dead}
    given = dict(inspect.signature(method).bind(*args, **kwargs).arguments)
    given.update(given.pop("kwargs", {}))
    return given


def _take_first_steps(given: dict[str, Any], data: str, steps: str, *, leaves_out_broken: bool) -> None:
    source = given.get(data)
    if isinstance(source, Iterator):
        given[data] = FirstSteps(source, given.pop(steps, None) or None, leaves_out_broken=leaves_out_broken)
    elif isinstance(source, (zip, map)):
        given[data] = (batch for batch in source)  # of iterators, images and masks: Keras 3 takes generators alone


def _point_to(successor: str, dead: dict[str, Any]) -> None:
    if unknown := set(dead) - set(_DEAD_ARGUMENTS):
        raise TypeError(f"{successor}_generator() got unexpected keyword arguments: {', '.join(sorted(unknown))}")
    message = f"{successor}_generator is gone from Keras 3; Model.{successor} takes the same iterator"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
