"""`Sequential` and `Model` with the methods that Keras 3 removed, and full epochs for `steps_per_epoch`."""

import inspect
import warnings
from collections import abc
from types import GeneratorType
from typing import Any, Self

from classeur.keras_image.epochs import EndlessEpochs, FirstSteps, SkippingAdapter
from classeur.keras_image.iterator import Iterator
from classeur.models.engine import load_keras

_keras = load_keras()
_Model: Any = _keras.Model
_Sequential: Any = _keras.Sequential

# Arguments of old versions without effect: iterators of this package make their batches in own threads.
_DEAD_ARGUMENTS = (
    "workers", "use_multiprocessing", "max_queue_size", "pickle_safe", "max_q_size", "nb_worker",
)  # fmt: skip


# The class of Keras' functional models has no public name.
_KerasFunctional: Any = type(_keras.Model.__new__(_keras.Model, inputs=None, outputs=None))

_Base: Any = object


class _GeneratorVerbs(_Base):
    """The methods that `Sequential` and `Model` have in addition to Keras'."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """Train, as `keras.Model.fit`; every epoch of `steps_per_epoch` is complete.

        With an iterator of this package, epochs continue across the iterator's own epochs, in its order, and every
        validation of `validation_steps` begins at its first batch. Other data are passed to Keras unchanged.
        """
        given = _bind(super().fit, args, kwargs)
        if isinstance(given.get("x"), Iterator) and given.get("steps_per_epoch"):  # 0 means all
            given["x"] = EndlessEpochs(given["x"], given.pop("steps_per_epoch"))
            given["shuffle"] = False  # the iterator shuffles if it was set to; Keras would mix batches of two epochs
        elif _is_other_iterator(given.get("x")):
            given["shuffle"] = False  # Keras cannot, and would warn
        _take_first_steps(given, "x", "steps_per_epoch", leaves_out_broken=True)
        _take_first_steps(given, "validation_data", "validation_steps", leaves_out_broken=True)
        return super().fit(**given)

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate, as `keras.Model.evaluate`; `steps` of an iterator of this package begin at its first batch."""
        given = _bind(super().evaluate, args, kwargs)
        _take_first_steps(given, "x", "steps", leaves_out_broken=True)
        return super().evaluate(**given)

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Predict, as `keras.Model.predict`; `steps` of an iterator of this package begin at its first batch."""
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
        """Evaluate; `evaluate` does the same. `max_queue_size`, `workers`, `use_multiprocessing` have no effect."""
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

    It is saved as a plain `keras.Sequential`, which loads without classeur.
    """

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The name and module of the model's class in a saved file."""
        return _keras.Sequential if type(self) is Sequential else type(self)


class Model(_GeneratorVerbs, _Model):
    """`keras.Model` with `fit_generator`, `evaluate_generator` and `predict_generator`.

    A functional model is saved as a plain Keras model, a subclass as itself, as in Keras.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Return a functional model, of the class that Keras builds and saves for it."""
        kind = _Functional if cls is Model and _is_functional(args, kwargs) else cls
        model: Self = super().__new__(kind)
        return model

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take inputs and outputs or, in a subclass, the arguments of `keras.Layer`."""
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
    """Replace `Model` by `_Functional` in a class's bases; otherwise Keras would change `Model` permanently."""
    if kind is Model:
        return _Functional
    if issubclass(kind, Model) and not issubclass(kind, _Functional):
        kind.__bases__ = tuple(_make_functional(base) for base in kind.__bases__)
    return kind


def _bind(method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return a call's arguments by name, without those that have no effect."""
    if dead := [name for name in _DEAD_ARGUMENTS if name in kwargs]:
        warnings.warn(f"{', '.join(dead)} have no effect in Keras 3: leave them out", DeprecationWarning, stacklevel=3)
    kwargs = {name: value for name, value in kwargs.items() if name not in dead}
    given = dict(inspect.signature(method).bind(*args, **kwargs).arguments)
    given.update(given.pop("kwargs", {}))
    return given


def _take_first_steps(given: dict[str, Any], data: str, steps: str, *, leaves_out_broken: bool) -> None:
    source: Any = given.get(data)
    if isinstance(source, Iterator):
        batches = FirstSteps(source, given.pop(steps, None) or None, leaves_out_broken=leaves_out_broken)
        trains = steps == "steps_per_epoch"
        given[data] = SkippingAdapter(
            batches,
            class_weight=given.get("class_weight") if trains else None,
            shuffle=trains and given.get("shuffle", True),
        )
    elif _is_other_iterator(source):
        given[data] = (batch for batch in source)


def _is_other_iterator(data: Any) -> bool:
    """Return whether data are an iterator that Keras 3 does not take, such as zip: it takes only generators."""
    is_known = isinstance(data, GeneratorType | _keras.utils.PyDataset)
    return isinstance(data, abc.Iterator) and not is_known


def _point_to(successor: str, dead: dict[str, Any]) -> None:
    if unknown := set(dead) - set(_DEAD_ARGUMENTS):
        raise TypeError(f"{successor}_generator() got unexpected keyword arguments: {', '.join(sorted(unknown))}")
    message = f"{successor}_generator is removed from Keras 3; Model.{successor} takes the same iterator"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
